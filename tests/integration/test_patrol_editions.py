"""A new edition of the grid while fixes are kept, and after they were deleted: visits are told by their edition."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.areas import service as areas
from app.core.settings import GEODATA
from app.db.databases import Databases
from app.db.engine import transaction
from app.patrol.coverage import service as coverage
from app.patrol.intake import service as intake
from app.patrol.reduction import service as reduction
from app.patrol.rules import ON_FOOT
from app.teams import service as teams
from app.teams.roster import Member, Shift
from tests import tiny_town
from tests.conftest import drop_database, make_database
from tests.integration.test_patrol import END, START, TEAM, WALKER


@pytest.fixture
def town(admin_url: str) -> Iterator[Databases]:
    databases, name = make_database(admin_url)
    with transaction(databases.owner) as connection:
        tiny_town.load(connection, edition="first", starts=START - timedelta(days=30))
    with transaction(databases.service, "system") as connection:
        on_duty = [Shift(member=WALKER, start=START, end=END)]
        teams.form_team(
            connection, TEAM, members=[Member(code=WALKER)], shifts=on_duty, area_code=tiny_town.DISTRICT
        )
        intake.load_fixes(connection, GEODATA / "tiny_town" / "fixes.csv")
    with transaction(databases.owner) as connection:  # another edition, told to hold since before the shift
        tiny_town.load(connection, edition="second", starts=START - timedelta(days=1))
    yield databases
    drop_database(admin_url, databases, name)


def told(databases: Databases, edition: str | None = None) -> tuple[str, int, set[str]]:
    with transaction(databases.service, "system") as connection:
        report = coverage.coverage(connection, TEAM, START, END, edition=edition)
    return report.edition, report.team.patrolled, {finding.code for finding in report.findings}


def test_visits_go_to_the_new_edition_while_fixes_are_kept(town: Databases) -> None:
    assert told(town) == ("second", 0, {"other-edition"})
    assert told(town, "first") == ("first", 4, set())
    with transaction(town.service, "system") as connection:
        shifts = teams.shifts(connection, [member.id for member in teams.members(connection, TEAM)])
        reduction.reduce_shifts(connection, shifts, ON_FOOT)
    assert told(town) == ("second", 4, set())


def test_visits_stay_on_their_edition_when_fixes_were_deleted(town: Databases) -> None:
    with transaction(town.owner) as connection:
        connection.execute(text("UPDATE patrol.reductions SET fixes_deleted_at = now()"))
        connection.execute(text("DELETE FROM patrol.fixes"))
    assert told(town) == ("second", 0, {"stays-on-its-edition"})
    with transaction(town.service, "system") as connection:
        shifts = teams.shifts(connection, [member.id for member in teams.members(connection, TEAM)])
        reduction.reduce_shifts(connection, shifts, ON_FOOT)
        assert areas.edition_at(connection, START).name == "second"
    assert told(town, "first") == ("first", 4, set())
