"""Takes fixes into the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from app.db.engine import driver
from app.db.migrate import deployment
from app.db.queries import beside
from app.incidents import encoding

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.patrol.intake.arrivals import Fixes

SQL = beside(__file__)
COPY = (
    "COPY fix_arrivals (row_number, member_id, device, at, original_x, original_y, accuracy_m, mock, geom)"
    " FROM STDIN (FORMAT BINARY)"
)


def metric_srid(connection: Connection) -> int:
    """Return the EPSG code that geometries are stored in."""
    return deployment(connection)[0]


def copy_fixes(  # noqa: PLR0917
    connection: Connection,
    fixes: Fixes,
    member_ids: NDArray[np.int32],
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    mock: NDArray[np.bool_] | None = None,
) -> None:
    """Copy fixes into the temporary table of arrivals; x and y are metres, mock says which are made up."""
    made_up = np.zeros(len(fixes), np.int32) if mock is None else mock.astype(np.int32)
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
            encoding.int4(made_up),
            encoding.point(x, y, metric_srid(connection)),
        ]
    )
    with (
        driver(connection).cursor() as cursor,
        cursor.copy(COPY) as copy,
    ):
        copy.write(encoding.HEADER)
        copy.write(stream.tobytes())
        copy.write(encoding.TRAILER)


def judge_arrivals(connection: Connection) -> None:
    """Find out which of the copied fixes are not to be stored, and why."""
    connection.execute(SQL["windows"])
    connection.execute(SQL["judge_arrivals"])


def store_arrivals(connection: Connection, datum: str, source: str) -> tuple[int, int]:
    """Store the copied fixes that are to be stored; return how many are, and how many of them are new."""
    connection.execute(SQL["months"])
    row = connection.execute(SQL["store_arrivals"], {"datum": datum, "source": source}).one()
    return int(row.on_duty), int(row.stored)


def off_shift(connection: Connection) -> list[Any]:
    """Return, by member and reason, how many of the copied fixes are not stored."""
    return list(connection.execute(SQL["off_shift"]))


def refused_arrivals(connection: Connection) -> list[Any]:
    """Return the copied fixes that are not stored, one by one: row_number, why."""
    return list(connection.execute(SQL["refused_arrivals"]))


def touched_shifts(connection: Connection) -> list[Any]:
    """Return the shifts that copied fixes lie in."""
    return list(connection.execute(SQL["touched_shifts"]))
