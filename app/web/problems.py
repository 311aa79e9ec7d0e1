"""One table: error type to status; every error leaves as problem+json (RFC 9457), in English and Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from app.core.errors import BadInput, Conflict, GridwardError, NotFound, NotReady

if TYPE_CHECKING:
    from fastapi import FastAPI, Request

STATUS: dict[type[GridwardError], int] = {
    NotFound: 404,
    BadInput: 422,
    Conflict: 409,
    NotReady: 503,
}


def status_of(error: GridwardError) -> int:
    """Return the HTTP status of an error: its nearest kind's in the table, else 400."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def install(app: FastAPI) -> None:
    """Make `app` answer every known error as problem+json."""

    @app.exception_handler(GridwardError)
    def known(_request: Request, error: GridwardError) -> JSONResponse:
        body = {
            "type": "about:blank",
            "title": error.title,
            "title_zh": error.zh,
            "status": status_of(error),
            "detail": error.detail,
            "remedy": error.remedy,
            "findings": [finding.to_dict() for finding in error.findings],
        }
        return JSONResponse(body, status_of(error), media_type="application/problem+json")

    @app.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
        body = {
            "type": "about:blank",
            "title": "The request isn't of the documented shape; nothing was changed.",
            "title_zh": "请求格式不符合接口说明，未作任何更改。",
            "status": 422,
            "findings": jsonable_encoder(
                [
                    {"where": ".".join(map(str, e["loc"])), "message": e["msg"], "code": e["type"]}
                    for e in error.errors()
                ]
            ),
        }
        return JSONResponse(body, 422, media_type="application/problem+json")
