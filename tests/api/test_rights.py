"""Every route as everyone: nobody, each role of the wrong street and the right one, the district, tokens that are no good.

The routes come from the app, so a new one fails until `GETS` or `CHANGES` says who may. Everything is asked of the eastern
street. What is done is undone after each answer, and a refusal must not have changed anything.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Connection, Engine, text

from app.auth.permissions import PERMISSIONS, PUBLIC
from app.core.settings import FIX_DAYS, SHIFT_HOURS, Settings
from app.main import create_app
from app.patrol.duty import notices
from tests import rights, tiny_town
from tests.conftest import drop_database, make_database
from tests.rights import Scene

EAST = {"990101002", "990101002001", tiny_town.DISTRICT}
LON, LAT = tiny_town.lonlat(350, 350)
OURS = {"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
WITHOUT_TRACE = {"auth.audit", "auth.tries", "auth.sessions"}
"""What a refused request may write: that it was tried, and that the session was used."""
REFUSED = {401, 403, 404}
WALKERS = {
    "member": {"west.reporter", "east.reporter", "west.patroller", "east.patroller"},
    "patrols": {"west.patroller", "east.patroller"},
    "leads": {"east.patroller"},
}
"""Who walks in a team; of them, whose grant allows fixes; and who leads the eastern team."""
ROW_BY_ROW = {
    "POST /api/gazetteer/places"
}  # says 422 with what is wrong with each row, as that it lies beyond one's ground
JUNK = {  # what is sent is no photo, no table, nothing that can be moved: who may gets that far
    "POST /api/cases/{number}/photos", "POST /api/cases/{number}/voices", "POST /desk/cases/{number}/photos", "POST /desk/cases/{number}/moves/{name}",
    "POST /api/parties/import", "POST /api/gazetteer/load", "POST /api/hotline/imports", "POST /desk/hotline",
    "POST /api/categories/import", "POST /desk/patrol/{team}/morning/undo", "POST /desk/patrol/{team}/tours/replan",
    "POST /api/patrol/tours/{member}/replan", "POST /api/patrol/plans/{plan_id}/withdrawal", "DELETE /api/patrol/mornings",
    "POST /desk/patrol/{team}/plans/{plan_id}/withdrawal",
}  # fmt: skip


class Undone:
    """An engine whose transactions are rolled back at their end; it tells which tables each would have changed."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.changed: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.engine, name)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        with self.engine.connect() as connection:
            before = _written(connection)
            yield connection
            after = _written(connection)
            self.changed |= {table for table, rows in after.items() if rows != before.get(table)}
            connection.rollback()


def _written(connection: Connection) -> dict[str, int]:
    """Return how many rows this connection has written, by table; the server tells it with some delay."""
    found = connection.execute(
        text("""
            SELECT schemaname || '.' || relname AS name, n_tup_ins + n_tup_upd + n_tup_del AS rows
              FROM pg_stat_xact_user_tables WHERE n_tup_ins + n_tup_upd + n_tup_del > 0
        """)
    )
    return {row.name: row.rows for row in found}


