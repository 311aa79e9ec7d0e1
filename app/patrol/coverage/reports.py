"""What coverage answers with, by team, member and cell, ready for JSON and tables.

Members stand by code, never by a figure; how far they walked is nowhere.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray

    from app.core.findings import Finding
    from app.patrol.coverage.required import LevelReport
    from app.patrol.coverage.states import Coverage
    from app.patrol.rules import Rules

HOUR_S = 3600.0
Interval = tuple[float, float] | None


def to_half(hours: float) -> float:
    """Return hours to the half hour."""
    return round(hours * 2) / 2


@dataclass(frozen=True, slots=True)
class SpanCoverage:
    """A team's coverage in one hour, day or week."""

    start: datetime
    end: datetime
    covered: Coverage

    def to_dict(self) -> dict[str, Any]:
        """Return the facts ready for JSON."""
        return {"from": self.start.isoformat(), "to": self.end.isoformat(), **self.covered.to_dict()}


@dataclass(frozen=True, slots=True, kw_only=True)
class BeatReport:
    """How a beat was covered, by whomever of the team; `series` as intervals by count, one for each span."""

    number: int
    name: str
    covered: Coverage
    series: list[Interval]

    def to_dict(self) -> dict[str, Any]:
        """Return the facts ready for JSON."""
        return {
            "number": self.number, "name": self.name, "coverage": self.covered.to_dict(), "series": self.series,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """How well shifts were tracked.

    Attributes:
        shifts: How many touch the window.
        from_track: Of them taken from tracks, for want of a roster.
        without_fixes: Of them without any fix.
        duty_s: Seconds on duty in the window.
        tracked_s: Of them with a usable track.
        inferred_s: Of the tracked ones inferred over gaps of 60-120 s.
        fixes: Fixes of these shifts.
        dropped: Of them not used, by reason.
        without_accuracy: Fixes used without a stated accuracy.
    """

    shifts: int
    from_track: int
    without_fixes: int
    duty_s: float
    tracked_s: float
    inferred_s: float
    fixes: int
    dropped: dict[str, int]
    without_accuracy: int

    @property
    def completeness(self) -> float | None:
        """Share of the time on duty with a usable track; None without duty."""
        return self.tracked_s / self.duty_s if self.duty_s > 0 else None

    def to_dict(self) -> dict[str, Any]:
        """Return the facts ready for JSON."""
        return {
            "shifts": self.shifts,
            "from_track": self.from_track,
            "without_fixes": self.without_fixes,
            "on_duty_h": self.duty_s / HOUR_S,
            "tracked_h": self.tracked_s / HOUR_S,
            "inferred_s": self.inferred_s,
            "completeness": self.completeness,
            "fixes": self.fixes,
            "dropped": self.dropped,
            "without_accuracy": self.without_accuracy,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberReport:
    """A member's coverage: of the own beat, and of all the team owes; dwell in seconds."""

    code: str
    name: str
    beat: Coverage
    ground: Coverage
    dwell_s: float
    dwell_inferred_s: float
    presences: int
    duty: Duty
    series: list[Interval]

    def to_dict(self) -> dict[str, Any]:
        """Return the facts ready for JSON."""
        return {
            "code": self.code,
            "name": self.name,
            "beat": self.beat.to_dict(),
            "ground": self.ground.to_dict(),
            "dwell_s": self.dwell_s,
            "dwell_inferred_s": self.dwell_inferred_s,
            "presences": self.presences,
            "series": self.series,
            **self.duty.to_dict(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CoverageReport:
    """A team's coverage of the ground it owes, in a window of time.

    Attributes:
        team: Union of the members.
        window_s: Length of the slots, None if none were asked for.
        slots: How many slots.
        windows: Pairs of cell and slot.
        by: What the series goes by: hour, day or week; None if none was asked for.
        series: The team's coverage in each.
        beats: How each beat was covered, by whomever.
        required: Visits owed by management level and shift, and what became of them.
        shifts_of_day: How many shifts of the day these are.
        presences: What was left by working (现场记录), in the cells owed.
        idle_mean_h: Mean idleness of the cells owed, hours.
        idle_mean_demand_h: The same, weighted by demand.
        idle_worst_h: The longest that a cell went without a visit.
        revisit_median_h: Middle interval between the starts of visits to one cell; None without a second visit.
        never_visited: Cells owed that were never visited up to the window's end.
        since_median_h: Middle time since the last visit at the window's end, of the cells visited ever.
    """

    code: str
    name: str
    synthetic: bool
    edition: str
    start: datetime
    end: datetime
    rules: Rules
    team: Coverage
    window_s: float | None
    slots: int
    windows: Coverage | None
    by: str | None
    series: list[SpanCoverage]
    beats: list[BeatReport]
    required: list[LevelReport]
    shifts_of_day: int
    presences: int
    idle_mean_h: float | None
    idle_mean_demand_h: float | None
    idle_worst_h: float | None
    revisit_median_h: float | None
    never_visited: int
    since_median_h: float | None
    duty: Duty
    members: list[MemberReport]
    findings: list[Finding]

    def without_figures_of_others(self, mine: Collection[str]) -> CoverageReport:
        """Return the report with the figures of these members only: a member's own go to them and who leads them."""
        return replace(self, members=[member for member in self.members if member.code in mine])

    def to_dict(self) -> dict[str, Any]:
        """Return the report ready for JSON."""
        return {
            "team": self.code,
            "name": self.name,
            "synthetic": self.synthetic,
            "edition": self.edition,
            "from": self.start.isoformat(),
            "to": self.end.isoformat(),
            "rules": self.rules.to_dict(),
            "coverage": self.team.to_dict(),
            "windows": None
            if self.windows is None
            else {"hours": (self.window_s or 0.0) / HOUR_S, "slots": self.slots, **self.windows.to_dict()},
            "by": self.by,
            "series": [span.to_dict() for span in self.series],
            "beats": [beat.to_dict() for beat in self.beats],
            "required": {
                "shifts": self.shifts_of_day,
                "levels": [level.to_dict() for level in self.required],
            },
            "presences": self.presences,
            "idleness": {
                "mean_h": self.idle_mean_h,
                "mean_demand_weighted_h": self.idle_mean_demand_h,
                "worst_h": self.idle_worst_h,
                "revisit_median_h": self.revisit_median_h,
                "since_last_visit_median_h": self.since_median_h,
                "never_visited": self.never_visited,
            },
            "track": self.duty.to_dict(),
            "members": [member.to_dict() for member in self.members],
            "findings": [finding.to_dict() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CellsReport:
    """Coverage by cell, for a map: only cells owed, by their numbers; arrays of one length."""

    code: str
    synthetic: bool
    edition: str
    numbers: list[int]
    states: list[str]
    dwell_s: list[float]
    hours: list[float | None]  # since the last visit at the window's end; None for never

    def without_minutes(self) -> CellsReport:
        """Return the report with times since visits to the half hour: to the second they are somebody's track."""
        return replace(self, hours=[None if one is None else to_half(one) for one in self.hours])

    def to_dict(self) -> dict[str, Any]:
        """Return the arrays ready for JSON."""
        return {
            "team": self.code,
            "synthetic": self.synthetic,
            "edition": self.edition,
            "numbers": self.numbers,
            "states": self.states,
            "dwell_s": self.dwell_s,
            "hours": self.hours,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class CellStates:
    """How a team left some cells; lists of one length."""

    cells: NDArray[np.int32]  # positions in the ground
    states: list[str]
    because: list[Sequence[str]]  # why unknown; see evidence.because
    hours: list[float | None]  # since the last visit; None for never
    visits: list[int]
    owed: list[int]  # in a shift
    levels: list[int | None]
    demand: list[int]
