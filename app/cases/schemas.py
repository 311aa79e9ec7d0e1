"""Wire shapes of cases."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.cases.case import Facts
from app.cases.reporting import SOURCES, Said
from app.cases.workflow import MOVES, STAGES
from app.web.findings import FindingOut
from app.web.texts import Text
from app.web.times import Moment

if TYPE_CHECKING:
    from app.cases import timing
    from app.cases.case import Case
    from app.cases.duplicates import Duplicate
    from app.cases.finding import Listed
    from app.cases.reporting import Opened
    from app.cases.workflow import Move

MOST_IN_A_BULK = 200
EXAMPLE: dict[str, Any] = {
    "category": "event:0102", "lon": 116.4551, "lat": 39.9219, "accuracy_m": 8,
    "description": "单元门口堆放建筑垃圾 (示意)", "source": "patrol",
}  # fmt: skip


Short = Annotated[Text, Field(max_length=200)]
Long = Annotated[Text, Field(max_length=4000)]
Number = Annotated[str, Field(pattern=r"^[0-9]{8}[0-9]{6,12}$", examples=["20260105000017"])]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class ReportIn(_Strict):
    """A report: what, where, when. Without a place it waits for one (`move_pin`)."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, json_schema_extra={"examples": [EXAMPLE]})

    category: Annotated[Short, Field(description="Key of a category: see /api/categories.", min_length=1)]
    lon: float | None = None
    lat: float | None = None
    x: float | None = None
    y: float | None = None
    datum: Annotated[Short, Field(description="wgs84, cgcs2000, gcj02, bd09 or epsg:N.")] = "wgs84"
    accuracy_m: Annotated[
        float | None, Field(ge=0.001, le=4e7, description="Radius of the circle it lies in.")
    ] = None
    reported_at: Annotated[Moment | None, Field(description="With its offset; default: now.")] = None
    source: Annotated[
        Short | None, Field(description=f"One of {', '.join(SOURCES)}; default: what fits you.")
    ] = None
    system: Annotated[Short, Field(min_length=1, description="The system that `id` comes from.")] = "gridward"
    id: Annotated[Short | None, Field(min_length=1, description="That system's own id; stored once.")] = None
    description: Annotated[Text, Field(max_length=10_000)] = ""
    address: Annotated[Text, Field(max_length=500)] = ""
    due_at: Annotated[
        Moment | None, Field(description="A deadline set elsewhere; default: the category's.")
    ] = None
    urgent: bool = False
    reporter_name: Annotated[Short, Field(description="Personal data.")] = ""
    reporter_phone: Annotated[Text, Field(max_length=50, description="Personal data.")] = ""
    on_the_spot: Annotated[bool, Field(description="You mean to put it right at once (自行处置).")] = False

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.lon is None) != (self.lat is None) or (self.x is None) != (self.y is None):
            raise ValueError("give both coordinates, or none")
        if self.lon is not None and self.x is not None:
            raise ValueError("give lon and lat, or x and y with their datum")
        return self

    def said(self, *, signed_in: bool) -> Said:
        """Return what was said, as the service takes it; ids of whoever is nobody are not heard."""
        x, y = (self.lon, self.lat) if self.lon is not None else (self.x, self.y)
        return Said(
            category=self.category, x=x, y=y, datum=self.datum, source=self.source, reported_at=self.reported_at,
            system=self.system if signed_in else "public", source_id=self.id if signed_in else None,
            description=self.description, address=self.address, accuracy_m=self.accuracy_m, due_at=self.due_at,
            urgent=self.urgent, name=self.reporter_name, phone=self.reporter_phone, on_the_spot=self.on_the_spot,
        )  # fmt: skip


class DuplicateOut(BaseModel):
    """An open case nearby that may be the same: metres away, score from 0 to 1, and why."""

    number: Number
    stage: str
    distance_m: float
    score: float
    reasons: list[str]

    @classmethod
    def of(cls, found: Duplicate) -> Self:
        return cls(
            number=found.number, stage=found.stage, distance_m=found.distance_m, score=found.score,
            reasons=list(found.reasons),
        )  # fmt: skip


