"""Wire shapes of teams and coverage."""

from __future__ import annotations

from datetime import datetime
from typing import Any

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
    hours: list[float | None] = Field(description="Since the last visit, at the period's end; null: never")
