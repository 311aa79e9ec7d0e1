"""Pictures to print (打印图): beats as SVG outlines with their numbers, a tour as numbered stops. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians
from typing import TYPE_CHECKING

import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from shapely.geometry.base import BaseGeometry

WIDTH = 1000.0


@dataclass(frozen=True, slots=True)
class Drawn:
    """One beat of a picture: its outline as an SVG path, and where its number stands."""

    number: int
    path: str
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Picture:
    """Outlines scaled to `WIDTH`; `height` in the same units; `metres` that 100 of them stand for."""

    height: float
    metres: float
    beats: list[Drawn]


def beats(shapes: Sequence[BaseGeometry | None]) -> Picture | None:
    """Return a picture of beats given by number; None where there is no ground at all."""
    known = [shape for shape in shapes if shape is not None]
    if not known:
        return None
    west, south, east, north = shapely.total_bounds(known)
    scale = WIDTH / max(east - west, (north - south) * 1.0, 1.0)

    def ring(points: Sequence[tuple[float, ...]]) -> str:
        placed = [f"{(p[0] - west) * scale:.1f} {(north - p[1]) * scale:.1f}" for p in points]
        return "M" + "L".join(placed) + "Z"

    drawn = []
    for number, shape in enumerate(shapes, 1):
        if shape is None:
            continue
        parts = shapely.get_parts(shape)
        rings = [each for part in parts for each in (part.exterior, *part.interiors)]
        label = shapely.point_on_surface(max(parts, key=lambda part: part.area))
        path = "".join(ring(list(each.coords)) for each in rings)
        drawn.append(Drawn(number, path, (label.x - west) * scale, (north - label.y) * scale))
    return Picture((north - south) * scale, 100 / scale, drawn)


@dataclass(frozen=True, slots=True)
class Route:
    """Stops scaled to `WIDTH`, in order, and the path that joins them."""

    height: float
    path: str
    points: list[tuple[float, float]]


def route(places: Sequence[tuple[float, float]]) -> Route | None:
    """Return a picture of stops given by longitude and latitude; None without any."""
    if not places:
        return None
    west, north = min(lon for lon, _ in places), max(lat for _, lat in places)
    narrow = cos(radians(north))
    wide = max((lon - west) * narrow for lon, _ in places)
    high = max(north - lat for _, lat in places)
    scale = WIDTH / max(wide, high, 1e-6)
    points = [((lon - west) * narrow * scale, (north - lat) * scale) for lon, lat in places]
    return Route(high * scale, "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points), points)
