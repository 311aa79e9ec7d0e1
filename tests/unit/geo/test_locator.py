"""The fast path, held against shapely's `covered_by` with the smallest index, on and off every kind of line."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from app.geo.exact import turn
from app.geo.locator import Locator
from tests.unit.geo.town import irregular_town, telling_points


def by_shapely(polygons: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    finite = np.isfinite(x) & np.isfinite(y)
    points, cells = shapely.STRtree(polygons).query(
        shapely.points(x[finite], y[finite]), predicate="covered_by"
    )
    best = np.full(finite.sum(), len(polygons))
    np.minimum.at(best, points, cells)
    out = np.full(len(x), -1)
    out[finite] = np.where(best < len(polygons), best, -1)
    return out


def test_an_irregular_town_like_geos_on_every_line() -> None:
    polygons = irregular_town()
    x, y = telling_points(polygons)
    found = Locator.build(polygons).locate(x, y)
    np.testing.assert_array_equal(found, by_shapely(polygons, x, y))
    assert (found >= 0).mean() > 0.5


def test_large_areas_with_many_edges_like_geos() -> None:
    cells = irregular_town()
    polygons = np.array([shapely.union_all(part) for part in np.array_split(cells, 7)])
    x, y = telling_points(polygons)
    np.testing.assert_array_equal(Locator.build(polygons).locate(x, y), by_shapely(polygons, x, y))


def test_overlaps_holes_and_parts_like_geos() -> None:
    ring = shapely.Point(500, 500).buffer(400) - shapely.Point(500, 500).buffer(200)
    drawn = np.array([
        shapely.box(450, 450, 550, 550), ring, shapely.box(0, 0, 1000, 333.3),
        shapely.MultiPolygon([shapely.box(-300, -300, -100, -100), shapely.box(-100, -100, 100, 100)]),
        shapely.Polygon(), shapely.box(0, 0, 1000, 1000), shapely.box(480, 480, 520, 520),
    ])  # fmt: skip
    x, y = telling_points(drawn)
    found = Locator.build(drawn).locate(x, y)
    np.testing.assert_array_equal(found, by_shapely(drawn, x, y))
    assert set(found) == {-1, 0, 1, 2, 3, 5}


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=3, max_size=7),
        min_size=1,
        max_size=6,
    ),
    st.sampled_from([0.1, 0.25, 1.0, 6.25, 33.3]),
)
def test_any_hulls_like_geos(corners: list[list[tuple[int, int]]], scale: float) -> None:
    hulls = shapely.convex_hull([shapely.MultiPoint(np.array(c) * scale + 4e5) for c in corners])
    polygons = np.array([h if h.geom_type == "Polygon" else shapely.Polygon() for h in hulls], dtype=object)
    grid = np.arange(0, 40.5, 0.5) * scale + 4e5
    x, y = (a.ravel() for a in np.meshgrid(grid, grid))
    np.testing.assert_array_equal(Locator.build(polygons).locate(x, y), by_shapely(polygons, x, y))


def test_no_place_is_in_no_cell() -> None:
    locator = Locator.build(irregular_town())
    nowhere = [np.nan, np.inf, -np.inf, 1e300, -1e300, 0.0]
    assert locator.locate(nowhere, [4.0e6] * 6).tolist() == [-1] * 6
    assert locator.locate([4.0e6] * 6, nowhere).tolist() == [-1] * 6
    assert locator.locate([], []).tolist() == []


def test_no_cells_hold_nothing() -> None:
    assert Locator.build(np.array([], dtype=object)).locate([0.0], [0.0]).tolist() == [-1]
    assert Locator.build(np.array([shapely.Polygon()])).locate([0.0], [0.0]).tolist() == [-1]


def test_a_coordinate_that_is_no_number_is_refused() -> None:
    far = shapely.Polygon([(0, 0), (1, np.inf), (1, 1)])
    with pytest.raises(ValueError, match="no number"):
        Locator.build(np.array([far]))
    with pytest.raises(ValueError, match="one length"):
        Locator.build(irregular_town()).locate([1.0, 2.0], [1.0])


def test_in_parallel_the_answer_is_the_same() -> None:
    polygons = irregular_town()
    locator = Locator.build(polygons)
    x, y = telling_points(polygons, 30_000)
    np.testing.assert_array_equal(locator.locate(x, y, parallel=True), locator.locate(x, y))


@given(st.integers(-(2**20), 2**20), st.integers(-(2**20), 2**20), st.integers(-3, 3), st.integers(1, 2000))
def test_the_side_of_a_line_is_exact(dx: int, dy: int, off: int, part: int) -> None:
    """Coordinates as multiples of 2^-20 around 4.4 million: whole-number arithmetic gives the truth."""
    unit, ox, oy = 2.0**-20, 480_000.0, 4_420_000.0
    px, py = dx * part // 2000 + off, dy * part // 2000
    truth = np.sign(dx * py - dy * px)
    edge = np.array([ox, oy, ox + dx * unit, oy + dy * unit])
    assert turn(edge, ox + px * unit, oy + py * unit) == truth
