"""Wire shapes of hotline orders."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.web.texts import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

    from app.hotline.importing.service import Imported

State = Literal["waiting_for_place", "matched", "opened"]
Key = Annotated[Text, Field(max_length=200)]


class ChoicesIn(BaseModel):
    """What may be said with a file: the office, the columns (field: heading), the categories (words: key)."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [
        {"home": "110105026", "columns": {"address": "问题点位"}, "categories": {"环境脏乱": "event:0102"}}]})  # fmt: skip

    home: Annotated[Text, Field(max_length=30)] | None = None
    source: Annotated[Text, Field(min_length=1, max_length=50)] = "12345"
    columns: Annotated[dict[Key, Key], Field(max_length=50)] = {}
    categories: Annotated[dict[Key, Key], Field(max_length=500)] = {}
    default: Annotated[Text, Field(max_length=100)] = ""
    synthetic: bool = False


class ImportedOut(BaseModel):
    """What an import came to: `rows` = `new` + `known` + `bad`, and `new` = `opened` + `waiting`."""

    home: str = Field(examples=["110105026"])
    sheet: str
    headers: list[str]
    columns: dict[str, str] = Field(description="Field: heading, as they were read.")
    rows: int
    new: int
    opened: int
    waiting: int
    known: int
    changed: int = Field(description="Known ones whose row says something else: left as they were.")
    bad: int
    skipped: int = Field(description="Rows that are no orders: totals, notes.")
    findings: list[dict[str, Any]]
    import_id: int | None
    trial: bool

    @classmethod
    def of(cls, done: Imported) -> Self:
        return cls(**done.to_dict())


class OrderOut(BaseModel):
    """An order (工单) without who called."""

    id: int
    source: str
    number: str = Field(examples=["20260105000017"])
    received_at: datetime
    due_at: datetime | None
    first_receiver: str
    category_text: str
    category: str
    content: str
    address: str
    home: str
    street: str | None
    community: str | None
    state: State
    why_zh: str
    why_en: str
    candidates: list[dict[str, Any]]
    case_number: str | None
    stage: str | None
    party_zh: str | None
    handled_at: datetime | None
    ended_at: datetime | None
    returned: int
    return_reason: str
    contacted: bool | None
    solved: bool | None
    satisfied: bool | None
    synthetic: bool
    version: int

    @classmethod
    def of(cls, order: Mapping[str, Any]) -> Self:
        return cls.model_validate(order)


class OrdersOut(BaseModel):
    """A page of orders; `after` begins the next."""

    orders: list[OrderOut]
    after: int | None = Field(None, examples=[17])


class CallerOut(BaseModel):
    """Who called; the look is logged."""

    name: str = Field(examples=["（示意）"])
    phone: str


class PickIn(BaseModel):
    """Where an order is: a place of the gazetteer, or a point in `datum`."""

    model_config = ConfigDict(
        extra="forbid", allow_inf_nan=False, json_schema_extra={"examples": [{"place_id": 17}]}
    )

    place_id: Annotated[int, Field(ge=1, lt=2**31)] | None = None
    lon: float | None = None
    lat: float | None = None
    datum: Annotated[Text, Field(max_length=30)] = "wgs84"

    @model_validator(mode="after")
    def _one(self) -> Self:
        point = self.lon is not None and self.lat is not None
        if (self.place_id is not None) == point or (self.lon is None) != (self.lat is None):
            raise ValueError("give place_id, or lon and lat")
        return self


class ReturnIn(BaseModel):
    """Why an order goes back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "不属本街道辖区"}]})

    reason: Annotated[Text, Field(min_length=1, max_length=500)]


class ResultsIn(BaseModel):
    """What the caller was asked; null leaves it as it was."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"contacted": True, "solved": False}]}
    )

    contacted: bool | None = None
    solved: bool | None = None
    satisfied: bool | None = None


class RatesOut(BaseModel):
    """Raw counts of the three rates (三率): of those that were asked, how many said yes."""

    street: str = Field(examples=["110105026"])
    orders: int
    should_contact: int
    contacted: int
    solved_asked: int
    solved: int
    satisfied_asked: int
    satisfied: int
    returned: int
