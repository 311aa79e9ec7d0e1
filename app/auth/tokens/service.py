"""Tokens (令牌): what machines come in with; they may do no more than they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.auth import granting, proofs, repository
from app.auth import service as auth
from app.auth.errors import (
    UnknownToken,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from app.auth.accounts import Token


def make_token(connection: Connection, account_id: int, name: str, scopes: Iterable[str], days: int) -> str:
    """Make a machine's token and return its secret, which is not kept.

    Args:
        connection: In a transaction of the system, an administrator, or the account itself.
        account_id: Whose rights it has, so far as the scopes go.
        name: What it is for.
        scopes: Permissions; it may do no more, whatever the account may.
        days: How long it holds, at most `granting.LONGEST_TOKEN_DAYS`.

    Raises:
        BadProof: Unknown scopes, or too long.
        UnknownAccount: There is none that is active.
    """
    return new_token(connection, account_id, name, scopes, days)[1]


def new_token(
    connection: Connection, account_id: int, name: str, scopes: Iterable[str], days: int
) -> tuple[Token, str]:
    """Make a token as `make_token` does, and return what is told of it, too."""
    wanted = granting.checked_scopes(scopes, days)
    auth.principal_of(connection, account_id)
    secret = proofs.fresh(proofs.TOKEN)
    said_of_it = {"name": name, "hash": proofs.digest(secret), "scopes": wanted, "days": days}
    with auth.as_system(connection):
        token_id = repository.add_token(connection, account_id, said_of_it)
        (made,) = repository.tokens(connection, account_id, token_id)
    return made, secret


def tokens(connection: Connection, account_id: int) -> list[Token]:
    """Return an account's tokens, newest first."""
    return repository.tokens(connection, account_id)


def revoke_token(connection: Connection, account_id: int, token_id: int) -> Token:
    """Revoke a token; one that was revoked stays so.

    Raises:
        UnknownToken: The account has no such token that the asker may see.
    """
    repository.revoke_tokens(connection, account_id, token_id)
    found = repository.tokens(connection, account_id, token_id)
    if not found:
        raise UnknownToken(f"Token {token_id} of account {account_id}.")
    return found[0]
