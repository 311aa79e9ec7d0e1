"""A real track: GeoLife's small sample (Beijing, five recorders, no accuracy), to which gaps over 120 s belong."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
import shapely
from sqlalchemy import Connection, text

from app.areas.gridding import service as gridding
from app.areas.loading import service as loading
from app.areas.reports import Asked as AreasAsked
from app.geo.crs import Metric
from app.geo.dwell import dwell
from app.geo.locator import Locator
from app.patrol.coverage import service as coverage
from app.patrol.intake import service as intake
from app.patrol.intake.arrivals import Asked, Fixes, read_fixes
from app.patrol.reduction.cleaning import clean
from app.patrol.reduction.reach import Reach
from app.patrol.reduction.shift import reduce_shift
from app.patrol.reduction.smoothing import smooth
from app.patrol.rules import ON_FOOT
from app.teams import service as teams

METRIC = Metric(4548)
ASKED = Asked(columns={"member": "tracker", "device": "trajectory_id", "time": "t"})
RECORDERS = {"19": 466, "0": 897, "2": 4545}
WEST, SOUTH, EAST, NORTH = 462_000, 4_437_000, 468_000, 4_440_000  # in the north-east of Chaoyang


@pytest.fixture(scope="module")
def fixes(shared_data: Path) -> Fixes:
    return read_fixes(shared_data / "geolife" / "geolife_small.csv", ASKED).fixes


def test_all_rows_are_read(fixes: Fixes) -> None:
    assert {code: int((fixes.member == code).sum()) for code in RECORDERS} == RECORDERS
    assert np.isnan(fixes.accuracy).all()


def three_ways(fixes: Fixes, trajectory: str) -> tuple[set[int], set[int], set[int]]:
    """Cells patrolled: as we tell; with the track cut into pieces at every gap over 120 s; with every gap bridged."""
    track = fixes.take(fixes.device == trajectory)
    x, y = METRIC.from_lonlat(track.lon, track.lat)
    t = (track.at - track.at[0]) / 1e6
    cells = squares_near(x, y)
    locator = Locator.build(cells)
    reduced = reduce_shift(
        x, y, t, track.accuracy, start=t.min(), end=t.max(), beat=np.empty(0, np.int32),
        locator=locator, reach=Reach(cells), rules=ON_FOOT,
    )  # fmt: skip
    cleaned = clean(x, y, t, track.accuracy, ON_FOOT)
    alone = np.zeros(len(cells))
    for piece in np.split(np.arange(len(cleaned.kept)), np.flatnonzero(np.diff(t[cleaned.kept]) > 120) + 1):
        part = cleaned.kept[piece]
        u, v = smooth(x[part], y[part], t[part], cleaned.sigma[piece], ON_FOOT)
        alone += dwell(locator, u, v, t[part], np.ones(len(part) - 1, bool))[0]
    whole = reduced.track
    assert (whole.seconds > 120).any()
    bridged, _ = dwell(locator, whole.x, whole.y, whole.t, np.ones(len(whole.t) - 1, bool))
    ours = reduced.presence.dwell(len(cells))
    told, cut, joined = (set(np.flatnonzero(d >= ON_FOOT.tau_s).tolist()) for d in (ours, alone, bridged))
    return told, cut, joined


def squares_near(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Squares of 100 m within 2 km of a track."""
    visited = np.unique(np.column_stack((x // 100, y // 100)), axis=0)
    steps = np.stack(np.meshgrid(np.arange(-20, 21), np.arange(-20, 21)), axis=-1).reshape(-1, 2)
    near = np.unique((visited[:, None] + steps).reshape(-1, 2), axis=0) * 100.0
    return np.asarray(shapely.box(near[:, 0], near[:, 1], near[:, 0] + 100, near[:, 1] + 100))


@pytest.mark.parametrize("trajectory", ["1", "2", "3", "4", "5"])
def test_no_cell_is_patrolled_only_because_a_long_gap_was_bridged(fixes: Fixes, trajectory: str) -> None:
    told, cut, _ = three_ways(fixes, trajectory)
    assert told
    assert told <= cut


def test_bridging_would_have_claimed_more(fixes: Fixes) -> None:
    ways = [three_ways(fixes, trajectory) for trajectory in ("1", "2", "3", "4", "5")]
    assert all(told <= joined for told, _, joined in ways)
    assert sum(len(joined - told) for told, _, joined in ways) >= 10


@pytest.fixture
def ground(owner: Connection, tmp_path: Path) -> None:
    """Part of the real ground, as an invented district of communities of 1 km2."""
    features = [_feature("district", "110105", WEST, SOUTH, EAST, NORTH)]
    features.append(_feature("street", "110105001", WEST, SOUTH, EAST, NORTH))
    places = [(x, y) for y in range(SOUTH, NORTH, 1000) for x in range(WEST, EAST, 1000)]
    for number, (x, y) in enumerate(places, 1):
        features.append(_feature("community", f"110105001{number:03d}", x, y, x + 1000, y + 1000))
    path = tmp_path / "areas.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}))
    for level in ("district", "street", "community"):
        asked = AreasAsked(
            level=level, edition="geolife", synthetic=True, source="invented for tests", repair=True
        )
        loading.load(owner, path, asked)
    gridding.lay_grid(owner, edition="geolife")


def _feature(level: str, code: str, *box: float) -> dict:
    west, south, east, north = box
    lon, lat = METRIC.to_lonlat(
        np.array([west, east, east, west, west]), np.array([south, south, north, north, south])
    )
    ring = np.column_stack((lon, lat)).round(9).tolist()
    return {
        "type": "Feature",
        "properties": {"level": level, "code": code, "name": code},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }


@pytest.mark.usefixtures("ground")
def test_coverage_of_the_real_track(owner: Connection, shared_data: Path) -> None:
    teams.form_team(owner, "geolife", area_code="110105")
    file = shared_data / "geolife" / "geolife_small.csv"
    report = intake.load_fixes(owner, file, ASKED, team="geolife", create_members=True, shift_from_track=True)
    assert (report.rows, report.stored, report.members_made) == (5908, 5908, 3)
    assert report.shifts == report.shifts_from_track >= 5
    start, end = datetime(2009, 6, 29, tzinfo=UTC), datetime(2009, 6, 30, tzinfo=UTC)
    covered = coverage.coverage(owner, "geolife", start, end)
    assert covered.team.cells > 1500
    assert 0 < covered.team.patrolled < covered.team.cells
    assert covered.team.unknown > 0
    assert covered.duty.completeness is not None
    assert 0 < covered.duty.completeness < 1
    assert [member.code for member in covered.members] == ["0", "19", "2"]
    longest = owner.execute(
        text("SELECT max(patrol.seconds(multirange(span))) FROM patrol.reductions, unnest(inferred) AS span")
    ).scalar_one()
    assert longest is None or longest <= 120 * 2  # two inferred gaps may touch