class Asked:
    """The app over the scene, and who asks it."""

    def __init__(self, client: TestClient, scene: Scene, engine: Undone) -> None:
        self.client, self.scene, self.engine = client, scene, engine
        self.parties = {scene.ids["east-committee"], scene.ids["east-mediators"]}
        self.everyone = ["public", *scene.people, *scene.tokens]

    def ask(self, name: str, method: str, path: str, said: dict[str, Any], *, page: bool) -> Any:
        """Return an answer, and in `engine.changed` what it changed."""
        self.engine.changed = set()
        self.client.cookies.clear()
        headers = {**OURS, "If-Match": '"v1"', "Idempotency-Key": uuid.uuid4().hex} if method != "GET" else {}
        if page:
            headers["Accept"] = "text/html"
        if name in self.scene.tokens:
            headers["Authorization"] = f"Bearer {self.scene.tokens[name]}"
        elif name != "public":
            headers["Cookie"] = f"gridward_session=session.{name}"
        return self.client.request(method, path, headers=headers, follow_redirects=False, **said)

    def may(self, name: str, rule: str, mark: str) -> bool:
        """Tell whether someone may do what a rule says: worked out from the grants, not from the program's answers.

        `anyone`; `signed`; `person`, not a machine; `self`, whose account it is; permissions, held anywhere, or with
        `@east` for the eastern street; one of several after `|`; with `+` and a thing, where that must be seen, too.
        """
        needed, _, also = rule.partition("+")
        if also and name not in self.scene.marks[mark]:
            return False
        return any(self._has(name, one) for one in needed.split("|"))

    def _has(self, name: str, needed: str) -> bool:
        if name in ("public", "expired", "revoked"):
            return needed == "anyone" or (name == "public" and needed in PUBLIC)
        if name == "narrow":
            return needed in ("anyone", "signed", "areas.read")
        if needed == "self":
            return name == "east.reporter"
        if needed in WALKERS:
            return name in WALKERS[needed]
        if needed in ("anyone", "signed", "person", *PUBLIC):
            return True
        permission, _, here = needed.partition("@")
        return any(
            permission in PERMISSIONS[grant.role]
            and (
                not here
                or grant.area_code in EAST
                or grant.party_id in self.parties
                or grant.role == "administrator"
            )
            for grant in self.scene.people[name].principal.grants
        )


@pytest.fixture(scope="module")
def asked(admin_url: str) -> Iterator[Asked]:
    databases, name = make_database(admin_url)
    scene = rights.build(databases)
    engine = Undone(databases.service)
    with TestClient(create_app(engine, Settings())) as client:  # type: ignore[arg-type]
        yield Asked(client, scene, engine)
    drop_database(admin_url, databases, name)


