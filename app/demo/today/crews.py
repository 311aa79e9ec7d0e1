"""The two crews of the demo's team (早晚两班) and when each is on duty, so that the first one is on duty now. Pure."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Final

from app.demo.patrols import MEMBERS, SHIFTS

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

Period = tuple[datetime, datetime]
CREWS: Final = tuple(
    tuple(f"ya-{n:02d}" for n in range(first, first + MEMBERS // 2)) for first in (1, MEMBERS // 2 + 1)
)
NIGHT: Final = ((time(0), time(7, 30)), (time(21), time(23, 59)))
"""Only where the demo is first opened at night."""


def duties(now: datetime, zone: ZoneInfo) -> tuple[Period, Period]:
    """Return the shifts of both crews today: the first crew's holds `now`, at night a shift of its own.

    Crews take turns; whoever opens the demo is in the first one, and finds it on duty.
    """
    local = now.astimezone(zone)
    early, late = (period(local.date(), slot, zone) for slot in SHIFTS)
    if late[0] <= local < late[1]:
        return late, early
    if early[0] <= local < early[1]:
        return early, late
    night = period(local.date(), NIGHT[local >= late[1]], zone)
    return night, late if local < early[0] else early


def period(day: date, slot: tuple[time, time], zone: ZoneInfo) -> Period:
    """Return a slot of a local day."""
    start, end = (datetime.combine(day, at, zone) for at in slot)
    return start, end


def tomorrow(now: datetime, zone: ZoneInfo) -> tuple[Period, Period]:
    """Return the shifts of both crews tomorrow: the first crew has the early one."""
    day = now.astimezone(zone).date() + timedelta(days=1)
    first, second = (period(day, slot, zone) for slot in SHIFTS)
    return first, second
