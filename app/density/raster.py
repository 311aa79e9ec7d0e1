"""Draws a surface for Leaflet: warped from the metric CRS to Web Mercator, coloured, as a PNG with alpha."""

from __future__ import annotations

import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from scipy.ndimage import map_coordinates

from app.density.palette import Scale, channels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.density.kernel import Surface
    from app.geo.crs import Metric

EARTH = 6378137.0  # metres, the sphere of EPSG:3857
LARGEST_SIDE = 1200  # pixels
OPACITY = 190  # of 255, at and above the first break


@dataclass(frozen=True, slots=True)
class Overlay:
    """Where an image lies: its outer edges, exactly, in WGS-84 degrees; width and height in pixels."""

    west: float
    south: float
    east: float
    north: float
    width: int
    height: int


def overlay(surface: Surface, metric: Metric) -> Overlay:
    """Return the image that covers a surface: square Mercator pixels, about as fine as its lattice."""
    west, south, east, north = surface.bounds
    edge_x = np.array([west, west, east, east, (west + east) / 2, (west + east) / 2])
    edge_y = np.array([south, north, south, north, south, north])
    lon, lat = metric.to_lonlat(edge_x, edge_y)
    left, right = EARTH * math.radians(lon.min()), EARTH * math.radians(lon.max())
    bottom, top = (float(v) for v in _mercator(np.array([lat.min(), lat.max()])))
    stretch = 1 / math.cos(math.radians(float(lat.mean())))
    pixel = max(surface.step_m * stretch / 2, (right - left) / LARGEST_SIDE, (top - bottom) / LARGEST_SIDE)
    width, height = math.ceil((right - left) / pixel), math.ceil((top - bottom) / pixel)
    return Overlay(
        math.degrees(left / EARTH),
        float(_latitude(np.array(top - height * pixel))),
        math.degrees((left + width * pixel) / EARTH),
        float(_latitude(np.array(top))),
        width,
        height,
    )


def png(surface: Surface, metric: Metric, scale: Scale, days: float) -> bytes:
    """Return a PNG of incidents per km2 and day, to be laid on `overlay(surface, metric)`.

    Colours run between the classes' colours, reaching each at its break; under the first break the image fades
    out, and it is clear under half of it.
    """
    place = overlay(surface, metric)
    left, right = EARTH * math.radians(place.west), EARTH * math.radians(place.east)
    bottom, top = (float(v) for v in _mercator(np.array([place.south, place.north])))
    column = left + (np.arange(place.width) + 0.5) * (right - left) / place.width
    row = top - (np.arange(place.height) + 0.5) * (top - bottom) / place.height
    lon, lat = np.meshgrid(np.degrees(column / EARTH), _latitude(row))
    x, y = metric.from_lonlat(lon.ravel(), lat.ravel())
    at = np.vstack([(y - surface.y0) / surface.step_m - 0.5, (x - surface.x0) / surface.step_m - 0.5])
    values = map_coordinates(surface.values / days, at, order=1, mode="constant", cval=0.0)
    return _encode(values.reshape(place.height, place.width), scale)


def _encode(values: NDArray[np.float64], scale: Scale) -> bytes:
    """Return a palette PNG: index 0 is clear, the others run through the scale's colours."""
    knots = np.array([scale.breaks[0] / 2, *scale.breaks])
    colours = np.array([(*channels(colour), OPACITY) for colour in scale.colours], dtype=np.float64)
    colours = np.vstack([(*colours[0, :3], 0), colours])
    position = np.interp(values, knots, np.linspace(0, 1, len(knots)))
    index = np.rint(position * 255).astype(np.uint8)
    steps = np.arange(256) / 255
    table = np.stack(
        [np.interp(steps, np.linspace(0, 1, len(knots)), colours[:, channel]) for channel in range(4)], axis=1
    )
    table = np.rint(table).astype(np.uint8)
    image = Image.frombytes("P", index.shape[::-1], index.tobytes())
    image.putpalette(table[:, :3].tobytes())
    out = io.BytesIO()
    image.save(out, "PNG", transparency=table[:, 3].tobytes(), optimize=True)
    return out.getvalue()


def _mercator(lat: NDArray[np.float64]) -> NDArray[np.float64]:
    return EARTH * np.log(np.tan(np.pi / 4 + np.radians(lat) / 2))


def _latitude(y: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.degrees(2 * np.arctan(np.exp(y / EARTH)) - np.pi / 2)
