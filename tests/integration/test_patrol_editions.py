"""A new edition of the grid while fixes are kept, and after they were deleted: visits are told by their edition."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import text

from app.areas import service as areas
from app.auth.principal import SYSTEM
from app.core.settings import GEODATA
from app.db.databases import Databases
from app.db.engine import transaction
from app.patrol.carrying import service as carrying
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


def test_presences_go_to_the_new_edition_as_visits_do(town: Databases) -> None:
    """A door's code and a case: one has a point in another cell by now, one lies outside and stays; once, not twice."""
    with transaction(town.service, "system") as connection:
        first, second = (areas.edition_named(connection, name).id for name in ("first", "second"))
        old, new = areas.ground(connection, first), areas.ground(connection, second)
        (member,) = teams.members(connection, TEAM)
        srid = areas.metric_srid(connection)
        doors = {"IN": (150.0, 50.0), "OUT": (5000.0, 5000.0)}
        for code, (x, y) in doors.items():
            connection.execute(
                text(
                    "INSERT INTO patrol.doors (code, name, geom, synthetic)"
                    " VALUES (:code, '', ST_SetSRID(ST_MakePoint(:x, :y), :srid), true)"
                ),
                {"code": code, "x": tiny_town.WEST + x, "y": tiny_town.SOUTH + y, "srid": srid},
            )
        for code in (*doors, "GONE"):  # of the last nobody knows where it was
            connection.execute(
                text(
                    "INSERT INTO patrol.presences (member_id, at, kind, reference, cell_id, edition_id)"
                    " VALUES (:member, :at, 'door', :code, :cell, :edition)"
                ),
                {"member": member.id, "at": END - timedelta(seconds=30), "code": code, "cell": int(old.ids[0]), "edition": first},
            )  # fmt: skip

    def lying() -> dict[str, tuple[int, int]]:
        with transaction(town.service, "system") as connection:
            rows = connection.execute(text("SELECT reference, cell_id, edition_id FROM patrol.presences"))
            return {row.reference: (row.cell_id, row.edition_id) for row in rows}

    with transaction(town.service, "system") as connection:
        reduction.reduce_shifts(connection, teams.shifts(connection, [member.id]), ON_FOOT)
    at = new.codes.tolist().index(tiny_town.cell_at(150, 50))
    there = {
        "IN": (int(new.ids[at]), second),
        "OUT": (int(old.ids[0]), first),
        "GONE": (int(old.ids[0]), first),
    }
    assert lying() == there
    with transaction(town.service, "system") as connection:
        assert carrying.carry(connection, team=TEAM) == 0
        assert coverage.coverage(connection, TEAM, START, END).presences == 1
        why = coverage.evidence(connection, SYSTEM, TEAM, str(new.codes[at]), START, END)
    assert (why["state"], [one["kind"] for one in why["presences"]]) == ("patrolled", ["door"])
    assert lying() == there


def test_presences_stay_where_visits_stay(town: Databases) -> None:
    with transaction(town.owner) as connection:
        connection.execute(text("UPDATE patrol.reductions SET fixes_deleted_at = now()"))
    with transaction(town.service, "system") as connection:
        first = areas.edition_named(connection, "first").id
        (member,) = teams.members(connection, TEAM)
        connection.execute(
            text(
                "INSERT INTO patrol.doors (code, name, geom, synthetic)"
                " VALUES ('IN', '', ST_SetSRID(ST_MakePoint(:x, :y), :srid), true)"
            ),
            {"x": tiny_town.WEST + 50, "y": tiny_town.SOUTH + 50, "srid": areas.metric_srid(connection)},
        )
        connection.execute(
            text(
                "INSERT INTO patrol.presences (member_id, at, kind, reference, cell_id, edition_id)"
                " VALUES (:member, :at, 'door', 'IN', :cell, :edition)"
            ),
            {"member": member.id, "at": START, "cell": int(areas.ground(connection, first).ids[0]), "edition": first},
        )  # fmt: skip
        assert carrying.carry(connection) == 0
        connection.execute(text("UPDATE patrol.reductions SET fixes_deleted_at = NULL"))
        assert carrying.carry(connection, start=END) == carrying.carry(connection, member_ids=[0]) == 0
        assert carrying.carry(connection) == 1


def test_made_ready_the_index_for_gaps_is_there(town: Databases) -> None:
    with transaction(town.service, "system") as connection:
        reduction.warm(connection, ON_FOOT)
        built = reduction._reach.cache_info().misses
        shifts = teams.shifts(connection, [member.id for member in teams.members(connection, TEAM)])
        reduction.reduce_shifts(connection, shifts, ON_FOOT)
        assert reduction._reach.cache_info().misses == built
