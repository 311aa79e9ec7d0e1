"""What reaches the service from careless and hostile clients: a clear problem, never a failure."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.core.settings import Settings
from app.db.databases import Databases
from app.db.engine import transaction
from app.main import create_app
from app.web import deps
from app.web.guard import LARGEST_BODY
from tests import tiny_town
from tests.accounts import account
from tests.conftest import METRIC_SRID, drop_database, make_database

REPORTS = "/api/incidents"
BATCH = "/api/incidents/batch"
JSON = {"Content-Type": "application/json"}
WHEN = "2026-01-05T08:30:00+08:00"
EAST, NORTH = tiny_town.lonlat(50, 350)
GOOD = {"id": "1", "lon": EAST, "lat": NORTH, "reported_at": WHEN}


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    databases, name = make_database(admin_url)
    with databases.owner.begin() as connection:
        tiny_town.load(connection)
    yield databases
    drop_database(admin_url, databases, name)


@pytest.fixture(scope="module")
def client(town: Databases) -> Iterator[TestClient]:
    with transaction(town.service, "system") as connection:
        someone = account(connection, "district_supervisor", area=tiny_town.DISTRICT)
    with TestClient(
        create_app(town.service, Settings(metric_srid=METRIC_SRID)), headers=someone.headers
    ) as client:
        yield client


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert (body["status"], body["title"] != "", body["title_zh"] != "") == (status, True, True)
    return body


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "a\0b"),
        ("id", "\ud800"),
        ("id", ""),
        ("id", "x" * 201),
        ("description", "字" * 10_001),
        ("category", "\0"),
        ("datum", "wgs84\0"),
        ("datum", "epsg:99999999999999999999"),
        ("datum", "'; DROP TABLE incidents.incidents; --"),
        ("lon", float("nan")),
        ("lon", float("inf")),
        ("lat", 10**400),
        ("lat", -1e308),
        ("accuracy_m", 5e-324),
        ("accuracy_m", 1e300),
        ("accuracy_m", -1),
        ("reported_at", "2026-01-05T08:30:00"),
        ("reported_at", "infinity"),
        ("reported_at", 10**30),
        ("\ud800", 1),
        ("unknown", 1),
    ],
)
def test_a_bad_field_is_a_clear_problem(client: TestClient, field: str, value: Any) -> None:
    body = json.dumps(GOOD | {field: value}).encode("utf-8", "surrogatepass")
    told = problem(client.post(REPORTS, content=body, headers=JSON), 422)
    assert told["findings"] or told["detail"]


@pytest.mark.parametrize("when", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
def test_the_ends_of_the_calendar_are_no_failure(client: TestClient, when: str) -> None:
    problem(client.post(REPORTS, json=GOOD | {"id": when, "reported_at": when}), 422)
    told = client.post(
        BATCH, json=[GOOD | {"id": when, "reported_at": when}, GOOD | {"id": f"beside {when}"}]
    )
    assert (told.json()["new"], told.json()["refused"][0]["index"]) == (1, 0)


def test_what_looks_like_sql_is_stored_as_it_is(client: TestClient) -> None:
    evil = "'); DELETE FROM incidents.incidents; -- %s :x"
    told = client.post(REPORTS, json=GOOD | {"id": evil, "source": evil, "category": evil})
    assert told.status_code == 201
    assert (
        client.get(REPORTS, params={"category": evil}).json()["features"][0]["properties"]["source"] == evil
    )


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (json.dumps(GOOD), {"Content-Type": "text/plain"}, 415),
        (json.dumps(GOOD), {"Content-Type": "application/x-www-form-urlencoded"}, 422),
        (json.dumps(GOOD), {"Content-Type": "multipart/form-data"}, 422),
        (json.dumps(GOOD), JSON | {"Cookie": "gridward_session=x"}, 403),
        (json.dumps(GOOD), {}, 415),
        (json.dumps(GOOD), JSON | {"Origin": "https://evil.example"}, 403),
        (json.dumps(GOOD), JSON | {"Origin": "null"}, 403),
        (json.dumps(GOOD), JSON | {"Sec-Fetch-Site": "cross-site"}, 403),
        ("[" * 100_000, JSON, 400),
        ("[" * 200_000, JSON, 413),
        ("{", JSON, 422),
        (b"\xff\xfe", JSON, 422),
        ("1" * 5000, JSON, 400),
        ("", JSON, 422),
    ],
)
def test_bodies_that_are_not_taken(
    client: TestClient, content: str | bytes, headers: dict[str, str], status: int
) -> None:
    problem(client.post(REPORTS, content=content, headers=headers), status)


@pytest.mark.parametrize(
    "kind", ["application/x-www-form-urlencoded", "multipart/form-data", "application/json"]
)
def test_a_cookie_is_not_enough_to_show_who_sends(client: TestClient, kind: str) -> None:
    headers = {"Content-Type": kind, "Cookie": "gridward_session=x", "Authorization": ""}
    problem(client.post(REPORTS, content=json.dumps(GOOD), headers=headers), 403)


def test_our_own_page_may_send(client: TestClient) -> None:
    headers = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    assert client.post(REPORTS, json=GOOD, headers=headers).status_code in (200, 201)


def test_no_other_site_is_let_in(client: TestClient) -> None:
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST"}
    answer = client.options(REPORTS, headers=asked)
    problem(answer, 405)
    assert "access-control-allow-origin" not in answer.headers


def test_too_large_a_body_is_refused_whether_or_not_it_says_so(client: TestClient) -> None:
    problem(client.post(BATCH, content=b" " * (LARGEST_BODY + 1), headers=JSON), 413)
    pieces = (b" " * 2**20 for _ in range(LARGEST_BODY // 2**20 + 1))
    problem(client.post(BATCH, content=pieces, headers=JSON), 413)


def test_a_batch_over_its_limit_is_refused_whole(client: TestClient) -> None:
    before = client.get(REPORTS).json()
    problem(client.post(BATCH, json=[GOOD | {"id": f"n{i}"} for i in range(10_001)]), 422)
    assert client.get(REPORTS).json() == before


def test_a_batch_keeps_its_good_items_among_the_worst(client: TestClient) -> None:
    bad = [{"id": "\ud800"}, None, [], "x", GOOD | {"accuracy_m": 5e-324}, GOOD | {"id": "a\0"}]
    told = client.post(BATCH, content=json.dumps([*bad, GOOD | {"id": "kept"}]), headers=JSON)
    assert told.status_code == 200
    assert (told.json()["new"], [one["index"] for one in told.json()["refused"]]) == (1, list(range(6)))


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/api/incidents?category=%00", 422),
        ("/api/areas/cells/%00", 422),
        ("/api/incidents?bbox=nan,nan,nan,nan", 422),
        ("/api/incidents?bbox=1,2,3", 422),
        ("/api/incidents?bbox=180,0,-180,1", 422),
        ("/api/incidents?from=2026-01-01", 422),
        ("/api/incidents?from=2026-01-01T00:00:00", 422),
        ("/api/incidents?limit=1e9", 422),
        ("/api/incidents/99999999999999999999999", 422),
        ("/api/incidents/-1", 422),
        ("/api/areas/cell?bbox=inf,0,1,1", 422),
        ("/api/areas/cell?bbox=1e308,1e308,-1e308,-1e308", 422),
        ("/api/areas/locate?lon=nan&lat=1", 422),
        ("/api/areas/locate?lon=1&lat=1&datum=epsg:0", 422),
        ("/api/areas/cells/' OR 1=1 --", 404),
        ("/api/areas/cell/" + "9" * 5000, 404),
        ("/api/patrol/coverage?team=x&from=0001-01-01T00:00:00%2B14:00&to=9999-12-31T00:00:00-12:00", 422),
        ("/api/patrol/coverage?team=x&from=2026-01-01T00:00:00Z&to=2026-01-02T00:00:00Z&window=" + "9" * 400 + "h", 422),
        ("/api/density/counts?from=infinity&to=-infinity", 422),
        ("/api/density/counts?from=0001-01-01&to=9999-12-31", 422),
        ("/api/density/surface.png?bandwidth_m=nan", 422),
        ("/api/maps/incidents?west=nan&south=0&east=1&north=1&zoom=3", 422),
        ("/api/maps/incidents?west=-1e-308&zoom=2&south=38.2&east=23.1&north=2e-308", None),
        ("/api/incidents?bbox=-180,-90,180,90", None),
        ("/api/maps/cells/tiny/99999999999999999999", None),
        ("/tiles/tiny/cells/14/99999999999999999999/-5.mvt", None),
        ("/tiles/%2e%2e/outlines/street.json", 404),
        ("/static/../main.py", 404),
        ("/static/%2e%2e/endpoints.py", 404),
        ("/static/%2e%2e%2f%2e%2e%2f%2e%2e%2fpyproject.toml", 404),
        ("/nowhere", 404),
    ],
)  # fmt: skip
def test_addresses_of_nonsense(client: TestClient, address: str, status: int | None) -> None:
    answer = client.get(address)
    if status:
        problem(answer, status)
    assert answer.status_code < 500


@pytest.mark.parametrize(
    "address", ["/healthz", "/docs", "/api/incidents", "/api/areas/editions", "/nowhere", "/static/map.js"]
)
def test_every_answer_carries_its_headers(client: TestClient, address: str) -> None:
    headers = client.get(address).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "frame-ancestors" in headers["content-security-policy"]
    assert "immutable" not in headers["cache-control"]


def test_openapi_tells_of_problems(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    assert {"title", "title_zh", "detail", "remedy"} <= set(
        document["components"]["schemas"]["Problem"]["properties"]
    )
    for path, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"], path
            assert "application/problem+json" in operation["responses"]["422"]["content"], path


def test_health(client: TestClient) -> None:
    assert client.get("/healthz").json()["status"] == "ok"


def test_a_lost_connection_mends_itself(client: TestClient, town: Databases, admin_url: str) -> None:
    assert client.get("/healthz").status_code == 200
    with town.owner.connect() as connection:
        name = connection.execute(text("SELECT current_database()")).scalar_one()
    with make_admin(admin_url) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> pg_backend_pid()",
            [name],
        )
    assert client.get("/healthz").status_code == 200


def make_admin(admin_url: str) -> Any:
    import psycopg

    return psycopg.connect(admin_url, autocommit=True)


def test_a_database_that_is_away_is_said_so(caplog: pytest.LogCaptureFixture) -> None:
    nowhere = Databases.connect(None, "postgresql://gridward_service@127.0.0.1:1/nowhere").service
    with TestClient(create_app(nowhere, Settings())) as client:
        page = client.get("/map", headers={"Cookie": "gridward_session=x"})
        assert page.status_code == 200  # the page itself needs none, and says what is wrong
        answer = client.get("/healthz?name=somebody")
    assert problem(answer, 503)["remedy"] == "Try again in a moment."
    assert answer.headers["retry-after"] == "5"
    assert [r.getMessage() for r in caplog.records if "GET /healthz: " in r.getMessage()]
    assert "somebody" not in caplog.text


def test_a_runaway_query_ends_with_a_clear_problem(town: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    short = text(deps.BEGIN.text.replace("'30s'", "'50ms'"))
    monkeypatch.setattr(deps, "BEGIN", short)
    app = create_app(town.service, Settings())

    @app.get("/slow")
    def slow(connection: deps.Transaction) -> None:
        connection.execute(text("SELECT pg_sleep(20)"))

    with TestClient(app) as client:
        assert "too long" in problem(client.get("/slow"), 503)["detail"]


def test_more_requests_than_connections_wait_in_line(
    town: Databases, monkeypatch: pytest.MonkeyPatch
) -> None:
    from concurrent.futures import ThreadPoolExecutor

    app = create_app(town.service, Settings())

    @app.get("/slow")
    def slow(connection: deps.Transaction) -> int:
        return int(connection.execute(text("SELECT 1 FROM pg_sleep(0.1)")).scalar_one())

    with TestClient(app) as client, ThreadPoolExecutor(60) as pool:
        answers = list(pool.map(lambda _: client.get("/slow").status_code, range(60)))
        assert answers == [200] * 60
        monkeypatch.setattr(deps, "PATIENCE_S", 0.01)
        answers = list(pool.map(lambda _: client.get("/slow").status_code, range(60)))
        assert set(answers) == {200, 503}


def test_a_failure_of_ours_is_a_problem_and_is_logged_without_the_query(
    town: Databases, caplog: pytest.LogCaptureFixture
) -> None:
    app = create_app(town.service, Settings())

    @app.get("/broken")
    def broken() -> None:
        raise RuntimeError("a bug")

    with TestClient(app) as client, caplog.at_level(logging.ERROR):
        answer = client.get("/broken?name=somebody")
    assert "a bug" not in problem(answer, 500)["detail"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "GET /broken failed" in caplog.text
    assert "somebody" not in caplog.text


def test_one_mistaken_time_does_not_hide_today(client: TestClient) -> None:
    assert client.post(REPORTS, json=GOOD | {"id": "now"}).status_code == 201
    assert (
        client.post(REPORTS, json=GOOD | {"id": "later", "reported_at": "2190-01-01T00:00:00Z"}).status_code
        == 201
    )
    assert client.get("/api/density/counts").json()["period"]["start"].startswith("2026-01-0")


def test_the_apis_page_needs_no_other_host_and_no_account(client: TestClient) -> None:
    page = client.get("/docs", headers={"Authorization": ""})
    assert page.status_code == 200
    assert "http" not in page.text.replace("https://", "http").split("<main", maxsplit=1)[0]
    assert "script-src 'self'" in page.headers["content-security-policy"]
