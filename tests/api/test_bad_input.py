"""Bad input: refused clearly in Chinese and English, nothing stored, nothing leaked, in seconds; through API and pages.

What each refusal must show: a problem (or a page) with a title in both languages and a way out; the same rows in every
table as before; no word of SQL, of a path or of a traceback.
"""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient
from PIL import Image
from sqlalchemy import Engine, create_engine, make_url, text
from starlette import types as wire

from app.auth import service as auth
from app.auth.permissions import ROLES
from app.auth.tokens import service as tokens
from app.core.settings import Settings
from app.db.engine import transaction
from app.main import create_app
from tests import accounts, case_town, openapi
from tests.accounts import Acting
from tests.case_town import DISTRICT, NORTH_WEST, RUBBISH, Town
from tests.conftest import METRIC_SRID, drop_database, make_database
from tests.openapi import Operation

ORIGIN = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
LEAKS = re.compile(
    r"Traceback|psycopg|sqlalchemy|\bSELECT\b|\bINSERT INTO\b|\bUPDATE\b.{1,60}\bSET\b|site-packages|/app/|\.py\b|/home/|/work",
    re.IGNORECASE,
)
CHINESE = re.compile(r"[\u4e00-\u9fff]")
SLOWEST_S = 5.0
QUERY = b"x-tests-query"
FAR = 2_000_000_000  # an id that nothing has
VOLATILE = {"auth.tries", "auth.sessions"}  # failed and last uses are kept on purpose


class LongQueries:
    """ASGI: puts in a query that the client's own limit on addresses would hold back."""

    def __init__(self, app: wire.ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: wire.Scope, receive: wire.Receive, send: wire.Send) -> None:
        """Pass a request on."""
        put = dict(scope.get("headers", ())).get(QUERY)
        if put is not None:
            scope["query_string"] = put
        await self.app(scope, receive, send)


@dataclass
class Scene:
    """The tiny town with one open case, somebody who may do everything, and eyes that see every row."""

    town: Town
    client: TestClient
    all_rights: Acting
    eyes: Engine
    number: str
    service: Engine

    def rows(self) -> dict[str, str]:
        """Return the checksum of every table of ours."""
        with self.eyes.connect() as connection:
            named = connection.execute(
                text(
                    "SELECT schemaname || '.' || tablename FROM pg_tables"
                    " WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'public') ORDER BY 1"
                )
            ).scalars()
            union = " UNION ALL ".join(
                f"SELECT '{name}', md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), '')) FROM {name} AS t"
                for name in named
                if name not in VOLATILE
            )
            return dict(connection.execute(text(union)).all())

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        more.setdefault("headers", {})
        more["headers"] = self.all_rights.headers | more["headers"]
        began = time.perf_counter()
        answer = self.client.request(method, path, **more)
        assert time.perf_counter() - began < SLOWEST_S, f"{method} {path} was slow"
        assert not LEAKS.search(answer.text[:200_000]) or answer.status_code < 400, answer.text[:2000]
        return answer


@pytest.fixture(scope="module")
def scene(admin_url: str) -> Iterator[Scene]:
    databases, name = make_database(admin_url)
    town = case_town.build(databases)
    with transaction(databases.service, "system") as connection:
        all_rights = accounts.account(connection, "administrator", name="all", password=accounts.PASSWORD)
        for role in sorted(set(ROLES) - {"administrator", "party_member"}):
            auth.grant(connection, all_rights.id, role, None if role == "auditor" else DISTRICT)
        for party in ("nw-environment", "nw-committee", "nw-company"):
            auth.grant(connection, all_rights.id, "party_member", party_id=town.parties[party])
        all_rights = accounts.acting(connection, all_rights.id)
    eyes = create_engine(make_url(admin_url).set(database=name, drivername="postgresql+psycopg"))
    app = create_app(databases.service, Settings(metric_srid=METRIC_SRID))
    with TestClient(LongQueries(app)) as client:
        said = {"category": RUBBISH, "description": "示意", **case_town.at(50, 350)}
        told = client.post("/api/cases", json=said, headers=town["patroller"].headers)
        assert told.status_code == 201, told.text
        yield Scene(town, client, all_rights, eyes, told.json()["number"], databases.service)
    eyes.dispose()
    drop_database(admin_url, databases, name)


