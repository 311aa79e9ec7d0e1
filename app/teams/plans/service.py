"""Stores plans of beats (巡查责任区方案) and publishes them: beats follow for a time, and hold again as before after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.auth import service as auth
from app.core.errors import BadInput, Conflict, NotFound, Outdated
from app.core.findings import Finding
from app.teams import service as teams
from app.teams.plans import repository

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from app.teams.plans.plan import Absence, PlanBeat, PlanCells, PlanDraft, StoredPlan


class UnknownPlan(NotFound):
    """There is no such plan of beats."""

    zh = "没有这个责任区方案。"


class NotADraft(Conflict):
    """The plan is published already and stays as it is; nothing was changed."""

    zh = "该方案已发布，不能再改，未作任何更改。"


class PublicationInTheWay(Conflict):
    """Published plans hold within this time; nothing was changed."""

    zh = "该时段内已有发布的责任区方案，未作任何更改。"


class NothingToWithdraw(Conflict):
    """Nothing of this plan holds that could be withdrawn; nothing was changed."""

    zh = "该方案未在执行，无需撤回，未作任何更改。"


class PublishedOver(Conflict):
    """Other plans were published over this one; nothing was changed."""

    zh = "其后又发布了其他方案，须先撤回后发布的，未作任何更改。"


class BadTime(BadInput):
    """It must end after it starts; nothing was changed."""

    zh = "结束时间须晚于开始时间，未作任何更改。"


class UnknownAbsence(NotFound):
    """There is no such absence."""

    zh = "没有这条缺勤记录。"


def plans(connection: Connection, team: str) -> list[StoredPlan]:
    """Return a team's plans, the newest first."""
    return repository.plans(connection, team=team)


def plan(connection: Connection, plan_id: int) -> StoredPlan:
    """Return one plan.

    Raises:
        UnknownPlan: There is none, or none that the asker may see.
    """
    found = repository.plans(connection, plan_id=plan_id)
    if not found:
        raise UnknownPlan(f"Plan {plan_id}.")
    return found[0]


def beats(connection: Connection, plan_id: int) -> list[PlanBeat]:
    """Return a plan's beats by number."""
    return repository.beats(connection, plan_id)


def cells(connection: Connection, plan_id: int) -> PlanCells:
    """Return a plan's cells."""
    return repository.cells(connection, plan_id)


def held(connection: Connection, team: str, at: datetime) -> list[Any]:
    """Return the beats of a team at a time, by member: member (code), plan_id, name, cells (codes)."""
    return repository.held(connection, team, at)


def held_without(connection: Connection, team: str, at: datetime, plan_ids: Sequence[int]) -> list[Any]:
    """Return the beats that a team's members would have at a time, had some plans not been published.

    Who asks was found to see the team; what a publication cut is the system's to read.
    """
    with auth.as_system(connection):
        return repository.held_without(connection, team, at, plan_ids)


def add_plan(connection: Connection, draft: PlanDraft) -> int:
    """Store a plan as a draft; return its id. Who may was judged by the caller."""
    with auth.as_system(connection):
        return repository.add_plan(connection, draft)


def change(
    connection: Connection,
    plan_id: int,
    version: int,
    figures: dict[str, Any],
    *,
    moves: Sequence[tuple[int, int]] = (),
    holders: Sequence[PlanBeat] = (),
) -> int:
    """Store moves of cells (id, number) and holders in a draft that is still at a version; return the new one.

    Raises:
        NotADraft: It was published.
        Outdated: Somebody changed it meanwhile.
    """
    with auth.as_system(connection):
        now = repository.touch(connection, plan_id, version, figures)
        if now is None:
            raise _outdated(connection, plan_id)
        if moves:
            repository.move_cells(connection, plan_id, [c for c, _ in moves], [n for _, n in moves])
        if holders:
            repository.put_beats(connection, plan_id, holders)
    return now


