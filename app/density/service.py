"""What incidents add up to on the ground: counts, rates and a surface, for a period and a category."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from app.areas import service as areas
from app.core.keeping import Kept
from app.db.engine import database_of
from app.db.migrate import deployment
from app.density import kernel, palette, period, raster, rates, repository
from app.geo.crs import Metric
from app.incidents import service as incidents

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.areas.editions import Edition
    from app.density.palette import Scale
    from app.density.period import Period
    from app.density.repository import Cells, Total

RATE_UNIT = "per_km2_day"
COUNT_UNIT = "count"


@dataclass(frozen=True, slots=True)
class Density:
    """Incidents of a period on one edition's cells and on the areas above them.

    Attributes:
        numbers: Numbers of the cells with incidents, rising.
        counts, rates: For these cells; rates per km2 and day.
        area_counts, area_rates: For every parent area, in the order of `cells.parent_codes`.
        scales: Classes for "count", "rate", "area_count", "area_rate".
    """

    edition: Edition
    period: Period
    cells: Cells
    total: Total
    numbers: NDArray[np.int64]
    counts: NDArray[np.int64]
    rates: NDArray[np.float64]
    area_counts: NDArray[np.int64]
    area_rates: NDArray[np.float64]
    scales: dict[str, Scale]


@dataclass(frozen=True, slots=True)
class Smooth:
    """A kernel surface with what is needed to draw it; `surface` is None where the period has no incident."""

    period: Period
    bandwidth_m: float
    surface: kernel.Surface | None
    metric: Metric
    scale: Scale

    @property
    def peak(self) -> float:
        """Highest density, incidents per km2 and day."""
        return float(self.surface.values.max()) / self.period.days if self.surface else 0.0

    @property
    def overlay(self) -> raster.Overlay | None:
        """Where the image lies."""
        return raster.overlay(self.surface, self.metric) if self.surface else None

    def png(self) -> bytes | None:
        """Draw it."""
        return raster.png(self.surface, self.metric, self.scale, self.period.days) if self.surface else None


def period_asked(connection: Connection, start: str | None, end: str | None, timezone: str) -> Period:
    """Return the period between two dates or moments; by default the last day that has an incident.

    Raises:
        BadPeriod: One can't be read, or they are in the wrong order.
    """
    zone = ZoneInfo(timezone)
    if start or end:
        return period.parse(start or end or "", end or start or "", zone)
    span = repository.reported(connection)
    return period.whole_day(span[1] if span else datetime.now(UTC), zone)


def reported(connection: Connection) -> tuple[datetime, datetime] | None:
    """Return when the first and the last incident were reported; None without any."""
    return repository.reported(connection)


def edition_for(connection: Connection, asked: Period) -> Edition:
    """Return the edition that holds at the end of a period.

    Raises:
        NoEdition: None does.
    """
    return areas.edition_at(connection, asked.end)


def key_of(edition: Edition) -> str:
    """Return what names a published edition in addresses: unlike its id, never given to another after a reset."""
    published = int(edition.published_at.timestamp()) if edition.published_at else 0
    return f"{edition.id}-{published:x}"


def density(connection: Connection, edition: Edition, asked: Period, category: str = "") -> Density:
    """Return counts and rates of a period's incidents per cell and per parent area."""
    ground = cells(connection, edition)
    every = incidents.counts_per_cell(connection, edition.id, asked.start, asked.end, category or None)
    numbers = np.flatnonzero(every) + 1
    counts = every[numbers - 1]
    rate = rates.per_km2_day(counts, ground.areas_m2[numbers - 1], asked.days)
    area_counts = np.bincount(ground.parent[numbers - 1], counts, minlength=len(ground.parent_codes)).astype(
        np.int64
    )
    area_rates = rates.per_km2_day(area_counts, ground.parent_areas_m2, asked.days)
    return Density(
        edition,
        asked,
        ground,
        repository.total(connection, asked.start, asked.end, category),
        numbers,
        counts,
        rate,
        area_counts,
        area_rates,
        {
            "count": palette.scale(counts.astype(np.float64), COUNT_UNIT, whole=True),
            "rate": palette.scale(rate, RATE_UNIT),
            "area_count": palette.scale(area_counts.astype(np.float64), COUNT_UNIT, whole=True),
            "area_rate": palette.scale(area_rates, RATE_UNIT),
        },
    )


def smooth(
    connection: Connection, edition: Edition, asked: Period, bandwidth_m: float, category: str = ""
) -> Smooth:
    """Return the kernel surface of a period's incidents, in and just around the edition's ground."""
    x, y = repository.incident_points(
        connection, edition.id, asked.start, asked.end, category, margin_m=kernel.REACH * bandwidth_m
    )
    metric = Metric(deployment(connection)[0])
    surface = kernel.surface(x, y, bandwidth_m)
    peak = float(surface.values.max()) / asked.days if surface else 0.0
    return Smooth(asked, bandwidth_m, surface, metric, palette.surface_scale(peak, RATE_UNIT))


KEPT_EDITIONS = 4
_cells: Kept[tuple[str, str], Cells] = Kept(KEPT_EDITIONS)


def cells(connection: Connection, edition: Edition) -> Cells:
    """Return an edition's cells, kept in the process: a published edition never changes."""
    key = (database_of(connection), key_of(edition))
    return _cells.get(key) or _cells.put(key, repository.cells(connection, edition.id))