def refused(answer: httpx.Response, status: int) -> dict[str, Any]:
    """Assert a clear problem: both languages, the facts, a way out."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    assert told["title"]
    assert CHINESE.search(told["title_zh"]), told
    assert not CHINESE.search(told["title"]), told
    assert told["detail"] or told["findings"], told
    assert told["remedy"] or any(f.get("remedy") or f.get("where") for f in told["findings"]), told
    return told


# --- the list of the issue, one by one ---------------------------------------------------------------------------


def report(**change: Any) -> tuple[str, str, dict[str, Any]]:
    return (
        "POST",
        "/api/cases",
        {"category": RUBBISH, **case_town.at(60, 350), "description": "示意", **change},
    )


def rule(**change: Any) -> tuple[str, str, dict[str, Any]]:
    body = {"party": "nw-company", "area_code": NORTH_WEST, "categories": [RUBBISH], **change}
    return "POST", "/api/parties/responsibilities", body


YESTERDAY = (datetime.now(UTC) - timedelta(days=1)).isoformat()
ASKED: dict[str, tuple[str, str, Any]] = {
    "unknown category, in a report": report(category="event:9999"),
    "unknown category, in a rule": rule(categories=["event:9999"]),
    "no category, in a rule": rule(categories=["rubbish"]),
    "a deadline in the past": report(due_at=YESTERDAY),
    "a deadline without a zone": report(due_at="2027-01-01T00:00:00"),
    "a rule beyond its party's ground": rule(area_code="990101001002"),
    "a rule in another street": rule(area_code="990101002001"),
    "a rule where nothing is": rule(area_code="123456789012"),
    "a rule of nobody": rule(party="x" * 81),
    "an unknown role": rule(role="boss"),
    "a rule that ends before it starts": rule(start="2026-05-02T00:00:00Z", end="2026-05-01T00:00:00Z"),
}  # fmt: skip


@pytest.mark.parametrize("what", ASKED)
def test_what_cannot_be_is_refused_and_nothing_stored(scene: Scene, what: str) -> None:
    method, path, body = ASKED[what]
    before = scene.rows()
    refused(scene.ask(method, path, json=body), 422)
    assert scene.rows() == before


@pytest.mark.parametrize(
    "facts",
    [
        {"move": "recategorise", "category": "event:9999", "reason": "示意"},
        {"move": "dispatch", "party": "east-office", "reason": "示意"},
        {"move": "dispatch", "party": "ne-committee", "reason": "示意"},
        {"move": "dispatch", "party": FAR, "reason": "示意"},
        {"move": "merge", "into": "here", "reason": "示意"},
        {"move": "nonsense"},
    ],
    ids=str,
)
def test_a_move_that_cannot_be(scene: Scene, facts: dict[str, Any]) -> None:
    if isinstance(party := facts.get("party"), str):
        facts = facts | {"party": scene.town.parties[party]}
    match = {"If-Match": scene.ask("GET", f"/api/cases/{scene.number}").headers["etag"]}
    before = scene.rows()
    headers = scene.town["dispatcher"].headers | match
    refused(scene.ask("POST", f"/api/cases/{scene.number}/moves", json=facts, headers=headers), 422)
    assert scene.rows() == before


def test_a_postponement_into_the_past(scene: Scene) -> None:
    town, path = scene.town, f"/api/cases/{scene.number}"
    headers = town["environment"].headers
    seen = scene.ask("GET", path, headers=headers)
    if seen.json()["stage"] == "dispatched":
        match = {"If-Match": seen.headers["etag"]}
        seen = scene.ask("POST", f"{path}/moves", json={"move": "sign"}, headers=headers | match)
        assert seen.status_code == 200
    facts = {"move": "apply_postpone", "until": YESTERDAY, "reason": "示意"}
    before = scene.rows()
    match = {"If-Match": seen.headers["etag"]}
    refused(scene.ask("POST", f"{path}/moves", json=facts, headers=headers | match), 422)
    assert scene.rows() == before


def test_circular_responsibility(scene: Scene) -> None:
    def party(code: str) -> tuple[str, httpx.Response]:
        path = f"/api/parties/{scene.town.parties[code]}"
        return path, scene.ask("GET", path)

    path, committee = party("nw-committee")
    known = committee.json()
    kept = {k: known[k] for k in ("code", "kind", "area_code", "synthetic")}
    before = scene.rows()
    circle = kept | {"zh": "示意", "parent": "nw-environment"}
    told = refused(scene.ask("PUT", path, json=circle, headers={"If-Match": committee.headers["etag"]}), 422)
    assert "nw-environment" in told["detail"]
    assert scene.rows() == before

    environment = party("nw-environment")[0]
    away = scene.ask("POST", f"{environment}/absences", json={"delegate": "nw-committee", "reason": "示意"})
    assert away.status_code == 201, away.text
    before = scene.rows()
    refused(scene.ask("POST", f"{path}/absences", json={"delegate": "nw-environment"}), 422)
    assert scene.rows() == before
    ended = scene.ask("DELETE", f"{environment}/absences/{away.json()['id']}")
    assert ended.status_code == 204


def zip_bomb() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("photo.jpg", b"\0" * 20_000_000)
    return out.getvalue()


def image(size: tuple[int, int], mode: str, kind: str) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size).save(out, kind)
    return out.getvalue()


PHOTOS: dict[str, Callable[[], bytes]] = {
    "a zip bomb": zip_bomb,
    "a zip bomb that begins like a photo": lambda: b"\xff\xd8\xff\xe0" + zip_bomb(),
    "html": lambda: b"<!doctype html><script>alert(1)</script>",
    "html that begins like a photo": lambda: b"\xff\xd8\xff\xe0<script>alert(1)</script>",
    "svg": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script/></svg>',
    "40 megapixels": lambda: image((8000, 5000), "RGB", "JPEG"),
    "900 megapixels in a small file": lambda: image((30_000, 30_000), "1", "PNG"),
    "nothing": lambda: b"",
    "a program": lambda: b"\x7fELF" + b"\0" * 2000,
}


@pytest.mark.parametrize("what", PHOTOS)
def test_what_is_no_photo(scene: Scene, what: str) -> None:
    photo = {"photo": ("../../evil.jpg", PHOTOS[what](), "image/jpeg")}
    with signed_in(scene) as page:
        before = scene.rows()
        refused(scene.ask("POST", f"/api/cases/{scene.number}/photos", files=photo), 422)
        answer = page.post(
            f"/desk/cases/{scene.number}/photos", files=photo, data={"moment": "before"}, headers=ORIGIN
        )
        assert answer.status_code == 422
        assert 'role="alert"' in answer.text
        assert re.search("请(重新|上传|在)", answer.text), "the remedy, in Chinese"
        assert not LEAKS.search(visible(answer.text))
    assert scene.rows() == before


def signed_in(scene: Scene) -> TestClient:
    """Return a browser in which whoever has all rights is signed in."""
    page = TestClient(create_app(scene.service, Settings(metric_srid=METRIC_SRID)), follow_redirects=False)
    sent = {"name": "all", "password": accounts.PASSWORD, "next": "/desk"}
    assert page.post("/sign-in", data=sent, headers=ORIGIN).status_code == 303
    return page


def visible(page: str) -> str:
    """Return a page's words without its tags, whose addresses are no leak."""
    return re.sub(r"<[^>]*>", " ", page)


