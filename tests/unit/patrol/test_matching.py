"""Tracks laid on streets, and whose sides streets run along: small grounds worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from app.geo.locator import Locator
from app.patrol.matching.layout import Layout
from app.patrol.matching.matcher import moments
from app.patrol.matching.sides import Sides
from app.patrol.matching.streets import Streets
from app.patrol.reduction.reach import Reach
from app.patrol.reduction.shift import Reduced, reduce_shift
from app.patrol.rules import ON_FOOT
from tests.truth.streets import town

CELLS = shapely.box(*np.array([(100.0 * (k % 4), 100.0 * (k // 4)) for k in range(16)]).T, *np.array([(100.0 * (k % 4) + 100, 100.0 * (k // 4) + 100) for k in range(16)]).T)  # fmt: skip
LOCATOR = Locator.build(CELLS)


def shared(x: list[float], y: list[float], t: list[float]) -> dict[int, float]:
    """Seconds beside each cell, all on streets."""
    street = np.ones(len(x) - 1, bool)
    cell, enter, leave, _ = Sides(CELLS, LOCATOR).shared(np.array(x), np.array(y), np.array(t), street)
    return {int(k): float((leave - enter)[cell == k].sum()) for k in np.unique(cell)}


def test_a_street_on_a_side_is_shared_by_both_cells() -> None:
    # north along the line between columns 1 and 2; the line's own cell is the one with the smaller code
    found = shared([200, 200], [0, 200], [0, 200])
    assert found == {2: pytest.approx(100), 6: pytest.approx(100)}


def test_a_street_near_a_side_is_shared_and_one_in_the_middle_is_not() -> None:
    assert shared([210, 210], [0, 100], [0, 100]) == {1: pytest.approx(100)}
    assert shared([220, 220], [0, 100], [0, 100]) == {}


def test_a_street_that_crosses_a_side_is_shared_with_nobody() -> None:
    assert shared([50, 350], [50, 50], [0, 300]) == {}
    assert shared([50, 50], [50, 50], [0, 300]) == {}  # standing


def test_points_that_meet_are_one() -> None:
    streets = Streets.of(
        [shapely.LineString([(0, 0), (50, 0), (100, 0)]), shapely.LineString([(100.001, 0), (100, 80)])]
    )
    assert (len(streets.x), sorted(streets.length.round().tolist())) == (4, [50, 50, 80])
    metres, before = streets.ways(1000.0)
    far = int(np.argmax(streets.y))
    origin = int(np.flatnonzero((streets.x == 0) & (streets.y == 0))[0])
    assert metres[origin, far] == pytest.approx(180, abs=0.1)
    assert before[origin, origin] < 0
    assert streets.ways(100.0)[0][origin, far] == np.inf


def test_moments_keep_the_ends_of_every_stretch() -> None:
    t = np.array([0.0, 5, 10, 16, 21, 200, 205])
    assert moments(t, 60.0).tolist() == [0, 3, 4, 5, 6]
    assert moments(np.zeros(0), 60.0).tolist() == []


CROSS = Streets.of(
    [shapely.LineString([(0, 150), (200, 150)]), shapely.LineString([(200, 150), (400, 150)]), shapely.LineString([(200, 150), (200, 400)])]
)  # fmt: skip


def reduced(x: np.ndarray, y: np.ndarray, t: np.ndarray, accuracy: float, streets: Streets | None) -> Reduced:
    layout = Layout(streets, Sides(CELLS, LOCATOR)) if streets else None
    return reduce_shift(
        x, y, t, np.full(len(t), accuracy), start=0.0, end=float(t[-1]), beat=np.arange(16, dtype=np.int32),
        locator=LOCATOR, reach=Reach(CELLS), rules=ON_FOOT, layout=layout,
    )  # fmt: skip


def test_a_biased_track_is_laid_on_its_street_and_turns_at_the_corner() -> None:
    """East along y = 150, then north along x = 200, seen 25 m too far south-east."""
    t = np.arange(0.0, 301.0, 5.0)
    along = 1.2 * t
    x, y = np.minimum(20 + along, 200), 150 + np.maximum(along - 180, 0)
    seen = reduced(x + 20, y - 20, t, 30.0, CROSS)
    on_streets = np.minimum(np.abs(seen.track.y - 150), np.abs(seen.track.x - 200))
    assert on_streets.max() < 0.1
    assert seen.track.x.max() == pytest.approx(200, abs=12)  # no overshoot beyond the corner
    blind = reduced(x + 20, y - 20, t, 30.0, None)
    assert np.abs(blind.track.y[:20] - 130).max() < 8
    assert float(seen.presence.dwell(16)[[6, 10]].min()) > 0  # beside the street north: shared


def test_a_walker_off_the_streets_stays_where_they_are() -> None:
    t = np.arange(0.0, 301.0, 5.0)
    x, y = 60 + 30 * np.cos(t / 40), 300 + 30 * np.sin(t / 40)  # in a yard, 110 m from any street
    seen = reduced(x, y, t, 8.0, CROSS)
    assert not seen.presence.shared.any()
    assert np.hypot(seen.track.x - 60, seen.track.y - 300).max() < 45


def test_nothing_is_laid_over_a_gap_and_little_is_left_as_it_is() -> None:
    t = np.concatenate((np.arange(0.0, 61.0, 5.0), np.arange(400.0, 461.0, 5.0)))
    seen = reduced(20 + 0.4 * t, np.full(len(t), 145.0), t, 15.0, CROSS)
    assert (seen.track.joined == 0).sum() == 1
    assert [gap.end - gap.start for gap in seen.gaps] == [340.0]
    one = reduced(np.array([50.0]), np.array([140.0]), np.array([0.0]), 15.0, CROSS)
    assert len(one.presence.cell) == 0


def test_the_truth_tests_walkers_keep_to_streets() -> None:
    made = town("canyon", 40, 25, 100.0)
    cells = shapely.box(*np.array([(100.0 * (k % 5) + 500, 100.0 * (k // 5) + 500) for k in range(20)]).T, *np.array([(100.0 * (k % 5) + 600, 100.0 * (k // 5) + 600) for k in range(20)]).T)  # fmt: skip
    path = made.walk(cells, np.random.default_rng(4))
    middles = shapely.points((path.x[1:] + path.x[:-1]) / 2, (path.y[1:] + path.y[:-1]) / 2)
    nearest = np.asarray(made.streets.tree.geometries)[made.streets.tree.nearest(middles)]
    assert shapely.distance(middles, nearest).max() < 1e-6
    assert (np.hypot(np.diff(path.x), np.diff(path.y)) / np.diff(path.t)).max() == pytest.approx(1.2)
