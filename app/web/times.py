"""Times that clients send: with their offset, and of our centuries."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime


def _in_our_time(value: datetime) -> datetime:
    if not 1900 <= value.year <= 2200:
        raise ValueError("give a year in 1900-2200")
    return value


Moment = Annotated[AwareDatetime, AfterValidator(_in_our_time)]
"""A moment with its offset, as in 2026-01-05T08:30:00+08:00; others are a field's fault."""
