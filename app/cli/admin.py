"""`gridward admin`: accounts and rights, for whoever may already do anything: who has the machine.

What is asked of the API is judged by role; here it is the system that acts, and the audit log says so.
"""

from __future__ import annotations

import sys
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from app.cli.common import AsJson, err, out, print_json, service
from app.core.errors import BadInput, Conflict

if TYPE_CHECKING:
    from app.auth.accounts import Account

app = typer.Typer(
    no_args_is_help=True, help="Accounts and rights (账号与权限): administrators, grants, tokens, audit."
)

Name = Annotated[str, typer.Argument(help="What the account signs in with.")]
Minutes = Annotated[int, typer.Option(help="How long the link holds.", min=1, max=1440)]
AskPassword = Annotated[
    bool, typer.Option("--password", help="Ask for a password here, instead of printing a one-time link.")
]
AreaCode = Annotated[str | None, typer.Option("--area", help="Code of a district, street or community.")]
PartyId = Annotated[int | None, typer.Option("--party", help="Id of a party, for party_member.")]


class HasAdministrator(Conflict):
    """There is an administrator already; nothing was changed."""

    zh = "已有系统管理员，未作任何更改。"


class NoTerminal(BadInput):
    """A password is asked for on a terminal only; nothing was changed."""

    zh = "口令只能在终端输入，未作任何更改。"


@app.callback()
def about() -> None:
    """Accounts and rights (账号与权限): administrators, grants, tokens, audit."""


@app.command()
def create(
    name: Name,
    *,
    shown: Annotated[str, typer.Option(help="How others see it: a post, not a person.")] = "系统管理员",
    another: Annotated[
        bool, typer.Option("--another", help="Although there is an administrator already.")
    ] = False,
    password: AskPassword = False,
    minutes: Minutes = 60,
    as_json: AsJson = False,
) -> None:
    """Make an administrator, the first one above all; it signs in by the one-time link that is printed."""
    from app.auth import service as auth
    from app.auth.entrance import service as entrance

    asked = _asked_password() if password else None
    with service() as connection:
        if auth.has_administrator(connection) and not another:
            raise HasAdministrator(remedy="See: gridward admin accounts. For one more: --another.")
        made = auth.make_account(connection, name, shown, asked)
        auth.grant(connection, made, "administrator")
        secret = None if asked else entrance.make_link(connection, made, minutes)
        document = _document(auth.account(connection, made)) | {"link": secret}
    if as_json:
        print_json(document)
        return
    out.print(f"Administrator {document['name']} made.", markup=False)
    if secret:
        _show_link(secret, minutes)


@app.command()
def account(
    name: Name,
    *,
    shown: Annotated[str, typer.Option(help="How others see it: a post, not a person.")] = "",
    password: AskPassword = False,
    as_json: AsJson = False,
) -> None:
    """Make an account, as yet without any right."""
    from app.auth import service as auth

    asked = _asked_password() if password else None
    with service() as connection:
        made = auth.make_account(connection, name, shown, asked)
        document = _document(auth.account(connection, made))
    _tell(
        document, f"Account {document['name']} made. Grant it a role: gridward admin grant", as_json=as_json
    )


@app.command()
def accounts(as_json: AsJson = False) -> None:
    """List accounts with their grants."""
    from app.auth import service as auth

    with service() as connection:
        found = [_document(one) for one in auth.accounts(connection, most=100_000)]
    if as_json:
        print_json({"accounts": found})
        return
    table = Table("id", "name", "shown", "active", "password", "grants", box=None, pad_edge=False)
    for one in found:
        grants = ", ".join(" ".join(str(part) for part in _scope(grant) if part) for grant in one["grants"])
        table.add_row(
            str(one["id"]), one["name"], one["shown"], _yes(one["active"]), _yes(one["has_password"]), grants
        )
    out.print(table)


@app.command()
def grant(
    name: Name,
    role: Annotated[str, typer.Argument(help="As in dispatcher, street_supervisor, party_member, auditor.")],
    *,
    area: AreaCode = None,
    party: PartyId = None,
    until: Annotated[datetime | None, typer.Option(help="Local time; default: without end.")] = None,
    as_json: AsJson = False,
) -> None:
    """Grant a role within an area or a party; repeating it changes nothing."""
    from app.auth import service as auth

    with service() as connection:
        found = auth.account_named(connection, name)
        auth.grant(connection, found.id, role, area, party, until=until.astimezone() if until else None)
        document = _document(auth.account(connection, found.id))
    _tell(document, f"{document['name']} is {role}.", as_json=as_json)


@app.command()
def revoke(
    name: Name,
    role: Annotated[str, typer.Argument(help="The role whose grant ends now.")],
    *,
    area: AreaCode = None,
    party: PartyId = None,
    as_json: AsJson = False,
) -> None:
    """End a grant now."""
    from app.auth import service as auth
    from app.auth.errors import UnknownGrant

    with service() as connection:
        found = auth.account_named(connection, name)
        held = [one for one in found.grants if (one.role, one.area_code, one.party_id) == (role, area, party)]
        if not held:
            raise UnknownGrant(f"{found.name}: {role}.", remedy="See: gridward admin accounts")
        for one in held:
            version = auth.account(connection, found.id).version
            auth.end_grant(connection, found.id, one.id, version)
        document = _document(auth.account(connection, found.id))
    _tell(document, f"{document['name']} is no longer {role}.", as_json=as_json)


