"""`/api/patrol/plans`, `absences` and `mornings` over tiny town, as its supervisor and as others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.core.settings import Settings
from app.db.engine import transaction
from app.main import create_app
from app.patrol.beats import service as beats
from app.teams import service as teams
from app.teams.roster import Member
from tests import tiny_town
from tests.accounts import Acting, account
from tests.conftest import drop_database, make_database

CELLS = [code for row in tiny_town.CELLS for code in row]
MEMBERS = ["m-1", "m-2", "m-3", "m-4"]
ASKED = {"team": "T", "name": "冬季责任区", "from": "2026-12-01"}


@pytest.fixture(scope="module")
def served(admin_url: str) -> Iterator[tuple[TestClient, dict[str, Acting]]]:
    databases, name = make_database(admin_url)
    with transaction(databases.owner) as connection:
        tiny_town.load(connection)
    with transaction(databases.service, "system") as connection:
        members = [Member(code=code) for code in MEMBERS]
        teams.form_team(connection, "T", "示意队", members, area_code=tiny_town.DISTRICT, synthetic=True)
        teams.form_team(connection, "W", "西队", [Member(code="w-1")], area_code="990101001", synthetic=True)
        leads = account(connection, "district_supervisor", area=tiny_town.DISTRICT)
        others = {
            "west": account(connection, "street_supervisor", area="990101001"),
            "walker": account(connection, "patroller", area=tiny_town.DISTRICT),
        }
        others["elsewhere"] = account(connection, "patroller", area="990101002002")
        teams.give_account(connection, "m-1", others["walker"].id)
        teams.give_account(connection, "m-4", others["elsewhere"].id)
    with TestClient(create_app(databases.service, Settings()), headers=leads.headers) as client:
        yield client, others
    drop_database(admin_url, databases, name)


@pytest.fixture
def client(served: tuple[TestClient, dict[str, Acting]]) -> TestClient:
    return served[0]


@pytest.fixture
def others(served: tuple[TestClient, dict[str, Acting]]) -> dict[str, Acting]:
    return served[1]


def made(client: TestClient, **said: Any) -> dict[str, Any]:
    answer = client.post("/api/patrol/plans", json=ASKED | said)
    assert answer.status_code == 201, answer.text
    assert answer.headers["ETag"] == '"v1"'
    assert answer.headers["Location"] == f"/api/patrol/plans/{answer.json()['id']}"
    return dict(answer.json())


def test_a_plan(client: TestClient) -> None:
    plan = made(client)
    assert [(beat["number"], beat["member"], beat["cells"]) for beat in plan["beats"]] == [
        (n, member, 4) for n, member in enumerate(MEMBERS, 1)
    ]
    assert plan["figures"]["balance"] == 1.0
    assert (plan["state"], plan["synthetic"], plan["edition"]) == ("draft", True, "tiny")
    answer = client.get(f"/api/patrol/plans/{plan['id']}")
    whole = answer.json()
    assert answer.headers["ETag"] == '"v1"'
    assert {cell["cell"] for cell in whole["cells"]} == set(CELLS)
    outline = whole["map"]["features"][0]
    assert outline["geometry"]["type"] in {"Polygon", "MultiPolygon"}
    assert outline["properties"]["member"] == "m-1"
    ring = outline["geometry"]["coordinates"][0]
    west, south = tiny_town.lonlat(0, 0)
    assert all(west - 0.01 < lon < west + 0.02 and south - 0.01 < lat < south + 0.02 for lon, lat in ring)
    shifted = client.get(f"/api/patrol/plans/{plan['id']}", params={"datum": "gcj02"}).json()
    assert shifted["map"]["features"][0]["geometry"] != outline["geometry"]
    listed = client.get("/api/patrol/plans", params={"team": "T"}).json()
    assert plan["id"] in [one["id"] for one in listed]
    assert client.get("/api/patrol/plans/999999").status_code == 404


def test_a_plan_is_made_once(client: TestClient) -> None:
    key = {"Idempotency-Key": "plan-once"}
    first = client.post("/api/patrol/plans", json=ASKED, headers=key)
    again = client.post("/api/patrol/plans", json=ASKED, headers=key)
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replay"] == "true"


def test_drawn_ground(client: TestClient) -> None:
    corners = [(-5, -5), (205, -5), (205, 405), (-5, 405), (-5, -5)]
    ring = [list(tiny_town.lonlat(x, y)) for x, y in corners]
    plan = made(client, geometry={"type": "Polygon", "coordinates": [ring]})
    assert plan["figures"]["cells"] == 8


@pytest.mark.parametrize(
    ("said", "status", "word"),
    [
        ({"cells": CELLS[:3]}, 422, "4 beats, 3 cells"),
        ({"cells": [*CELLS[:5], "nowhere"]}, 422, "nowhere"),
        ({"area": "nowhere"}, 422, "nowhere"),
        ({"area": "990101001", "cells": CELLS}, 422, "give an area, or a geometry, or cells"),
        ({"geometry": {"type": "Point", "coordinates": [1, 2]}}, 422, "Point"),
        ({"edition": "last year's"}, 404, "last year's"),
        ({"team": "nobody's"}, 404, "nobody's"),
        ({"members": ["stranger"]}, 422, "stranger"),
        ({"beats": 0}, 422, "beats"),
        ({"anchors": [{"member": "m-1", "cell": "nowhere"}]}, 422, "nowhere"),
        ({"weights": {"speed_mps": -1}}, 422, "speed_mps"),
        ({"based_on": 999999}, 404, "999999"),
    ],
)
def test_what_is_refused(client: TestClient, said: dict[str, Any], status: int, word: str) -> None:
    before = client.get("/api/patrol/plans", params={"team": "T"}).json()
    answer = client.post("/api/patrol/plans", json=ASKED | said)
    assert answer.status_code == status, answer.text
    assert word in answer.text
    assert answer.json()["title_zh"]
    assert client.get("/api/patrol/plans", params={"team": "T"}).json() == before


def test_edit_and_stale_edit(client: TestClient) -> None:
    plan = made(client)
    cells = client.get(f"/api/patrol/plans/{plan['id']}").json()["cells"]
    cell = next(one["cell"] for one in cells if one["beat"] == 1)
    address, body = f"/api/patrol/plans/{plan['id']}/cells", {"moves": [{"cell": cell, "beat": 2}]}
    assert client.patch(address, json=body).status_code == 428
    moved = client.patch(address, json=body, headers={"If-Match": '"v1"'})
    assert moved.status_code == 200
    assert moved.headers["ETag"] == '"v2"'
    assert [beat["cells"] for beat in moved.json()["beats"]] == [3, 5, 4, 4]
    stale = client.patch(address, json={"moves": [{"cell": cell, "beat": 1}]}, headers={"If-Match": '"v1"'})
    assert stale.status_code == 412
    assert [beat["cells"] for beat in client.get(f"/api/patrol/plans/{plan['id']}").json()["beats"]] == [
        3,
        5,
        4,
        4,
    ]


def test_publish_compare_and_a_morning(client: TestClient) -> None:
    plan = made(client)
    address = f"/api/patrol/plans/{plan['id']}/publication"
    done = client.post(address, json={"from": "2026-12-01"}, headers={"If-Match": '"v1"'})
    assert done.status_code == 200, done.text
    assert (done.json()["state"], done.json()["start"]) == ("published", "2026-11-30T16:00:00Z")
    twice = client.post(address, json={"from": "2026-12-01"}, headers={"If-Match": '"v1"'})
    assert twice.status_code == 409
    morning = client.post("/api/patrol/mornings", json={"team": "T", "absent": ["m-2"], "day": "2026-12-02"})
    assert morning.status_code == 201, morning.text
    (told,) = morning.json()["plans"]
    assert morning.json()["away"] == ["m-2"]
    assert [beat["member"] for beat in told["beats"]] == ["m-1", "m-3", "m-4"]
    assert (told["start"], told["end"]) == ("2026-12-01T16:00:00Z", "2026-12-02T16:00:00Z")
    lost = {one["member"]: len(one["lost"]) for one in told["change"]["members"]}
    assert lost["m-2"] == 4
    against = client.get(f"/api/patrol/plans/{told['id']}/against/{plan['id']}").json()
    assert {one["member"]: len(one["lost"]) for one in against["members"]} == lost
    assert told["change"]["share_changed"] >= told["change"]["share_floor"] == 0.25
    away = client.get("/api/patrol/absences", params={"team": "T"}).json()
    assert [one["member"] for one in away] == ["m-2"]
    day = {"team": "T", "day": "2026-12-02"}
    back = client.delete("/api/patrol/mornings", params=day)
    assert back.status_code == 200, back.text
    assert (back.json()["plans"], back.json()["back"]) == ([told["id"]], ["m-2"])
    assert client.get(f"/api/patrol/plans/{told['id']}").json()["state"] == "withdrawn"
    assert client.get("/api/patrol/absences", params={"team": "T"}).json() == []
    assert client.delete("/api/patrol/mornings", params=day).status_code == 409
    strict = client.post("/api/patrol/mornings", json=day | {"absent": ["m-2"], "tolerance": 0.0})
    assert strict.status_code == 422
    assert (
        client.post("/api/patrol/mornings", json=day | {"absent": ["m-2"], "tolerance": 0.5}).status_code
        == 201
    )
    (absence,) = client.get("/api/patrol/absences", params={"team": "T"}).json()
    address = f"/api/patrol/absences/{absence['id']}"
    assert client.delete(address, params={"team": "T"}).status_code == 204
    assert client.delete(address, params={"team": "T"}).status_code == 404


def test_a_publication_withdrawn(client: TestClient, others: dict[str, Acting]) -> None:
    plan = made(client, **{"from": "2027-01-01", "members": ["m-1", "m-2"]})
    address = f"/api/patrol/plans/{plan['id']}"
    assert client.post(f"{address}/withdrawal", headers={"If-Match": '"v1"'}).status_code == 409  # a draft
    done = client.post(
        f"{address}/publication",
        json={"from": "2027-01-01", "to": "2027-02-01"},
        headers={"If-Match": '"v1"'},
    )
    assert done.status_code == 200, done.text
    match = {"If-Match": done.headers["ETag"]}
    assert client.post(f"{address}/withdrawal").status_code == 428
    assert client.post(f"{address}/withdrawal", headers={"If-Match": '"v1"'}).status_code == 412
    by = others["walker"].headers
    assert client.post(f"{address}/withdrawal", headers=match | by).status_code == 403
    gone = client.post(f"{address}/withdrawal", headers=match)
    assert gone.status_code == 200, gone.text
    assert gone.json()["state"] == "withdrawn"
    assert gone.headers["ETag"] != match["If-Match"]
    assert client.post(f"{address}/withdrawal", headers={"If-Match": gone.headers["ETag"]}).status_code == 409


def test_levels_are_given_to_an_area_a_drawing_and_cells(
    client: TestClient, others: dict[str, Acting]
) -> None:
    def give(status: int = 200, **said: Any) -> dict[int, tuple[str, int, int]]:
        answer = client.put("/api/patrol/levels", json={"team": "T"} | said)
        assert answer.status_code == status, answer.text
        if status != 200:
            return {}
        return {one["level"]: (one["name"], one["visits"], one["cells"]) for one in answer.json()}

    assert give(level=2, name="一般", visits=1) == {2: ("一般", 1, 16)}
    west = sum(code.startswith("990101001") for code in CELLS)
    strict = {1: ("严格", 2, west), 2: ("一般", 1, 16 - west)}
    assert give(level=1, name="严格", visits=2, area="990101001") == strict
    assert give(level=1, name="严格", visits=2, area="990101001") == strict
    ring = [list(tiny_town.lonlat(x, y)) for x, y in ((0, 0), (100, 0), (100, 100), (0, 100), (0, 0))]
    drawn = give(level=3, visits=4, geometry={"type": "Polygon", "coordinates": [ring]})
    assert drawn[3] == ("", 4, 1)
    corner = tiny_town.cell_at(50, 50)
    kept = [code for code in CELLS if code.startswith("990101001") and code != corner]
    assert give(level=None, cells=kept[:2])[1] == ("严格", 2, len(kept) - 2)
    assert client.get("/api/patrol/levels", params={"team": "T"}).json()[0]["level"] == 1
    give(422, level=1)
    give(422, level=0, visits=1)
    give(422, level=1, visits=1, cells=["nowhere"])
    give(422, level=1, visits=1, area="990101", cells=CELLS[:1])
    give(422, visits=1)
    said = {"team": "W", "level": 1, "visits": 1}
    assert client.put("/api/patrol/levels", json=said, headers=others["west"].headers).status_code == 200
    beyond = client.put(
        "/api/patrol/levels", json=said | {"area": "990101002"}, headers=others["west"].headers
    )
    assert beyond.status_code == 403
    assert client.put("/api/patrol/levels", json=said, headers=others["walker"].headers).status_code in (
        403,
        404,
    )
    assert give(level=None) == {}


def test_whose_beat_it_is_may_stay_unseen(client: TestClient, others: dict[str, Acting]) -> None:
    """Who walks for the team, but is a patroller elsewhere, sees its plan and not who has the other beats."""
    plan = made(client)
    seen = client.get("/api/patrol/plans", params={"team": "T"}, headers=others["elsewhere"].headers)
    assert seen.status_code == 403
    with transaction(client.app.state.engine, others["elsewhere"].principal.key) as connection:  # type: ignore[attr-defined]
        told = beats.plan(connection, plan["id"])
    assert [(beat.member, beat.taken) for beat in told.beats] == [(None, True)] * 3 + [("m-4", True)]
    assert told.findings == []


def test_others(client: TestClient, others: dict[str, Acting]) -> None:
    plan = made(client)
    west, walker = others["west"].headers, others["walker"].headers
    assert client.get(f"/api/patrol/plans/{plan['id']}", headers=west).status_code == 404
    own = client.post("/api/patrol/plans", json={"team": "W"}, headers=west)
    assert own.status_code == 201
    beyond = client.post("/api/patrol/plans", json={"team": "W", "area": "990101002"}, headers=west)
    assert beyond.status_code == 403
    assert client.post("/api/patrol/plans", json=ASKED, headers=walker).status_code == 403
    seen = client.get(f"/api/patrol/plans/{plan['id']}", headers=walker)
    assert seen.status_code == 200
    assert seen.json()["findings"] == []
