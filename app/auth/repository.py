"""Reads and writes of accounts, grants, sessions, tokens and the audit log."""

from __future__ import annotations

import json
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from psycopg.pq import TransactionStatus

from app.auth.accounts import Account, Entry, Held, Token
from app.auth.principal import NOBODY, Grant, Principal
from app.db.engine import driver, first
from app.db.queries import beside, numbered

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection, Row

    from app.auth.accounts import AuditFilter

SQL = beside(__file__)
COUNTED_S = 3600


class Answered(NamedTuple):
    """What is known of an Idempotency-Key: `claimed` for this request, or what the `same` one was answered before."""

    claimed: bool
    same: bool
    status: int
    headers: dict[str, str]
    body: Any


def begin(connection: Connection, kind: str, secret_hash: bytes) -> Principal:
    """Tell the database who is asking in this transaction, and return it; NOBODY for a secret that is nobody's."""
    return _principal(first(connection, numbered(SQL["begin"]), {"kind": kind, "hash": secret_hash}))


def begin_once(
    connection: Connection, kind: str, secret_hash: bytes, key: str, fingerprint: bytes
) -> tuple[Principal, Answered]:
    """Begin as `begin` does, and claim an Idempotency-Key for whoever is asking."""
    asked = {"kind": kind, "hash": secret_hash, "key": key, "fingerprint": fingerprint}
    row = first(connection, numbered(SQL["begin_once"]), asked)
    return _principal(row[:5]), Answered(*row[5:])


def _principal(row: tuple[Any, ...]) -> Principal:
    account_id, name, shown, scopes, grants = row
    if account_id is None:
        return NOBODY
    return Principal(
        account_id=account_id,
        name=name,
        shown=shown,
        grants=tuple(Grant(*grant) for grant in grants),
        scopes=None if scopes is None else frozenset(scopes),
    )


@contextmanager
def acting(connection: Connection, principal: str, *, behind: bool) -> Iterator[None]:
    """Act as another principal within a block.

    Args:
        connection: In a transaction.
        principal: account:N, system or public.
        behind: The audit log goes on naming whoever is asking now.
    """
    asked = {"principal": principal, "asker": None if behind else ""}
    before = connection.execute(SQL["act_as"], asked).one()
    try:
        yield
    finally:
        # a transaction that has failed takes no more statements; rolling it back restores the principal, too
        if driver(connection).info.transaction_status != TransactionStatus.INERROR:
            connection.execute(SQL["act_as"], {"principal": before.principal, "asker": before.asker})


def me(connection: Connection) -> int | None:
    """Return the account that is asking; None for the system and the public."""
    return connection.execute(SQL["me"]).scalar_one()  # type: ignore[no-any-return]  # SQLAlchemy types it as Any


def claim(connection: Connection, key: str, fingerprint: bytes) -> Answered:
    """Claim an Idempotency-Key for whoever is asking."""
    return Answered(*connection.execute(SQL["claim"], {"key": key, "fingerprint": fingerprint}).one())


def keep(connection: Connection, key: str, status: int, headers: dict[str, str], body: str) -> None:
    """Keep what was answered; `body` is JSON text."""
    asked = {"key": key, "status": status, "headers": json.dumps(headers), "body": body}
    connection.execute(SQL["keep_answer"], asked)


def principal(connection: Connection, account_id: int) -> Principal | None:
    """Return an active account as a principal."""
    row = connection.execute(SQL["principal"], {"id": account_id}).one_or_none()
    if row is None:
        return None
    grants = tuple(Grant(*grant) for grant in row.grants)
    return Principal(account_id=account_id, name=row.name, shown=row.shown, grants=grants)


def add_account(
    connection: Connection, name: str, shown: str, password_hash: str | None, *, synthetic: bool
) -> int | None:
    """Make an account; None if the name is taken."""
    said = {"name": name, "shown": shown, "password_hash": password_hash, "synthetic": synthetic}
    return connection.execute(SQL["account_added"], said).scalar_one_or_none()