def publish(
    connection: Connection,
    plan_id: int,
    version: int,
    start: datetime,
    end: datetime | None = None,
    *,
    relieved: Sequence[str] = (),
    replace: bool = False,
) -> int:
    """Let a draft's beats hold for a time; return its new version.

    Beats that its members have in this time are cut: what lies before stays, and what lies behind a bounded publication
    holds again afterwards.

    Args:
        connection: Any role's; who may was judged by the caller.
        plan_id: A draft.
        version: The one that was read.
        start: With a zone, included.
        end: Not included; None: without end.
        relieved: Codes of members whose beats end for this time without another one.
        replace: End publications that lie within this one, too.

    Raises:
        BadTime: It ends before it starts.
        PublicationInTheWay: Others lie within it.
        NotADraft: It was published.
        Outdated: Somebody changed it meanwhile.
    """
    if end is not None and end <= start:
        raise BadTime(f"{start} to {end}.")
    with auth.as_system(connection):
        members = [beat.member for beat in repository.beats(connection, plan_id) if beat.member is not None]
        whose = [*members, *relieved]
        in_the_way = repository.overlapping(connection, whose, start, end)
        if in_the_way and not replace:
            raise _in_the_way(in_the_way)
        now = repository.publish(connection, plan_id, version, start, end)
        if now is None:
            raise _outdated(connection, plan_id)
        repository.cut_beats(connection, plan_id, whose, start, end)
        repository.add_beats(connection, plan_id)
        repository.replaced_without_beats(connection)
    return now


def withdraw(connection: Connection, plan_id: int, version: int, since: datetime) -> list[str]:
    """Withdraw a publication: the beats that it cut hold again, from its start on or from `since` if that is later.

    Args:
        connection: Any role's; who may was judged by the caller.
        plan_id: A published plan.
        version: The one that was read.
        since: What lies before is over, and stays as it was.

    Returns:
        Codes of members who have a beat again.

    Raises:
        UnknownPlan: There is none.
        NothingToWithdraw: It isn't published, or over.
        PublishedOver: Others were published over it.
        Outdated: Somebody changed it meanwhile.
    """
    found = plan(connection, plan_id)
    if found.state != "published" or found.start is None:
        raise NothingToWithdraw(f"Plan {plan_id} is {found.state}.")
    if found.end is not None and found.end <= since:
        raise NothingToWithdraw(f"Plan {plan_id} held to {found.end:%Y-%m-%d %H:%M %Z}; that is over.")
    begins = max(since, found.start)
    with auth.as_system(connection):
        over = repository.published_over(connection, plan_id, begins)
        if over:
            raise PublishedOver(
                ", ".join(f"{row.id} {row.name}" for row in over) + ".",
                remedy="Withdraw these first, the newest first, or publish another plan over them.",
            )
        if repository.withdraw(connection, plan_id, version) is None:
            raise Outdated(f"Plan {plan_id} is at version {found.version} now.", remedy="Read it again.")
        return repository.restore(connection, plan_id, begins)


def absences(
    connection: Connection, team: str, start: datetime | None = None, end: datetime | None = None
) -> list[Absence]:
    """Return when a team's members are away, by member and time."""
    return repository.absences(connection, team, start, end)


def add_absences(
    connection: Connection, team: str, members: Sequence[str], start: datetime, end: datetime | None
) -> None:
    """Store that members are away for a time; the same twice changes nothing. No reason is stored.

    Raises:
        UnknownMembers: Somebody isn't in the team.
        BadTime: It ends before it starts.
    """
    if end is not None and end <= start:
        raise BadTime(f"{start} to {end}.")
    teams.must_know(connection, team, members)
    with auth.as_system(connection):
        for member in sorted(set(members)):
            repository.add_absence(connection, member, start, end)


def end_absence(connection: Connection, absence_id: int) -> None:
    """Remove an absence that the asker sees.

    Raises:
        UnknownAbsence: There is none.
    """
    with auth.as_system(connection):
        if not repository.end_absence(connection, absence_id):
            raise UnknownAbsence(f"Absence {absence_id}.")


def _outdated(connection: Connection, plan_id: int) -> Exception:
    now = plan(connection, plan_id)
    if now.state != "draft":
        since = f" from {now.start:%Y-%m-%d %H:%M %Z}" if now.start else ""
        return NotADraft(
            f"Plan {plan_id} is {now.state}{since}.",
            remedy="Make a new plan on it (based_on), and change that one.",
        )
    return Outdated(f"Plan {plan_id} is at version {now.version} now.", remedy="Read it again.")


def _in_the_way(rows: Sequence[Any]) -> PublicationInTheWay:
    return PublicationInTheWay(
        ", ".join(f"{row.id} {row.name}" for row in rows) + ".",
        remedy="Publish for another time, or say that it replaces them.",
        findings=[
            Finding(
                code="publication-overlap",
                where=f"plan {row.id}",
                message=f"{row.name} holds from {row.start:%Y-%m-%d %H:%M %Z}"
                + (f" to {row.end:%Y-%m-%d %H:%M %Z}" if row.end else "")
                + "; it would end.",
                remedy="Choose another time, or replace it.",
            )
            for row in rows
        ],
    )
