"""Time in cells: held against shapely's intersections, hand-worked lines, and the clock's own sum."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from app.geo.dwell import dwell, stays
from app.geo.locator import Locator
from tests.unit.geo.town import irregular_town

SQUARES = np.array(
    [shapely.box(100 * (k % 2), 100 * (k // 2), 100 * (k % 2) + 100, 100 * (k // 2) + 100) for k in range(4)]
)


def all_of(n: int) -> np.ndarray:
    return np.ones(n - 1, dtype=bool)


def random_walk(n: int, step: float, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Wander over the town and its surroundings; some fixes stand still, some lie on the lattice or on corners."""
    rng = np.random.default_rng(seed)
    west, south, east, north = shapely.total_bounds(irregular_town())
    x, y = (low + np.abs((np.cumsum(rng.normal(0, step, n)) + size / 2) % (2 * size) - size)
            for low, size in ((west - 200, east - west + 400), (south - 200, north - south + 400)))  # fmt: skip
    corners = shapely.get_coordinates(irregular_town())
    still, on_lattice, on_corner = (rng.choice(np.arange(1, n), n // 15) for _ in range(3))
    x[on_lattice] = np.round(x[on_lattice] / 100) * 100
    x[on_corner], y[on_corner] = corners[rng.integers(0, len(corners), n // 15)].T
    x[still], y[still] = x[still - 1], y[still - 1]
    return x, y, np.cumsum(rng.exponential(5, n))


def by_shapely(
    polygons: np.ndarray, x: np.ndarray, y: np.ndarray, t: np.ndarray, use: np.ndarray
) -> tuple[np.ndarray, float]:
    """Seconds per cell by intersection; along a shared edge the smallest cell takes it."""
    tree = shapely.STRtree(polygons)
    seconds, none = np.zeros(len(polygons)), 0.0
    for i in np.flatnonzero(use):
        ends = shapely.points([x[i], x[i + 1]], [y[i], y[i + 1]])
        time = t[i + 1] - t[i]
        if shapely.equals(*ends):
            cells = tree.query(ends[0], "covered_by")
            shares = {cells.min(): 1.0} if len(cells) else {}
        else:
            line = shapely.LineString([(x[i], y[i]), (x[i + 1], y[i + 1])])
            cells = tree.query(line, "intersects")
            shares = dict(
                zip(cells, shapely.length(line.intersection(polygons[cells])) / line.length, strict=True)
            )
            if sum(shares.values()) > 1 + 1e-9:
                rest = line
                for cell in sorted(cells):
                    shares[cell] = rest.intersection(polygons[cell]).length / line.length
                    rest = rest.difference(polygons[cell])
        for cell, share in shares.items():
            seconds[cell] += share * time
        none += (1 - sum(shares.values())) * time
    return seconds, none


@pytest.mark.parametrize(("n", "step"), [(1200, 6.0), (600, 80.0), (150, 900.0)])
def test_random_tracks_like_geos(n: int, step: float) -> None:
    polygons = irregular_town()
    locator = Locator.build(polygons)
    x, y, t = random_walk(n, step, seed=n)
    use = np.random.default_rng(1).random(n - 1) < 0.9
    seconds, none = dwell(locator, x, y, t, use)
    expected, expected_none = by_shapely(polygons, x, y, t, use)
    np.testing.assert_allclose(seconds, expected, atol=1e-6)
    assert none == pytest.approx(expected_none, abs=1e-5)
    assert none > 0 or step < 10
    assert seconds.sum() + none == pytest.approx(np.diff(t)[use].sum(), abs=1e-6)

    cell, enter, leave, segment = stays(locator, x, y, t, use)
    inside = cell >= 0
    summed = np.bincount(cell[inside], (leave - enter)[inside], minlength=len(polygons))
    np.testing.assert_allclose(summed, seconds, atol=1e-6)
    assert (leave >= enter).all()
    assert (np.diff(enter) >= 0).all()
    same = np.diff(segment) == 0
    np.testing.assert_array_equal(leave[:-1][same], enter[1:][same])
    assert (cell[:-1][same] != cell[1:][same]).all()
    assert set(segment) == set(np.flatnonzero(use))


def test_the_same_in_large_areas_that_overlap_and_have_holes() -> None:
    town = irregular_town()
    ring = shapely.union_all(town[:400]) - shapely.union_all(town[100:150])
    polygons = np.array([ring, shapely.union_all(town[450:])])
    x, y, t = random_walk(600, 60.0, seed=4)
    seconds, none = dwell(Locator.build(polygons), x, y, t, all_of(600))
    expected, expected_none = by_shapely(polygons, x, y, t, all_of(600))
    np.testing.assert_allclose([*seconds, none], [*expected, expected_none], atol=1e-5)


@pytest.mark.parametrize(
    ("path", "seconds", "none"),
    [
        ([(50, 50), (150, 50)], [5, 5, 0, 0], 0),
        ([(50, 50), (150, 150)], [5, 0, 0, 5], 0),  # over the corner
        ([(100, 0), (100, 100)], [10, 0, 0, 0], 0),  # along a shared edge: the smallest
        ([(100, -50), (100, 150)], [5, 0, 2.5, 0], 2.5),
        ([(100, 150), (100, -50)], [5, 0, 2.5, 0], 2.5),
        ([(200, 100), (-50, 100)], [4, 4, 0, 0], 2),
        ([(0, 200), (0, 0)], [5, 0, 5, 0], 0),  # along the outer edge
        ([(-100, 50), (300, 50)], [2.5, 2.5, 0, 0], 5),
        ([(-1e7, 50), (1e7 + 200, 50)], [5e-5, 5e-5, 0, 0], 10),
        ([(50, 50), (50, 50)], [10, 0, 0, 0], 0),
        ([(100, 100), (100, 100)], [10, 0, 0, 0], 0),
        ([(500, 500), (500, 500)], [0, 0, 0, 0], 10),
        ([(-10, 50), (-20, 60)], [0, 0, 0, 0], 10),
        ([(50, 50), (float("nan"), 50)], [0, 0, 0, 0], 10),
        ([(float("inf"), 50), (float("inf"), 50)], [0, 0, 0, 0], 10),
    ],
)
def test_hand_worked_lines(path: list[tuple[float, float]], seconds: list[float], none: float) -> None:
    x, y = np.array(path).T
    found, outside = dwell(Locator.build(SQUARES), x, y, [0.0, 10.0], [True])
    np.testing.assert_allclose([*found, outside], [*seconds, none], atol=2e-4 if abs(x[0]) > 1e6 else 1e-9)


def test_stays_are_in_order_and_tell_their_segment() -> None:
    cell, enter, leave, segment = stays(
        Locator.build(SQUARES),
        [50.0, 150.0, 150.0, 250.0],
        [50.0, 50.0, 50.0, 50.0],
        [0.0, 10.0, 70.0, 80.0],
        all_of(4),
    )
    assert cell.tolist() == [0, 1, 1, 1, -1]
    np.testing.assert_allclose(enter, [0, 5, 10, 70, 75])
    np.testing.assert_allclose(leave, [5, 10, 70, 75, 80])
    assert segment.tolist() == [0, 0, 1, 2, 2]


def test_unused_segments_count_nothing() -> None:
    seconds, none = dwell(
        Locator.build(SQUARES), [50.0, 150.0, 150.0], [50.0, 50.0, 150.0], [9.0, 5.0, 6.0], [False, True]
    )
    assert (seconds.tolist(), none) == ([0, 0.5, 0, 0.5], 0)
    assert dwell(Locator.build(SQUARES), [], [], [], [])[1] == 0


def test_what_does_not_fit_is_refused() -> None:
    locator = Locator.build(SQUARES)
    with pytest.raises(ValueError, match="back in time"):
        dwell(locator, [0.0, 1.0], [0.0, 1.0], [5.0, 4.0], [True])
    with pytest.raises(ValueError, match="one shorter"):
        stays(locator, [0.0, 1.0], [0.0, 1.0], [5.0, 6.0], [True, True])


def test_edges_that_divide_squares_along_a_line() -> None:
    """A segment exactly along a lattice line, past oblique borders that start and end there."""
    polygons = irregular_town()
    locator = Locator.build(polygons)
    west, south, east, north = shapely.total_bounds(polygons)
    tree = shapely.STRtree(polygons)
    for y in (np.arange(np.ceil(south / 100), np.floor(north / 100) + 1) * 100)[3:-3]:
        seconds, none = dwell(locator, [west - 50, east + 50], [y, y], [0.0, east - west + 100], [True])
        x = np.linspace(west - 50, east + 50, 40_001)
        points, cells = tree.query(shapely.points(x, y), "covered_by")
        first = np.full(len(x), len(polygons))
        np.minimum.at(first, points, cells)
        sampled = np.bincount(first, minlength=len(polygons) + 1) * (x[1] - x[0])
        np.testing.assert_allclose([*seconds, none], sampled, atol=2.5 * (x[1] - x[0]))
