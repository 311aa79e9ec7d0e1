"""Passwords (口令): what is taken, and how it is kept (argon2id). No database."""

from __future__ import annotations

import threading
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from app.core.errors import BadInput

SHORTEST = 10
LONGEST = 200  # characters; longer ones only cost time
AT_ONCE = threading.BoundedSemaphore(2)  # the others' requests want a core, too

# OWASP's recommended least (Password Storage Cheat Sheet): 20 ms of one core. The library's own defaults take ten times as
# much of two cores, and a street office signs in at one time in the morning.
_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)


class WeakPassword(BadInput):
    """This password isn't taken."""

    zh = "口令不符合要求。"


def hashed(password: str, name: str) -> str:
    """Return a new password as it is kept.

    Raises:
        WeakPassword: It is too short or too long, or says the account's name.
    """
    plain = unicodedata.normalize("NFKC", password)
    if not SHORTEST <= len(plain) <= LONGEST:
        raise WeakPassword(
            f"It has {len(plain)} characters.", remedy=f"Take {SHORTEST} to {LONGEST}: a few words do well."
        )
    if name.lower() in plain.lower() and len(plain) - len(name) < SHORTEST:
        raise WeakPassword("It is the account's name, or little more.", remedy="Take another.")
    if len(set(plain)) < 4:
        raise WeakPassword("It repeats the same few characters.", remedy="Take another.")
    return kept_as(password)


def kept_as(password: str) -> str:
    """Return a password that was taken before as it is kept now."""
    with AT_ONCE:
        return _hasher.hash(_bytes(unicodedata.normalize("NFKC", password)))


def matches(kept: str | None, password: str) -> bool:
    """Tell whether this is the password; takes the same work where there is none to compare with."""
    plain = _bytes(unicodedata.normalize("NFKC", password[: 10 * LONGEST]))
    with AT_ONCE:
        try:
            _hasher.verify(kept or _nobodys(), plain)
        except (VerificationError, InvalidHashError):
            return False
    return kept is not None


def outdated(kept: str) -> bool:
    """Tell whether a password was kept with less work than is usual now."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobodys() -> str:
    return _hasher.hash(b"nobody's password")


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
