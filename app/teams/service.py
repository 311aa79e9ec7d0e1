"""Teams (巡逻队): forms them and answers who is in them, on which beat, on duty when. Plans nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.errors import BadInput, Conflict, NotFound
from app.core.findings import Finding
from app.teams import repository

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from app.teams.repository import StoredMember, StoredShift, StoredTeam
    from app.teams.roster import Beat, Member, Shift


class UnknownTeam(NotFound):
    """There is no such team."""

    zh = "没有这个巡逻队。"


class UnknownMembers(BadInput):
    """Members are named who aren't in the team; nothing was changed."""

    zh = "名单中有不属于该队的成员，未作任何更改。"


class MemberElsewhere(Conflict):
    """Members are in another team already; nothing was changed."""

    zh = "成员已属于其他巡逻队，未作任何更改。"


class ShiftsOverlap(Conflict):
    """Shifts overlap with stored shifts of the same member; nothing was changed."""

    zh = "班次与已有班次重叠，未作任何更改。"


class BadShift(BadInput):
    """A shift must end after it starts; nothing was changed."""

    zh = "班次结束时间须晚于开始时间，未作任何更改。"


def form_team(  # noqa: PLR0917
    connection: Connection,
    code: str,
    name: str = "",
    members: Sequence[Member] = (),
    beats: Sequence[Beat] = (),
    shifts: Sequence[Shift] = (),
    *,
    area_code: str | None = None,
    synthetic: bool = False,
) -> int:
    """Make a team, or add to it; forming the same team twice changes nothing.

    A new beat takes the place of its member's beats of the same time.

    Args:
        connection: A transaction as the service role.
        code: The team's code.
        name: The team's name.
        members: Who is in it; codes are unique over all teams.
        beats: Grounds of members, as `areas.cells` ids.
        shifts: When members are on duty; zone-aware.
        area_code: The area whose cells the team owes where no beats are set.
        synthetic: The team is invented.

    Returns:
        The team's id.

    Raises:
        MemberElsewhere: A member is in another team.
        UnknownMembers: A beat or shift is of somebody who isn't in the team.
        BadShift: A shift ends before it starts.
        ShiftsOverlap: A shift overlaps another one of the same member.
    """
    if not code.strip():
        raise BadInput("The team has no code.", remedy="Give one, as in --code T12.")
    team_id = repository.put_team(connection, code, name, area_code, synthetic=synthetic)
    if members:
        elsewhere = {m.code for m in members} - repository.put_members(connection, team_id, members)
        if elsewhere:
            raise MemberElsewhere(", ".join(sorted(elsewhere)) + ".", remedy="Give them codes of their own.")
    must_know(connection, code, [b.member for b in beats] + [s.member for s in shifts])
    for beat in beats:
        repository.put_beat(connection, beat)
    if shifts:
        _put_shifts(connection, shifts)
    return team_id


def teams(connection: Connection) -> list[StoredTeam]:
    """Return all teams by code."""
    return repository.teams(connection)


def team(connection: Connection, code: str) -> StoredTeam:
    """Return one team.

    Raises:
        UnknownTeam: None has this code.
    """
    known = repository.teams(connection)
    for one in known:
        if one.code == code:
            return one
    raise UnknownTeam(
        f"{code!r} was asked for; known: {', '.join(t.code for t in known) or 'none'}.",
        remedy=f"Make it: gridward patrol team add {code} --area CODE",
    )


def members(connection: Connection, team: str | None = None) -> list[StoredMember]:
    """Return the members of a team by code; without a team, everybody."""
    return repository.members(connection, team)


def mine(connection: Connection) -> set[str]:
    """Return the codes of the members as whom the asker walks."""
    return repository.mine(connection)


def give_account(connection: Connection, member: str, account_id: int | None) -> None:
    """Say who signs in as a member and so sees their own track; None: nobody any more.

    Raises:
        UnknownMembers: There is no such member.
    """
    if not repository.put_account(connection, member, account_id):
        raise UnknownMembers(
            f"{member}.", remedy="Add the member: gridward patrol team add TEAM --member CODE"
        )


def beat_cells(
    connection: Connection, member_ids: Sequence[int], start: datetime, end: datetime
) -> dict[int, list[int]]:
    """Return the cells (`areas.cells` ids) of each member's beats in a window."""
    return repository.beat_cells(connection, member_ids, start, end)


def shifts(
    connection: Connection,
    member_ids: Sequence[int],
    start: datetime | None = None,
    end: datetime | None = None,
) -> list[StoredShift]:
    """Return the shifts of members that touch a window, by member and time."""
    return repository.shifts(connection, member_ids, start, end)


def replace_track_shifts(
    connection: Connection, member_id: int, old: Sequence[int], spans: Sequence[tuple[datetime, datetime]]
) -> None:
    """Replace a member's shifts that were taken from tracks; what they were reduced to goes with them."""
    repository.replace_track_shifts(connection, member_id, old, spans)


def must_know(connection: Connection, team: str, named: Sequence[str]) -> None:
    """Refuse members who are not in a team.

    Raises:
        UnknownMembers: Somebody isn't.
    """
    unknown = set(named) - {m.code for m in repository.members(connection, team)}
    if unknown:
        raise UnknownMembers(
            ", ".join(sorted(unknown)) + ".",
            remedy=f"Add them first: gridward patrol team add {team} --member CODE",
        )


def _put_shifts(connection: Connection, shifts: Sequence[Shift]) -> None:
    backwards = [s for s in shifts if s.end <= s.start]
    if backwards:
        raise BadShift(f"{backwards[0].member}: {backwards[0].start} to {backwards[0].end}.")
    in_the_way = repository.put_shifts(connection, shifts)
    if in_the_way:
        raise ShiftsOverlap(
            findings=[
                Finding(
                    code="shift-overlap",
                    where=f"shift {row.number}",
                    message=f"{row.code} {row.start} to {row.end} overlaps the stored shift {row.stored}.",
                    remedy="Change its times, or leave it out.",
                )
                for row in in_the_way
            ]
        )
