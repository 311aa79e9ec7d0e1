"""Wire shapes of teams and coverage."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Interval = tuple[float, float]


class TeamOut(BaseModel):
    """A patrol team and how much is stored of it."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(examples=["yonganli-east"])
    name: str
    area_code: str | None = Field(description="The area whose cells it owes where no beats are set.")
    synthetic: bool = Field(description="Invented, for demonstration.")
    members: int
    beats: int
    shifts: int
    first_shift: datetime | None
    last_shift: datetime | None


class CoverageOut(BaseModel):
    """How much of a ground was covered. The truth lies in the interval: unknown is neither patrolled nor missed."""

    cells: int
    patrolled: int
    unknown: int
    missed: int
    interval: Interval | None = Field(
        description="[patrolled, patrolled + unknown] / cells", examples=[[0.71, 0.8]]
    )
    demand: float = Field(description="Incidents of 90 days in these cells")
    demand_interval: Interval | None = Field(description="The same, each cell weighted by its incidents")


class WindowsOut(CoverageOut):
    """The same over all pairs of cell and slot."""

    hours: float
    slots: int


class SpanOut(CoverageOut):
    """The team's coverage in one hour, day or week."""

    from_: datetime = Field(alias="from")
    to: datetime


class BeatOut(BaseModel):
    """How a beat was covered, by whomever of the team."""

    number: int
    name: str
    coverage: CoverageOut
    series: list[Interval | None] = Field(description="Intervals by count, one for each span of the series")


class LevelSlotsOut(BaseModel):
    """Pairs of cell and shift of a management level (管理等级), by what became of the visits it owes."""

    level: int = Field(examples=[1])
    name: str = Field(examples=["严格管控"])
    visits: int = Field(description="Owed to a cell in each shift", examples=[2])
    cells: int
    slots: int
    met: int
    unmet: int
    unknown: int = Field(description="The visits that are missing could have been made in gaps")
    open: int = Field(description="The shift isn't over at the period's end")


class RequiredOut(BaseModel):
    """Visits owed by management level and shift of the day."""

    shifts: int = Field(description="Shifts of the day in the period; members on duty together are one")
    levels: list[LevelSlotsOut] = Field(description="Empty where no level is set")


class IdlenessOut(BaseModel):
    """How long cells went without a visit, hours; the open last interval counts."""

    mean_h: float | None
    mean_demand_weighted_h: float | None
    worst_h: float | None
    revisit_median_h: float | None = Field(
        description="From the start of a visit to the start of the next one"
    )
    since_last_visit_median_h: float | None
    never_visited: int = Field(description="Cells owed without any visit up to the window's end")


class TrackOut(BaseModel):
    """How well shifts were tracked."""

    shifts: int
    from_track: int = Field(description="Shifts taken from recorded tracks, for want of a roster")
    without_fixes: int
    on_duty_h: float
    tracked_h: float
    inferred_s: float = Field(description="Of the tracked time, inferred over gaps of 60-120 s")
    completeness: float | None
    fixes: int
    dropped: dict[str, int] = Field(description="Fixes not used, by reason")
    without_accuracy: int


class MemberOut(TrackOut):
    """A member's own coverage, of the own beat and of the team's ground. Members come by code and are never ranked."""

    code: str
    name: str
    beat: CoverageOut
    ground: CoverageOut
    dwell_s: float
    dwell_inferred_s: float
    presences: int = Field(
        description="Left by working (现场记录): reports, photos, handled and checked cases, doors"
    )
    series: list[Interval | None] = Field(
        description="Of the own beat, by count, one for each span of the series"
    )


