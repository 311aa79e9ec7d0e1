"""Reads for the plain pages that no package below offers; row-level security decides what is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.db.queries import beside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection, Row

SQL = beside(__file__)


def ground(connection: Connection, codes: Sequence[str], parties: Sequence[int]) -> Row[Any]:
    """Return the names of areas and parties, and whether the ground or one of the parties is invented."""
    return connection.execute(SQL["ground"], {"codes": list(codes), "parties": list(parties)}).one()


def areas(connection: Connection, level: str) -> Sequence[Row[Any]]:
    """Return code, name and parent_code of today's areas of a level, by code."""
    return connection.execute(SQL["areas_of_level"], {"level": level}).all()
