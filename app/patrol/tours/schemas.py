"""Wire shapes of tours."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.patrol.tours.tour import Planned, Tour
from app.web.findings import FindingOut
from app.web.texts import Text

Code = Annotated[Text, Field(min_length=1, max_length=80)]
EXAMPLE: Any = {
    "id": 8, "member": "ya-03", "team": "yonganli-east", "synthetic": True, "edition": "2026-11",
    "start": "2026-11-24T08:00:00+08:00", "end": "2026-11-24T12:00:00+08:00", "why": "planned",
    "made_at": "2026-11-24T06:30:00+08:00",
    "stops": [
        {"cell_id": 812, "number": 41, "code": "110105001022041", "kind": "case", "arrive": "2026-11-24T08:04:10+08:00",
         "stay_s": 660, "reason_zh": "必到：核查案件 C20261123-0007，本班内到期",
         "reason_en": "Must: check of case C20261123-0007, due within this shift", "case": "C20261123-0007",
         "x": 116.4551, "y": 39.9087},
        {"cell_id": 813, "number": 42, "code": "110105001022042", "kind": "prize", "arrive": "2026-11-24T08:17:00+08:00",
         "stay_s": 60, "reason_zh": "距上次巡查 6.2 小时，需求高", "reason_en": "6.2 h since the last visit, high demand",
         "case": None, "x": 116.4563, "y": 39.9087},
    ],
    "walking": {"how": "straight", "speed_mps": 1.2, "detour": 1.3},
    "left": [], "dropped": [], "figures": {"stops": 2, "musts": 1, "musts_kept": 1, "walk_minutes": 6.2, "metres": 446},
}  # fmt: skip


class StopOut(BaseModel):
    """Where to be, when, and why."""

    model_config = ConfigDict(from_attributes=True)

    cell_id: int | None
    number: int | None = Field(description="The cell's number in tiles, from 1.")
    code: str
    kind: Literal["must", "prize", "case", "break"]
    arrive: datetime
    stay_s: float
    reason_zh: str
    reason_en: str
    case: str | None
    x: float = Field(description="WGS-84 longitude")
    y: float = Field(description="WGS-84 latitude")


class LeftOut(BaseModel):
    """A must-visit that doesn't fit, for a neighbour to take."""

    code: str
    case: str
    reason_zh: str
    reason_en: str
    why_zh: str
    why_en: str


class DroppedOut(BaseModel):
    """A stop of the tour before that isn't on this one."""

    code: str
    kind: str
    reason_zh: str
    reason_en: str


class TourOut(BaseModel):
    """A member's tour of one shift (巡查路线)."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE]})

    id: int
    member: str
    team: str
    synthetic: bool
    edition: str
    start: datetime
    end: datetime
    why: str = Field(description="planned, urgent, absence or asked")
    made_at: datetime
    stops: list[StopOut]
    walking: dict[str, Any] = Field(description="Along `streets` or `straight`, speed, detour.")
    left: list[LeftOut]
    dropped: list[DroppedOut]
    figures: dict[str, Any]

    @classmethod
    def of(cls, tour: Tour) -> Self:
        figures = {name: value for name, value in tour.figures.items() if name not in ("left", "dropped")}
        return cls(
            id=tour.id, member=tour.member, team=tour.team, synthetic=tour.synthetic, edition=tour.edition,
            start=tour.start, end=tour.end, why=tour.why, made_at=tour.made_at,
            stops=[StopOut.model_validate(stop) for stop in tour.stops],
            walking=tour.settings.get("walking", {}),
            left=[LeftOut.model_validate(one) for one in tour.figures.get("left", [])],
            dropped=[DroppedOut.model_validate(one) for one in tour.figures.get("dropped", [])],
            figures=figures,
        )  # fmt: skip


class MyTourOut(TourOut):
    """One's own tour, and of which shift it is."""

    model_config = ConfigDict(json_schema_extra={"examples": [EXAMPLE | {"which": "current"}]})

    which: Literal["current", "next"] = Field(
        "next", description="Of the shift that goes on, or of the next one."
    )

    @classmethod
    def at(cls, tour: Tour, now: datetime) -> Self:
        return cls.of(tour).model_copy(update={"which": "current" if tour.start <= now else "next"})


class ToursIn(BaseModel):
    """Which tours are to be planned."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"team": "yonganli-east", "day": "2026-11-24", "post": {"lon": 116.4551, "lat": 39.9087}}
            ]
        },
    )

    team: Code
    day: date | None = Field(None, description="Default: today.")
    members: Annotated[list[Code] | None, Field(max_length=2000, description="Default: the whole team.")] = (
        None
    )
    post: PostIn | None = Field(
        None, description="Where tours begin and end; default: the middle of each beat."
    )


class PostIn(BaseModel):
    """The team's post, WGS-84."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    lon: float = Field(ge=-180, le=180, examples=[116.4551])
    lat: float = Field(ge=-90, le=90, examples=[39.9087])


class ToursOut(BaseModel):
    """Tours by member's code, with who has none and why."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"tours": [EXAMPLE], "findings": []}]})

    tours: list[TourOut]
    findings: list[FindingOut]

    @classmethod
    def of(cls, planned: Planned) -> Self:
        return cls(
            tours=[TourOut.of(tour) for tour in planned.tours],
            findings=[FindingOut.of(one) for one in planned.findings],
        )


class ReplanIn(BaseModel):
    """Why the rest of a shift is to be planned anew."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"case": "C20261124-0012"}, {}]}
    )

    case: Code | None = Field(None, description="An urgent case: it comes first.")


ToursIn.model_rebuild()
