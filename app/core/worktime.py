"""Working time (工作时间) on a calendar with public holidays and adjusted working weekends (调休). Pure.

How units are counted, after the Civil Code's articles 201-203 as commonly read (configurable by the limits' units):
an *urgent hour* is an hour on the clock; a *working hour* is an hour within working hours; *n working days* end at the
close of work on the n-th working day after the day they begin on; *n natural days* end at the midnight that ends the n-th
day after it. It knows no deadlines of cases.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal
from zoneinfo import ZoneInfo

import chinese_calendar
from chinese_calendar.constants import holidays, workdays

if TYPE_CHECKING:
    from collections.abc import Mapping

Unit = Literal["urgent_hour", "working_hour", "working_day", "natural_day"]
UNITS: Final = {
    "urgent_hour": ("紧急小时", "urgent hours"),
    "working_hour": ("工作小时", "working hours"),
    "working_day": ("工作日", "working days"),
    "natural_day": ("自然日", "natural days"),
}
"""Unit: its Chinese and English names."""
WORKING_UNITS: Final = frozenset({"working_hour", "working_day"})
LONGEST_WAIT = timedelta(days=60)  # no calendar has so many days off in a row
_YEARS = (min(workdays | holidays).year, max(workdays | holidays).year)


@dataclass(frozen=True)
class WorkCalendar:
    """Which days work, and from when to when.

    Attributes:
        zone: The city's time zone.
        hours: Working hours of a working day, local times, in order, not overlapping.
        exceptions: Days that differ from the library's, or that it doesn't know.
    """

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    hours: tuple[tuple[time, time], ...] = ((time(9), time(12)), (time(13), time(18)))
    exceptions: Mapping[date, bool] = field(default_factory=dict)

    def known(self, day: date) -> bool:
        """Tell whether the day's holidays are published; otherwise Monday to Friday are taken to work."""
        return day in self.exceptions or _YEARS[0] <= day.year <= _YEARS[1]

    def works(self, day: date) -> bool:
        """Tell whether a day is worked."""
        own = self.exceptions.get(day)
        return own if own is not None else _works(day)

    def spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """Return the working hours of one day, with a zone; none on a day off."""
        if not self.works(day):
            return ()
        return tuple(
            (datetime.combine(day, start, self.zone), datetime.combine(day, end, self.zone))
            for start, end in self.hours
        )

    @property
    def day_length(self) -> timedelta:
        """How long a working day works."""
        nights = [
            datetime.combine(date.min, end) - datetime.combine(date.min, start) for start, end in self.hours
        ]
        return sum(nights, timedelta())

    def add(self, start: datetime, amount: Decimal | float, unit: Unit) -> datetime:
        """Return when `amount` of `unit` after `start` have passed, in UTC.

        A part of a day is that part of a working day's hours, or of 24 hours, after the whole days.
        """
        amount = Decimal(str(amount))
        if unit == "urgent_hour":
            return (start + timedelta(hours=float(amount))).astimezone(UTC)
        if unit == "working_hour":
            return self.advance(start, timedelta(hours=float(amount)))
        whole, part = int(amount), float(amount % 1)
        if unit == "natural_day":
            day = start.astimezone(self.zone).date() + timedelta(days=whole + 1)
            end = datetime.combine(day, time(), self.zone) if whole else start
            return (end + timedelta(days=part)).astimezone(UTC)
        end = self._close_of(start, whole) if whole else start
        return self.advance(end, self.day_length * part) if part else end.astimezone(UTC)

    def _close_of(self, start: datetime, days: int) -> datetime:
        day = start.astimezone(self.zone).date()
        for _ in range(days):
            day = self._next_working(day + timedelta(days=1))
        return self.spans(day)[-1][1]

    def _next_working(self, day: date) -> date:
        last = day + LONGEST_WAIT
        while not self.works(day):
            day += timedelta(days=1)
            if day > last:
                raise ValueError(f"no working day in the {LONGEST_WAIT.days} days before {day}")
        return day

    def advance(self, start: datetime, worked: timedelta) -> datetime:
        """Return when this much working time after `start` has passed, in UTC; at a day's close, not the next opening."""
        at, left = start.astimezone(self.zone), worked
        day = at.date()
        while True:
            day = self._next_working(day)
            for opens, closes in self.spans(day):
                begins = max(at, opens)
                if begins < closes:
                    if left <= closes - begins:
                        return (begins + left).astimezone(UTC)
                    left -= closes - begins
            day += timedelta(days=1)

    def working_between(self, start: datetime, end: datetime) -> timedelta:
        """Return the working time in [start, end); zero if `end` is not after `start`."""
        begins, ends = start.astimezone(self.zone), end.astimezone(self.zone)
        if ends <= begins:
            return timedelta()
        first, last = begins.date(), ends.date()
        whole = sum(self.works(first + timedelta(days=n)) for n in range(1, (last - first).days))
        return self.day_length * whole + sum(
            (
                max(timedelta(), min(closes, ends) - max(opens, begins))
                for day in {first, last}
                for opens, closes in self.spans(day)
            ),
            timedelta(),
        )

    def elapsed(self, start: datetime, end: datetime, unit: Unit) -> timedelta:
        """Return how much time has passed in the unit's own kind: working time, or time on the clock."""
        if unit in WORKING_UNITS:
            return self.working_between(start, end)
        return max(timedelta(), end - start)

    def later(self, due: datetime, since: datetime, until: datetime, unit: Unit) -> datetime:
        """Return a due time moved by a pause in [since, until), so that what was left at its start is left at its end."""
        left = self.elapsed(since, due, unit)
        if unit in WORKING_UNITS:
            return self.advance(until, left)
        return (until + left).astimezone(UTC)


@lru_cache(maxsize=4096)
def _works(day: date) -> bool:
    try:
        return bool(chinese_calendar.is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5
