"""Duty as said on phones (上下班): keeps what was said, and makes shifts and pauses follow from it.

It judges nobody's rights and knows nothing of clocks or tracks: who may say it, and when it truly was, is `app.patrol.duty`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from app.core.errors import NotFound
from app.teams.duty import repository
from app.teams.duty.shifts import Derived, Said, Span, derive

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from app.teams.duty.repository import StoredDuty, Walker
    from app.teams.duty.shifts import Period


class NotAMember(NotFound):
    """This account walks as no member of a team."""

    zh = "该账号未关联巡逻队员。"


class UnknownMember(NotFound):
    """There is no such member."""

    zh = "没有这名队员。"


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of what was said.

    Attributes:
        at: When it was, as kept the first time.
        known: It had been said before.
        idle: It changes nothing, as an end off duty.
        touched: Ids of shifts that are new or have changed.
        start: Begin of the stretch in which anything changed; None if nothing did.
        end: Its end; None where it is open.
    """

    at: datetime
    known: bool
    idle: bool
    touched: tuple[int, ...]
    start: datetime | None
    end: datetime | None


def walker(connection: Connection, account_id: int | None) -> Walker:
    """Return the member as whom an account walks; the first by code where it is several.

    Raises:
        NotAMember: There is none.
    """
    found = walkers(connection, account_id)
    if not found:
        raise NotAMember(remedy="Ask a supervisor to link the account with a member of the team.")
    return found[0]


def walkers(connection: Connection, account_id: int | None) -> list[Walker]:
    """Return the members as whom an account walks, by code."""
    return repository.walkers(connection, account_id=account_id) if account_id is not None else []


def walker_of(connection: Connection, member_id: int) -> Walker:
    """Return a member, whoever asks."""
    return repository.walkers(connection, member_id=member_id)[0]


def lead(connection: Connection, member: str, *, leader: bool = True) -> None:
    """Say whether a member leads the team: sees the members' figures, and where they are while on shift.

    Raises:
        UnknownMember: There is none of this code.
    """
    if not repository.put_leader(connection, member, leader=leader):
        raise UnknownMember(f"{member}.", remedy="See: gridward patrol team list")


def shifts(
    connection: Connection, member_ids: Sequence[int], start: datetime, end: datetime | None = None
) -> list[StoredDuty]:
    """Return the shifts of members that touch a window, with their pauses, by member and time."""
    return repository.shifts(connection, member_ids, start, end)


def on_shift(connection: Connection, member_ids: Sequence[int], now: datetime) -> dict[int, StoredDuty]:
    """Return the shift that each member is on now, by member; who pauses is on shift."""
    found = repository.shifts(connection, member_ids, now, now + timedelta(microseconds=1))
    return {shift.member_id: shift for shift in found if shift.start <= now}


def hold(connection: Connection, member_id: int) -> None:
    """Wait until nobody else changes what is kept of a member's duty; until the transaction ends, nobody else does."""
    repository.lock(connection, member_id)


def say(connection: Connection, member_id: int, said: Said, said_at: datetime, limit: timedelta) -> Heard:
    """Keep what a member said, once, and bring the shifts in line with all that was said.

    Args:
        connection: As the system; the caller has judged.
        member_id: Whose duty it is.
        said: What, and when it truly was.
        said_at: When it was by the phone's clock: the same moment said again is the same.
        limit: No shift lasts longer.
    """
    repository.lock(connection, member_id)
    fresh, at = repository.put_action(connection, member_id, said, said_at)
    kept = Said(said.action, at, said.device)
    return _aligned(connection, member_id, kept, limit, known=not fresh)


def lapse(connection: Connection, shift: StoredDuty, at: datetime, limit: timedelta) -> Heard:
    """Close a shift that nobody has ended, at its last sign of life."""
    said = Said("lapse", at, shift.device or "")
    return say(connection, shift.member_id, said, at, limit)


def revive(
    connection: Connection, member_id: int, start: datetime, end: datetime, limit: timedelta
) -> Heard | None:
    """Open again what was closed for want of an end: there is a later sign of life, at `end`; None if nothing was."""
    repository.lock(connection, member_id)
    if not repository.forget_lapses(connection, member_id, start, end):
        return None
    return _aligned(connection, member_id, Said("lapse", end), limit, known=True)


