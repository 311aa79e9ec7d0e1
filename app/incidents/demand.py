"""Demand per cell: how many incidents were reported in each cell in a period, and the rates (需求密度)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray

SQUARE_METRES_PER_HECTARE = 10_000.0
SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Demand:
    """Incidents by cell of one edition, index = cell number - 1, cells without any included.

    Attributes:
        counts: Incidents, int64, shape (cells,).
        per_day: Incidents a day.
        per_hectare_day: Incidents a day on one hectare of the cell.
    """

    counts: NDArray[np.int64]
    per_day: NDArray[np.float64]
    per_hectare_day: NDArray[np.float64]


def rates(counts: NDArray[np.int64], areas_m2: NDArray[np.float64], start: datetime, end: datetime) -> Demand:
    """Return counts with their rates over the half-open period [start, end).

    Raises:
        ValueError: The period is empty.
    """
    days = (end - start).total_seconds() / SECONDS_PER_DAY
    if days <= 0:
        raise ValueError(f"the period [{start}, {end}) is empty")
    per_day = counts / days
    return Demand(counts, per_day, per_day / (areas_m2 / SQUARE_METRES_PER_HECTARE))


def by_cell(numbers: NDArray[np.int64], counts: NDArray[np.int64], cells: int) -> NDArray[np.int64]:
    """Return counts by cell index, shape (cells,), from the cells' numbers that have any."""
    out = np.zeros(cells, np.int64)
    out[numbers - 1] = counts
    return out
