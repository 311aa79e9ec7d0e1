"""What is told of accounts, tokens and the audit log (账号、令牌、审计). Pure."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.errors import BadInput

if TYPE_CHECKING:
    from datetime import datetime

NAME = re.compile(r"[^\W_][\w.@-]{1,63}")


class BadAccountName(BadInput):
    """One can't sign in with such a name."""

    zh = "账号名不符合要求。"


def name_of(text: str) -> str:
    """Return a name to sign in with as it is kept: without capitals, wide letters made narrow."""
    return unicodedata.normalize("NFKC", text).strip().lower()


def new_name(text: str) -> str:
    """Return the same for a new account.

    Raises:
        BadAccountName: It has other characters, or too few or too many.
    """
    name = name_of(text)
    if not NAME.fullmatch(name):
        raise BadAccountName(
            f"It is {text[:80]!r}.",
            remedy="Take 2 to 64 letters, digits and . _ @ -, a letter or digit first.",
        )
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A grant (授权) as it is stored."""

    id: int
    role: str
    area_code: str | None
    party_id: int | None
    since: datetime
    until: datetime | None
    granted_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """An account (账号) with the grants that hold now or will; `shown` is a post rather than a person's name."""

    id: int
    name: str
    shown: str
    active: bool
    has_password: bool
    synthetic: bool
    made_at: datetime
    version: int
    grants: tuple[Held, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A machine's token (令牌); the secret itself is not kept."""

    id: int
    account_id: int
    name: str
    scopes: tuple[str, ...]
    made_at: datetime
    ends_at: datetime
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the audit log (审计): ids and names of fields, never values."""

    id: int
    at: datetime
    principal: str
    action: str
    subject: str
    subject_id: str
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which lines of the audit log: those before line `before` (an id), at most `limit`, newest first."""

    principal: str | None = None
    action: str | None = None
    subject: str | None = None
    subject_id: str | None = None
    start: datetime | None = None
    end: datetime | None = None
    before: int | None = None
    limit: int = 100
