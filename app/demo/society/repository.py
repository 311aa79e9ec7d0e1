"""Runs a statement of `parties` for many rows at once: one round trip for all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.parties.repository import SQL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


def write_many(connection: Connection, name: str, rows: Sequence[dict[str, Any]]) -> None:
    """Run one of the writing statements of `parties` for each row; what it would tell is not read."""
    if rows:
        connection.execute(SQL[name], rows)
