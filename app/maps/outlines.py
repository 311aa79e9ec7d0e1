"""Outlines for the map: simplified together, so that neighbours still share their borders, and short on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from app.geo.crs import Metric

TOLERANCE_M = 3.0  # under a pixel up to zoom 15, two pixels at 17
DECIMALS = 5  # about a metre


def simplified(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return polygons with fewer vertices; shared borders stay shared, none moves by much over `TOLERANCE_M`.

    Polygons that overlap (a level that isn't a coverage) are simplified one by one.
    """
    tolerance = TOLERANCE_M
    if len(polygons) > 1 and shapely.coverage_is_valid(polygons):
        return np.asarray(shapely.coverage_simplify(polygons, tolerance))
    return np.asarray(shapely.simplify(polygons, tolerance))


def features(
    polygons: NDArray[np.object_], properties: Sequence[dict[str, Any]], metric: Metric
) -> dict[str, Any]:
    """Return a GeoJSON FeatureCollection in WGS-84; each feature also has `at`, a point well inside it."""
    small = metric.geometry_to_lonlat(simplified(polygons))
    inside = metric.geometry_to_lonlat(shapely.centroid(polygons))
    holds = shapely.contains(polygons, shapely.centroid(polygons))
    other = metric.geometry_to_lonlat(shapely.point_on_surface(polygons))
    at = np.where(holds, inside, other)
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "properties": {**own, "at": [round(place.x, DECIMALS), round(place.y, DECIMALS)]},
                "geometry": rounded(shapely.geometry.mapping(polygon)),
            }
            for polygon, own, place in zip(small, properties, at, strict=True)
        ],
    }


def rounded(geometry: dict[str, Any], decimals: int = DECIMALS) -> dict[str, Any]:
    """Return a GeoJSON geometry with shorter coordinates."""
    return {"type": geometry["type"], "coordinates": _round(geometry["coordinates"], decimals)}


def _round(node: Any, decimals: int) -> Any:
    return round(node, decimals) if isinstance(node, float) else [_round(part, decimals) for part in node]


def runs(parent: NDArray[np.int64]) -> list[list[int]]:
    """Return which parent each cell has, shortened: [parent, how many cells in a row] from the first cell on."""
    if parent.size == 0:
        return []
    starts = np.flatnonzero(np.diff(parent, prepend=parent[0] - 1))
    lengths = np.diff(np.append(starts, parent.size))
    return [[int(parent[s]), int(n)] for s, n in zip(starts, lengths, strict=True)]
