"""Wire shapes of mornings."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.patrol.beats.schemas import Code, PlanOut
from app.web.findings import FindingOut


class MorningIn(BaseModel):
    """Who is away on a day."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"team": "yonganli-east", "absent": ["ya-03", "ya-05"], "day": "2026-11-24"}]
        },
    )

    team: Code
    absent: Annotated[list[Code], Field(max_length=2000, description="Beside those known to be away.")] = []
    day: date | None = Field(None, description="Default: today.")
    tolerance: float | None = Field(
        None,
        ge=0.01,
        le=1,
        allow_inf_nan=False,
        description="How much more than the mean anybody may have that day: the less, the more cells change hands."
        " Default: 0.1",
    )


class TakenBackOut(BaseModel):
    """A day's change that was taken back: the usual beats hold again."""

    team: str = Field(examples=["yonganli-east"])
    day: date
    plans: list[int] = Field(description="Plans that were withdrawn", examples=[[18]])
    back: list[str] = Field(description="Members who aren't away any more", examples=[["ya-03", "ya-05"]])
    findings: list[FindingOut]
    tours: int = Field(description="Tours made for the day")


class MorningOut(BaseModel):
    """The day as it is now: beats cut anew and published for it, with what changes for whom."""

    team: str
    day: date
    away: list[str] = Field(description="Codes of members")
    plans: list[PlanOut] = Field(description="One for each crew that somebody is missing from")
    findings: list[FindingOut]
    tours: int = Field(description="Tours made for the day; they are at GET /api/patrol/tours")
