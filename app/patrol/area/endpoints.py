"""`/api/patrol/me/area`: a member's own area, for the phone."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request

from app.auth.guards import Me, Transaction
from app.patrol.area import service
from app.patrol.area.schemas import MyAreaOut

router = APIRouter(prefix="/api/patrol", tags=["patrol"])


@router.get("/me/area")
def my_area(connection: Transaction, me: Me, request: Request) -> MyAreaOut:
    """The asker's own area today (我的责任区): unvisited cells first, time since the team's last visit, what is owed.

    With the cells and their outline, names of buildings and shops, and open cases there: all that a phone keeps offline.
    """
    zone = ZoneInfo(request.app.state.settings.timezone)
    return MyAreaOut.model_validate(service.my_area(connection, me, datetime.now(UTC), zone))