def open_since(connection: Connection, moment: datetime) -> list[StoredDuty]:
    """Return shifts that began before a moment and aren't ended."""
    return repository.open_since(connection, moment)


def _aligned(connection: Connection, member_id: int, said: Said, limit: timedelta, *, known: bool) -> Heard:
    horizon = _horizon(connection, member_id, said.at - 2 * limit)
    stored = repository.shifts(connection, [member_id], horizon)
    roster = _roster(stored)
    if roster:
        horizon = min(horizon, roster[0][0])
    derived = derive(repository.actions(connection, member_id, horizon), roster, limit)
    touched, start, end = _put(connection, member_id, stored, derived)
    return Heard(said.at, known, said in derived.idle, tuple(touched), start, end)


def _horizon(connection: Connection, member_id: int, moment: datetime) -> datetime:
    """Return a moment, not later, at which no shift goes on."""
    over = repository.shifts(connection, [member_id], moment, moment + timedelta(microseconds=1))
    return min([moment, *(one.start for one in over), *(one.rostered[0] for one in over if one.rostered)])


def _roster(stored: Sequence[StoredDuty]) -> list[Period]:
    """Return the roster's shifts, those adopted among them."""
    plain = {
        (one.start, one.end)
        for one in stored
        if not one.by_phone and not one.from_track and one.rostered is None and one.end is not None
    }
    return sorted(plain | {one.rostered for one in stored if one.rostered})


def _put(
    connection: Connection, member_id: int, stored: Sequence[StoredDuty], derived: Derived
) -> tuple[list[int], datetime | None, datetime | None]:
    """Bring the stored shifts in line; ids stay where shifts overlap, so that what was reduced stays, too."""
    pairs, gone = _matched(stored, derived.spans)
    changed = [(span, old) for span, old in pairs if old is None or not _same(span, old)]
    repository.remove(connection, [one.id for one in gone])
    # those that shrink make room for those that grow
    changed.sort(key=lambda pair: (pair[1] is None, _grows(pair[0], pair[1])))
    touched = []
    for span, old in changed:
        shift_id = repository.put_span(connection, member_id, span, old.id if old else None)
        repository.put_pauses(connection, shift_id, span)
        touched.append(shift_id)
    starts = [span.start for span, _ in changed] + [old.start for _, old in changed if old]
    ends = [span.end for span, _ in changed] + [old.end for _, old in changed if old]
    starts += [one.start for one in gone]
    ends += [one.end for one in gone]
    closed = [end for end in ends if end is not None]
    last = max(closed) if closed and len(closed) == len(ends) else None
    return touched, min(starts, default=None), last


def _matched(
    stored: Sequence[StoredDuty], spans: Sequence[Span]
) -> tuple[list[tuple[Span, StoredDuty | None]], list[StoredDuty]]:
    """Return each shift with the stored one that it goes on as, and the stored ones that are over."""
    left = list(stored)
    pairs: list[tuple[Span, StoredDuty | None]] = []
    for span in spans:
        near = [one for one in left if _overlap(span, one)]
        # one taken from a track is nobody's word: it yields to what was said, and is left alone elsewhere
        near = [one for one in near if not one.from_track]
        best = min(near, key=lambda one: (one.start != span.start, not one.by_phone, one.start), default=None)
        if best is not None:
            left.remove(best)
        pairs.append((span, best))
    gone = [
        one
        for one in left
        if not one.from_track or any(span.by_phone and _overlap(span, one) for span in spans)
    ]
    return pairs, gone


def _overlap(span: Span, stored: StoredDuty) -> bool:
    return (stored.end is None or span.start < stored.end) and (span.end is None or stored.start < span.end)


def _same(span: Span, stored: StoredDuty) -> bool:
    return (
        (span.start, span.end, span.open, span.lapsed, span.by_phone, span.rostered, list(span.pauses))
        == (stored.start, stored.end, stored.open, stored.lapsed, stored.by_phone, stored.rostered, stored.pauses)
    )  # fmt: skip


def _grows(span: Span, old: StoredDuty | None) -> bool:
    if old is None:
        return True
    later = old.end is not None and (span.end is None or span.end > old.end)
    return span.start < old.start or later
