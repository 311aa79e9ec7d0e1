"""Wire shapes of doors."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.patrol.presences.doors import CODE_AT_MOST
from app.web.texts import Text
from app.web.times import Moment


class DoorIn(BaseModel):
    """A code read at a door (门牌码), by the phone's clock."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"code": "YA-03-2", "at": "2026-01-05T09:12:00+08:00"}]},
    )

    code: Annotated[Text, Field(min_length=1, max_length=CODE_AT_MOST)]
    at: Moment


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
