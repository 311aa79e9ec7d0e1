"""Reads visits and gaps by slots of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.db.queries import beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray
    from sqlalchemy import Connection

SQL = beside(__file__)


@dataclass(frozen=True, slots=True)
class Window:
    """Slots of time over some members, on one edition."""

    member_ids: list[int]
    edition_id: int
    starts: list[datetime]
    ends: list[datetime]

    @property
    def slots(self) -> dict[str, Any]:
        """Values for queries by slot."""
        return {
            "member_ids": self.member_ids,
            "edition_id": self.edition_id,
            "starts": self.starts,
            "ends": self.ends,
        }

    @property
    def whole(self) -> dict[str, Any]:
        """Values for queries over the first slot, which is the whole window."""
        return {
            "member_ids": self.member_ids,
            "edition_id": self.edition_id,
            "start": self.starts[0],
            "end": self.ends[0],
        }


def dwell(connection: Connection, window: Window) -> NDArray[np.float64]:
    """Return rows (n, 5): slot from 0, member id, cell index, seconds, seconds of them inferred."""
    rows = connection.execute(SQL["dwell"], window.slots).all()
    table: NDArray[np.float64] = np.array([tuple(row) for row in rows], np.float64).reshape(-1, 5)
    table[:, [0, 2]] -= 1
    return table


def gaps(connection: Connection, window: Window, tau_s: float) -> list[tuple[int, int, list[int]]]:
    """Return slot from 0, member id and the ids of the cells within reach."""
    rows = connection.execute(SQL["gaps"], window.slots | {"tau_s": tau_s})
    return [(row.slot - 1, row.member_id, row.reachable) for row in rows]


def duty(connection: Connection, window: Window) -> list[Any]:
    """Return the shifts in the window with how they were tracked; see the query."""
    return list(connection.execute(SQL["duty"], window.whole))


def visits(
    connection: Connection, window: Window, tau_s: float
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return the cell index of each visit in the window, and when it began (seconds since the window's start)."""
    rows = connection.execute(SQL["visits"], window.whole | {"tau_s": tau_s}).all()
    table = np.array([tuple(row) for row in rows], np.float64).reshape(-1, 2)
    return (table[:, 0] - 1).astype(np.int32), table[:, 1]


def last_visits(
    connection: Connection, window: Window, tau_s: float, cells: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return by cell when the last visit before the window began, and when the last one before its end ended.

    Seconds since the window's start, NaN where there was none.
    """
    before, last = np.full(cells, np.nan), np.full(cells, np.nan)
    rows = connection.execute(SQL["last_visits"], window.whole | {"tau_s": tau_s}).all()
    table = np.array([tuple(row) for row in rows], np.float64).reshape(-1, 3)
    at = table[:, 0].astype(np.int64) - 1
    before[at], last[at] = table[:, 1], table[:, 2]
    return before, last


def cells_under(connection: Connection, edition_id: int, code: str) -> NDArray[np.int64]:
    """Return the indices of an edition's cells in an area of any level, and in all areas under it."""
    rows: Sequence[int] = (
        connection.execute(SQL["cells_under"], {"edition_id": edition_id, "code": code}).scalars().all()
    )
    return np.array(rows, np.int64) - 1
