"""`/api/patrol`: teams, and how they covered their ground."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from app.auth.guards import Me, Transaction
from app.patrol.coverage import service
from app.patrol.coverage.periods import parse_window
from app.patrol.coverage.schemas import CellsOut, TeamCoverageOut, TeamOut
from app.teams import service as teams

router = APIRouter(prefix="/api/patrol", tags=["patrol"])

Team = Annotated[str, Query(description="Code of the team.", examples=["yonganli-east"])]
From = Annotated[AwareDatetime, Query(alias="from", description="Included; with its offset.")]
To = Annotated[AwareDatetime, Query(description="Not included; with its offset.")]
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
    edition: EditionName = None,
) -> TeamCoverageOut:
    """How a team covered its ground (巡查覆盖率): as an interval, by count and by demand, by slots, by member.

    A member's own figures are shown to that member, and to supervisors of the team's ground.
    """
    me.requires("coverage.read")
    length = parse_window(window) if window else None
    ground = service.ground_of(connection, team)
    me.requires("coverage.read", within=ground)
    report = service.coverage(connection, team, from_, to, window=length, edition=edition)
    if not me.may("patrol.edit", within=ground):
        report = report.without_figures_of_others(teams.mine(connection))
    return TeamCoverageOut.model_validate(report.to_dict())


@router.get("/coverage/cells")
def coverage_cells(
    connection: Transaction, me: Me, *, team: Team, from_: From, to: To, edition: EditionName = None
) -> CellsOut:
    """State, dwell and hours since the last visit of each cell the team owes, for a map."""
    me.requires("coverage.read")
    me.requires("coverage.read", within=service.ground_of(connection, team))
    report = service.coverage_cells(connection, team, from_, to, edition=edition)
    return CellsOut.model_validate(report.to_dict())
