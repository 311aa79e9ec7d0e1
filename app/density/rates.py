"""Rates of incidents (问题密度): per square kilometre and day, one unit for cells, areas and the surface."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

SQUARE_METRES = 1e6


def per_km2_day(counts: NDArray[np.int64], areas_m2: NDArray[np.float64], days: float) -> NDArray[np.float64]:
    """Return counts per square kilometre and day."""
    rates: NDArray[np.float64] = counts * (SQUARE_METRES / days) / areas_m2
    return rates
