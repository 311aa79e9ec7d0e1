"""What every request passes on its way in and every answer on its way out.

A browser sends a session's cookie along whoever's page makes it send. So a page of another site must not be able to
make it: what changes something has to show that it comes from a page of ours (Origin or Sec-Fetch-Site, which pages
can't forge) whenever it carries the cookie, and whenever it is a form without a token, for any page can send one. JSON
without cookie needs to show nothing: its right is a token in a header, which no other site's page can set. Nor can a
foreign page read or frame what is answered. Who may do what is not judged here, but in `auth`.
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

COOKIE = "gridward_session"
LARGEST_BODY = 16 * 2**20  # bytes: a batch of 10,000 full reports is about 5 MB
LARGEST_UPLOAD = 32 * 2**20  # bytes: a few photos, an office's workbook
FORM, UPLOAD = "application/x-www-form-urlencoded", "multipart/form-data"
FORMS = (FORM, UPLOAD)
JSON = "application/json"
MOST_PARTS = 150_000  # lists and objects in a JSON body: one of two bytes costs a hundred, read by whoever asks, known or not
MOST_VALUES = 1_000_000  # values in all
LARGEST = {JSON: LARGEST_BODY, FORM: 2**20, UPLOAD: LARGEST_UPLOAD}
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
            await self.app(scope, _measured(receive, Headers(scope=scope)), with_headers)
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
    if _wants_proof(headers) and "origin" not in headers and "sec-fetch-site" not in headers:
        return problems.answer(
            403,
            "It doesn't show which page sent it.",
            "Send it from a page of Gridward, or with a token and without cookie.",
        )
    return _refused_body(headers)


def _refused_body(headers: Headers) -> Response | None:
    length = headers.get("content-length", "0")
    if length.isdecimal() and int(length) > _largest(headers):
        return problems.answer(413, too_large(_largest(headers)))
    has_body = length != "0" or "transfer-encoding" in headers
    if has_body and _kind(headers) not in LARGEST:
        return problems.answer(415, "Send JSON, with the header Content-Type: application/json.")
    return None


def too_large(largest: int) -> str:
    """Say how much may be sent at once."""
    return (
        f"At most {largest // 2**20} MiB in one request; send several, or load the file on the command line."
    )


def _kind(headers: Headers) -> str:
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def _largest(headers: Headers) -> int:
    return LARGEST.get(_kind(headers), LARGEST_BODY)


def _wants_proof(headers: Headers) -> bool:
    carries_cookie = any(COOKIE in value for value in headers.getlist("cookie"))
    return carries_cookie or (_kind(headers) in FORMS and "authorization" not in headers)


def _foreign(headers: Headers) -> bool:
    origin = headers.get("origin")
    return origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", "").lower()


def _measured(receive: Receive, headers: Headers) -> Receive:
    """Count a body that doesn't say its length, and what JSON is made of."""
    read, largest = 0, _largest(headers)
    count = Parts() if _kind(headers) == JSON else None

    async def counted() -> Message:
        nonlocal read
        message = await receive()
        content = message.get("body", b"")
        read += len(content)
        if read > largest:
            raise HTTPException(413, too_large(largest))
        if count is not None:
            count.add(content)
        return message

    return counted


class Parts:
    """Counts what a JSON body is made of, before anybody reads it: brackets and commas, those in texts included."""

    def __init__(self) -> None:
        self.parts = self.values = 0

    def add(self, content: bytes) -> None:
        """Count more of the body.

        Raises:
            HTTPException: 413: it is of more parts than any body of ours.
        """
        self.parts += content.count(b"[") + content.count(b"{")
        self.values += content.count(b",")
        if self.parts > MOST_PARTS or self.values > MOST_VALUES:
            raise HTTPException(
                413, f"At most {MOST_PARTS:,} lists and objects in one request; send several requests."
            )