@pytest.mark.parametrize(
    "script",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "{{7*7}}${7*7}",
        "</textarea><svg/onload=alert(1)>",
        "javascript:alert(1)",
    ],
)
def test_a_comment_with_script_stays_words(scene: Scene, script: str) -> None:
    path = f"/api/cases/{scene.number}"
    assert scene.ask("POST", f"{path}/comments", json={"text": script}).status_code == 201
    answer = scene.ask("GET", path)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert script in [said["text"] for said in answer.json()["comments"]]
    with signed_in(scene) as page:
        shown = page.get(f"/desk{path.removeprefix('/api')}")
    assert shown.status_code == 200
    if "<" in script:
        assert script not in shown.text
    assert not re.search(r"<script>|<img[^>]+onerror|<svg[^>]+onload|href=.javascript:|49\$49", shown.text)
    policy = shown.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("said", ["", "   ", "x" * 4001, "a\0b", "\ud800", None, ["x"], {"a": 1}], ids=repr)
def test_a_comment_that_cannot_be(scene: Scene, said: Any) -> None:
    before = scene.rows()
    body = json.dumps({"text": said})
    headers = {"Content-Type": "application/json"}
    refused(scene.ask("POST", f"/api/cases/{scene.number}/comments", content=body, headers=headers), 422)
    assert scene.rows() == before


