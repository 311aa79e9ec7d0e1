"""`/api/patrol/dispatch`: who could take a case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query

from app.auth.guards import Me, Transaction
from app.patrol.dispatch import service
from app.patrol.dispatch.schemas import SuggestionOut

router = APIRouter(prefix="/api/patrol", tags=["patrol"])


@router.get("/dispatch")
def suggest(
    connection: Transaction,
    me: Me,
    case: Annotated[
        str, Query(max_length=80, description="Number of the case.", examples=["C20261124-0012"])
    ],
) -> SuggestionOut:
    """Members on shift by time of arrival at a case (派单建议), with reasons; a person decides, nothing is changed."""
    me.requires("case.dispatch")
    return SuggestionOut.model_validate(service.suggest(connection, me, case, datetime.now(UTC)))
