"""Wire shapes of the gazetteer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.gazetteer.reading import PlaceDraft
from app.web.texts import Text

if TYPE_CHECKING:
    from app.gazetteer.matching import Match
    from app.gazetteer.service import Loaded

Name = Annotated[Text, Field(min_length=1, max_length=100)]


class CandidateOut(BaseModel):
    """A place that may be meant."""

    place_id: int
    label: str = Field(examples=["芍药居北里3号楼"])
    kind: str
    community: str | None
    score: float = Field(description="0 to 100.")
    zh: str
    en: str


class MatchOut(BaseModel):
    """What an address means: the first candidate where it is `matched`."""

    status: Literal["matched", "several", "none"]
    candidates: list[CandidateOut]
    zh: str
    en: str
    accuracy_m: float | None

    @classmethod
    def of(cls, match: Match) -> Self:
        told = [CandidateOut(**one.to_dict()) for one in match.candidates]
        return cls(
            status=match.status, candidates=told, zh=match.zh, en=match.en, accuracy_m=match.accuracy_m
        )


class PlaceIn(BaseModel):
    """A place; lon and lat in `datum`."""

    model_config = ConfigDict(
        extra="forbid", allow_inf_nan=False,
        json_schema_extra={"examples": [{"kind": "compound", "code": "c-17", "name": "芍药居北里", "aliases": ["芍药居小区"],
                                         "lon": 116.43, "lat": 39.98, "datum": "gcj02"}]},
    )  # fmt: skip

    kind: Literal["compound", "building", "unit", "shop", "road", "landmark", "community"]
    name: Name
    lon: float
    lat: float
    datum: Annotated[Text, Field(max_length=30)] = "wgs84"
    code: Annotated[Text, Field(max_length=100)] = ""
    parent: Annotated[Text, Field(max_length=100, description="Code of the place it stands in.")] = ""
    aliases: Annotated[list[Name], Field(max_length=20)] = []
    address: Annotated[Text, Field(max_length=300)] = ""

    def draft(self) -> PlaceDraft:
        """Return it as the service takes it."""
        return PlaceDraft(
            kind=self.kind, name=self.name, x=self.lon, y=self.lat, code=self.code, parent=self.parent,
            aliases=tuple(self.aliases), address=self.address,
        )  # fmt: skip


class PlaceMade(BaseModel):
    """The place that was stored."""

    id: int = Field(examples=[17])


class LoadedOut(BaseModel):
    """What a load came to."""

    rows: int
    changed: int
    findings: list[dict[str, Any]] = Field(description="`where`, `message`, `remedy` of what was left out.")

    @classmethod
    def of(cls, loaded: Loaded) -> Self:
        return cls(**loaded.to_dict())
