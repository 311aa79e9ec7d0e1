"""Periods: whole days of the city, exact moments, and messages that name the remedy."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from app.density.period import BadPeriod, parse, whole_day

BEIJING, CHICAGO = ZoneInfo("Asia/Shanghai"), ZoneInfo("America/Chicago")


def test_days_are_the_citys_and_the_last_is_included() -> None:
    period = parse("2026-06-01", "2026-06-07", BEIJING)
    assert period.start == datetime(2026, 5, 31, 16, tzinfo=UTC)
    assert period.end == datetime(2026, 6, 7, 16, tzinfo=UTC)
    assert period.days == 7
    assert period.last_day == date(2026, 6, 7)


def test_a_day_may_have_23_hours() -> None:
    assert parse("2026-03-08", "2026-03-08", CHICAGO).days == pytest.approx(23 / 24)


def test_moments_are_half_open_and_a_plus_sign_may_have_become_a_blank() -> None:
    period = parse("2026-06-01T08:00+08:00", "2026-06-01T16:00 08:00", BEIJING)
    assert period.days == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("start", "end", "names"),
    [
        ("yesterday", "2026-06-01", "from is 'yesterday'"),
        ("2026-06-01", "2026-06-01T08:00", "without an offset"),
        ("2026-06-02", "2026-06-01", "before it begins"),
        ("2026-02-30", "2026-03-01", "2026-02-30"),
    ],
)
def test_what_cant_be_read_is_named(start: str, end: str, names: str) -> None:
    with pytest.raises(BadPeriod, match=names) as caught:
        parse(start, end, BEIJING)
    assert caught.value.remedy


def test_the_day_around_a_moment() -> None:
    day = whole_day(datetime(2026, 6, 1, 17, tzinfo=UTC), BEIJING)
    assert day.last_day == date(2026, 6, 2)
