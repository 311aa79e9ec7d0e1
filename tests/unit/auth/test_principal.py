"""What a principal may do: never outside its scope, whatever it was granted."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.auth.permissions import EVERYTHING, PERMISSIONS, PUBLIC, ROLES
from app.auth.principal import NOBODY, SYSTEM, Grant, Principal
from app.core.errors import NotAllowed, NotSignedIn

UNSCOPED = ("administrator", "auditor")
CODES = ["1", "1A", "1B", "1Aa", "2"]

areas = st.sampled_from(CODES)
parties = st.integers(1, 4)
grants = st.one_of(
    st.sampled_from(UNSCOPED).map(lambda role: Grant(role, None, None)),
    parties.map(lambda party: Grant("party_member", None, party)),
    st.builds(
        Grant, st.sampled_from([r for r in ROLES if r not in (*UNSCOPED, "party_member")]), areas, st.none()
    ),
)
permissions = st.sampled_from(sorted(EVERYTHING))
principals = st.builds(
    Principal,
    account_id=st.just(7),
    grants=st.lists(grants, max_size=4).map(tuple),
    scopes=st.none() | st.frozensets(permissions, max_size=5),
)
places = st.none() | st.lists(st.none() | areas, max_size=3)
owners = st.lists(parties, max_size=2)


@given(principals, permissions, places, owners)
def test_never_outside_its_scope(
    me: Principal, permission: str, within: list[str | None] | None, party: list[int]
) -> None:
    allowed = me.may(permission, within=within, party=party)
    if me.scopes is not None and permission not in me.scopes:
        assert not allowed
    elif permission in PUBLIC:
        assert allowed
    elif within is None and not party:
        assert allowed == any(permission in PERMISSIONS[grant.role] for grant in me.grants)
    else:
        reaching = [
            grant
            for grant in me.grants
            if grant.role in UNSCOPED
            or (grant.role == "party_member" and grant.party_id in party)
            or (grant.area_code is not None and grant.area_code in (within or []))
        ]
        assert allowed == any(permission in PERMISSIONS[grant.role] for grant in reaching)


@given(principals, grants, permissions, places, owners)
def test_more_grants_never_take_away_and_scopes_never_add(
    me: Principal, more: Grant, permission: str, within: list[str | None] | None, party: list[int]
) -> None:
    richer = Principal(account_id=7, grants=(*me.grants, more), scopes=me.scopes)
    freer = Principal(account_id=7, grants=me.grants)
    if me.may(permission, within=within, party=party):
        assert richer.may(permission, within=within, party=party)
        assert freer.may(permission, within=within, party=party)


@given(permissions, places, owners)
def test_strangers_report_and_follow_only(
    permission: str, within: list[str | None] | None, party: list[int]
) -> None:
    for nobody in (
        NOBODY,
        Principal(account_id=1),
        Principal(account_id=1, grants=(Grant("unknown", "1", None),)),
    ):
        assert nobody.may(permission, within=within, party=party) == (permission in PUBLIC)
    assert SYSTEM.may(permission, within=within, party=party)


def test_refusals_say_whether_signing_in_would_help() -> None:
    with pytest.raises(NotSignedIn):
        NOBODY.requires("case.read")
    with pytest.raises(NotAllowed, match=r"case\.dispatch"):
        Principal(account_id=1, grants=(Grant("planner", "1", None),)).requires("case.dispatch", within=["1"])
    assert (SYSTEM.key, NOBODY.key, Principal(account_id=3).key) == ("system", "public", "account:3")


def test_administrators_see_no_case_and_auditors_change_nothing() -> None:
    assert not any(permission.startswith("case.") for permission in PERMISSIONS["administrator"])
    assert all(permission.endswith(".read") for permission in PERMISSIONS["auditor"])
    assert {role for role in ROLES if "accounts.edit" in PERMISSIONS[role]} == {"administrator"}
    assert set(PERMISSIONS) == set(ROLES)
