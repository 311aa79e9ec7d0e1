"""`/api/parties` and `/api/answers` against the tiny town, as the people who use them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any, NamedTuple

import openpyxl
import pytest
from fastapi.testclient import TestClient

from app.categories import service as categories
from app.core.settings import Settings
from app.db.databases import Databases
from app.db.engine import transaction
from app.geo.crs import Metric
from app.main import create_app
from app.parties.drawing import as_geojson
from tests import accounts, tiny_town
from tests.conftest import METRIC_SRID, drop_database, make_database

STREET, OTHER, NW, NE = "990101001", "990101002", "990101001001", "990101002001"


class Cast(NamedTuple):
    """Whoever acts: headers of each."""

    street: dict[str, str]
    other: dict[str, str]
    dispatcher: dict[str, str]
    nobody: dict[str, str]


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[tuple[Databases, Cast]]:
    databases, name = make_database(admin_url)
    with databases.owner.begin() as connection:
        tiny_town.load(connection)
    with transaction(databases.service, "system") as connection:
        categories.load_defaults(connection)
        cast = Cast(
            accounts.account(connection, "street_supervisor", area=STREET).headers,
            accounts.account(connection, "street_supervisor", area=OTHER).headers,
            accounts.account(connection, "dispatcher", area=STREET).headers,
            {},
        )
    yield databases, cast
    drop_database(admin_url, databases, name)


@pytest.fixture(scope="module")
def served(town: tuple[Databases, Cast]) -> Iterator[TestClient]:
    with TestClient(create_app(town[0].service, Settings(metric_srid=METRIC_SRID))) as client:
        client.headers.update(town[1].street)
        yield client


@pytest.fixture
def client(town: tuple[Databases, Cast], served: TestClient) -> Iterator[TestClient]:
    yield served
    with transaction(town[0].service, "system") as connection:
        for table in ("responsibilities", "models", "absences", "patches", "parties"):
            connection.exec_driver_sql(f"DELETE FROM parties.{table}")


@pytest.fixture
def cast(town: tuple[Databases, Cast]) -> Cast:
    return town[1]


def party(code: str, kind: str, area: str | None = NW, **more: Any) -> dict[str, Any]:
    return {"code": code, "kind": kind, "zh": f"{code}（示意）", "area_code": area, "synthetic": True, **more}


def made(client: TestClient, path: str, body: dict[str, Any]) -> int:
    answer = client.post(f"/api/parties{path}", json=body)
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == '"v1"'
    number: int = answer.json()["id"]
    assert answer.headers["location"] == f"/api/parties{path}/{number}"
    return number


def who(client: TestClient, x: float, y: float, category: str = "event:0102") -> dict[str, Any]:
    lon, lat = tiny_town.lonlat(x, y)
    answer = client.get("/api/answers", params={"lon": lon, "lat": lat, "category": category})
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return told


def test_from_nothing_to_an_answer_that_explains_itself(client: TestClient) -> None:
    assert who(client, 50, 350)["lead"] is None
    made(client, "", party("office", "street_office", STREET))
    made(client, "", party("committee", "community_committee", parent="office"))
    made(client, "", party("company", "property_company"))
    made(client, "/responsibilities", {"party": "committee", "area_code": NW, "basis_kind": "charter"})
    yard = as_geojson(tiny_town.polygon(10, 310, 60, 360), "gcj02", Metric(METRIC_SRID))
    patch = {
        "code": "yard",
        "kind": "site",
        "area_code": NW,
        "geometry": yard,
        "datum": "gcj02",
        "synthetic": True,
    }
    number = made(client, "/patches", patch)
    made(
        client,
        "/responsibilities",
        {"party": "company", "patch": "yard", "basis_kind": "contract", "basis": "HT-1"},
    )
    told = who(client, 50, 350)
    assert (told["lead"]["code"], told["deciding"]) == ("company", "duty")
    assert [c["party"]["code"] for c in told["chain"]] == ["company", "committee", "office"]
    assert any(s["used"] and "HT-1" in s["zh"] and "company" in s["en"] for s in told["trace"])
    assert who(client, 90, 350)["lead"]["code"] == "committee"
    shown = client.get(f"/api/parties/patches/{number}", params={"datum": "gcj02"})
    assert shown.headers["content-type"] == "application/geo+json"
    assert shown.json()["properties"]["code"] == "yard"
    lint = client.get("/api/parties/lint", params={"area": NW}).json()
    assert (lint["doubly_owned"], lint["cells"], lint["shadowed"]) == (0, 4, 0)
    history = client.post("/api/parties/models", json={"area_code": NW, "model": "community_led"})
    assert history.status_code == 201
    assert [m["model"] for m in history.json()] == ["community_led"]
    assert client.get("/api/parties/models", params={"area": NW}).json() == history.json()
    assert who(client, 90, 350)["model"] == "community_led"


def test_changing_wants_the_version_and_the_right(client: TestClient, cast: Cast) -> None:
    number = made(client, "", party("association", "association"))
    path = f"/api/parties/{number}"
    assert client.get(path).headers["etag"] == '"v1"'
    body = party("association", "social_organisation")
    assert client.put(path, json=body).status_code == 428
    assert client.put(path, json=body, headers={"If-Match": '"v1"'}).json()["kind"] == "social_organisation"
    late = client.put(path, json=body, headers={"If-Match": '"v1"'})
    assert late.status_code == 412
    assert "street_supervisor of 990101001" in late.json()["detail"]
    for headers, status in ((cast.other, 403), (cast.dispatcher, 403)):
        assert client.put(path, json=body, headers={"If-Match": '"v2"', **headers}).status_code == status
        assert (
            client.post("/api/parties", json=party("x", "association"), headers=headers).status_code == status
        )
        assert client.get(path, headers=headers).status_code == 200
        assert client.get(f"{path}/members", headers=headers).status_code == status
    wide = client.post("/api/parties", json=party("wide", "utility", None))
    assert wide.status_code == 403
    renamed = client.post(f"{path}/names", json={"zh": "新协会", "since": "2026-05-01T00:00:00+08:00"})
    assert [n["zh"] for n in renamed.json()["names"]] == ["association（示意）", "新协会"]


def test_a_stranger_is_told_to_sign_in(town: tuple[Databases, Cast]) -> None:
    with TestClient(create_app(town[0].service, Settings(metric_srid=METRIC_SRID))) as client:
        for path in (
            "",
            "/1",
            "/lint",
            "/export",
            "/template",
            "/models",
            "/patches",
            "/responsibilities",
            "/1/contacts",
        ):
            assert client.get(f"/api/parties{path}").status_code == 401, path
        assert client.get("/api/answers?lon=116&lat=39&category=event:0102").status_code == 401
        assert client.post("/api/parties", json=party("x", "association")).status_code == 401


def test_a_rule_is_made_changed_and_removed(client: TestClient) -> None:
    made(client, "", party("association", "association"))
    number = made(
        client, "/responsibilities", {"party": "association", "area_code": NW, "categories": ["event:01"]}
    )
    path = f"/api/parties/responsibilities/{number}"
    assert client.get(path).json()["categories"] == ["event:01"]
    body = {
        "party": "association",
        "area_code": NW,
        "categories": ["kind:event"],
        "end": "2026-12-31T00:00:00+08:00",
    }
    changed = client.put(path, json=body, headers={"If-Match": '"v1"'})
    assert (changed.json()["categories"], changed.headers["etag"]) == (["kind:event"], '"v2"')
    assert client.delete(path, headers={"If-Match": '"v1"'}).status_code == 412
    assert client.delete(path, headers={"If-Match": '"v2"'}).status_code == 204
    assert client.get(path).status_code == 404


def test_made_once_per_key(client: TestClient) -> None:
    headers = {"Idempotency-Key": "k1"}
    first = client.post("/api/parties", json=party("a", "association"), headers=headers)
    again = client.post("/api/parties", json=party("a", "association"), headers=headers)
    assert (again.status_code, again.json()) == (201, first.json())
    assert client.post("/api/parties", json=party("b", "association"), headers=headers).status_code == 409
    assert client.post("/api/parties", json=party("a", "association")).status_code == 409  # the code is taken
    assert [p["code"] for p in client.get("/api/parties").json()] == ["a"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("", {"code": "x", "kind": "unknown", "zh": "x", "area_code": NW}, 422),
        ("", {"code": "x y", "kind": "association", "zh": "x", "area_code": NW}, 422),
        ("", {"code": "x", "kind": "association", "zh": "x" * 201, "area_code": NW}, 422),
        ("", {"code": "x", "kind": "association", "zh": "\u0000", "area_code": NW}, 422),
        ("", {"code": "x", "kind": "association", "zh": "x", "area_code": "000000"}, 422),
        ("", {"code": "x", "kind": "association", "zh": "x", "area_code": NW, "more": 1}, 422),
        ("/responsibilities", {"party": "a", "area_code": STREET}, 422),
        ("/responsibilities", {"party": "a"}, 422),
        ("/responsibilities", {"party": "a", "area_code": NW, "categories": ["event:9999"]}, 422),
        ("/responsibilities", {"party": "nobody", "area_code": NW}, 404),
        ("/models", {"area_code": NW, "model": "anarchy"}, 422),
        ("/models", {"area_code": NW, "model": "self_governed", "step": "lead"}, 422),
        ("/patches", {"code": "p", "kind": "zone", "area_code": NW}, 422),
        ("/patches", {"code": "p", "kind": "zone", "area_code": NW, "cells": ["990101002001001"]}, 422),
        ("/patches", {"code": "p", "kind": "site", "area_code": NW, "geometry": {"type": "Point"}}, 422),
        (
            "/patches",
            {"code": "p", "kind": "site", "area_code": NW, "datum": "mars", "cells": ["990101001001001"]},
            201,
        ),
        ("/1/absences", {"start": "2026-05-02T00:00:00Z", "end": "2026-05-01T00:00:00Z"}, 422),
        ("/1/absences", {"delegate": "a"}, 422),
        ("/1/contacts", {"means": "pigeon", "value": "x"}, 422),
        ("/2147483647/names", {"zh": "x"}, 404),
        ("/4294967296/names", {"zh": "x"}, 422),
    ],
)
def test_bad_input_is_refused_with_a_reason(
    client: TestClient, path: str, body: dict[str, Any], status: int
) -> None:
    number = made(client, "", party("a", "association"))
    before = client.get("/api/parties").json()
    answer = client.post(f"/api/parties{path.replace('/1/', f'/{number}/')}", json=body)
    assert answer.status_code == status, answer.text
    if status != 201:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["title"]
    assert client.get("/api/parties").json() == before


def test_an_absence_and_its_end(client: TestClient) -> None:
    made(client, "", party("office", "street_office", STREET))
    one = made(client, "", party("post", "committee_post"))
    made(client, "", party("deputy", "committee_post"))
    made(client, "/responsibilities", {"party": "post", "area_code": NW})
    away = client.post(f"/api/parties/{one}/absences", json={"delegate": "deputy", "reason": "leave"})
    assert away.status_code == 201
    told = who(client, 50, 350)
    assert (told["lead"]["code"], told["chain"][0]["instead_of"]["code"]) == ("deputy", "post")
    assert client.delete(f"/api/parties/{one}/absences/{away.json()['id']}").status_code == 204
    assert who(client, 50, 350)["lead"]["code"] == "post"
    assert client.get(f"/api/parties/{one}/absences").json()[0]["end"] is not None


def test_contacts_are_for_those_who_work_with_the_party(client: TestClient, cast: Cast) -> None:
    one = made(client, "", party("committee", "community_committee"))
    contact = {"means": "phone", "value": "010-00000000", "post": "值班室"}
    kept = client.post(f"/api/parties/{one}/contacts", json=contact)
    assert kept.status_code == 201
    assert [
        c["value"] for c in client.get(f"/api/parties/{one}/contacts", headers=cast.dispatcher).json()
    ] == ["010-00000000"]
    assert client.get(f"/api/parties/{one}/contacts", headers=cast.other).json() == []
    path = f"/api/parties/{one}/contacts/{kept.json()['id']}"
    assert client.delete(path, headers=cast.other).status_code == 403
    assert client.delete(path).status_code == 204
    assert client.delete(path).status_code == 404


def test_a_workbook_goes_out_and_comes_back(client: TestClient, cast: Cast) -> None:
    made(client, "", party("office", "street_office", STREET))
    made(client, "", party("committee", "community_committee", parent="office"))
    made(client, "/responsibilities", {"party": "committee", "area_code": NW})
    book = client.get("/api/parties/export").content
    assert openpyxl.load_workbook(io.BytesIO(book)).sheetnames[0] == "主体 Parties"
    told = client.post(
        "/api/parties/import", files={"file": ("a.xlsx", book)}, headers={"Origin": "http://testserver"}
    )
    assert told.status_code == 200, told.text
    assert told.json() | {"findings": []} == {
        "rows": 3, "added": 0, "changed": 0, "unchanged": 3, "refused": 0, "findings": [],
    }  # fmt: skip
    rows = f"code,kind,name_zh,area_code\nnew,association,新协会,{NW}\nfar,association,远,{NE}\n"
    mixed = client.post("/api/parties/import", files={"file": ("p.csv", rows.encode())}).json()
    assert (mixed["added"], mixed["refused"], mixed["findings"][0]["where"]) == (1, 1, "parties row 3")
    assert client.get("/api/parties/export", params={"sheet": "parties"}).text.startswith("\ufeff主体编码")
    bad = client.post("/api/parties/import", files={"file": ("p.csv", b"<html></html>")})
    assert bad.status_code == 422
    assert client.get("/api/parties/template").content[:2] == b"PK"
    refused = client.post(
        "/api/parties/import", files={"file": ("p.csv", rows.encode())}, headers=cast.dispatcher
    )
    assert refused.status_code == 403


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"lon": 116, "lat": 39, "category": "event:nothing"}, 422),
        ({"lon": "nan", "lat": 39, "category": "event:0102"}, 422),
        ({"lon": 116, "lat": 139, "category": "event:0102"}, 422),
        ({"lon": 116, "category": "event:0102"}, 422),
        ({"lon": 116, "lat": 39, "category": "event:0102", "datum": "moon"}, 422),
    ],
)
def test_a_question_that_can_not_be_asked(client: TestClient, asked: dict[str, Any], status: int) -> None:
    answer = client.get("/api/answers", params=asked)
    assert answer.status_code == status, answer.text


def test_every_operation_says_what_it_is_and_shows_an_example(client: TestClient) -> None:
    paths = client.app.openapi()["paths"]  # type: ignore[attr-defined]
    schemas = client.app.openapi()["components"]["schemas"]  # type: ignore[attr-defined]
    ours = {p: o for p, o in paths.items() if p.startswith(("/api/parties", "/api/answers"))}
    assert len(ours) > 15
    for operations in ours.values():
        assert all(operation["description"] for operation in operations.values())
    for name in ("PartyIn", "ResponsibilityIn", "ModelIn", "PatchIn", "AbsenceIn"):
        assert schemas[name]["examples"], name
