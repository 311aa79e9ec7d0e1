"""Accounts and rights (账号与权限): who may come in, what was granted to whom, and the log of it all.

Judging whether someone may do this is the caller's (`Principal.requires`); the database's policies stand behind it.
"""

from __future__ import annotations

import math
from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.auth import granting, passwords, proofs, repository, slowing
from app.auth.accounts import name_of, new_name
from app.auth.errors import (
    BadGrant,
    LastAdministrator,
    LinkUsedUp,
    NameTaken,
    NotOneself,
    SignInRefused,
    TooManyTries,
    UnknownAccount,
    UnknownGrant,
    UnknownToken,
)
from app.core.errors import NotAllowed, Outdated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from app.auth.accounts import Account, AuditFilter, Entry, Token
    from app.auth.principal import Principal


@contextmanager
def as_system(connection: Connection) -> Iterator[None]:
    """Write as the system what the asker may not see afterwards, once Python has judged; the audit log names the asker."""
    with repository.acting(connection, "system", behind=True):
        yield


@contextmanager
def acting_as(connection: Connection, principal: Principal) -> Iterator[None]:
    """Be someone else within a block: for jobs and tests that begin as the system."""
    with repository.acting(connection, principal.key, behind=False):
        yield


def audit(  # noqa: PLR0917  # reads as a sentence
    connection: Connection,
    asking: Principal,
    action: str,
    subject: str,
    subject_id: object = "",
    fields: Iterable[str] = (),
) -> None:
    """Log what triggers can't see, above all a look at personal data.

    Args:
        connection: In a transaction.
        asking: Who did it.
        action: A verb, as in `look`, `sign_in`, `export`.
        subject: schema.table.
        subject_id: Its row.
        fields: Names of fields that were looked at; never their values.
    """
    repository.add_audit(connection, action, subject, str(subject_id), who=asking.key, fields=sorted(fields))


def entries(connection: Connection, asked: AuditFilter) -> list[Entry]:
    """Return lines of the audit log, newest first; nothing to whom the database doesn't show it."""
    return repository.audit(connection, asked)


def last_change(connection: Connection, subject: str, subject_id: object) -> str:
    """Tell who changed a row last, and when, for the message of `Outdated`; empty if nobody did."""
    with as_system(connection):
        found = repository.last_change(connection, subject, str(subject_id))
    return (
        ""
        if found is None
        else f"{found.shown or found.principal} changed it at {found.at:%Y-%m-%d %H:%M:%S %Z}."
    )


def shown_as(connection: Connection, principals: Iterable[str]) -> dict[str, str]:
    """Return how principals (account:N, system, public) are shown to others; those of no account as they are."""
    keys = set(principals)
    ids = {int(key[8:]): key for key in keys if key.startswith("account:")}
    names = repository.shown_as(connection, list(ids))
    return {key: key for key in keys} | {ids[number]: shown for number, shown in names.items()}


# Accounts


def make_account(
    connection: Connection, name: str, shown: str, password: str | None = None, *, synthetic: bool = False
) -> int:
    """Make an account and return its id.

    Args:
        connection: In a transaction of the system or an administrator.
        name: What one signs in with; kept without capitals.
        shown: How others see it: a post rather than a person's name.
        password: None: signs in by one-time link or token only, until one is set.
        synthetic: Made for the demo.

    Raises:
        BadAccountName: One can't sign in with such a name.
        WeakPassword: The password isn't taken.
        NameTaken: There is one.
    """
    kept = new_name(name)
    password_hash = None if password is None else passwords.hashed(password, kept)
    made = repository.add_account(connection, kept, shown.strip() or kept, password_hash, synthetic=synthetic)
    if made is None:
        raise NameTaken(f"It is {kept!r}.", remedy="Choose another name.")
    return made


def accounts(connection: Connection, *, after: str = "", most: int = 1000) -> list[Account]:
    """Return the accounts that the asker may see, by name, from the one after `after` on."""
    return repository.accounts(connection, after=name_of(after), most=most)


def account(connection: Connection, account_id: int) -> Account:
    """Return one account.

    Raises:
        UnknownAccount: There is none that the asker may see.
    """
    found = repository.accounts(connection, account_id=account_id)
    if not found:
        raise UnknownAccount(f"Account {account_id}.")
    return found[0]


def account_named(connection: Connection, name: str) -> Account:
    """Return the account of a name to sign in with; raises as `account` does."""
    found = repository.accounts(connection, name=name_of(name))
    if not found:
        raise UnknownAccount(f"Account {name!r}.", remedy="See: gridward admin accounts")
    return found[0]


def principal_of(connection: Connection, account_id: int) -> Principal:
    """Return an active account as a principal, with the grants that hold now.

    Raises:
        UnknownAccount: There is none that is active.
    """
    found = repository.principal(connection, account_id)
    if found is None:
        raise UnknownAccount(f"Account {account_id}.")
    return found