SPAN = "from=2026-01-01T00:00:00%2B08:00&to=2026-12-31T00:00:00%2B08:00"
BOX = "west=116&south=39&east=118&north=41&zoom=18"
GETS = {  # path: who may, and the query
    "/": ("signed", ""),
    "/healthz": ("anyone", ""),
    "/openapi.json": ("anyone", ""),
    "/api/auth/me": ("signed", ""),
    "/api/auth/roles": ("signed", ""),
    "/api/auth/accounts": ("accounts.edit|audit.read", ""),
    "/api/auth/accounts/{account_id}": ("accounts.edit|audit.read|self", ""),
    "/api/auth/accounts/{account_id}/tokens": ("accounts.edit|self", ""),
    "/api/auth/audit": ("audit.read", ""),
    "/api/areas/editions": ("areas.read", ""),
    "/api/areas/locate": ("areas.read", f"lon={LON}&lat={LAT}"),
    "/api/areas/cells/{code}": ("areas.read", ""),
    "/api/areas/{level}": ("areas.read", ""),
    "/api/areas/{level}/{code}": ("areas.read", ""),
    "/api/categories": ("categories.read", ""),
    "/api/categories/calendar": ("categories.read", "from=2026-01-01&to=2026-02-01"),
    "/api/categories/{key}": ("categories.read", ""),
    "/api/answers": ("parties.read", f"lon={LON}&lat={LAT}&category=social:0101"),
    "/api/parties": ("parties.read", ""),
    "/api/parties/kinds": ("parties.read", ""),
    "/api/parties/lint": ("parties.read", ""),
    "/api/parties/template": ("parties.read", ""),
    "/api/parties/export": ("parties.read", ""),
    "/api/parties/models": ("parties.read", ""),
    "/api/parties/patches": ("parties.read", ""),
    "/api/parties/patches/{patch_id}": ("parties.read", ""),
    "/api/parties/responsibilities": ("parties.read", ""),
    "/api/parties/responsibilities/{rule_id}": ("parties.read", ""),
    "/api/parties/{party_id}": ("parties.read", ""),
    "/api/parties/{party_id}/absences": ("parties.read", ""),
    "/api/parties/{party_id}/contacts": ("parties.read", ""),
    "/api/parties/{party_id}/members": ("parties.edit@east", ""),
    "/api/incidents": ("incidents.read", ""),
    "/api/incidents/{incident_id}": ("incidents.read+case", ""),
    "/api/cases": ("case.read", "text=SECRET"),
    "/api/cases/moves": ("anyone", ""),
    "/api/cases/today": ("case.read", ""),
    "/api/cases/follow/{number}": ("nobody", "code=guess"),
    "/api/cases/{number}": ("case.read+case", ""),
    "/api/cases/{number}/duplicates": ("case.read+case", ""),
    "/api/cases/{number}/reporter": ("case.read|self+caller", ""),
    "/api/cases/{number}/photos/{photo_id}": ("case.read+case", ""),
    "/api/cases/{number}/voices/{voice_id}": ("case.read+case", ""),
    "/api/density/counts": ("density.read", SPAN),
    "/api/density/surface.json": ("density.read", SPAN),
    "/api/density/surface.png": ("density.read", SPAN),
    "/api/patrol/teams": ("coverage.read", ""),
    "/api/patrol/coverage": ("coverage.read@east+team", f"team=east-team&{SPAN}"),
    "/api/patrol/coverage/cells": ("coverage.read@east+team", f"team=east-team&{SPAN}"),
    "/api/patrol/coverage/evidence": (
        "coverage.read@east+team",
        f"team=east-team&cell=990101002001001&{SPAN}",
    ),
    "/api/patrol/levels": ("coverage.read@east+team", "team=east-team"),
    "/api/patrol/me/area": ("member", ""),
    "/api/patrol/plans": ("coverage.read@east+team", "team=east-team"),
    "/api/patrol/plans/{plan_id}": ("coverage.read@east+team", ""),
    "/api/patrol/plans/{plan_id}/against/{other_id}": ("coverage.read@east+team", ""),
    "/api/patrol/tours": ("coverage.read@east+team", "team=east-team"),
    "/api/patrol/me/tour": ("member", ""),
    "/api/patrol/dispatch": ("case.dispatch@east+case", "case={number}"),
    "/api/patrol/absences": ("coverage.read@east+team", "team=east-team"),
    "/api/patrol/me": ("member", ""),
    "/api/patrol/me/member": ("person", ""),
    "/api/patrol/notice": ("signed", ""),
    "/api/patrol/me/track": ("member", SPAN),
    "/api/patrol/me/recorders": ("member", ""),
    "/api/patrol/osmand": ("nobody", f"id=guess&lat={LAT}&lon={LON}"),
    "/api/patrol/teams/{team}/live": ("leads", ""),
    "/api/gazetteer": ("case.read", "q=SECRET-town-place"),
    "/api/hotline/orders": ("hotline.edit", ""),
    "/api/hotline/export": ("hotline.edit", ""),
    "/api/hotline/rates": ("hotline.edit", ""),
    "/api/hotline/orders/{order_id}": ("hotline.edit+order", ""),
    "/api/hotline/orders/{order_id}/caller": ("hotline.edit+order", ""),
    "/tiles/{edition}/cells/14/{x}/{y}.mvt": ("map.read", ""),
    "/tiles/{edition}/outlines/{level}.json": ("map.read", ""),
    "/api/maps/setting": ("map.read", ""),
    "/api/maps/categories": ("incidents.read", ""),
    "/api/maps/cells/{edition}/{number}": ("incidents.read", ""),
    "/api/maps/find": ("areas.read", "edition={edition}&q=SECRET"),
    "/api/maps/incidents": ("incidents.read", BOX),
    "/map": ("person", ""),
    "/phone": ("anyone", ""),
    "/phone/": ("anyone", ""),
    "/phone/sw.js": ("anyone", ""),
    "/phone/manifest.webmanifest": ("anyone", ""),
    "/phone/{mark}/{name:path}": ("nobody", ""),
    "/docs": ("anyone", ""),
    "/maps/report": ("density.read", ""),
    "/sign-in": ("anyone", ""),
    "/link/{secret}": ("anyone", ""),
    "/report": ("anyone", "q=SECRET"),
    "/follow": ("anyone", ""),
    "/desk": ("person", ""),
    "/desk/password": ("person", ""),
    "/desk/help": ("person", ""),
    "/desk/notices": ("person", ""),
    "/desk/accounts": ("accounts.edit", ""),
    "/desk/accounts/{account_id}": ("accounts.edit", ""),
    "/desk/audit": ("audit.read", ""),
    "/desk/cases": ("case.read", "text=SECRET"),
    "/desk/report": ("person", "q=SECRET"),
    "/desk/hotline": ("hotline.edit", ""),
    "/desk/hotline/orders.xlsx": ("hotline.edit", ""),
    "/desk/parties": ("parties.read", ""),
    "/desk/parties/{code}": ("parties.read", ""),
    "/desk/why": ("parties.read", f"lon={LON}&lat={LAT}&category=social:0101"),
    "/desk/lint": ("parties.read", ""),
    "/desk/lint.csv": ("parties.read", ""),
    "/desk/cases/{number}": ("case.read|self+case", ""),
    "/desk/cases/{number}/why": ("case.read|self+case", ""),
    "/desk/cases/{number}/photos/{photo_id}": ("case.read|self+case", ""),
    "/desk/cases/{number}/voices/{voice_id}": ("case.read|self+case", ""),
    "/desk/cases/{number}/near": ("case.dispatch@east+case", ""),
    "/desk/patrol": ("coverage.read", ""),
    "/desk/patrol/{team}/beats": ("coverage.read@east+team", "plan={plan_id}"),
    "/desk/patrol/{team}/scene": ("coverage.read@east+team", "plan={plan_id}"),
    "/desk/patrol/{team}/changes": ("coverage.read@east+team", "before={plan_id}&after={other_id}"),
    "/desk/patrol/{team}/print": ("coverage.read@east+team", "plan={plan_id}"),
    "/desk/patrol/{team}/morning": ("coverage.read@east+team", ""),
    "/desk/patrol/{team}/tours": ("coverage.read@east+team", ""),
    "/desk/patrol/{team}/tours/print": ("coverage.read@east+team", "member=x"),
    "/desk/patrol/{team}/coverage": ("coverage.read@east+team", ""),
    "/desk/patrol/{team}/cells": ("coverage.read@east+team", ""),
    "/desk/{rest:path}": ("nobody", ""),
}
PARTY = {
    "code": "east-committee",
    "kind": "community_committee",
    "zh": "新名示意",
    "area_code": "990101002001",
}
RULE = {
    "party": "east-committee",
    "area_code": "990101002001",
    "basis_kind": "law",
    "categories": ["event:0102"],
}
PATCH = {"code": "east-zone", "kind": "zone", "area_code": "990101002001", "cells": ["990101002001001"]}
MODEL = {"area_code": "990101002001", "model": "self_governed", "since": "2030-01-01T00:00:00+08:00"}
AWAY = {"start": "2030-01-01T00:00:00+08:00", "end": "2030-02-01T00:00:00+08:00"}
REPORT = {"category": "event:0102", "lon": LON, "lat": LAT, "description": "x"}
INCIDENT = {"id": "x", "lon": LON, "lat": LAT, "reported_at": "2026-01-05T08:30:00+08:00", "category": "x"}
CATEGORY = {"scheme": "event", "code": "0102", "kind": "event", "name_zh": "x", "source": "x"}
LIMIT = {"stage": "handle", "amount": 4, "unit": "working_hour", "source": "x"}
SENT_AT = "2026-01-05T08:30:00+08:00"
FILE = {"file": ("x.csv", b"code\n")}
CHANGES = {  # method and path: who may, and what is sent
    "POST /api/auth/sign-in": ("nobody", {"json": {"name": "x", "password": "wrong password"}}),
    "POST /api/auth/link": ("nobody", {"json": {"secret": "x"}}),
    "POST /api/auth/sign-out": ("anyone", {}),
    "PUT /api/auth/password": ("person", {"json": {"password": "a long and quiet street"}}),
    "POST /api/auth/accounts": ("accounts.edit", {"json": {"name": "fresh.one", "shown": "x"}}),
    "PATCH /api/auth/accounts/{account_id}": ("accounts.edit", {"json": {"shown": "y"}}),
    "POST /api/auth/accounts/{account_id}/grants": ("accounts.edit", {"json": {"role": "auditor"}}),
    "DELETE /api/auth/accounts/{account_id}/grants/{grant_id}": ("accounts.edit", {}),
    "POST /api/auth/accounts/{account_id}/tokens": ("accounts.edit|self", {"json": {"name": "x", "scopes": ["case.read"], "days": 1}}),
    "DELETE /api/auth/accounts/{account_id}/tokens/{token_id}": ("accounts.edit|self", {}),
    "POST /api/auth/accounts/{account_id}/links": ("accounts.edit", {"json": {"minutes": 5}}),
    "PUT /api/categories": ("categories.edit", {"json": CATEGORY}),
    "PUT /api/categories/calendar": ("categories.edit", {"json": {"day": "2027-02-06", "works": False, "source": "x"}}),
    "POST /api/categories/import": ("categories.edit", {"json": {"categories.csv": "x"}}),
    "PUT /api/categories/limits": ("categories.edit", {"json": LIMIT}),
    "POST /api/parties": ("parties.edit@east", {"json": PARTY | {"code": "fresh"}}),
    "POST /api/parties/import": ("parties.edit", {"files": FILE}),
    "POST /api/parties/models": ("parties.edit@east", {"json": MODEL}),
    "POST /api/parties/patches": ("parties.edit@east", {"json": PATCH | {"code": "fresh"}}),
    "PUT /api/parties/patches/{patch_id}": ("parties.edit@east", {"json": PATCH}),
    "POST /api/parties/responsibilities": ("parties.edit@east", {"json": RULE}),
    "PUT /api/parties/responsibilities/{rule_id}": ("parties.edit@east", {"json": RULE}),
    "DELETE /api/parties/responsibilities/{rule_id}": ("parties.edit@east", {}),
    "PUT /api/parties/{party_id}": ("parties.edit@east", {"json": PARTY}),
    "POST /api/parties/{party_id}/names": ("parties.edit@east", {"json": {"zh": "新名示意"}}),
    "POST /api/parties/{party_id}/absences": ("parties.edit@east", {"json": AWAY}),
    "DELETE /api/parties/{party_id}/absences/{absence_id}": ("parties.edit@east", {}),
    "POST /api/parties/{party_id}/contacts": ("parties.edit@east", {"json": {"means": "phone", "value": "1"}}),
    "DELETE /api/parties/{party_id}/contacts/{contact_id}": ("parties.edit@east", {}),
    "POST /api/incidents": ("incidents.add", {"json": INCIDENT}),
    "POST /api/incidents/batch": ("incidents.add", {"json": [INCIDENT]}),
    "POST /api/cases": ("case.report", {"json": REPORT}),
    "POST /api/cases/bulk": ("signed", {"json": {"move": "supervise", "reason": "x", "items": ["{bulk}"]}}),
    "POST /api/cases/{number}/moves": ("case.supervise@east+case", {"json": {"move": "supervise", "reason": "x"}}),
    "POST /api/cases/{number}/comments": ("case.comment@east|self+case", {"json": {"text": "x"}}),
    "POST /api/cases/{number}/voices": ("case.comment@east|self+case", {"files": {"voice": ("x.webm", b"x")}}),
    "POST /api/cases/{number}/photos": ("case.comment@east|self+case", {"files": {"photo": ("x.jpg", b"x")}}),
    "POST /api/gazetteer/places": ("gazetteer.edit@east", {"json": {"kind": "shop", "name": "x", "code": "fresh", "lon": LON, "lat": LAT}}),
    "POST /api/gazetteer/load": ("gazetteer.edit", {"files": FILE}),
    "POST /api/hotline/imports": ("hotline.edit", {"files": FILE}),
    "POST /api/hotline/orders/{order_id}/place": ("hotline.edit+order", {"json": {"lon": LON, "lat": LAT}}),
    "POST /api/hotline/orders/{order_id}/return": ("hotline.edit+order", {"json": {"reason": "x"}}),
    "POST /api/hotline/orders/{order_id}/results": ("hotline.edit+order", {"json": {"solved": True}}),
    "POST /api/patrol/plans": ("patrol.edit@east+team", {"json": {"team": "east-team", "cells": ["990101002001001", "990101002001002"]}}),
    "PATCH /api/patrol/plans/{plan_id}/cells": ("patrol.edit@east+team", {"json": {"moves": [{"cell": "990101002001001", "beat": 1}]}}),
    "POST /api/patrol/plans/{plan_id}/publication": ("patrol.edit@east+team", {"json": {"from": "2031-01-01"}}),
    "POST /api/patrol/plans/{plan_id}/withdrawal": ("patrol.edit@east+team", {}),
    "DELETE /api/patrol/mornings": ("patrol.edit@east+team", {"params": {"team": "east-team", "day": "2031-01-01"}}),
    "PUT /api/patrol/levels": ("patrol.edit@east+team", {"json": {"team": "east-team", "level": 3, "visits": 1, "cells": ["990101002001001"]}}),
    "POST /desk/patrol/{team}/levels": ("patrol.edit@east+team", {"data": {"level": "3", "visits": "1", "cell": "990101002001001"}}),
    "POST /desk/patrol/{team}/plans/{plan_id}/withdrawal": ("patrol.edit@east+team", {"data": {"version": "1"}}),
    "POST /api/patrol/tours": ("patrol.edit@east+team", {"json": {"team": "east-team", "day": "2031-01-01"}}),
    "POST /api/patrol/tours/{member}/replan": ("patrol.edit@east+team", {"json": {}}),
    "POST /api/patrol/absences": ("patrol.edit@east+team", {"json": {"team": "east-team", "members": ["SECRET-east-team-walker"], "from": "2031-01-01"}}),
    "DELETE /api/patrol/absences/{absence_id}": ("patrol.edit@east+team", {"params": {"team": "east-team"}}),
    "POST /api/patrol/mornings": ("patrol.edit@east+team", {"json": {"team": "east-team", "absent": ["SECRET-east-team-walker"], "day": "2031-01-01"}}),
    "POST /desk/patrol/{team}/plans": ("patrol.edit@east+team", {"data": {"area": "990101002001", "beats": "2"}}),
    "POST /desk/patrol/{team}/plans/{plan_id}/copy": ("patrol.edit@east+team", {}),
    "POST /desk/patrol/{team}/plans/{plan_id}/publication": ("patrol.edit@east+team", {"data": {"version": "1", "from": "2031-01-01"}}),
    "POST /desk/patrol/{team}/morning": ("patrol.edit@east+team", {"data": {"absent": "SECRET-east-team-walker", "day": "2031-01-01"}}),
    "POST /desk/patrol/{team}/morning/undo": ("patrol.edit@east+team", {"data": {"day": "2031-01-01"}}),
    "POST /desk/patrol/{team}/tours": ("patrol.edit@east+team", {"data": {"day": "2031-01-01"}}),
    "POST /desk/patrol/{team}/tours/replan": ("patrol.edit@east+team", {"data": {"member": "SECRET-east-team-walker"}}),
    "POST /api/patrol/me/doors": ("nobody", {"json": {"code": "none", "at": SENT_AT}}),
    "POST /api/patrol/me/consents": ("member", {"json": {"version": notices.notice(FIX_DAYS, SHIFT_HOURS).version, "given": True}}),
    "POST /api/patrol/me/duty": ("patrols", {"json": {"action": "start", "at": SENT_AT, "sent_at": SENT_AT, "device": "x"}}),
    "POST /api/patrol/me/fixes": ("patrols", {"json": {"device": "x", "sent_at": SENT_AT, "fixes": [[1, LON, LAT, 8, 0]]}}),
    "POST /api/patrol/me/files": ("patrols", {"files": {"file": ("x.csv", b"time,lon,lat\n2026-01-05T08:30,116,39\n")}}),
    "POST /api/patrol/me/recorders": ("patrols", {"json": {"name": "x"}}),
    "DELETE /api/patrol/me/recorders/{recorder_id}": ("leads", {}),
    "POST /api/patrol/osmand": ("nobody", {"json": {"device_id": "guess", "location": {}}}),
    "POST /api/patrol/me/objections": ("member", {"json": {"from": "2026-01-01T00:00:00+08:00", "to": "2026-01-02T00:00:00+08:00"}}),
    "POST /sign-in": ("nobody", {"data": {"name": "x", "password": "wrong password"}}),
    "POST /link/{secret}": ("nobody", {"data": {}}),
    "POST /sign-out": ("nobody", {"data": {}}),
    "POST /report": ("case.report", {"data": REPORT}),
    "POST /follow": ("nobody", {"data": {"number": "{case}", "code": "guess"}}),
    "POST /desk/password": ("person", {"data": {"new": "a long and quiet street", "again": "a long and quiet street"}}),
    "POST /desk/accounts": ("accounts.edit", {"data": {"name": "fresh.one", "shown": "x"}}),
    "POST /desk/accounts/{account_id}": ("accounts.edit", {"data": {"shown": "y", "version": "1"}}),
    "POST /desk/accounts/{account_id}/grants": ("accounts.edit", {"data": {"role": "auditor"}}),
    "POST /desk/accounts/{account_id}/grants/{grant_id}/end": ("accounts.edit", {"data": {"version": "1"}}),
    "POST /desk/accounts/{account_id}/link": ("accounts.edit", {"data": {}}),
    "POST /desk/notices": ("person", {"data": {}}),
    "POST /desk/bulk": ("person", {"data": {"move": "urge", "reason": "x", "case": "{case} 1"}}),
    "POST /desk/report": ("person", {"data": REPORT}),
    "POST /desk/hotline": ("hotline.edit", {"files": FILE, "data": {"how": "import"}}),
    "POST /desk/hotline/{order_id}/place": ("hotline.edit+order", {"data": {"lon": LON, "lat": LAT, "version": "1"}}),
    "POST /desk/parties/{code}/contacts": ("parties.read", {"data": {}}),
    "POST /desk/parties/{code}/contacts/add": ("parties.edit@east", {"data": {"means": "phone", "value": "1"}}),
    "POST /desk/parties/{code}/absences": ("parties.edit@east", {"data": {"begin": "2030-01-01T00:00", "end": "2030-02-01T00:00"}}),
    "POST /desk/parties/{code}/absences/{absence_id}/end": ("parties.edit@east", {"data": {}}),
    "POST /desk/models/{area}": ("parties.edit@east", {"data": {"model": "self_governed", "since": "2030-01-01T00:00"}}),
    "POST /desk/cases/{number}/moves/{name}": ("case.supervise@east+case", {"data": {"reason": "x", "version": "1"}}),
    "POST /desk/cases/{number}/comments": ("case.comment@east|self+case", {"data": {"text": "x"}}),
    "POST /desk/cases/{number}/photos": ("case.comment@east|self+case", {"files": {"photo": ("x.jpg", b"x")}, "data": {"moment": "other"}}),
    "POST /desk/cases/{number}/reporter": ("case.read|self+caller", {"data": {}}),
}  # fmt: skip


