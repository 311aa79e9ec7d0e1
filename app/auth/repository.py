"""Reads and writes of accounts, grants, sessions, tokens and the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.auth.principal import NOBODY, Grant, Principal
from app.db.queries import beside

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row

SQL = beside(__file__)


def begin(connection: Connection, kind: str, secret_hash: bytes) -> Principal:
    """Tell the database who is asking in this transaction, and return it; NOBODY for a secret that is nobody's."""
    row = connection.execute(SQL["begin"], {"kind": kind, "hash": secret_hash}).one()
    if row.account_id is None:
        return NOBODY
    return Principal(
        account_id=row.account_id,
        name=row.name,
        shown=row.shown,
        grants=tuple(Grant(*grant) for grant in row.grants),
        scopes=None if row.scopes is None else frozenset(row.scopes),
    )


def claim(connection: Connection, principal: str, key: str, fingerprint: bytes) -> Row[Any] | None:
    """Claim an Idempotency-Key, None if it is new; else what was answered: fingerprint, status, headers, body."""
    asked = {"principal": principal, "key": key, "fingerprint": fingerprint}
    if connection.execute(SQL["claim"], asked).rowcount:
        return None
    return connection.execute(SQL["answer"], asked).one()


def keep(connection: Connection, principal: str, key: str, status: int, documents: dict[str, str]) -> None:
    """Keep what was answered; `documents` holds headers and body as JSON texts."""
    asked = {"principal": principal, "key": key, "status": status, **documents}
    connection.execute(SQL["keep_answer"], asked)
