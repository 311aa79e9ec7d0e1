"""Days and weeks of the city's clock, for the patrol desk (日、周). Pure."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING

from app.core.errors import BadInput

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo


def said(text: str, zone: ZoneInfo, now: datetime) -> date:
    """Return the day that a page asks for; an empty text is today.

    Raises:
        BadInput: It is no date.
    """
    if not text:
        return now.astimezone(zone).date()
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{text[:40]!r} is no date. 日期无效。", remedy="Write it as 2026-03-02.") from None


def span(day: date, zone: ZoneInfo, days: int = 1) -> tuple[datetime, datetime]:
    """Return the first moments of a day and of the one `days` later."""
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=days), time(), zone)


def monday(day: date) -> date:
    """Return the Monday of a day's week."""
    return day - timedelta(days=day.weekday())
