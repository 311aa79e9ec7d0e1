"""Accounts and rights (账号与权限): who there is, what was granted to whom, and the log of it all.

Coming in is `entrance`, machines are `tokens`. Judging whether someone may do this is the caller's
(`Principal.requires`); the database's policies stand behind it.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from app.auth import granting, passwords, repository
from app.auth.accounts import name_of, new_name
from app.auth.errors import (
    BadGrant,
    LastAdministrator,
    NameTaken,
    NotOneself,
    UnknownAccount,
    UnknownGrant,
)
from app.core.errors import Outdated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from sqlalchemy import Connection

    from app.auth.accounts import Account, AuditFilter, Entry
    from app.auth.principal import Principal


@contextmanager
def as_system(connection: Connection) -> Iterator[None]:
    """Write as the system what the asker may not see afterwards, or read what is only added up, once Python has judged.

    The audit log names the asker.
    """
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


def tidy(connection: Connection) -> dict[str, int]:
    """Delete sessions and links that have ended, and tries and answers of more than a day ago; return the counts."""
    with as_system(connection):
        return repository.tidy(connection)
