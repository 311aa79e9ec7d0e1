"""What every page is given: who looks and how (language, place), what a form sent; errors as pages (not for the API)."""

from __future__ import annotations

import gzip
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl, quote
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from starlette.datastructures import FormData, Headers, UploadFile
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.auth.guards import Asking, Transaction
from app.auth.principal import NOBODY
from app.cases.notices import service as notices
from app.core.errors import BadInput, NotAllowed, NotSignedIn
from app.desk import service
from app.desk.drawing import LANGUAGES, Look, draw, within

LANGUAGE = "gridward_lang"
PAGES = ("/desk", "/sign-in", "/sign-out", "/link", "/report", "/follow")
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; media-src 'self' blob:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "Permissions-Policy": "geolocation=(self), camera=(self), microphone=()",
}
LONGEST = 4000  # characters in one field of a form
A_YEAR = 365 * 86400


def look_of(request: Request) -> Look:
    """Return how a request's page looks, without asking the database."""
    asked = request.query_params.get("lang") or request.cookies.get(LANGUAGE)
    zone = (
        ZoneInfo(request.app.state.settings.timezone) if "app" in request.scope else ZoneInfo("Asia/Shanghai")
    )
    query = parse_qsl(request.scope["query_string"].decode("latin-1"), keep_blank_values=True)
    return Look(
        lang=asked if asked in LANGUAGES else "zh",
        path=request.url.path,
        query=tuple((name, value) for name, value in query if name != "lang"),
        asking=getattr(request.state, "principal", NOBODY),
        now=datetime.now(UTC),
        zone=zone,
        **getattr(request.state, "ground", {}),
    )


def _look(request: Request, connection: Transaction, asking: Asking) -> Look:
    codes = [grant.area_code for grant in asking.grants if grant.area_code]
    parties = [grant.party_id for grant in asking.grants if grant.party_id is not None]
    request.state.ground = service.ground_of(connection, codes, parties)
    if asking.signed_in and not asking.system:
        request.state.ground["notices"] = notices.unseen(connection)
    return look_of(request)


def _signed_in(look: Annotated[Look, Depends(_look)]) -> Look:
    if not look.asking.signed_in:
        raise NotSignedIn
    if look.asking.scopes is not None:  # a page shows more than one thing: no scope covers it
        raise NotAllowed("Pages are for people; a token is for the API.", remedy="Sign in.")
    return look


AnyLook = Annotated[Look, Depends(_look)]
"""How the page looks, for anyone."""
MyLook = Annotated[Look, Depends(_signed_in)]
"""How the page looks, for who is signed in; nobody is shown to the sign-in page."""


def page(look: Look, template: str, status: int = 200, **facts: Any) -> Response:
    """Return a page as an answer; it remembers a language that was asked for."""
    answer = HTMLResponse(draw(template, look, facts), status, HEADERS)
    answer.set_cookie(LANGUAGE, look.lang, max_age=A_YEAR, httponly=True, samesite="lax")
    return answer


def seen(path: str) -> Response:
    """Send the browser on after a form was taken, so that reloading sends nothing again."""
    return RedirectResponse(path, 303, {"Cache-Control": "no-store"})


class Sent:
    """What a form sent: texts by name, several of one name, files."""

    def __init__(self, form: FormData) -> None:
        self.form = form

    def text(self, name: str, default: str = "", *, longest: int = LONGEST) -> str:
        """Return one field, without the space around it.

        Raises:
            BadInput: It is too long, or holds a NUL or half a character.
        """
        value = self.form.get(name)
        return _clean(name, value, longest) if isinstance(value, str) else default

    def texts(self, name: str) -> list[str]:
        """Return every field of a name."""
        return [_clean(name, value) for value in self.form.getlist(name) if isinstance(value, str)]

    def number(self, name: str) -> float | None:
        """Return a field as a number, None if it is empty.

        Raises:
            BadInput: It is no number.
        """
        said = self.text(name)
        try:
            return float(said) if said else None
        except ValueError:
            raise BadInput(
                f"{name}: {said[:40]!r} is no number.", remedy="Write it in digits, as in 116.46."
            ) from None

    def whole(self, name: str) -> int | None:
        """Return a field as a whole number, None if it is empty.

        Raises:
            BadInput: It is none.
        """
        said = self.text(name)
        if not said:
            return None
        if not (said.isascii() and said.isdigit() and len(said) <= 9):
            raise BadInput(f"{name}: {said[:40]!r} is no whole number.")
        return int(said)

    def moment(self, name: str, zone: ZoneInfo) -> datetime | None:
        """Return a field of type datetime-local on the city's clock, None if it is empty.

        Raises:
            BadInput: It is no time.
        """
        said = self.text(name)
        try:
            return datetime.fromisoformat(said).replace(tzinfo=zone) if said else None
        except ValueError:
            raise BadInput(
                f"{name}: {said[:40]!r} is no time.", remedy="Write it as 2026-03-02T17:30."
            ) from None

    def files(self, name: str) -> list[tuple[str, bytes]]:
        """Return the files of a name that were really chosen: their names and bytes."""
        chosen = [each for each in self.form.getlist(name) if isinstance(each, UploadFile) and each.filename]
        return [(str(each.filename)[:200], each.file.read()) for each in chosen]


def _clean(name: str, value: str, longest: int = LONGEST) -> str:
    said = value.replace("\r\n", "\n").strip()
    if len(said) > longest:
        raise BadInput(
            f"{name} has {len(said)} characters, at most {longest} are taken.",
            remedy="Shorten it; nothing was lost.",
        )
    if "\0" in said or any("\ud800" <= letter <= "\udfff" for letter in said):
        raise BadInput(f"{name} holds a character that can't be stored.")
    return said


async def _sent(request: Request) -> AsyncIterator[Sent]:
    async with request.form(max_files=12, max_fields=1000, max_part_size=8 * 2**20) as form:
        yield Sent(form)


Form = Annotated[Sent, Depends(_sent)]


class ErrorPages:
    """ASGI middleware: a problem on its way to a page's reader becomes a page; nobody is shown to the sign-in page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on; of its answer change problems only."""
        if scope["type"] != "http" or not any(within(scope["path"], page) for page in PAGES):
            await self.app(scope, receive, send)
            return
        scope.setdefault("state", {})
        held: list[Message] = []

        async def pages(message: Message) -> None:
            if message["type"] == "http.response.start":
                kind = Headers(raw=message["headers"]).get("content-type", "")
                if kind.startswith("application/problem+json"):
                    held.append(message)
                    return
            if not held:
                await send(message)
                return
            held.append(message)
            if not message.get("more_body"):
                await _error_page(scope, held)(scope, receive, send)

        await self.app(scope, receive, pages)


def _error_page(scope: Scope, held: list[Message]) -> Response:
    start, *parts = held
    headers = Headers(raw=start["headers"])
    body = b"".join(part.get("body", b"") for part in parts)
    problem = json.loads(gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body)
    request = Request(scope)
    if start["status"] == 401 and scope["method"] in ("GET", "HEAD"):
        query = scope["query_string"].decode("latin-1")
        there = scope["path"] + (f"?{query}" if query else "")
        return RedirectResponse(f"/sign-in?next={quote(there, safe='')}", 303, {"Cache-Control": "no-store"})
    answer = page(
        look_of(request), "error.html", start["status"], problem=problem, retry=headers.get("retry-after")
    )
    for name in ("retry-after", "allow"):
        if name in headers:
            answer.headers[name] = headers[name]
    return answer
