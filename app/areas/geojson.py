"""Areas as a GeoJSON FeatureCollection in WGS-84, simplified on request without tearing neighbours apart. Pure."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Hashable

    import pandas as pd

    from app.geo.crs import Metric

DECIMALS = 7  # of a degree: a centimetre


def collection(areas: pd.DataFrame, metric: Metric, tolerance_m: float = 0.0) -> str:
    """Return areas as GeoJSON text.

    Args:
        areas: Attributes and geometry in the metric CRS; a column id is left out.
        metric: The deployment's metric CRS.
        tolerance_m: Corners that stand out less than about this are left out, on both sides of a border alike.
    """
    polygons = areas["geometry"].to_numpy()
    if tolerance_m > 0 and len(polygons):
        polygons = shapely.coverage_simplify(polygons, tolerance_m)
    degrees = shapely.transform(metric.geometry_to_lonlat(polygons), lambda xy: np.round(xy, DECIMALS))
    attributes = areas.drop(columns=["geometry", "id"], errors="ignore").to_dict("records")
    features = (
        f'{{"type":"Feature","properties":{json.dumps(_plain(row), ensure_ascii=False)},"geometry":{geometry}}}'
        for row, geometry in zip(attributes, shapely.to_geojson(degrees), strict=True)
    )
    return f'{{"type":"FeatureCollection","features":[{",".join(features)}]}}'


def _plain(row: dict[Hashable, Any]) -> dict[Hashable, Any]:
    return {key: value.item() if isinstance(value, np.generic) else value for key, value in row.items()}
