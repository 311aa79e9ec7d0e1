"""The metric CRS (投影坐标系) that geometries are stored in, and the way to it from WGS-84 and back.

Only WGS-84 crosses this line; other datums are `app.geo.datum`'s business, at the door.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from app.core.errors import BadInput

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


class NotMetric(BadInput):
    """The metric CRS must be a projected one in metres."""

    zh = "度量坐标系必须是以米为单位的投影坐标系。"


@dataclass(frozen=True, slots=True)
class Metric:
    """The deployment's metric CRS, x east and y north, in metres.

    Raises:
        NotMetric: The EPSG code is unknown, geographic, or in another unit.
    """

    srid: int

    def __post_init__(self) -> None:
        _transformer(self.srid)

    def from_lonlat(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Floats, Floats]:
        """Return x, y (metres) of WGS-84 degrees; NaN where there is no place."""
        return _run(self.srid, lon, lat, "FORWARD")

    def to_lonlat(self, x: ArrayLike, y: ArrayLike) -> tuple[Floats, Floats]:
        """Return WGS-84 longitude and latitude (degrees) of metres; NaN where there is no place."""
        return _run(self.srid, x, y, "INVERSE")

    def geometry_from_lonlat(self, geometries: Any) -> Any:
        """Return a geometry, or an array of geometries, of WGS-84 degrees in metres."""
        return shapely.transform(geometries, lambda xy: np.column_stack(self.from_lonlat(xy[:, 0], xy[:, 1])))

    def geometry_to_lonlat(self, geometries: Any) -> Any:
        """Return a geometry, or an array of geometries, of metres in WGS-84 degrees."""
        return shapely.transform(geometries, lambda xy: np.column_stack(self.to_lonlat(xy[:, 0], xy[:, 1])))


def _run(srid: int, x: ArrayLike, y: ArrayLike, direction: str) -> tuple[Floats, Floats]:
    u, v = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    p, q = _transformer(srid).transform(u, v, direction=direction)
    p, q = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    known = np.isfinite(p) & np.isfinite(q)  # PROJ says inf for "no place"
    return np.where(known, p, np.nan), np.where(known, q, np.nan)


@cache
def _transformer(srid: int) -> Transformer:
    remedy = "Choose a projected CRS in metres, as in EPSG:4548 for Beijing."
    try:
        crs = CRS.from_epsg(srid)
    except CRSError:
        raise NotMetric(f"EPSG:{srid} isn't known.", remedy=remedy) from None
    if not crs.is_projected or crs.axis_info[0].unit_name != "metre":
        raise NotMetric(f"EPSG:{srid} ({crs.name}) isn't.", remedy=remedy)
    return Transformer.from_crs(4326, crs, always_xy=True)
