"""Wire shapes of recorders."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from app.web.texts import Text


class RecorderIn(BaseModel):
    """A recorder to make."""

    model_config = ConfigDict(
        extra="forbid", str_strip_whitespace=True, json_schema_extra={"examples": [{"name": "OsmAnd"}]}
    )

    name: Annotated[Text, Field(min_length=1, max_length=60, description="To know it by")]


class RecorderOut(BaseModel):
    """A recorder of one's own; its secret is never told again."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str = Field(examples=["OsmAnd"])
    made_at: datetime
    seen_at: datetime | None = Field(description="When it was heard of last, to the minute")
    ended_at: datetime | None = Field(description="When it was revoked")


class RecorderMade(RecorderOut):
    """A recorder with its secret, told this once."""

    secret: str = Field(description="Its id in the recorder's settings; null when the answer is given again")
    address: str = Field(
        description="To set as its server's address; holds the secret as OsmAnd wants it; null when given again",
        examples=[
            "https://gridward.example/api/patrol/osmand?id=gwr_...&lat={0}&lon={1}&timestamp={2}&hdop={3}"
        ],
    )
