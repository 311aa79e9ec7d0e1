"""Wire shapes of suggestions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

EXAMPLE: Any = {
    "case": "C20261124-0012", "at": "2026-11-24T09:30:00+08:00", "synthetic": True, "on_shift": 1,
    "walking": {"how": "streets", "speed_mps": 1.2, "detour": 1.28},
    "order_zh": "按预计到达本案件的时间先后排列，只供本案派单参考，不是对人员的评价；由派遣员决定。",
    "order_en": "In order of arrival at this case; it is for this case only and says nothing of people. The dispatcher decides.",
    "members": [
        {"member": "ya-03", "name": "", "team": "yonganli-east", "arrive": "2026-11-24T09:36:00+08:00", "minutes": 6.1,
         "basis": "tour", "suitable": True, "stops_left": 31, "musts_left": 2, "spare_minutes": 3.0,
         "unvisited": ["110105001022042"],
         "reasons_zh": ["约 6 分钟到达（按巡查路线的进度推算，沿道路）", "案件在其责任区内"],
         "reasons_en": ["arrives in about 6 min (by how far the tour should be, along streets)", "the case lies in their beat"]},
    ],
}  # fmt: skip


class CandidateOut(BaseModel):
    """A member on shift, when they would arrive, and what speaks for and against it; never where they are."""

    model_config = ConfigDict(from_attributes=True)

    member: str
    name: str
    team: str
    arrive: datetime
    minutes: float
    basis: str = Field(description="What the arrival was worked out from: fix, tour or beat.")
    suitable: bool
    stops_left: int
    musts_left: int
    spare_minutes: float
    unvisited: list[str] = Field(description="Codes of cells that would stay unvisited in this shift.")
    reasons_zh: list[str]
    reasons_en: list[str]


class SuggestionOut(BaseModel):
    """Who could take a case; the dispatcher decides."""

    model_config = ConfigDict(from_attributes=True, json_schema_extra={"examples": [EXAMPLE]})

    case: str
    at: datetime
    walking: dict[str, Any]
    synthetic: bool
    on_shift: int
    order_zh: str
    order_en: str
    members: list[CandidateOut]
