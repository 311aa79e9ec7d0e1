"""What all levels share: a real PostGIS, migrated once into a template, copied per worker; one transaction a test."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, make_url, text

from app.core.settings import ROOT, Settings
from app.db import migrate
from app.db.cluster import Cluster
from app.db.databases import Databases
from app.db.engine import make_engine

METRIC_SRID = 4548
SHARED = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data kept beside the checkout; tests that want it skip, loudly, without it."""
    if not SHARED.is_dir():
        pytest.skip(f"REAL DATA MISSING: {SHARED} is not there, so this test against real data did not run")
    return SHARED


@pytest.fixture(scope="session")
def admin_url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A superuser's address in the tests' own cluster; GRIDWARD_TEST_ADMIN_URL names another one."""
    given = os.environ.get("GRIDWARD_TEST_ADMIN_URL")
    return given or Cluster.of(Settings.from_env(os.environ), purpose="test").start().admin_url


def make_database(admin_url: str, srid: int = METRIC_SRID) -> tuple[Databases, str]:
    """Make an empty migrated database with a name that ends in `_test`; return it and its name."""
    name = f"gridward_{uuid.uuid4().hex[:12]}_test"
    admin = make_engine(admin_url).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        for role in ("gridward_owner", "gridward_service"):
            connection.execute(
                text(
                    "DO $$ BEGIN "
                    f"CREATE ROLE {role} LOGIN; EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"
                )
            )
        connection.execute(text(f"CREATE DATABASE {name} OWNER gridward_owner"))
    admin.dispose()
    inside = make_engine(admin_url).execution_options(isolation_level="AUTOCOMMIT")
    address = make_url(admin_url).set(database=name)
    inside = make_engine(address.render_as_string(hide_password=False))
    with inside.begin() as connection:
        connection.execute(text("CREATE EXTENSION postgis; CREATE EXTENSION btree_gist"))
    inside.dispose()
    owner = address.set(username="gridward_owner").render_as_string(hide_password=False)
    service = address.set(username="gridward_service").render_as_string(hide_password=False)
    databases = Databases.connect(owner, service)
    migrate.upgrade(databases.owner, databases.service_role, srid)
    return databases, name


def drop_database(admin_url: str, databases: Databases, name: str) -> None:
    databases.owner.dispose()
    databases.service.dispose()
    admin = make_engine(admin_url).execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
    admin.dispose()


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
    yield from _rolled_back(databases.owner)


@pytest.fixture
def service(databases: Databases) -> Iterator[Connection]:
    """A transaction as the service role, rolled back after the test."""
    yield from _rolled_back(databases.service)


def _rolled_back(engine: Engine) -> Iterator[Connection]:
    with engine.connect() as connection:
        outer = connection.begin()
        yield connection
        outer.rollback()
