"""Reads the fixes of shifts, and writes what they are reduced to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sqlalchemy.dialects.postgresql import psycopg

from app.db.engine import driver
from app.db.queries import beside
from app.patrol.reduction.decoding import Fixes, decode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from app.patrol.reduction.batch import Batch
    from app.patrol.rules import Rules

SQL = beside(__file__)


def held_shifts(connection: Connection, shift_ids: Sequence[int]) -> list[Any]:
    """Return shifts with their breaks and what is known of their reduction, held until the transaction ends."""
    return list(connection.execute(SQL["held_shifts"], {"shift_ids": list(shift_ids)}))


def choose_shifts(
    connection: Connection,
    team: str | None,
    start: datetime | None,
    end: datetime | None,
    edition_id: int | None,
) -> list[Any]:
    """Return the shifts that a command asks for and whose raw fixes are kept: id, start, seconds."""
    values = {"team": team, "start": start, "end": end, "edition_id": edition_id}
    return list(connection.execute(SQL["choose_shifts"], values))


def fixes(connection: Connection, member_ids: Sequence[int], start: datetime, end: datetime) -> Fixes:
    """Return the stored fixes of members from `start` to `end`."""
    command = str(SQL["fixes"].compile(dialect=psycopg.dialect()))  # type: ignore[no-untyped-call]
    values = {"member_ids": list(member_ids), "start": start, "end": end}
    with driver(connection).cursor(binary=True) as cursor:  # as text, bytes would come in twice their size
        return decode(cursor.execute(command, values).fetchall())


def replace_reductions(connection: Connection, batch: Batch, rules: Rules) -> None:
    """Store what shifts were reduced to, in place of what was there."""
    connection.execute(SQL["clear_shifts"], {"shift_ids": batch.shifts["shift_ids"]})
    if batch.visits["shift_ids"]:
        connection.execute(SQL["put_visits"], batch.visits)
    if batch.gaps["shift_ids"]:
        connection.execute(SQL["put_gaps"], batch.gaps)
    connection.execute(SQL["put_reductions"], batch.shifts | {"rules": json.dumps(rules.to_dict())})
