"""Cases over real connections: answers that are lost, two who come at once, who listens, who is told, who stands in."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx2 as httpx
import psycopg
import pytest
from sqlalchemy import Engine, text

from app.cases.opening import service as opening
from app.cases.reporting import Said
from app.db.engine import transaction
from tests import case_town
from tests.case_town import RUBBISH, Town
from tests.conftest import drop_database, make_database
from tests.e2e.serving import serving

HEARS_S = 5.0
SILENT_S = 0.5


@dataclass
class Scene:
    """The tiny town behind a live server."""

    town: Town
    address: str
    service: Engine
    client: httpx.Client

    def headers(self, who: str, **more: str) -> dict[str, str]:
        return self.town[who].headers | {name.replace("_", "-"): value for name, value in more.items()}

    def report(self, who: str | None, x: float, y: float = 350, **more: Any) -> dict[str, Any]:
        headers = {} if who is None else self.headers(who)
        answer = self.client.post("/api/cases", json=said(x, y, **more), headers=headers)
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def move(self, who: str, number: str, name: str, **facts: Any) -> httpx.Response:
        seen = self.client.get(f"/api/cases/{number}", headers=self.headers(who))
        assert seen.status_code == 200, seen.text
        headers = self.headers(who, If_Match=seen.headers["etag"])
        return self.client.post(f"/api/cases/{number}/moves", json={"move": name, **facts}, headers=headers)

    def count(self, table: str, **where: Any) -> int:
        """Count rows as the system."""
        asked = " AND ".join(f"{name} = :{name}" for name in where)
        with transaction(self.service, "system") as connection:
            found = connection.execute(text(f"SELECT count(*) FROM {table} WHERE {asked}"), where)
            return int(found.scalar_one())


def said(x: float, y: float = 350, **more: Any) -> dict[str, Any]:
    return {"category": RUBBISH, "description": "示意", **case_town.at(x, y), **more}


@pytest.fixture(scope="module")
def scene(admin_url: str) -> Iterator[Scene]:
    databases, name = make_database(admin_url)
    town = case_town.build(databases)
    with serving(databases) as server, httpx.Client(base_url=server.address, timeout=30) as client:
        yield Scene(town, server.address, databases.service, client)
    drop_database(admin_url, databases, name)


@pytest.fixture
def listening(scene: Scene) -> Iterator[psycopg.Connection[Any]]:
    address = scene.service.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("LISTEN gridward_cases")
        yield connection


def heard(connection: psycopg.Connection[Any], seconds: float = HEARS_S) -> list[dict[str, Any]]:
    """Return what is heard until something was, or so many seconds have gone."""
    return [json.loads(one.payload) for one in connection.notifies(timeout=seconds, stop_after=1)]


def send_and_hang_up(scene: Scene, headers: dict[str, str], body: dict[str, Any]) -> None:
    """Send a whole request and close the connection without reading a byte of its answer."""
    there = urlsplit(scene.address)
    content = json.dumps(body).encode()
    lines = {
        "Host": there.netloc,
        "Content-Type": "application/json",
        "Content-Length": str(len(content)),
    } | headers
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
    with socket.create_connection((str(there.hostname), int(there.port or 80)), timeout=10) as lost:
        lost.sendall(b"POST /api/cases HTTP/1.1\r\n" + head.encode() + b"\r\n" + content)


def until(true: Any) -> None:
    """Wait until something is true."""
    ends = time.monotonic() + 20
    while not true():
        assert time.monotonic() < ends, "it never came"
        time.sleep(0.05)


@pytest.mark.parametrize("known_by", ["key", "id"])
def test_five_reports_whose_answers_are_lost_are_one_case(scene: Scene, known_by: str) -> None:
    headers, words = scene.headers("patroller"), f"答复丢失 {known_by}"
    body = said(50 if known_by == "key" else 60, description=words)
    if known_by == "key":
        headers["Idempotency-Key"] = "lost-answers"
    else:
        body |= {"system": "app", "id": "lost-answers"}
    for _ in range(5):
        send_and_hang_up(scene, headers, body)
    until(lambda: scene.count("cases.cases", description=words) > 0)
    answer = scene.client.post("/api/cases", json=body, headers=headers)
    if known_by == "key":
        assert (answer.status_code, answer.headers["idempotent-replay"]) == (201, "true")
    else:
        assert (answer.status_code, answer.json()["new"]) == (200, False)
    assert scene.count("cases.cases", description=words) == 1
    assert scene.count("incidents.incidents", description=words) == 1
    assert scene.count("cases.cases", number=answer.json()["number"]) == 1
    assert (
        scene.count("cases.transitions", move="report", case_id=case_id(scene, answer.json()["number"])) == 1
    )


def case_id(scene: Scene, number: str) -> int:
    with transaction(scene.service, "system") as connection:
        found = connection.execute(text("SELECT id FROM cases.cases WHERE number = :n"), {"n": number})
        return int(found.scalar_one())


def test_two_take_the_same_case_in_the_same_second(scene: Scene) -> None:
    for turn in range(5):
        number = scene.report("resident", 70 + turn)["number"]
        gate, told = threading.Barrier(2), dict[str, httpx.Response]()

        def take(who: str, number: str = number, gate: threading.Barrier = gate, told: Any = told) -> None:
            headers = scene.headers(who, If_Match='"v1"')
            with httpx.Client(base_url=scene.address, timeout=30) as client:
                client.get("/healthz")  # connected before the race
                gate.wait(10)
                told[who] = client.post(
                    f"/api/cases/{number}/moves", json={"move": "accept"}, headers=headers
                )

        threads = [threading.Thread(target=take, args=(who,)) for who in ("officer", "dispatcher")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
        winner, loser = sorted(told, key=lambda who: told[who].status_code)
        assert (told[winner].status_code, told[loser].status_code) == (200, 412)
        problem = told[loser].json()
        assert scene.town.who(winner).shown in problem["detail"]
        assert problem["title_zh"] == "该记录已被他人更新，未作任何更改。"
        assert problem["remedy"]
        assert scene.count("cases.transitions", move="accept", case_id=case_id(scene, number)) == 1


def test_who_listens_hears_reports_and_moves_after_their_commit(
    scene: Scene, listening: psycopg.Connection[Any]
) -> None:
    number = scene.report("patroller", 80)["number"]
    told = heard(listening)
    assert [(one["number"], one["stage"]) for one in told] == [(number, "dispatched")]
    assert set(told[0]) == {"id", "number", "stage", "community"}, "no words of the case, no person"
    assert scene.move("environment", number, "sign").status_code == 200
    assert [(one["number"], one["stage"]) for one in heard(listening)] == [(number, "signed")]


def test_who_listens_hears_nothing_of_what_was_not_kept(
    scene: Scene, listening: psycopg.Connection[Any]
) -> None:
    asking, place = scene.town.who("patroller"), case_town.at(90, 350)
    rolled_back = Said(category=RUBBISH, x=place["lon"], y=place["lat"], description="示意")
    with scene.service.connect() as connection:
        begun = connection.begin()
        connection.execute(text("SELECT set_config('gridward.principal', :p, true)"), {"p": asking.key})
        assert opening.report(connection, asking, rolled_back).new
        assert heard(listening, SILENT_S) == [], "heard before its commit"
        begun.rollback()
    assert heard(listening, SILENT_S) == []
    refused = scene.client.post(
        "/api/cases", json=said(90, category="event:9999"), headers=scene.headers("patroller")
    )
    assert refused.status_code == 422
    assert heard(listening, SILENT_S) == []
    number = scene.report("patroller", 90)["number"]
    assert [one["number"] for one in heard(listening)] == [number], "it listens"


def test_reporters_of_all_duplicates_are_told(scene: Scene) -> None:
    first = scene.report("resident", 20, 390, description="三号楼门口有垃圾")
    again = scene.report(None, 22, 390, description="门口垃圾 三号楼", reporter_phone="000")
    third = scene.report("patroller", 24, 390, description="三号楼门口垃圾", on_the_spot=True)
    near = scene.client.get(f"/api/cases/{third['number']}/duplicates", headers=scene.headers("patroller"))
    assert {one["number"] for one in near.json()} >= {first["number"], again["number"]}
    for other in (again, third):
        merged = scene.move("dispatcher", other["number"], "merge", into=first["number"])
        assert merged.status_code == 200, merged.text
        assert merged.json()["merged_into"] == first["number"]
    links = scene.client.get(f"/api/cases/{first['number']}", headers=scene.headers("dispatcher")).json()[
        "links"
    ]
    assert {one["number"] for one in links} == {again["number"], third["number"]}
    refused = scene.move("officer", first["number"], "refuse", reason="不属实 (示意)")
    assert refused.status_code == 200, refused.text
    for who in ("resident", "patroller"):
        assert scene.count("cases.notices", what="refuse", account_id=scene.town[who].id) == 1, who
    code = {"code": again["code"]}
    followed = scene.client.get(f"/api/cases/follow/{again['number']}", params=code).json()
    assert followed["stage"] == "not_accepted", "who has no account is told how the main case ended"


def test_a_delegate_stands_in_for_the_absent(scene: Scene) -> None:
    path = f"/api/parties/{scene.town.parties['nw-environment']}/absences"
    body = {"delegate": "nw-committee", "reason": "休假 (示意)"}
    away = scene.client.post(path, json=body, headers=scene.headers("supervisor"))
    assert away.status_code == 201, away.text
    told = scene.report("patroller", 30, 300)
    assert told["party_zh"] == "nw-committee 示意"
    page = scene.client.get(f"/api/cases/{told['number']}", headers=scene.headers("supervisor")).json()
    assert page["answer"]["chain"][0]["instead_of"]["code"] == "nw-environment"
    for name, facts in (("sign", {}), ("handle", {"result": "已清运 (示意)"})):
        moved = scene.move("committee", told["number"], name, **facts)
        assert moved.status_code == 200, moved.text
    ended = scene.client.delete(f"{path}/{away.json()['id']}", headers=scene.headers("supervisor"))
    assert ended.status_code == 204
    assert scene.report("patroller", 35, 300)["party_zh"] == "nw-environment 示意"


def test_the_absent_without_a_delegate_are_passed_over(scene: Scene) -> None:
    path = f"/api/parties/{scene.town.parties['nw-environment']}/absences"
    away = scene.client.post(path, json={"reason": "休假 (示意)"}, headers=scene.headers("supervisor"))
    assert away.status_code == 201, away.text
    assert scene.report("patroller", 40, 300)["party_zh"] == "nw-committee 示意", "the next in the chain"
    ended = scene.client.delete(f"{path}/{away.json()['id']}", headers=scene.headers("supervisor"))
    assert ended.status_code == 204
