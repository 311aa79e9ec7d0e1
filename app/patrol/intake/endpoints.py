"""`/api/patrol/me/fixes`: fixes that phones and recorders send of their member."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.auth.guards import Me, Transaction
from app.patrol.duty.endpoints import Rules
from app.patrol.intake import service
from app.patrol.intake.schemas import FixesIn, TakenOut
from app.web import problems
from app.web.bodies import CutOff, Sent

router = APIRouter(prefix="/api/patrol", tags=["patrol"])
BODY = {
    "requestBody": {
        "required": True,
        "description": "Plain, or with Content-Encoding: gzip.",
        "content": {"application/json": {"schema": FixesIn.model_json_schema()}},
    }
}


@router.post("/me/fixes", responses=problems.SENDING, openapi_extra=BODY)
def send_fixes(sent: Sent, connection: Transaction, asking: Me, rules: Rules) -> TakenOut:
    """Send one's own fixes, live or late, in any order: each counts once by phone and time; may be gzip.

    A request is taken whole or, cut off on its way, not at all. Within it fixes are judged one by one: those off duty, from
    the future or nowhere are refused and named, the others stored. Without consent nothing is stored (403,
    `urn:gridward:consent-missing`).
    """
    said = _read(sent.content)
    taken = service.take(
        connection, asking, rules,
        device=said.device, sent_at=said.sent_at, came_at=sent.came_at, items=said.fixes,
    )  # fmt: skip
    return TakenOut.of(taken)


def _read(content: bytes) -> FixesIn:
    try:
        return FixesIn.model_validate_json(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        if any(one["type"] == "json_invalid" and "EOF" in one["msg"] for one in found):
            raise CutOff("Its JSON is cut off.", remedy="Send it again.") from error
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from error
