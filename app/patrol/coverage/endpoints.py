"""`/api/patrol`: teams, and how they covered their ground."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request

from app.auth.guards import Me, Transaction
from app.patrol.coverage import service
from app.patrol.coverage.periods import parse_window, to_hours
from app.patrol.coverage.schemas import CellsOut, EvidenceOut, LevelOut, TeamCoverageOut, TeamOut
from app.teams import service as teams
from app.teams.levels import service as levels
from app.web.times import Moment

router = APIRouter(prefix="/api/patrol", tags=["patrol"])

Team = Annotated[str, Query(description="Code of the team.", examples=["yonganli-east"])]
From = Annotated[Moment, Query(alias="from", description="Included; with its offset.")]
To = Annotated[Moment, Query(description="Not included; with its offset.")]
EditionName = Annotated[str | None, Query(description="Edition to measure on; default: the one at `from`.")]


@router.get("/teams")
def list_teams(connection: Transaction, me: Me) -> list[TeamOut]:
    """Teams by code, of the asker's ground and their own."""
    me.requires("coverage.read")
    return [TeamOut.model_validate(team) for team in teams.teams(connection)]


@router.get("/coverage")
def coverage(
    connection: Transaction,
    me: Me,
    *,
    team: Team,
    from_: From,
    to: To,
    window: Annotated[
        str | None,
        Query(description="Length of slots in each of which every cell is owed.", examples=["4h", "30m"]),
    ] = None,
    by: Annotated[
        Literal["hour", "day", "week"] | None,
        Query(description="A series of intervals, by the city's clock.", examples=["day"]),
    ] = None,
    edition: EditionName = None,
    request: Request,
) -> TeamCoverageOut:
    """How a team covered its ground (巡查覆盖率): as an interval, by count and by demand, by slots, beats, levels, members.

    A member's own figures are shown to that member and to the team's leader, to nobody else.
    """
    me.requires("coverage.read")
    length = parse_window(window) if window else None
    ground = service.ground_of(connection, team)
    me.requires("coverage.read", within=ground)
    zone = ZoneInfo(request.app.state.settings.timezone)
    report = service.coverage(connection, team, from_, to, window=length, by=by, zone=zone, edition=edition)
    shown = service.open_to(connection, me, team)
    if shown is not None:
        report = report.without_figures_of_others(shown)
    return TeamCoverageOut.model_validate(report.to_dict())


@router.get("/coverage/cells")
def coverage_cells(
    connection: Transaction, me: Me, *, team: Team, from_: From, to: To, edition: EditionName = None
) -> CellsOut:
    """State, dwell and hours since the last visit of each cell the team owes, for a map.

    Cells of a minute would show where who walks alone is: to others than the team's leader the period is whole hours up
    to now, and times since visits are to the half hour.
    """
    me.requires("coverage.read")
    me.requires("coverage.read", within=service.ground_of(connection, team))
    leads = service.open_to(connection, me, team) is None
    if not leads and from_ < to:
        from_, to = to_hours(from_, to, datetime.now(UTC))
    report = service.coverage_cells(connection, team, from_, to, edition=edition)
    report = report if leads else report.without_minutes()
    return CellsOut.model_validate(report.to_dict())


@router.get("/coverage/evidence")
def evidence(
    connection: Transaction,
    me: Me,
    *,
    team: Team,
    cell: Annotated[str, Query(description="Code of the cell.", examples=["110105022001017"])],
    from_: From,
    to: To,
    edition: EditionName = None,
) -> EvidenceOut:
    """Why a cell counts as patrolled, unknown or missed: its visits, what was left by working there, gaps.

    Whose they are is told to the member and the team's leader, raw positions to the member alone; to others the period and
    all times are whole hours.
    """
    me.requires("coverage.read")
    me.requires("coverage.read", within=service.ground_of(connection, team))
    return EvidenceOut.model_validate(
        service.evidence(connection, me, team, cell, from_, to, edition=edition)
    )


@router.get("/levels")
def list_levels(connection: Transaction, me: Me, team: Team) -> list[LevelOut]:
    """Management levels (管理等级) of a team's cells, and the visits owed to each in every shift."""
    me.requires("coverage.read")
    me.requires("coverage.read", within=service.ground_of(connection, team))
    return [LevelOut.model_validate(level) for level in levels.levels(connection, team)]
