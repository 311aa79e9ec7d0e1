"""Reads and writes presences and doors."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.db.queries import beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from app.patrol.presences.doors import DoorDraft

SQL = beside(__file__)


@dataclass(frozen=True, slots=True)
class Door:
    """A door (门牌) with its code; metres in the metric CRS."""

    code: str
    name: str
    synthetic: bool
    x: float
    y: float


def gather(connection: Connection, since: datetime, member_ids: Sequence[int] | None, near_m: float) -> int:
    """Keep what members left in cells by working; return how much of it is new."""
    values = {
        "since": since,
        "member_ids": None if member_ids is None else list(member_ids),
        "near_m": near_m,
    }
    return len(connection.execute(SQL["gather"], values).all())


def doors(connection: Connection, code: str | None = None) -> list[Door]:
    """Return doors by code: one, or all."""
    return [Door(**row) for row in connection.execute(SQL["doors"], {"code": code}).mappings()]


def put_doors(connection: Connection, drafts: Sequence[DoorDraft], srid: int, *, synthetic: bool) -> int:
    """Store doors; return how many are new or were changed."""
    values = {
        "codes": [d.code for d in drafts],
        "names": [d.name for d in drafts],
        "xs": [d.x for d in drafts],
        "ys": [d.y for d in drafts],
        "srid": srid,
        "synthetic": synthetic,
    }
    return len(connection.execute(SQL["put_doors"], values).all())


def put_scan(  # noqa: PLR0917
    connection: Connection, member_id: int, at: datetime, code: str, cell_id: int, edition_id: int
) -> bool:
    """Store that a member read a door's code; tell whether it is new."""
    values = {"member_id": member_id, "at": at, "code": code, "cell_id": cell_id, "edition_id": edition_id}
    return connection.execute(SQL["put_scan"], values).rowcount > 0
