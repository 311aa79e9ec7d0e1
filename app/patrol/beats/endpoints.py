"""`/api/patrol/plans` and `/api/patrol/absences`: beats planned, edited, compared, published; who is away."""

from __future__ import annotations

from datetime import datetime, time
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import AwareDatetime

from app.areas.service import metric_srid
from app.auth.guards import Me, OnceKey, Transaction, once
from app.geo.crs import Metric
from app.patrol.beats import service
from app.patrol.beats.cutting import service as cutting
from app.patrol.beats.schemas import (
    AbsenceOut,
    AbsencesIn,
    DifferenceOut,
    MovesIn,
    PlanIn,
    PlanLineOut,
    PlanMapOut,
    PlanOut,
    PublicationIn,
    moment,
)
from app.web import problems
from app.web.etags import IfMatch, etag

router = APIRouter(prefix="/api/patrol", tags=["patrol"])

Team = Annotated[str, Query(max_length=80, description="Code of the team.", examples=["yonganli-east"])]
Id = Annotated[int, Path(ge=1, lt=2**31, examples=[17])]
From = Annotated[AwareDatetime | None, Query(alias="from", description="Included; with its offset.")]
To = Annotated[AwareDatetime | None, Query(description="Not included; with its offset.")]
MAKING = problems.SENDING | problems.documented(409)


@router.get("/plans")
def plans(connection: Transaction, me: Me, team: Team) -> list[PlanLineOut]:
    """Plans of beats (责任区方案) of a team, the newest first."""
    me.requires("coverage.read")
    me.requires("coverage.read", within=service.ground_of(connection, team))
    return [PlanLineOut.model_validate(plan) for plan in service.plans(connection, team)]


@router.post("/plans", status_code=201, response_model=PlanOut, responses=MAKING)
def make_plan(
    connection: Transaction, me: Me, request: Request, plan: PlanIn, key: OnceKey = None
) -> Response:
    """Cut a ground into beats, contiguous, compact, even in minutes of work; stored as a draft, nothing holds yet."""
    me.requires("patrol.edit")
    asked = plan.asked(Metric(metric_srid(connection)), _zone(request))

    def make() -> tuple[int, Any, dict[str, str]]:
        told = cutting.plan_beats(connection, me, asked)
        headers = {"Location": f"/api/patrol/plans/{told.plan.id}", "ETag": etag(told.plan.version)}
        return 201, PlanOut.model_validate(told.to_dict()), headers

    return once(connection, me, key, plan.model_dump(mode="json"), make)


@router.get("/plans/{plan_id}")
def plan(
    connection: Transaction,
    me: Me,
    plan_id: Id,
    response: Response,
    datum: Annotated[str, Query(max_length=20, description="Of the outlines.")] = "wgs84",
) -> PlanMapOut:
    """A plan with the outlines of its beats, its cells and their minutes, and what keeps it from being published."""
    me.requires("coverage.read")
    told = service.plan(connection, plan_id)
    me.requires("coverage.read", within=service.ground_of(connection, told.plan.team))
    response.headers["ETag"] = etag(told.plan.version)
    return PlanMapOut.of(told, datum, Metric(metric_srid(connection)))


@router.patch("/plans/{plan_id}/cells", responses=problems.CHANGING)
def move_cells(
    connection: Transaction, me: Me, plan_id: Id, said: MovesIn, *, version: IfMatch, response: Response
) -> PlanOut:
    """Move cells between the beats of a draft, or say who has which; a beat that breaks is flagged, not refused."""
    me.requires("patrol.edit")
    moves = [(move.cell, move.beat) for move in said.moves]
    holders = {holder.beat: holder.member for holder in said.holders}
    told = service.edit(connection, me, plan_id, version, moves, holders)
    response.headers["ETag"] = etag(told.plan.version)
    return PlanOut.model_validate(told.to_dict())


@router.get("/plans/{plan_id}/against/{other_id}")
def compare(connection: Transaction, me: Me, plan_id: Id, other_id: Id) -> DifferenceOut:
    """What a plan would change against another one, by member: minutes, cells kept, gained and lost."""
    me.requires("coverage.read")
    for one in (plan_id, other_id):
        me.requires(
            "coverage.read", within=service.ground_of(connection, service.plan(connection, one).plan.team)
        )
    return DifferenceOut.model_validate(service.compare(connection, other_id, plan_id).to_dict())


@router.post("/plans/{plan_id}/publication", responses=problems.CHANGING)
def publish(  # noqa: PLR0917
    connection: Transaction,
    me: Me,
    request: Request,
    plan_id: Id,
    said: PublicationIn,
    version: IfMatch,
    response: Response,
) -> PlanOut:
    """Let a plan hold from a date on, or for a time: afterwards the beats before hold again."""
    me.requires("patrol.edit")
    start, end = _span(said, _zone(request))
    told = service.publish(connection, me, plan_id, version, start, end, replace_others=said.replace)
    response.headers["ETag"] = etag(told.plan.version)
    return PlanOut.model_validate(told.to_dict())


@router.post("/plans/{plan_id}/withdrawal", responses=problems.CHANGING)
def withdraw(
    connection: Transaction, me: Me, request: Request, plan_id: Id, *, version: IfMatch, response: Response
) -> PlanOut:
    """Withdraw a publication (撤回): the beats that it cut hold again, for days that are past nothing changes."""
    me.requires("patrol.edit")
    today = datetime.combine(datetime.now(_zone(request)).date(), time(), _zone(request))
    told = service.withdraw(connection, me, plan_id, version, today)
    response.headers["ETag"] = etag(told.plan.version)
    return PlanOut.model_validate(told.to_dict())


@router.get("/absences")
def absences(
    connection: Transaction, me: Me, team: Team, from_: From = None, to: To = None
) -> list[AbsenceOut]:
    """When members of a team are away, by code; nobody says why."""
    me.requires("coverage.read")
    me.requires("coverage.read", within=service.ground_of(connection, team))
    return [AbsenceOut.model_validate(one) for one in service.absences(connection, team, from_, to)]


@router.post("/absences", status_code=201, response_model=list[AbsenceOut], responses=MAKING)
def add_absences(
    connection: Transaction, me: Me, request: Request, said: AbsencesIn, key: OnceKey = None
) -> Response:
    """Say that members are away for a time; answers with their absences that touch it."""
    me.requires("patrol.edit")
    start, end = _span(said, _zone(request))

    def make() -> tuple[int, Any, dict[str, str]]:
        found = service.add_absences(connection, me, said.team, said.members, start, end)
        return 201, [AbsenceOut.model_validate(one) for one in found], {}

    return once(connection, me, key, said.model_dump(mode="json"), make)


@router.delete("/absences/{absence_id}", status_code=204)
def end_absence(connection: Transaction, me: Me, absence_id: Id, team: Team) -> None:
    """Remove an absence that was stored by mistake; plans published for it stay."""
    me.requires("patrol.edit")
    service.end_absence(connection, me, team, absence_id)


def _zone(request: Request) -> ZoneInfo:
    return ZoneInfo(request.app.state.settings.timezone)


def _span(said: PublicationIn | AbsencesIn, zone: ZoneInfo) -> tuple[datetime, datetime | None]:
    return moment(said.from_, zone), None if said.to is None else moment(said.to, zone)
