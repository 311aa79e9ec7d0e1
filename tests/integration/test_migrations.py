"""All migrations go up, down and up again, and leave the service role owning nothing."""

from __future__ import annotations

from sqlalchemy import text

from app.db import migrate
from app.db.databases import Databases
from tests.conftest import METRIC_SRID


def test_up_down_up(fresh_databases: Databases) -> None:
    db = fresh_databases
    migrate.downgrade(db.owner, db.service_role, METRIC_SRID, "base")
    with db.owner.connect() as connection:
        left = connection.execute(
            text(
                "SELECT count(*) FROM pg_tables WHERE schemaname IN ('areas', 'teams', 'incidents', 'patrol')"
            )
        ).scalar_one()
    assert left == 0
    migrate.upgrade(db.owner, db.service_role, METRIC_SRID)
    with db.service.connect() as connection:
        migrate.check(connection, METRIC_SRID)


def test_the_service_role_owns_nothing_and_bypasses_nothing(databases: Databases) -> None:
    with databases.service.connect() as connection:
        owned = connection.execute(
            text("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole")
        ).scalar_one()
        strong = connection.execute(
            text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")
        ).scalar_one()
    assert owned == 0
    assert strong is False