def test_an_expired_a_revoked_and_a_forged_token(scene: Scene) -> None:
    with transaction(scene.service, "system") as connection:
        expired, revoked = (
            tokens.make_token(connection, scene.all_rights.id, name, {"case.read"}, 1)
            for name in ("expires", "is revoked")
        )
    with scene.eyes.begin() as connection:
        aged = connection.execute(
            text(
                "UPDATE auth.tokens SET made_at = now() - interval '9 days', ends_at = now() - interval '1 s' WHERE name = 'expires'"
            )
        )
        assert aged.rowcount == 1
        assert connection.execute(
            text("UPDATE auth.tokens SET revoked_at = now() WHERE name = 'is revoked'")
        ).rowcount
    before = scene.rows()
    for secret in (expired, revoked, "forged", scene.all_rights.token[:-1] + "x", "x" * 100_000):
        for method, path, body in (
            report(),
            ("GET", f"/api/cases/{scene.number}", None),
            ("GET", "/api/cases", None),
        ):
            answer = scene.ask(method, path, json=body, headers={"Authorization": f"Bearer {secret}"})
            told = refused(answer, 401)
            assert secret[:20] not in json.dumps(told)
            assert answer.headers["www-authenticate"] == "Bearer"
    assert scene.rows() == before


@pytest.mark.parametrize("cookie", ["forged", "x" * 100_000, "' OR 1=1 --", "..", "%00"])
def test_a_forged_cookie(scene: Scene, cookie: str) -> None:
    before = scene.rows()
    page = TestClient(create_app(scene.service, Settings(metric_srid=METRIC_SRID)), follow_redirects=False)
    forged = ORIGIN | {"Cookie": f"gridward_session={cookie}"}
    with page:
        refused_page = page.get("/desk", headers=forged)
        assert refused_page.status_code == 303
        assert refused_page.headers["location"].startswith("/sign-in?next=")
        assert page.get("/api/cases", headers=forged).status_code == 401
        assert page.get(f"/api/cases/{scene.number}", headers=forged).json()["title_zh"] == "请先登录。"
        moved = page.post(f"/desk/cases/{scene.number}/moves/accept", data={"version": "1"}, headers=forged)
        assert moved.status_code in (303, 401)
        assert "set-cookie" not in moved.headers or "gridward_session" not in moved.headers["set-cookie"]
    assert scene.rows() == before


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/desk/report", {"category": "event:9999", "lon": "116.4", "lat": "39.9", "description": "示意"}),
        ("/desk/report", {"category": RUBBISH, "lon": "116.4", "lat": "39.9", "description": "x" * 100_000}),
        ("/desk/report", {"category": RUBBISH, "lon": "x" * 100_000, "lat": "39.9"}),
        ("/desk/report", {"category": RUBBISH, "lon": "1e999", "lat": "39.9"}),
        ("/desk/report", {"category": "x" * 100_000, "lon": "116.4", "lat": "39.9"}),
        ("/desk/report", {"category": RUBBISH, "description": "a\0b", "lon": "116.4", "lat": "39.9"}),
        ("/report", {"category": RUBBISH, "description": "x" * 100_000, "lon": "116.4", "lat": "39.9"}),
        ("/report", {"category": RUBBISH, "phone": "9" * 100, "lon": "116.4", "lat": "39.9"}),
        ("/desk/cases/{number}/comments", {"text": "x" * 100_000}),
        ("/desk/cases/{number}/comments", {"text": "a\0b"}),
        ("/desk/cases/{number}/comments", {"text": ""}),
        ("/desk/cases/{number}/moves/recategorise", {"version": "1", "category": "event:9999", "reason": "x"}),
        ("/desk/cases/{number}/moves/accept", {"version": "x"}),
        ("/desk/accounts", {"name": "x" * 100_000, "shown": "x"}),
        ("/desk/password", {"current": "x" * 100_000, "password": "y" * 100_000}),
        ("/desk/bulk", {"move": "x" * 100_000, "case": "x" * 100_000}),
    ],
)  # fmt: skip
def test_pages_refuse_as_the_api_does(scene: Scene, path: str, sent: dict[str, str]) -> None:
    with signed_in(scene) as page:
        before = scene.rows()
        for lang, word in (("zh", CHINESE), ("en", re.compile("[a-z]"))):
            began = time.perf_counter()
            answer = page.post(
                f"{path.format(number=scene.number)}?lang={lang}",
                data=sent,
                headers=ORIGIN | {"Accept": "text/html"},
            )
            assert time.perf_counter() - began < SLOWEST_S
            assert answer.headers["content-type"].startswith("text/html"), answer.headers
            assert 400 <= answer.status_code < 500 or path == "/desk/bulk", answer.status_code
            words = visible(answer.text)
            assert word.search(words)
            assert not LEAKS.search(words), LEAKS.search(words)
        assert scene.rows() == before


