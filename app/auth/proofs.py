"""What one shows to be let in (凭证): secrets of sessions, tokens and one-time links. Pure.

A secret is 32 random bytes as text; only its SHA-256 is ever stored, which is enough for what nobody can guess.
"""

from __future__ import annotations

import hashlib
import secrets

TOKEN = "gwt_"  # noqa: S105  # so that a token that lies about in a file is known for one


def fresh(prefix: str = "") -> str:
    """Return a new secret."""
    return prefix + secrets.token_urlsafe(32)


def digest(secret: str) -> bytes:
    """Return what is stored of a secret; any text at all has one."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
