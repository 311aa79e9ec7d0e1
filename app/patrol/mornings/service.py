"""The morning of a day with members away (早班调整): absences, beats cut anew for that day and published, what differs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from app.areas import service as areas
from app.core.errors import Conflict, GridwardError
from app.patrol.beats import holding
from app.patrol.beats import service as beats
from app.patrol.beats.asked import Asked, Morning, TakenBack
from app.patrol.beats.cutting import service as cutting
from app.patrol.beats.settings import ON_FOOT
from app.patrol.mornings import telling
from app.patrol.tours import service as tours
from app.teams.plans import service as stored

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.core.findings import Finding
    from app.patrol.beats.asked import Told
    from app.patrol.beats.settings import Settings
    from app.teams.plans.plan import StoredPlan


class NothingToTakeBack(Conflict):
    """Nothing was changed for this day alone, so there is nothing to take back."""

    zh = "当天没有早班调整，无需撤回。"


def morning(  # noqa: PLR0917
    connection: Connection,
    asking: Principal,
    team: str,
    absent: Sequence[str],
    day: date,
    zone: ZoneInfo,
    *,
    settings: Settings = ON_FOOT,
) -> Morning:
    """Store who is away on a day, cut their ground anew among those who are there, and publish it for that day.

    Who is away has no tour that day. The day after, the beats before hold again. Members of a crew share the ground of those
    missing from it, and keep theirs as far as that is even enough; a crew that nobody is left of keeps its beats, unwalked,
    and that is said.

    Args:
        connection: Who asks needs patrol.edit on the team's ground.
        asking: Who asks.
        team: Its code.
        absent: Codes of members; those whose absence is stored already count, too.
        day: The local day.
        zone: The city's.
        settings: How the ground is cut.

    Raises:
        UnknownTeam, UnknownMembers: There are none such.
        NotAllowed: It takes patrol.edit.
    """
    beats.must_edit(connection, asking, team)
    start, end = _span(day, zone)
    if absent:
        stored.add_absences(connection, team, absent, start, end)
    away = {
        one.member
        for one in stored.absences(connection, team, start, end)
        if one.start <= start and (one.end is None or one.end >= end)
    }
    at = noon(day, zone)
    edition = areas.edition_at(connection, at)
    known = set(areas.ground(connection, edition.id).codes.tolist())
    held = {row.member: set(row.cells) for row in stored.held(connection, team, at)}
    done: list[Told] = []
    findings = [telling.groundless(member) for member in sorted(away - held.keys())]
    for crew in holding.crews(held):
        missing, there = sorted(away & set(crew)), sorted(set(crew) - away)
        if missing and not there:
            findings.append(telling.nobody_left(missing))
        elif missing:
            cells = set().union(*(held[member] for member in crew))
            asked = Asked(
                team=team,
                name=f"{day} 早班调整",
                members=tuple(there),
                cells=tuple(sorted(cells & known)),
                at=at,
                little=True,
                away=tuple(missing),
                settings=settings,
            )
            done.append(_for_the_day(connection, asking, asked, start, end))
            findings += telling.gone(len(cells - known))
    tours.end_tours(connection, team, day, sorted(away), zone=zone)
    made, said = _tours(connection, team, day, zone, done)
    return Morning(team=team, day=day, away=sorted(away), plans=done, findings=findings + said, tours=made)


def for_the_day(connection: Connection, team: str, day: date, zone: ZoneInfo) -> list[StoredPlan]:
    """Return the plans that hold for one day only, the one published last first."""
    start, end = _span(day, zone)
    found = [
        one
        for one in stored.plans(connection, team)
        if one.state == "published" and one.start == start and one.end == end
    ]
    return sorted(found, key=lambda one: (one.published_at or one.made_at, one.id), reverse=True)


def noon(day: date, zone: ZoneInfo) -> datetime:
    """Return the time by which a day's beats are told: a plan may begin with the early shift."""
    return datetime.combine(day, time(12), zone)


def usual(connection: Connection, team: str, day: date, zone: ZoneInfo) -> dict[str, set[Any]]:
    """Return the cells (codes) that each member would have on a day, had nothing been changed for that day alone."""
    start, end = _span(day, zone)
    alone = [
        one.id
        for one in stored.plans(connection, team)
        if one.state in ("published", "replaced") and one.start == start and one.end == end
    ]
    held = stored.held_without(connection, team, noon(day, zone), alone)
    return {row.member: set(row.cells) for row in held}


def take_back(connection: Connection, asking: Principal, team: str, day: date, zone: ZoneInfo) -> TakenBack:
    """Withdraw what was published for one day: the usual beats hold again, with tours on them where there were any.

    Absences that were stored for this day alone are removed.

    Raises:
        UnknownTeam: There is none for the asker.
        NotAllowed: It takes patrol.edit on the team's ground.
        NothingToTakeBack: Nothing was published for this day alone.
        PublishedOver: Others were published over it.
    """
    beats.must_edit(connection, asking, team)
    start, end = _span(day, zone)
    gone: list[Told] = []
    while changed := for_the_day(
        connection, team, day, zone
    ):  # one that was replaced is published again, and goes next
        gone.append(beats.withdraw(connection, asking, changed[0].id, changed[0].version, start))
    if not gone:
        raise NothingToTakeBack(f"{team}, {day}.", remedy="Choose another day.")
    alone = [
        one for one in stored.absences(connection, team, start, end) if one.start == start and one.end == end
    ]
    for absence in alone:
        stored.end_absence(connection, absence.id)
    planned = bool(tours.tours(connection, team, day, zone))
    made = tours.plan_tours(connection, team, day, why="absence", zone=zone) if planned else None
    return TakenBack(
        team=team,
        day=day,
        plans=gone,
        back=sorted({one.member for one in alone}),
        findings=[one for told in gone for one in told.findings] + (list(made.findings) if made else []),
        tours=len(made.tours) if made else 0,
    )


def _span(day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    return datetime.combine(day, time(), zone), datetime.combine(day + timedelta(days=1), time(), zone)


def _tours(
    connection: Connection, team: str, day: date, zone: ZoneInfo, done: Sequence[Told]
) -> tuple[int, list[Finding]]:
    """Make new tours for those whose ground was cut anew; what keeps them from being made doesn't undo the rest."""
    members = [beat.member for told in done for beat in told.beats if beat.member is not None]
    if not members:
        return 0, []
    try:
        with connection.begin_nested():
            planned = tours.plan_tours(connection, team, day, members, "absence", zone=zone)
    except GridwardError as error:
        return 0, [telling.no_tours(team, error)]
    return len(planned.tours), list(planned.findings)


def _for_the_day(
    connection: Connection, asking: Principal, asked: Asked, start: datetime, end: datetime
) -> Told:
    """Cut anew and publish; an earlier cut for the same day is replaced."""
    told = cutting.plan_beats(connection, asking, asked)
    done = beats.publish(connection, asking, told.plan.id, told.plan.version, start, end, replace_others=True)
    return replace(done, findings=told.findings, change=told.change)
