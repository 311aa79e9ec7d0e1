"""Reads presences on other editions than their time's, and puts them into other cells."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.db.queries import beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

SQL = beside(__file__)


def elsewhere(
    connection: Connection,
    member_ids: Sequence[int] | None,
    team: str | None,
    start: datetime | None,
    end: datetime | None,
) -> list[Any]:
    """Return presences with a point that lie on another edition than the one that holds at their time; see the query."""
    whose = None if member_ids is None else list(member_ids)
    values = {"member_ids": whose, "team": team, "start": start, "end": end}
    return list(connection.execute(SQL["elsewhere"], values))


def carry(connection: Connection, moves: Sequence[tuple[int, int, int]]) -> int:
    """Put presences (by id) into cells (by id) of editions (by id); return how many."""
    ids, cell_ids, edition_ids = (list(column) for column in zip(*moves, strict=True))
    values = {"ids": ids, "cell_ids": cell_ids, "edition_ids": edition_ids}
    return len(connection.execute(SQL["carry"], values).all())
