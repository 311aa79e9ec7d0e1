"""The clock of a case (办理时限): limits, pauses and what is left; green, yellow, red. Pure.

Overall and per stage, each in its own unit. A suspension 挂账 pauses both: what was left when it began is left when it
ends. Wall time is running time plus pauses, always.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Self, cast

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.categories.catalogue import Limit
    from app.core.worktime import Unit, WorkCalendar

Light = Literal["green", "yellow", "red"]
YELLOW = 0.8  # of the limit used: domain practice, see Clock.light


@dataclass(frozen=True, slots=True, kw_only=True)
class Dial:
    """One limit at work: from when, in which unit, and until when with the pauses so far."""

    stage: str
    unit: Unit
    amount: str
    start: datetime
    due: datetime
    source: str = ""

    def to_dict(self) -> dict[str, str]:
        """Return it ready for JSON."""
        return {
            "stage": self.stage, "unit": self.unit, "amount": self.amount, "start": self.start.isoformat(),
            "due": self.due.isoformat(), "source": self.source,
        }  # fmt: skip

    @classmethod
    def from_dict(cls, told: Mapping[str, str]) -> Self:
        """Return what `to_dict` told."""
        return cls(
            stage=told["stage"], unit=cast("Unit", told["unit"]), amount=told["amount"],
            start=datetime.fromisoformat(told["start"]), due=datetime.fromisoformat(told["due"]),
            source=told.get("source", ""),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reading:
    """What a dial shows: the share of its limit that is used, and its light."""

    used: float
    light: Light
    left: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """The clock of one case.

    Attributes:
        overall: None where no limit is known and none was told.
        stage: Of the stage that the case is in; None where it has no limit of its own.
        pauses: Ended pauses, [start, end), in order.
        paused_since: When the pause that lasts began.
    """

    overall: Dial | None = None
    stage: Dial | None = None
    pauses: tuple[tuple[datetime, datetime], ...] = ()
    paused_since: datetime | None = None

    @classmethod
    def from_dict(cls, told: Mapping[str, Any]) -> Self:
        """Return what `to_dict` told."""
        since = told.get("paused_since")
        return cls(
            overall=Dial.from_dict(told["overall"]) if told.get("overall") else None,
            stage=Dial.from_dict(told["stage"]) if told.get("stage") else None,
            pauses=tuple(
                (datetime.fromisoformat(start), datetime.fromisoformat(end))
                for start, end in told.get("pauses", ())
            ),
            paused_since=datetime.fromisoformat(since) if since else None,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON, as `cases.cases.clock` keeps it."""
        return {
            "overall": self.overall.to_dict() if self.overall else None,
            "stage": self.stage.to_dict() if self.stage else None,
            "pauses": [[start.isoformat(), end.isoformat()] for start, end in self.pauses],
            "paused_since": self.paused_since.isoformat() if self.paused_since else None,
        }

    def staged(self, dial: Dial | None) -> Self:
        """Return it with another stage begun; the overall dial goes on."""
        return replace(self, stage=dial)

    def paused(self, at: datetime) -> Self:
        """Return it stopped; a clock that stands already stays as it is."""
        return self if self.paused_since else replace(self, paused_since=at)

    def resumed(self, at: datetime, calendar: WorkCalendar) -> Self:
        """Return it running again, both dials with what was left when it stopped."""
        since = self.paused_since
        if since is None:
            return self
        at = max(at, since)

        def moved(dial: Dial | None) -> Dial | None:
            if dial is None:
                return None
            if dial.due <= since:  # overdue before the pause stays overdue
                return dial
            return replace(dial, due=calendar.later(dial.due, since, at, dial.unit))

        return replace(
            self,
            overall=moved(self.overall),
            stage=moved(self.stage),
            pauses=(*self.pauses, (since, at)),
            paused_since=None,
        )

    def postponed(self, until: datetime) -> Self:
        """Return it with later ends (延期); no dial gets an earlier one."""
        until = until.astimezone(UTC)

        def later(dial: Dial | None) -> Dial | None:
            return dial if dial is None or dial.due >= until else replace(dial, due=until)

        return replace(self, overall=later(self.overall), stage=later(self.stage))

    def standing(self, start: datetime, end: datetime) -> timedelta:
        """Return how long it was paused within [start, end)."""
        pauses = (
            self.pauses
            if self.paused_since is None
            else (*self.pauses, (self.paused_since, max(self.paused_since, end)))
        )
        return sum((max(timedelta(), min(to, end) - max(since, start)) for since, to in pauses), timedelta())

    def read(self, dial: Dial, now: datetime, calendar: WorkCalendar) -> Reading:
        """Return what a dial shows: green to 80 % of its limit, yellow to 100 %, red beyond; paused time not counted."""
        at = min(now, self.paused_since) if self.paused_since else now
        used = self._run(dial.start, at, dial.unit, calendar)
        if at > dial.due:
            limit = used - self._run(dial.due, at, dial.unit, calendar)
            share = used / limit if limit > timedelta() else 2.0
            return Reading(share, "red", dial.due - at)
        left = calendar.elapsed(at, dial.due, dial.unit)
        share = used / (used + left) if used + left else float(at >= dial.due)
        return Reading(share, "yellow" if share > YELLOW else "green", dial.due - at)

    def _run(self, start: datetime, end: datetime, unit: Unit, calendar: WorkCalendar) -> timedelta:
        """Return how much of the unit's own time in [start, end) the ended pauses leave."""
        stood = (calendar.elapsed(max(since, start), min(to, end), unit) for since, to in self.pauses)
        return calendar.elapsed(start, end, unit) - sum(stood, timedelta())


def started(
    limit: Limit | None, at: datetime, calendar: WorkCalendar, due: datetime | None = None
) -> Dial | None:
    """Return a dial that begins at `at`; `due` told from outside (a hotline order's) holds before the limit's."""
    if limit is None and due is None:
        return None
    if due is not None:
        return Dial(
            stage=limit.stage if limit else "overall", unit="urgent_hour", amount="", start=at, due=due.astimezone(UTC),
            source="told with the order",
        )  # fmt: skip
    if limit is None:
        return None
    return Dial(
        stage=limit.stage, unit=limit.unit, amount=f"{limit.amount.normalize():f}", start=at,
        due=calendar.add(at, limit.amount, limit.unit), source=limit.source,
    )  # fmt: skip
