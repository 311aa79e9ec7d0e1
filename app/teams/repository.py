"""Reads and writes teams, members, beats and shifts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.db.queries import beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from app.teams.roster import Beat, Member, Shift

SQL = beside(__file__)


@dataclass(frozen=True, slots=True)
class StoredTeam:
    """A team and how much is stored of it."""

    id: int
    code: str
    name: str
    area_code: str | None
    synthetic: bool
    members: int
    beats: int
    shifts: int
    first_shift: datetime | None
    last_shift: datetime | None


@dataclass(frozen=True, slots=True)
class StoredMember:
    """A member and the code of the team."""

    id: int
    code: str
    name: str
    team_id: int
    team: str


@dataclass(frozen=True, slots=True)
class StoredShift:
    """A shift as stored; one taken from a track includes its end; one that goes on says when it is expected to end."""

    id: int
    member_id: int
    start: datetime
    end: datetime
    from_track: bool


def teams(connection: Connection) -> list[StoredTeam]:
    """Return all teams by code."""
    return [StoredTeam(**row) for row in connection.execute(SQL["teams"]).mappings()]


def members(connection: Connection, team: str | None = None) -> list[StoredMember]:
    """Return a team's members by code, or everybody."""
    rows = connection.execute(SQL["members"], {"team": team}).mappings()
    return [StoredMember(**row) for row in rows]


def beat_cells(
    connection: Connection, member_ids: Sequence[int], start: datetime, end: datetime
) -> dict[int, list[int]]:
    """Return the cell ids of each member's beats in a window; members without a beat are left out."""
    values = {"member_ids": list(member_ids), "start": start, "end": end}
    return {row.member_id: row.cells for row in connection.execute(SQL["beat_cells"], values)}


def shifts(
    connection: Connection, member_ids: Sequence[int], start: datetime | None, end: datetime | None
) -> list[StoredShift]:
    """Return the shifts that touch a window, by member and time."""
    values = {"member_ids": list(member_ids), "start": start, "end": end}
    return [StoredShift(**row) for row in connection.execute(SQL["shifts"], values).mappings()]


def mine(connection: Connection) -> set[str]:
    """Return the codes of the members as whom the asker walks."""
    return set(connection.execute(SQL["mine"]).scalars())


def put_account(connection: Connection, member: str, account_id: int | None) -> bool:
    """Say who signs in as a member; tell whether there is such a member."""
    values = {"member": member, "account_id": account_id}
    return connection.execute(SQL["put_account"], values).rowcount > 0


def put_team(connection: Connection, code: str, name: str, area_code: str | None, *, synthetic: bool) -> int:
    """Make or update a team; return its id."""
    values = {"code": code, "name": name, "area_code": area_code, "synthetic": synthetic}
    return int(connection.execute(SQL["put_team"], values).scalar_one())


def put_members(connection: Connection, team_id: int, given: Sequence[Member]) -> set[str]:
    """Make or update members; return the codes of those that are in the team now."""
    values = {"team_id": team_id, "codes": [m.code for m in given], "names": [m.name for m in given]}
    return set(connection.execute(SQL["put_members"], values).scalars())


def put_beat(connection: Connection, beat: Beat) -> None:
    """Store a beat in place of those of its member that it overlaps."""
    values: dict[str, Any] = {"member": beat.member, "start": beat.start, "end": beat.end}
    connection.execute(SQL["end_beats"], values)
    connection.execute(SQL["put_beat"], values | {"name": beat.name, "cells": list(beat.cells)})


def put_shifts(connection: Connection, given: Sequence[Shift]) -> list[Any]:
    """Store shifts; return rows of those that another shift is in the way of."""
    values = {
        "members": [s.member for s in given],
        "starts": [s.start for s in given],
        "ends": [s.end for s in given],
    }
    connection.execute(SQL["adopt_shifts"], values)
    connection.execute(SQL["bound_open"], {"members": values["members"], "starts": values["starts"]})
    connection.execute(SQL["put_shifts"], values)
    return list(connection.execute(SQL["overlapped_shifts"], values))


def replace_track_shifts(
    connection: Connection, member_id: int, old: Sequence[int], spans: Sequence[tuple[datetime, datetime]]
) -> None:
    """Replace shifts taken from tracks by others."""
    if old:
        connection.execute(SQL["delete_shifts"], {"ids": list(old)})
    if spans:
        connection.execute(
            SQL["put_track_shift"],
            [{"member_id": member_id, "start": start, "end": end} for start, end in spans],
        )
