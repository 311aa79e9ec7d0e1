"""When a case is due (时限), as it begins and after each move: the limits of its category and ground on its clock. Pure.

The clock itself is `app.cases.clocks`; here stands which limit holds when. A stage's limit begins with the stage, the
overall one with the case, and anew when it is reopened.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from app.cases.clocks import Clock, started
from app.cases.workflow import TO_VERIFY

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from app.cases.case import Case, Facts
    from app.cases.clocks import Dial, Light
    from app.cases.workflow import Move
    from app.categories.catalogue import Catalogue, Category, Stage
    from app.core.worktime import WorkCalendar

ABOUT: dict[str, Stage] = {
    "reported": "accept", "accepted": "verify", "verified": "file", "filed": "dispatch", "dispatched": "sign",
    "signed": "handle", "handled": "check",
}  # fmt: skip
"""Stage of a case: the limit that runs meanwhile."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What a clock is set by."""

    catalogue: Catalogue
    calendar: WorkCalendar

    def dial(
        self,
        category: Category,
        areas: Iterable[str | None],
        stage: Stage,
        at: datetime,
        due: datetime | None = None,
    ) -> Dial | None:
        """Return the dial of a limit, None where there is none."""
        limit = self.catalogue.limit(category, self.catalogue.area_class(areas), stage)
        return started(limit, at, self.calendar, due)

    def stage(
        self, category: Category, areas: Iterable[str | None], stage: str, source: str, at: datetime
    ) -> Dial | None:
        """Return the dial of a case's stage."""
        about = ABOUT.get(stage)
        if stage == "accepted" and source not in TO_VERIFY:
            about = "file"
        return None if about is None else self.dial(category, areas, about, at)


@dataclass(frozen=True, slots=True)
class Times:
    """A clock as a case keeps it, and what is due when."""

    clock: dict[str, Any]
    due_at: datetime | None
    stage_due_at: datetime | None

    @classmethod
    def of(cls, clock: Clock) -> Times:
        return cls(
            clock.to_dict(),
            None if clock.overall is None else clock.overall.due,
            None if clock.stage is None else clock.stage.due,
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What a clock shows: share of its time that is used (None without a limit), its light, whether it is over."""

    used: float | None
    light: Light | None
    overdue: bool


def begun(
    rules: Rules,
    category: Category,
    areas: tuple[str | None, ...],
    *,
    stage: str,
    source: str,
    at: datetime,
    due: datetime | None,
) -> Times:
    """Return the times of a case that opens; `due` was told with it, where it is not None."""
    overall = rules.dial(category, areas, "overall", at, due)
    return Times.of(Clock(overall=overall, stage=rules.stage(category, areas, stage, source, at)))


def followed(rules: Rules, move: Move, before: Case, after: Case, *, facts: Facts, now: datetime) -> Case:
    """Return a case after a move with its times."""
    category = rules.catalogue.find(after.category)
    clock = Clock.from_dict(before.clock)
    if move.name == "approve_suspend":
        clock = clock.paused(now)
    elif before.suspended and not after.suspended:
        clock = clock.resumed(now, rules.calendar)
    if move.name == "approve_postpone" and facts.until is not None:
        clock = clock.postponed(facts.until)
    if move.name == "reopen":
        clock = replace(clock, overall=rules.dial(category, after.areas, "overall", now))
    elif move.name in ("recategorise", "move_pin"):
        clock = replace(clock, overall=_anew(rules, clock, category, after))
    if after.ended:
        clock = clock.staged(None)
    elif after.stage != before.stage or (after.party_id != before.party_id and move.name != "settle"):
        clock = clock.staged(rules.stage(category, after.areas, after.stage, after.source, now))
    times = Times.of(clock)
    return replace(after, clock=times.clock, due_at=times.due_at, stage_due_at=times.stage_due_at)


def _anew(rules: Rules, clock: Clock, category: Category, after: Case) -> Dial | None:
    """Return the overall dial by the new category and place, from its old beginning, with its pauses; a told one stays."""
    if clock.overall is not None and not clock.overall.amount:
        return clock.overall
    dial = rules.dial(
        category, after.areas, "overall", clock.overall.start if clock.overall else after.opened_at
    )
    for since, until in clock.pauses:
        if dial is not None and since < dial.due:
            dial = replace(dial, due=rules.calendar.later(dial.due, since, until, dial.unit))
    return dial


class Timed(Protocol):
    """What being late is told by: a case, or a line of a list."""

    @property
    def suspended(self) -> bool: ...
    @property
    def excused(self) -> bool: ...
    @property
    def due_at(self) -> datetime | None: ...
    @property
    def stage_due_at(self) -> datetime | None: ...
    @property
    def ended_at(self) -> datetime | None: ...


def overdue(case: Timed, now: datetime) -> bool:
    """Tell whether a case is late: overall (unless an appeal excused it), or, while open, in its stage; one rule for all lists.

    `repository.CONDITIONS["overdue"]` asks the same of the database.
    """
    if case.suspended:
        return False
    overall = case.due_at is not None and case.due_at < (case.ended_at or now) and not case.excused
    return overall or (case.ended_at is None and case.stage_due_at is not None and case.stage_due_at < now)


def seen(case: Case, now: datetime, calendar: WorkCalendar) -> Seen:
    """Return what a case's clock shows; of an ended one what it showed then."""
    clock = Clock.from_dict(case.clock)
    if clock.overall is None:
        return Seen(None, None, overdue=overdue(case, now))
    at = case.ended_at or now
    reading = clock.read(clock.overall, at, calendar)
    return Seen(round(reading.used, 4), reading.light, overdue=overdue(case, now))
