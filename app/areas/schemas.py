"""Wire shapes of `/api/areas`."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field


class EditionOut(BaseModel):
    """A dated set of boundaries 网格版本."""

    name: str = Field(examples=["2026"])
    starts: datetime | None = Field(description="None: it always held until `ends`.")
    ends: datetime | None = Field(description="Not included; None: it still holds.")
    published_at: datetime | None
    synthetic: bool = Field(description="Not legal boundaries 示意分区，非法定界线.")
    source: str
    licence: str


class AreaOut(BaseModel):
    """An area of some level, without its border."""

    level: Literal["district", "street", "community", "zone", "neighbour"]
    code: str = Field(examples=["110105040009"])
    name: str
    synthetic: bool


class AreaCard(AreaOut):
    """An area with those above it."""

    edition: str
    parents: list[AreaOut] = Field(description="From the lowest level up.")


class CellCard(BaseModel):
    """A unit-grid cell 单元网格."""

    level: Literal["cell"] = "cell"
    code: str
    number: int = Field(description="1..n in bytewise order of code in its edition.")
    name: str
    area_m2: float
    square_row: int | None = Field(
        description="Of its lattice square, counted from the CRS origin; None if drawn."
    )
    square_column: int | None
    square_size: int | None = Field(description="Metres.")
    edition: str
    synthetic: bool
    parents: list[AreaOut] = Field(description="From the lowest level up.")


class Located(BaseModel):
    """Where a place belongs."""

    edition: str
    synthetic: bool
    lon: float = Field(description="WGS-84 degrees.")
    lat: float
    found: Literal["in a cell", "snapped", "outside"] = Field(description="已归格 / 就近归格 / 网格外")
    snapped_m: float | None
    cell: CellCard | None
    areas: list[AreaOut] = Field(description="From the lowest level up.")
