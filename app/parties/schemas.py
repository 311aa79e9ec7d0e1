"""Wire shapes of `/api/parties` and `/api/answers`."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from app.parties.drafts import (
    AbsenceDraft,
    ContactDraft,
    ModelDraft,
    PartyDraft,
    PatchDraft,
    ResponsibilityDraft,
)
from app.parties.drawing import as_geojson, drawn
from app.parties.rulebook import Period
from app.web.texts import Text
from app.web.times import Moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.geo.crs import Metric
    from app.parties.rulebook import Absence, CommunityModel, Party, Patch, Responsibility

EXAMPLE_AREA = "110105040009"


Code = Annotated[Text, Field(min_length=1, max_length=80)]
Name = Annotated[Text, Field(max_length=200)]


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)


class Dated(_In):
    """What holds for a time; `start` included, `end` not; null: without that end."""

    start: Moment | None = None
    end: Moment | None = None

    @property
    def period(self) -> Period:
        return Period(self.start, self.end)


class PartyIn(Dated):
    """A party to make or to change (责任主体)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"code": "XHY-ENV", "kind": "committee_post", "zh": "环境主任", "en": "Environment director",
                 "area_code": EXAMPLE_AREA, "parent": "XHY-COMMITTEE"},
            ]
        }
    )  # fmt: skip

    code: Code
    kind: Annotated[Text, Field(max_length=40, examples=["committee_post"])]
    zh: Annotated[Name, Field(min_length=1)]
    en: Name = ""
    area_code: Code | None = None
    parent: Annotated[Code | None, Field(description="Code of the body that it belongs to.")] = None
    synthetic: bool = False

    def draft(self) -> PartyDraft:
        return PartyDraft(
            code=self.code, kind=self.kind, zh=self.zh, en=self.en, area_code=self.area_code, parent=self.parent,
            period=self.period, synthetic=self.synthetic,
        )  # fmt: skip


class NameIn(_In):
    """A name from a time on (更名); without a time the wording of the last name is mended."""

    zh: Annotated[Name, Field(min_length=1, examples=["示意街道办事处"])]
    en: Name = ""
    since: Moment | None = None


class NameOut(BaseModel):
    """A name and the time that it holds for."""

    zh: str
    en: str
    start: datetime | None
    end: datetime | None


class KindOut(BaseModel):
    """A kind of party by its names."""

    zh: Annotated[str, Field(examples=["物业公司"])]
    en: Annotated[str, Field(examples=["Property company"])]


class PartyOut(BaseModel):
    """A party with its names."""

    id: int
    code: Annotated[str, Field(examples=["XHY-ENV"])]
    kind: str
    area_code: str | None
    parent_id: int | None
    names: list[NameOut]
    start: datetime | None
    end: datetime | None
    synthetic: bool
    version: int

    @classmethod
    def of(cls, party: Party) -> Self:
        return cls(
            id=party.id, code=party.code, kind=party.kind, area_code=party.area_code, parent_id=party.parent_id,
            names=[NameOut(zh=n.zh, en=n.en, start=n.period.start, end=n.period.end) for n in party.names],
            start=party.period.start, end=party.period.end, synthetic=party.synthetic, version=party.version,
        )  # fmt: skip


class ResponsibilityIn(Dated):
    """A responsibility (责任): a party, an area or a patch, categories, a role, a basis."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"party": "XHY-ENV", "role": "lead", "area_code": EXAMPLE_AREA, "categories": ["event:01"],
                 "basis_kind": "agreement", "basis": "香河园街道社区分工（示意）"},
            ]
        }
    )  # fmt: skip

    party: Code
    role: Annotated[Text, Field(max_length=20)] = "lead"
    area_code: Code | None = None
    patch: Code | None = None
    categories: Annotated[list[Annotated[Text, Field(max_length=81)]], Field(max_length=200)] = []
    basis_kind: Annotated[Text, Field(max_length=20)] = "assignment"
    basis: Annotated[Text, Field(max_length=500)] = ""
    synthetic: bool = False

    def draft(self) -> ResponsibilityDraft:
        return ResponsibilityDraft(
            party=self.party, role=self.role, area_code=self.area_code, patch=self.patch,
            categories=tuple(self.categories), period=self.period, basis_kind=self.basis_kind, basis=self.basis,
            synthetic=self.synthetic,
        )  # fmt: skip


class ResponsibilityOut(BaseModel):
    """A responsibility as it is stored."""

    id: int
    party_id: int
    role: Annotated[str, Field(examples=["lead"])]
    area_code: str | None
    patch_id: int | None
    categories: list[str]
    start: datetime | None
    end: datetime | None
    basis_kind: str
    basis: str
    synthetic: bool
    version: int

    @classmethod
    def of(cls, rule: Responsibility) -> Self:
        return cls(
            id=rule.id, party_id=rule.party_id, role=rule.role, area_code=rule.area_code, patch_id=rule.patch_id,
            categories=list(rule.categories), start=rule.period.start, end=rule.period.end, basis_kind=rule.basis_kind,
            basis=rule.basis, synthetic=rule.synthetic, version=rule.version,
        )  # fmt: skip


class ModelIn(_In):
    """A collaboration model from a time on (协作模式)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"area_code": EXAMPLE_AREA, "model": "government_led", "step": "follow", "since": "2026-01-01T00:00:00+08:00"},
            ]
        }
    )  # fmt: skip

    area_code: Code
    model: Annotated[Text, Field(max_length=20)]
    step: Annotated[Text | None, Field(max_length=20)] = None
    since: Moment | None = None
    basis: Annotated[Text, Field(max_length=500)] = ""

    def draft(self) -> ModelDraft:
        return ModelDraft(
            area_code=self.area_code, model=self.model, step=self.step, since=self.since, basis=self.basis
        )


