"""The ends of the calendar in every moment and day that a route takes: refused clearly, never a failure of ours.

Generated from the OpenAPI document: every query parameter and every field of a body that is a date-time or a date, or is
named like one. The scene has what is asked about (a case, a party, a team with beats, a shift and a tour), so that what is
sent gets as far as the arithmetic.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from fastapi.testclient import TestClient

from app.areas import service as areas
from app.auth import service as auth
from app.auth.permissions import ROLES
from app.core.settings import Settings
from app.db.engine import transaction
from app.main import create_app
from app.teams import service as teams
from app.teams.duty import service as team_duty
from app.teams.roster import Beat, Member, Shift
from tests import accounts, case_town, openapi
from tests.accounts import Acting
from tests.case_town import DISTRICT, NORTH_WEST, RUBBISH
from tests.conftest import METRIC_SRID, drop_database, make_database
from tests.openapi import Operation

ORIGIN = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
BEYOND = (  # no moment of ours: never taken, whatever the route
    "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00Z",
    "1899-12-31T23:59:59Z",
    "2201-01-01T00:00:00+00:00",
    "9999-12-31T23:59:59-14:00",
    "9999-12-31T23:59:59.999999Z",
    "10000-01-01T00:00:00Z",
    "-0001-01-01T00:00:00Z",
    "2026-01-05T08:30:00",  # whose clock?
    "2026-01-05T08:30:00+25:00",
    "2026-01-05T08:30:00-99:99",
    "2026-02-30T08:30:00+08:00",
    "2026-01-05T24:00:01+08:00",
    "infinity",
    "-infinity",
    "now",
    "1e400",
    "253402300800",
    "-62135596801",
)
EDGE = (  # may be taken where they make sense; dates where a day is asked for
    "1900-01-01T00:00:00+23:59",
    "2200-12-31T23:59:59-23:59",
    "2026-01-05T08:30:00+14:00",
    "2016-12-31T23:59:60Z",
    "0001-01-01",
    "1900-01-01",
    "2200-12-31",
    "9999-12-31",
    "10000-01-01",
    "2026-02-30",
)
NAMED = {"from", "to", "since", "until", "at", "day", "start", "end", "due_before", "moment", "week"}


def kinds(operation: Operation, shape: Any) -> set[str]:
    """Return the formats that a field's shape allows, those of its alternatives too."""
    if "$ref" in shape:
        return kinds(operation, operation.resolved(shape))
    return {str(shape.get("format"))}.union(*(kinds(operation, one) for one in shape.get("anyOf", ())))


def times(operation: Operation, shape: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[Any, set[str]]]:
    """Walk over the fields of a body that are moments or days: where each stands, and which of them it is."""
    shape = operation.resolved(shape)
    for name, inner in shape.get("properties", {}).items():
        found = kinds(operation, inner) & {"date-time", "date"}
        if found or (name in NAMED and operation.resolved(inner).get("type") == "string"):
            yield (*at, name), found
        yield from times(operation, inner, (*at, name))
    if "items" in shape:
        yield from times(operation, shape["items"], (*at, 0))


OPERATIONS = openapi.operations(openapi.app_without_database().openapi())
IN_QUERY = [
    (operation, name, kinds(operation, said["schema"]) & {"date-time", "date"})
    for operation in OPERATIONS
    for name, said in operation.parameters("query").items()
    if kinds(operation, said["schema"]) & {"date-time", "date"} or name in NAMED
]
IN_BODY = [
    (operation, at, found)
    for operation in OPERATIONS
    for at, found in times(operation, operation.body("application/json") or {})
]


def ids(asked: list[Any]) -> list[str]:
    return [f"{operation} {at}" for operation, at, _ in asked]


