"""A period as people ask for it (统计时段): days of the city's calendar, or exact moments.

A date stands for the whole day in the city's time zone, first and last day included; a moment carries its own
offset. The result is always half-open.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from app.core.errors import BadInput

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


YEARS = range(1900, 2201)  # the calendar's own ends can't be counted on from


class BadPeriod(BadInput):
    """The period can't be read."""

    zh = "时段有误。"


@dataclass(frozen=True, slots=True)
class Period:
    """start <= t < end, both with offsets."""

    start: datetime
    end: datetime

    @property
    def days(self) -> float:
        """Length in days of 24 hours; a day on which clocks change is longer or shorter."""
        return (self.end.astimezone(UTC) - self.start.astimezone(UTC)).total_seconds() / 86400

    @property
    def last_day(self) -> date:
        """The last calendar day that the period touches."""
        return (self.end - timedelta(microseconds=1)).date()


def parse(start: str, end: str, zone: ZoneInfo) -> Period:
    """Return the period between two ISO 8601 dates or moments.

    Raises:
        BadPeriod: One can't be read, a moment has no offset, or the end isn't after the start.
    """
    for name, text in (("from", start), ("to", end)):
        if text[:4].isdecimal() and int(text[:4]) not in YEARS:
            raise BadPeriod(f"{name} is {text!r}.", remedy=f"Give a year in {YEARS[0]}-{YEARS[-1]}.")
    period = Period(_moment("from", start, zone, last=False), _moment("to", end, zone, last=True))
    if period.days <= 0:
        raise BadPeriod(f"It ends ({end}) before it begins ({start}).", remedy="Swap from and to.")
    return period


def whole_day(moment: datetime, zone: ZoneInfo) -> Period:
    """Return the calendar day that holds a moment."""
    day = moment.astimezone(zone).date()
    return Period(_midnight(day, zone), _midnight(day + timedelta(days=1), zone))


def _moment(name: str, text: str, zone: ZoneInfo, *, last: bool) -> datetime:
    remedy = f"Give {name} as a date (2026-06-01) or a moment with its offset (2026-06-01T08:00+08:00)."
    try:
        day = date.fromisoformat(text)
    except ValueError:
        pass
    else:
        return _midnight(day + timedelta(days=1) if last else day, zone)
    try:
        moment = datetime.fromisoformat(
            text.replace(" ", "+")
        )  # a plus sign in an address arrives as a blank
    except ValueError:
        raise BadPeriod(f"{name} is {text!r}.", remedy=remedy) from None
    if moment.tzinfo is None:
        raise BadPeriod(f"{name} is {text!r}, without an offset.", remedy=remedy)
    return moment


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
