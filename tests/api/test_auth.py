"""`/api/auth` as browsers, machines, strangers and attackers use it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.auth import repository, service
from app.auth.guards import COOKIE
from app.auth.slowing import FREE
from app.core.settings import Settings
from app.db.databases import Databases
from app.db.engine import transaction
from app.main import create_app
from app.web.guard import LARGEST_BODY, LARGEST_UPLOAD
from tests import tiny_town
from tests.accounts import PASSWORD, Acting, account
from tests.conftest import METRIC_SRID, drop_database, make_database

OURS = {"Origin": "http://testserver"}
EVIL = {"Origin": "https://evil.example"}


class Town(NamedTuple):
    databases: Databases
    administrator: Acting
    auditor: Acting
    dispatcher: Acting


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Town]:
    databases, name = make_database(admin_url)
    with databases.owner.begin() as connection:
        tiny_town.load(connection)
    with transaction(databases.service, "system") as connection:
        made = Town(
            databases,
            account(connection, "administrator", name="admin", password=PASSWORD),
            account(connection, "auditor", name="auditor"),
            account(connection, "dispatcher", area=tiny_town.DISTRICT, name="dispatcher", password=PASSWORD),
        )
    yield made
    drop_database(admin_url, databases, name)


@pytest.fixture(scope="module")
def app(town: Town) -> Any:
    return create_app(town.databases.service, Settings(metric_srid=METRIC_SRID))


@pytest.fixture
def client(app: Any) -> TestClient:
    """A browser without cookies, or a program."""
    return TestClient(app)


def sign_in(client: TestClient, name: str = "dispatcher", password: str = PASSWORD, **more: Any) -> Any:
    return client.post("/api/auth/sign-in", json={"name": name, "password": password}, **more)


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["title"]
    assert body["title_zh"]
    return body


def test_a_browser_comes_in_and_goes_out(client: TestClient) -> None:
    answer = sign_in(client)
    assert answer.status_code == 200
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{COOKIE}=")
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
    assert "Secure" not in cookie
    assert answer.headers["cache-control"] == "no-store"
    told = client.get("/api/auth/me").json()
    assert (told["name"], told["scopes"], told["grants"][0]["role_zh"]) == ("dispatcher", None, "受理派遣员")
    assert "case.dispatch" in told["grants"][0]["permissions"]
    secret = client.cookies[COOKIE]
    out = client.post("/api/auth/sign-out", headers=OURS)
    assert out.status_code == 204
    assert COOKIE not in client.cookies
    client.cookies.set(COOKIE, secret)
    problem(client.get("/api/auth/me"), 401)


def test_over_https_the_cookie_stays_there(app: Any) -> None:
    answer = sign_in(TestClient(app, base_url="https://testserver"))
    assert "Secure" in answer.headers["set-cookie"].split("; ")


def test_a_session_is_always_a_new_one(client: TestClient) -> None:
    client.cookies.set(COOKIE, "planted", domain="testserver.local", path="/")
    first = sign_in(client, headers=OURS).headers["set-cookie"]
    client.cookies.clear()
    client.cookies.set(COOKIE, first.split(";")[0].partition("=")[2])
    second = sign_in(client, headers=OURS).headers["set-cookie"]
    assert "planted" not in first
    assert first != second
    other = TestClient(client.app)
    other.cookies.set(COOKIE, first.split(";")[0].partition("=")[2])
    problem(other.get("/api/auth/me"), 401)  # the browser's session from before has ended


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("dispatcher", "wrong"),
        ("nobody", PASSWORD),
        ("", ""),
        ("dispatcher' OR '1'='1", "x"),
        ("auditor", ""),
    ],
)
def test_wrong_words_tell_nothing(client: TestClient, name: str, password: str) -> None:
    told = problem(sign_in(client, name, password), 401)
    assert told["title"] == "The name or the password is wrong."
    assert COOKIE not in client.cookies


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": "x"},
        {"name": "a\0", "password": "x"},
        {"name": "x" * 201, "password": "x"},
        {"name": "x", "password": "x" * 1001},
        {"name": "x", "password": 1},
        {"name": "x", "password": "secret word", "more": 1},
        [],
    ],
)
def test_misshapen_words_are_not_repeated(client: TestClient, body: Any) -> None:
    answer = client.post("/api/auth/sign-in", json=body)
    problem(answer, 422)
    assert "secret word" not in answer.text


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer gwt_forged"},
        {"Authorization": "Bearer " + "x" * 5000},
        {"Authorization": "Basic YWRtaW46YWRtaW4="},
        {"Authorization": "Bearer \xff\xfe".encode("latin-1")},
        {"Cookie": f"{COOKIE}=forged"},
        {"Cookie": f"{COOKIE}="},
        {"Cookie": f"{COOKIE}=' OR 1=1 --"},
        {"Cookie": f"{COOKIE}={'x' * 5000}"},
        {"Cookie": "\xff=\xfe; ;;=;".encode("latin-1")},
        {"Cookie": f"{COOKIE.upper()}=x; {COOKIE}x=y"},
    ],
)
def test_what_is_no_proof_is_401(client: TestClient, headers: dict[str, Any]) -> None:
    answer = client.get("/api/auth/me", headers=headers)
    problem(answer, 401)
    assert answer.headers["www-authenticate"] == "Bearer"
    assert "forged" not in answer.text


def test_a_bad_token_is_told_even_where_nobody_must_sign_in(client: TestClient, town: Town) -> None:
    sign_in(client)
    with_both = client.get("/api/auth/me", headers={"Authorization": "Bearer gwt_old"})
    problem(with_both, 401)  # the cookie doesn't stand in for it


def test_failures_slow_their_source_and_never_the_victim(app: Any, town: Town) -> None:
    elsewhere = TestClient(app, client=("203.0.113.9", 5000))
    with transaction(town.databases.service, "system") as connection:
        for _ in range(FREE - 2):
            repository.add_try(connection, "203.0.113.9")
    for _ in range(2):
        problem(sign_in(elsewhere, "dispatcher", "wrong"), 401)
    slowed = sign_in(elsewhere)
    assert "within the hour" in problem(slowed, 429)["detail"]
    assert int(slowed.headers["retry-after"]) >= 1
    assert sign_in(TestClient(app, client=("203.0.113.10", 5000))).status_code == 200
    with town.databases.owner.begin() as connection:
        connection.execute(text("DELETE FROM auth.tries"))


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (EVIL, 403),
        ({"Origin": "null"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        (OURS | {"Sec-Fetch-Site": "cross-site"}, 403),
        ({}, 403),
        (OURS, 204),
        ({"Sec-Fetch-Site": "same-origin"}, 204),
    ],
)
def test_a_cookie_counts_only_from_pages_of_ours(
    client: TestClient, headers: dict[str, str], status: int
) -> None:
    sign_in(client)
    assert client.post("/api/auth/sign-out", headers=headers).status_code == status
    assert (client.get("/api/auth/me").status_code == 200) == (status == 403)


@pytest.mark.parametrize(
    ("kind", "headers", "status"),
    [
        ("application/x-www-form-urlencoded", {}, 403),
        ("application/x-www-form-urlencoded", EVIL, 403),
        ("multipart/form-data; boundary=x", {}, 403),
        ("multipart/form-data; boundary=x", {"Authorization": "Bearer x"}, 405),
        ("application/x-www-form-urlencoded", OURS, 405),
        ("text/plain", OURS, 415),
        ("application/jsonp", OURS, 415),
    ],
)
def test_forms_show_where_they_come_from(
    client: TestClient, kind: str, headers: dict[str, str], status: int
) -> None:
    answer = client.post("/healthz", content="a=b", headers={"Content-Type": kind, **headers})
    problem(answer, status)


@pytest.mark.parametrize(
    ("kind", "most"),
    [
        ("application/json", LARGEST_BODY),
        ("multipart/form-data; boundary=x", LARGEST_UPLOAD),
        ("application/x-www-form-urlencoded", 2**20),
    ],
)
def test_each_kind_of_body_has_its_limit(client: TestClient, kind: str, most: int) -> None:
    headers = OURS | {"Content-Type": kind}
    said = {"Content-Length": str(most + 1)}
    problem(client.post("/api/auth/sign-in", content=b"", headers=headers | said), 413)


def test_the_account_of_a_newcomer(client: TestClient, town: Town) -> None:
    by = town.administrator.headers
    made = client.post("/api/auth/accounts", json={"name": "New.One", "shown": "西街道巡查员"}, headers=by)
    assert made.status_code == 201
    told = made.json()
    where = made.headers["location"]
    assert (told["name"], told["has_password"], told["grants"], made.headers["etag"]) == (
        "new.one",
        False,
        [],
        '"v1"',
    )
    problem(client.post("/api/auth/accounts", json={"name": "NEW.one", "shown": "x"}, headers=by), 409)
    granted = client.post(f"{where}/grants", json={"role": "patroller", "area_code": "990101001"}, headers=by)
    assert granted.json()["grants"][0]["granted_by"] == town.administrator.principal.key
    link = client.post(f"{where}/links", json={"minutes": 5}, headers=by).json()["secret"]

    browser = TestClient(client.app)
    assert (
        browser.post("/api/auth/link", json={"secret": link}).json()["grants"][0]["area_code"] == "990101001"
    )
    problem(TestClient(client.app).post("/api/auth/link", json={"secret": link}), 401)
    for bad in ("short", "new.one", "new.one1", "aaaaaaaaaaaaaaa"):
        problem(browser.put("/api/auth/password", json={"password": bad}, headers=OURS), 422)
    before = browser.cookies[COOKIE]
    assert browser.put("/api/auth/password", json={"password": PASSWORD}, headers=OURS).status_code == 204
    assert browser.cookies[COOKIE] != before
    assert browser.get("/api/auth/me").status_code == 200
    browser.cookies.set(COOKIE, before, domain="testserver.local", path="/")
    old = TestClient(client.app, cookies={COOKIE: before})
    problem(old.get("/api/auth/me"), 401)
    assert sign_in(TestClient(client.app), "new.one").status_code == 200

    again = {"password": "another quiet street"}
    mine = TestClient(client.app)
    sign_in(mine, "new.one")
    problem(mine.put("/api/auth/password", json=again, headers=OURS), 401)
    problem(mine.put("/api/auth/password", json=again | {"current": "wrong"}, headers=OURS), 401)
    assert mine.put("/api/auth/password", json=again | {"current": PASSWORD}, headers=OURS).status_code == 204

    version = client.get(where, headers=by).headers["etag"]
    problem(client.patch(where, json={"active": False}, headers=by), 428)
    problem(client.patch(where, json={"active": False}, headers=by | {"If-Match": '"v1"'}), 412)
    problem(client.patch(where, json={"active": False}, headers=by | {"If-Match": "7"}), 412)
    closed = client.patch(where, json={"active": False}, headers=by | {"If-Match": version})
    assert (closed.status_code, closed.json()["active"]) == (200, False)
    problem(mine.get("/api/auth/me"), 401)
    problem(sign_in(TestClient(client.app), "new.one", "another quiet street"), 401)


def test_a_grant_ends_with_the_version_that_was_read(client: TestClient, town: Town) -> None:
    by = town.administrator.headers
    with transaction(town.databases.service, "system") as connection:
        someone = account(connection, "planner", area="990101001")
    where = f"/api/auth/accounts/{someone.id}"
    read = client.get(where, headers=by)
    gone = f"{where}/grants/{read.json()['grants'][0]['id']}"
    problem(client.delete(gone, headers=by), 428)
    problem(client.delete(gone, headers=by | {"If-Match": '"v999"'}), 412)
    ended = client.delete(gone, headers=by | {"If-Match": read.headers["etag"]})
    assert ended.json()["grants"] == []
    assert client.get("/api/auth/me", headers=someone.headers).json()["grants"] == []
    problem(client.delete(gone, headers=by | {"If-Match": ended.headers["etag"]}), 404)


@pytest.mark.parametrize(
    ("grant", "status"),
    [
        ({"role": "king"}, 422),
        ({"role": "dispatcher"}, 422),
        ({"role": "dispatcher", "area_code": "nowhere"}, 422),
        ({"role": "dispatcher", "area_code": "990101\0"}, 422),
        ({"role": "dispatcher", "area_code": "9" * 21}, 422),
        ({"role": "party_member", "party_id": 2**31}, 422),
        ({"role": "party_member", "party_id": 4711}, 422),
        ({"role": "planner", "area_code": "990101", "since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"}, 422),
        ({"role": "planner", "area_code": "990101", "since": "2026-01-02"}, 422),
    ],
)  # fmt: skip
def test_grants_that_cannot_be(client: TestClient, town: Town, grant: dict[str, Any], status: int) -> None:
    where = f"/api/auth/accounts/{town.auditor.id}/grants"
    told = problem(client.post(where, json=grant, headers=town.administrator.headers), status)
    assert told["remedy"] or told["findings"]


def test_nobody_grants_to_oneself(client: TestClient, town: Town) -> None:
    by, where = town.administrator.headers, f"/api/auth/accounts/{town.administrator.id}"
    version = {"If-Match": client.get(where, headers=by).headers["etag"]}
    dispatcher = {"role": "dispatcher", "area_code": tiny_town.DISTRICT}
    problem(client.post(f"{where}/grants", json=dispatcher, headers=by), 403)
    problem(client.patch(where, json={"active": False}, headers=by | version), 403)
    problem(client.delete(f"{where}/grants/1", headers=by | version), 403)


def test_a_machine_may_do_its_scopes_and_no_more(client: TestClient, town: Town) -> None:
    browser = TestClient(client.app)
    sign_in(browser)
    where = f"/api/auth/accounts/{town.dispatcher.id}/tokens"
    body = {"name": "a machine", "scopes": ["case.report"], "days": 30}
    made = browser.post(where, json=body, headers=OURS)
    assert made.status_code == 201
    token, secret = made.json(), made.json()["secret"]
    machine = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/auth/me", headers=machine).json()["scopes"] == ["case.report"]
    problem(client.get("/api/incidents", headers=machine), 403)
    problem(client.post(where, json=body | {"scopes": ["case.dispatch"]}, headers=machine), 403)
    problem(client.put("/api/auth/password", json={"password": "a new long one"}, headers=machine), 403)
    assert secret not in browser.get(where).text
    revoked = browser.delete(f"{where}/{token['id']}", headers=OURS)
    assert revoked.json()["revoked_at"]
    problem(client.get("/api/auth/me", headers=machine), 401)
    for bad in ({"scopes": []}, {"scopes": ["case.everything"]}, {"days": 0}, {"days": 401}, {"name": ""}):
        problem(browser.post(where, json=body | bad, headers=OURS), 422)


def test_secrets_are_told_once_and_not_kept(client: TestClient, town: Town) -> None:
    by = town.administrator.headers | {"Idempotency-Key": "token-1"}
    where = f"/api/auth/accounts/{town.auditor.id}/tokens"
    body = {"name": "x", "scopes": ["audit.read"]}
    first, again = (client.post(where, json=body, headers=by) for _ in range(2))
    assert first.json() == again.json() | {"secret": first.json()["secret"]}
    assert again.json()["secret"] is None
    with town.databases.owner.connect() as connection:
        stored = connection.execute(
            text("SELECT string_agg(a::text, '') FROM auth.answers AS a")
        ).scalar_one()
    assert first.json()["secret"] not in stored
    problem(client.post(where, json=body | {"days": 1}, headers=by), 409)


@pytest.mark.parametrize("who", [None, "dispatcher", "auditor"])
def test_only_administrators_change_accounts(client: TestClient, town: Town, who: str | None) -> None:
    by = {} if who is None else getattr(town, who).headers
    where = f"/api/auth/accounts/{town.administrator.id}"
    match = by | {"If-Match": '"v1"'}
    refused = [
        client.post("/api/auth/accounts", json={"name": "mine", "shown": "x"}, headers=by),
        client.patch(where, json={"shown": "x"}, headers=match),
        client.post(f"{where}/grants", json={"role": "auditor"}, headers=by),
        client.delete(f"{where}/grants/1", headers=match),
        client.post(f"{where}/tokens", json={"name": "x", "scopes": ["audit.read"]}, headers=by),
        client.get(f"{where}/tokens", headers=by),
        client.delete(f"{where}/tokens/1", headers=by),
        client.post(f"{where}/links", json={}, headers=by),
    ]
    reads = [client.get("/api/auth/accounts", headers=by), client.get(where, headers=by)]
    status = 401 if who is None else 403
    for answer in refused + ([] if who == "auditor" else reads):
        problem(answer, status)
    if who == "auditor":
        assert [answer.status_code for answer in reads] == [200, 200]


def test_accounts_are_paged_by_name(client: TestClient, town: Town) -> None:
    by = town.administrator.headers
    every = [found["name"] for found in client.get("/api/auth/accounts", headers=by).json()]
    assert every == sorted(every)
    page = client.get("/api/auth/accounts", params={"after": every[1], "limit": 1}, headers=by).json()
    assert [found["name"] for found in page] == [every[2]]


def test_the_log_is_read_by_auditors_in_pages(client: TestClient, town: Town) -> None:
    sign_in(client, headers=OURS)
    client.cookies.clear()
    for acting in (town.dispatcher, town.administrator):
        problem(client.get("/api/auth/audit", headers=acting.headers), 403)
    by = town.auditor.headers
    asked: dict[str, Any] = {"principal": town.dispatcher.principal.key, "action": "sign_in", "limit": 1}
    first = client.get("/api/auth/audit", params=asked, headers=by).json()
    assert first["entries"][0]["subject_id"] == str(town.dispatcher.id)
    everything = client.get("/api/auth/audit", params={"limit": 1000}, headers=by).json()
    assert everything["next"] is None
    pages, before = [], None
    while True:
        params = {"limit": 7} | ({"before": before} if before else {})
        page = client.get("/api/auth/audit", params=params, headers=by).json()
        pages += page["entries"]
        if (before := page["next"]) is None:
            break
    assert pages == everything["entries"]
    assert (
        client.get("/api/auth/audit", params={"to": "2020-01-01T00:00:00Z"}, headers=by).json()["entries"]
        == []
    )
    for bad in (
        {"limit": 0},
        {"limit": 1001},
        {"from": "2020-01-01"},
        {"before": -1},
        {"principal": "x" * 201},
    ):
        problem(client.get("/api/auth/audit", params=bad, headers=by), 422)


def test_a_morning_of_sign_ins_by_one_address(town: Town) -> None:
    app = create_app(town.databases.service, Settings(metric_srid=METRIC_SRID))
    with TestClient(app) as client, ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(lambda _: sign_in(client, headers=OURS).status_code, range(16)))
    assert answers == [200] * 16


def test_openapi_tells_how_to_come_in(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    schemes = document["components"]["securitySchemes"]
    assert schemes["token"]["scheme"] == "bearer"
    assert (schemes["session"]["in"], schemes["session"]["name"]) == ("cookie", COOKIE)
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if not path.startswith("/api/auth/"):
                continue
            assert {"token": []} in operation["security"], path
            if method != "get":
                body = operation.get("requestBody", {"content": {"application/json": {"schema": {}}}})
                name = body["content"]["application/json"]["schema"].get("$ref", "").rpartition("/")[2]
                schema = document["components"]["schemas"].get(name, {})
                assert not name or "example" in str(schema) or "default" in str(schema), name


def test_roles_are_told_to_who_is_signed_in(client: TestClient, town: Town) -> None:
    problem(client.get("/api/auth/roles"), 401)
    told = client.get("/api/auth/roles", headers=town.auditor.headers).json()
    assert {"role": "auditor", "zh": "审计员", "en": "Auditor"}.items() <= told[-1].items()


def test_what_is_done_is_logged_without_values(client: TestClient, town: Town) -> None:
    with transaction(town.databases.service, "system") as connection:
        line = service.make_account(connection, "logged", "the shown words")
        service.change_account(connection, line, 1, shown="other shown words")
    by = town.auditor.headers
    asked = {"subject": "auth.accounts", "subject_id": str(line)}
    answer = client.get("/api/auth/audit", params=asked, headers=by)
    assert [(e["action"], e["fields"]) for e in answer.json()["entries"]] == [
        ("update", ["shown", "version"]),
        ("insert", []),
    ]
    assert "shown words" not in answer.text
