"""Notices (通知): what an account, or everyone of a party, is to be told of cases, and that it was seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.cases import repository

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

MOST = 99


def unseen(connection: Connection) -> int:
    """Return how many notices the asker has not marked as seen, at most one more than `MOST`."""
    return int(repository.rows(connection, "unseen", most=MOST + 1)[0]["count"])


def mine(connection: Connection) -> list[dict[str, Any]]:
    """Return the asker's unseen notices, newest first: id, at, what (a move), number, category, stage, party_zh."""
    return repository.rows(connection, "notices", most=MOST)


def see(connection: Connection, upto: int, now: datetime) -> None:
    """Mark the asker's notices as seen, up to the newest that was shown; a party's is seen once one of it saw it."""
    repository.run(connection, "see_notices", upto=upto, now=now)