def routes() -> set[tuple[str, str]]:
    """Return every method and path that the app answers, files aside."""

    def within(found: Any) -> Iterator[tuple[str, str]]:
        for route in found:
            if hasattr(route, "original_router"):
                yield from within(route.original_router.routes)
            elif hasattr(route, "methods"):
                yield from ((method, route.path) for method in route.methods - {"HEAD"})

    return set(within(create_app(None, Settings()).routes))  # type: ignore[arg-type]


def test_every_route_says_who_may() -> None:
    said = {("GET", path) for path in GETS} | {tuple(name.split(" ", 1)) for name in CHANGES}
    assert routes() == said


def path_of(scene: Scene, path: str, kind: str) -> str:
    """Return a path to a thing of the eastern street's: its plain case or order, or the hidden one."""
    ids = scene.ids
    order = ids["east-order" if kind == "case" else "east-hiddenorder"]
    number = "5" if path.startswith("/api/maps") else ids[f"east-{kind}"]
    incident = ids[f"east-{kind}-incident"]
    values = {
        "account_id": scene.people["east.checker" if "grants" in path else "east.reporter"].id, "grant_id": ids["east-grant"], "token_id": ids["token"],
        "level": "street", "key": "event:0102", "patch_id": ids["east-patch"], "rule_id": ids["east-committee-rule"],
        "party_id": ids["east-committee"], "absence_id": ids["east-away" if "patrol" in path else "east-absence"], "plan_id": ids["east-plan"], "other_id": ids["east-other-plan"], "area": "990101002001", "secret": "x",
        "team": "east-team", "member": "east-spare", "recorder_id": ids["east-recorder"], "contact_id": ids["east-committee-contact"], "incident_id": incident, "number": number, "name": "supervise",
        "photo_id": ids[f"east-{kind}-photo"], "voice_id": ids[f"east-{kind}-voice"], "order_id": order, "edition": ids["edition"], "x": "13490", "y": "6200", "rest:path": "x",
        "code": "east-committee" if "parties" in path else "990101002001001" if "cells" in path else "990101002",
    }  # fmt: skip
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", str(value))
    return path


