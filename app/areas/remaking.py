"""Areas of the levels above, re-made as unions of their sewn parts, so that every level tiles.

An area is re-made only where its parts fill it but for what sewing may have moved; one that they don't fill stays as it
was loaded, and is listed. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from app.core.findings import Finding
from app.geo.sewing import on_grid

if TYPE_CHECKING:
    import pandas as pd

    from app.geo.crs import Metric

BORDER_SHIFT = 0.003  # metres: rounding twice, and sewing


def remake(
    areas: pd.DataFrame, parts: pd.DataFrame, level: str, metric: Metric
) -> tuple[pd.DataFrame, list[Finding]]:
    """Return a level's areas with sewn borders, and which of them their parts don't fill.

    Args:
        areas: Columns code and geometry, among others.
        parts: Areas of a lower level, a valid coverage; columns parent_code and geometry.
        level: The level of `areas`, for the findings.
        metric: The deployment's metric CRS, for their places.
    """
    found = []
    polygons = on_grid(areas["geometry"].to_numpy())
    children = parts["geometry"].to_numpy()
    parents = parts["parent_code"].to_numpy()
    for index, code in enumerate(areas["code"]):
        union = shapely.coverage_union_all(children[parents == code])
        difference = shapely.symmetric_difference(union, polygons[index])
        if difference.area <= BORDER_SHIFT * polygons[index].length:
            polygons[index] = union
        elif not union.is_empty:
            point = shapely.point_on_surface(difference)
            lon, lat = metric.to_lonlat(shapely.get_x(point), shapely.get_y(point))
            found.append(
                Finding(
                    code="not-tiled",
                    where=f"{level} {code}",
                    message="The areas below don't fill it; its border stays as it was loaded.",
                    severity="warning",
                    lon=round(float(lon), 7),
                    lat=round(float(lat), 7),
                    square_metres=round(float(difference.area), 3),
                )
            )
    return areas.assign(geometry=np.array(polygons, dtype=object)), found
