"""Datums at the door (坐标基准): WGS-84, CGCS2000, GCJ-02, BD-09 and EPSG codes, in and out.

China's map services give positions that are shifted on purpose: GCJ-02 (Amap, Tencent) by some 500 m against
WGS-84, BD-09 (Baidu) by as much again. Inside Gridward only WGS-84 and the metric CRS exist; every input
names its datum and is converted once, here. Arrays in, arrays out; no metric CRS (see `app.geo.crs`).

The forward formulas are those known from the `eviltransform` and `prcoords` libraries; their inverses have no
closed form and are found by fixed-point iteration, to well under a millimetre.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from app.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray
    from shapely.geometry.base import BaseGeometry

    Floats = NDArray[np.float64]
    Pair = tuple[Floats, Floats]

SEMI_MAJOR = 6378245.0  # Krasovsky 1940, metres, as the formulas have it
ECCENTRICITY2 = 0.00669342162296594323
CHINA = (72.004, 0.8293, 137.8347, 55.8271)  # west, south, east, north: outside, GCJ-02 is WGS-84
BAIDU_PI = np.pi * 3000.0 / 180.0
CLOSE_ENOUGH = 1e-12  # degrees, a tenth of a micrometre
ROUNDS = 20  # three or four are enough in practice
MARKED_GAIN = 0.01  # of the share that agrees
FEWEST_POINTS = 5  # that must come in before anything is suspected
OFFSET_DATUMS = ("wgs84", "gcj02", "bd09")  # those that people mix up
ALIASES = {"epsg:4326": "wgs84", "epsg:4490": "cgcs2000", "baidu": "bd09", "amap": "gcj02"}


class UnknownDatum(BadInput):
    """This datum isn't known."""

    zh = "无法识别的坐标基准。"


@dataclass(frozen=True, slots=True)
class Suspicion:
    """A file fits the known ground much better when read in another datum than it was declared in.

    Attributes:
        declared: The datum that was named.
        likely: The datum that fits better.
        agreement: Share (0..1) that agrees with the known ground as declared.
        agreement_if: The same, read as `likely`.
    """

    declared: str
    likely: str
    agreement: float
    agreement_if: float


def parse_datum(text: str) -> str:
    """Return the datum's one name: "wgs84", "cgcs2000", "gcj02", "bd09" or "epsg:N".

    Case, hyphens and blanks don't matter; EPSG 4326 and 4490 are "wgs84" and "cgcs2000".

    Raises:
        UnknownDatum: Neither a known name nor an EPSG code that PROJ knows.
    """
    name = re.sub(r"[\s_-]", "", text).lower()
    name = ALIASES.get(name, name)
    if name in {*OFFSET_DATUMS, "cgcs2000"}:
        return name
    code = re.fullmatch(r"epsg:0*(\d{1,9})", name)
    if code and _is_crs(int(code[1])):
        return ALIASES.get(f"epsg:{code[1]}", f"epsg:{code[1]}")
    raise UnknownDatum(
        f"It is called {text!r}.", remedy="Give wgs84, cgcs2000, gcj02, bd09 or an EPSG code as in epsg:4548."
    )


def to_wgs84(x: ArrayLike, y: ArrayLike, datum: str) -> Pair:
    """Return WGS-84 longitude and latitude in degrees of coordinates in `datum`.

    Args:
        x: Longitude (degrees), or easting in the EPSG code's own unit; shape (n,).
        y: Latitude or northing, same shape.
        datum: As in `parse_datum`.

    Returns:
        Two float64 arrays; NaN where the input is no number or lies beyond what the CRS can say.

    Raises:
        UnknownDatum: See `parse_datum`.
    """
    return _convert(x, y, parse_datum(datum), inward=True)


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: str) -> Pair:
    """Return coordinates in `datum` of WGS-84 longitude and latitude; the inverse of `to_wgs84`."""
    return _convert(lon, lat, parse_datum(datum), inward=False)


def suspect(shape: BaseGeometry, declared: str, reference: BaseGeometry) -> Suspicion | None:
    """Return which datum a file is probably in, or None where the declared one fits as well as any.

    For points, what agrees is the share inside the known ground; for areas, the intersection over the union.
    Another datum is suspected when it at least halves what disagrees and gains 1 % or more.

    Args:
        shape: All points (MultiPoint) or the union of all areas of the file, in its own numbers.
        declared: The datum it is said to be in; degrees only, an EPSG code is never suspected.
        reference: The known ground in WGS-84, such as the district.
    """
    said = parse_datum(declared)
    said = "wgs84" if said == "cgcs2000" else said
    if said not in OFFSET_DATUMS or shape.is_empty:
        return None
    shares = {datum: _agreement(shape, datum, reference) for datum in OFFSET_DATUMS}
    likely = max(OFFSET_DATUMS, key=lambda datum: (shares[datum], datum == said))
    gain = shares[likely] - shares[said]
    enough = MARKED_GAIN
    if shape.geom_type in {"Point", "MultiPoint"}:
        enough = max(enough, FEWEST_POINTS / shapely.get_num_coordinates(shape))
    if gain < enough or gain < (1 - shares[said]) / 2:
        return None
    return Suspicion(parse_datum(declared), likely, shares[said], shares[likely])


