"""Parts of what is kept in the database (Range): some browsers play no sound without them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fastapi import Response

if TYPE_CHECKING:
    from collections.abc import Mapping


def part(asked: str | None, content: bytes, media_type: str, headers: Mapping[str, str]) -> Response:
    """Return the part that a Range header asks for (RFC 9110, section 14), or all of it.

    One part at most: who asks for several, or for something else than bytes, gets all, as the standard lets us.
    """
    told = {"Accept-Ranges": "bytes", **headers}
    found = re.fullmatch(r"bytes=(\d{0,12})-(\d{0,12})", (asked or "").strip())
    if found is None or not any(found.groups()):
        return Response(content, media_type=media_type, headers=told)
    size = len(content)
    first, last = (int(each) if each else None for each in found.groups())
    if first is None:  # the last so many bytes
        first, last = max(0, size - (last or 0)), size - 1
    last = size - 1 if last is None else min(last, size - 1)
    if first > last:
        return Response(status_code=416, headers={**told, "Content-Range": f"bytes */{size}"})
    told["Content-Range"] = f"bytes {first}-{last}/{size}"
    return Response(content[first : last + 1], 206, media_type=media_type, headers=told)