def accounts(
    connection: Connection,
    *,
    account_id: int | None = None,
    name: str | None = None,
    after: str = "",
    most: int = 1000,
) -> list[Account]:
    """Return the accounts that the asker may see, by name."""
    asked = {"id": account_id, "name": name, "after": after, "most": most}
    return [_account(row) for row in connection.execute(SQL["accounts"], asked)]


def _account(row: Row[Any]) -> Account:
    said = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's own name for it
    return Account(**{**said, "grants": tuple(_held(grant) for grant in row.grants)})


def _held(said: dict[str, Any]) -> Held:
    until = None if said["until"] is None else datetime.fromisoformat(said["until"])
    return Held(**{**said, "since": datetime.fromisoformat(said["since"]), "until": until})


def change_account(
    connection: Connection, account_id: int, version: int, *, shown: str | None, active: bool | None
) -> bool:
    """Change an account; False if it has another version by now."""
    said = {"id": account_id, "version": version, "shown": shown, "active": active}
    return connection.execute(SQL["account_changed"], said).one_or_none() is not None


def take_version(connection: Connection, account_id: int, version: int) -> bool:
    """Take the account's next version; False if it has another one by now."""
    asked = {"id": account_id, "version": version}
    return connection.execute(SQL["version_taken"], asked).one_or_none() is not None


def set_password(connection: Connection, account_id: int, password_hash: str | None) -> None:
    """Set or forget a password."""
    connection.execute(SQL["password_set"], {"id": account_id, "password_hash": password_hash})


def credentials(connection: Connection, name: str) -> tuple[int | None, str | None]:
    """Return the id and the kept password of an active account, as the system."""
    row = connection.execute(SQL["credentials"], {"name": name}).one_or_none()
    return (None, None) if row is None else (row.id, row.password_hash)