@app.command()
def link(name: Name, *, minutes: Minutes = 60, as_json: AsJson = False) -> None:
    """Print a one-time sign-in link for an account; who has it signs in as it, once."""
    from app.auth import service as auth
    from app.auth.entrance import service as entrance

    with service() as connection:
        found = auth.account_named(connection, name)
        secret = entrance.make_link(connection, found.id, minutes)
    if as_json:
        print_json({"account": found.name, "link": secret, "path": f"/link/{secret}", "minutes": minutes})
    else:
        _show_link(secret, minutes)


@app.command()
def password(name: Name, as_json: AsJson = False) -> None:
    """Set an account's password, asked for here; its sessions end."""
    from app.auth import service as auth
    from app.auth.entrance import service as entrance

    asked = _asked_password()
    with service() as connection:
        found = auth.account_named(connection, name)
        entrance.set_password(connection, found.id, asked)
        document = _document(auth.account(connection, found.id))
    _tell(document, f"{document['name']} has a new password.", as_json=as_json)


@app.command()
def close(name: Name, as_json: AsJson = False) -> None:
    """Close an account: its sessions end, its tokens are revoked. Its history stays."""
    _set_active(name, active=False, as_json=as_json)


@app.command("open")
def open_(name: Name, as_json: AsJson = False) -> None:
    """Open an account that was closed."""
    _set_active(name, active=True, as_json=as_json)


@app.command()
def token(
    name: Name,
    *,
    scope: Annotated[list[str], typer.Option(help="A permission, as in case.report; give it once for each.")],
    what_for: Annotated[str, typer.Option("--for", help="What the token is for.")] = "command line",
    days: Annotated[int, typer.Option(help="How long it holds.", min=1, max=400)] = 90,
    as_json: AsJson = False,
) -> None:
    """Make a machine's token for an account and print it, this once."""
    from app.auth import service as auth
    from app.auth.tokens import service as tokens

    with service() as connection:
        found = auth.account_named(connection, name)
        made, secret = tokens.new_token(connection, found.id, what_for, scope, days)
    if as_json:
        print_json(
            {"account": found.name, "id": made.id, "token": secret, "ends_at": made.ends_at.isoformat()}
        )
        return
    print(secret)
    err.print(f"Token {made.id}, until {made.ends_at:%Y-%m-%d}. It is not kept: put it away safely.")


@app.command()
def audit(
    *,
    principal: Annotated[str | None, typer.Option(help="As in account:7, system, public.")] = None,
    action: Annotated[str | None, typer.Option(help="As in look, sign_in, update.")] = None,
    subject: Annotated[str | None, typer.Option(help="As in cases.reporters.")] = None,
    row: Annotated[str | None, typer.Option("--id", help="Of the subject's row.")] = None,
    before: Annotated[int | None, typer.Option(help="Lines older than this one.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """Print the audit log, newest first."""
    from app.auth import service as auth
    from app.auth.accounts import AuditFilter

    asked = AuditFilter(
        principal=principal, action=action, subject=subject, subject_id=row, before=before, limit=limit
    )
    with service() as connection:
        found = auth.entries(connection, asked)
    if as_json:
        lines = [{slot: getattr(line, slot) for slot in line.__slots__} for line in found]
        print_json({"entries": lines, "next": found[-1].id if len(found) == limit else None})
        return
    table = Table("id", "at", "who", "action", "subject", "fields", box=None, pad_edge=False)
    for line in found:
        subject_of = f"{line.subject} {line.subject_id}".strip()
        at = line.at.astimezone().isoformat(" ", "seconds")
        table.add_row(str(line.id), at, line.principal, line.action, subject_of, " ".join(line.fields))
    out.print(table)


@app.command()
def tidy(as_json: AsJson = False) -> None:
    """Delete sessions and links that have ended, and failed tries and kept answers of more than a day ago."""
    from app.auth import service as auth

    with service() as connection:
        gone = auth.tidy(connection)
    _tell(
        gone,
        "Deleted: " + ", ".join(f"{count} {what}" for what, count in gone.items()) + ".",
        as_json=as_json,
    )


def _set_active(name: str, *, active: bool, as_json: bool) -> None:
    from app.auth import service as auth

    with service() as connection:
        found = auth.account_named(connection, name)
        document = _document(auth.change_account(connection, found.id, found.version, active=active))
    _tell(document, f"{document['name']} is {'open' if active else 'closed'}.", as_json=as_json)


def _asked_password() -> str:
    if not sys.stdin.isatty():
        raise NoTerminal(remedy="Run it on a terminal, or leave --password away for a one-time link.")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True))


def _document(found: Account) -> dict[str, Any]:
    grants = [{slot: getattr(held, slot) for slot in held.__slots__} for held in found.grants]
    return {slot: getattr(found, slot) for slot in found.__slots__} | {"grants": grants}


def _scope(held: dict[str, Any]) -> tuple[Any, ...]:
    party = None if held["party_id"] is None else f"party {held['party_id']}"
    return held["role"], held["area_code"], party


def _show_link(secret: str, minutes: int) -> None:
    print(f"/link/{secret}")
    err.print(f"Put the server's address before it and open it within {minutes} minutes; it works once.")


def _tell(document: dict[str, Any], sentence: str, *, as_json: bool) -> None:
    if as_json:
        print_json(document)
    else:
        out.print(sentence, markup=False)


def _yes(said: bool) -> str:
    return "yes" if said else "no"
