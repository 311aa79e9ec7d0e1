"""Periods and the slots in them: what a window of "4h" is, and which slots a period holds."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from app.core.errors import BadInput

SLOTS_AT_MOST = 2000
UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}

Slots = tuple[list[datetime], list[datetime]]


class BadPeriod(BadInput):
    """The period or the windows in it make no sense; nothing was measured."""

    zh = "统计时段或时间窗有误。"


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
