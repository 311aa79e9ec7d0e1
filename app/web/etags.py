"""Optimistic locking: what is read says its version (ETag), what is changed must say it again (If-Match)."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header

from app.core.errors import Outdated, VersionMissing


def etag(version: int) -> str:
    """Return the ETag of a version, as in `"v7"`."""
    return f'"v{version}"'


def _asked(
    if_match: Annotated[str | None, Header(description='The ETag that was read, as in `"v7"`.')] = None,
) -> int:
    if if_match is None:
        raise VersionMissing(remedy="Read it, then send its ETag as the header If-Match.")
    found = re.fullmatch(r'(?:W/)?"v(\d{1,9})"', if_match.strip())
    if found is None:
        raise Outdated(f"If-Match is {if_match[:60]!r}.", remedy="Read it again and send its ETag as it is.")
    return int(found[1])


IfMatch = Annotated[int, Depends(_asked)]
"""The version that a change starts from: 428 without one."""
