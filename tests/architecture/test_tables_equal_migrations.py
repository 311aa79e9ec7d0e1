"""The tables that the program describes are those that the migrations make, and the service role may do little."""

from __future__ import annotations

from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from geoalchemy2 import Geometry
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from app.areas import tables
from app.db.base import Base


def differences(connection: Connection) -> list[Any]:
    """Return what autogenerate would change; indexes, constraints and comments are the migrations' own."""

    def described(item: Any, name: str | None, kind: str, reflected: bool, _other: Any) -> bool:
        if kind in ("index", "unique_constraint", "foreign_key_constraint"):
            return False
        return kind != "table" or item.schema + "." + str(name) in Base.metadata.tables

    def retyped(_context: Any, _item: Any, _described: Any, there: Any, told: Any) -> bool | None:
        """The SRID is the deployment's own: only the migrations know it."""
        if not isinstance(told, Geometry):
            return None
        return not isinstance(there, Geometry) or there.geometry_type != told.geometry_type

    options = {
        "include_schemas": True,
        "include_name": lambda name, kind, _parents: kind != "schema" or name == tables.SCHEMA["schema"],
        "include_object": described,
        "compare_type": retyped,
    }
    found = compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)
    single = [one for each in found for one in (each if isinstance(each, list) else [each])]
    return [one for one in single if not one[0].endswith("_comment")]


def test_models_equal_migrations(owner: Connection) -> None:
    assert {"areas.editions", "areas.areas", "areas.cells", "areas.loads"} <= set(Base.metadata.tables)
    assert differences(owner) == []


@pytest.mark.parametrize(
    "change",
    [
        "ALTER TABLE areas.cells DROP COLUMN name CASCADE",
        "ALTER TABLE areas.cells ADD COLUMN extra integer",
        "ALTER TABLE areas.cells ALTER COLUMN area_m2 TYPE integer",
        "ALTER TABLE areas.loads ALTER COLUMN source DROP NOT NULL",
        "ALTER TABLE areas.areas ALTER COLUMN geom TYPE geometry(Polygon, 4548) USING ST_GeometryN(geom, 1)",
    ],
)
def test_a_difference_is_seen(owner: Connection, change: str) -> None:
    owner.execute(text(change))
    assert differences(owner)


@pytest.mark.parametrize(
    "forbidden",
    [
        "UPDATE incidents.incidents SET category = ''",
        "DELETE FROM incidents.incidents",
        "TRUNCATE incidents.incidents",
        "UPDATE incidents.loads SET source = ''",
        "INSERT INTO areas.editions (name) VALUES ('x')",
        "UPDATE areas.areas SET name = ''",
        "DELETE FROM areas.cells",
        "UPDATE db.deployment SET metric_srid = 3857",
        "UPDATE patrol.fixes SET original_x = 0",
        "CREATE TABLE areas.mine ()",
        "CREATE TABLE public.mine ()",
        "ALTER TABLE incidents.incidents DISABLE TRIGGER ALL",
        "SET ROLE gridward_owner",
        "COPY areas.cells TO PROGRAM 'true'",
        "UPDATE auth.audit SET action = ''",
        "DELETE FROM auth.audit",
        "TRUNCATE auth.audit",
        "DELETE FROM auth.accounts",
        "DELETE FROM auth.grants",
        "ALTER TABLE incidents.incidents DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE patrol.fixes NO FORCE ROW LEVEL SECURITY",
        "DROP POLICY incidents_seen ON incidents.incidents",
        "CREATE POLICY mine ON patrol.fixes USING (true)",
        "UPDATE categories.rulebook SET version = 1",
        "UPDATE cases.transitions SET move = ''",
        "DELETE FROM cases.transitions",
        "TRUNCATE cases.transitions",
        "DELETE FROM cases.cases",
        "DELETE FROM cases.comments",
        "SELECT setval('cases.numbers', 1)",
        "SET session_replication_role = replica",
        "SET row_security = off; SELECT count(*) FROM incidents.incidents",
    ],
)
def test_the_service_role_may_not(service: Connection, forbidden: str) -> None:
    with pytest.raises(ProgrammingError, match="InsufficientPrivilege"):
        service.execute(text(forbidden))
