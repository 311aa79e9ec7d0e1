"""Reads and writes what was said of duty, and the shifts and pauses that follow from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.db.queries import beside
from app.teams.duty.shifts import Said

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, RowMapping

    from app.teams.duty.shifts import Period, Span

SQL = beside(__file__)


@dataclass(frozen=True, slots=True)
class Walker:
    """A member as whom an account walks."""

    id: int
    code: str
    name: str
    leader: bool
    team_id: int
    team: str
    account_id: int | None


@dataclass(frozen=True, slots=True)
class StoredDuty:
    """A shift as stored, with its pauses.

    Attributes:
        end: None while it is open and no shift of the roster follows.
        expected_end: When it will have ended as far as is known: the roster's end, or `end`.
        pauses: Half open, in order; the last one's end is None while it lasts.
    """

    id: int
    member_id: int
    start: datetime
    end: datetime | None
    open: bool
    lapsed: bool
    by_phone: bool
    from_track: bool
    device: str | None
    rostered_start: datetime | None
    rostered_end: datetime | None
    pauses: list[tuple[datetime, datetime | None]]

    @property
    def expected_end(self) -> datetime | None:
        return self.rostered_end if self.open else self.end

    @property
    def rostered(self) -> Period | None:
        if self.rostered_start is None or self.rostered_end is None:
            return None
        return self.rostered_start, self.rostered_end

    @property
    def paused(self) -> bool:
        return bool(self.open and self.pauses and self.pauses[-1][1] is None)


def walkers(
    connection: Connection, *, account_id: int | None = None, member_id: int | None = None
) -> list[Walker]:
    """Return the members as whom an account walks, or one member, by code."""
    asked = {"account_id": account_id, "member_id": member_id}
    return [Walker(**row) for row in connection.execute(SQL["walkers"], asked).mappings()]


def put_leader(connection: Connection, member: str, *, leader: bool) -> bool:
    """Say whether a member leads the team; False if there is no such member."""
    found = connection.execute(SQL["put_leader"], {"member": member, "leader": leader})
    return bool(found.rowcount)


def lock(connection: Connection, member_id: int) -> None:
    """Wait until nobody else changes the member's duty."""
    connection.execute(SQL["lock"], {"member_id": member_id})


def put_action(
    connection: Connection, member_id: int, said: Said, said_at: datetime
) -> tuple[bool, datetime]:
    """Keep what was said; return whether it is new, and when it was, as kept the first time."""
    values = {
        "member_id": member_id, "device": said.device, "action": said.action, "said_at": said_at, "at": said.at,
    }  # fmt: skip
    row = connection.execute(SQL["put_action"], values).one()
    return bool(row.fresh), row.at


def actions(connection: Connection, member_id: int, since: datetime) -> list[Said]:
    """Return what a member has said of the time since."""
    rows = connection.execute(SQL["actions"], {"member_id": member_id, "since": since})
    return [Said(row.action, row.at, row.device) for row in rows]


def forget_lapses(connection: Connection, member_id: int, start: datetime, end: datetime) -> int:
    """Forget that shifts were closed for want of an end, in a stretch; return how many were."""
    values = {"member_id": member_id, "start": start, "end": end}
    return connection.execute(SQL["forget_lapses"], values).rowcount


def shifts(
    connection: Connection, member_ids: Sequence[int], start: datetime, end: datetime | None = None
) -> list[StoredDuty]:
    """Return the shifts of members that touch a window, with their pauses, by member and time."""
    values = {"member_ids": list(member_ids), "start": start, "end": end}
    return [_stored(row) for row in connection.execute(SQL["duty_shifts"], values).mappings()]


def _stored(row: RowMapping) -> StoredDuty:
    said = dict(row)
    pauses = list(zip(said.pop("pauses") or [], said.pop("resumes") or [], strict=True))
    return StoredDuty(**said, pauses=pauses)


def open_since(connection: Connection, moment: datetime) -> list[StoredDuty]:
    """Return open shifts that began before a moment."""
    return [
        StoredDuty(**{**row, "pauses": []})
        for row in connection.execute(SQL["open_since"], {"moment": moment}).mappings()
    ]


def put_span(connection: Connection, member_id: int, span: Span, shift_id: int | None) -> int:
    """Store a shift, new or in place of one; return its id."""
    planned = span.rostered or (None, None)
    values = {
        "member_id": member_id, "start": span.start, "end": span.end, "open": span.open, "lapsed": span.lapsed,
        "by_phone": span.by_phone, "device": span.device or None, "planned": planned[0], "planned_end": planned[1],
    }  # fmt: skip
    if shift_id is None:
        return int(connection.execute(SQL["add_span"], values).scalar_one())
    connection.execute(SQL["change_span"], {**values, "id": shift_id})
    return shift_id


def put_pauses(connection: Connection, shift_id: int, span: Span) -> None:
    """Store a shift's pauses in place of those that are there."""
    values = {
        "shift_id": shift_id,
        "begins": [begin for begin, _ in span.pauses],
        "ends": [end for _, end in span.pauses],
    }
    connection.execute(SQL["clear_pauses"], {"shift_id": shift_id})
    connection.execute(SQL["put_pauses"], values)


def remove(connection: Connection, shift_ids: Sequence[int]) -> None:
    """Remove shifts, and what they were reduced to with them."""
    connection.execute(SQL["remove_spans"], {"ids": list(shift_ids)})
