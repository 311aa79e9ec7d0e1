"""Reads and writes of incidents: the bulk load's statements, demand per cell."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

import app.areas
from app.core.errors import Conflict
from app.db.engine import driver
from app.db.queries import beside
from app.incidents import encoding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from numpy.typing import NDArray
    from sqlalchemy import Connection, Row, TextClause

    from app.incidents.encoding import Field

SQL = beside(__file__)
CELL_AT_POINT = beside(app.areas.__file__)["cell_at_point"]
COPY_BYTES = 1 << 20
UNIQUE_VIOLATION = "23505"
ARRIVALS = """COPY arrivals (row_number, source_id, reported_at, category, description, original_x, original_y,
  accuracy_m, found, cell_id, snapped_m, candidates, geom) FROM STDIN (FORMAT binary)"""


class LoadedMeanwhile(Conflict):
    """An incident of this file was reported by another way while it was being loaded; nothing was changed."""

    zh = "载入期间有相同编号的问题由其他途径上报，未作任何更改。"


def demand_per_cell(
    connection: Connection, edition_id: int, start: datetime, end: datetime, category: str | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return cell numbers and their incidents in [start, end), cells without any left out."""
    rows = connection.execute(
        SQL["demand_per_cell"],
        {"edition_id": edition_id, "start": start, "end_": end, "category": category},
    ).all()
    pairs = np.array([tuple(row) for row in rows], np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def cell_areas(connection: Connection, edition_id: int) -> NDArray[np.float64]:
    """Return the sizes of an edition's cells in square metres, index = number - 1."""
    rows = connection.execute(SQL["cells_of_edition"], {"edition_id": edition_id}).scalars()
    return np.array(list(rows), np.float64)


def cell_count(connection: Connection, edition_id: int) -> int:
    """Return how many cells an edition has."""
    return int(connection.execute(SQL["cell_count"], {"edition_id": edition_id}).scalar_one())


def editions_published(connection: Connection) -> Sequence[Row[Any]]:
    """Return id, starts, ends of the published editions, earliest first."""
    return connection.execute(SQL["editions_published"]).all()


def known_ground(connection: Connection, edition_id: int) -> bytes | None:
    """Return the edition's ground as WKB in the metric CRS."""
    wkb: bytes | None = connection.execute(SQL["known_ground"], {"edition_id": edition_id}).scalar_one()
    return wkb


def source_has_rows(connection: Connection, source: str) -> bool:
    """Lock a source against other loads of it, and return whether anything of it is stored."""
    return bool(connection.execute(SQL["source_has_rows"], {"source": source}).scalar_one())


def start_load(
    connection: Connection, source: str, file_name: str, file_hash: str, *, synthetic: bool
) -> int:
    """Note a load and make its temporary table; return its id."""
    connection.execute(SQL["drop_arrivals"])
    connection.execute(SQL["make_arrivals"])
    load_id = connection.execute(
        SQL["start_load"],
        {"source": source, "file_name": file_name, "file_hash": file_hash, "synthetic": synthetic},
    ).scalar_one()
    return int(load_id)


def copy_arrivals(connection: Connection, fields: Sequence[Field]) -> None:
    """Copy rows into the temporary table."""
    stream = encoding.rows(fields).data
    with driver(connection).cursor() as cursor, cursor.copy(ARRIVALS) as copy:
        copy.write(encoding.HEADER)
        for start in range(0, len(stream), COPY_BYTES):
            copy.write(stream[start : start + COPY_BYTES])
        copy.write(encoding.TRAILER)


def drop_repeated(connection: Connection) -> int:
    """Leave each arrived id once, the file's first; return how many rows went."""
    return connection.execute(SQL["drop_repeated_arrivals"]).rowcount


def drop_known(connection: Connection, source: str) -> int:
    """Leave out arrivals that are stored already; return how many."""
    return connection.execute(SQL["drop_known_arrivals"], {"source": source}).rowcount


def count_arrivals(connection: Connection) -> dict[int, int]:
    """Return how many arrivals there are by `found`."""
    return {row.found: row.rows for row in connection.execute(SQL["count_arrivals"])}


def store_arrivals(connection: Connection, load_id: int, source: str, datum: str, *, synthetic: bool) -> None:
    """Move all arrivals to the incidents, in one statement.

    Raises:
        LoadedMeanwhile: One of them was stored by somebody else since `drop_known`.
    """
    values = {"load_id": load_id, "source": source, "datum": datum, "synthetic": synthetic}
    try:
        connection.execute(SQL["store_arrivals"], values)
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", None) != UNIQUE_VIOLATION:
            raise
        raise LoadedMeanwhile(remedy="Load the file again; what is stored stays once.") from None


def finish_load(connection: Connection, load_id: int, counts: str) -> None:
    """Keep the load's counts, a JSON text."""
    connection.execute(SQL["finish_load"], {"load_id": load_id, "counts": counts})


def report(connection: Connection, values: dict[str, object]) -> tuple[int, bool] | None:
    """Find a report's cell and store it in one statement; see `sql/report.sql`.

    Returns:
        Its id, and whether it is new; None if no edition holds at its time.
    """
    for _ in range(2):  # a second look, for one that another transaction was just storing
        row = connection.execute(_report_statement(), values).one_or_none()
        if row is not None:
            return int(row.id), bool(row.new)
    return None


@cache
def _report_statement() -> TextClause:
    rule = CELL_AT_POINT.text.strip().removesuffix(";")
    return text(SQL["report"].text.replace("{cell_at_point}", rule))


def is_in_a_cell(connection: Connection, x: float, y: float, at: datetime) -> bool:
    """Return whether a point (metres) is in a cell, not snapped."""
    row = connection.execute(CELL_AT_POINT, {"x": x, "y": y, "at": at}).one_or_none()
    return row is not None and row.found == "in a cell"


def hide(connection: Connection, incident_id: int, *, hidden: bool) -> None:
    """Set whether an incident is confidential."""
    connection.execute(SQL["hide"], {"id": incident_id, "hidden": hidden})


def incident(connection: Connection, incident_id: int) -> Row[Any] | None:
    """Return one incident, None if there is none; see `sql/incident.sql`."""
    return connection.execute(SQL["incident"], {"id": incident_id}).one_or_none()


def cells_named(connection: Connection, code: str) -> list[int]:
    """Return the ids of the cells with a code, in whatever edition."""
    return list(connection.execute(SQL["cells_named"], {"code": code}).scalars())


def incidents_in_cells(connection: Connection, cells: Sequence[int], **values: object) -> Sequence[Row[Any]]:
    """Return incidents of some cells, newest first; see `sql/incidents_in_cells.sql`."""
    return connection.execute(SQL["incidents_in_cells"], {"cells": list(cells), **values}).all()


def incidents_newest(connection: Connection, **values: object) -> Sequence[Row[Any]]:
    """Return the newest incidents, wherever; see `sql/incidents_newest.sql`."""
    return connection.execute(SQL["incidents_newest"], values).all()
