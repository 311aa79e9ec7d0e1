"""One report, as a person or a program sends it (上报): is it a place, and what is odd about it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.core.errors import BadInput
from app.core.findings import Finding
from app.geo.datum import parse_datum, to_wgs84
from app.incidents.intake import BY_CODE
from app.incidents.summary import WARNINGS

if TYPE_CHECKING:
    from datetime import datetime

    from app.geo.crs import Metric

NOWHERE = 1e8  # metres: no cell is there


class NoPlace(BadInput):
    """The coordinates are no place; nothing was stored."""

    zh = "坐标无效，未保存。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One report.

    Attributes:
        x: Longitude or easting, in `datum`.
        y: Latitude or northing.
        reported_at: With a zone.
        accuracy_m: Metres, None if unknown.
        reported_by: The account that says so; None for files, the system and nobody signed in.
        confidential: Only the account and the system see it.
    """

    source: str
    source_id: str
    x: float
    y: float
    datum: str
    reported_at: datetime
    category: str = ""
    description: str = ""
    accuracy_m: float | None = None
    synthetic: bool = False
    reported_by: int | None = None
    confidential: bool = False


def where(report: Report, metric: Metric) -> tuple[float, float] | None:
    """Return a report's place in the metric CRS; None for a latitude that only swapped axes would explain.

    Raises:
        NoPlace: See `app.incidents.intake.REASONS`.
    """
    datum = parse_datum(report.datum)
    if not (math.isfinite(report.x) and math.isfinite(report.y)):
        raise _no_place("missing-coordinates")
    if not datum.startswith("epsg:"):
        if abs(report.x) > 180:
            raise _no_place("longitude-beyond-180")
        if abs(report.y) > 90:
            if abs(report.y) <= 180 and abs(report.x) <= 90:
                return None
            raise _no_place("latitude-beyond-90")
    lon, lat = to_wgs84([report.x], [report.y], datum)
    if not math.isfinite(lon[0]):
        raise _no_place("no-such-place")
    if datum == f"epsg:{metric.srid}":
        return report.x, report.y  # there and back would leave shared edges by a nanometre
    x, y = metric.from_lonlat(lon, lat)
    return (float(x[0]), float(y[0])) if math.isfinite(x[0]) else (NOWHERE, NOWHERE)


def swapped(report: Report, metric: Metric) -> tuple[float, float] | None:
    """Return where a report would be with its axes swapped, None if nowhere."""
    try:
        turned = where(_turned(report), metric)
    except NoPlace:
        return None
    return turned


def no_place_beyond() -> NoPlace:
    """Return the error for a latitude beyond 90 that swapped axes don't explain."""
    return _no_place("latitude-beyond-90")


def warnings(report: Report, *, outside: bool, in_a_cell_if_swapped: bool, now: datetime) -> list[Finding]:
    """Return what is odd about a stored report."""
    null_island = report.x == 0 and report.y == 0
    codes = []
    if null_island:
        codes.append("null-island")
    elif outside and in_a_cell_if_swapped:
        codes.append("swapped-axes")
    if report.reported_at > now:
        codes.append("future-time")
    return [
        Finding(
            code=code, where=f"report {report.source_id}", message=message, remedy=remedy, severity="warning"
        )
        for code in codes
        for message, remedy in (WARNINGS[code],)
    ]


def _turned(report: Report) -> Report:
    return replace(report, x=report.y, y=report.x)


def _no_place(code: str) -> NoPlace:
    reason = BY_CODE[code]
    return NoPlace(reason.message, remedy=reason.remedy)
