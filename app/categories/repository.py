"""Reads and writes of categories, limits, classes of areas and days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.db.queries import beside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

SQL = beside(__file__)


def version(connection: Connection) -> tuple[str, int]:
    """Return the database's name and identity in its server, and the rulebook's version: what a cache goes by."""
    row = connection.execute(SQL["version"]).one()
    return str(row.database), int(row.version)


def read(connection: Connection, name: str) -> Sequence[Row[Any]]:
    """Return all rows of `categories`, `limits`, `area_classes` or `days`."""
    return connection.execute(SQL[name]).all()


def put(connection: Connection, name: str, rows: Sequence[dict[str, Any]]) -> int:
    """Store rows by `put_scheme`, `put_category`, `put_limit`, `put_area_class` or `put_day`; return how many changed."""
    return sum(connection.execute(SQL[name], row).rowcount for row in rows)


def remove(connection: Connection, name: str, asked: dict[str, Any]) -> int:
    """Remove by `drop_limit` or `drop_day`; return how many."""
    return connection.execute(SQL[name], asked).rowcount
