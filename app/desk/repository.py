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


def area_names(connection: Connection, codes: Sequence[str]) -> dict[str, str]:
    """Return the names of today's areas by code; of a community of no edition of today, its last name."""
    return dict(connection.execute(SQL["area_names"], {"codes": list(codes)}).tuples().all())


def party_names(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return today's Chinese names of parties by id."""
    return dict(connection.execute(SQL["party_names"], {"ids": list(ids)}).tuples().all())


def party_id(connection: Connection, code: str) -> int | None:
    """Return the id of a party by its code."""
    return connection.execute(SQL["party_id"], {"code": code}).scalar()