def filled(scene: Scene, said: dict[str, Any], kind: str) -> dict[str, Any]:
    """Return what is sent, with the number of the case in it."""
    number = scene.ids[f"east-{kind}"]
    if "items" in said.get("json", ()):
        return {"json": said["json"] | {"items": [{"number": number, "version": 1}]}}
    if "data" in said:
        data = {name: str(value).replace("{case}", number) for name, value in said["data"].items()}
        return said | {"data": data}
    return said


def mark_of(rule: str, kind: str) -> str:
    """Return the mark that who may must be allowed to see."""
    what = {
        "case": f"{kind}text",
        "caller": f"{kind}caller",
        "team": "team",
        "order": "order" if kind == "case" else "hiddenorder",
    }
    return f"SECRET-east-{what.get(rule.partition('+')[2], 'casetext')}"


def judged(asked: Asked, method: str, path: str, kind: str) -> list[str]:
    """Ask a route as everyone; return what is wrong with the answers."""
    rule, more = GETS[path] if method == "GET" else CHANGES[f"{method} {path}"]
    said = filled(asked.scene, more, kind) if isinstance(more, dict) else {}
    address = path_of(asked.scene, f"{path}?{more}" if method == "GET" and more else path, kind)
    page = not path.startswith(("/api", "/tiles", "/healthz", "/openapi"))
    told, done, last = [], False, ""
    for name in asked.everyone:
        answer = asked.ask(name, method, address, said, page=page)
        may = asked.may(name, rule, mark_of(rule, kind))
        done |= may and answer.status_code < 400
        if may:
            last = f"{answer.status_code} {answer.text[:300]}"
        told += [
            f"{name}: {trouble}" for trouble in _troubles(asked, name, answer, may, rule, f"{method} {path}")
        ]
    if not done and rule != "nobody" and kind == "case" and f"{method} {path}" not in JUNK:
        told.append(f"nobody who may could do it: {last}")
    return told


