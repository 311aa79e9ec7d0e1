"""A member's area as GeoJSON in WGS-84, small enough for a phone. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from app.geo.crs import Metric

DECIMALS = 6  # of a degree: 10 cm


def cells(
    polygons: NDArray[np.object_], numbers: Sequence[int], codes: Sequence[str], metric: Metric
) -> dict[str, Any]:
    """Return cells (metres) as a FeatureCollection, each with its number as id."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": number,
                "properties": {"number": number, "code": code},
                "geometry": shapely.geometry.mapping(shape),
            }
            for number, code, shape in zip(numbers, codes, _degrees(polygons, metric), strict=True)
        ],
    }


def outline(polygons: NDArray[np.object_], metric: Metric) -> dict[str, Any] | None:
    """Return all cells as one geometry; None without any."""
    if len(polygons) == 0:
        return None
    drawn: dict[str, Any] = shapely.geometry.mapping(
        _degrees(np.array([shapely.union_all(polygons)]), metric)[0]
    )
    return drawn


def _degrees(polygons: NDArray[np.object_], metric: Metric) -> NDArray[np.object_]:
    drawn: NDArray[np.object_] = shapely.transform(
        metric.geometry_to_lonlat(polygons), lambda xy: np.round(xy, DECIMALS)
    )
    return drawn
