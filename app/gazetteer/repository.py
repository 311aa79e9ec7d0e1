"""Reads and writes of places and of what picks have taught."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.db.queries import beside

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sqlalchemy import Connection, Row

SQL = beside(__file__)


def state(connection: Connection) -> str:
    """Return which state of the gazetteer this transaction sees."""
    return str(connection.execute(SQL["state"]).scalar_one())


def grow_version(connection: Connection) -> None:
    """Say that places have changed: what is kept in memory is out of date."""
    connection.execute(SQL["grow_version"])


def places(connection: Connection, place_id: int | None = None) -> Sequence[Row[Any]]:
    """Return every place, or one; see `sql/all_places.sql`."""
    return connection.execute(SQL["all_places"], {"id": place_id}).all()


def known(connection: Connection, codes: Iterable[str]) -> dict[str, Row[Any]]:
    """Return stored places by code."""
    return {row.code: row for row in connection.execute(SQL["codes"], {"codes": list(codes)})}


def put(connection: Connection, values: dict[str, object]) -> int | None:
    """Store or change a place; None where nothing changed."""
    stored: int | None = connection.execute(SQL["put_place"], values).scalar_one_or_none()
    return stored


def put_many(connection: Connection, rows: list[dict[str, object]]) -> int:
    """Store or change places; return how many were new or changed."""
    return sum(put(connection, row) is not None for row in rows)


def learned(connection: Connection, keys: Iterable[str]) -> Sequence[Row[Any]]:
    """Return what was picked for these addresses; see `sql/learned.sql`."""
    return connection.execute(SQL["learned"], {"keys": list(keys)}).all()


def learn(connection: Connection, key: str, place_id: int) -> None:
    """Remember that somebody picked a place for an address."""
    connection.execute(SQL["learn"], {"key": key, "place_id": place_id})


def used(connection: Connection, pairs: Sequence[tuple[str, int]]) -> None:
    """Count another use of picks."""
    keys, ids = [key for key, _ in pairs], [place_id for _, place_id in pairs]
    connection.execute(SQL["used"], {"keys": keys, "place_ids": ids})
