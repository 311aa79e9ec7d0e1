"""`/api/patrol` over tiny town and its tracked shift, as whoever may see its team and as whoever may not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.areas import service as areas
from app.core.settings import GEODATA, Settings
from app.db.engine import transaction
from app.main import create_app
from app.patrol.intake import service as intake
from app.teams import service as teams
from app.teams.duty import service as duty
from app.teams.roster import Member, Shift
from tests import tiny_town
from tests.accounts import Acting, account
from tests.conftest import drop_database, make_database
from tests.integration.test_patrol import END, PATROLLED, START, TEAM, WALKER

LEADER = "TT-09"
PERIOD = {"team": TEAM, "from": START.isoformat(), "to": END.isoformat()}


@pytest.fixture(scope="module")
def served(admin_url: str) -> Iterator[tuple[TestClient, dict[str, Acting]]]:
    """The app as a district supervisor asks it, and others who ask."""
    databases, name = make_database(admin_url)
    with transaction(databases.owner) as connection:
        tiny_town.load(connection)
    with transaction(databases.service, "system") as connection:
        on_duty = [Shift(member=WALKER, start=START, end=END)]
        teams.form_team(
            connection, TEAM, "示意队", [Member(code=WALKER, name="甲"), Member(code=LEADER)], shifts=on_duty,
            area_code=tiny_town.DISTRICT, synthetic=True,
        )  # fmt: skip
        intake.load_fixes(connection, GEODATA / "tiny_town" / "fixes.csv")
        assert len(areas.ground(connection, areas.edition_at(connection).id)) == 16
        leads = account(connection, "district_supervisor", area=tiny_town.DISTRICT)
        others = {
            "planner": account(connection, "planner", area=tiny_town.DISTRICT),
            "walker": account(connection, "patroller", area=tiny_town.DISTRICT),
            "leader": account(connection, "patroller", area=tiny_town.DISTRICT),
            "street": account(connection, "street_supervisor", area="990101001"),
            "outsider": account(connection, "patroller", area="990101001"),
            "administrator": account(connection, "administrator"),
        }
        teams.give_account(connection, WALKER, others["walker"].id)
        teams.give_account(connection, LEADER, others["leader"].id)
        duty.lead(connection, LEADER)
    with TestClient(create_app(databases.service, Settings()), headers=leads.headers) as client:
        yield client, others
    drop_database(admin_url, databases, name)


@pytest.fixture
def client(served: tuple[TestClient, dict[str, Acting]]) -> TestClient:
    return served[0]


@pytest.fixture
def others(served: tuple[TestClient, dict[str, Acting]]) -> dict[str, Acting]:
    return served[1]


def test_teams(client: TestClient) -> None:
    (team,) = client.get("/api/patrol/teams").json()
    assert (team["code"], team["name"], team["members"], team["synthetic"]) == (TEAM, "示意队", 2, True)


def test_coverage(client: TestClient, others: dict[str, Acting]) -> None:
    headers = others["walker"].headers
    answer = client.get("/api/patrol/coverage", params=PERIOD | {"window": "5m"}, headers=headers)
    assert answer.status_code == 200
    body = answer.json()
    assert body["coverage"]["interval"] == [4 / 16, 13 / 16]
    assert (body["coverage"]["patrolled"], body["coverage"]["unknown"], body["coverage"]["missed"]) == (
        4,
        9,
        3,
    )
    assert (body["windows"]["slots"], body["windows"]["patrolled"]) == (2, 4)
    assert (body["rules"]["tau_s"], body["rules"]["slack_s"]) == (20, 5)
    assert (body["synthetic"], body["edition"]) == (True, "tiny")
    (member,) = body["members"]
    assert (member["code"], member["ground"]["patrolled"], member["beat"]["cells"]) == (WALKER, 4, 0)
    assert member["dropped"] == {"jump": 1}
    assert not any("distance" in key or "rank" in key for key in member)


def test_coverage_by_cell(client: TestClient) -> None:
    body = client.get("/api/patrol/coverage/cells", params=PERIOD).json()
    assert body["numbers"] == list(range(1, 17))
    patrolled = {n for n, state in zip(body["numbers"], body["states"], strict=True) if state == "patrolled"}
    codes = sorted(code for row in tiny_town.CELLS for code in row)
    assert {codes[n - 1] for n in patrolled} == {tiny_town.CELLS[row][column] for row, column in PATROLLED}
    assert body["states"].count("unknown") == 9
    assert [hours is not None for hours in body["hours"]] == [n in patrolled for n in body["numbers"]]


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"team": "none"}, 404), ({"to": PERIOD["from"]}, 422), ({"window": "often"}, 422),
        ({"from": "2026-03-02T00:00:00"}, 422), ({"edition": "none"}, 404),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told(client: TestClient, changed: dict[str, str], status: int) -> None:
    answer = client.get("/api/patrol/coverage", params=PERIOD | changed)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


ROUTES = ("teams", "coverage", "coverage/cells")


@pytest.mark.parametrize("route", ROUTES)
def test_nobody_sees_no_patrol(client: TestClient, route: str) -> None:
    answer = client.get(f"/api/patrol/{route}", params=PERIOD, headers={"Authorization": ""})
    assert answer.status_code == 401
    assert WALKER not in answer.text


@pytest.mark.parametrize(
    ("who", "listed", "status"),
    [
        ("planner", 1, 200),
        ("walker", 1, 200),
        ("street", 0, 404),
        ("outsider", 0, 404),
        ("administrator", None, 403),
    ],
)
def test_a_teams_ground_says_who_sees_it(
    client: TestClient, others: dict[str, Acting], who: str, listed: int | None, status: int
) -> None:
    teams_seen = client.get("/api/patrol/teams", headers=others[who].headers)
    assert (len(teams_seen.json()) if teams_seen.status_code == 200 else None) == listed
    for route in ROUTES[1:]:
        answer = client.get(f"/api/patrol/{route}", params=PERIOD, headers=others[who].headers)
        assert answer.status_code == status
        assert status == 200 or WALKER not in answer.text


def test_a_members_figures_go_to_them_and_the_teams_leader(
    client: TestClient, others: dict[str, Acting]
) -> None:
    def told(headers: dict[str, str]) -> tuple[list[str], int]:
        body = client.get("/api/patrol/coverage", params=PERIOD, headers=headers).json()
        return [member["code"] for member in body["members"]], body["coverage"]["patrolled"]

    assert told({}) == ([], 4)  # a supervisor of the ground
    assert told(others["walker"].headers) == ([WALKER], 4)
    assert told(others["leader"].headers) == ([WALKER, LEADER], 4)
    assert told(others["planner"].headers) == ([], 4)