def _agreement(shape: BaseGeometry, datum: str, reference: BaseGeometry) -> float:
    if shape.geom_type in {"Point", "MultiPoint"}:
        x, y = shapely.get_coordinates(shape).T
        lon, lat = to_wgs84(x, y, datum)
        shapely.prepare(reference)
        return float(np.mean(shapely.intersects_xy(reference, lon, lat)))
    moved = shapely.make_valid(
        shapely.transform(shape, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], datum)))
    )
    return float(moved.intersection(reference).area / moved.union(reference).area)


def _convert(x: ArrayLike, y: ArrayLike, datum: str, *, inward: bool) -> Pair:
    u, v = np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)
    if datum in {"wgs84", "cgcs2000"}:  # they agree to well under a metre
        return u, v
    with np.errstate(invalid="ignore"):
        if datum == "gcj02":
            return _invert(_wgs84_to_gcj02, u, v) if inward else _wgs84_to_gcj02(u, v)
        if datum == "bd09":
            if inward:
                return _invert(_wgs84_to_gcj02, *_invert(_gcj02_to_bd09, u, v))
            return _gcj02_to_bd09(*_wgs84_to_gcj02(u, v))
    transformer = _transformer(int(datum.removeprefix("epsg:")))
    p, q = transformer.transform(u, v, direction="FORWARD" if inward else "INVERSE")
    p, q = np.asarray(p, dtype=np.float64), np.asarray(q, dtype=np.float64)
    known = np.isfinite(p) & np.isfinite(q)
    return np.where(known, p, np.nan), np.where(known, q, np.nan)


@cache
def _transformer(srid: int) -> Transformer:
    return Transformer.from_crs(srid, 4326, always_xy=True)


@cache
def _is_crs(srid: int) -> bool:
    try:
        return len(CRS.from_epsg(srid).axis_info) >= 2
    except CRSError:
        return False


def _in_china(lon: Floats, lat: Floats) -> NDArray[np.bool_]:
    west, south, east, north = CHINA
    return (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)


def _wgs84_to_gcj02(lon: Floats, lat: Floats) -> Pair:
    east, north = _shift(lon - 105.0, lat - 35.0)
    radians = np.radians(lat)
    magic = 1.0 - ECCENTRICITY2 * np.sin(radians) ** 2
    per_metre_lat = 180.0 * magic * np.sqrt(magic) / (SEMI_MAJOR * (1.0 - ECCENTRICITY2) * np.pi)
    per_metre_lon = 180.0 * np.sqrt(magic) / (SEMI_MAJOR * np.cos(radians) * np.pi)
    china = _in_china(lon, lat)
    return np.where(china, lon + east * per_metre_lon, lon), np.where(china, lat + north * per_metre_lat, lat)


def _shift(x: Floats, y: Floats) -> Pair:
    """Return the shift in metres east and north, of degrees from 105 E, 35 N."""
    root = np.sqrt(np.abs(x))
    waves = (20.0 * np.sin(6.0 * np.pi * x) + 20.0 * np.sin(2.0 * np.pi * x)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves
    east += (20.0 * np.sin(np.pi * x) + 40.0 * np.sin(np.pi / 3.0 * x)) * 2.0 / 3.0
    east += (150.0 * np.sin(np.pi / 12.0 * x) + 300.0 * np.sin(np.pi / 30.0 * x)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves
    north += (20.0 * np.sin(np.pi * y) + 40.0 * np.sin(np.pi / 3.0 * y)) * 2.0 / 3.0
    north += (160.0 * np.sin(np.pi / 12.0 * y) + 320.0 * np.sin(np.pi / 30.0 * y)) * 2.0 / 3.0
    return east, north


def _gcj02_to_bd09(lon: Floats, lat: Floats) -> Pair:
    radius = np.hypot(lon, lat) + 0.00002 * np.sin(lat * BAIDU_PI)
    angle = np.arctan2(lat, lon) + 0.000003 * np.cos(lon * BAIDU_PI)
    return radius * np.cos(angle) + 0.0065, radius * np.sin(angle) + 0.006


def _invert(forward: Callable[[Floats, Floats], Pair], x: Floats, y: Floats) -> Pair:
    """Return where `forward` leads to x, y, by fixed-point iteration: its shift varies slowly with place."""
    u, v = x.copy(), y.copy()
    for _ in range(ROUNDS):
        p, q = forward(u, v)
        du, dv = x - p, y - q
        u += du
        v += dv
        if not np.any(np.maximum(np.abs(du), np.abs(dv)) > CLOSE_ENOUGH):
            break
    return u, v
