"""Who sees teams and tracks, asked by raw SQL under the service role: nobody, the wrong street, the right one, oneself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import ProgrammingError

from app.auth.service import acting_as
from app.core.settings import GEODATA
from app.db.databases import Databases
from app.db.engine import transaction
from app.patrol.coverage import repository as coverage_repository
from app.patrol.intake import service as intake
from app.teams import service as teams
from app.teams.roster import Beat, Member, Shift
from app.teams.service import UnknownMembers
from tests import tiny_town
from tests.accounts import Acting, account
from tests.conftest import drop_database, make_database, rolled_back
from tests.integration.test_patrol import END, START, WALKER

WEST, EAST = "990101001", "990101002"
TABLES = (
    "teams.teams", "teams.members", "teams.beats", "teams.beat_cells", "teams.shifts",
    "patrol.visits", "patrol.gaps", "patrol.reductions", "patrol.fixes",
)  # fmt: skip
TRACKS = {"patrol.visits", "patrol.gaps", "patrol.fixes"}
"""The member's alone; what a team did is read as the system, once it's judged who asks, and added up."""


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    """Two teams: the western street's, with the walker's track and beat; the eastern street's, with one member."""
    databases, name = make_database(admin_url)
    with transaction(databases.owner) as connection:
        tiny_town.load(connection)
        cell = connection.execute(text("SELECT min(id) FROM areas.cells")).scalar_one()
    with transaction(databases.service, "system") as connection:
        on_duty = [Shift(member=WALKER, start=START, end=END)]
        members = [Member(code=WALKER), Member(code="mate")]
        beats = [Beat(member=WALKER, cells=[cell])]
        teams.form_team(connection, "W", "西队", members, beats, on_duty, area_code=WEST, synthetic=True)
        teams.form_team(connection, "E", "东队", [Member(code="eastern")], area_code=EAST, synthetic=True)
        teams.form_team(connection, "N", "无界队", [Member(code="anywhere")], synthetic=True)
        intake.load_fixes(connection, GEODATA / "tiny_town" / "fixes.csv")
    yield databases
    drop_database(admin_url, databases, name)


@pytest.fixture
def connection(town: Databases) -> Iterator[Connection]:
    yield from rolled_back(town.service, "system")


def seen(connection: Connection) -> dict[str, int]:
    return {t: connection.execute(text(f"SELECT count(*) FROM {t}")).scalar_one() for t in TABLES}


def seen_by(connection: Connection, someone: Acting) -> dict[str, int]:
    with acting_as(connection, someone.principal):
        return seen(connection)


def test_nobody_and_no_principal_see_nothing(town: Databases) -> None:
    for principal in ("", "public", "account:999", "account:0", "System", "account:1 OR 1=1"):
        with transaction(town.service, principal) as connection:
            assert set(seen(connection).values()) == {0}, principal


def test_the_system_sees_all(connection: Connection) -> None:
    everything = seen(connection)
    assert (everything["teams.teams"], everything["teams.members"]) == (3, 4)
    assert min(everything.values()) > 0


@pytest.mark.parametrize(
    ("role", "area", "sees"),
    [
        ("street_supervisor", WEST, ["W"]), ("planner", WEST, ["W"]), ("checker", EAST, ["E"]),
        ("district_supervisor", tiny_town.DISTRICT, ["E", "N", "W"]), ("community_officer", "990101001001", []),
        ("administrator", None, []), ("auditor", None, []), (None, None, []),
    ],
)  # fmt: skip
def test_staff_see_the_teams_of_their_ground_and_nobodys_track(
    connection: Connection, role: str | None, area: str | None, sees: list[str]
) -> None:
    someone = account(connection, role, area=area)
    everything = seen(connection)
    with acting_as(connection, someone.principal):
        assert [team.code for team in teams.teams(connection)] == sees
        found = seen(connection)
    assert {found[table] for table in TRACKS} == {0}
    for table in set(TABLES) - TRACKS - {"teams.teams", "teams.members"}:  # all of them the western team's
        assert found[table] == (everything[table] if "W" in sees else 0), table


def test_a_member_sees_their_own_track_and_nobody_elses(connection: Connection) -> None:
    walker, mate = account(connection, None), account(connection, None)
    teams.give_account(connection, WALKER, walker.id)
    teams.give_account(connection, "mate", mate.id)
    everything, own = seen(connection), seen_by(connection, walker)
    assert own == everything | {"teams.teams": 1, "teams.members": 1}
    assert own["patrol.fixes"] > 30
    assert seen_by(connection, mate) == dict.fromkeys(TABLES, 0) | {"teams.teams": 1, "teams.members": 1}
    with acting_as(connection, walker.principal):
        assert teams.mine(connection) == {WALKER}
    teams.give_account(connection, WALKER, None)
    assert set(seen_by(connection, walker).values()) == {0}
    with pytest.raises(UnknownMembers):
        teams.give_account(connection, "stranger", walker.id)


@pytest.mark.parametrize(
    "change",
    [
        "INSERT INTO teams.teams (code, area_code) VALUES ('X', '990101001')",
        "INSERT INTO teams.members (team_id, code) SELECT 1, 'X'",
        (
            "INSERT INTO patrol.fixes (member_id, at, original_x, original_y, datum, geom)"
            " SELECT member_id, at + interval '1 ms', original_x, original_y, datum, geom FROM patrol.fixes LIMIT 1"
        ),
    ],
)
def test_only_the_system_writes(connection: Connection, change: str) -> None:
    someone = account(connection, "district_supervisor", area=tiny_town.DISTRICT)
    teams.give_account(connection, WALKER, someone.id)
    with (
        pytest.raises(ProgrammingError, match="row-level security"),
        acting_as(connection, someone.principal),
    ):
        connection.execute(text(change))


@pytest.mark.parametrize("table", TABLES)
def test_nothing_is_changed_or_deleted_by_others(connection: Connection, table: str) -> None:
    someone = account(connection, "district_supervisor", area=tiny_town.DISTRICT)
    with acting_as(connection, someone.principal):
        assert connection.execute(text(f"DELETE FROM {table}")).rowcount == 0


def test_a_months_partition_is_no_way_round(connection: Connection) -> None:
    part = connection.execute(
        text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'patrol.fixes'::regclass")
    ).scalar_one()
    with pytest.raises(ProgrammingError, match="permission denied"):
        connection.execute(text(f"SELECT count(*) FROM {part}"))


def test_coverage_finds_visits_by_index_under_the_policies(connection: Connection) -> None:
    someone = account(connection, "planner", area=WEST)
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    query = coverage_repository.SQL["visits"].text
    values = {"member_ids": [1], "edition_id": 1, "start": START, "end": END, "least_s": 25, "below_s": 60}
    with acting_as(connection, someone.principal):
        plan = "\n".join(connection.execute(text(f"EXPLAIN {query}"), values).scalars())
    condition = next(line for line in plan.splitlines() if "Index Cond" in line and "ended" in line)
    assert "member_id" in condition, plan


def test_the_last_visit_of_a_cell_is_one_step_in_an_index(connection: Connection) -> None:
    someone = account(connection, "planner", area=WEST)
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    query = coverage_repository.SQL["last_visits"].text
    values = {"member_ids": [1], "cell_ids": [1, 2], "start": START, "end": END, "enough_s": 25}
    with acting_as(connection, someone.principal):
        plan = "\n".join(connection.execute(text(f"EXPLAIN {query}"), values).scalars())
    assert plan.count("Index Scan Backward using visits_cell_began") == 2, plan
