"""`/api/categories` as those who may read, who may change, and nobody."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.categories.service import load_defaults
from app.core.settings import Settings
from app.db.databases import Databases
from app.db.engine import transaction
from app.main import create_app
from tests import tiny_town
from tests.accounts import Acting, account
from tests.conftest import METRIC_SRID, drop_database, make_database

DAY = {"day": "2027-02-06", "works": False, "name_zh": "春节", "source": "by hand"}
LIMIT = {"category": "event:0102", "stage": "check", "amount": 3, "unit": "working_hour", "source": "by hand"}


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    databases, name = make_database(admin_url)
    with databases.owner.begin() as connection:
        tiny_town.load(connection)
    with transaction(databases.service, "system") as connection:
        load_defaults(connection)
    yield databases
    drop_database(admin_url, databases, name)


@pytest.fixture(scope="module")
def people(town: Databases) -> dict[str, Acting]:
    with transaction(town.service, "system") as connection:
        return {
            "administrator": account(connection, "administrator"),
            "planner": account(connection, "planner", area=tiny_town.DISTRICT),
        }


@pytest.fixture(scope="module")
def client(town: Databases) -> Iterator[TestClient]:
    with TestClient(create_app(town.service, Settings(metric_srid=METRIC_SRID))) as client:
        yield client


def test_read(client: TestClient, people: dict[str, Acting]) -> None:
    headers = people["planner"].headers
    found = client.get("/api/categories", params={"q": "垃圾", "leaves": True}, headers=headers).json()
    assert {"event:0102", "social:0901"} <= {one["key"] for one in found}
    one = client.get("/api/categories/event:0102", headers=headers).json()
    assert one["category"]["parent"] == "event:01"
    assert one["limits"]["handle"] == {
        "amount": 4.0,
        "unit": "working_hour",
        "source": "S #29: sample local values of city X",
    }
    assert client.get("/api/categories/event:9999", headers=headers).status_code == 404
    days = client.get("/api/categories/calendar?from=2026-10-01&to=2026-10-11", headers=headers).json()
    assert [day["works"] for day in days] == [False] * 7 + [True] * 3
    assert (
        client.get("/api/categories/calendar?from=2026-10-01&to=2036-10-11", headers=headers).status_code
        == 422
    )


def test_only_who_may_changes(client: TestClient, people: dict[str, Acting]) -> None:
    for headers, status in (
        ({}, 401),
        (people["planner"].headers, 403),
        (people["administrator"].headers, 200),
    ):
        assert client.put("/api/categories/calendar", json=DAY, headers=headers).status_code == status
        assert client.put("/api/categories/limits", json=LIMIT, headers=headers).status_code == status
    assert client.get("/api/categories").status_code == 401
    headers = people["administrator"].headers
    assert (
        client.get("/api/categories/event:0102", headers=headers).json()["limits"]["check"]["amount"] == 3.0
    )
    assert (
        client.put(
            "/api/categories/limits", json={**LIMIT, "category": "event:9999"}, headers=headers
        ).status_code
        == 422
    )
    assert (
        client.put("/api/categories/limits", json={**LIMIT, "amount": 1e9}, headers=headers).status_code
        == 422
    )


def test_one_category_and_a_table_of_them(client: TestClient, people: dict[str, Acting]) -> None:
    headers = people["administrator"].headers
    mine = {
        "scheme": "event",
        "code": "2101",
        "parent_code": "21",
        "kind": "event",
        "name_zh": "共享单车淤积",
        "source": "ours",
    }
    assert client.put("/api/categories", json=mine, headers=headers).json()["changed"] == 1
    assert client.put("/api/categories", json=mine, headers=headers).json()["changed"] == 0
    assert (
        client.put("/api/categories", json={**mine, "parent_code": "77"}, headers=headers).status_code == 422
    )
    assert (
        client.put("/api/categories", json={**mine, "name_zh": "x" * 501}, headers=headers).status_code == 422
    )
    table = {
        "categories": "scheme,code,parent_code,kind,name_zh,source\nevent,2102,21,event,甲,ours\nevent,2103,21,no,乙,ours\n"
    }
    once = {**headers, "Idempotency-Key": "a-table"}
    first = client.post("/api/categories/import", json=table, headers=once)
    assert (first.status_code, first.json()["changed"], len(first.json()["findings"])) == (200, 1, 1)
    again = client.post("/api/categories/import", json=table, headers=once)
    assert again.json() == first.json()
    assert again.headers["Idempotent-Replay"] == "true"
