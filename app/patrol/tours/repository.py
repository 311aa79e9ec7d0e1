"""Reads and writes tours, and what they are made of."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.db.queries import beside
from app.patrol.tours.tour import Stop, Tour

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

SQL = beside(__file__)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """A case that somebody must go and see; x and y in metres."""

    number: str
    cell_id: int
    stage: str
    urgent: bool
    due_at: datetime | None
    handled_by: int | None
    x: float
    y: float


def open_cases(connection: Connection, cell_ids: Sequence[int], due_by: datetime) -> list[OpenCase]:
    """Return the cases in cells that somebody must go and see by then; see the query."""
    rows = connection.execute(SQL["open_cases"], {"cell_ids": list(cell_ids), "due_by": due_by}).mappings()
    return [OpenCase(**row) for row in rows]


def put(connection: Connection, member_id: int, edition_id: int, tour: Tour) -> Tour:
    """Store a tour in place of those of its member that it overlaps; return it as stored."""
    span = {"member_id": member_id, "start": tour.start, "end": tour.end}
    connection.execute(SQL["retire_tours"], span)
    values = span | {
        "edition_id": edition_id,
        "settings": _json(tour.settings),
        "stops": _json([stop.to_dict() for stop in tour.stops]),
        "figures": _json(tour.figures),
        "why": tour.why,
    }
    row = connection.execute(SQL["put_tour"], values).one()
    return replace(tour, id=row.id, made_at=row.made_at)


def end(connection: Connection, member_ids: Sequence[int], start: datetime, end: datetime) -> None:
    """End the tours of members that begin in a window: nothing takes their place."""
    connection.execute(SQL["end_tours"], {"member_ids": list(member_ids), "start": start, "end": end})


def tours(connection: Connection, member_ids: Sequence[int], start: datetime, end: datetime) -> list[Tour]:
    """Return the latest tours of members in a window, by member's code and time."""
    values = {"member_ids": list(member_ids), "start": start, "end": end}
    found = []
    for row in connection.execute(SQL["tours"], values).mappings():
        told = {name: value for name, value in row.items() if name != "member_id"}
        found.append(Tour(**(told | {"stops": tuple(Stop.of(one) for one in row["stops"])})))
    return found


def positions(
    connection: Connection, member_ids: Sequence[int], now: datetime, minutes: float
) -> dict[int, tuple[float, float]]:
    """Return where members on shift were last seen within some minutes, in metres. Never to be told to anybody."""
    values = {"member_ids": list(member_ids), "now": now, "since": now - timedelta(minutes=minutes)}
    return {row.member_id: (row.x, row.y) for row in connection.execute(SQL["positions"], values)}


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)
