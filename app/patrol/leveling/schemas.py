"""Wire shapes of levels that are given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.parties.drawing import drawn
from app.patrol.beats.asked import Asked
from app.patrol.beats.schemas import MOST_CELLS, Code
from app.teams.levels.levels import Level
from app.web.texts import Text

if TYPE_CHECKING:
    from app.geo.crs import Metric


class LevelIn(BaseModel):
    """The level that cells are to have; without any ground the team's own area is meant."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "team": "yonganli-east",
                    "level": 1,
                    "name": "严格管控",
                    "visits": 2,
                    "area": "110105001022",
                },
                {"team": "yonganli-east", "level": None, "cells": ["110105001022001"]},
            ]
        },
    )

    team: Code
    level: Annotated[int, Field(ge=1, le=9)] | None = Field(
        description="Null: these cells have none any more.", examples=[1]
    )
    name: Annotated[Text, Field(max_length=60)] = ""
    visits: Annotated[int, Field(ge=1, le=99)] | None = Field(
        None, description="Owed to each of its cells in every shift; needed with a level.", examples=[2]
    )
    area: Code | None = Field(None, description="Code of a community, street, zone or drawn patch.")
    geometry: dict[str, Any] | None = Field(None, description="GeoJSON Polygon or MultiPolygon in `datum`.")
    datum: Annotated[Text, Field(max_length=20)] = "wgs84"
    cells: Annotated[list[Code], Field(max_length=MOST_CELLS, description="Codes of cells.")] = []
    edition: Code | None = Field(None, description="Default: the one that holds now.")

    @model_validator(mode="after")
    def _one_ground(self) -> Self:
        if sum((self.area is not None, self.geometry is not None, bool(self.cells))) > 1:
            raise ValueError("give an area, or a geometry, or cells")
        if self.level is not None and self.visits is None:
            raise ValueError("say how many visits the level owes in each shift")
        return self

    def where(self, metric: Metric) -> Asked:
        """Return whose cells are meant, and which."""
        return Asked(
            team=self.team,
            area=self.area,
            shape=None if self.geometry is None else drawn(self.geometry, self.datum, metric),
            cells=tuple(self.cells),
            edition=self.edition,
        )

    def given(self) -> Level | None:
        """Return the level, None where cells are to lose theirs."""
        if self.level is None or self.visits is None:
            return None
        return Level(self.level, self.name.strip(), self.visits)
