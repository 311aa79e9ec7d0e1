"""Reads and writes fixes, visits and gaps."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from app.db.engine import driver
from app.db.migrate import deployment
from app.db.queries import beside
from app.incidents import encoding
from app.patrol.tracks import BROKEN, INFERRED

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.patrol.arrivals import Fixes
    from app.patrol.reduction import Reduced
    from app.patrol.rules import Rules

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


def metric_srid(connection: Connection) -> int:
    """Return the EPSG code that geometries are stored in."""
    return deployment(connection)[0]


def copy_fixes(
    connection: Connection,
    fixes: Fixes,
    member_ids: NDArray[np.int32],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
) -> None:
    """Copy fixes into the temporary table of arrivals; x and y are metres."""
    connection.execute(SQL["make_arrivals"])
    stream = encoding.rows(
        [
            encoding.int4(fixes.row),
            encoding.int4(member_ids),
            encoding.text(pa.array(fixes.device.tolist(), pa.large_string())),
            encoding.timestamptz(fixes.at),
            encoding.float8(fixes.original_x),
            encoding.float8(fixes.original_y),
            encoding.float4(fixes.accuracy),
            encoding.point(x, y, metric_srid(connection)),
        ]
    )
    with (
        driver(connection).cursor() as cursor,
        cursor.copy("COPY fix_arrivals FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.write(encoding.HEADER)
        copy.write(stream.tobytes())
        copy.write(encoding.TRAILER)


def store_arrivals(connection: Connection, datum: str) -> tuple[int, int]:
    """Store the copied fixes that lie in a shift; return how many do, and how many of them are new."""
    connection.execute(SQL["months"])
    row = connection.execute(SQL["store_arrivals"], {"datum": datum}).one()
    return int(row.on_duty), int(row.stored)


def off_shift(connection: Connection) -> list[Any]:
    """Return, by member, how many of the copied fixes lie outside shifts."""
    return list(connection.execute(SQL["off_shift"]))


def touched_shifts(connection: Connection) -> list[Any]:
    """Return the shifts that copied fixes lie in."""
    return list(connection.execute(SQL["touched_shifts"]))


def shift_fixes(connection: Connection, shift: Any) -> NDArray[np.float64]:
    """Return a shift's fixes, (n, 4): seconds since its start, x, y, accuracy (NaN where there is none)."""
    values = {
        "shift_id": shift.id,
        "member_id": shift.member_id,
        "start": shift.start,
        "end": shift.end,
    }
    rows = connection.execute(SQL["shift_fixes"], values).all()
    table = np.array([tuple(row) for row in rows], np.float64)
    return table.reshape(-1, 4)


def replace_reduction(
    connection: Connection,
    shift: Any,
    reduced: Reduced,
    *,
    edition_id: int,
    cell_ids: NDArray[np.int64],
    rules: Rules,
) -> None:
    """Store what a shift was reduced to, in place of what was there."""
    of_shift = {"shift_id": shift.id, "member_id": shift.member_id, "start": shift.start}
    connection.execute(SQL["clear_shift"], {"shift_id": shift.id})
    connection.execute(SQL["put_visits"], of_shift | _spans(reduced, cell_ids))
    if reduced.gaps:
        connection.execute(
            SQL["put_gap"],
            [
                of_shift | {"begin": gap.start, "end": gap.end, "cells": cell_ids[gap.cells].tolist()}
                for gap in reduced.gaps
            ],
        )
    track = reduced.track
    joined = track.joined != BROKEN
    connection.execute(
        SQL["put_reduction"],
        {
            "shift_id": shift.id,
            "edition_id": edition_id,
            "start": shift.start,
            "rules": json.dumps(rules.to_dict()),
            "dropped": json.dumps(reduced.cleaned.counts()),
            "fixes": len(reduced.cleaned.kept) + sum(reduced.cleaned.counts().values()),
            "without_accuracy": reduced.cleaned.without_accuracy,
            "begins": track.t[:-1][joined].tolist(),
            "ends": track.t[1:][joined].tolist(),
            "inferred": (track.joined[joined] == INFERRED).tolist(),
        },
    )


def _spans(reduced: Reduced, cell_ids: NDArray[np.int64]) -> dict[str, list[Any]]:
    presence = reduced.presence
    return {
        "visits": reduced.visit.tolist(),
        "cells": cell_ids[presence.cell].tolist(),
        "begins": presence.enter.tolist(),
        "ends": presence.leave.tolist(),
        "inferred": presence.inferred.tolist(),
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