@dataclass
class Scene:
    """Somebody with every role in a town that has one of everything."""

    client: TestClient
    all_rights: Acting
    known: dict[str, Any]

    def filled(self, body: Any) -> Any:
        """Return an example's body about what is there."""
        if isinstance(body, list):
            return [self.filled(one) for one in body]
        if not isinstance(body, dict):
            return body
        return {
            name: copy.deepcopy(self.known[name]) if name in self.known else self.filled(inner)
            for name, inner in body.items()
        }

    def path(self, operation: Operation) -> str:
        path = operation.path
        for name, said in operation.parameters("path").items():
            value = self.known.get(name, operation.example(said["schema"]))
            path = path.replace(f"{{{name}}}", str(value))
        return path

    def query(self, operation: Operation) -> dict[str, Any]:
        """Return a query with everything that is known here, and a span where one is asked for."""
        asked = {}
        for name, said in operation.parameters("query").items():
            if name in self.known:
                asked[name] = self.known[name]
            elif said.get("required"):
                asked[name] = operation.example(said["schema"])
        return asked

    def refused(self, operation: Operation, *, body: Any = None, query: Any = None, must: bool) -> None:
        headers = self.all_rights.headers | {"If-Match": '"v1"', "Content-Type": "application/json"}
        content = None if body is None else json.dumps(body)
        asked = self.query(operation) if query is None else query
        answer = self.client.request(
            operation.method, self.path(operation), params=asked, content=content, headers=headers
        )
        assert answer.status_code < 500, (asked, content, answer.text[:500])
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == "application/problem+json", answer.headers
            assert answer.json()["title_zh"]
        if must:
            assert answer.status_code >= 400, (asked, content, answer.text[:500])


@pytest.fixture(scope="module")
def scene(admin_url: str) -> Iterator[Scene]:
    databases, name = make_database(admin_url)
    town = case_town.build(databases)
    now = datetime.now(UTC)
    with transaction(databases.service, "system") as connection:
        all_rights = accounts.account(connection, "administrator", name="all", password=accounts.PASSWORD)
        for role in sorted(set(ROLES) - {"administrator", "party_member"}):
            auth.grant(connection, all_rights.id, role, None if role == "auditor" else DISTRICT)
        all_rights = accounts.acting(connection, all_rights.id)
        ground = areas.ground(connection, areas.edition_at(connection).id)
        shift = Shift(member="m-1", start=now - timedelta(minutes=5), end=now + timedelta(hours=3))
        beats = [
            Beat(member="m-1", cells=ground.ids.tolist()[:8]),
            Beat(member="m-2", cells=ground.ids.tolist()[8:]),
        ]
        members = [Member(code="m-1"), Member(code="m-2")]
        teams.form_team(
            connection, "T", "示意队", members, beats, [shift], area_code=DISTRICT, synthetic=True
        )
        teams.give_account(connection, "m-1", all_rights.id)
        team_duty.lead(connection, "m-1")
    app = create_app(databases.service, Settings(metric_srid=METRIC_SRID))
    with TestClient(app, raise_server_exceptions=False) as client:
        said = {"category": RUBBISH, "description": "示意", **case_town.at(50, 350)}
        case = client.post("/api/cases", json=said, headers=town["patroller"].headers).json()["number"]
        made = client.post("/api/patrol/plans", json={"team": "T"}, headers=all_rights.headers)
        assert made.status_code == 201, made.text
        party = town.parties["nw-company"]
        known = {
            "team": "T", "member": "m-1", "absent": ["m-2"], "members": ["m-1", "m-2"], "cell": NORTH_WEST + "001",
            "number": case, "case": case, "party_id": party, "party": "nw-company", "plan_id": made.json()["id"],
            "area": DISTRICT, "area_code": NORTH_WEST, "account_id": all_rights.id, "category": RUBBISH,
            "home": DISTRICT, **case_town.at(50, 350),
        }  # fmt: skip
        notice = client.get("/api/patrol/me/notice", headers=all_rights.headers)
        if notice.status_code == 200:
            agreed = {"version": notice.json()["version"], "given": True}
            client.post("/api/patrol/me/consent", json=agreed, headers=all_rights.headers)
        yield Scene(client, all_rights, known)
    drop_database(admin_url, databases, name)


