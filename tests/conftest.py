"""What all levels share: a real PostGIS, migrated once into a template, copied per worker; one transaction a test.

Every database name ends in `_test`. A run holds an advisory lock on the name of each database it uses, so a later run
knows which ones a dead run has left, and drops them.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import hypothesis
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import Connection, Engine, make_url, text

from app.core.settings import ROOT, Settings
from app.db import migrate
from app.db.cluster import OWNER, SERVICE, Cluster, role_password
from app.db.databases import Databases

# how long an example takes says more of the machine than of the code
hypothesis.settings.register_profile("gridward", deadline=None)
hypothesis.settings.load_profile("gridward")

METRIC_SRID = 4548
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data kept beside the checkout; tests that want it skip, loudly, without it."""
    if not SHARED.is_dir():
        pytest.skip(f"REAL DATA MISSING: {SHARED} is not there, so this test against real data did not run")
    return SHARED


@pytest.fixture(scope="session")
def admin_url() -> str:
    """A superuser's address in the tests' own cluster; GRIDWARD_TEST_ADMIN_URL names another one."""
    given = os.environ.get("GRIDWARD_TEST_ADMIN_URL")
    return given or Cluster.of(Settings.from_env(os.environ), purpose="test").start().admin_url


def make_database(admin_url: str, srid: int = METRIC_SRID) -> tuple[Databases, str]:
    """Make an empty migrated database with a name that ends in `_test`; return it and its name."""
    keeper = _keeper(admin_url)
    template = _template(admin_url, srid)
    name = f"gridward_{uuid.uuid4().hex[:12]}_test"
    _hold(keeper, name)
    keeper.execute(
        sql.SQL("CREATE DATABASE {} TEMPLATE {} OWNER {}").format(
            sql.Identifier(name), sql.Identifier(template), sql.Identifier(OWNER)
        )
    )
    return Databases.connect(*_addresses(admin_url, name)), name


def drop_database(admin_url: str, databases: Databases, name: str) -> None:
    databases.owner.dispose()
    databases.service.dispose()
    _drop(_keeper(admin_url), name)


@pytest.fixture(scope="session")
def databases(admin_url: str) -> Iterator[Databases]:
    """This worker's own migrated database, empty; tests roll back what they write."""
    made, name = make_database(admin_url)
    yield made
    drop_database(admin_url, made, name)


@pytest.fixture
def fresh_databases(admin_url: str) -> Iterator[Databases]:
    """A database of this test's own, for what must really commit."""
    made, name = make_database(admin_url)
    yield made
    drop_database(admin_url, made, name)


@pytest.fixture
def owner(databases: Databases) -> Iterator[Connection]:
    """A transaction as the owner role, rolled back after the test."""
    yield from rolled_back(databases.owner)


@pytest.fixture
def service(databases: Databases) -> Iterator[Connection]:
    """A transaction as the service role and the system, rolled back after the test."""
    yield from rolled_back(databases.service, principal="system")


def rolled_back(engine: Engine, principal: str = "") -> Iterator[Connection]:
    """A transaction of whoever is named, rolled back at the end."""
    with engine.connect() as connection:
        outer = connection.begin()
        connection.execute(text("SELECT set_config('gridward.principal', :p, true)"), {"p": principal})
        yield connection
        outer.rollback()


@cache
def _keeper(admin_url: str) -> psycopg.Connection[tuple[object, ...]]:
    """One superuser connection for this process's whole life: makes and drops, and holds the locks on names."""
    keeper = psycopg.connect(admin_url, autocommit=True)
    atexit.register(keeper.close)
    with _locked(keeper, "gridward tests"):
        for role in (OWNER, SERVICE):
            if not keeper.execute("SELECT FROM pg_roles WHERE rolname = %s", [role]).rowcount:
                make = sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
                keeper.execute(make.format(sql.Identifier(role), sql.Literal(_password(admin_url, role))))
        _drop_leftovers(keeper)
    return keeper


@cache
def _template(admin_url: str, srid: int) -> str:
    """Return the database that holds the schema of these migrations; made once, by whoever comes first."""
    keeper = _keeper(admin_url)
    name = f"gridward_template_{srid}_{_schema_hash()}_test"
    _hold(keeper, name, shared=True)
    with _locked(keeper, "gridward template"):
        if not keeper.execute("SELECT FROM pg_database WHERE datname = %s", [name]).rowcount:
            making = f"gridward_{uuid.uuid4().hex[:12]}_test"
            _make_template(admin_url, making, srid)
            rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
            keeper.execute(rename.format(sql.Identifier(making), sql.Identifier(name)))
    return name


def _make_template(admin_url: str, name: str, srid: int) -> None:
    keeper = _keeper(admin_url)
    _hold(keeper, name)
    keeper.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(OWNER)))
    inside = make_url(admin_url).set(database=name).render_as_string(hide_password=False)
    with psycopg.connect(inside, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION postgis; CREATE EXTENSION btree_gist")
    made = Databases.connect(*_addresses(admin_url, name))
    migrate.upgrade(made.owner, made.service_role, srid)
    made.owner.dispose()
    made.service.dispose()


def _schema_hash() -> str:
    """Stand for everything that a template is made of."""
    files = sorted((ROOT / "migrations").rglob("*.py"))
    content = b"\0".join(file.read_bytes() for file in [*files, Path(migrate.__file__)])
    return hashlib.sha256(content).hexdigest()[:12]


def _addresses(admin_url: str, database: str) -> tuple[str, str]:
    """Return the owner's and the service's address of a database."""
    owner, service = (
        make_url(admin_url)
        .set(database=database, username=role, password=_password(admin_url, role))
        .render_as_string(hide_password=False)
        for role in (OWNER, SERVICE)
    )
    return owner, service


def _password(admin_url: str, role: str) -> str:
    return role_password(str(make_url(admin_url).password or ""), role)


@contextmanager
def _locked(keeper: psycopg.Connection[tuple[object, ...]], name: str) -> Iterator[None]:
    keeper.execute("SELECT pg_advisory_lock(hashtextextended(%s, 0))", [name])
    yield
    keeper.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])


def _hold(keeper: psycopg.Connection[tuple[object, ...]], name: str, *, shared: bool = False) -> None:
    """Say, for as long as this process lives, that a database is in use."""
    function = "pg_advisory_lock_shared" if shared else "pg_advisory_lock"
    keeper.execute(f"SELECT {function}(hashtextextended(%s, 0))", [name])


def _drop_leftovers(keeper: psycopg.Connection[tuple[object, ...]]) -> None:
    """Drop what dead runs left: databases nobody holds, two hours old or older (one made by hand may be in use)."""
    old = keeper.execute(
        "SELECT datname FROM pg_database WHERE datname ~ '^gridward_.*_test$'"
        " AND (pg_stat_file('base/' || oid || '/PG_VERSION', true)).modification < now() - interval '2 hours'"
    ).fetchall()
    for (name,) in old:
        mine = keeper.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [name]).fetchone()
        if mine and mine[0]:
            _drop(keeper, str(name))


def _drop(keeper: psycopg.Connection[tuple[object, ...]], name: str) -> None:
    keeper.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
    keeper.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", [name])
