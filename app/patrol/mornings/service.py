"""The morning of a day with members away (早班调整): absences, beats cut anew for that day and published, what differs."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from app.areas import service as areas
from app.core.errors import GridwardError
from app.core.findings import Finding
from app.patrol.beats import holding
from app.patrol.beats import service as beats
from app.patrol.beats.asked import Asked, Morning
from app.patrol.beats.cutting import service as cutting
from app.patrol.beats.settings import ON_FOOT
from app.patrol.tours import service as tours
from app.teams.plans import service as stored

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.patrol.beats.asked import Told
    from app.patrol.beats.settings import Settings


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

    Who is away has no tour that day. The day after, the beats before hold again. Members of a crew share the ground of those missing from it; a crew that
    nobody is left of keeps its beats, unwalked, and that is said.

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
    start = datetime.combine(day, time(), zone)
    end = datetime.combine(day + timedelta(days=1), time(), zone)
    if absent:
        stored.add_absences(connection, team, absent, start, end)
    away = {
        one.member
        for one in stored.absences(connection, team, start, end)
        if one.start <= start and (one.end is None or one.end >= end)
    }
    noon = start + timedelta(hours=12)  # what holds then: a plan may begin with the early shift
    edition = areas.edition_at(connection, noon)
    known = set(areas.ground(connection, edition.id).codes.tolist())
    held = {row.member: set(row.cells) for row in stored.held(connection, team, noon)}
    done: list[Told] = []
    findings = [_groundless(member) for member in sorted(away - held.keys())]
    for crew in holding.crews(held):
        missing, there = sorted(away & set(crew)), sorted(set(crew) - away)
        if missing and not there:
            findings.append(_nobody_left(missing))
        elif missing:
            cells = set().union(*(held[member] for member in crew))
            asked = Asked(
                team=team,
                name=f"{day} 早班调整",
                members=tuple(there),
                cells=tuple(sorted(cells & known)),
                at=noon,
                little=True,
                away=tuple(missing),
                settings=settings,
            )
            done.append(_for_the_day(connection, asking, asked, start, end))
            findings += _gone(len(cells - known))
    tours.end_tours(connection, team, day, sorted(away), zone=zone)
    made, said = _tours(connection, team, day, zone, done)
    return Morning(team=team, day=day, away=sorted(away), plans=done, findings=findings + said, tours=made)


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
        return 0, [
            Finding(
                code="no-tours",
                where=f"team {team}",
                message=f"Tours were not made: {error}",
                remedy="Make them again: POST /api/patrol/tours",
                severity="warning",
            )
        ]
    return len(planned.tours), list(planned.findings)


def _for_the_day(
    connection: Connection, asking: Principal, asked: Asked, start: datetime, end: datetime
) -> Told:
    """Cut anew and publish; an earlier cut for the same day is replaced."""
    told = cutting.plan_beats(connection, asking, asked)
    done = beats.publish(connection, asking, told.plan.id, told.plan.version, start, end, replace_others=True)
    return replace(done, findings=told.findings, change=told.change)


def _groundless(member: str) -> Finding:
    return Finding(
        code="no-ground",
        where=f"member {member}",
        message="Is away, and had no beat that day: there is nothing to share out.",
        severity="note",
    )


def _nobody_left(missing: Sequence[str]) -> Finding:
    return Finding(
        code="nobody-left",
        where=f"members {', '.join(missing)}",
        message="Nobody is left of this crew: its beats stay as they are and will not be walked that day.",
        remedy="Plan the ground for members of another crew.",
        severity="warning",
    )


def _gone(cells: int) -> list[Finding]:
    if not cells:
        return []
    return [
        Finding(
            code="other-edition",
            where="beats",
            message=f"{cells} cells of these beats aren't in the edition that holds that day; they were left out.",
            remedy="Plan the beats anew on that edition.",
            severity="warning",
        )
    ]
