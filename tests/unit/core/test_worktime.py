"""Working time, by hand over the holidays of 2026, and by law.

2026 as announced: Spring Festival off from Sunday 15 to Monday 23 February, with Saturdays 14 and 28 February worked;
Mid-Autumn off from Friday 25 to Sunday 27 September, with Sunday 20 September worked; National Day off from Thursday 1 to
Wednesday 7 October, with Saturday 10 October worked. Working hours 9-12 and 13-18: eight a day.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.worktime import UNITS, Unit, WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar()
MOMENTS = st.datetimes(datetime(2025, 6, 1), datetime(2026, 12, 1), timezones=st.just(ZONE))  # noqa: DTZ001


def at(text: str) -> datetime:
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


# Each row: when it begins, how much of what, when it is due, and the arithmetic.
BY_HAND: list[tuple[str, float, Unit, str, str]] = [
    ("02-13 16:00", 4, "working_hour", "02-14 11:00", "2 h on Friday to 18:00, 2 h on the worked Saturday from 9:00"),
    ("02-14 17:00", 2, "working_hour", "02-24 10:00", "1 h on Saturday; nine days off; 1 h on Tuesday 24 from 9:00"),
    ("02-18 22:30", 4, "working_hour", "02-24 14:00", "night in the festival: begins Tuesday 9:00, 3 h to noon, 1 h from 13:00"),
    ("02-13 10:00", 1, "working_day", "02-14 18:00", "the day after Friday is a worked Saturday"),
    ("02-14 10:00", 1, "working_day", "02-24 18:00", "the next working day is Tuesday 24"),
    ("02-13 10:00", 5, "working_day", "02-27 18:00", "14 (1), 24 (2), 25 (3), 26 (4), 27 (5)"),
    ("02-27 09:00", 2, "working_day", "03-02 18:00", "28, a worked Saturday (1); Sunday off; Monday 2 March (2)"),
    ("02-16 23:00", 1, "working_day", "02-24 18:00", "begun in the holiday: the first working day after it"),
    ("02-16 23:00", 2, "urgent_hour", "02-17 01:00", "urgent hours run at night and in holidays"),
    ("02-14 10:00", 7, "natural_day", "02-22 00:00", "15 to 21 are seven days; ends at the midnight that ends the 21st"),
    ("09-30 17:00", 2, "working_hour", "10-08 10:00", "1 h on Wednesday; seven days off; 1 h on Thursday 8 from 9:00"),
    ("09-30 10:00", 3, "working_day", "10-10 18:00", "8 (1), 9 (2), Saturday 10 is worked (3)"),
    ("09-18 10:00", 2, "working_day", "09-21 18:00", "Saturday 19 off; Sunday 20 is worked (1), Monday 21 (2)"),
    ("10-09 17:30", 1.5, "working_hour", "10-10 10:00", "half an hour on Friday, one on the worked Saturday"),
    ("10-01 08:00", 0.5, "working_hour", "10-08 09:30", "begins when work does"),
    ("10-12 11:30", 1, "working_hour", "10-12 13:30", "lunch is not worked: 30 min to noon, 30 min from 13:00"),
    ("10-12 18:00", 1, "working_hour", "10-13 10:00", "at the close of work nothing is left of the day"),
    ("10-12 14:00", 4, "working_hour", "10-12 18:00", "due at the close, not at the next opening"),
]  # fmt: skip


@pytest.mark.parametrize(("start", "amount", "unit", "due", "why"), BY_HAND)
def test_by_hand(start: str, amount: float, unit: Unit, due: str, why: str) -> None:
    assert CALENDAR.add(at(start), amount, unit) == at(due), why


def test_the_calendar_is_the_announced_one() -> None:
    off = [date(2026, 2, day) for day in range(15, 24)] + [date(2026, 10, day) for day in range(1, 8)]
    worked = [date(2026, 2, 14), date(2026, 2, 28), date(2026, 9, 20), date(2026, 10, 10)]
    assert not any(CALENDAR.works(day) for day in off)
    assert all(CALENDAR.works(day) and day.weekday() >= 5 for day in worked)


def test_own_days_come_first_and_unknown_years_say_so() -> None:
    own = WorkCalendar(exceptions={date(2026, 3, 3): False, date(2031, 1, 4): True})
    assert own.add(at("03-02 10:00"), 1, "working_day") == at("03-04 18:00")
    assert CALENDAR.known(date(2026, 12, 31))
    assert not CALENDAR.known(date(2031, 1, 6))
    assert own.known(date(2031, 1, 4))
    assert own.works(date(2031, 1, 4))  # a Saturday
    assert not CALENDAR.works(date(2031, 1, 4))


def test_parts_of_days() -> None:
    assert CALENDAR.add(at("03-02 09:00"), 0.5, "working_day") == at("03-02 14:00")  # four of eight hours
    assert CALENDAR.add(at("03-02 09:00"), 1.5, "working_day") == at(
        "03-04 14:00"
    )  # Tuesday's close, then four hours
    assert CALENDAR.add(at("03-02 09:00"), 0.5, "natural_day") == at("03-02 21:00")


@given(MOMENTS, st.decimals("0.01", "200", places=2))
def test_working_hours_are_the_working_time_between(start: datetime, hours: Decimal) -> None:
    due = CALENDAR.add(start, hours, "working_hour")
    assert CALENDAR.working_between(start, due) == timedelta(hours=float(hours))


@given(MOMENTS, MOMENTS, st.sampled_from(sorted(UNITS)), st.decimals("0.01", "60", places=2))
def test_who_begins_later_is_due_no_earlier(
    one: datetime, other: datetime, unit: Unit, amount: Decimal
) -> None:
    first, second = sorted((one, other))
    assert CALENDAR.add(first, amount, unit) <= CALENDAR.add(second, amount, unit)


@given(MOMENTS, st.sampled_from(sorted(UNITS)), st.decimals("0.01", "60", places=2))
def test_due_comes_after(start: datetime, unit: Unit, amount: Decimal) -> None:
    due = CALENDAR.add(start, amount, unit)
    assert due > start
    assert due.tzinfo is UTC


@given(MOMENTS, MOMENTS, MOMENTS)
def test_working_time_adds_up(one: datetime, other: datetime, another: datetime) -> None:
    first, second, third = sorted((one, other, another))
    between = CALENDAR.working_between
    assert between(first, second) + between(second, third) == between(first, third)
    assert between(third, first) == timedelta()
