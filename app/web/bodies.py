"""Bodies that phones send compressed (Content-Encoding: gzip): taken whole or not at all, never larger than agreed."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, Request
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from app.core.errors import BadInput
from app.web.guard import LARGEST_BODY, Parts, too_large

GZIP = 31  # zlib's window bits for one gzip member, its checksum looked at


class CutOff(BadInput):
    """The request ends too early; nothing of it was stored."""

    zh = "请求内容不完整，未保存任何内容。"


@dataclass(frozen=True, slots=True)
class Body:
    """A body as it was before it was compressed, and when the request began to come."""

    content: bytes
    came_at: datetime


def inflated(content: bytes, largest: int = LARGEST_BODY) -> bytes:
    """Return what was compressed with gzip.

    Raises:
        CutOff: It ends too early, or isn't what was compressed.
        HTTPException: 413: it would be larger than `largest` bytes; no more than that is ever inflated.
    """
    reader = zlib.decompressobj(GZIP)
    try:
        plain = reader.decompress(content, largest + 1)
    except zlib.error as error:
        raise CutOff("Its gzip stream is damaged.", remedy="Send it again.") from error
    if len(plain) > largest:
        raise HTTPException(413, too_large(largest))
    if not reader.eof:
        raise CutOff("Its gzip stream is cut off.", remedy="Send it again.")
    if reader.unused_data:
        raise CutOff("Something follows its gzip stream.", remedy="Send one gzip stream.")
    return plain


async def _body(request: Request) -> Body:
    came_at = datetime.now(UTC)  # before the body: a slow network is no error of the phone's clock
    try:
        content = await request.body()
    except ClientDisconnect as error:
        raise CutOff("The connection ended.", remedy="Send it again.") from error
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding == "gzip":
        content = inflated(content)
        Parts().add(content)
    elif coding != "identity":
        raise HTTPException(415, "Send it plain, or with Content-Encoding: gzip.")
    return Body(content, came_at)


Sent = Annotated[Body, Depends(_body)]
"""The request's body, inflated; declare it before a `Transaction`, so that a slow phone holds no connection."""