class TeamCoverageOut(BaseModel):
    """A team's coverage; a team is the union of its members, never a sum."""

    team: str
    name: str
    synthetic: bool
    edition: str
    from_: datetime = Field(alias="from")
    to: datetime
    rules: dict[str, Any] = Field(description="The thresholds used")
    coverage: CoverageOut
    windows: WindowsOut | None
    by: str | None = Field(description="What the series goes by: hour, day or week")
    series: list[SpanOut]
    beats: list[BeatOut]
    required: RequiredOut
    presences: int = Field(description="Left by working (现场记录) in the cells owed; each credits its cell")
    idleness: IdlenessOut
    track: TrackOut
    members: list[MemberOut]
    findings: list[dict[str, Any]]


class CellsOut(BaseModel):
    """Coverage by cell, only cells owed; arrays of one length."""

    team: str
    synthetic: bool
    edition: str
    numbers: list[int] = Field(description="Cell numbers in the edition, as in the vector tiles")
    states: list[str] = Field(description="patrolled, unknown or missed")
    dwell_s: list[float]
    hours: list[float | None] = Field(
        description="Since the last visit, at the period's end; null: never; to the half hour for others than the leader"
    )


class LevelOut(BaseModel):
    """A management level (管理等级) of a team's cells."""

    model_config = ConfigDict(from_attributes=True)

    level: int = Field(examples=[1])
    name: str = Field(examples=["严格管控"])
    visits: int = Field(description="Owed to a cell in each shift", examples=[2])
    cells: int = Field(description="How many cells have it", examples=[12])


class PositionOut(BaseModel):
    """A fix, for the member alone."""

    at: datetime
    lon: float
    lat: float
    accuracy_m: float | None


class VisitEvidenceOut(BaseModel):
    """A visit that counted or not, and what shows it."""

    start: datetime
    end: datetime
    seconds: float = Field(description="In the cell")
    shared_s: float = Field(description="On a street along its side, which counts, too")
    inferred_s: float = Field(description="Of both, inferred over gaps of 60-120 s")
    counts: bool = Field(description="Long enough by itself")
    close: bool = Field(
        description="Within the slack about the threshold: by itself it leaves the cell unknown"
    )
    fixes: int | None = Field(description="Fixes used; kept when they are deleted")
    accuracy_m: float | None = Field(description="Median of what they stated")
    member: str | None = Field(description="For the member and the team's leader; null for others")
    positions: list[PositionOut] = Field(description="For the member alone, while they are kept")


class PresenceEvidenceOut(BaseModel):
    """What was left by working (现场记录)."""

    at: datetime
    kind: str = Field(description="report, photo, handled, checked, inspection or door")
    case: str | None = Field(
        description="Its number; null for who may not see the case", examples=["20260105000017"]
    )
    door: str | None = Field(
        description="Its name, never its code; for the member and the team's leader",
        examples=["3号楼2单元（示意）"],
    )
    member: str | None


class GapEvidenceOut(BaseModel):
    """A gap in which the cell could have been patrolled."""

    start: datetime
    end: datetime
    kind: Literal["gap", "since", "none"] = Field(
        description="gap: without a position for a while, also from the shift's begin or to its end; since: none since then, "
        "the shift goes on; none: nothing is known of the whole shift"
    )
    member: str | None


class EvidenceOut(BaseModel):
    """Why a cell counts as patrolled, unknown or missed."""

    team: str
    cell: str
    number: int
    edition: str
    synthetic: bool
    from_: datetime = Field(alias="from")
    to: datetime
    state: str = Field(description="patrolled, unknown, missed, or unowed")
    because: list[Literal["gap", "close"]] = Field(
        description="Why it is unknown: it could have been reached in a gap; the time in it lies within the slack about the "
        "threshold. Empty for other states",
        examples=[["close"]],
    )
    dwell_s: float
    tau_s: float = Field(description="Threshold, seconds", examples=[20.0])
    slack_s: float = Field(
        description="Patrolled from `tau_s + slack_s` on, unknown from `tau_s - slack_s` on", examples=[5.0]
    )
    visits: list[VisitEvidenceOut]
    presences: list[PresenceEvidenceOut]
    gaps: list[GapEvidenceOut]
