"""Reads incidents per cell and their places; `density` writes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.db.queries import beside

if TYPE_CHECKING:
    from datetime import datetime

    from numpy.typing import NDArray
    from sqlalchemy import Connection

SQL = beside(__file__)


@dataclass(frozen=True, slots=True)
class Cells:
    """An edition's cells without their polygons: position i is the cell with number i + 1.

    Attributes:
        areas_m2: Size of each cell.
        parent: Position of each cell's parent area in `parent_codes`.
        parent_codes: Codes of the parent areas, bytewise.
        parent_level: Level of the parent areas; the commonest where they differ, "" without cells.
    """

    areas_m2: NDArray[np.float64]
    parent: NDArray[np.int64]
    parent_codes: tuple[str, ...]
    parent_level: str

    @property
    def parent_areas_m2(self) -> NDArray[np.float64]:
        """Size of the cells of each parent, in the order of `parent_codes`."""
        sums = np.bincount(self.parent, self.areas_m2, minlength=len(self.parent_codes))
        return sums.astype(np.float64)


@dataclass(frozen=True, slots=True)
class Total:
    """All incidents of a period, with and without a cell."""

    incidents: int
    outside: int
    synthetic: bool


def cells(connection: Connection, edition_id: int) -> Cells:
    """Return an edition's cells in the order of their numbers."""
    rows = connection.execute(SQL["cells_of_edition"], {"edition": edition_id}).all()
    codes, parent = np.unique(np.array([row.parent_code for row in rows], dtype=str), return_inverse=True)
    levels = [row.parent_level for row in rows]
    return Cells(
        np.array([row.area_m2 for row in rows], dtype=np.float64),
        parent.astype(np.int64),
        tuple(codes.tolist()),
        max(set(levels), key=levels.count, default=""),
    )


def total(connection: Connection, start: datetime, end: datetime, category: str) -> Total:
    """Return how many incidents the period has, in any cell or none."""
    row = connection.execute(SQL["incidents_total"], {"start": start, "end": end, "category": category}).one()
    return Total(row.incidents, row.outside, row.synthetic)


def incident_points(
    connection: Connection, edition_id: int, start: datetime, end: datetime, category: str, *, margin_m: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return x and y, metric, of the period's incidents over the edition's ground and a margin around it."""
    rows = connection.execute(
        SQL["incident_points"],
        {"edition": edition_id, "start": start, "end": end, "category": category, "margin_m": margin_m},
    ).all()
    table = np.array([tuple(row) for row in rows], dtype=np.float64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def reported(connection: Connection) -> tuple[datetime, datetime] | None:
    """Return when the first and the last incident were reported; None without any."""
    row = connection.execute(SQL["last_report"]).one()
    return (row.first, row.last) if row.first else None
