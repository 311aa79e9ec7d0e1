"""Wire shapes of doors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.patrol.presences.doors import CODE_AT_MOST
from app.web.texts import Text
from app.web.times import Moment


class DoorIn(BaseModel):
    """A code read at a door (门牌码), by the phone's clock."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "code": "YA-03-2",
                    "at": "2026-01-05T09:12:00+08:00",
                    "sent_at": "2026-01-05T09:30:00+08:00",
                    "device": "phone-3f9c",
                }
            ]
        },
    )

    code: Annotated[Text, Field(min_length=1, max_length=CODE_AT_MOST)]
    at: Moment
    sent_at: Moment | None = Field(
        default=None,
        description="When this was sent, by the same clock: tells how far it is off; `at` is taken as true without it",
    )
    device: Annotated[Text, Field(min_length=1, max_length=100, description="As in POST /me/duty")] | None = (
        None
    )

    @model_validator(mode="after")
    def _both(self) -> Self:
        """What a phone was corrected by is held for that phone: one is nothing without the other."""
        if (self.sent_at is None) != (self.device is None):
            raise ValueError("sent_at and device come together")
        return self


class DoorOut(BaseModel):
    """A presence made while working (现场记录): the cell counts as visited then."""

    model_config = ConfigDict(from_attributes=True)

    code: str = Field(examples=["YA-03-2"])
    name: str = Field(examples=["3号楼2单元（示意）"])
    at: datetime
    number: int = Field(description="Of the cell", examples=[17])
    cell: str = Field(description="Its code", examples=["110105022001017"])
    known: bool = Field(description="The same was stored before; it counts once")
    synthetic: bool
