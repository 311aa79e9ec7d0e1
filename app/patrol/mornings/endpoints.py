"""`/api/patrol/mornings`: one call for a day on which members are away."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request, Response

from app.auth.guards import Me, OnceKey, Transaction, once
from app.patrol.beats.settings import ON_FOOT
from app.patrol.mornings import service
from app.patrol.mornings.schemas import MorningIn, MorningOut, TakenBackOut
from app.web import problems

router = APIRouter(prefix="/api/patrol", tags=["patrol"])


@router.post(
    "/mornings",
    status_code=201,
    response_model=MorningOut,
    responses=problems.SENDING | problems.documented(409),
)
def morning(
    connection: Transaction, me: Me, request: Request, said: MorningIn, key: OnceKey = None
) -> Response:
    """Members are away: store it, cut their ground anew among the others, publish that for the day, make new tours."""
    me.requires("patrol.edit")
    zone = ZoneInfo(request.app.state.settings.timezone)

    def make() -> tuple[int, Any, dict[str, str]]:
        day = said.day or datetime.now(zone).date()
        rules = ON_FOOT if said.tolerance is None else replace(ON_FOOT, day_tolerance=said.tolerance)
        done = service.morning(connection, me, said.team, said.absent, day, zone, settings=rules)
        return 201, MorningOut.model_validate(done.to_dict()), {}

    return once(connection, me, key, said.model_dump(mode="json"), make)


@router.delete("/mornings", responses=problems.documented(409))
def take_back(
    connection: Transaction,
    me: Me,
    request: Request,
    team: Annotated[str, Query(max_length=80, description="Code of the team.", examples=["yonganli-east"])],
    day: Annotated[date | None, Query(description="Default: today.", examples=["2026-11-24"])] = None,
) -> TakenBackOut:
    """Take a day's change back (撤回早班调整): the usual beats hold again, absences of this day alone are removed."""
    me.requires("patrol.edit")
    zone = ZoneInfo(request.app.state.settings.timezone)
    done = service.take_back(connection, me, team, day or datetime.now(zone).date(), zone)
    return TakenBackOut.model_validate(done.to_dict())
