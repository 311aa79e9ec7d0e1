"""Reads visits and gaps by slots of time.

Each member's are the member's own; here they are read as the system, of members whom the asker sees, to be added up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import text

from app.auth.service import as_system
from app.db.queries import beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray
    from sqlalchemy import Connection, Row, TextClause

SQL = beside(__file__)
AWAY_M = 200.0
"""A presence is not believed while the member's own track shows them in a cell farther away than this."""


@cache
def _with_condition(name: str) -> TextClause:
    condition = SQL["credible"].text.split("\n", 2)[2]
    return text(SQL[name].text.replace("{credible}", condition))


def _of_members(connection: Connection, statement: TextClause, values: dict[str, Any]) -> Sequence[Row[Any]]:
    """Return rows of the members named in `values`: of those whom the asker has found among the team's."""
    with as_system(connection):
        return connection.execute(statement, values).all()


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
    """Return rows (n, 6) by slot: slot from 0, member id, cell index, seconds, inferred ones, those on streets beside."""
    rows = _of_members(connection, SQL["dwell"], window.slots)
    table: NDArray[np.float64] = np.array([tuple(row) for row in rows], np.float64).reshape(-1, 6)
    table[:, [0, 2]] -= 1
    return table[np.argsort(table[:, 0], kind="stable")]


def presences(connection: Connection, window: Window) -> NDArray[np.float64]:
    """Return what members left by working in the whole window, (n, 3): cell index, member id, seconds since its start."""
    rows = _of_members(connection, _with_condition("presences"), window.whole | {"away_m": AWAY_M})
    table: NDArray[np.float64] = np.array([tuple(row) for row in rows], np.float64).reshape(-1, 3)
    table[:, 0] -= 1
    return table


def beat_names(connection: Connection, window: Window) -> dict[int, str]:
    """Return the name of each member's beat in the whole window; the latest where there were several."""
    return {row.member_id: row.name for row in connection.execute(SQL["beat_names"], window.whole)}


def gaps(connection: Connection, window: Window, tau_s: float) -> list[tuple[int, int, list[int]]]:
    """Return slot from 0, member id and the ids of the cells within reach."""
    rows = _of_members(connection, SQL["gaps"], window.slots | {"tau_s": tau_s})
    return [(row.slot - 1, row.member_id, row.reachable) for row in rows]


def open_ends(connection: Connection, window: Window, tau_s: float, speed_max: float) -> list[Any]:
    """Return what shifts that go on leave open since their last fix, with slot from 1; see the query."""
    values = window.slots | {"tau_s": tau_s, "speed_max": speed_max}
    return list(_of_members(connection, SQL["open_ends"], values))


def duty(connection: Connection, window: Window) -> list[Any]:
    """Return the shifts in the window with how they were tracked; see the query."""
    return list(connection.execute(SQL["duty"], window.whole))


def visits(
    connection: Connection, window: Window, least_s: float, below_s: float = np.inf
) -> tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]]:
    """Return the cell index of each visit in the window, when it began and ended (seconds since the window's start).

    Only visits that lasted `least_s` and less than `below_s`, whatever of it lies in the window.
    """
    values = window.whole | {"least_s": least_s, "below_s": below_s}
    rows = _of_members(connection, SQL["visits"], values)
    table = np.array([tuple(row) for row in rows], np.float64).reshape(-1, 3)
    return (table[:, 0] - 1).astype(np.int32), table[:, 1], table[:, 2]


def last_visits(
    connection: Connection, window: Window, enough_s: float, cells: int, cell_ids: Sequence[int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return by cell when the last visit before the window began, and when the last one before its end ended.

    Presences count as visits. Seconds since the window's start, NaN where there was none; only of the cells named.
    """
    before, last = np.full(cells, np.nan), np.full(cells, np.nan)
    values = window.whole | {"enough_s": enough_s, "cell_ids": list(cell_ids), "away_m": AWAY_M}
    for statement in (SQL["last_visits"], _with_condition("last_presences")):
        rows = _of_members(connection, statement, values)
        table = np.array([tuple(row) for row in rows], np.float64).reshape(-1, 3)
        at = table[:, 0].astype(np.int64) - 1
        before[at], last[at] = np.fmax(before[at], table[:, 1]), np.fmax(last[at], table[:, 2])
    return before, last


def cells_under(connection: Connection, edition_id: int, code: str) -> NDArray[np.int64]:
    """Return the indices of an edition's cells in an area of any level, and in all areas under it."""
    rows: Sequence[int] = (
        connection.execute(SQL["cells_under"], {"edition_id": edition_id, "code": code}).scalars().all()
    )
    return np.array(rows, np.int64) - 1


def cell_evidence(  # noqa: PLR0917
    connection: Connection,
    member_ids: Sequence[int],
    cell_id: int,
    start: datetime,
    end: datetime,
    tau_s: float,
) -> tuple[list[Any], list[Any], list[Any]]:
    """Return visits, presences and gaps of one cell in a window, by time; see the queries."""
    values = {
        "member_ids": list(member_ids), "cell_id": cell_id, "start": start, "end": end,
        "tau_s": tau_s, "away_m": AWAY_M,
    }  # fmt: skip
    return (
        list(_of_members(connection, SQL["cell_visits"], values)),
        list(_of_members(connection, _with_condition("cell_presences"), values)),
        list(_of_members(connection, SQL["cell_gaps"], values)),
    )


def cases_seen(connection: Connection, numbers: Sequence[str]) -> frozenset[str]:
    """Return those of some cases that the asker may see."""
    return frozenset(connection.scalars(SQL["cases_seen"], {"numbers": list(numbers)}))


def own_fixes(connection: Connection, member_ids: Sequence[int], spans: Sequence[Any]) -> list[Any]:
    """Return members' own fixes in some spans (with start and end), as far as the asker may see them."""
    values = {
        "member_ids": list(member_ids),
        "starts": [span.start for span in spans],
        "ends": [span.end for span in spans],
    }
    return list(connection.execute(SQL["own_fixes"], values))
