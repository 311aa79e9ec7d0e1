"""Who sees incidents, asked by raw SQL under the service role; and the indexes that are found under the policies."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from app.auth.service import acting_as
from app.core.settings import GEODATA
from app.db.databases import Databases
from app.db.engine import transaction
from app.incidents import service as incidents
from app.incidents.reporting import Report
from app.maps import service as maps
from tests import tiny_town
from tests.accounts import account
from tests.conftest import METRIC_SRID, drop_database, make_database, rolled_back
from tests.integration.test_incidents_load import load

WHEN = datetime(2026, 1, 5, 9, tzinfo=UTC)


@pytest.fixture(scope="module")
def town(admin_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Databases]:
    """The town with its twelve incidents, loaded from their file."""
    databases, name = make_database(admin_url)
    with transaction(databases.owner) as connection:
        tiny_town.load(connection)
    file = tmp_path_factory.mktemp("rights") / "incidents.csv"
    file.write_bytes((GEODATA / "tiny_town" / "incidents.csv").read_bytes())
    with transaction(databases.service, "system") as connection:
        load(connection, file, datum=f"epsg:{METRIC_SRID}")
    yield databases
    drop_database(admin_url, databases, name)


@pytest.fixture
def connection(town: Databases) -> Iterator[Connection]:
    yield from rolled_back(town.service, "system")


def communities(connection: Connection) -> list[str | None]:
    """Return the communities of the incidents that are seen."""
    return list(connection.execute(text("SELECT community FROM incidents.incidents ORDER BY 1")).scalars())


def test_a_load_gives_each_incident_its_cells_community(connection: Connection) -> None:
    wrong = connection.execute(
        text("""
            SELECT count(*) FROM incidents.incidents AS i LEFT JOIN areas.cells AS c ON c.id = i.cell_id
             WHERE i.community IS DISTINCT FROM c.parent_code
        """)
    ).scalar_one()
    assert wrong == 0
    assert communities(connection).count(None) == 1


@pytest.mark.parametrize("principal", ["", "public", "account:999", "account:", "system "])
def test_nobody_sees_none(town: Databases, principal: str) -> None:
    with transaction(town.service, principal) as connection:
        assert communities(connection) == []
        assert connection.execute(text("SELECT count(*) FROM incidents.loads")).scalar_one() == 0


@pytest.mark.parametrize(
    ("role", "area"),
    [
        ("planner", tiny_town.DISTRICT), ("street_supervisor", "990101001"), ("patroller", "990101002"),
        ("community_officer", "990101001001"), ("administrator", None), ("auditor", None), (None, None),
    ],
)  # fmt: skip
def test_staff_see_what_lies_on_their_ground(
    connection: Connection, role: str | None, area: str | None
) -> None:
    everything = communities(connection)
    someone = account(connection, role, area=area)
    with acting_as(connection, someone.principal):
        seen = communities(connection)
        loads = connection.execute(text("SELECT count(*) FROM incidents.loads")).scalar_one()
    if area == tiny_town.DISTRICT:
        assert (seen, loads) == (everything, 1)
        return
    assert loads == 0
    assert seen == [code for code in everything if area and code and code.startswith(area)]


def test_an_account_reports_where_it_may_not_look_and_sees_its_own(connection: Connection) -> None:
    east = account(connection, "street_supervisor", area="990101002")
    west = account(connection, "street_supervisor", area="990101001")
    said = Report(
        source="phone", source_id="1", x=tiny_town.WEST + 50, y=tiny_town.SOUTH + 350, datum="epsg:4548", reported_at=WHEN,
        reported_by=east.id,
    )  # fmt: skip
    with acting_as(connection, east.principal):
        stored, new, _ = incidents.report(connection, said)
        assert (new, incidents.report(connection, said)[1], stored.cell) == (True, False, "990101001001001")
        assert incidents.incident(connection, stored.id) == stored
        filed = Report(
            source="test",
            source_id="T01",
            x=said.x,
            y=said.y,
            datum=said.datum,
            reported_at=WHEN,
            reported_by=east.id,
        )
        with pytest.raises(incidents.KnownElsewhere):
            incidents.report(connection, filed)
    with acting_as(connection, west.principal):
        assert incidents.incident(connection, stored.id) == stored


@pytest.mark.parametrize(
    "change", ["UPDATE incidents.incidents SET category = 'x'", "DELETE FROM incidents.incidents"]
)
def test_not_even_the_system_changes_an_incident(connection: Connection, change: str) -> None:
    with pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text(change))


@pytest.fixture(scope="module")
def crowded(town: Databases) -> Databases:
    """The town with a year of incidents, as many as make a plan worth choosing."""
    many = text("""
        INSERT INTO incidents.incidents
               (source, source_id, reported_at, original_x, original_y, datum, found, cell_id, community, geom)
        SELECT 'crowd', n::text, CAST(:last AS timestamptz) - n * interval '10 min', 0, 0, 'wgs84',
               CASE WHEN n % 50 > 0 THEN 'in a cell' ELSE 'outside' END, CASE WHEN n % 50 > 0 THEN c.id END,
               CASE WHEN n % 50 > 0 THEN c.parent_code END, ST_PointOnSurface(c.geom)
          FROM generate_series(1, 50000) AS n JOIN areas.cells AS c ON c.number = 1 + n % 16
    """)
    with transaction(town.owner) as connection:
        connection.execute(many, {"last": WHEN})
    with town.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE incidents.incidents, areas.cells"))
    return town


DAY = WHEN - timedelta(days=1)
NEWEST = {"start": None, "end_": None, "category": None, "box": None, "most": 10}


@pytest.mark.parametrize(
    ("query", "values", "index"),
    [
        ("incidents/sql/incidents_newest.sql", NEWEST, "incidents_reported_at"),
        ("incidents/sql/incidents_in_cells.sql", NEWEST | {"cells": [1], "outside": True}, "incidents_cell_time"),
        ("incidents/sql/demand_per_cell.sql", {"edition_id": 1, "start": DAY, "end_": WHEN, "category": None}, "incidents_"),
        ("density/sql/last_report.sql", {}, "incidents_reported_at"),
        ("maps/sql/incidents_in_view.sql",
         {"west": 116.0, "south": 39.0, "east": 117.0, "north": 40.0, "cells": [1], "start": DAY, "end": WHEN,
          "category": "", "square_m": 1.0, "most": 10}, "incidents_"),
        ("maps/sql/incidents_in_cell.sql",
         {"edition": 1, "number": 1, "start": DAY, "end": WHEN, "category": "", "most": 8}, "incidents_"),
    ],
)  # fmt: skip
def test_indexes_are_found_under_the_policies(
    crowded: Databases, query: str, values: dict[str, object], index: str
) -> None:
    source = (Path(maps.__file__).parents[1] / query).read_text(encoding="utf-8")
    with transaction(crowded.service, "system") as connection:
        officer = account(connection, "community_officer", area="990101001001")
        connection.execute(
            text("SELECT set_config('gridward.principal', :p, true)"), {"p": officer.principal.key}
        )
        plan = "\n".join(
            connection.execute(text(f"EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) {source}"), values).scalars()
        )
    assert index in plan, plan
    scans = [line for line in plan.splitlines() if "Seq Scan on incidents" in line]
    assert [line for line in scans if "never executed" not in line] == [], plan
