"""Wire shapes of densities."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field


class ScaleOut(BaseModel):
    """Classes of a number: class i holds breaks[i] <= value < breaks[i + 1]."""

    breaks: list[float]
    colours: list[str]
    unit: str = Field(description="'count', or 'per_km2_day': incidents per square kilometre and day")


class PeriodOut(BaseModel):
    """From when to when."""

    start: datetime
    end: datetime = Field(description="Not included")
    days: float


class CellNumbers(BaseModel):
    """Cells with incidents only; every list has one entry a cell."""

    numbers: list[int] = Field(description="Cell numbers, as in the vector tiles")
    counts: list[int]
    rates: list[float]


class AreaNumbers(BaseModel):
    """The areas right above the cells; every list has one entry an area."""

    level: str
    codes: list[str]
    counts: list[int]
    rates: list[float]


class DensityOut(BaseModel):
    """How many incidents a period has, and what the classes of colour mean."""

    edition: str = Field(description="Key of the boundaries' edition, as in tile addresses")
    period: PeriodOut
    total: int = Field(description="All incidents of the period")
    outside: int = Field(description="Those in no cell")
    synthetic: bool = Field(description="Some or all of them are synthetic")
    cells: CellNumbers
    areas: AreaNumbers
    scales: dict[str, ScaleOut] = Field(description="For 'count', 'rate', 'area_count', 'area_rate'")


class SurfaceOut(BaseModel):
    """Where surface.png lies and how to read it; bounds are null where the period has no incident."""

    period: PeriodOut
    bandwidth_m: float = Field(description="Standard deviation of the Gaussian kernel along each axis")
    bounds: list[list[float]] | None = Field(description="[[south, west], [north, east]], WGS-84 degrees")
    width: int
    height: int
    peak: float = Field(description="Highest density, incidents per square kilometre and day")
    scale: ScaleOut
    edges: str = "Not corrected: within one bandwidth of the district's border values are low."