def test_there_is_enough_to_ask() -> None:
    asked = {str(operation) for operation, *_ in (*IN_QUERY, *IN_BODY)}
    assert len(asked) > 25
    for room in ("cases", "incidents", "density", "parties", "areas", "hotline", "auth", "patrol"):
        assert any(f" /api/{room}" in one for one in asked), room


@pytest.mark.parametrize(("operation", "name", "found"), IN_QUERY, ids=ids(IN_QUERY))
def test_in_queries(scene: Scene, operation: Operation, name: str, found: set[str]) -> None:
    body = operation.body("application/json")
    sent = None if body is None else scene.filled(operation.example(body))
    for value in (*BEYOND, *EDGE):
        query = scene.query(operation) | {name: value}
        scene.refused(operation, body=sent, query=query, must="date-time" in found and value in BEYOND)


@pytest.mark.parametrize(("operation", "at", "found"), IN_BODY, ids=ids(IN_BODY))
def test_in_bodies(scene: Scene, operation: Operation, at: tuple[str | int, ...], found: set[str]) -> None:
    shape = operation.body("application/json")
    assert shape is not None
    body = scene.filled(operation.example(shape))
    for value in (*BEYOND, *EDGE, 10**30, -(10**30), 1e308, 253402300800, -62135596801):
        must = "date-time" in found and value in BEYOND
        scene.refused(operation, body=openapi.put_in(body, at, value), must=must)


PAGES = (
    "/desk/patrol/T/morning?day={}", "/desk/patrol/T/tours?day={}", "/desk/patrol/T/tours/print?member=m-1&day={}",
    "/desk/patrol/T/coverage?day={}", "/desk/patrol/T/coverage?by=week&day={}", "/desk/patrol/T/cells?by=week&day={}",
    "/desk/cases?from={}&to={}", "/maps/report?from={}&to={}",
)  # fmt: skip
FORMS: tuple[tuple[str, tuple[str, ...], dict[str, str]], ...] = (
    ("/desk/patrol/T/morning", ("day",), {"absent": "m-1"}),
    ("/desk/patrol/T/tours", ("day",), {}),
    ("/desk/patrol/T/plans", ("from",), {}),
    ("/desk/patrol/T/plans/{plan_id}/publication", ("from", "to"), {"from": "2026-12-01", "version": "1"}),
    ("/desk/parties/nw-company/absences", ("begin", "end"), {}),
    ("/desk/cases/{number}/moves/postpone", ("until",), {"version": "1", "reason": "示意"}),
)


@pytest.fixture(scope="module")
def page(scene: Scene) -> TestClient:
    client = TestClient(scene.client.app, raise_server_exceptions=False)
    sent = {"name": "all", "password": accounts.PASSWORD}
    assert client.post("/sign-in", data=sent, headers=ORIGIN, follow_redirects=False).status_code == 303
    return client


@pytest.mark.parametrize("path", PAGES)
def test_in_addresses_of_pages(page: TestClient, path: str) -> None:
    for value in (*BEYOND, *EDGE):
        asked = path.replace("{}", quote(value))
        answer = page.get(asked)
        assert answer.status_code < 500, (asked, answer.text[:500])


@pytest.mark.parametrize(("path", "names", "more"), FORMS)
def test_in_forms(
    scene: Scene, page: TestClient, path: str, names: tuple[str, ...], more: dict[str, str]
) -> None:
    asked = path.format(**scene.known)
    for value in (*BEYOND, *EDGE):
        for name in names:
            answer = page.post(asked, data=more | {name: value}, headers=ORIGIN, follow_redirects=False)
            assert answer.status_code != 404, asked
            assert answer.status_code < 500, (asked, name, value, answer.text[:500])
