"""Engines, and one transaction per unit of work."""

from __future__ import annotations

import select
import time
from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, InvalidatePoolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import URL

    from app.db.queries import Numbered


POOL_SIZE = 16
"""Connections that a process keeps open, once it has needed them: a new one costs more than what most requests ask."""
TRUSTED_S = 5.0
"""A connection that was used so short a time ago is taken for alive while nothing has come on it unasked: a server that
ends says goodbye. Asking each time would take a twentieth of a short request.
"""


def make_engine(url: str, *, pool_size: int = POOL_SIZE) -> Engine:
    """Return an engine for a `postgresql://` address, always through psycopg 3."""
    address = make_url(url).set(drivername="postgresql+psycopg")
    engine = create_engine(
        address,
        pool_size=pool_size,
        max_overflow=3,
        pool_timeout=10,
        hide_parameters=True,  # an error that is logged must not tell what people wrote
        # jit off: compiling takes a second where the query takes a millisecond, on servers that we don't tune too
        connect_args={"connect_timeout": 10, "options": "-c jit=off"},
    )
    event.listen(engine, "checkin", _seen)
    event.listen(engine, "checkout", _alive)
    return engine


def _seen(_connection: object, record: Any) -> None:
    record.info["seen"] = time.monotonic()


def _alive(connection: psycopg.Connection[Any], record: Any, _proxy: object) -> None:
    """Ask a connection that has rested whether it is still there; the pool opens others where it is not."""
    seen = record.info.get("seen")
    if seen is None:  # just opened
        return
    try:
        if time.monotonic() - seen < TRUSTED_S and not _something_came(connection):
            return
        connection.autocommit = True
        connection.execute("SELECT 1")
        connection.autocommit = False
    except psycopg.Error as error:
        raise InvalidatePoolError from error


def _something_came(connection: psycopg.Connection[Any]) -> bool:
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


@contextmanager
def transaction(engine: Engine, principal: str = "") -> Iterator[Connection]:
    """Open one transaction and tell the database who is asking, for this transaction only.

    Services never commit: leaving the block does, and an error rolls everything back.
    """
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('gridward.principal', :p, true)"), {"p": principal})
        yield connection


def driver(connection: Connection) -> psycopg.Connection[tuple[object, ...]]:
    """Return the psycopg connection beneath, in the same transaction, for COPY."""
    raw = connection.connection.driver_connection
    if raw is None:
        raise RuntimeError("The connection is closed.")
    return raw  # type: ignore[no-any-return]  # SQLAlchemy types it as Any


def first(connection: Connection, statement: Numbered, values: Mapping[str, object]) -> Any:
    """Return the first row of a hot statement as a tuple, None without one; straight by psycopg.

    SQLAlchemy's own way costs as much as the statement. What goes wrong is raised as there.
    """
    try:
        cursor = psycopg.RawCursor(driver(connection))
        return cursor.execute(statement.sql, [values[name] for name in statement.names]).fetchone()
    except psycopg.Error as error:
        raise DBAPIError.instance(
            statement.sql, None, error, psycopg.Error, hide_parameters=True, dialect=connection.dialect
        ) from error


def database_of(connection: Connection) -> str:
    """Return which database this is, whoever asks: what a process keeps in memory is kept by it."""
    return _nameless(connection.engine.url)


@lru_cache(64)
def _nameless(address: URL) -> str:
    return str(address.set(username=None, password=None))
