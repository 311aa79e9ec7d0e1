"""What a stored plan of beats (巡查责任区方案) is made of. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPlan:
    """A plan as stored, without its cells.

    Attributes:
        team: Code of the team.
        edition: Name of the edition that its cells are of.
        state: draft; published; replaced: nothing of it holds any more, for others were published over it; or withdrawn.
        start: When its publication begins; None for a draft.
        end: When it ends, not included; None: without end.
        settings: What it was made with; also `members` (codes of those planned for) and `away`, who give their ground up.
        figures: What it came to.
        based_on: The plan it was made from.
    """

    id: int
    team: str
    team_id: int
    synthetic: bool
    name: str
    edition_id: int
    edition: str
    state: str
    start: datetime | None
    end: datetime | None
    settings: dict[str, Any]
    figures: dict[str, Any]
    based_on: int | None
    made_by: str
    made_at: datetime
    published_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanBeat:
    """One beat of a plan.

    Attributes:
        number: From 1.
        member: Code of who is to have it; None for nobody, or for somebody that the asker may not see.
        taken: Somebody is to have it, whoever asks.
    """

    number: int
    member: str | None = None
    name: str = ""
    taken: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class PlanCells:
    """A plan's cells, rising by id: arrays of one length.

    Attributes:
        ids: `areas.cells.id`.
        numbers: The beat of each, from 1.
        minutes: The work that one round of it takes.
    """

    ids: NDArray[np.int64]
    numbers: NDArray[np.int64]
    minutes: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDraft:
    """A plan to be stored."""

    team_id: int
    name: str
    edition_id: int
    beats: list[PlanBeat]
    cells: PlanCells
    settings: dict[str, Any] = field(default_factory=dict)
    figures: dict[str, Any] = field(default_factory=dict)
    based_on: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """When a member is away (缺勤), half open. Why is nobody's business here."""

    id: int
    member: str
    start: datetime
    end: datetime | None
