"""`gridward db`: the database's life: start and stop the private one, migrate, back up, restore, look inside."""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import make_url, text
from sqlalchemy.exc import OperationalError

from app.cli.common import AsJson, err, out, print_json, settings
from app.core.errors import NotReady
from app.db import backup as backups
from app.db import migrate
from app.db.cluster import Cluster
from app.db.databases import Databases

app = typer.Typer(no_args_is_help=True, help="The database: start, stop, upgrade, back up, restore (数据库).")

Backup = Annotated[
    bool | None,
    typer.Option("--backup/--no-backup", help="Back up first; asks on a terminal, does it without one."),
]


class NotAgreed(NotReady):
    """Nothing was changed: this deletes everything and was not confirmed."""

    zh = "未确认，未作任何更改。"


@app.command()
def start(*, as_json: AsJson = False) -> None:
    """Start Gridward's own database server, making it where there is none."""
    given = Databases.given(settings())
    if given:
        _say(
            as_json,
            {"private": False},
            "GRIDWARD_DATABASE_URL names the server; there is none of ours to start.",
        )
        return
    cluster = Cluster.of(settings())
    address = make_url(cluster.start().service_url)
    document = {"private": True, "running": True, "port": address.port, "home": str(cluster.home)}
    _say(as_json, document, f"The database runs at 127.0.0.1:{address.port}, in {cluster.home}.")


@app.command()
def stop(
    *,
    tests: Annotated[bool, typer.Option("--tests", help="Stop the tests' server too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Stop Gridward's own database server; the data stays, and no other server is touched."""
    stopped = Cluster.of(settings()).stop()
    stopped_tests = Cluster.of(settings(), "test").stop() if tests else False
    words = "Stopped." if stopped or stopped_tests else "It was not running."
    _say(as_json, {"stopped": stopped, "stopped_tests": stopped_tests}, words)


@app.command()
def status(*, as_json: AsJson = False) -> None:
    """Tell whether the database runs, where, and whether its schema is current."""
    given = Databases.given(settings())
    cluster = Cluster.of(settings())
    document: dict[str, Any] = {"private": given is None, "newest": migrate.head()}
    if given:
        databases: Databases | None = given
        document["address"] = given.service.url.render_as_string()
    else:
        document |= {"home": str(cluster.home), "port": cluster.port(), "pid": cluster.server_pid()}
        databases = Databases.reachable(settings()) if cluster.server_pid() else None
    document |= _facts(databases)
    words = "\n".join(f"{key}: {'-' if value is None else value}" for key, value in document.items())
    _say(as_json, document, words)


@app.command()
def upgrade(*, backup: Backup = None, as_json: AsJson = False) -> None:
    """Bring the database's schema to this program's version."""
    databases = Databases.reachable(settings())
    with databases.owner.connect() as connection:
        before = migrate.current(connection)
        full = before is not None and backups.has_rows(connection)
    saved = _offer(databases, backup, before) if full and before != migrate.head() else None
    migrate.upgrade(databases.owner, databases.service_role, settings().metric_srid)
    with databases.service.connect() as connection:
        migrate.check(connection, settings().metric_srid)
    document = {"from": before, "to": migrate.head(), "backup": saved}
    same = before == migrate.head()
    words = (
        f"The schema is at {migrate.head()}."
        if same
        else f"Upgraded from {before or 'nothing'} to {migrate.head()}."
    )
    _say(as_json, document, words)


@app.command()
def reset(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    backup: Backup = None,
    as_json: AsJson = False,
) -> None:
    """Delete everything that Gridward stores, and start with an empty, current schema."""
    databases = Databases.reachable(settings())
    where = databases.service.url.render_as_string()
    if not (yes or _asks(f"Delete all of Gridward's data at {where}?", default=False)):
        raise NotAgreed(remedy="Say --yes to go on.")
    with databases.owner.connect() as connection:
        before = migrate.current(connection)
        full = backups.has_rows(connection)
    saved = _offer(databases, backup, before) if full else None
    with databases.owner.begin() as connection:
        backups.drop_own_schemas(connection)
    migrate.upgrade(databases.owner, databases.service_role, settings().metric_srid)
    _say(as_json, {"to": migrate.head(), "backup": saved}, "The database is empty and current.")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; replaced if it is there.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Write everything that Gridward stores into one file (pg_dump's custom format)."""
    rows = backups.backup(Databases.reachable(settings()).owner, file)
    size = file.stat().st_size
    words = f"Wrote {file}: {size:,} bytes, {sum(rows.values()):,} rows."
    _say(as_json, {"file": str(file), "bytes": size, "rows": rows}, words)


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `gridward db backup` wrote.")],
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask.")] = False,
    backup: Backup = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of everything that is stored now, all of it or nothing."""
    databases = Databases.reachable(settings())
    with databases.owner.connect() as connection:
        full = backups.has_rows(connection)
        before = migrate.current(connection)
    if full and not (yes or _asks("Replace what is stored now?", default=False)):
        raise NotAgreed(remedy="Say --yes to go on.")
    saved = _offer(databases, backup, before) if full else None
    rows = backups.restore(databases.owner, file, settings().metric_srid)
    with databases.owner.connect() as connection:
        revision = migrate.current(connection)
    words = f"Restored {sum(rows.values()):,} rows, schema {revision}."
    if revision != migrate.head():
        words += " Now run: gridward db upgrade"
    _say(as_json, {"rows": rows, "revision": revision, "backup": saved}, words)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def psql(
    context: typer.Context,
    *,
    service: Annotated[bool, typer.Option("--service", help="As the service role, not the owner.")] = False,
) -> None:
    """Open psql in the database, as the owner; further arguments are psql's."""
    databases = Databases.reachable(settings())
    engine = databases.service if service else databases.owner
    program = backups.client_program("psql")
    os.execve(program, [program, *context.args], backups.client_environment(engine))  # noqa: S606


def _facts(databases: Databases | None) -> dict[str, Any]:
    """Return what the database says of itself; None for what it doesn't."""
    facts: dict[str, Any] = {
        "running": False,
        **dict.fromkeys(("postgresql", "postgis", "schema", "current", "metric_srid", "megabytes")),
    }
    if databases is None:
        return facts
    query = text(
        "SELECT current_setting('server_version'), (SELECT extversion FROM pg_extension WHERE extname = 'postgis'),"
        " pg_database_size(current_database()) / 1048576"
    )
    try:
        with databases.service.connect() as connection:
            row = connection.execute(query).one()
            schema = migrate.current(connection)
            srid = migrate.deployment(connection)[0] if schema else None
    except OperationalError:
        return facts
    values = (True, row[0], row[1], schema, schema == migrate.head(), srid, row[2])
    return dict(zip(facts, values, strict=True))


def _offer(databases: Databases, wanted: bool | None, revision: str | None) -> str | None:
    """Back up into the backups folder unless that is declined; return the file."""
    if wanted is None:
        wanted = _asks("Back up first?", default=True) if sys.stdin.isatty() else True
    if not wanted:
        return None
    home = Cluster.of(settings()).home
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    file = home.parent / "backups" / f"{home.name}-{moment}-{revision or 'none'}.dump"
    backups.backup(databases.owner, file)
    err.print(f"Backed up to {file}")
    return str(file)


def _asks(question: str, *, default: bool) -> bool:
    return sys.stdin.isatty() and typer.confirm(question, default=default, err=True)


def _say(as_json: bool, document: dict[str, Any], words: str) -> None:
    if as_json:
        print_json(document)
    else:
        out.print(words, markup=False)
