"""`/api/cases` against the tiny town, as the people concerned: each with an account of its own."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import av
import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import text

from app.cases import endpoints
from app.cases.pacing import Pace
from app.cases.talk import service as talk
from app.core.settings import Settings
from app.db.databases import Databases
from app.db.engine import transaction
from app.main import create_app
from tests import case_town
from tests.case_town import DISPUTE, NORTH_WEST, RUBBISH, Town
from tests.conftest import METRIC_SRID, drop_database, make_database


@pytest.fixture(scope="module")
def built(admin_url: str) -> Iterator[tuple[Databases, Town]]:
    databases, name = make_database(admin_url)
    yield databases, case_town.build(databases)
    drop_database(admin_url, databases, name)


@pytest.fixture
def town(built: tuple[Databases, Town]) -> Town:
    return built[1]


@pytest.fixture
def client(built: tuple[Databases, Town]) -> Iterator[TestClient]:
    with TestClient(create_app(built[0].service, Settings(metric_srid=METRIC_SRID))) as client:
        yield client


def said(x: float = 50, y: float = 350, **more: Any) -> dict[str, Any]:
    return {"category": RUBBISH, "description": "示意", **case_town.at(x, y), **more}


def report(client: TestClient, town: Town, who: str = "patroller", **more: Any) -> str:
    answer = client.post("/api/cases", json=said(**more), headers=town[who].headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


def move(client: TestClient, town: Town, who: str, number: str, name: str, **facts: Any) -> Any:
    seen = client.get(f"/api/cases/{number}", headers=town[who].headers)
    assert seen.status_code == 200, seen.text
    return client.post(
        f"/api/cases/{number}/moves",
        json={"move": name, **facts},
        headers=town[who].headers | {"If-Match": seen.headers["etag"]},
    )


def test_a_report_gets_cell_party_deadline_and_location(client: TestClient, town: Town) -> None:
    answer = client.post("/api/cases", json=said(), headers=town["patroller"].headers)
    assert answer.status_code == 201
    told = answer.json()
    assert answer.headers["location"] == f"/api/cases/{told['number']}"
    assert (told["stage"], told["party_zh"], told["code"]) == ("dispatched", "nw-environment 示意", "")
    assert told["due_at"]
    page = client.get(answer.headers["location"], headers=town["environment"].headers).json()
    assert (page["community"], page["cell"], page["stage_zh"]) == (NORTH_WEST, "990101001001001", "派遣")
    assert page["clock"]["light"] == "green"
    assert 0 <= page["clock"]["used"] < 0.2
    assert [m["name"] for m in page["moves"]][:1] == ["sign"]
    assert page["answer"]["trace"]
    assert [step["move"] for step in page["history"]] == ["report", "file", "dispatch"]


def test_worked_through_by_those_whose_it_is(client: TestClient, town: Town) -> None:
    number = report(client, town, x=60)
    for who, name, facts, stage in (
        ("environment", "sign", {}, "signed"),
        ("environment", "handle", {"result": "已清运"}, "handled"),
        ("checker", "check_fail", {"reason": "未清净"}, "signed"),
        ("environment", "handle", {"result": "再清"}, "handled"),
        ("checker", "check_pass", {}, "checked"),
        ("supervisor", "close", {}, "closed"),
    ):
        answer = move(client, town, who, number, name, **facts)
        assert answer.status_code == 200, answer.text
        assert answer.json()["stage"] == stage
    assert answer.json()["reworked"] == 1


def test_a_change_says_its_version_and_the_loser_is_told_who(client: TestClient, town: Town) -> None:
    number = report(client, town, "resident", x=70)
    url, body = f"/api/cases/{number}/moves", {"move": "accept"}
    assert client.post(url, json=body, headers=town["officer"].headers).status_code == 428
    match = {"If-Match": '"v1"'}
    assert client.post(url, json=body, headers=town["officer"].headers | match).status_code == 200
    late = client.post(url, json=body, headers=town["dispatcher"].headers | match)
    assert late.status_code == 412
    assert town.who("officer").shown in late.json()["detail"]
    assert late.json()["title_zh"]


@pytest.mark.parametrize(
    ("who", "name", "facts", "status"),
    [
        ("environment", "handle", {"result": "x"}, 409),  # not signed yet
        ("environment", "dispatch", {"party": 1}, 403),
        ("planner", "accept", {}, 403),
        ("dispatcher", "recategorise", {"reason": "x"}, 422),
        ("dispatcher", "recategorise", {"category": "event:9999", "reason": "x"}, 422),
        ("dispatcher", "dispatch", {"party": 999_999}, 422),
        ("dispatcher", "explode", {}, 422),
        ("dispatcher", "merge", {"into": "nothing"}, 422),
        ("environment", "apply_postpone", {"reason": "x", "until": "2020-01-01T00:00:00+08:00"}, 422),
        ("supervisor", "supervise", {"reason": "x" * 4001}, 422),
        ("supervisor", "supervise", {"reason": "a\0b"}, 422),
    ],
)
def test_illegal_moves_are_problems_and_change_nothing(
    client: TestClient, town: Town, *, who: str, name: str, facts: dict[str, Any], status: int
) -> None:
    number = report(client, town, x=80)
    before = client.get(f"/api/cases/{number}", headers=town["supervisor"].headers).json()
    answer = move(client, town, who, number, name, **facts)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    after = client.get(f"/api/cases/{number}", headers=town["supervisor"].headers).json()
    assert (after["version"], after["history"]) == (before["version"], before["history"])


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"category": "event:9999"}, 422),
        ({"category": ""}, 422),
        ({"lat": None}, 422),
        ({"lon": 181}, 422),
        ({"due_at": "2020-01-01T00:00:00+08:00"}, 422),
        ({"due_at": "2020-01-01T00:00:00"}, 422),
        ({"description": "x" * 10_001}, 422),
        ({"description": "\ud800"}, 422),
        ({"reporter_name": "x" * 201}, 422),
        ({"source": "hotline"}, 403),
        ({"source": "telepathy"}, 422),
        ({"colour": "red"}, 422),
    ],
)
def test_bad_reports_are_refused_with_a_remedy(
    client: TestClient, town: Town, change: dict[str, Any], status: int
) -> None:
    body = json.dumps(said() | change)
    headers = town["patroller"].headers | {"Content-Type": "application/json"}
    answer = client.post("/api/cases", content=body, headers=headers)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["remedy"] or told["findings"]


def test_the_same_report_sent_five_times_at_once_is_one_case(client: TestClient, town: Town) -> None:
    headers = town["patroller"].headers | {"Idempotency-Key": "five-at-once"}
    told: list[Any] = []

    def send() -> None:
        told.append(client.post("/api/cases", json=said(90, 390), headers=headers))

    threads = [threading.Thread(target=send) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert [answer.status_code for answer in told] == [201] * 5
    assert all(answer.json() == told[0].json() for answer in told)
    assert sum("idempotent-replay" in answer.headers for answer in told) == 4
    assert {answer.headers["location"] for answer in told} == {f"/api/cases/{told[0].json()['number']}"}


@pytest.mark.parametrize("who", ["patroller", None])
def test_a_key_is_good_for_one_report(client: TestClient, town: Town, who: str | None) -> None:
    headers = {"Idempotency-Key": f"one report of {who}".replace(" ", "-")}
    headers |= {} if who is None else town[who].headers
    first, again = (client.post("/api/cases", json=said(80, 380), headers=headers) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert (first.headers["location"], "true") == (
        again.headers["location"],
        again.headers["idempotent-replay"],
    )
    other = client.post("/api/cases", json=said(81, 380), headers=headers)
    assert other.status_code == 409, other.text
    refused = client.post(
        "/api/cases", json=said(81, 380, category="event:9999"), headers=headers | {"Idempotency-Key": "x"}
    )
    assert refused.status_code == 422
    assert (
        client.post("/api/cases", json=said(81, 380), headers=headers | {"Idempotency-Key": "x"}).status_code
        == 201
    )


def test_nobody_reports_gets_a_code_once_and_follows(client: TestClient, town: Town) -> None:
    answer = client.post("/api/cases", json=said(100, 390, reporter_phone="000"))
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert told["stage"] == "reported"
    assert told["party_zh"] is None
    url = f"/api/cases/follow/{told['number']}"
    followed = client.get(url, params={"code": told["code"]})
    assert followed.status_code == 200
    assert set(followed.json()) == {
        "number", "stage", "stage_zh", "reported_at", "handled_at", "ended_at", "due_at", "outcome", "comments",
    }  # fmt: skip
    assert client.get(url, params={"code": "guess"}).status_code == 404
    assert client.get(f"/api/cases/{told['number']}").status_code == 401
    assert client.get("/api/cases").status_code == 401


def test_nobody_is_slowed_down_by_where_they_come_from(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(endpoints, "FOLLOWING", Pace(2, 3600))
    url = "/api/cases/follow/20260105000001?code=x"
    assert [client.get(url).status_code for _ in range(3)] == [404, 404, 429]


def test_a_pace_lets_pass_and_forgets() -> None:
    pace = Pace(2, 10)
    assert [pace.wait_s("a", t) for t in (0, 1, 2)] == [0, 0, 8]
    assert pace.wait_s("b", 2) == 0
    assert pace.wait_s("a", 10.5) == 0


def test_comments_are_text(client: TestClient, town: Town) -> None:
    number = report(client, town, x=110)
    script = "<script>alert(1)</script>"
    url = f"/api/cases/{number}/comments"
    assert client.post(url, json={"text": script}, headers=town["environment"].headers).status_code == 201
    refused = client.post(url, json={"text": "x", "for_reporter": True}, headers=town["environment"].headers)
    assert refused.status_code == 403
    for bad in ({"text": ""}, {"text": "x" * 4001}, {"text": "a\0"}):
        assert client.post(url, json=bad, headers=town["environment"].headers).status_code == 422
    page = client.get(f"/api/cases/{number}", headers=town["officer"].headers)
    assert [(c["text"], c["who"]) for c in page.json()["comments"]] == [
        (script, town.who("environment").shown)
    ]
    assert page.headers["content-type"] == "application/json"
    outsider = client.post(url, json={"text": "x"}, headers=town["east"].headers)
    assert outsider.status_code == 404


def jpeg(colour: str) -> bytes:
    out = io.BytesIO()
    image = Image.effect_noise((200, 150), 90).convert("RGB")
    image.paste(colour, (0, 0, 100, 60))
    image.save(out, "JPEG")
    return out.getvalue()


def recorded(seconds: float = 2.0) -> bytes:
    """Return a sound as a browser records it: WebM with Opus, its length not in its head."""
    out = io.BytesIO()
    with av.open(out, "w", format="webm") as made:
        stream = made.add_stream("libopus", rate=48_000, layout="mono")
        made.metadata["comment"] = "SECRET"
        tone = (np.sin(np.arange(int(seconds * 48_000)) * 0.06) * 9_000).astype(np.int16)
        for begin in range(0, len(tone), 960):
            frame = av.AudioFrame.from_ndarray(tone[None, begin : begin + 960], format="s16", layout="mono")
            frame.sample_rate = 48_000
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    return out.getvalue()


def test_photos_are_kept_clean_once_and_known_again(client: TestClient, town: Town) -> None:
    number, other = report(client, town, x=120), report(client, town, x=180, y=250)
    content, headers = jpeg("red"), town["environment"].headers

    def send(to: str, data: bytes, who: str = "environment") -> Any:
        return client.post(
            f"/api/cases/{to}/photos", files={"photo": ("x.jpg", data, "image/jpeg")}, data={"moment": "after"},
            headers=town[who].headers,
        )  # fmt: skip

    first = send(number, content)
    assert first.status_code == 201, first.text
    assert (first.json()["new"], first.json()["width"], first.json()["seen_at"]) == (True, 200, [])
    again = send(number, content)
    assert (again.json()["new"], again.json()["id"]) == (False, first.json()["id"])
    assert send(other, content, "checker").json()["seen_at"] == [number]
    page = client.get(f"/api/cases/{other}", headers=town["checker"].headers).json()
    assert page["history"][-1]["facts"]["cases"] == [number]
    shown = client.get(f"/api/cases/{number}/photos/{first.json()['id']}", headers=headers)
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.content[:2] == b"\xff\xd8"
    assert client.get(f"/api/cases/{other}/photos/{first.json()['id']}", headers=headers).status_code == 404
    for bad in (b"<html><script>alert(1)</script>", b"", content[:500]):
        refused = send(number, bad)
        assert refused.status_code == 422
    assert len(client.get(f"/api/cases/{number}", headers=headers).json()["photos"]) == 1


def test_a_voice_note_is_kept_clean_once_heard_with_the_case_and_forgotten(
    client: TestClient, town: Town, built: tuple[Databases, Town]
) -> None:
    number, other = report(client, town), report(client, town, x=180, y=250)
    headers = town["environment"].headers

    def send(to: str, data: bytes, who: str = "environment") -> Any:
        return client.post(
            f"/api/cases/{to}/voices",
            files={"voice": ("voice", data, "audio/webm")},
            headers=town[who].headers,
        )

    content = recorded()
    first = send(number, content)
    assert first.status_code == 201, first.text
    assert (first.json()["new"], first.json()["seconds"]) == (True, pytest.approx(2, abs=0.1))
    again = send(number, content)
    assert (again.json()["new"], again.json()["id"]) == (False, first.json()["id"])
    (listed,) = client.get(f"/api/cases/{number}", headers=headers).json()["voices"]
    assert (listed["id"], listed["who"]) == (first.json()["id"], "party_member of 4")
    address = f"/api/cases/{number}/voices/{listed['id']}"
    whole = client.get(address, headers=headers)
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/mpeg")
    with av.open(io.BytesIO(whole.content)) as sound:
        assert sum(frame.samples for frame in sound.decode(audio=0)) == pytest.approx(2 * 16_000, rel=0.1)
    some = client.get(address, headers=headers | {"Range": "bytes=100-199"})
    assert (some.status_code, some.content) == (206, whole.content[100:200])
    assert client.get(f"/api/cases/{other}/voices/{listed['id']}", headers=headers).status_code == 404
    with transaction(built[0].service, "system") as connection:
        looks = "SELECT count(*) FROM auth.audit WHERE subject = 'cases.voices' AND action = 'look' AND subject_id = :id"
        assert connection.scalar(text(looks), {"id": str(listed["id"])}) == 2
        assert (
            talk.forget_voices(connection, 0, now=datetime.now(UTC) + timedelta(days=900)) == 0
        )  # it goes on
        connection.execute(text("UPDATE cases.cases SET ended_at = now() WHERE number = :n"), {"n": number})
        assert talk.forget_voices(connection, 90, now=datetime.now(UTC) + timedelta(days=89)) == 0
        assert talk.forget_voices(connection, 90, now=datetime.now(UTC) + timedelta(days=91)) == 1
    assert client.get(address, headers=headers).status_code == 404


def test_the_voice_of_who_complained_is_heard_by_whom_their_name_is_told(
    client: TestClient, town: Town
) -> None:
    number = report(client, town, "resident")
    sent = client.post(
        f"/api/cases/{number}/voices",
        files={"voice": ("voice", recorded())},
        headers=town["resident"].headers,
    )
    assert sent.status_code == 201, sent.text
    hears = {}
    for who in ("resident", "checker", "officer", "environment", "supervisor", "planner"):
        page = client.get(f"/api/cases/{number}", headers=town[who].headers)
        if page.status_code == 404:
            continue
        sound = client.get(f"/api/cases/{number}/voices/{sent.json()['id']}", headers=town[who].headers)
        assert (sound.status_code == 200) == bool(page.json()["voices"]), who
        hears[who] = sound.status_code == 200
    assert hears == {"resident": True, "checker": True, "officer": True, "supervisor": True, "planner": False}


def test_bulk_tells_each(client: TestClient, town: Town) -> None:
    numbers = [report(client, town, "resident", x=130 + i) for i in range(2)]
    body = {
        "move": "accept",
        "items": [{"number": numbers[0], "version": 1}, {"number": numbers[1], "version": 9}],
    }
    answer = client.post("/api/cases/bulk", json=body, headers=town["officer"].headers)
    assert answer.status_code == 200, answer.text
    done, stale = answer.json()
    assert (done["done"], done["stage"], stale["done"]) == (True, "accepted", False)
    assert stale["error_zh"]


def test_lists_and_today_show_what_one_may_see(client: TestClient, town: Town) -> None:
    number = [report(client, town, x=150 + i) for i in range(4)][-1]
    listed = client.get(
        "/api/cases", params={"limit": 3, "open": True}, headers=town["supervisor"].headers
    ).json()
    assert listed["cases"][0]["number"] == number
    assert len(listed["cases"]) == 3
    after = client.get(
        "/api/cases",
        params={"limit": 3, "open": True, "after": listed["after"]},
        headers=town["supervisor"].headers,
    ).json()
    assert not {c["number"] for c in after["cases"]} & {c["number"] for c in listed["cases"]}
    lists = client.get("/api/cases/today", headers=town["environment"].headers).json()
    unsigned = next(one for one in lists if one["name"] == "unsigned")
    assert unsigned["count"] == len(unsigned["cases"]) > 0
    assert client.get("/api/cases", headers=town["east"].headers).json()["cases"] == []
    assert client.get("/api/cases", params={"after": "junk"}, headers=town["east"].headers).status_code == 422
    assert client.get(f"/api/cases/{number}/duplicates", headers=town["officer"].headers).status_code == 200


def test_who_complained_is_told_to_few_and_each_look_is_noted(
    client: TestClient, town: Town, built: tuple[Databases, Town]
) -> None:
    number = report(client, town, "resident", category=DISPUTE, reporter_name="示意", reporter_phone="000")
    for who in ("officer", "supervisor", "district", "environment", "planner", "east"):
        assert client.get(f"/api/cases/{number}", headers=town[who].headers).status_code == 404
        assert client.get(f"/api/cases/{number}/reporter", headers=town[who].headers).status_code == 404
    own = client.get(f"/api/cases/{number}/reporter", headers=town["resident"].headers)
    assert own.json() == {"name": "示意", "phone": "000"}
    with built[0].owner.connect() as connection:
        looks = (
            connection.execute(
                text("SELECT principal FROM auth.audit WHERE action = 'look' AND subject = 'cases.reporters'")
            )
            .scalars()
            .all()
        )
    assert looks == [town.who("resident").key]


def test_a_deadline_told_with_the_order_holds(client: TestClient, town: Town) -> None:
    due = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)
    answer = client.post(
        "/api/cases", json=said(160, due_at=due.isoformat()), headers=town["patroller"].headers
    )
    assert datetime.fromisoformat(answer.json()["due_at"]) == due


def test_the_table_of_moves_is_told_with_examples(client: TestClient) -> None:
    rows = {row["name"]: row for row in client.get("/api/cases/moves").json()}
    assert rows["sign"]["since"] == ["dispatched"]
    document = client.get("/openapi.json").json()
    assert document["components"]["schemas"]["ReportIn"]["examples"]
    assert document["components"]["schemas"]["MoveIn"]["examples"]
