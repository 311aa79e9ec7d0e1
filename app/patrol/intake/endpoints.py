"""`/api/patrol/me/fixes`: fixes that phones and recorders send of their member."""

from __future__ import annotations

import shutil
from pathlib import Path, PurePath
from tempfile import TemporaryDirectory
from typing import Annotated

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError

from app.auth.guards import Me, Transaction
from app.patrol.duty.endpoints import Now, Rules
from app.patrol.intake import service
from app.patrol.intake.arrivals import Asked
from app.patrol.intake.schemas import FileTakenOut, FixesIn, TakenOut
from app.patrol.intake.uploads import ENDINGS
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


@router.post("/me/files", responses=problems.SENDING)
def send_file(  # noqa: PLR0917
    request: Request,
    connection: Transaction,
    asking: Me,
    rules: Rules,
    now: Now,
    file: Annotated[
        UploadFile, File(description="A track of one's own: .gpx, or .csv with time, lon, lat [, accuracy].")
    ],
    datum: Annotated[
        str | None, Form(max_length=40, description="wgs84, gcj02 or bd09; default: wgs84.")
    ] = None,
    timezone: Annotated[
        str | None, Form(max_length=60, description="Of times without their own; default: the city's.")
    ] = None,
) -> FileTakenOut:
    """Send a file that another recorder has made of one's own track: each fix counts once, and only on duty."""
    asked = Asked(columns={}, datum=datum, timezone=timezone or request.app.state.settings.timezone)
    suffix = PurePath(file.filename or "").suffix.lower()
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"track{suffix if suffix in ENDINGS else ''}"
        with path.open("wb") as kept:
            shutil.copyfileobj(file.file, kept)
        report = service.take_file(connection, asking, rules, path, asked, now)
    return FileTakenOut.of(report)


def _read(content: bytes) -> FixesIn:
    try:
        return FixesIn.model_validate_json(content)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        if any(one["type"] == "json_invalid" and "EOF" in one["msg"] for one in found):
            raise CutOff("Its JSON is cut off.", remedy="Send it again.") from error
        raise RequestValidationError([{**one, "loc": ("body", *one["loc"])} for one in found]) from error
