"""What a roster is made of: members, the beats they walk, the shifts they serve. Values only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of a team, known by a code; the name may stay empty."""

    code: str
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A member's ground (巡查责任区) for a period, half open; None is without end."""

    member: str
    cells: Sequence[int]  # areas.cells.id
    name: str = ""
    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """When a member is on duty (班次), half open; nothing is recorded outside shifts."""

    member: str
    start: datetime
    end: datetime
