"""`/api/hotline` and `/api/gazetteer` against the tiny town."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from app.core.settings import Settings
from app.main import create_app
from tests import case_town, hotline_file
from tests.case_town import Town
from tests.conftest import METRIC_SRID, drop_database, make_database

CSV = (
    "工单编号,受理时间,诉求内容,诉求地址,来电人,联系电话\n"
    "1,2026-01-05 08:30,噪音（示意）,示意北里1号楼,示意人,138\n"
    "2,2026-01-05 08:31,垃圾（示意）,不知道,示意人,138\n"
    "3,01-05-2026,垃圾（示意）,示意北里,示意人,138\n"
)


@pytest.fixture(scope="module")
def stage(admin_url: str) -> Iterator[tuple[TestClient, Town]]:
    databases, name = make_database(admin_url)
    town = case_town.build(databases)
    with TestClient(create_app(databases.service, Settings(metric_srid=METRIC_SRID))) as client:
        yield client, town
    drop_database(admin_url, databases, name)


@pytest.fixture(scope="module")
def orders(stage: tuple[TestClient, Town]) -> list[dict[str, object]]:
    client, town = stage
    places = {"file": ("places.csv", hotline_file.points().encode())}
    loaded = client.post("/api/gazetteer/load", files=places, headers=town["supervisor"].headers)
    assert loaded.status_code == 200, loaded.text
    assert loaded.json()["changed"] == 8
    assert [finding["code"] for finding in loaded.json()["findings"]] == ["not-yours"]
    headers = town["dispatcher"].headers | {"Idempotency-Key": "import-1"}
    answers = [
        client.post("/api/hotline/imports", files={"file": ("a.csv", CSV.encode("gbk"))}, headers=headers)
        for _ in range(2)
    ]
    assert answers[0].status_code == 200, answers[0].text
    assert answers[0].json() == answers[1].json()
    done = answers[0].json()
    assert (done["opened"], done["waiting"], done["bad"]) == (1, 1, 1)
    assert done["findings"][0]["where"] == "row 4"
    found: list[dict[str, object]] = client.get("/api/hotline/orders", headers=headers).json()["orders"]
    return found


def test_orders_and_rights(stage: tuple[TestClient, Town], orders: list[dict[str, object]]) -> None:
    client, town = stage
    assert [order["number"] for order in orders] == ["2", "1"]
    assert "示意人" not in str(orders)
    for path in ("/api/hotline/orders", "/api/hotline/export", "/api/hotline/rates"):
        assert client.get(path).status_code == 401
        assert client.get(path, headers=town["planner"].headers).status_code == 403
    one = f"/api/hotline/orders/{orders[0]['id']}"
    for path in (one, f"{one}/caller"):
        assert client.get(path, headers=town["east"].headers).status_code == 404
    assert client.get("/api/hotline/orders", headers=town["east"].headers).json()["orders"] == []
    assert client.get(f"{one}/caller", headers=town["dispatcher"].headers).json()["phone"] == "138"
    assert client.get("/api/gazetteer?q=x").status_code == 401
    add = {"kind": "landmark", "name": "x", **case_town.at(350, 350)}
    assert client.post("/api/gazetteer/places", json=add, headers=town["planner"].headers).status_code == 403
    assert (
        client.post("/api/gazetteer/places", json=add, headers=town["supervisor"].headers).status_code == 422
    )


def test_pick_return_results_export(stage: tuple[TestClient, Town], orders: list[dict[str, object]]) -> None:
    client, town = stage
    headers = town["dispatcher"].headers
    one = f"/api/hotline/orders/{orders[0]['id']}"
    read = client.get(one, headers=headers)
    assert client.post(f"{one}/place", json=case_town.at(50, 50), headers=headers).status_code == 428
    match = headers | {"If-Match": read.headers["etag"]}
    assert client.post(f"{one}/place", json={"lon": 1.0}, headers=match).status_code == 422
    picked = client.post(f"{one}/place", json=case_town.at(50, 50), headers=match)
    assert picked.status_code == 200, picked.text
    assert picked.json()["state"] == "opened"
    assert client.post(f"{one}/results", json={"solved": True}, headers=match).status_code == 412
    match = headers | {"If-Match": picked.headers["etag"]}
    told = client.post(f"{one}/results", json={"contacted": True, "solved": False}, headers=match)
    assert (told.json()["solved"], told.json()["satisfied"]) == (False, None)
    back = client.post(
        f"{one}/return",
        json={"reason": "不属辖区（示意）"},
        headers=headers | {"If-Match": told.headers["etag"]},
    )
    assert back.json()["returned"] == 1
    (rates,) = client.get("/api/hotline/rates", headers=headers).json()
    assert (rates["orders"], rates["should_contact"], rates["solved"]) == (2, 1, 0)
    export = client.get("/api/hotline/export", headers=headers)
    assert export.content.startswith(b"PK")


def test_bad_files(stage: tuple[TestClient, Town]) -> None:
    client, town = stage
    headers = town["dispatcher"].headers
    old = {"file": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)}
    refused = client.post("/api/hotline/imports", files=old, headers=headers)
    assert refused.status_code == 422
    assert ".xlsx" in refused.json()["remedy"]
    sent = {"file": ("a.csv", CSV.encode())}
    wrong = client.post("/api/hotline/imports", files=sent, data={"choices": "[1]"}, headers=headers)
    assert wrong.status_code == 422
    elsewhere = {"choices": '{"home": "990101002"}'}
    assert client.post("/api/hotline/imports", files=sent, data=elsewhere, headers=headers).status_code == 403
