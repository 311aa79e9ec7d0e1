"""The whole real district, cut at random into 768 communities, laid: it tiles, numbers read, and it is quick."""

from __future__ import annotations

import time

import numpy as np
import pytest
import shapely
from scipy.spatial import cKDTree

from app.areas.laying import Laid, lay
from app.areas.numbering import Past
from app.demo import boundary
from app.geo.crs import Metric

COMMUNITIES = 768
CODES = [f"110105{n // 18 + 1:03d}{n % 18 + 1:03d}" for n in range(COMMUNITIES)]


def partition(district: shapely.MultiPolygon, seed: int) -> np.ndarray:
    """Cut a district into Voronoi regions of random points, as a valid coverage on the 1 mm grid."""
    random = np.random.default_rng(seed)
    west, south, east, north = district.bounds
    points = random.uniform([west, south], [east, north], (4 * COMMUNITIES, 2))
    points = points[shapely.contains_xy(district, points[:, 0], points[:, 1])][:COMMUNITIES]
    around = district.envelope.buffer(1000)
    edges = shapely.voronoi_polygons(shapely.multipoints(points), extend_to=around, only_edges=True)
    noded = shapely.union_all([edges, district.boundary], grid_size=0.001)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inner = shapely.get_coordinates(shapely.point_on_surface(faces))
    inside = shapely.contains_xy(district, inner[:, 0], inner[:, 1])
    nearest = cKDTree(points).query(inner[inside])[1]
    return np.array([shapely.coverage_union_all(faces[inside][nearest == n]) for n in range(COMMUNITIES)])


@pytest.fixture(scope="module")
def district() -> shapely.MultiPolygon:
    real = boundary.read(lambda _: None).district.polygon
    return Metric(4548).geometry_from_lonlat(real)


@pytest.fixture(scope="module")
def laid(district: shapely.MultiPolygon) -> Laid:
    ground = partition(district, seed=2026)
    began = time.monotonic()
    laid = lay(CODES, ground)
    assert time.monotonic() - began < 60
    return laid


def test_the_cells_tile_the_district_and_every_community(laid: Laid, district: shapely.MultiPolygon) -> None:
    cells = laid.cells.geometry.to_numpy()
    assert shapely.coverage_is_valid(cells)
    order = np.argsort(laid.cells.parent_code.to_numpy(), kind="stable")
    starts = np.searchsorted(laid.cells.parent_code.to_numpy()[order], CODES)
    for border, members in zip(laid.borders, np.split(cells[order], starts[1:]), strict=True):
        assert shapely.symmetric_difference(shapely.coverage_union_all(members), border).area == 0
    assert shapely.area(cells).sum() == pytest.approx(district.area, abs=5)
    assert len(district.geoms) == 2  # the airport exclave is in it
    exclave = min(district.geoms, key=lambda part: part.area)
    assert shapely.coverage_union_all(cells[shapely.intersects(exclave, cells)]).area == pytest.approx(
        exclave.area, abs=5
    )


def test_codes_and_reading_order(laid: Laid) -> None:
    cells = laid.cells
    assert 45_000 <= len(cells) <= 65_000
    assert cells.code.str.fullmatch(r"110105\d{9}").all()
    assert cells.code.is_unique
    for code, own in cells.groupby("parent_code"):
        assert own.code.tolist() == [f"{code}{n:03d}" for n in range(1, len(own) + 1)]
        assert len(own) <= 999
        places = list(zip(-own.square_row, own.square_column, strict=True))
        assert places == sorted(places)
    assert (cells.area_m2 >= 1000).sum() == len(cells) - len(laid.report.islands)


def test_laying_again_changes_nothing(laid: Laid) -> None:
    past = {
        code: Past(dict(zip(own.code, own.geometry, strict=True)), len(own))
        for code, own in laid.cells.groupby("parent_code")
    }
    again = lay(CODES, laid.borders, past=past)
    assert again.cells.code.tolist() == laid.cells.code.tolist()
    assert (again.report.kept, again.report.retired) == (len(laid.cells), [])
