"""One table: error type to status; every error leaves as problem+json (RFC 9457), in English and Chinese."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from sqlalchemy.exc import DataError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from starlette.exceptions import HTTPException
from starlette.responses import Response

from app.core import remedies
from app.core.errors import (
    BadInput,
    Conflict,
    GridwardError,
    NotAllowed,
    NotFound,
    NotReady,
    NotSignedIn,
    Outdated,
    TooMany,
    VersionMissing,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from fastapi import FastAPI, Request

STATUS: dict[type[GridwardError], int] = {
    NotFound: 404,
    BadInput: 422,
    Conflict: 409,
    NotReady: 503,
    NotSignedIn: 401,
    NotAllowed: 403,
    Outdated: 412,
    VersionMissing: 428,
    TooMany: 429,
}
TITLES = {
    400: ("The request can't be read; nothing was changed.", "无法读取请求，未作任何更改。"),
    401: ("Sign in first.", "请先登录。"),
    403: ("This is not allowed; nothing was changed.", "不允许此操作，未作任何更改。"),
    404: ("There is no such thing here.", "未找到。"),
    405: ("This address doesn't take this method.", "此地址不支持该请求方法。"),
    409: ("This conflicts with what is already stored; nothing was changed.", "与已有数据冲突，未作任何更改。"),
    412: ("Someone has changed it meanwhile; nothing was changed.", "该记录已被他人更新，未作任何更改。"),
    413: ("The request is too large; nothing was changed.", "请求内容过大，未作任何更改。"),
    415: ("The request's content type isn't taken here; nothing was changed.", "不支持的内容类型，未作任何更改。"),
    422: ("The request isn't of the documented shape; nothing was changed.", "请求格式不符合接口说明，未作任何更改。"),
    428: ("A change must say which version it changes; nothing was changed.", "修改请求须注明所依据的版本，未作任何更改。"),
    429: ("Too many tries from here; wait a while.", "尝试过于频繁，请稍后再试。"),
    500: ("Gridward failed; nothing was changed.", "程序出错，未作任何更改。"),
    503: ("Gridward can't answer just now; nothing was changed.", "服务暂不可用，未作任何更改。"),
}  # fmt: skip
CANCELLED = "57014"  # PostgreSQL's code for a statement over its time

log = logging.getLogger("gridward")


class Problem(BaseModel):
    """What went wrong (RFC 9457), in English and Chinese."""

    type: str = "about:blank"
    title: str = Field(examples=["The input can't be taken as it is; nothing was changed."])
    title_zh: str = Field(examples=["输入有误，未作任何更改。"])
    status: int = Field(examples=[422])
    detail: str = Field("", description="The facts of this case.")
    remedy: str = Field("", description="How to mend it.")
    remedy_zh: str = Field("", description="The same in Chinese, where it is there; else empty.")
    findings: list[dict[str, Any]] = Field([], description="Where in the input: `where`, `message`, `code`.")


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Return what the OpenAPI document says of problems with these statuses."""
    schema = {"$ref": "#/components/schemas/Problem"}
    return {
        status: {
            "description": TITLES[status][0],
            "content": {"application/problem+json": {"schema": schema}},
        }
        for status in statuses
    }


ANY = documented(401, 403, 404, 422, 500, 503)
SENDING = documented(400, 413, 415)  # beside them, where a body is sent
CHANGING = documented(400, 409, 412, 413, 415, 428)  # beside them, where a version is changed


def status_of(error: GridwardError) -> int:
    """Return the HTTP status of an error: its nearest kind's in the table, else 400."""
    return next((STATUS[kind] for kind in type(error).__mro__ if kind in STATUS), 400)


def answer(
    status: int, detail: str = "", remedy: str = "", *, findings: Sequence[dict[str, Any]] = ()
) -> Response:
    """Return a problem in the words of its status."""
    title, title_zh = TITLES.get(status, TITLES[400])
    problem = Problem(
        title=title,
        title_zh=title_zh,
        status=status,
        detail=detail,
        remedy=remedy,
        remedy_zh=remedies.ZH.get(remedy, ""),
        findings=list(findings),
    )
    return _sent(problem)


def of(error: GridwardError) -> Response:
    """Return a known error as a problem."""
    sent = _sent(
        Problem(
            type=error.problem,
            title=error.title,
            title_zh=error.zh,
            status=status_of(error),
            detail=error.detail,
            remedy=error.remedy,
            remedy_zh=error.remedy_zh,
            findings=[finding.to_dict() for finding in error.findings],
        )
    )
    if isinstance(error, NotSignedIn):
        sent.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooMany):
        sent.headers["Retry-After"] = str(error.wait_s)
    return sent


def install(app: FastAPI) -> None:
    """Make `app` answer every known error as problem+json, and say so in its OpenAPI document."""

    @app.exception_handler(GridwardError)
    def known(_request: Request, error: GridwardError) -> Response:
        return of(error)

    @app.exception_handler(RequestValidationError)
    def invalid(_request: Request, error: RequestValidationError) -> Response:
        findings = [
            {"where": ".".join(map(str, e["loc"])), "message": e["msg"], "code": e["type"]}
            for e in error.errors()
        ]
        return answer(422, findings=findings)

    @app.exception_handler(HTTPException)
    def refused(_request: Request, error: HTTPException) -> Response:
        sent = answer(error.status_code, "" if error.status_code in (404, 405) else str(error.detail))
        sent.headers.update(error.headers or {})
        return sent

    @app.exception_handler(DataError)
    def unstorable(_request: Request, _error: DataError) -> Response:
        return answer(422, "A value is beyond what the database can hold.")

    @app.exception_handler(InternalError)
    def beyond(_request: Request, error: InternalError) -> Response:
        if not str(error.orig).startswith("transform: "):  # PostGIS has no code of its own for it
            raise error
        return answer(
            422, "The place lies beyond what the deployment's CRS can show.", "Ask for a place nearer by."
        )

    @app.exception_handler(OperationalError)
    @app.exception_handler(NoConnectionFree)
    def unavailable(request: Request, error: OperationalError | NoConnectionFree) -> Response:
        cause = getattr(error, "orig", None)
        log.error("%s %s: %s", request.method, request.url.path, " ".join(str(cause or error).split())[:300])
        if getattr(cause, "sqlstate", None) == CANCELLED:
            return answer(
                503, "The answer would have taken too long.", "Ask for a shorter period or a smaller area."
            )
        sent = answer(
            503, "The database can't be reached or has no connection free.", "Try again in a moment."
        )
        sent.headers["Retry-After"] = "5"
        return sent

    generate = app.openapi

    def openapi() -> dict[str, Any]:
        document = generate()
        document["components"].setdefault("schemas", {})["Problem"] = Problem.model_json_schema()
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to extend the document


def _sent(problem: Problem) -> Response:
    """Return it as JSON, also where it quotes half a character that UTF-8 can't write."""
    body = json.dumps(problem.model_dump(), ensure_ascii=False).encode("utf-8", "replace")
    return Response(body, problem.status, media_type="application/problem+json")
