"""Finds and deletes raw fixes that have been kept long enough."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.db.queries import beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

SQL = beside(__file__)


def due_members(connection: Connection, before: datetime) -> list[int]:
    """Return the members with fixes in shifts that ended before a moment."""
    return list(connection.execute(SQL["due_members"], {"before": before}).scalars())


def due_shifts(connection: Connection, member_ids: Sequence[int], before: datetime, most: int) -> list[Any]:
    """Return, held, shifts of members that ended before a moment and whose last fix came before it."""
    values = {"member_ids": list(member_ids), "before": before, "most": most}
    return list(connection.execute(SQL["due_shifts"], values))


def delete_of_shift(connection: Connection, shift: Any, now: datetime) -> int:
    """Delete a shift's raw fixes, note it with the reduction, and return how many they were."""
    values = {"shift_id": shift.id, "member_id": shift.member_id, "start": shift.start, "end": shift.end}
    deleted = connection.execute(SQL["delete_of_shift"], values).rowcount
    connection.execute(SQL["mark_deleted"], {"shift_id": shift.id, "now": now})
    return deleted


def delete_stray(connection: Connection, before: datetime) -> int:
    """Delete fixes from before a moment that belong to no shift; return how many."""
    return connection.execute(SQL["delete_stray"], {"before": before}).rowcount
