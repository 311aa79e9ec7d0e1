"""Drawn ground as it comes in and goes out: GeoJSON in any datum, polygons in the metric CRS inside (划定地块). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import mapping, shape

from app.core.errors import BadInput
from app.geo.datum import from_wgs84, parse_datum, to_wgs84

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from app.geo.crs import Metric

MOST_VERTICES = 5000
LEAST_M2 = 1.0


class BadDrawing(BadInput):
    """The drawn ground can't be taken."""

    zh = "划定的地块有误。"


def drawn(geometry: dict[str, Any], datum: str, metric: Metric) -> BaseGeometry:
    """Return a GeoJSON Polygon or MultiPolygon in the metric CRS.

    Args:
        geometry: Coordinates in `datum`, longitude first.
        datum: wgs84, cgcs2000, gcj02, bd09 or epsg:N.
        metric: The deployment's.

    Raises:
        BadDrawing: It is no such thing, invalid, too large or too small.
        UnknownDatum: There is no such datum.
    """
    datum = parse_datum(datum)
    if geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        raise BadDrawing(
            f"It is a {str(geometry.get('type'))[:40]}.", remedy="Draw a Polygon or MultiPolygon."
        )
    try:
        polygon = shape(geometry)
    except (ShapelyError, ValueError, TypeError, IndexError, KeyError, AttributeError) as error:
        raise BadDrawing(
            f"It isn't GeoJSON: {error}.", remedy="Give rings of [longitude, latitude]."
        ) from None
    count = shapely.get_num_coordinates(polygon)
    if count > MOST_VERTICES:
        raise BadDrawing(f"It has {count} vertices.", remedy=f"Simplify it to {MOST_VERTICES} at most.")

    def inward(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        metres: NDArray[np.float64] = np.column_stack(
            metric.from_lonlat(*to_wgs84(xy[:, 0], xy[:, 1], datum))
        )
        if not np.isfinite(metres).all():
            raise BadDrawing(
                "Its coordinates are no place.", remedy="Give longitude first, and the right datum."
            )
        return metres

    placed = shapely.force_2d(shapely.transform(shapely.force_2d(polygon), inward))
    if placed.is_empty:
        raise BadDrawing("It is empty.", remedy="Give rings of [longitude, latitude].")
    if not placed.is_valid:
        raise BadDrawing(
            f"{shapely.is_valid_reason(placed)}.", remedy="Draw rings that don't cross themselves."
        )
    if placed.area < LEAST_M2:
        raise BadDrawing(f"It has {placed.area:.2f} m².", remedy=f"Draw at least {LEAST_M2:g} m².")
    return placed


def as_geojson(polygon: BaseGeometry, datum: str, metric: Metric) -> dict[str, Any]:
    """Return a polygon of the metric CRS as a GeoJSON geometry in a datum, to 1e-7 degrees."""
    datum = parse_datum(datum)

    def outward(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        lon, lat = metric.to_lonlat(xy[:, 0], xy[:, 1])
        degrees: NDArray[np.float64] = np.column_stack(from_wgs84(lon, lat, datum))
        return degrees.round(7)

    found: dict[str, Any] = mapping(shapely.transform(polygon, outward))
    return found