class ModelOut(BaseModel):
    """A model and when it held."""

    area_code: Annotated[str, Field(examples=[EXAMPLE_AREA])]
    model: Annotated[str, Field(examples=["community_led"])]
    step: str | None
    start: datetime | None
    end: datetime | None
    basis: str

    @classmethod
    def of(cls, model: CommunityModel) -> Self:
        return cls(
            area_code=model.area_code, model=model.model, step=model.step, start=model.period.start,
            end=model.period.end, basis=model.basis,
        )  # fmt: skip


class PatchIn(Dated):
    """Ground within an area: a zone 分区, a responsibility grid 责任网格, a site, or anything drawn."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"code": "XLJY-Z1", "kind": "zone", "area_code": EXAMPLE_AREA, "zh": "一分区（示意）",
                 "cells": ["110105040009001", "110105040009002"], "synthetic": True},
            ]
        }
    )  # fmt: skip

    code: Code
    kind: Annotated[Text, Field(max_length=30)]
    area_code: Code
    zh: Name = ""
    en: Name = ""
    cells: Annotated[
        list[Code], Field(max_length=20_000, description="Codes of cells; or give a geometry.")
    ] = []
    geometry: Annotated[
        dict[str, Any] | None, Field(description="GeoJSON Polygon or MultiPolygon in `datum`.")
    ] = None
    datum: Annotated[Text, Field(max_length=20, description="wgs84, cgcs2000, gcj02, bd09 or epsg:N.")] = (
        "wgs84"
    )
    synthetic: bool = False

    def draft(self, metric: Metric) -> PatchDraft:
        return PatchDraft(
            code=self.code, kind=self.kind, area_code=self.area_code, zh=self.zh, en=self.en, period=self.period,
            cells=tuple(self.cells), synthetic=self.synthetic,
            shape=None if self.geometry is None else drawn(self.geometry, self.datum, metric),
        )  # fmt: skip


class AbsenceIn(Dated):
    """A time for which a party is away (缺位), from now on where no start is said, and who answers for it."""

    model_config = ConfigDict(
        json_schema_extra={"examples": [{"start": "2026-10-01T00:00:00+08:00", "end": "2026-10-09T00:00:00+08:00", "delegate": "XHY-SEC"}]}
    )  # fmt: skip

    delegate: Code | None = None
    reason: Annotated[Text, Field(max_length=500)] = ""

    def draft(self) -> AbsenceDraft:
        """Return it as the service takes it; without a start it begins now."""
        period = Period(self.start or datetime.now(UTC), self.end)
        return AbsenceDraft(period=period, delegate=self.delegate, reason=self.reason)


class AbsenceOut(BaseModel):
    """An absence."""

    id: int
    start: datetime | None
    end: datetime | None
    delegate_id: int | None
    reason: str

    @classmethod
    def of(cls, absence: Absence) -> Self:
        return cls(
            id=absence.id, start=absence.period.start, end=absence.period.end, delegate_id=absence.delegate_id,
            reason=absence.reason,
        )  # fmt: skip


class ContactIn(_In):
    """A way to reach a party: personal data."""

    means: Annotated[Text, Field(max_length=10, examples=["phone"])]
    value: Annotated[Text, Field(min_length=1, max_length=300, examples=["010-00000000"])]
    post: Name = ""
    note: Name = ""

    def draft(self) -> ContactDraft:
        return ContactDraft(means=self.means, value=self.value, post=self.post, note=self.note)


class ContactOut(BaseModel):
    """A way to reach a party; a post rather than a person."""

    id: int
    means: str
    value: str
    post: str
    note: str


class MemberOut(BaseModel):
    """An account that acts for a party, as others see it."""

    account_id: int
    shown: str
    since: datetime | None


class Made(BaseModel):
    """The id of what was made."""

    id: int


class ImportOut(BaseModel):
    """What became of the rows of a file; findings name the rows that were refused."""

    rows: int
    added: int
    changed: int
    unchanged: int
    refused: int
    findings: list[dict[str, Any]]


class AnswerOut(BaseModel):
    """Who answers, and why (派遣依据)."""

    model_config = ConfigDict(extra="allow")

    lead: dict[str, Any] | None
    deciding: str
    last_resort: bool
    model: str
    chain: list[dict[str, Any]] = Field(description="Who is asked next when nobody accepts in time.")
    trace: list[dict[str, Any]]


class LintOut(BaseModel):
    """Ground without an owner or with two, rules that never decide (pairs of cell and category)."""

    model_config = ConfigDict(extra="allow")

    unowned: Annotated[int, Field(examples=[0])]
    doubly_owned: int
    shadowed: int
    cells: int
    categories: int


def patch_collection(
    patches: Sequence[Patch], cells: Mapping[int, Sequence[str]], datum: str, metric: Metric
) -> dict[str, Any]:
    """Return patches as GeoJSON in a datum; sets of cells have no geometry but their codes."""
    return {
        "type": "FeatureCollection",
        "features": [
            {
                "type": "Feature",
                "id": patch.id,
                "geometry": None if patch.shape is None else as_geojson(patch.shape, datum, metric),
                "properties": {
                    "code": patch.code, "kind": patch.kind, "area_code": patch.area_code, "zh": patch.zh, "en": patch.en,
                    "start": None if patch.period.start is None else patch.period.start.isoformat(),
                    "end": None if patch.period.end is None else patch.period.end.isoformat(),
                    "cells": list(cells.get(patch.id, ())), "synthetic": patch.synthetic, "version": patch.version,
                },
            }
            for patch in patches
        ],
    }  # fmt: skip