def change_account(
    connection: Connection,
    account_id: int,
    version: int,
    *,
    shown: str | None = None,
    active: bool | None = None,
    forget_password: bool = False,
) -> Account:
    """Change an account: how it is shown, whether it is active, its password forgotten.

    An account that is no longer active, or whose password is forgotten, loses its sessions and links; the former its
    tokens, too.

    Raises:
        UnknownAccount: There is none that the asker may see.
        Outdated: It was changed since `version` was read.
        NotOneself: One's own is not for oneself to close or open.
        LastAdministrator: It is the last one.
    """
    before = account(connection, account_id)
    administers = any(held.role == "administrator" for held in before.grants)
    if active is not None or forget_password:
        _not_oneself(connection, account_id)
    if active is False and administers:
        repository.lock_administrators(connection)
    if not repository.change_account(connection, account_id, version, shown=shown, active=active):
        raise _outdated(connection, account_id)
    if active is False:
        repository.revoke_tokens(connection, account_id)
        if administers:
            _keep_an_administrator(connection)
    with as_system(connection):
        if forget_password:
            repository.set_password(connection, account_id, None)
        if forget_password or active is False:
            repository.end_sessions(connection, account_id)
    return account(connection, account_id)


def _outdated(connection: Connection, account_id: int) -> Outdated:
    said = last_change(connection, "auth.accounts", account_id)
    return Outdated(said, remedy="Read it again, then change what it says now.")


def _keep_an_administrator(connection: Connection) -> None:
    if not has_administrator(connection):
        raise LastAdministrator(
            "This is the last active administrator.", remedy="Make another one first: gridward admin create"
        )


def has_administrator(connection: Connection) -> bool:
    """Tell whether there is an active administrator without end."""
    with as_system(connection):
        return repository.administrators(connection) > 0


# Grants


def grant(
    connection: Connection,
    account_id: int,
    role: str,
    area_code: str | None = None,
    party_id: int | None = None,
    *,
    by: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
) -> int:
    """Grant a role within an area or a party and return the grant's id; held already without end, that one's.

    Args:
        connection: In a transaction of the system or of an administrator, who grants nothing to oneself.
        account_id: To whom.
        role: See `permissions.ROLES`.
        area_code: Of a district, street or community: for all roles but those below.
        party_id: For party_member only. Administrators and auditors have neither.
        by: On whose word; default: whoever is asking.
        since: Default: now.
        until: Default: without end.

    Raises:
        NotOneself: It is one's own account.
        BadGrant: Unknown role, area or party, a scope that the role doesn't have, or a period that has ended.
        UnknownAccount: There is none that the asker may see.
    """
    _not_oneself(connection, account_id)
    granting.check_grant(role, area_code, party_id, since, until)
    area, party = repository.scope_known(connection, area_code, party_id)
    if area is False:
        raise BadGrant(f"No edition has an area {area_code!r}.", remedy="See: gridward areas show")
    if party is False:
        raise BadGrant(f"There is no party {party_id}.", remedy="See: gridward parties list")
    account(connection, account_id)
    held = repository.grant_held(connection, account_id, role, area_code, party_id)
    if held is not None and since is None and until is None:
        return held
    said = {
        "role": role, "area_code": area_code, "party_id": party_id, "since": since, "until": until, "by": by,
    }  # fmt: skip
    return repository.add_grant(connection, account_id, said)


def _not_oneself(connection: Connection, account_id: int) -> None:
    if repository.me(connection) == account_id:
        raise NotOneself(remedy="Another administrator can, or gridward admin on the server.")


def end_grant(connection: Connection, account_id: int, grant_id: int, version: int) -> Account:
    """End a grant now.

    Raises:
        UnknownAccount, UnknownGrant: There is none.
        NotOneself: It is one's own account.
        Outdated: The account was changed since `version` was read.
        LastAdministrator: It is the last administrator's.
    """
    account(connection, account_id)
    _not_oneself(connection, account_id)
    repository.lock_administrators(connection)
    if not repository.take_version(connection, account_id, version):
        raise _outdated(connection, account_id)
    role = repository.end_grant(connection, account_id, grant_id)
    if role is None:
        raise UnknownGrant(f"Grant {grant_id} of account {account_id}.", remedy="Read the account again.")
    if role == "administrator":
        _keep_an_administrator(connection)
    return account(connection, account_id)


# Coming in and going out


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
    with as_system(connection):
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
    with as_system(connection):
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
    principal_of(connection, account_id)
    secret = proofs.fresh()
    with as_system(connection):
        repository.add_link(connection, account_id, proofs.digest(secret), minutes)
        repository.add_audit(connection, "link", "auth.accounts", str(account_id))
    return secret


def use_link(connection: Connection, secret: str) -> str:
    """Use up a one-time link and return the new session's secret.

    Raises:
        LinkUsedUp: It was used before, has ended, or never was.
    """
    with as_system(connection):
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
    mine = account(connection, account_id)
    password_hash = passwords.hashed(password, mine.name)
    with as_system(connection):
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
    kept = passwords.hashed(password, account(connection, account_id).name)
    with as_system(connection):
        repository.set_password(connection, account_id, kept)
        repository.end_sessions(connection, account_id)


# Machines


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
    principal_of(connection, account_id)
    secret = proofs.fresh(proofs.TOKEN)
    said_of_it = {"name": name, "hash": proofs.digest(secret), "scopes": wanted, "days": days}
    with as_system(connection):
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


def tidy(connection: Connection) -> dict[str, int]:
    """Delete sessions and links that have ended, and tries and answers of more than a day ago; return the counts."""
    with as_system(connection):
        return repository.tidy(connection)
