"""The page of the patrol API: each of its requests is sent as it stands, and its answers have the shape that is shown."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app.auth.principal import SYSTEM
from app.cases.opening import service as opening
from app.cases.reporting import Said
from app.core.settings import Settings
from app.db.engine import transaction
from app.main import create_app
from app.teams import service as teams
from app.teams.plans import service as plans
from app.teams.roster import Shift
from tests import tiny_town
from tests.accounts import account
from tests.api_examples import examples, missing
from tests.conftest import METRIC_SRID, drop_database, make_database
from tests.e2e import patrol_scene
from tests.e2e.patrol_scene import CITY, MEMBERS, TEAM

PAGE = Path(__file__).parents[2] / "docs" / "patrol-api.md"
LON, LAT = tiny_town.lonlat(700, 500)


Told = tuple[TestClient, dict[str, dict[str, str]], dict[str, str]]


@pytest.fixture(scope="module")
def told(admin_url: str) -> Iterator[Told]:
    """A client, the headers of the supervisor and of a member, and what the page's $NAMES stand for."""
    databases, name = make_database(admin_url)
    patrol_scene.fill(databases)
    now = datetime.now(UTC).replace(microsecond=0)
    with transaction(databases.service, "system") as connection:
        people = {
            "ask": account(connection, "street_supervisor", area=patrol_scene.STREET).headers,
            "phone": (walker := account(connection, "patroller", area=patrol_scene.COMMUNITY)).headers,
        }
        early = now.astimezone(CITY).replace(hour=8, minute=0, second=0) + timedelta(days=1)
        roster = [Shift(member=one, start=early, end=early + timedelta(hours=7)) for one in MEMBERS]
        teams.form_team(connection, TEAM, "", shifts=roster, area_code=patrol_scene.COMMUNITY, synthetic=True)
        teams.give_account(connection, MEMBERS[0], walker.id)
        said = Said(category="event:0102", x=LON, y=LAT, description="示意", source="patrol", synthetic=True)
        values = {
            "TEAM": TEAM,
            "MEMBER": MEMBERS[2],
            "CELL": plans.held(connection, TEAM, now)[0].cells[0],
            "CASE": opening.report(connection, SYSTEM, said, now).number,
            "DAY": now.astimezone(CITY).date().isoformat(),
            "NEXT": (now.astimezone(CITY).date() + timedelta(days=1)).isoformat(),
            "NOW": (now - timedelta(seconds=90)).isoformat(),
            "LATER": now.isoformat(),
            "MS": str(round((now - timedelta(seconds=60)).timestamp() * 1000)),
            "LON": f"{LON:.6f}",
            "LAT": f"{LAT:.6f}",
        }
    with TestClient(create_app(databases.service, Settings(metric_srid=METRIC_SRID))) as client:
        yield client, people, values
    drop_database(admin_url, databases, name)


def test_every_request_of_the_page_is_answered_as_it_shows(told: Told) -> None:
    client, people, values = told
    page = examples(PAGE.read_text(encoding="utf-8"), ("ask", "phone"))
    assert len(page) >= 14
    for number, example in enumerate(page):
        one = example.filled(values)
        headers = people[one.who] | {"Content-Type": "application/json", "Idempotency-Key": f"page-{number}"}
        answer = client.request(one.method, one.path, headers=headers | one.headers, content=one.body)
        assert answer.is_success, f"{one.method} {one.path}: {answer.text}"
        if one.shown is not None:
            assert missing(one.shown, answer.json()) == [], f"{one.method} {one.path}: {answer.text[:1000]}"
        if one.path.endswith("/plans"):
            values |= {"PLAN": str(answer.json()["id"]), "ETAG": answer.headers["ETag"]}
        if one.path.endswith("/notice"):
            values["VERSION"] = answer.json()["version"]


def test_an_example_that_lies_is_found() -> None:
    assert missing({"a": [{"b": 1}]}, {"a": [{"b": 2, "c": 3}]}) == []
    assert missing({"a": [{"b": 1}]}, {"a": [{"c": 3}]}) == [".a[0].b"]
    assert missing({"a": "x"}, {"a": 1}) == [".a is 1"]
    assert missing({"a": [{"b": 1}]}, {"a": []}) == [".a[0] is no object"]
