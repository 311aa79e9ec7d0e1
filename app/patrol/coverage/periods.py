"""Periods and the slots in them: what a window of "4h" is, and which slots a period holds."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.core.errors import BadInput

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

SLOTS_AT_MOST = 2000
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}

SERIES = {"hour": timedelta(hours=1), "day": timedelta(days=1), "week": timedelta(days=7)}

Slots = tuple[list[datetime], list[datetime]]


class BadPeriod(BadInput):
    """The period or the windows in it make no sense; nothing was measured."""

    zh = "统计时段或时间窗有误。"


def to_hours(start: datetime, end: datetime, now: datetime) -> tuple[datetime, datetime]:
    """Return a period in whole hours around it, cut at `now` where it would reach beyond."""
    whole = hour_of(end)
    whole += timedelta(hours=1) if whole < end else timedelta(0)
    return hour_of(start), whole if whole <= now else max(end, now)


def hour_of(moment: datetime) -> datetime:
    """Return the beginning of the hour that a moment lies in."""
    return moment.replace(minute=0, second=0, microsecond=0)


def parse_moment(said: str, zone: ZoneInfo) -> datetime:
    """Read a date or a time: 2026-11-20, 2026-11-20T07:30, in the city's zone unless it says its own.

    Raises:
        BadPeriod: It is none.
    """
    try:
        moment = datetime.fromisoformat(said)
    except ValueError:
        raise BadPeriod(
            f"{said!r} is no time.", remedy="Write it as 2026-11-20 or 2026-11-20T07:30+08:00."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def parse_window(text: str) -> timedelta:
    """Return the length that "4h", "90m" or "1d" says.

    Raises:
        BadPeriod: It says none.
    """
    said = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([mhd])\s*", text)
    if said is None:
        raise BadPeriod(f"The window is {text!r}.", remedy="Write it as 4h, 90m or 1d.")
    try:
        return float(said[1]) * UNITS[said[2]]
    except OverflowError:
        raise BadPeriod(f"The window is {text!r}.", remedy="Give a shorter one.") from None


def slots(start: datetime, end: datetime, window: timedelta | None) -> Slots:
    """Return starts and ends: of the whole period first, then of the full slots in it.

    Raises:
        BadPeriod: The period is empty, no slot fits, or there are too many.
    """
    if end <= start:
        raise BadPeriod(f"It ends at {end}, not after its start at {start}.", remedy="Check --from and --to.")
    if window is None:
        return [start], [end]
    if not timedelta(0) < window <= end - start:
        raise BadPeriod(
            f"A window of {window} doesn't fit into {end - start}.",
            remedy="Give a shorter --window, as in 4h.",
        )
    count = (end - start) // window
    if count > SLOTS_AT_MOST:
        raise BadPeriod(
            f"{count} windows are too many.", remedy="Give a longer --window or a shorter period."
        )
    starts = [start + k * window for k in range(count)]
    return [start, *starts], [end, *(begin + window for begin in starts)]


def series(start: datetime, end: datetime, by: str | None, zone: ZoneInfo) -> Slots:
    """Return starts and ends of the local hours, days or weeks (from Monday) of a period; the outer ones are cut to it.

    Raises:
        BadPeriod: There are too many, or `by` is none of these.
    """
    if by is None:
        return [], []
    if by not in SERIES:
        raise BadPeriod(f"A series by {by!r} isn't known.", remedy=f"Give one of {', '.join(SERIES)}.")
    step = SERIES[by]
    if (end - start) / step > SLOTS_AT_MOST:
        raise BadPeriod(
            f"{by}s are too many in {end - start}.", remedy="Ask for days or weeks, or a shorter period."
        )
    first = start.astimezone(zone).replace(minute=0, second=0, microsecond=0)
    if by != "hour":
        first = first.replace(hour=0)
    if by == "week":
        first -= timedelta(days=first.weekday())
    edges = [start]
    while True:
        # hours are counted in UTC, days by the clock on the wall: one of them may have 23 or 25 hours
        first = (first.astimezone(UTC) + step).astimezone(zone) if by == "hour" else first + step
        if first >= end:
            return edges, [*edges[1:], end]
        if first > start:
            edges.append(first)