class OpenedOut(BaseModel):
    """What a report came to."""

    number: Number
    stage: Annotated[str, Field(examples=["dispatched"])]
    new: bool
    code: Annotated[
        str, Field(description="Told once: with it somebody without an account follows the case.")
    ] = ""
    party_zh: str | None = None
    due_at: datetime | None = None
    warnings: list[FindingOut] = []

    @classmethod
    def of(cls, opened: Opened) -> Self:
        return cls(
            number=opened.number, stage=opened.stage, new=opened.new, code=opened.code, party_zh=opened.party_zh,
            due_at=opened.due_at, warnings=[FindingOut.of(f) for f in opened.warnings],
        )  # fmt: skip


class MoveOut(BaseModel):
    """A move that could be made."""

    name: str
    zh: str
    en: str
    needs: list[str]

    @classmethod
    def of(cls, move: Move) -> Self:
        return cls(name=move.name, zh=move.zh, en=move.en, needs=list(move.needs))


class Clock(BaseModel):
    """How much of its time is used: share from 0 (1 and more: over), and its light."""

    due_at: datetime | None
    stage_due_at: datetime | None
    used: float | None
    light: Literal["green", "yellow", "red"] | None
    overdue: bool


class CaseOut(BaseModel):
    """A case as it stands."""

    number: Number
    source: str
    category: Annotated[str, Field(examples=["event:0102"])]
    category_zh: str
    category_en: str
    confidential: bool
    description: str
    address: str
    cell: str | None
    community: str | None
    street: str | None
    district: str | None
    x: Annotated[float | None, Field(description="Metres in the metric CRS.")]
    y: float | None
    loop: Literal["street", "district"]
    stage: str
    stage_zh: str
    party_id: int | None
    party_zh: str | None
    party_en: str | None
    both: Annotated[list[int], Field(description="Parties in reach, until they settle who leads.")]
    pending: Annotated[list[str], Field(description="What is applied for.")]
    reported_at: datetime
    opened_at: datetime
    handled_at: datetime | None
    ended_at: datetime | None
    suspended: bool
    self_handled: bool
    to_sample: bool
    urgent: bool
    supervised: bool
    excused: bool
    returned: int
    reworked: int
    reopened: int
    postponed: int
    urged: int
    merged_into: str | None
    outcome: str
    synthetic: bool
    version: int
    clock: Clock

    @classmethod
    def of(cls, case: Case, seen: timing.Seen) -> Self:
        same = {
            name: getattr(case, name)
            for name in cls.model_fields
            if name not in ("stage_zh", "both", "pending", "merged_into", "clock")
        }
        return cls(
            **same, stage_zh=STAGES[case.stage], both=list(case.both), pending=sorted(case.pending), merged_into=case.main,
            clock=Clock(
                due_at=case.due_at, stage_due_at=case.stage_due_at, used=seen.used, light=seen.light, overdue=seen.overdue
            ),
        )  # fmt: skip


class CasePage(CaseOut):
    """A case with its history, tasks, applications, links, comments, why this party, and what you could do."""

    answer: Annotated[dict[str, Any], Field(description="Why this party (派遣依据).")] = {}
    history: list[dict[str, Any]] = []
    tasks: list[dict[str, Any]] = []
    applications: list[dict[str, Any]] = []
    links: list[dict[str, Any]] = []
    comments: list[dict[str, Any]] = []
    photos: list[dict[str, Any]] = []
    voices: list[dict[str, Any]] = []
    moves: list[MoveOut] = []


class FactsIn(_Strict):
    """What a move brings; each move says what it needs."""

    reason: Long = ""
    result: Long = ""
    outcome: Annotated[str, Field(pattern="^[a-z_]{0,40}$", examples=["done", "declined"])] = ""
    party: Annotated[int | None, Field(ge=1, le=2**31 - 1)] = None
    category: Short | None = None
    lon: Annotated[float | None, Field(ge=-180, le=180)] = None
    lat: Annotated[float | None, Field(ge=-90, le=90)] = None
    datum: Short = "wgs84"
    until: Moment | None = None
    into: Number | None = None
    against: Annotated[Text | None, Field(examples=["rework", "supervision", "overdue"], max_length=20)] = (
        None
    )
    task: Annotated[int | None, Field(ge=1, le=2**62)] = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.lon is None) != (self.lat is None):
            raise ValueError("give both coordinates, or none")
        return self

    def facts(self, place: tuple[float, float] | None) -> Facts:
        """Return them as the service takes them; the place in metres."""
        return Facts(
            reason=self.reason.strip(), result=self.result.strip(), outcome=self.outcome, party=self.party,
            category=self.category, place=place, until=self.until, into=self.into, against=self.against, task=self.task,
        )  # fmt: skip


