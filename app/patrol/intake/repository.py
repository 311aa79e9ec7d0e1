"""Takes fixes into the database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from app.db.engine import driver
from app.db.migrate import deployment
from app.db.queries import beside
from app.incidents import encoding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.patrol.intake.arrivals import Fixes

SQL = beside(__file__)


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