# --- an overlong everything: generated from the OpenAPI document -------------------------------------------------

OPERATIONS = openapi.operations(openapi.app_without_database().openapi())
NONSENSE: dict[str, str] = {
    "100,000 characters": json.dumps("字" * 100_000, ensure_ascii=False),
    "NUL": '"a\\u0000b"',
    "half a character": '"\\ud800"',
}
WRONG_TYPES = ("null", "true", "-1", "1e400", "9" * 30, '""', "{}", '[[["x"]]]')
DEEP = "[" * 10_000 + "]" * 10_000
MARK = "\uf8ff"  # stands in a body for the JSON that is put there as it is


def path_of(operation: Operation, scene: Scene) -> str:
    """Return the operation's path to something that is there, where there is something."""
    known = {"number": scene.number, "party_id": scene.town.parties["nw-company"], "account_id": FAR}
    return re.sub(
        r"\{(\w+)\}",
        lambda m: str(known.get(m[1], operation.example(operation.parameters("path")[m[1]]["schema"]))),
        operation.path,
    )


def needed(operation: Operation) -> dict[str, Any]:
    """Return the query that the operation can't do without."""
    return {
        name: operation.example(said["schema"])
        for name, said in operation.parameters("query").items()
        if said.get("required")
    }


def sent_with(body: Any, at: tuple[str | int, ...], value: str) -> str:
    return json.dumps(openapi.put_in(body, at, MARK), ensure_ascii=False).replace(f'"{MARK}"', value)


WITH_JSON = [o for o in OPERATIONS if o.body("application/json")]
WITH_QUERY = [o for o in OPERATIONS if o.parameters("query")]


def test_the_document_has_what_is_asked_below() -> None:
    assert len(WITH_JSON) > 25
    assert len(WITH_QUERY) > 25
    asked = [
        at for o in WITH_JSON for at, s in o.fields(o.body("application/json") or {}) if openapi.is_text(s)
    ]
    assert len(asked) > 80


@pytest.mark.parametrize("operation", WITH_JSON, ids=str)
def test_nonsense_in_every_field_of_every_body(scene: Scene, operation: Operation) -> None:
    shape = operation.body("application/json")
    assert shape is not None
    body, path = operation.example(shape), path_of(operation, scene)
    before = scene.rows()

    def send(content: str) -> httpx.Response:
        headers = {"Content-Type": "application/json", "If-Match": '"v0"'}
        answer = scene.ask(
            operation.method, path, content=content.encode(), params=needed(operation), headers=headers
        )
        assert answer.status_code < 500, (content[:300], answer.text[:1000])
        return answer

    for content in (DEEP, '{"a":' * 10_000 + "1" + "}" * 10_000, "{", "", "\0", "9" * 100_000):
        refused_whole = send(content)
        assert 400 <= refused_whole.status_code < 500, content[:20]
    for at, field in operation.fields(shape):
        if openapi.is_text(field):
            for what, value in NONSENSE.items():
                answer = send(sent_with(body, at, value))
                assert 400 <= answer.status_code < 500, (at, what, answer.text[:300])
                assert len(answer.content) < 20_000, (at, what, "the answer repeats what was sent")
        assert 400 <= send(sent_with(body, at, DEEP)).status_code < 500, at
    after = scene.rows()
    if "sign-in" in operation.path or "link" in operation.path:
        before.pop("auth.audit"), after.pop("auth.audit")  # a try to come in is noted, by design
    assert after == before
    for at, _ in operation.fields(shape):
        for value in WRONG_TYPES:
            send(sent_with(body, at, value))  # some may be taken: an empty text, null for a default


