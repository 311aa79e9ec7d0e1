"""Whoever moves cases in the tests: accounts with their grants, and a case to begin with."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from app.auth.principal import Grant, Principal
from app.cases.case import Case

DISTRICT, STREET, COMMUNITY = "990101", "990101001", "990101001001"
COMPANY, BODY, OTHER = 7, 70, 8  # a property company, the body it belongs to, and another company
T0 = datetime(2026, 1, 5, 1, 0, tzinfo=UTC)  # a Monday morning in Beijing


def person(number: int, *grants: tuple[str, str | int]) -> Principal:
    held = tuple(
        Grant(role, None, scope) if isinstance(scope, int) else Grant(role, scope, None)
        for role, scope in grants
    )
    return Principal(account_id=number, name=f"p{number}", shown=f"岗位{number}", grants=held)


OFFICER = person(1, ("community_officer", COMMUNITY))
CHECKER = person(2, ("checker", STREET))
SUPERVISOR = person(3, ("street_supervisor", STREET))
DISPATCHER = person(4, ("dispatcher", STREET))
DISTRICT_HEAD = person(5, ("district_supervisor", DISTRICT))
COMPANY_MEMBER = person(6, ("party_member", COMPANY))
BODY_MEMBER = person(7, ("party_member", BODY))
OTHER_MEMBER = person(8, ("party_member", OTHER))
PATROLLER = person(9, ("patroller", COMMUNITY))
STRANGER = person(10, ("community_officer", "990101002001"), ("checker", "990101002"))
RESIDENT = person(11)
ALL_ROLES = person(
    12,
    ("community_officer", COMMUNITY),
    ("checker", STREET),
    ("street_supervisor", STREET),
    ("party_member", COMPANY),
)
EVERYBODY = (
    OFFICER, CHECKER, SUPERVISOR, DISPATCHER, DISTRICT_HEAD, COMPANY_MEMBER, BODY_MEMBER, OTHER_MEMBER, PATROLLER,
    STRANGER, RESIDENT, ALL_ROLES,
)  # fmt: skip


def a_case(**changes: Any) -> Case:
    """Return a case in the north-west community, reported by the resident."""
    given: dict[str, Any] = {
        "id": 1, "number": "20260105000001", "source": "resident", "category": "event:0102", "category_id": 1,
        "edition_id": 1, "cell_id": 1, "community": COMMUNITY, "street": STREET, "district": DISTRICT, "x": 10.0, "y": 20.0,
        "reported_by": RESIDENT.account_id, "reported_at": T0, "opened_at": T0, "answer": {"order": [COMPANY, OTHER], "both": []},
    }  # fmt: skip
    return Case(**(given | changes))


def with_party(stage: str, **changes: Any) -> Case:
    """Return a case that the company leads."""
    led: dict[str, Any] = {"party_id": COMPANY, "party_chain": (COMPANY, BODY), "parties": (COMPANY,)}
    return a_case(stage=stage, **(led | changes))
