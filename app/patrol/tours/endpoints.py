"""`/api/patrol/tours` and one's own tour."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Query, Request, Response

from app.auth.guards import Me, OnceKey, Transaction, once
from app.patrol.tours import service
from app.patrol.tours.schemas import MyTourOut, ReplanIn, TourOut, ToursIn, ToursOut
from app.web import problems

router = APIRouter(prefix="/api/patrol", tags=["patrol"])
MAKING = problems.SENDING | problems.documented(409)


def _zone(request: Request) -> ZoneInfo:
    return ZoneInfo(request.app.state.settings.timezone)


@router.get("/me/tour")
def my_tour(connection: Transaction, me: Me) -> MyTourOut:
    """One's own tour (我的巡查路线) of the shift that goes on now, else of the next one: `which` says so."""
    now = datetime.now(UTC)
    return MyTourOut.at(service.my_tour(connection, me, now), now)


@router.get("/tours")
def tours(
    connection: Transaction,
    me: Me,
    request: Request,
    team: Annotated[str, Query(max_length=80, description="Code of the team.", examples=["yonganli-east"])],
    day: Annotated[date | None, Query(description="Default: today.", examples=["2026-11-24"])] = None,
) -> ToursOut:
    """A team's tours of a day, by member's code; who may not see the team's members sees none."""
    me.requires("coverage.read")
    me.requires("coverage.read", within=service.ground_of(connection, team))
    zone = _zone(request)
    found = service.tours(connection, team, day or datetime.now(zone).date(), zone)
    return ToursOut(tours=[TourOut.of(tour) for tour in found], findings=[])


@router.post("/tours", status_code=201, response_model=ToursOut, responses=MAKING)
def plan(connection: Transaction, me: Me, request: Request, said: ToursIn, key: OnceKey = None) -> Response:
    """Plan the tours of a team's day: must-visits first, then what was long unvisited and is reported most."""
    me.requires("patrol.edit")
    zone = _zone(request)

    def make() -> tuple[int, ToursOut, dict[str, str]]:
        service.must_edit(connection, me, said.team)
        day = said.day or datetime.now(zone).date()
        post = None if said.post is None else (said.post.lon, said.post.lat)
        planned = service.plan_tours(
            connection, said.team, day, said.members, "planned", zone=zone, post=post
        )
        return 201, ToursOut.of(planned), {}

    return once(connection, me, key, said.model_dump(mode="json"), make)


@router.post("/tours/{member}/replan", status_code=201, response_model=TourOut, responses=MAKING)
def replan(
    connection: Transaction,
    me: Me,
    said: ReplanIn,
    member: Annotated[str, Path(max_length=80, examples=["ya-03"])],
    key: OnceKey = None,
) -> Response:
    """Plan the rest of a member's shift anew; an urgent case comes first, musts stay, the least worth is dropped.

    A supervisor may do it for the team's members, a member for themselves, a dispatcher for a case of their area.
    """

    def make() -> tuple[int, TourOut, dict[str, str]]:
        service.must_replan(connection, me, member, said.case)
        tour = service.replan(connection, member, datetime.now(UTC), said.case)
        return 201, TourOut.of(tour), {}

    return once(connection, me, key, {"member": member} | said.model_dump(mode="json"), make)
