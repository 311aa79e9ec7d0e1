"""`/api/patrol/tours`, one's own tour and `/api/patrol/dispatch` over tiny town."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient

from app.areas import service as areas
from app.categories import service as categories
from app.core.settings import Settings
from app.db.databases import Databases
from app.db.engine import transaction
from app.main import create_app
from app.teams import service as teams
from app.teams.roster import Beat, Member, Shift
from tests import tiny_town
from tests.accounts import Acting, account
from tests.conftest import drop_database, make_database

NOW = datetime.now(UTC)
DAY = (NOW - timedelta(minutes=5)).astimezone(ZoneInfo("Asia/Shanghai")).date().isoformat()


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[tuple[Databases, dict[str, Acting]]]:
    databases, name = make_database(admin_url)
    with transaction(databases.owner) as connection:
        tiny_town.load(connection)
    with transaction(databases.service, "system") as connection:
        categories.load_defaults(connection)
        ground = areas.ground(connection, areas.edition_named(connection, "tiny").id)
        shift = Shift(member="m-1", start=NOW - timedelta(minutes=5), end=NOW + timedelta(hours=3))
        teams.form_team(
            connection, "T", "示意队", [Member(code="m-1"), Member(code="m-2")],
            [Beat(member="m-1", cells=ground.ids.tolist())], [shift], area_code=tiny_town.DISTRICT, synthetic=True,
        )  # fmt: skip
        people = {
            "leads": account(connection, "district_supervisor", area=tiny_town.DISTRICT),
            "walker": account(connection, "patroller", area=tiny_town.DISTRICT),
            "dispatcher": account(connection, "dispatcher", area=tiny_town.DISTRICT),
            "of another street": account(connection, "dispatcher", area="990101001"),
        }
        teams.give_account(connection, "m-1", people["walker"].id)
    yield databases, people
    drop_database(admin_url, databases, name)


@pytest.fixture(scope="module")
def served(town: tuple[Databases, dict[str, Acting]]) -> Iterator[tuple[TestClient, Acting]]:
    databases, people = town
    with TestClient(create_app(databases.service, Settings()), headers=people["leads"].headers) as client:
        yield client, people["walker"]


def test_a_day_is_planned_shown_and_walked(served: tuple[TestClient, Acting]) -> None:
    client, walker = served
    assert client.get("/api/patrol/me/tour", headers=walker.headers).status_code == 404
    made = client.post(
        "/api/patrol/tours", json={"team": "T", "day": DAY}, headers={"Idempotency-Key": "k-1"}
    )
    assert made.status_code == 201, made.text
    again = client.post(
        "/api/patrol/tours", json={"team": "T", "day": DAY}, headers={"Idempotency-Key": "k-1"}
    )
    assert again.json() == made.json()
    tour = made.json()["tours"][0]
    assert (tour["member"], tour["synthetic"], tour["walking"]["how"]) == ("m-1", True, "straight")
    assert len(tour["stops"]) == 16
    assert {one["code"] for one in made.json()["findings"]} == {"no-shift"}
    assert client.get("/api/patrol/tours", params={"team": "T", "day": DAY}).json()["tours"] == [tour]
    mine = client.get("/api/patrol/me/tour", headers=walker.headers).json()
    assert mine == tour | {"which": "current"}
    anew = client.post("/api/patrol/tours/m-1/replan", json={}, headers=walker.headers)
    assert anew.status_code == 201, anew.text
    assert anew.json()["why"] == "asked"
    assert client.get("/api/patrol/me/tour", headers=walker.headers).json()["id"] == anew.json()["id"]


@pytest.mark.parametrize(
    ("said", "status"),
    [
        ({"team": "none"}, 404),
        ({"team": "T", "members": ["nobody"]}, 422),
        ({"team": "T", "day": "2026-13-01"}, 422),
        ({"team": "T", "post": {"lon": 39.9, "lat": 89.0}}, 422),
        ({"team": "T", "post": {"lon": 216.0, "lat": 39.0}}, 422),
        ({"team": "T", "speed": 9}, 422),
    ],
)
def test_what_can_not_be_planned_is_said(
    served: tuple[TestClient, Acting], said: dict[str, object], status: int
) -> None:
    client, _ = served
    answer = client.post("/api/patrol/tours", json=said)
    assert answer.status_code == status, answer.text
    assert answer.json()["title_zh"]


def test_who_is_not_on_shift_or_unknown_is_said(served: tuple[TestClient, Acting]) -> None:
    client, walker = served
    assert client.post("/api/patrol/tours/m-2/replan", json={}).status_code == 409
    assert client.post("/api/patrol/tours/none/replan", json={}).status_code == 404
    assert client.post("/api/patrol/tours/m-2/replan", json={}, headers=walker.headers).status_code == 403
    assert client.post("/api/patrol/tours/m-1/replan", json={"case": "none"}).status_code == 404
    assert client.get("/api/patrol/dispatch", params={"case": "none"}).status_code == 404


def test_a_reported_case_finds_who_could_go(
    served: tuple[TestClient, Acting], town: tuple[Databases, dict[str, Acting]]
) -> None:
    client, walker = served
    dispatcher, others = town[1]["dispatcher"], town[1]["of another street"]
    lon, lat = tiny_town.lonlat(350.0, 350.0)
    said = {"category": "event:0102", "lon": lon, "lat": lat, "description": "示意"}
    made = client.post("/api/cases", json=said)
    assert made.status_code == 201, made.text
    number = made.json()["number"]
    answer = client.get("/api/patrol/dispatch", params={"case": number})
    assert answer.status_code == 200, answer.text
    one = answer.json()["members"][0]
    assert (one["member"], one["suitable"]) == ("m-1", True)
    assert one["minutes"] < math.hypot(400, 400) * 1.3 / 1.2 / 60
    assert not {"lon", "lat", "x", "y"} & set(one)
    assert (
        client.get("/api/patrol/dispatch", params={"case": number}, headers=walker.headers).status_code == 403
    )
    assert client.post("/api/patrol/tours/m-1/replan", json={}, headers=dispatcher.headers).status_code == 403
    day = {"team": "T", "day": DAY}
    assert client.post("/api/patrol/tours", json=day, headers=dispatcher.headers).status_code == 403
    for who in (others, walker):  # of another street, or no dispatcher: one may for oneself only
        put_in = client.post("/api/patrol/tours/m-2/replan", json={"case": number}, headers=who.headers)
        assert put_in.status_code in (403, 404), put_in.text
    sent = client.post("/api/patrol/tours/m-1/replan", json={"case": number}, headers=dispatcher.headers)
    assert sent.status_code == 201, sent.text
    assert sent.json()["stops"][0]["case"] == number
    urgent = client.post("/api/patrol/tours/m-1/replan", json={"case": number})
    assert urgent.status_code == 201, urgent.text
    assert urgent.json()["stops"][0]["case"] == number
