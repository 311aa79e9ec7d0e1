"""`/api/patrol/mornings`: one call for a day on which members are away."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request, Response

from app.auth.guards import Me, OnceKey, Transaction, once
from app.patrol.mornings import service
from app.patrol.mornings.schemas import MorningIn, MorningOut
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
        done = service.morning(connection, me, said.team, said.absent, day, zone)
        return 201, MorningOut.model_validate(done.to_dict()), {}

    return once(connection, me, key, said.model_dump(mode="json"), make)
