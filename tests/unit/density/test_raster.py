"""The overlay lies where the surface lies: a peak's pixel is where its incident is."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
from PIL import Image

from app.density import palette, raster
from app.density.kernel import surface
from app.geo.crs import Metric

METRIC = Metric(4548)


def drawn(x: float, y: float, bandwidth: float = 300.0) -> tuple[raster.Overlay, Image.Image]:
    made = surface(np.array([x]), np.array([y]), bandwidth)
    assert made is not None
    scale = palette.surface_scale(float(made.values.max()), "per_km2_day")
    picture = Image.open(io.BytesIO(raster.png(made, METRIC, scale, days=1.0)))
    return raster.overlay(made, METRIC), picture


def mercator(lat: float) -> float:
    return math.log(math.tan(math.pi / 4 + math.radians(lat) / 2))


def test_the_peak_is_where_the_incident_is() -> None:
    x, y = 452_350.0, 4_421_770.0
    place, picture = drawn(x, y)
    assert picture.size == (place.width, place.height)
    dark = np.asarray(picture)  # palette indices: the higher, the denser
    row, column = (float(v.mean()) for v in np.nonzero(dark == dark.max()))
    lon = place.west + (column + 0.5) / place.width * (place.east - place.west)
    top, bottom = mercator(place.north), mercator(place.south)
    height = top - (row + 0.5) / place.height * (top - bottom)
    lat = math.degrees(2 * math.atan(math.exp(height)) - math.pi / 2)
    found_x, found_y = METRIC.from_lonlat(lon, lat)
    assert math.hypot(float(found_x) - x, float(found_y) - y) < 60  # a pixel is 30 m


def test_far_from_incidents_it_is_clear() -> None:
    _, picture = drawn(452_350.0, 4_421_770.0)
    alpha = np.asarray(picture.convert("RGBA"))[:, :, 3]
    assert alpha[0, 0] == alpha[-1, -1] == 0
    assert alpha.max() == raster.OPACITY


def test_pixels_are_square_on_the_web_mercator_plane() -> None:
    place, _ = drawn(452_350.0, 4_421_770.0)
    wide = math.radians(place.east - place.west) / place.width
    high = (mercator(place.north) - mercator(place.south)) / place.height
    assert wide == pytest.approx(high, rel=1e-6)
