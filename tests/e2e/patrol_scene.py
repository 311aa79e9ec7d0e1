"""Garden village (示意): 150 cells of one community by a river, a team of six with beats, shifts, reports and tracks of today.

Everything is invented; posts instead of names.
"""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from app.areas import service as areas
from app.areas.gridding import service as gridding
from app.areas.loading import service as loading
from app.areas.reports import Asked
from app.auth.principal import SYSTEM
from app.categories import service as categories
from app.db.engine import transaction
from app.incidents import service as incidents
from app.incidents.reporting import Report
from app.patrol.beats import service as beats
from app.patrol.beats.asked import Asked as Wanted
from app.patrol.beats.cutting import service as cutting
from app.patrol.intake import service as intake
from app.patrol.simulation import observe, walk
from app.teams import service as teams
from app.teams.plans import service as plans
from app.teams.roster import Member, Shift
from tests import tiny_town

if TYPE_CHECKING:
    from app.db.databases import Databases

CITY = ZoneInfo("Asia/Shanghai")
TEAM = "garden"
MEMBERS = [f"hy-{n:02d}" for n in range(1, 7)]
DISTRICT, STREET, COMMUNITY = "990103", "990103001", "990103001001"
OUTLINE = [(0, 0), (1500, 0), (1500, 640), (1320, 900), (900, 1000), (300, 1000), (0, 800), (0, 0)]
LEVELS = (
    ("district", DISTRICT, "花园示意区"),
    ("street", STREET, "花园街道"),
    ("community", COMMUNITY, "花园村社区"),
)
WASTE = "暴露垃圾"


def fill(databases: Databases) -> None:
    """Make all of it, and commit: a plan that has held for two days, a shift that has gone on for three hours."""
    now = datetime.now(UTC)
    with databases.owner.begin() as connection, tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "areas.geojson"
        path.write_text(json.dumps(_areas(), ensure_ascii=False), encoding="utf-8")
        for level, _, _ in LEVELS:
            asked = Asked(level=level, edition="garden", synthetic=True, source="invented for tests")
            loading.load(connection, path, asked)
        gridding.lay_grid(connection, edition="garden", starts=now - timedelta(days=400))
    with transaction(databases.service, "system") as connection:
        categories.load_defaults(connection)
        rng = np.random.default_rng(5)
        for i, (x, y) in enumerate(_places(rng)):
            incidents.report(
                connection,
                Report(
                    source="scene",
                    source_id=str(i),
                    x=tiny_town.WEST + x,
                    y=tiny_town.SOUTH + y,
                    datum="epsg:4548",
                    reported_at=now - timedelta(days=float(rng.uniform(1, 80))),
                    category=WASTE,
                    synthetic=True,
                ),
            )
        midnight = now.astimezone(CITY).replace(hour=0, minute=0, second=0, microsecond=0)
        start, end = (
            max(midnight, now - timedelta(hours=3)),
            min(midnight + timedelta(days=1), now + timedelta(hours=4)),
        )
        shifts = [Shift(member=one, start=start, end=end) for one in MEMBERS]
        members = [Member(code=one) for one in MEMBERS]
        teams.form_team(
            connection, TEAM, "花园村巡逻队（示意）", members, [], shifts, area_code=COMMUNITY, synthetic=True
        )
        told = cutting.plan_beats(
            connection, SYSTEM, Wanted(team=TEAM, name="冬季责任区", at=midnight - timedelta(days=2))
        )
        beats.publish(connection, SYSTEM, told.plan.id, told.plan.version, midnight - timedelta(days=2))
        _walked(connection, start, now)


def _areas() -> dict[str, object]:
    ring = [list(tiny_town.lonlat(x, y)) for x, y in OUTLINE]
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {"level": level, "code": code, "name": name, "synthetic": True},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
            for level, code, name in LEVELS
        ],
    }


def _places(rng: np.random.Generator) -> list[tuple[float, float]]:
    """Return where 240 reports are: most of them about a market and a station."""
    around = [(400, 300, 160, 120), (1000, 600, 220, 110)]
    points = [
        (float(rng.normal(x, spread)), float(rng.normal(y, spread)))
        for x, y, spread, n in around
        for _ in range(n)
    ]
    shape = shapely.Polygon(OUTLINE)
    return [point for point in points if shape.contains(shapely.Point(point))]


def _walked(connection: object, start: datetime, now: datetime) -> None:
    """Walk the beats, two of them in part; the phones miss some minutes."""
    edition = areas.edition_named(connection, "garden")  # type: ignore[arg-type]
    ground = areas.ground(connection, edition.id)  # type: ignore[arg-type]
    held = {row.member: row.cells for row in plans.held(connection, TEAM, now)}  # type: ignore[arg-type]
    lines = ["member,time,lon,lat,accuracy"]
    if now - start < timedelta(minutes=10):
        return
    for n, member in enumerate(MEMBERS):
        rng = np.random.default_rng(n)
        cells = ground.polygons[np.isin(ground.codes, held[member])]
        cells = cells if n < 4 else cells[: len(cells) // 3]
        length = (now - start).total_seconds() - 60
        path = walk(cells, rng, start=start.timestamp(), duration=length)
        seen = observe(path, rng, noise="correlated", gaps=1, gap=(90.0, 200.0))
        lon, lat = tiny_town.METRIC.to_lonlat(seen.x, seen.y)
        for at, east, north, wide in zip(seen.t, lon, lat, seen.accuracy, strict=True):
            when = datetime.fromtimestamp(float(at), UTC).isoformat()
            lines.append(f"{member},{when},{east:.7f},{north:.7f},{wide:.1f}")
    with tempfile.TemporaryDirectory() as folder:
        path_ = Path(folder) / "fixes.csv"
        path_.write_text("\n".join(lines) + "\n", encoding="utf-8")
        intake.load_fixes(connection, path_, team=TEAM)  # type: ignore[arg-type]
