"""The clock of a case: what pauses keep, what lights show, by hand and by law."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.cases.clocks import Clock, Dial, started
from app.categories.catalogue import Limit
from app.core.worktime import UNITS, Unit, WorkCalendar

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar()
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2026, 11, 1), timezones=st.just(ZONE))  # noqa: DTZ001


def at(text: str) -> datetime:
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=ZONE)


def dial(amount: str, unit: Unit, start: datetime) -> Dial:
    made = started(Limit(Decimal(amount), unit, "handle", "by hand"), start, CALENDAR)
    assert made is not None
    return made


def clock(amount: str, unit: Unit, start: datetime) -> Clock:
    one = dial(amount, unit, start)
    return Clock(overall=one, stage=one)


def due(one: Clock) -> datetime:
    assert one.overall is not None
    return one.overall.due


def test_a_pause_over_the_festival_keeps_what_was_left() -> None:
    # 8 working hours from Friday 13 February 9:00; paused at 15:00 with 3 h left; resumed Tuesday 24 at 16:00:
    # 2 h that day, 1 h on Wednesday from 9:00.
    running = clock("8", "working_hour", at("02-13 09:00"))
    assert due(running) == at("02-13 18:00")
    again = running.paused(at("02-13 15:00")).resumed(at("02-24 16:00"), CALENDAR)
    assert due(again) == at("02-25 10:00")
    assert again.pauses == ((at("02-13 15:00"), at("02-24 16:00")),)


def test_a_pause_of_natural_days_is_added_as_it_is() -> None:
    running = clock("7", "natural_day", at("02-14 10:00"))
    again = running.paused(at("02-16 12:00")).resumed(at("02-18 15:30"), CALENDAR)
    assert due(again) == at("02-22 00:00") + timedelta(days=2, hours=3, minutes=30)


def test_overdue_before_the_pause_stays_overdue() -> None:
    late = (
        clock("2", "urgent_hour", at("03-02 09:00"))
        .paused(at("03-02 12:00"))
        .resumed(at("03-05 12:00"), CALENDAR)
    )
    assert due(late) == at("03-02 11:00")


@pytest.mark.parametrize(
    ("now", "used", "light"),
    [
        ("03-02 09:00", 0.0, "green"),
        ("03-02 13:00", 0.375, "green"),  # 3 of 8 hours: lunch is not worked
        ("03-02 16:23", 0.798, "green"),
        ("03-02 16:30", 0.8125, "yellow"),
        ("03-02 18:00", 1.0, "yellow"),
        ("03-03 09:30", 1.0625, "red"),
        ("03-03 18:00", 2.0, "red"),
    ],
)
def test_lights(now: str, used: float, light: str) -> None:
    running = clock("8", "working_hour", at("03-02 09:00"))
    assert running.overall is not None
    reading = running.read(running.overall, at(now), CALENDAR)
    assert reading.light == light
    assert reading.used == pytest.approx(used, abs=0.001)


def test_a_standing_clock_shows_what_it_showed() -> None:
    standing = clock("8", "working_hour", at("03-02 09:00")).paused(at("03-02 14:00"))
    assert standing.overall is not None
    assert standing.read(standing.overall, at("03-20 10:00"), CALENDAR).used == pytest.approx(0.5)


def test_postponed_never_gets_earlier() -> None:
    running = clock("8", "working_hour", at("03-02 09:00"))
    assert due(running.postponed(at("03-05 18:00"))) == at("03-05 18:00")
    assert due(running.postponed(at("03-01 18:00"))) == at("03-02 18:00")


def test_told_with_the_order_comes_first() -> None:
    limit = Limit(Decimal(1), "working_day", "overall", "by hand")
    told = started(limit, at("03-02 09:00"), CALENDAR, due=at("03-09 12:00"))
    assert told is not None
    assert told.due == at("03-09 12:00")
    assert started(None, at("03-02 09:00"), CALENDAR) is None


@given(
    MOMENTS, st.sampled_from(sorted(UNITS)), st.integers(1, 30), st.lists(st.integers(1, 20_000), max_size=8)
)
def test_wall_time_is_running_time_and_pauses(
    start: datetime, unit: Unit, amount: int, minutes: list[int]
) -> None:
    running, now = clock(str(amount), unit, start), start
    standing = timedelta()
    for index, length in enumerate(minutes):
        then = now + timedelta(minutes=length)
        if index % 2:
            standing += timedelta(minutes=length)
            running = running.resumed(then, CALENDAR)
        else:
            running = running.paused(then)
        now = then
    if running.paused_since:
        running = running.resumed(now, CALENDAR)
    assert running.standing(start, now) == standing
    assert sum((to - since for since, to in running.pauses), timedelta()) == standing
    assert Clock.from_dict(running.to_dict()) == running


@given(
    MOMENTS,
    st.sampled_from(sorted(UNITS)),
    st.integers(1, 30),
    st.integers(1, 20_000),
    st.integers(1, 40_000),
)
def test_what_is_left_before_a_pause_is_left_after_it(
    start: datetime, unit: Unit, amount: int, before: int, length: int
) -> None:
    running = clock(str(amount), unit, start)
    since = start + timedelta(minutes=before)
    until = since + timedelta(minutes=length)
    again = running.paused(since).resumed(until, CALENDAR)
    if due(running) > since:
        assert CALENDAR.elapsed(until, due(again), unit) == CALENDAR.elapsed(since, due(running), unit)
    else:
        assert due(again) == due(running)


def test_a_pause_after_the_end_is_no_time_of_the_case() -> None:
    # 4 hours from 09:00; due 13:00; stands 14:00-18:00; at 20:00 it has run 5 + 2 = 7 of 4 hours.
    running = clock("4", "urgent_hour", at("06-01 09:00"))
    again = running.paused(at("06-01 14:00")).resumed(at("06-01 18:00"), CALENDAR)
    assert again.overall is not None
    shown = again.read(again.overall, at("06-01 20:00"), CALENDAR)
    assert shown.used == pytest.approx(7 / 4)
    assert shown.light == "red"
