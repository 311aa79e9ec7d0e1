"""Reads and writes recorders; of their secrets only the SHA-256."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.db.queries import beside

if TYPE_CHECKING:
    from sqlalchemy import Connection

SQL = beside(__file__)


def add(connection: Connection, member_id: int, name: str, secret_hash: bytes) -> Any:
    """Keep a new recorder; return id, name, made_at, seen_at, ended_at."""
    values = {"member_id": member_id, "name": name, "hash": secret_hash}
    return connection.execute(SQL["recorder_added"], values).one()


def recorders(connection: Connection, member_id: int) -> list[Any]:
    """Return a member's recorders, newest first; those revoked, too."""
    return list(connection.execute(SQL["recorders"], {"member_id": member_id}))


def end(connection: Connection, member_id: int, recorder_id: int) -> bool:
    """Revoke a recorder; False if the member has no such one."""
    values = {"member_id": member_id, "id": recorder_id}
    return connection.execute(SQL["recorder_ended"], values).one_or_none() is not None


def heard(connection: Connection, secret_hash: bytes) -> Any | None:
    """Return the recorder that a secret belongs to, and note that it was heard of: id, member_id."""
    return connection.execute(SQL["recorder_heard"], {"hash": secret_hash}).one_or_none()


def behind(connection: Connection) -> list[Any]:
    """Return, held, shifts that got fixes from recorders lately and aren't reduced with all of them."""
    return list(connection.execute(SQL["behind"]))
