"""`/api/patrol/osmand`: fixes of OsmAnd, Traccar and other recorders; `/api/patrol/me/recorders`: whose they are."""

from __future__ import annotations

import json
import time
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response

from app.auth.guards import Me, OnceKey, Transaction, once
from app.auth.slowing import source_of
from app.cases.pacing import Pace
from app.core.errors import BadInput, NotSignedIn, TooMany
from app.patrol.duty.endpoints import Now, Rules
from app.patrol.intake.schemas import TakenOut
from app.patrol.recorders import protocol, service
from app.patrol.recorders.schemas import RecorderIn, RecorderMade, RecorderOut
from app.web import problems
from app.web.bodies import Sent

router = APIRouter(prefix="/api/patrol", tags=["patrol"])
HEARD = Pace(1200, 120)  # of one recorder: ten a second while it makes up for what it could not send
GUESSED = Pace(30, 600)  # of one address, with secrets that are nobody's
QUERY: list[dict[str, Any]] = [
    {"name": name, "in": "query", "required": False, "description": said, "schema": {"type": "string"}, "example": shown}
    for name, said, shown in (
        ("id", "The recorder's secret", "gwr_5f0c"),
        ("lat", "Degrees, WGS-84", "39.9219"),
        ("lon", "Degrees, WGS-84", "116.4551"),
        ("timestamp", "Seconds or milliseconds since 1970, or ISO 8601; missing: now", "1763856300"),
        ("accuracy", "Metres; else `hdop`", "8"),
    )
]  # fmt: skip
JSON = {
    "parameters": QUERY,
    "requestBody": {
        "required": False,
        "content": {
            "application/json": {
                "schema": {"type": "object"},
                "example": {
                    "device_id": "gwr_5f0c",
                    "location": {
                        "timestamp": "2026-11-23T00:05:00Z",
                        "coords": {"latitude": 39.9219, "longitude": 116.4551, "accuracy": 8},
                    },
                },
            }
        },
    },
}
PACED = problems.documented(429)


@router.get("/osmand", responses=PACED, openapi_extra={"parameters": QUERY})
def osmand(request: Request, connection: Transaction, rules: Rules, now: Now) -> TakenOut:
    """Take one fix of a recorder by the OsmAnd protocol, under the recorder's secret.

    A fix off duty is answered 200, too, and named among the refused: a recorder would send it again for ever.
    """
    told = protocol.from_query(dict(request.query_params), now)
    return _taken(request, connection, rules, told, now)


@router.post("/osmand", responses=problems.SENDING | PACED, openapi_extra=JSON)
def traccar(request: Request, sent: Sent, connection: Transaction, rules: Rules, now: Now) -> TakenOut:
    """Take fixes of a recorder by the OsmAnd protocol or as JSON of Traccar's client, under the recorder's secret."""
    query = dict(request.query_params)
    if sent.content.strip():
        told = protocol.from_json(_document(sent.content), query, now)
    else:
        told = protocol.from_query(query, now)
    return _taken(request, connection, rules, told, now)


def _document(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError) as error:
        raise BadInput("The body is no JSON document.", remedy="Send it again.") from error


def _taken(
    request: Request, connection: Transaction, rules: Rules, told: protocol.Told, now: Now
) -> TakenOut:
    try:
        _pass(HEARD, told.secret)
        return TakenOut.of(service.take(connection, rules, told, now))
    except NotSignedIn:
        _pass(GUESSED, source_of(request.client.host if request.client else None))
        raise


def _pass(pace: Pace, source: str) -> None:
    wait = pace.wait_s(source[:100], time.monotonic())
    if wait:
        raise TooMany("Too many from this recorder.", remedy="Try again later.", wait_s=int(wait) + 1)


@router.get("/me/recorders")
def recorders(connection: Transaction, asking: Me) -> list[RecorderOut]:
    """One's own recorders (其他记录设备), newest first; those revoked, too."""
    return [RecorderOut.model_validate(one) for one in service.recorders(connection, asking)]


@router.post(
    "/me/recorders",
    status_code=201,
    response_model=RecorderMade,
    responses=problems.SENDING | problems.documented(409),
)
def make_recorder(  # noqa: PLR0917
    request: Request, connection: Transaction, asking: Me, rules: Rules, said: RecorderIn, key: OnceKey = None
) -> Response:
    """Make a recorder of one's own: a secret for OsmAnd or Traccar's client, told this once."""

    def make() -> tuple[int, RecorderMade, dict[str, str]]:
        made, secret = service.make(connection, asking, rules, said.name)
        address = f"{str(request.base_url).rstrip('/')}/api/patrol/osmand?id={secret}&lat={{0}}&lon={{1}}&timestamp={{2}}&hdop={{3}}"
        plain = RecorderOut.model_validate(made).model_dump()
        return 201, RecorderMade(**plain, secret=secret, address=address), {}

    return once(connection, asking, key, said.model_dump(mode="json"), make, unkept=("secret", "address"))


@router.delete("/me/recorders/{recorder_id}", status_code=204)
def revoke_recorder(
    connection: Transaction,
    asking: Me,
    recorder_id: Annotated[int, Path(ge=1, lt=2**31, examples=[3])],
) -> None:
    """Revoke a recorder of one's own: nothing it sends is taken any more."""
    service.revoke(connection, asking, recorder_id)
