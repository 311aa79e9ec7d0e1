"""Backup and restore of Gridward's schemas: pg_dump and psql, in their simplest form.

Only the schemas that the owner role owns; PostGIS itself belongs to the server and is not in the file.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from typing import TYPE_CHECKING

from psycopg import sql
from sqlalchemy import Connection, Engine, text

from app.core.errors import GridwardError, NotFound, NotReady
from app.db import binaries
from app.db.engine import driver

if TYPE_CHECKING:
    from pathlib import Path


_CHECK = """
DO $$ BEGIN
  IF (SELECT metric_srid FROM db.deployment) IS DISTINCT FROM {metric_srid} THEN
    RAISE EXCEPTION 'the backup was made with another metric CRS, EPSG:%', (SELECT metric_srid FROM db.deployment);
  END IF;
END $$;
"""  # the last statement of a restore


class BackupFailed(GridwardError):
    """The backup could not be made; no file was written."""

    zh = "备份失败，未写入文件。"


class RestoreFailed(GridwardError):
    """The backup could not be restored; the database is as it was before."""

    zh = "恢复失败，数据库保持原状。"


class ClientMissing(NotReady):
    """PostgreSQL's client programs are not on this machine."""

    zh = "本机缺少 PostgreSQL 客户端程序。"


def own_schemas(connection: Connection) -> list[str]:
    """Return the names of the schemas that the connected role owns: all of Gridward's, for the owner."""
    query = text("SELECT nspname FROM pg_namespace WHERE nspowner = current_user::regrole ORDER BY nspname")
    return list(connection.execute(query).scalars())


def drop_own_schemas(connection: Connection) -> None:
    """Empty the database; what isn't ours stays."""
    for name in own_schemas(connection):
        driver(connection).execute(_drop(name))


TABLES_OF_ONE_ROW = """SELECT table_schema || '.' || table_name FROM information_schema.columns
 WHERE column_name = 'only_row'"""


def has_rows(connection: Connection) -> bool:
    """Tell whether any table of ours holds a row, the version and tables that always hold their only one apart."""
    always = set(connection.execute(text(TABLES_OF_ONE_ROW)).scalars())
    return any(
        rows
        for name, rows in _counts(connection).items()
        if not name.startswith("db.") and name not in always
    )


def backup(owner: Engine, file: Path) -> dict[str, int]:
    """Dump our schemas into `file` (pg_dump's custom format); return rows by table.

    The file appears only when it is complete, and is readable by its owner only.

    Raises:
        BackupFailed: pg_dump can't, in its own words.
    """
    with owner.connect() as connection:
        schemas = own_schemas(connection)
        rows = _counts(connection)
    if not schemas:
        raise BackupFailed("The database holds nothing of Gridward's yet.", remedy="Run: gridward db upgrade")
    partial = file.with_name(file.name + ".partial")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
        arguments = [f"--schema={name}" for name in schemas]
        done = _client(owner, "pg_dump", "--format=custom", f"--file={partial}", *arguments)
        if done.returncode:
            partial.unlink()
            raise BackupFailed(_words(done.stderr))
        partial.replace(file)
    except OSError as error:
        raise BackupFailed(f"{error.filename or file}: {error.strerror}.") from error
    return rows


def restore(owner: Engine, file: Path, metric_srid: int) -> dict[str, int]:
    """Put a backup in the place of all that is there, in one transaction; return rows by table.

    Raises:
        NotFound: There is no such file.
        RestoreFailed: It is no backup of ours, or was made with another metric CRS; nothing was changed.
    """
    if not file.is_file():
        raise NotFound(f"{file} is not a file.")
    with owner.connect() as connection:
        drops = "".join(_drop(name).as_string() + ";\n" for name in own_schemas(connection))
    said = _pour(owner, file, before=drops, after=_CHECK.format(metric_srid=int(metric_srid)))
    if said:
        raise RestoreFailed(said, remedy="Give a file that `gridward db backup` made.")
    with owner.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        driver(connection).execute("ANALYZE")
        return _counts(connection)


def client_environment(engine: Engine) -> dict[str, str]:
    """Return the environment that leads PostgreSQL's programs to an engine's database; no password on show."""
    url = engine.url
    address = {
        "PGHOST": url.host,
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        **{f"PG{key.upper().replace('_', '')}": str(value) for key, value in url.query.items()},
    }
    return dict(os.environ) | {key: str(value) for key, value in address.items() if value}


def client_program(name: str) -> str:
    """Return the path of a client program.

    Raises:
        ClientMissing: It isn't installed.
    """
    program = binaries.client(name)
    if program is None:
        raise ClientMissing(f"{name} was not found.", remedy="Install it: apt-get install postgresql-client")
    return program


def _client(engine: Engine, name: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [client_program(name), *arguments],
        env=client_environment(engine),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def _pour(owner: Engine, file: Path, *, before: str, after: str) -> str:
    """Stream a backup into psql, in one transaction; return what went wrong, empty where nothing did.

    psql commits at the end of its input, so where pg_restore fails half-way psql is killed before it gets there.
    """
    reading = [client_program("pg_restore"), "--no-owner", "--file=-", str(file)]
    writing = [client_program("psql"), "--no-psqlrc", "--quiet", "--single-transaction"]
    writing += ["--set=ON_ERROR_STOP=1", "--output=/dev/null"]
    with (
        tempfile.TemporaryFile("w+", errors="replace") as said,
        subprocess.Popen(  # noqa: S603
            writing, env=client_environment(owner), stdin=subprocess.PIPE, stderr=said, bufsize=0
        ) as psql,
    ):
        pipe = psql.stdin
        if pipe is None:
            raise RuntimeError("psql was started without a pipe.")
        with contextlib.suppress(BrokenPipeError):  # psql stops at its first error, and has said why
            pipe.write(before.encode())
            restored = subprocess.run(reading, stdout=pipe, stderr=said, check=False)  # noqa: S603
            if restored.returncode:
                psql.kill()
            pipe.write(after.encode())
            pipe.close()
        failed = psql.wait() != 0
        said.seek(0)
        return _words(said.read()) if failed else ""


def _counts(connection: Connection) -> dict[str, int]:
    """Count the rows of every table of ours, parent tables of partitions as one."""
    tables = text(
        "SELECT n.nspname AS schema, c.relname AS name FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspowner = current_user::regrole AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1, 2"
    )
    counted: dict[str, int] = {}
    for row in connection.execute(tables).all():
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(row.schema, row.name))
        found = driver(connection).execute(query).fetchone()
        counted[f"{row.schema}.{row.name}"] = int(str(found[0])) if found else 0
    return counted


def _drop(schema: str) -> sql.Composed:
    return sql.SQL("DROP SCHEMA IF EXISTS {} CASCADE").format(sql.Identifier(schema))


def _words(said: str) -> str:
    lines = [line for line in said.splitlines() if line.strip()]
    return next(
        (line for line in lines if "rror" in line), lines[0] if lines else "It gave no reason."
    ).strip()