MoveName = Annotated[
    Text, Field(max_length=40, examples=["accept"], description=f"One of {', '.join(MOVES)}.")
]


class MoveIn(FactsIn):
    """A move of a case."""

    move: MoveName

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"move": "handle", "result": "已清运 (示意)"}]}
    )


class BulkItem(_Strict):
    """One case of a bulk move, at the version that was looked at."""

    number: Number
    version: Annotated[int, Field(ge=1, le=10**9)]


class BulkIn(FactsIn):
    """The same move of many cases."""

    move: MoveName
    items: Annotated[list[BulkItem], Field(min_length=1, max_length=MOST_IN_A_BULK)]


class BulkOut(BaseModel):
    """What became of one case of a bulk move."""

    number: Number
    done: bool
    stage: str | None = None
    version: int | None = None
    error: str = ""
    error_zh: str = ""


class CommentIn(_Strict):
    """A comment: plain text, shown as text."""

    text: Annotated[
        Text,
        Field(min_length=1, max_length=4000, pattern=r"\S", examples=["已联系物业，明早清运 (示意)"]),
    ]
    for_reporter: Annotated[
        bool, Field(description="Whoever follows the case by its code reads it, too.")
    ] = False


class Made(BaseModel):
    """Something new, by its id."""

    id: int


class ListedOut(BaseModel):
    """A case as a list shows it."""

    number: Number
    source: str
    stage: str
    stage_zh: str
    loop: str
    category: str
    category_zh: str
    category_en: str
    description: str
    address: str
    community: str | None
    street: str | None
    cell: str | None
    party_id: int | None
    party_zh: str | None
    party_en: str | None
    reported_at: datetime
    opened_at: datetime
    due_at: datetime | None
    stage_due_at: datetime | None
    ended_at: datetime | None
    suspended: bool
    urgent: bool
    supervised: bool
    self_handled: bool
    confidential: bool
    returned: int
    reworked: int
    urged: int
    pending: list[str]
    overdue: bool
    synthetic: bool
    version: int

    @classmethod
    def of(cls, listed: Listed, now: datetime) -> Self:
        same = {
            n: getattr(listed, n) for n in cls.model_fields if n not in ("stage_zh", "overdue", "pending")
        }
        return cls(
            **same, stage_zh=STAGES[listed.stage], overdue=listed.overdue(now), pending=list(listed.pending)
        )


class PageOut(BaseModel):
    """Cases, newest first, and the mark of the next page."""

    cases: list[ListedOut]
    after: str | None


class TodayList(BaseModel):
    """One of today's lists."""

    name: str
    zh: str
    en: str
    count: int
    cases: list[ListedOut]


class FollowOut(BaseModel):
    """What whoever reported without an account may know."""

    number: Number
    stage: str
    stage_zh: str
    reported_at: datetime
    handled_at: datetime | None
    ended_at: datetime | None
    due_at: datetime | None
    outcome: str
    comments: list[dict[str, Any]]


class ReporterOut(BaseModel):
    """Who complained: personal data; your look was noted."""

    name: str
    phone: str


class PhotoOut(BaseModel):
    """A photo: when it was taken and how far from the case, as its metadata said; whether one like it is elsewhere."""

    id: int
    moment: str
    new: bool
    taken_at: datetime | None
    distance_m: float | None
    width: int
    height: int
    seen_at: Annotated[list[str], Field(description="Cases that hold a photo like it.")] = []


class VoiceOut(BaseModel):
    """A voice note; `new` is false where this very file was there before."""

    id: int
    new: bool
    seconds: Annotated[float, Field(examples=[12.4])]


class RowOut(BaseModel):
    """A row of the table of moves."""

    name: Annotated[str, Field(examples=["sign"])]
    zh: str
    en: str
    since: list[str]
    to: str | None
    by: list[str]
    needs: list[str]

    @classmethod
    def of(cls, move: Move) -> Self:
        return cls(
            name=move.name, zh=move.zh, en=move.en, since=[s for s in STAGES if s in move.since], to=move.to,
            by=[f"{by.who.value} ({by.permission})" for by in move.by], needs=list(move.needs),
        )  # fmt: skip
