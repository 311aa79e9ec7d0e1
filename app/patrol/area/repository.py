"""Reads what a phone keeps of an area beside its coverage: names and open cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.db.queries import beside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

SQL = beside(__file__)


def names(connection: Connection, communities: Sequence[str]) -> list[Any]:
    """Return the places with names in some communities; see the query."""
    return list(connection.execute(SQL["names"], {"communities": list(communities)}))


def open_cases(connection: Connection, cell_ids: Sequence[int]) -> list[str]:
    """Return the numbers of open cases in some cells that the asker may see, oldest first."""
    return list(connection.execute(SQL["open_cases"], {"cell_ids": list(cell_ids)}).scalars())
