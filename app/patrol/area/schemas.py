"""Wire shapes of a member's own area."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

SQUARE = [
    [[116.4513, 39.9253], [116.4525, 39.9253], [116.4525, 39.9262], [116.4513, 39.9262], [116.4513, 39.9253]]
]


class AreaCellOut(BaseModel):
    """A cell of the member's own area, as the whole team left it."""

    model_config = ConfigDict(from_attributes=True)

    number: int = Field(description="In the edition, as in the vector tiles", examples=[17])
    code: str = Field(examples=["110105022001017"])
    state: Literal["patrolled", "unknown", "missed"] = Field(
        description="Since `since`; missed: not visited yet", examples=["missed"]
    )
    because: list[Literal["gap", "close"]] = Field(
        description="Why it is unknown: it could have been reached in a gap; the time in it is too close to the threshold",
        examples=[[]],
    )
    hours: float | None = Field(description="Since the team's last visit; null: never", examples=[3.2])
    visits: int = Field(description="The team's visits since `since`", examples=[0])
    owed: int = Field(description="Visits owed in a shift, by the cell's management level", examples=[1])
    level: int | None = Field(description="Management level (管理等级); null: none is set", examples=[1])
    demand: int = Field(description="Incidents of the last 90 days", examples=[4])


class ShiftOut(BaseModel):
    """A shift of the member."""

    model_config = ConfigDict(from_attributes=True)

    id: int = Field(examples=[41])
    start: datetime
    end: datetime | None = Field(description="null: it is still open")


class PlaceNameOut(BaseModel):
    """A building, shop or other place with a name, from the gazetteer."""

    model_config = ConfigDict(from_attributes=True)

    name: str = Field(examples=["示意小区3号楼"])
    kind: str = Field(description="compound, building, shop, road or landmark", examples=["building"])
    lon: float = Field(examples=[116.4519])
    lat: float = Field(examples=[39.9257])


class MyAreaOut(BaseModel):
    """A member's own area now: unvisited cells first, then the longest unvisited; all that a phone keeps offline."""

    team: str = Field(examples=["yonganli-east"])
    team_name: str = Field(examples=["永安里东社区环境整治巡逻队（示例）"])
    member: str = Field(examples=["ya-01"])
    synthetic: bool = Field(description="The ground or the team is invented; a page says so")
    edition: str = Field(examples=["2026-01"])
    now: datetime
    since: datetime = Field(description="Visits count from here: the shift's start, else the local midnight")
    shift: ShiftOut | None = Field(description="The member's shift now; null: none")
    whole_area: bool = Field(description="No beat is set: it is the whole ground that the team owes")
    beat: list[AreaCellOut] = Field(description="The cells, unvisited first")
    outline: dict[str, Any] | None = Field(
        description="GeoJSON geometry, WGS-84, of all cells as one; null without cells",
        examples=[{"type": "Polygon", "coordinates": SQUARE}],
    )
    cells: dict[str, Any] = Field(
        description="GeoJSON, WGS-84: a feature a cell, with its number as id and property",
        examples=[
            {
                "type": "FeatureCollection",
                "features": [
                    {
                        "type": "Feature", "id": 17, "properties": {"number": 17, "code": "110105022001017"},
                        "geometry": {"type": "Polygon", "coordinates": SQUARE},
                    }
                ],
            }
        ],
    )  # fmt: skip
    names: list[PlaceNameOut] = Field(description="Names in the area, for reading offline")
    cases: list[str] = Field(
        description="Numbers of open cases in the area that the member may see, oldest first",
        examples=[["20260105-00017"]],
    )
