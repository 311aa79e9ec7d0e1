"""Reads and writes of orders, imports and remembered columns; each statement is a file in `sql`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.db.queries import beside

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from sqlalchemy import Connection

SQL = beside(__file__)


def savepoint(connection: Connection) -> AbstractContextManager[Any]:
    """Open a savepoint: what fails within leaves the rest as it is."""
    return connection.begin_nested()


def rows(connection: Connection, query: str, /, **values: object) -> list[dict[str, Any]]:
    """Return what a statement finds; see `sql/<query>.sql`."""
    return [dict(row) for row in connection.execute(SQL[query], values).mappings()]


def run(connection: Connection, query: str, /, **values: object) -> None:
    """Run a statement that tells nothing."""
    connection.execute(SQL[query], values)
