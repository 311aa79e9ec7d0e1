"""Moments as whole microseconds since 1970, as PostgreSQL keeps them and as arrays hold them; years that are taken."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
YEARS = range(1900, 2201)  # the calendar's own ends can't be counted on from, nor told in another zone
When = TypeVar("When", date, datetime)


def microseconds(moment: datetime) -> int:
    """Return the microseconds since the epoch of a moment with a zone."""
    return (moment - EPOCH) // timedelta(microseconds=1)


def moment(us: int) -> datetime:
    """Return the moment, in UTC, so many microseconds after the epoch."""
    return EPOCH + timedelta(microseconds=us)


def in_our_time(value: When) -> When:
    """Return a day or moment of `YEARS`.

    Raises:
        ValueError: It is of another century.
    """
    if value.year not in YEARS:
        raise ValueError(f"give a year in {YEARS[0]}-{YEARS[-1]}")
    return value
