"""Wire shapes of categories, limits and the calendar."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.web.texts import Text

if TYPE_CHECKING:
    from app.categories.catalogue import Catalogue, Category

Line = Annotated[Text, Field(max_length=500)]


class CategoryOut(BaseModel):
    """A kind of incident (问题类别)."""

    key: Annotated[str, Field(examples=["event:0102"])]
    parent: Annotated[str | None, Field(examples=["event:01"])]
    kind: Literal["component", "event", "social_service"]
    name_zh: Annotated[str, Field(examples=["暴露垃圾"])]
    name_en: Annotated[str, Field(examples=["Exposed rubbish"])]
    source: Annotated[str, Field(description="Where it was seen, with its confidence mark.")]
    confidential: bool
    enforcement: bool
    party_kind: Annotated[str, Field(description="Who usually answers.", examples=["street_department"])]
    filing_zh: str
    closing_zh: str
    leaf: Annotated[bool, Field(description="An incident can be of it.")]

    @classmethod
    def of(cls, category: Category, leaves: frozenset[str]) -> Self:
        return cls(
            key=category.key, parent=category.lineage[1] if len(category.lineage) > 1 else None,
            kind=category.kind,  # type: ignore[arg-type]  # the database checks it
            name_zh=category.name_zh, name_en=category.name_en, source=category.source,
            confidential=category.confidential, enforcement=category.enforcement, party_kind=category.party_kind,
            filing_zh=category.filing_zh, closing_zh=category.closing_zh, leaf=category.key in leaves,
        )  # fmt: skip


class LimitsOut(BaseModel):
    """The limits that hold for one category in areas of one class; stage: amount, unit, source."""

    category: CategoryOut
    area_class: int
    limits: dict[str, dict[str, Any]]

    @classmethod
    def of(cls, catalogue: Catalogue, category: Category, area_class: int, stages: tuple[Any, ...]) -> Self:
        found = {stage: catalogue.limit(category, area_class, stage) for stage in stages}
        return cls(
            category=CategoryOut.of(category, frozenset(leaf.key for leaf in catalogue.leaves())),
            area_class=area_class,
            limits={
                stage: {"amount": float(limit.amount), "unit": limit.unit, "source": limit.source}
                for stage, limit in found.items()
                if limit is not None
            },
        )


class CategoryIn(BaseModel):
    """A category to store, by scheme and code."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "scheme": "event", "code": "2101", "parent_code": "21", "kind": "event",
                    "name_zh": "共享单车淤积", "name_en": "Shared bicycles piled up", "source": "ours, 2026",
                    "party_kind": "street_department",
                }
            ]
        },
    )  # fmt: skip

    scheme: Annotated[Line, Field(min_length=1)]
    code: Annotated[Line, Field(min_length=1)]
    parent_code: Line = ""
    kind: Literal["component", "event", "social_service"]
    name_zh: Annotated[Line, Field(min_length=1)]
    name_en: Line = ""
    source: Annotated[Line, Field(min_length=1)]
    confidential: bool = False
    enforcement: bool = False
    party_kind: Line = ""
    filing_zh: Line = ""
    closing_zh: Line = ""


class LimitIn(BaseModel):
    """A limit to store; `category` empty for any, `area_class` null for any."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"category": "event:0102", "stage": "handle", "area_class": 1, "amount": 4, "unit": "working_hour",
                 "source": "district notice of 2026"}
            ]
        },
    )  # fmt: skip

    category: Line = ""
    stage: Literal["overall", "accept", "verify", "file", "dispatch", "sign", "handle", "check"]
    area_class: Annotated[int | None, Field(ge=1, le=3)] = None
    amount: Annotated[Decimal, Field(gt=0, lt=10_000, decimal_places=2)]
    unit: Literal["urgent_hour", "working_hour", "working_day", "natural_day"]
    source: Annotated[Line, Field(min_length=1)]


class DayIn(BaseModel):
    """A day that differs from the calendar, or that it doesn't know."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"day": "2027-02-06", "works": False, "name_zh": "春节", "source": "国办通知"}]
        },
    )

    day: date
    works: bool
    name_zh: Line = ""
    source: Annotated[Line, Field(min_length=1)]


class KeptOut(BaseModel):
    """What was stored: rows read, changed, and what was found in the others."""

    rows: int
    changed: int
    findings: list[dict[str, Any]]


class DayOut(BaseModel):
    """One day of the working calendar."""

    day: date
    works: bool
    known: Annotated[
        bool, Field(description="False: its holidays are not published; Monday to Friday are taken to work.")
    ]
