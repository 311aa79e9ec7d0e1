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
    return {row.code: row.name for row in connection.execute(SQL["area_names"], {"codes": list(codes)})}


def party_names(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return today's Chinese names of parties by id."""
    return {row.party_id: row.zh for row in connection.execute(SQL["party_names"], {"ids": list(ids)})}


def party_id(connection: Connection, code: str) -> int | None:
    """Return the id of a party by its code."""
    return connection.execute(SQL["party_id"], {"code": code}).scalar()


def clocks(connection: Connection, ids: Sequence[int]) -> Sequence[Row[Any]]:
    """Return id, clock and answer's lead (zh, id) of cases."""
    return connection.execute(SQL["clocks"], {"ids": list(ids)}).all()


def parties_of_ground(connection: Connection, codes: Sequence[str]) -> Sequence[Row[Any]]:
    """Return id, code, kind and Chinese name of the parties at home in some areas."""
    return connection.execute(SQL["parties_of_ground"], {"codes": list(codes)}).all()


def case_number(connection: Connection, case_id: int) -> str | None:
    """Return the number of a case."""
    return connection.execute(SQL["case_number"], {"case_id": case_id}).scalar()


def cases_named(connection: Connection, numbers: Sequence[str]) -> dict[str, Row[Any]]:
    """Return what is told of cases that are mentioned, by number."""
    return {row.number: row for row in connection.execute(SQL["cases_named"], {"numbers": list(numbers)})}
