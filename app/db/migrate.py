"""Brings a database to the newest schema, and checks that it is this deployment's."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.core.errors import Conflict, NotReady
from app.core.settings import ROOT

if TYPE_CHECKING:
    from sqlalchemy import Engine


class WrongMetricCrs(Conflict):
    """The database was made with another metric CRS."""

    zh = "数据库建库时的投影坐标系与当前设置不一致。"


class SchemaOutdated(NotReady):
    """The database's schema isn't the one this version of Gridward works with."""

    zh = "数据库结构版本与程序不符。"


class NewerSchema(Conflict):
    """The database was migrated by a newer Gridward than this one."""

    zh = "数据库由更新版本的程序升级过。"


class NoPostgis(NotReady):
    """The database lacks the extensions postgis and btree_gist."""

    zh = "数据库缺少 postgis、btree_gist 扩展。"


class RolesTooStrong(Conflict):
    """The service role must own nothing and must not bypass row-level security."""

    zh = "服务角色不得拥有任何对象，也不得绕过行级安全。"


def _config(connection: Connection | None = None, service_role: str = "", metric_srid: int = 0) -> Config:
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.attributes.update(connection=connection, service_role=service_role, metric_srid=metric_srid)
    return config


def upgrade(owner: Engine, service_role: str, metric_srid: int, revision: str = "head") -> None:
    """Migrate up to `revision`, in one transaction, as the owner; a second one at the same time waits.

    Raises:
        RolesTooStrong: The service role owns something here or may do anything.
        NoPostgis: The extensions aren't there, and the owner may not make them.
        NewerSchema: A newer Gridward has migrated this database.
    """
    with owner.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('gridward upgrade'))"))
        _check_roles(connection, service_role)
        _check_known(connection)
        _make_extensions(connection)
        connection.execute(text("CREATE SCHEMA IF NOT EXISTS db"))
        command.upgrade(_config(connection, service_role, metric_srid), revision)


def downgrade(owner: Engine, service_role: str, metric_srid: int, revision: str) -> None:
    """Migrate down to `revision`, in one transaction, as the owner."""
    with owner.begin() as connection:
        command.downgrade(_config(connection, service_role, metric_srid), revision)


def deployment(connection: Connection) -> tuple[int, str]:
    """Return the metric SRID and the service role that the database was made with."""
    row = connection.execute(text("SELECT metric_srid, service_role FROM db.deployment")).one()
    return int(row.metric_srid), str(row.service_role)


@cache
def head() -> str:
    """Return the newest revision this version of Gridward knows."""
    return str(ScriptDirectory.from_config(_config()).get_current_head())


def current(connection: Connection) -> str | None:
    """Return the database's revision; None for one that was never migrated."""
    context = MigrationContext.configure(connection, opts={"version_table_schema": "db"})
    return context.get_current_revision()


def _make_extensions(connection: Connection) -> None:
    try:
        for name in ("postgis", "btree_gist"):
            connection.execute(text(f"CREATE EXTENSION IF NOT EXISTS {name}"))
    except DBAPIError as error:
        said = str(error.orig).splitlines()[0]
        raise NoPostgis(
            f"It said: {said}.",
            remedy="As a superuser of that server, in this database: CREATE EXTENSION postgis; CREATE EXTENSION btree_gist",
        ) from error


def _check_roles(connection: Connection, service_role: str) -> None:
    query = text(
        "SELECT rolname = current_user AS same, rolsuper OR rolbypassrls AS strong FROM pg_roles WHERE rolname = :role"
    )
    found = connection.execute(query, {"role": service_role}).one_or_none()
    if found is None or found.same or found.strong:
        problem = (
            "is not known to the server"
            if found is None
            else "is the owner"
            if found.same
            else "is too strong"
        )
        raise RolesTooStrong(
            f"{service_role} {problem}.",
            remedy="Give GRIDWARD_DATABASE_URL a role of its own: CREATE ROLE gridward_service LOGIN PASSWORD '...'",
        )


def _check_known(connection: Connection) -> None:
    found = current(connection)
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    if found is not None and found not in known:
        raise NewerSchema(
            f"It is at {found}, this program knows up to {head()}.", remedy="Run the newer program."
        )


def check(connection: Connection, metric_srid: int) -> None:
    """Refuse a database that is not migrated, or was made with another metric CRS.

    Raises:
        SchemaOutdated: Its revision is not the newest.
        WrongMetricCrs: Its geometries are stored in another CRS than the settings say.
    """
    found = current(connection)
    if found != head():
        raise SchemaOutdated(
            f"It is at {found or 'nothing'}, the program at {head()}.",
            remedy="Run: gridward db upgrade",
        )
    stored, _ = deployment(connection)
    if stored != metric_srid:
        raise WrongMetricCrs(
            f"EPSG:{stored} there, EPSG:{metric_srid} in GRIDWARD_METRIC_CRS.",
            remedy=f"Set GRIDWARD_METRIC_CRS=EPSG:{stored}, or make a new database.",
        )
