"""What every request passes on its way in and every answer on its way out.

Gridward has no accounts: whoever reaches it may use it. So a foreign page in a browser on the same machine must not:
it can neither send (its Origin gives it away, and forms can't say JSON) nor read nor frame what is answered.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException

from app.web import problems

if TYPE_CHECKING:
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 16 * 2**20  # bytes: a batch of 10,000 full reports is about 5 MB
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
}  # where an answer says nothing else itself

log = logging.getLogger("gridward")


class Guard:
    """ASGI middleware: refuses what no client of ours sends, and gives every answer its headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass one request on, or answer it with a problem."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun = False

        async def with_headers(message: Message) -> None:
            nonlocal begun
            if message["type"] == "http.response.start":
                begun = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        refused = refusal(scope)
        if refused is not None:
            await refused(scope, receive, with_headers)
            return
        try:
            await self.app(scope, _measured(receive), with_headers)
        except Exception:
            # the path, never the query or the body: those may name people
            log.exception("%s %s failed", scope["method"], scope["path"])
            if begun:
                raise
            await problems.answer(500)(scope, receive, with_headers)


def refusal(scope: Scope) -> Response | None:
    """Return the answer to a request that can be refused by its head alone."""
    headers = Headers(scope=scope)
    if "\0" in scope["path"] or b"%00" in scope["query_string"]:
        return problems.answer(
            422, "The address holds a NUL character, which can't be stored or searched for."
        )
    if scope["method"] in SAFE_METHODS:
        return None
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") or _foreign(headers):
        return problems.answer(403, "It was sent by a page of another site.")
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length) > LARGEST_BODY:
        return problems.answer(413, TOO_LARGE)
    has_body = length != "0" or "transfer-encoding" in headers
    if has_body and headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return problems.answer(415, "Send JSON, with the header Content-Type: application/json.")
    return None


TOO_LARGE = (
    f"At most {LARGEST_BODY // 2**20} MiB in one request; send several, or use gridward incidents load."
)


def _foreign(headers: Headers) -> bool:
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


def _measured(receive: Receive) -> Receive:
    """Count a body that doesn't say its length."""
    read = 0

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > LARGEST_BODY:
            raise HTTPException(413, TOO_LARGE)
        return message

    return counted
