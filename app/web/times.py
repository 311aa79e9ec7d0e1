"""Times that clients send: with their offset, and of our centuries."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BeforeValidator

from app.core.moments import in_our_time


def _written(value: Any) -> Any:
    """Refuse numbers, in text too: whether they count seconds or milliseconds would be guessed."""
    if isinstance(value, int | float) or (isinstance(value, str) and _is_number(value)):
        raise ValueError("write it as 2026-01-05T08:30:00+08:00")
    return value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


Moment = Annotated[AwareDatetime, BeforeValidator(_written), AfterValidator(in_our_time)]
"""A moment with its offset, as in 2026-01-05T08:30:00+08:00; others are a field's fault."""

Day = Annotated[date, BeforeValidator(_written), AfterValidator(in_our_time)]
"""A calendar day, as in 2026-01-05."""