def shown_as(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    """Return how accounts are shown to others, by id."""
    return {row.id: row.shown for row in connection.execute(SQL["shown_as"], {"ids": list(ids)})}


def scope_known(
    connection: Connection, area_code: str | None, party_id: int | None
) -> tuple[bool | None, bool | None]:
    """Tell whether an area and a party exist; None where none is named."""
    row = connection.execute(SQL["scope_known"], {"area_code": area_code, "party_id": party_id}).one()
    return row.area, row.party


def grant_held(
    connection: Connection, account_id: int, role: str, area_code: str | None, party_id: int | None
) -> int | None:
    """Return the id of the same grant without end, if the account holds it now."""
    asked = {"account_id": account_id, "role": role, "area_code": area_code, "party_id": party_id}
    return connection.execute(SQL["grant_held"], asked).scalars().first()


def add_grant(connection: Connection, account_id: int, said: dict[str, Any]) -> int:
    """Grant a role; `said` holds role, area_code, party_id, since, until, by."""
    return int(connection.execute(SQL["grant_added"], {"account_id": account_id, **said}).scalar_one())


def end_grant(connection: Connection, account_id: int, grant_id: int) -> str | None:
    """End a grant and return its role; None if the account has no such grant."""
    asked = {"id": grant_id, "account_id": account_id}
    return connection.execute(SQL["grant_ended"], asked).scalar_one_or_none()


def lock_administrators(connection: Connection) -> None:
    """Wait until nobody else changes who is an administrator."""
    connection.execute(SQL["lock_administrators"])


def administrators(connection: Connection) -> int:
    """Return how many active accounts are administrators without end."""
    return int(connection.execute(SQL["administrators"]).scalar_one())


def add_session(connection: Connection, account_id: int, secret_hash: bytes) -> None:
    """Begin a session."""
    connection.execute(SQL["session_added"], {"hash": secret_hash, "account_id": account_id})


def end_session(connection: Connection, secret_hash: bytes) -> int | None:
    """End a session and return whose it was."""
    return connection.execute(SQL["session_ended"], {"hash": secret_hash}).scalar_one_or_none()


def end_sessions(connection: Connection, account_id: int) -> None:
    """End every session and one-time link of an account."""
    connection.execute(SQL["sessions_ended"], {"account_id": account_id})


def add_link(connection: Connection, account_id: int, secret_hash: bytes, minutes: int) -> datetime:
    """Keep a one-time link and return its end."""
    said = {"hash": secret_hash, "account_id": account_id, "minutes": minutes}
    ends_at: datetime = connection.execute(SQL["link_added"], said).scalar_one()
    return ends_at


def use_link(connection: Connection, secret_hash: bytes) -> int | None:
    """Use up a one-time link and return whose it was."""
    return connection.execute(SQL["link_used"], {"hash": secret_hash}).scalar_one_or_none()


def add_token(connection: Connection, account_id: int, said: dict[str, Any]) -> int:
    """Keep a token and return its id; `said` holds name, hash, scopes, days."""
    return int(connection.execute(SQL["token_added"], {"account_id": account_id, **said}).one().id)


def tokens(connection: Connection, account_id: int, token_id: int | None = None) -> list[Token]:
    """Return an account's tokens that the asker may see, newest first."""
    found = connection.execute(SQL["tokens"], {"account_id": account_id, "id": token_id})
    return [Token(**{**row._mapping, "scopes": tuple(row.scopes)}) for row in found]  # noqa: SLF001


def revoke_tokens(connection: Connection, account_id: int, token_id: int | None = None) -> None:
    """Revoke one token or all of an account."""
    connection.execute(SQL["token_revoked"], {"account_id": account_id, "id": token_id})


@contextmanager
def apart(connection: Connection) -> Iterator[Connection]:
    """Open another transaction of the same database as the system: what it writes stays, whatever becomes of the first.

    It takes a second connection of the pool: keep it short.
    """
    with connection.engine.begin() as other:
        other.execute(SQL["act_as"], {"principal": "system", "asker": "public"})
        yield other


def tries(connection: Connection, source: str) -> tuple[int, float]:
    """Return the failed tries of a source and the seconds since the last; its other tries wait for this transaction."""
    connection.execute(SQL["try_locked"], {"source": source})
    row = connection.execute(SQL["tries"], {"source": source, "counted_s": COUNTED_S}).one()
    return row.failures, row.since_s or 0.0


def add_try(connection: Connection, source: str) -> int:
    """Note a try before it is known to fail."""
    return int(connection.execute(SQL["try_added"], {"source": source}).scalar_one())


def forget_try(connection: Connection, try_id: int) -> None:
    """A try did not fail."""
    connection.execute(SQL["try_forgotten"], {"id": try_id})


def add_audit(
    connection: Connection,
    action: str,
    subject: str,
    subject_id: str,
    *,
    who: str = "",
    fields: Sequence[str] = (),
) -> None:
    """Add a line to the audit log; `who` is a principal, '' for whoever is asking."""
    said = {
        "principal": who, "action": action, "subject": subject, "subject_id": subject_id, "fields": list(fields),
    }  # fmt: skip
    connection.execute(SQL["audited"], said)


def audit(connection: Connection, asked: AuditFilter) -> list[Entry]:
    """Return lines of the audit log, newest first."""
    said = {
        "principal": asked.principal, "action": asked.action, "subject": asked.subject,
        "subject_id": asked.subject_id, "start": asked.start, "until": asked.end, "before": asked.before,
        "most": asked.limit,
    }  # fmt: skip
    found = connection.execute(SQL["audit"], said)
    return [Entry(**{**row._mapping, "fields": tuple(row.fields)}) for row in found]  # noqa: SLF001


def last_change(connection: Connection, subject: str, subject_id: str) -> Row[Any] | None:
    """Return who changed a row last (principal, shown) and when (at), as the system."""
    asked = {"subject": subject, "subject_id": subject_id}
    return connection.execute(SQL["last_change"], asked).one_or_none()


def tidy(connection: Connection) -> dict[str, int]:
    """Delete what has ended, as the system, and return how many of each."""
    return dict(connection.execute(SQL["tidied"]).one()._mapping)  # noqa: SLF001