@pytest.mark.parametrize("operation", WITH_QUERY, ids=str)
def test_nonsense_in_every_part_of_every_query(scene: Scene, operation: Operation) -> None:
    path, query = path_of(operation, scene), needed(operation)
    before = scene.rows()
    for name in operation.parameters("query"):
        for value in (
            "字" * 100_000,
            "x" * 100_000,
            "a\0b",
            "\x7f\x1b",
            "",
            "-1",
            "9" * 400,
            "nan",
            "null",
            "'; --",
            "%",
        ):
            answer = scene.ask(
                operation.method, path, headers={QUERY.decode(): urlencode(query | {name: value})}
            )
            assert answer.status_code < 500, (name, value[:20], answer.text[:1000])
        raw = scene.ask(operation.method, f"{path}?{name}=%ED%A0%80%FF")
        assert raw.status_code < 500, (name, raw.text[:1000])
        often = "&".join(f"{name}=1" for _ in range(5000))
        many = scene.ask(operation.method, path, headers={QUERY.decode(): often})
        assert many.status_code < 500, (name, many.text[:1000])
    assert {k: v for k, v in scene.rows().items() if k != "auth.audit"} == {
        k: v for k, v in before.items() if k != "auth.audit"
    }


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if "{" in o.path], ids=str)
def test_nonsense_in_every_path(scene: Scene, operation: Operation) -> None:
    for name in operation.parameters("path"):
        for value in (
            "x" * 10_000,
            "%00",
            "%ED%A0%80",
            "-1",
            "9" * 400,
            "..%2F..%2Fetc%2Fpasswd",
            "%27%3B--",
            "1.5",
        ):
            path = re.sub(r"\{\w+\}", "1", operation.path.replace(f"{{{name}}}", value))
            body = operation.body("application/json")
            sent = None if body is None else operation.example(body)
            match = {"If-Match": '"v0"'}
            answer = scene.ask(operation.method, path, params=needed(operation), headers=match, json=sent)
            assert 300 <= answer.status_code < 500, (name, value[:20], answer.text[:1000])


@pytest.mark.parametrize(
    "name", ["Idempotency-Key", "If-Match", "Authorization", "If-None-Match", "Cookie", "Accept-Language"]
)
def test_nonsense_in_every_header(scene: Scene, name: str) -> None:
    method, path, body = report()
    before = scene.rows()
    for value in (
        "x" * 60_000,
        "\x7f",
        "é".encode("latin-1"),
        b"\xff\xfe",
        "",
        '"v99999999999999999999"',
        ";;==,,",
    ):
        for asked in ((method, path, body | {"category": "event:9999"}), ("GET", "/api/cases", None)):
            answer = scene.ask(*asked[:2], headers={name: value}, json=asked[2])
            assert answer.status_code < 500, (name, value[:20], answer.text[:1000])
    assert scene.rows() == before


@pytest.mark.parametrize("operation", [o for o in OPERATIONS if o.body("multipart/form-data")], ids=str)
def test_nonsense_in_every_file(scene: Scene, operation: Operation) -> None:
    shape = operation.body("multipart/form-data")
    assert shape is not None
    fields = dict(operation.fields(shape))
    files = [str(at[0]) for at in fields if at[0] in ("file", "photo", "voice")]
    assert len(files) == 1
    before = scene.rows()
    for content in (
        b"",
        b"\0" * 100_000,
        zip_bomb(),
        b"PK\x03\x04" + b"x" * 1000,
        b"\xff" * 1000,
        b"<html>",
        b"," * 100_000,
        b"a\n" * 100_000,
    ):
        for suffix in ("xlsx", "csv", "jpg", "x" * 10_000):
            sent = {files[0]: (f"x.{suffix}", content)}
            answer = scene.ask(operation.method, path_of(operation, scene), files=sent)
            assert 400 <= answer.status_code < 500, (content[:20], suffix[:5], answer.text[:1000])
    for at in fields:
        if at[0] != files[0]:
            sent = {files[0]: ("x.csv", b"a,b\n1,2\n")}
            for value in ("字" * 100_000, "a\0b", DEEP):
                answer = scene.ask(
                    operation.method, path_of(operation, scene), files=sent, data={str(at[0]): value}
                )
                assert 400 <= answer.status_code < 500, (at, value[:20], answer.text[:1000])
    assert scene.rows() == before
