"""Coming in and going out (登录): passwords, one-time links, sessions. Who there is and what they may is `app.auth.service`."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from app.auth import granting, passwords, proofs, repository, slowing
from app.auth import service as auth
from app.auth.accounts import name_of
from app.auth.errors import (
    LinkUsedUp,
    SignInRefused,
    TooManyTries,
)
from app.core.errors import NotAllowed

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.auth.principal import Principal


def sign_in(connection: Connection, name: str, password: str, source: str) -> str:
    """Sign in with a password and return the new session's secret, for the cookie.

    A failed try is stored in a transaction of its own, so that it counts although this one is rolled back.

    Args:
        connection: In any transaction.
        name: As typed.
        password: As typed.
        source: Where the request came from; it is slowed down, the account never.

    Raises:
        SignInRefused: Wrong name or password; takes the same work in either case.
        TooManyTries: From this source; says how long to wait.
    """
    tried = _try(connection, slowing.source_of(source))
    with auth.as_system(connection):
        account_id, kept = repository.credentials(connection, name_of(name))
        if not passwords.matches(kept, password) or account_id is None or kept is None:
            raise _refused(connection, slowing.source_of(source))
        if passwords.outdated(kept):
            repository.set_password(connection, account_id, passwords.kept_as(password))
        repository.forget_try(connection, tried)
        return _session(connection, account_id, "sign_in")


def _try(connection: Connection, source: str) -> int:
    """Note the try first: many at once can't all slip in before the first one has failed."""
    with repository.apart(connection) as other:
        failures, since_s = repository.tries(other, source)
        left_s = slowing.wait_s(failures) - since_s
        if left_s > 0:
            seconds = math.ceil(left_s)
            raise TooManyTries(
                f"{failures} within the hour.", remedy=f"Try again in {seconds} s.", wait_s=seconds
            )
        return repository.add_try(other, source)


def _refused(connection: Connection, source: str) -> SignInRefused:
    with repository.apart(connection) as other:
        repository.add_audit(other, "sign_in_refused", "auth.tries", source)
    return SignInRefused(remedy="Check both; or ask an administrator for a one-time link.")


def _session(connection: Connection, account_id: int, action: str) -> str:
    secret = proofs.fresh()
    repository.add_session(connection, account_id, proofs.digest(secret))
    repository.add_audit(connection, action, "auth.accounts", str(account_id), who=f"account:{account_id}")
    return secret


def principal_of_session(connection: Connection, secret: str) -> Principal:
    """Go on in this transaction as whoever a session's secret belongs to, and return it."""
    return repository.begin(connection, "session", proofs.digest(secret))


def sign_out(connection: Connection, secret: str) -> None:
    """End the session of a secret; nothing happens if there is none."""
    with auth.as_system(connection):
        account_id = repository.end_session(connection, proofs.digest(secret))
        if account_id is not None:
            who = f"account:{account_id}"
            repository.add_audit(connection, "sign_out", "auth.accounts", str(account_id), who=who)


def make_link(connection: Connection, account_id: int, minutes: int) -> str:
    """Make a one-time sign-in link and return its secret.

    Args:
        connection: In a transaction of the system or an administrator.
        account_id: Who signs in with it.
        minutes: How long it holds, at most a day.

    Raises:
        BadProof: It would hold for no time, or too long.
        UnknownAccount: There is none that is active.
    """
    granting.check_minutes(minutes)
    auth.principal_of(connection, account_id)
    secret = proofs.fresh()
    with auth.as_system(connection):
        repository.add_link(connection, account_id, proofs.digest(secret), minutes)
        repository.add_audit(connection, "link", "auth.accounts", str(account_id))
    return secret


def use_link(connection: Connection, secret: str) -> str:
    """Use up a one-time link and return the new session's secret.

    Raises:
        LinkUsedUp: It was used before, has ended, or never was.
    """
    with auth.as_system(connection):
        account_id = repository.use_link(connection, proofs.digest(secret))
        if account_id is None:
            raise LinkUsedUp(remedy="Ask for a new link, or sign in with name and password.")
        return _session(connection, account_id, "link_used")


def change_password(
    connection: Connection, asking: Principal, password: str, current: str | None, source: str
) -> str:
    """Set one's own password, end all of the account's sessions, and return the secret of a new one.

    Args:
        connection: In a transaction of this account.
        asking: Whose it is; with a session.
        password: The new one.
        current: The one that holds; needed where there is one.
        source: As for `sign_in`: wrong ones count as failed tries.

    Raises:
        NotAllowed: It is a token that asks.
        SignInRefused: `current` is wrong or missing.
        WeakPassword: The new one isn't taken.
        TooManyTries: From this source.
    """
    if asking.account_id is None or asking.scopes is not None:
        raise NotAllowed("A token sets no password.", remedy="Sign in.")
    account_id = asking.account_id
    mine = auth.account(connection, account_id)
    password_hash = passwords.hashed(password, mine.name)
    with auth.as_system(connection):
        if mine.has_password:
            tried = _try(connection, slowing.source_of(source))
            _, kept = repository.credentials(connection, mine.name)
            if not passwords.matches(kept, current or ""):
                raise _refused(connection, slowing.source_of(source))
            repository.forget_try(connection, tried)
        repository.set_password(connection, account_id, password_hash)
        repository.end_sessions(connection, account_id)
        return _session(connection, account_id, "password")


def set_password(connection: Connection, account_id: int, password: str) -> None:
    """Set a password as the system (the command line), and end the account's sessions."""
    kept = passwords.hashed(password, auth.account(connection, account_id).name)
    with auth.as_system(connection):
        repository.set_password(connection, account_id, kept)
        repository.end_sessions(connection, account_id)
