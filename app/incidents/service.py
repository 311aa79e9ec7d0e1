"""What other packages ask of incidents: demand per cell and its rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.incidents import repository
from app.incidents.demand import Demand, by_cell, rates

if TYPE_CHECKING:
    from datetime import datetime

    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import Connection


def counts_per_cell(
    connection: Connection, edition_id: int, start: datetime, end: datetime, category: str | None = None
) -> NDArray[np.int64]:
    """Return how many incidents were reported in each cell of an edition in [start, end).

    Args:
        connection: Any role.
        edition_id: A published edition; incidents count in the edition that held at their own time.
        start: With a zone, included.
        end: With a zone, not included.
        category: One category, None for all.

    Returns:
        int64, shape (cells,), index = cell number - 1, zeros included.
    """
    cells = len(repository.cell_areas(connection, edition_id))
    return by_cell(*repository.demand_per_cell(connection, edition_id, start, end, category), cells)


def demand(
    connection: Connection, edition_id: int, start: datetime, end: datetime, category: str | None = None
) -> Demand:
    """Return `counts_per_cell` with its rates per day and per hectare and day."""
    areas_m2 = repository.cell_areas(connection, edition_id)
    numbers, counts = repository.demand_per_cell(connection, edition_id, start, end, category)
    return rates(by_cell(numbers, counts, len(areas_m2)), areas_m2, start, end)
