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


class MorningOut(BaseModel):
    """The day as it is now: beats cut anew and published for it, with what changes for whom."""

    team: str
    day: date
    away: list[str] = Field(description="Codes of members")
    plans: list[PlanOut] = Field(description="One for each crew that somebody is missing from")
    findings: list[FindingOut]
    tours: int = Field(description="Tours made for the day; they are at GET /api/patrol/tours")
