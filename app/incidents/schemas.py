"""Wire shapes of incidents."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from app.incidents.reporting import Report
from app.web.findings import FindingOut
from app.web.texts import Text
from app.web.times import Moment

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.core.findings import Finding
    from app.incidents.service import Stored

EXAMPLE: dict[str, Any] = {
    "source": "hotline", "id": "20260105-0017", "lon": 116.4551, "lat": 39.9219, "datum": "wgs84",
    "reported_at": "2026-01-05T08:30:00+08:00", "category": "暴露垃圾", "accuracy_m": 8,
}  # fmt: skip
MOST_IN_A_BATCH = 10_000


class IncidentIn(BaseModel):
    """A report (上报): where, when and what; `lon`, `lat` in degrees, or `x`, `y` in the units of `datum`."""

    model_config = ConfigDict(
        extra="forbid",
        allow_inf_nan=False,
        json_schema_extra={"examples": [EXAMPLE]},
    )

    source: Annotated[Text, Field(min_length=1, max_length=200)] = "api"
    id: Annotated[Text, Field(min_length=1, max_length=200, description="The source's own id; stored once.")]
    lon: float | None = None
    lat: float | None = None
    x: float | None = None
    y: float | None = None
    datum: Annotated[Text, Field(max_length=200, description="wgs84, cgcs2000, gcj02, bd09 or epsg:N.")] = (
        "wgs84"
    )
    reported_at: Annotated[
        Moment,
        Field(description="With its offset, as in 2026-01-05T08:30:00+08:00."),
    ]
    category: Annotated[Text, Field(max_length=200)] = ""
    description: Annotated[Text, Field(max_length=10_000)] = ""
    accuracy_m: Annotated[
        float | None, Field(ge=0.001, le=4e7, description="Radius of the circle it lies in.")
    ] = None

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        degrees = self.lon is not None and self.lat is not None
        metres = self.x is not None and self.y is not None
        if (
            degrees == metres
            or (self.lon is None) != (self.lat is None)
            or (self.x is None) != (self.y is None)
        ):
            raise ValueError("give lon and lat, or x and y with their datum")
        return self

    def report(self) -> Report:
        """Return what was said, as the service takes it."""
        x, y = (self.lon, self.lat) if self.lon is not None else (self.x, self.y)
        return Report(
            source=self.source,
            source_id=self.id,
            x=float(x or 0),
            y=float(y or 0),
            datum=self.datum,
            reported_at=self.reported_at,
            category=self.category,
            description=self.description,
            accuracy_m=self.accuracy_m,
        )


class IncidentOut(BaseModel):
    """Where an incident is: `found` in a cell, snapped (with metres) or outside."""

    id: int
    source: str
    reported_at: datetime
    category: str
    found: Literal["in a cell", "snapped", "outside"]
    cell: Annotated[str | None, Field(description="Code of the cell; null outside.")]
    snapped_m: float | None
    synthetic: bool
    lon: Annotated[float | None, Field(description="WGS-84.")]
    lat: float | None
    accuracy_m: float | None = None
    candidates: Annotated[
        list[str],
        Field(description="Cells in reach of the accuracy circle, if it crosses into another area."),
    ] = []

    @classmethod
    def of(cls, stored: Stored) -> Self:
        return cls(
            id=stored.id, source=stored.source, reported_at=stored.reported_at, category=stored.category,
            found=stored.found,  # type: ignore[arg-type]  # the database checks it
            cell=stored.cell, snapped_m=stored.snapped_m, synthetic=stored.synthetic, lon=stored.lon, lat=stored.lat,
            accuracy_m=stored.accuracy_m, candidates=list(stored.candidates),
        )  # fmt: skip


class Reported(IncidentOut):
    """A stored report."""

    new: bool
    warnings: list[FindingOut]

    @classmethod
    def told(cls, stored: Stored, odd: Iterable[Finding], *, new: bool) -> Self:
        shown = IncidentOut.of(stored).model_dump()
        return cls(**shown, new=new, warnings=[FindingOut.of(finding) for finding in odd])


class Refused(BaseModel):
    """An item of a batch that was not stored."""

    index: int
    message: str
    remedy: str = ""


class BatchOut(BaseModel):
    """What became of a batch: `stored` in order of the good items, `refused` by index (from 0)."""

    items: int
    new: int
    known: int
    stored: list[Reported]
    refused: list[Refused]


def collection(found: Iterable[Stored]) -> dict[str, Any]:
    """Return incidents as a GeoJSON FeatureCollection, WGS-84, public fields only."""
    return {"type": "FeatureCollection", "features": [_feature(one) for one in found]}


def _feature(one: Stored) -> dict[str, Any]:
    point = None if one.lon is None else {"type": "Point", "coordinates": [one.lon, one.lat]}
    return {
        "type": "Feature",
        "id": one.id,
        "geometry": point,
        "properties": {
            "reported_at": one.reported_at.isoformat(),
            "category": one.category,
            "found": one.found,
            "cell": one.cell,
            "snapped_m": one.snapped_m,
            "source": one.source,
            "synthetic": one.synthetic,
        },
    }
