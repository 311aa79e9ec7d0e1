"""What every operation of the API owes its clients: words, an example, a key to make once, a version to change."""

from __future__ import annotations

import pytest

from tests import openapi
from tests.openapi import Operation

DOCUMENT = openapi.app_without_database().openapi()
OPERATIONS = openapi.operations(DOCUMENT)
MAKING = [o for o in OPERATIONS if o.method == "POST"]
CHANGING = [o for o in OPERATIONS if o.method in ("PUT", "PATCH", "DELETE")]

NOTHING_TO_SHOW = {
    "GET /healthz": "three words for a supervisor",
    "POST /api/auth/sign-out": "nothing is sent and nothing answered",
    "GET /api/parties/template": "a workbook",
    "GET /api/parties/patches": "GeoJSON; see POST",
    "GET /api/hotline/export": "a workbook",
    "GET /tiles/{edition}/cells/14/{x}/{y}.mvt": "a vector tile",
    "GET /tiles/{edition}/outlines/{level}.json": "GeoJSON",
    "GET /api/maps/categories": "a list of words",
}
NEEDS_NO_KEY = {
    "POST /api/auth/sign-in": "makes a session, whose secret must not be told twice",
    "POST /api/auth/link": "a link works once; its second use is refused",
    "POST /api/auth/sign-out": "makes nothing; twice is the same as once",
    "POST /api/cases/{number}/moves": "changes a version: If-Match refuses the second one",
    "POST /api/cases/{number}/photos": "the same photo of a case is stored once, by its content",
    "POST /api/cases/{number}/voices": "the same voice note of a case is stored once, by its content",
    "POST /api/patrol/me/fixes": "each fix is stored once, by member, device and time",
    "POST /api/patrol/me/files": "each fix is stored once, by member, device and time",
    "POST /api/patrol/osmand": "each fix is stored once, by member, device and time",
    "POST /api/hotline/orders/{order_id}/place": "changes a version: If-Match refuses the second one",
    "POST /api/hotline/orders/{order_id}/return": "changes a version: If-Match refuses the second one",
    "POST /api/hotline/orders/{order_id}/results": "changes a version: If-Match refuses the second one",
    "POST /api/patrol/plans/{plan_id}/publication": "changes a version: If-Match refuses the second one",
    "POST /api/patrol/plans/{plan_id}/withdrawal": "changes a version: If-Match refuses the second one",
}
NEEDS_NO_VERSION = {
    "PUT /api/auth/password": "says the password that it changes",
    "DELETE /api/auth/accounts/{account_id}/tokens/{token_id}": "ends it for good; twice is the same as once",
    "PUT /api/categories": "puts a whole row in by its key, as a load does; each change is logged",
    "PUT /api/categories/calendar": "puts a whole day in by its date; each change is logged",
    "PUT /api/categories/limits": "puts a whole limit in by its key; each change is logged",
    "DELETE /api/patrol/me/recorders/{recorder_id}": "ends it for good; twice is the same as once",
    "DELETE /api/parties/{party_id}/absences/{absence_id}": "ends it; a second time it isn't there",
    "DELETE /api/patrol/absences/{absence_id}": "ends it; a second time it isn't there",
    "PUT /api/patrol/levels": "puts the level of cells in whole; twice is the same as once",
    "DELETE /api/patrol/mornings": "takes a day's change back; a second time there is nothing to take back",
    "DELETE /api/parties/{party_id}/contacts/{contact_id}": "removes it; a second time it isn't there",
}


def test_the_api_is_all_there() -> None:
    assert len(OPERATIONS) > 80
    assert len(MAKING) > 20
    assert len(CHANGING) > 10


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_it_says_what_it_does(operation: Operation) -> None:
    assert len(operation.said.get("description", "")) > 20
    assert operation.said.get("tags")


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_it_shows_an_example(operation: Operation) -> None:
    """What is sent shows an example where something is sent; else what is asked, or what is answered."""
    body = operation.said.get("requestBody")
    if files := operation.body("multipart/form-data"):  # a file can't be shown: it is described
        assert any(shape.get("description") for _, shape in operation.fields(files))
    elif body is not None:
        assert operation.shows_an_example(body)
    else:
        answers = [said for status, said in operation.said["responses"].items() if status < "3"]
        shows = operation.shows_an_example([operation.said.get("parameters", []), answers])
        assert shows == (str(operation) not in NOTHING_TO_SHOW)


@pytest.mark.parametrize("operation", OPERATIONS, ids=str)
def test_it_says_how_it_fails(operation: Operation) -> None:
    failing = {status for status in operation.said["responses"] if status >= "4"}
    assert {"401", "403", "422", "500"} <= failing or operation.path == "/healthz"
    for status in failing:
        assert "application/problem+json" in operation.said["responses"][status]["content"]


@pytest.mark.parametrize("operation", MAKING, ids=str)
def test_what_makes_something_takes_a_key(operation: Operation) -> None:
    assert ("Idempotency-Key" in operation.parameters("header")) == (str(operation) not in NEEDS_NO_KEY)


@pytest.mark.parametrize("operation", CHANGING, ids=str)
def test_what_changes_something_takes_its_version(operation: Operation) -> None:
    wants = "if-match" in operation.parameters("header")
    assert wants == (str(operation) not in NEEDS_NO_VERSION)
    if wants:
        assert {"412", "428"} <= set(operation.said["responses"])


@pytest.mark.parametrize(
    "operation", [o for o in MAKING if "If-Match" in NEEDS_NO_KEY.get(str(o), "")], ids=str
)
def test_what_is_said_of_a_version_is_true(operation: Operation) -> None:
    assert "if-match" in operation.parameters("header")


def test_exceptions_are_of_operations_that_are_there() -> None:
    assert set(NOTHING_TO_SHOW) | set(NEEDS_NO_KEY) | set(NEEDS_NO_VERSION) <= {str(o) for o in OPERATIONS}
