"""Engines, and one transaction per unit of work."""

from __future__ import annotations

from contextlib import contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import URL

    from app.db.queries import Numbered


POOL_SIZE = 16
"""Connections that a process keeps open, once it has needed them: a new one costs more than what most requests ask."""


def make_engine(url: str, *, pool_size: int = POOL_SIZE) -> Engine:
    """Return an engine for a `postgresql://` address, always through psycopg 3."""
    address = make_url(url).set(drivername="postgresql+psycopg")
    return create_engine(
        address,
        pool_size=pool_size,
        max_overflow=3,
        pool_use_lifo=True,  # the few that a quiet hour needs keep their plans and caches warm
        pool_timeout=10,
        hide_parameters=True,  # an error that is logged must not tell what people wrote
        pool_pre_ping=True,
        # jit off: compiling takes a second where the query takes a millisecond, on servers that we don't tune too
        connect_args={"connect_timeout": 10, "options": "-c jit=off"},
    )


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