def _troubles(  # noqa: PLR0917
    asked: Asked, name: str, answer: Any, may: bool, rule: str, route: str
) -> Iterator[str]:
    to_sign_in = answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
    refused = (
        answer.status_code in REFUSED or to_sign_in or (route in ROW_BY_ROW and answer.status_code == 422)
    )
    stale = name in asked.scene.tokens and rule == "anyone"  # a page for everyone doesn't look at tokens
    if answer.status_code >= 500:
        yield f"{answer.status_code} {answer.text[:200]}"
    if refused == may and rule != "nobody" and not stale:
        yield f"{'may' if may else 'may not'} and got {answer.status_code} {answer.text[:200]}"
    if refused and asked.engine.changed - WITHOUT_TRACE:
        yield f"refused, and changed {asked.engine.changed - WITHOUT_TRACE}"
    told = (answer.content + repr(answer.headers).encode()).decode("utf-8", "replace").casefold()
    for mark in sorted(asked.scene.forbidden(name)):
        if mark.casefold() in told:
            yield f"reads {mark}"


@pytest.mark.parametrize(("method", "path"), sorted(routes()))
def test_a_route_answers_whom_it_may(asked: Asked, method: str, path: str) -> None:
    wrong = judged(asked, method, path, "case")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("method", "path"), sorted(r for r in routes() if "{number}" in r[1] or "{order_id}" in r[1])
)
def test_what_is_confidential_is_not_there(asked: Asked, method: str, path: str) -> None:
    wrong = judged(asked, method, path, "hidden")
    assert not wrong, "\n".join(wrong)
