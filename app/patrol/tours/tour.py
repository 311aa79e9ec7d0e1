"""A tour and its stops (巡查路线、停留点): values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.core.findings import Finding

MUST, PRIZE, CASE, BREAK = "must", "prize", "case", "break"


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where a member is to be, when, and why.

    Attributes:
        cell_id: `areas.cells` id; None for a break, and for a case outside all cells.
        number: The cell's number in tiles, from 1.
        kind: must, prize, case or break.
        worth: What the visit was weighed with.
        case: Number of the case, where there is one.
        x: WGS-84 longitude; so `y`.
    """

    cell_id: int | None
    number: int | None
    code: str
    kind: str
    arrive: datetime
    stay_s: float
    reason_zh: str
    reason_en: str
    worth: float = 0.0
    case: str | None = None
    x: float
    y: float

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {name: getattr(self, name) for name in self.__slots__} | {"arrive": self.arrive.isoformat()}

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Stop:
        """Return a stop as stored."""
        return cls(**(dict(stored) | {"arrive": datetime.fromisoformat(stored["arrive"])}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Tour:
    """A member's tour of one shift.

    Attributes:
        member: Code.
        why: planned, urgent, absence or asked.
        settings: What it was planned with, `walking` (how, speed, detour) among it.
        figures: What it came to; `left` names the must-visits that don't fit, and why.
    """

    id: int
    member: str
    team: str
    synthetic: bool
    edition: str
    start: datetime
    end: datetime
    why: str
    made_at: datetime
    settings: dict[str, Any]
    stops: tuple[Stop, ...]
    figures: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        plain = {name: getattr(self, name) for name in self.__slots__}
        plain |= {name: plain[name].isoformat() for name in ("start", "end", "made_at")}
        return plain | {"stops": [stop.to_dict() for stop in self.stops]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """The tours of a team's day, and who has none or not all that must be, and why."""

    tours: list[Tour]
    findings: list[Finding] = field(default_factory=list)
