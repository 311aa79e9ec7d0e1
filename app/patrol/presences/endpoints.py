"""`/api/patrol/me/doors`: codes read at doors while working there."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Response

from app.auth.guards import Me, OnceKey, Transaction, once
from app.patrol.presences import service
from app.patrol.presences.schemas import DoorIn, DoorOut
from app.web import problems

router = APIRouter(prefix="/api/patrol", tags=["patrol"])


@router.post(
    "/me/doors",
    status_code=201,
    response_model=DoorOut,
    responses=problems.SENDING | problems.documented(409),
)
def read_door(connection: Transaction, me: Me, said: DoorIn, key: OnceKey = None) -> Response:
    """Keep that the asker read a door's code while working there (现场记录); never asked for, and no check-in.

    On shift only; the same code at the same moment counts once, with or without a key; `sent_at` may differ.
    """
    came_at = datetime.now(UTC)

    def make() -> tuple[int, DoorOut, dict[str, str]]:
        return (
            201,
            DoorOut.model_validate(
                service.scan(
                    connection, me, said.code, said.at, came_at, sent_at=said.sent_at, device=said.device
                )
            ),
            {},
        )

    return once(connection, me, key, said.model_dump(mode="json", exclude={"sent_at"}), make)
