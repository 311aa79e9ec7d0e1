"""Accounts for tests: who acts, as a principal and through the API.

`account(connection, role, area=..., party=...)` wants a transaction of the system (fixture `service`, or
`transaction(databases.service, "system")` for what an app must see) and the area or party in the database.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

from sqlalchemy import Connection

from app.auth import service
from app.auth.permissions import EVERYTHING
from app.auth.principal import Principal
from app.auth.tokens import service as tokens

PASSWORD = "a quiet street in winter"
_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Acting:
    """Someone who acts: `client.get(..., headers=acting.headers)`."""

    principal: Principal
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @property
    def id(self) -> int:
        assert self.principal.account_id is not None
        return self.principal.account_id


def account(
    connection: Connection,
    role: str | None,
    *,
    area: str | None = None,
    party: int | None = None,
    name: str | None = None,
    password: str | None = None,
) -> Acting:
    """Make an account with one grant (None: without any) and a token that may do whatever the account may."""
    name = name or f"{role or 'nobody'}.{next(_numbers)}"
    made = service.make_account(connection, name, f"{role} of {area or party or 'all'}", password)
    if role is not None:
        service.grant(connection, made, role, area, party)
    return acting(connection, made)


def acting(connection: Connection, account_id: int) -> Acting:
    """Return an account that is there as someone who acts."""
    token = tokens.make_token(connection, account_id, "tests", EVERYTHING, 1)
    return Acting(service.principal_of(connection, account_id), token)
