"""Attacks on what patrol keeps of people: whoever is not the member asks for positions, writes for others, sends the worst.

Two teams in two streets, on shift now, with tracks, consents, recorders and cases. Each attack here once got through, or
must never; what a position would be is known to the metre, so an answer that holds it in any field is found.
"""

from __future__ import annotations

import gzip
import json
import re
import threading
import time
import tracemalloc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx2 as httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text

from app.auth.entrance import service as entrance
from app.auth.guards import Me, Transaction
from app.auth.permissions import EVERYTHING
from app.auth.tokens import service as tokens
from app.categories import service as categories
from app.core.settings import ROOT, Settings
from app.db.databases import Databases
from app.db.engine import make_engine, transaction
from app.main import create_app
from app.patrol.retention import service as retention
from app.teams import service as teams
from app.teams.duty import service as team_duty
from app.teams.roster import Beat, Member
from app.web import deps
from app.web.guard import COOKIE
from tests import tiny_town
from tests.accounts import Acting, account
from tests.api.test_duty import Phone, rows
from tests.conftest import drop_database, make_database

APP = ROOT / "app"
WEST, EAST = "990101001", "990101002"
RUBBISH = "event:0102"
NOW = datetime.now(UTC).replace(microsecond=0)
BEGAN = NOW - timedelta(minutes=40)
SPAN = {"from": (NOW - timedelta(hours=3)).isoformat(), "to": (NOW + timedelta(hours=3)).isoformat()}
HERE = {"west": (37.0, 311.0), "east": (263.0, 349.0)}
"""Where each member stands at last, in metres from the corner: in no cell's middle, on no street."""


@dataclass
class Scene:
    """The served app, who acts, each member's phone, and a case in each street."""

    databases: Databases
    client: TestClient
    people: dict[str, Acting]
    phones: dict[str, Phone]
    cases: dict[str, str]

    def get(self, who: str, path: str, **params: Any) -> Any:
        return self.client.get(path, params=params, headers=self.people[who].headers)

    def post(self, who: str, path: str, said: Any, **headers: str) -> Any:
        return self.client.post(path, json=said, headers=self.people[who].headers | headers)


@pytest.fixture(scope="module")
def scene(admin_url: str) -> Iterator[Scene]:
    databases, name = make_database(admin_url)
    with transaction(databases.owner) as connection:
        tiny_town.load(connection)
    people: dict[str, Acting] = {}
    with transaction(databases.service, "system") as connection:
        categories.load_defaults(connection)
        for side, area in (("west", WEST), ("east", EAST)):
            ids = connection.execute(
                text("SELECT id FROM areas.cells WHERE parent_code LIKE :area ORDER BY code"),
                {"area": f"{area}%"},
            ).scalars()
            members = [Member(code=f"{side}-{who}") for who in ("leader", "mate", "member")]
            beats = [Beat(member=f"{side}-member", cells=list(ids), name="片")]
            teams.form_team(connection, side, "示意队", members, beats, area_code=area, synthetic=True)
            for who in ("leader", "mate", "member"):
                people[f"{side}-{who}"] = account(connection, "patroller", area=area)
                teams.give_account(connection, f"{side}-{who}", people[f"{side}-{who}"].id)
            team_duty.lead(connection, f"{side}-leader")
            for role in ("street_supervisor", "dispatcher", "checker", "planner"):
                people[f"{side}-{role}"] = account(connection, role, area=area)
        people["district"] = account(connection, "district_supervisor", area=tiny_town.DISTRICT)
        for role in ("auditor", "administrator"):
            people[role] = account(connection, role)
        people["nobody"] = account(connection, None)
    with TestClient(create_app(databases.service, Settings())) as client:
        phones, cases = {}, {}
        for side, (x, y) in HERE.items():
            phone = phones[side] = Phone(client, people[f"{side}-member"].headers, f"phone-{side}")
            phone.agree()
            phone.say("start", BEGAN)
            phone.send([phone.fix(NOW - timedelta(seconds=s), x, y, 5, 0) for s in range(0, 600, 5)])
            lon, lat = tiny_town.lonlat(x + 60, y - 20)
            said = {"category": RUBBISH, "lon": lon, "lat": lat, "description": "示意"}
            made = client.post("/api/cases", json=said, headers=people[f"{side}-street_supervisor"].headers)
            cases[side] = made.json()["number"]
        yield Scene(databases, client, people, phones, cases)
    drop_database(admin_url, databases, name)


def another(scene: Scene) -> Engine:
    """Return an engine for another app over the same database: it closes its connections when it ends."""
    return make_engine(scene.databases.service.url.render_as_string(hide_password=False))


NOT_THEIRS = [  # who is neither the western member nor leads the western team
    "west-mate", "west-street_supervisor", "west-dispatcher", "west-checker", "west-planner",
    "east-leader", "east-member", "east-street_supervisor", "district", "auditor", "administrator", "nobody",
]  # fmt: skip
ASKED = (
    "/api/patrol/teams/west/live",
    "/api/patrol/me/track?{span}",
    "/api/patrol/me/area",
    "/api/patrol/me/tour",
    "/api/patrol/me",
    "/api/patrol/tours?team=west",
    "/api/patrol/dispatch?case={case}",
    "/api/patrol/coverage?team=west&by=hour&{span}",
    "/api/patrol/coverage/cells?team=west&{span}",
    "/api/patrol/coverage/evidence?team=west&cell=990101001001001&{span}",
    "/api/patrol/plans?team=west",
    "/api/incidents",
    "/api/density/counts?{span}",
    "/api/maps/incidents?west=116&south=39&east=118&north=41&zoom=18",
    "/api/auth/audit",
    "/desk/patrol",
    "/desk/patrol/west/coverage",
    "/desk/patrol/west/cells",
    "/desk/patrol/west/tours",
    "/desk/cases/{case}/near",
)


def degrees(side: str) -> list[str]:
    """How a member's place is written in any answer that tells it: longitude and latitude to 11 metres."""
    return [f"{one:.4f}" for one in tiny_town.lonlat(*HERE[side])]


def asked(scene: Scene, who: str, path: str) -> Any:
    span = httpx.QueryParams(SPAN)
    return scene.client.get(
        path.format(span=span, case=scene.cases["west"]), headers=scene.people[who].headers
    )


@pytest.mark.parametrize("path", ASKED)
def test_nobody_else_reads_where_a_member_is(scene: Scene, path: str) -> None:
    told = {who: asked(scene, who, path) for who in NOT_THEIRS}
    for who, answer in told.items():
        assert answer.status_code in (200, 401, 403, 404, 409, 422), (who, answer.text[:200])
        for digits in degrees("west"):
            assert digits not in answer.text, (who, answer.status_code)


def test_the_member_reads_their_own_and_the_leader_while_they_are_on_shift(scene: Scene) -> None:
    lon, lat = degrees("west")
    assert lon in scene.get("west-member", "/api/patrol/me/track", **SPAN).text
    live = scene.get("west-leader", "/api/patrol/teams/west/live")
    assert lon in live.text
    assert lat in live.text
    assert lon not in scene.get("west-leader", "/api/patrol/me/track", **SPAN).text
    for answer in (live, scene.get("west-member", "/api/patrol/me/track", **SPAN)):
        assert answer.headers["cache-control"] == "no-store"
        assert "etag" not in answer.headers


def test_a_minute_of_coverage_is_no_live_map(scene: Scene) -> None:
    """Cells of a minute told anybody with coverage.read where who walks alone was in that minute."""
    hour = (NOW - timedelta(minutes=2)).replace(minute=0, second=0)
    end = min(NOW, hour + timedelta(hours=1))  # both within one hour
    minute, other = (
        {"from": (end - timedelta(seconds=a)).isoformat(), "to": (end - timedelta(seconds=b)).isoformat()}
        for a, b in ((60, 30), (30, 5))
    )
    cell = "990101001001001"
    for who in ("west-street_supervisor", "west-mate", "west-planner", "district"):
        found = [
            scene.get(who, "/api/patrol/coverage/cells", team="west", **span).json()
            for span in (minute, other)
        ]
        assert found[0]["dwell_s"] == found[1]["dwell_s"]
        assert max(found[0]["dwell_s"]) > 60  # of the hour, not of the minute
        told = scene.get(who, "/api/patrol/coverage/evidence", team="west", cell=cell, **minute).json()
        for one in told["visits"] + told["gaps"]:
            assert one["member"] is None
            for at in (one["start"], one["end"]):
                assert datetime.fromisoformat(at).minute == 0
    exact = scene.get("west-leader", "/api/patrol/coverage/cells", team="west", **minute).json()
    assert max(exact["dwell_s"]) <= 30.0
    told = scene.get("west-leader", "/api/patrol/coverage/evidence", team="west", cell=cell, **SPAN).json()
    assert told["visits"][0]["member"] == "west-member"
    assert told["visits"][0]["seconds"] > 500


def test_an_area_of_the_whole_team_tells_no_minutes(scene: Scene) -> None:
    """Who has no beat of their own was told to half a minute where the others had been last."""
    area = scene.get("west-mate", "/api/patrol/me/area").json()
    assert area["whole_area"]
    hours = [cell["hours"] for cell in area["beat"] if cell["hours"] is not None]
    assert hours
    assert all(one % 0.5 == 0 for one in hours)


def moved(scene: Scene, side: str, x: float, y: float) -> None:
    """Have a member be somewhere now; the clocks of phone and server are the same here."""
    phone = scene.phones[side]
    time.sleep(0.002)  # another fix, not the same one
    answer = phone.send([phone.fix(datetime.now(UTC), x, y, 5, 0)]).json()
    assert answer["stored"] == 1, answer


def test_arrivals_tell_no_place(scene: Scene) -> None:
    """From minutes to three cases a position followed to some metres; now all of a square's places look the same."""

    def told() -> list[Any]:
        found = scene.get("east-dispatcher", "/api/patrol/dispatch", case=scene.cases["east"]).json()[
            "members"
        ]
        return [(one["member"], one["basis"], one["minutes"], one["reasons_en"]) for one in found]

    moved(scene, "east", 263.0, 349.0)
    here = told()
    assert here[0][:2] == ("east-member", "fix")
    moved(scene, "east", 330.0, 290.0)  # 89 m away, in the same square of 200 m
    assert told() == here
    moved(scene, "east", 263.0, 349.0)


def test_who_pauses_withdraws_or_ends_is_nowhere_for_the_leader(scene: Scene) -> None:
    phone = scene.phones["east"]

    def seen() -> Any:
        members = scene.get("east-leader", "/api/patrol/teams/east/live").json()["members"]
        return next(one for one in members if one["member"] == "east-member")["lon"]

    assert seen() is not None
    phone.say("pause", datetime.now(UTC))
    assert seen() is None
    phone.say("resume", datetime.now(UTC))
    assert seen() is not None
    phone.agree(given=False)
    assert seen() is None, "consent is withdrawn"
    phone.agree()
    assert seen() is not None
    phone.say("end", datetime.now(UTC))
    assert seen() is None
    phone.say("start", datetime.now(UTC))
    moved(scene, "east", *HERE["east"])


OWN = (
    ("GET", "me", None),
    ("GET", "me/track", None),
    ("GET", "me/recorders", None),
    ("GET", "me/area", None),
    ("GET", "me/tour", None),
    ("GET", "teams/west/live", None),
    ("POST", "me/consents", {"version": "x", "given": False}),
    ("POST", "me/objections", {"from": SPAN["from"], "to": BEGAN.isoformat()}),
    ("POST", "me/duty", {"action": "end", "at": NOW.isoformat(), "sent_at": NOW.isoformat(), "device": "x"}),
    ("POST", "me/fixes", {"device": "x", "sent_at": NOW.isoformat(), "fixes": []}),
    ("POST", "me/doors", {"code": "x", "at": NOW.isoformat()}),
    ("POST", "me/recorders", {"name": "x"}),
    ("DELETE", "me/recorders/1", None),
    ("POST", "tours/west-leader/replan", {}),
)


@pytest.mark.parametrize(("method", "path", "said"), OWN)
def test_a_token_for_something_else_is_not_the_member(
    scene: Scene, method: str, path: str, said: Any
) -> None:
    """A machine's token for reading the ground read its owner's track, withdrew the consent, deleted the fixes."""
    with transaction(scene.databases.service, "system") as connection:
        leader = scene.people["west-leader"].id
        narrow = tokens.make_token(connection, leader, "narrow", {"areas.read", "case.read"}, 1)
        full = tokens.make_token(connection, leader, "full", EVERYTHING, 1)

    def answer(token: str) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        asked = {"params": SPAN} if method == "GET" else {"json": said} if said is not None else {}
        return scene.client.request(method, f"/api/patrol/{path}", headers=headers, **asked)

    refused = answer(narrow)
    assert refused.status_code == 403, refused.text
    assert refused.json()["title_zh"]
    assert answer(full).status_code != 403 or answer(full).json()["type"] == "urn:gridward:consent-missing"


def test_what_is_anothers_is_not_reached_by_its_id(scene: Scene) -> None:
    made = scene.post(
        "west-member", "/api/patrol/me/recorders", {"name": "OsmAnd"}, **{"Idempotency-Key": "shared-key"}
    ).json()
    for who in ("west-leader", "west-mate", "east-member", "district", "nobody"):
        gone = scene.client.delete(
            f"/api/patrol/me/recorders/{made['id']}", headers=scene.people[who].headers
        )
        assert gone.status_code in (403, 404), who
        again = scene.post(
            who, "/api/patrol/me/recorders", {"name": "OsmAnd"}, **{"Idempotency-Key": "shared-key"}
        )
        assert made["secret"] not in again.text
        assert again.headers.get("Idempotent-Replay") is None
    replayed = scene.post(
        "west-member", "/api/patrol/me/recorders", {"name": "OsmAnd"}, **{"Idempotency-Key": "shared-key"}
    )
    assert (replayed.json()["id"], replayed.json()["secret"]) == (made["id"], None)
    kept = rows(
        (scene.databases, scene.client),
        "SELECT a.* FROM auth.audit AS a WHERE a.subject = 'patrol.recorders'",
    )
    assert kept
    assert made["secret"] not in str(kept)


def test_a_session_that_was_signed_out_reads_nothing(scene: Scene) -> None:
    with transaction(scene.databases.service, "system") as connection:
        who = scene.people["west-leader"].id
        secret = entrance.use_link(connection, entrance.make_link(connection, who, 5))
    cookie = {"Cookie": f"{COOKIE}={secret}", "Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}
    paths = ("/api/patrol/me/track", "/api/patrol/teams/west/live", "/api/patrol/me/area")
    assert {scene.client.get(path, params=SPAN, headers=cookie).status_code for path in paths} == {200}
    assert scene.client.post("/api/auth/sign-out", headers=cookie).status_code in (200, 204)
    assert {scene.client.get(path, params=SPAN, headers=cookie).status_code for path in paths} == {401}
    fixes = {"device": "x", "sent_at": NOW.isoformat(), "fixes": []}
    assert scene.client.post("/api/patrol/me/fixes", json=fixes, headers=cookie).status_code == 401
    foreign = cookie | {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert scene.client.post("/api/patrol/me/fixes", json=fixes, headers=foreign).status_code == 403


def test_a_recorder_of_a_closed_account_is_nobodys(scene: Scene) -> None:
    with transaction(scene.databases.service, "system") as connection:
        teams.form_team(connection, "west", "示意队", [Member(code="leaver")], area_code=WEST, synthetic=True)
        leaver = account(connection, "patroller", area=WEST)
        teams.give_account(connection, "leaver", leaver.id)
    phone = Phone(scene.client, leaver.headers, "leaver")
    phone.agree()
    phone.say("start", NOW)
    secret = phone.post("/me/recorders", {"name": "x"}).json()["secret"]
    lon, lat = tiny_town.lonlat(50, 50)
    query = {"id": secret, "lat": str(lat), "lon": str(lon)}
    assert scene.client.get("/api/patrol/osmand", params=query).json()["stored"] == 1
    with transaction(scene.databases.service, "system") as connection:
        connection.execute(text("UPDATE auth.accounts SET active = false WHERE id = :id"), {"id": leaver.id})
    refused = scene.client.get("/api/patrol/osmand", params=query)
    assert refused.status_code == 401
    assert "密钥" in refused.json()["title_zh"]
    assert str(leaver.id) not in refused.json()["detail"]


def test_a_consent_to_an_earlier_notice_is_none(scene: Scene) -> None:
    with transaction(scene.databases.service, "system") as connection:
        teams.form_team(
            connection, "west", "示意队", [Member(code="earlier")], area_code=WEST, synthetic=True
        )
        who = account(connection, "patroller", area=WEST)
        teams.give_account(connection, "earlier", who.id)
    phone = Phone(scene.client, who.headers, "earlier")
    phone.agree()
    phone.say("start", NOW - timedelta(minutes=5))
    assert phone.send([phone.fix(NOW)]).json()["stored"] == 1
    with TestClient(create_app(another(scene), Settings(fix_days=30))) as longer:
        changed = Phone(longer, who.headers, "earlier")
        refused = changed.send([changed.fix(NOW - timedelta(minutes=1))])
        assert (refused.status_code, refused.json()["type"]) == (403, "urn:gridward:consent-missing")
        assert changed.get("/me").json()["notice"]["consent"] == "none"
        version = phone.get("/notice").json()["version"]  # the earlier one
        stale = changed.post("/me/consents", {"version": version, "given": True})
        assert stale.status_code == 409
        assert stale.json()["title_zh"]
        assert changed.agree().status_code == 201
        assert changed.send([changed.fix(NOW - timedelta(minutes=1))]).json()["stored"] == 1


def test_the_same_batch_at_the_same_instant_is_stored_once(scene: Scene) -> None:
    """Two requests of a phone that is new each measured its clock, some tenths of a second apart: each fix was there twice."""
    with transaction(scene.databases.service, "system") as connection:
        teams.form_team(connection, "west", "示意队", [Member(code="twice")], area_code=WEST, synthetic=True)
        who = account(connection, "patroller", area=WEST)
        teams.give_account(connection, "twice", who.id)
    sure = Phone(scene.client, who.headers, "sure")
    sure.agree()
    sure.say("start", NOW - timedelta(minutes=10))
    for attempt in range(3):
        phone = Phone(scene.client, who.headers, f"slow-{attempt}", off_s=-3600)
        fixes = [phone.fix(NOW - timedelta(seconds=s)) for s in range(60)]
        together = threading.Barrier(4)

        def send(late: int, phone: Phone = phone, fixes: Any = fixes, together: Any = together) -> Any:
            """Send what was on its way for so many half seconds."""
            sent_at = datetime.fromisoformat(phone.clock()) - timedelta(seconds=late / 2)
            together.wait()
            return phone.post(
                "/me/fixes", {"device": phone.device, "sent_at": sent_at.isoformat(), "fixes": fixes}
            )

        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(send, range(4)))
        assert [one.status_code for one in answers] == [200] * 4
        assert sum(one.json()["stored"] for one in answers) == 60
        assert len({one.json()["clock_offset_s"] for one in answers}) == 1


def test_a_batch_that_was_long_on_its_way_is_not_there_twice(scene: Scene) -> None:
    """Forty seconds in a weak network were taken for a slow clock: sent again, each fix was stored forty seconds earlier."""
    with transaction(scene.databases.service, "system") as connection:
        teams.form_team(connection, "west", "示意队", [Member(code="late")], area_code=WEST, synthetic=True)
        who = account(connection, "patroller", area=WEST)
        teams.give_account(connection, "late", who.id)
    phone = Phone(scene.client, who.headers, "late")
    phone.agree()
    phone.say("start", NOW - timedelta(minutes=10))
    fixes = [phone.fix(NOW - timedelta(seconds=s)) for s in range(60)]
    sent_at = (datetime.now(UTC) - timedelta(seconds=40)).isoformat()
    late = phone.post("/me/fixes", {"device": "late", "sent_at": sent_at, "fixes": fixes}).json()
    assert (late["stored"], late["clock_offset_s"]) == (60, 0)
    again = phone.send(fixes).json()
    assert (again["stored"], again["known"]) == (0, 60)


def member(scene: Scene, code: str) -> tuple[Phone, int]:
    """Make a member of the western team on shift since yesterday's hour; return their phone and id."""
    with transaction(scene.databases.service, "system") as connection:
        teams.form_team(connection, "west", "示意队", [Member(code=code)], area_code=WEST, synthetic=True)
        who = account(connection, "patroller", area=WEST)
        teams.give_account(connection, code, who.id)
        found = team_duty.walker(connection, who.id).id
    phone = Phone(scene.client, who.headers, code)
    phone.agree()
    return phone, found


def waits(scene: Scene) -> None:
    """Wait until somebody waits for a lock."""
    asked = text(
        "SELECT count(*) FROM pg_locks AS l JOIN pg_stat_activity AS a ON a.pid = l.pid"
        " WHERE a.datname = current_database() AND NOT l.granted"
    )
    for _ in range(600):
        with scene.databases.owner.connect() as owner:
            if owner.execute(asked).scalar_one():
                return
        time.sleep(0.05)
    raise AssertionError("nobody waits")


@pytest.mark.parametrize("how", ["withdrawn", "objected"])
def test_a_batch_on_its_way_does_not_outlive_its_deletion(scene: Scene, how: str) -> None:
    """Consent was looked at first and the fixes were stored last: what was withdrawn between was there again."""
    phone, found = member(scene, f"race-{how}")
    phone.say("start", NOW - timedelta(minutes=10))
    fixes = [phone.fix(NOW - timedelta(seconds=s)) for s in range(30)]
    phone.send(fixes[:1])
    with ThreadPoolExecutor(1) as pool:
        with transaction(scene.databases.service, "system") as connection:
            team_duty.hold(connection, found)
            sent = pool.submit(phone.send, fixes)
            waits(scene)
            if how == "withdrawn":
                connection.execute(
                    text("INSERT INTO patrol.consents (account_id, version, given) SELECT account_id, version, false"
                         " FROM patrol.consents WHERE account_id = (SELECT account_id FROM teams.members WHERE id = :id)"),
                    {"id": found},
                )  # fmt: skip
            else:
                connection.execute(
                    text("INSERT INTO patrol.objections (member_id, period) VALUES (:id, tstzrange(:a, :b))"),
                    {"id": found, "a": BEGAN, "b": NOW + timedelta(seconds=1)},
                )
            connection.execute(text("DELETE FROM patrol.fixes WHERE member_id = :id"), {"id": found})
        answer = sent.result()
    left = rows((scene.databases, scene.client), "SELECT 1 FROM patrol.fixes WHERE member_id = :id", id=found)
    assert left == []
    assert (
        answer.status_code == 403 if how == "withdrawn" else answer.json()["refused"][0]["code"] == "objected"
    )


def test_a_late_batch_does_not_stand_for_a_deleted_track(scene: Scene) -> None:
    """What came while retention deleted a track was reduced alone: the visits of the whole shift were gone."""
    phone, found = member(scene, "race-late")
    began = NOW - timedelta(days=1)
    phone.say("start", began)
    phone.send([phone.fix(began + timedelta(seconds=s), 50 + (s % 300), 350) for s in range(0, 3000, 5)])
    phone.say("end", began + timedelta(hours=1))
    visits = "SELECT sum(patrol.seconds(seen)) FROM patrol.visits WHERE member_id = :id"
    where = (scene.databases, scene.client)
    before = rows(where, visits, id=found)
    assert before[0][0] > 1000
    with ThreadPoolExecutor(1) as pool:
        with transaction(scene.databases.service, "system") as connection:
            retention.delete_due(connection, 7, datetime.now(UTC) + timedelta(days=8))
            sent = pool.submit(phone.send, [phone.fix(began + timedelta(seconds=3300), 50, 350)])
            waits(scene)
        answer = sent.result().json()
    assert [one["code"] for one in answer["refused"]] == ["settled"]
    assert rows(where, visits, id=found) == before


def test_a_file_is_its_senders_whoever_it_names(scene: Scene) -> None:
    phone, found = member(scene, "names-another")
    phone.say("start", NOW - timedelta(minutes=10))
    lon, lat = tiny_town.lonlat(40, 311)
    content = f"member,time,lon,lat\nwest-leader,{(NOW - timedelta(seconds=11)).isoformat()},{lon},{lat}\n"
    answer = scene.client.post(
        "/api/patrol/me/files", files={"file": ("x.csv", content)}, headers=phone.headers
    )
    assert answer.json()["stored"] == 1
    kept = rows(
        (scene.databases, scene.client), "SELECT member_id FROM patrol.fixes WHERE member_id = :id", id=found
    )
    assert len(kept) == 1
    assert (
        rows(
            (scene.databases, scene.client),
            "SELECT 1 FROM patrol.fixes AS f JOIN teams.members AS m ON m.id = f.member_id WHERE m.code = 'west-leader'",
        )
        == []
    )


PLANS = {
    "more members than cells": (
        {"cells": ["990101001001001", "990101001001002"]},
        422,
        "somebody would have no ground",
    ),
    "more beats than cells": ({"area": WEST, "beats": 500}, 422, "more beats than cells"),
    "two parts": ({"cells": [*tiny_town.CELLS[0][:2], *tiny_town.CELLS[3][:2]], "beats": 2}, 201, "parts"),
    "another street's cells": ({"cells": tiny_town.CELLS[0][2:]}, 403, "patrol.edit"),
    "ten thousand": ({"cells": [f"none-{n}" for n in range(10_000)]}, 422, "none-0"),
    "too many": ({"cells": [f"none-{n}" for n in range(400_000)]}, 422, "cells"),
}


@pytest.mark.parametrize("what", PLANS)
def test_plans_that_make_no_sense_are_explained(scene: Scene, what: str) -> None:
    said, status, words = PLANS[what]
    answer = scene.post("west-street_supervisor", "/api/patrol/plans", {"team": "west", **said})
    assert answer.status_code == status, answer.text[:500]
    assert words in answer.text
    assert len(answer.content) < 2**23
    if status != 201:
        assert answer.json()["title_zh"]


def test_two_phones_of_one_member_at_once_both_arrive(scene: Scene) -> None:
    phones = [Phone(scene.client, scene.people["west-member"].headers, f"both-{k}") for k in range(4)]
    together = threading.Barrier(4)

    def send(phone: Phone) -> Any:
        together.wait()
        return phone.send([phone.fix(NOW - timedelta(seconds=s), 30, 311, 5, 0) for s in range(0, 300, 5)])

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(send, phones))
    assert [(one.status_code, one.json()["stored"]) for one in answers] == [(200, 60)] * 4


BOMBS = {
    "brackets": b"[" * 200_000,
    "lists": b"[" + b"[]," * 1_000_000 + b"[]]",
    "objects": b'{"fixes": [' + b"{}," * 1_000_000 + b"{}]}",
    "numbers": b"[" + b"0," * 2_000_000 + b"0]",
}
OPEN = (
    "/api/patrol/osmand",
    "/api/cases",
    "/api/patrol/me/duty",
    "/api/patrol/me/fixes",
    "/api/patrol/plans",
)


@pytest.mark.parametrize("path", OPEN)
def test_a_body_of_a_million_brackets_is_not_read(scene: Scene, path: str) -> None:
    """16 MiB of them took a gigabyte and ten seconds, signed in or not."""
    for bomb in BOMBS.values():
        answer = scene.client.post(path, content=bomb, headers={"Content-Type": "application/json"})
        assert answer.status_code == 413, answer.text[:200]
        assert "过大" in answer.json()["title_zh"]


@pytest.mark.parametrize("coding", [None, "gzip", "identity"])
def test_brackets_are_counted_whatever_coding_they_claim(scene: Scene, coding: str | None) -> None:
    headers = {"Content-Type": "application/json"} | ({"Content-Encoding": coding} if coding else {})
    tracemalloc.start()
    try:
        answer = scene.client.post("/api/cases", content=BOMBS["lists"], headers=headers)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert answer.status_code == 413
    assert peak < 8 * len(BOMBS["lists"])


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(BOMBS["lists"]),
        gzip.compress(bytes(2**30 // 8)),
        gzip.compress(gzip.compress(bytes(2**24))),
    ],
)
def test_a_packed_bomb_is_not_unpacked(scene: Scene, content: bytes) -> None:
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    answer = scene.client.post(
        "/api/patrol/me/fixes", content=content, headers=scene.people["west-mate"].headers | headers
    )
    assert answer.status_code in (413, 422)
    assert answer.json()["title_zh"]


HEAD = b"time,lon,lat\n"
GPX = b'<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1">'
FILES = {
    "empty-lines.csv": HEAD + b"\n" * 10_000_000,
    "empty-rows.csv": HEAD + b",,\n" * 3_000_000,
    "short-rows.csv": HEAD + b"x\n" * 3_000_000,
    "old-mac.csv": HEAD + b"x\r" * 3_000_000,
    "wide.csv": b"time,lon,lat" + b"," * 5_000_000 + b"\n1,2,3\n",
    "columns.csv": b"time,lon,lat" + b"," * 60_000 + b"\n1,2,3\n",
    "endless.csv": b"x" * 5_000_000,
    "null.csv": HEAD + b"\x00\x00\n",
    "laughs.gpx": b'<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]><gpx><name>&b;</name></gpx>',
    "entity.gpx": b'<?xml version="1.0"?><!DOCTYPE g [<!ENTITY a SYSTEM "file:///etc/passwd">]><gpx><name>&a;</name></gpx>',
    "deep.gpx": GPX + b"<a>" * 1_000_000 + b"</a>" * 1_000_000 + b"</gpx>",
    "cut.gpx": GPX + b'<trk><trkseg><trkpt lat="39.9" lon="116.4"><time>2026-11-23T00:00',
    "points.gpx": GPX + b"<trk><trkseg>" + b'<trkpt lat="1" lon="1"/>' * 300_000 + b"</trkseg></trk></gpx>",
    "vrt.gpx": b"<OGRVRTDataSource><OGRVRTLayer name='x'/></OGRVRTDataSource>",
    "archive.csv": b"PK\x03\x04" + bytes(1000),
    "of-nothing.csv": b"",
    "noise.gpx": bytes(range(256)) * 100,
}


@pytest.mark.parametrize("name", FILES)
def test_the_worst_files_are_refused_and_explained(scene: Scene, name: str) -> None:
    began = time.process_time()
    answer = scene.client.post(
        "/api/patrol/me/files",
        files={"file": (name, FILES[name])},
        headers=scene.people["west-member"].headers,
    )
    spent = time.process_time() - began
    if answer.status_code == 200:  # told row by row
        assert answer.json()["stored"] == 0
        assert answer.json()["findings"]
    else:
        assert answer.status_code == 422, answer.text[:300]
        assert answer.json()["title_zh"]
        assert answer.json()["remedy"]
    assert "/tmp" not in answer.text
    assert spent < 15


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_files_as_offices_write_them_are_taken(scene: Scene, encoding: str) -> None:
    lon, lat = tiny_town.lonlat(40, 311)
    shift = {"utf-8-sig": 301, "gb18030": 303, "utf-16": 307}[encoding]
    at = (NOW - timedelta(seconds=shift)).isoformat()
    content = f"时间,经度,纬度,备注\n{at},{lon},{lat},楼道口\n{at},116,not,坏行\n".encode(encoding)
    answer = scene.client.post(
        "/api/patrol/me/files",
        files={"file": ("轨迹.csv", content)},
        headers=scene.people["west-member"].headers,
    )
    assert answer.status_code == 200, answer.text
    assert (answer.json()["stored"], sum(answer.json()["rejected"].values())) == (1, 1)


ENDS = (
    "0001-01-01T00:00:00+14:00",
    "1900-01-01T00:00:00+08:00",
    "2200-01-01T00:00:00Z",
    "9999-12-31T23:59:59-14:00",
)
LONG = ("coverage", "coverage?by=hour", "coverage?by=week", "coverage?window=1m", "coverage/cells", "coverage/evidence",
        "me/track", "absences")  # fmt: skip


@pytest.mark.parametrize("path", LONG)
def test_the_longest_spans_cost_little_and_fail_clearly(scene: Scene, path: str) -> None:
    """Years by the hour, and the ends of the calendar, which were a failure of ours."""
    route, _, more = path.partition("?")
    asked = {"team": "west", "cell": "990101001001001"} | dict([more.split("=")] if more else [])
    spans = [(a, b) for a in ENDS for b in ENDS]
    spans.append((SPAN["from"].replace("2026", "2025"), SPAN["to"].replace("2026", "2027")))
    for start, end in spans:
        began = time.process_time()
        answer = scene.get("west-member", f"/api/patrol/{route}", **asked, **{"from": start, "to": end})
        assert answer.status_code in (200, 422), (start, end, answer.status_code, answer.text[:200])
        assert time.process_time() - began < 10
        assert answer.status_code == 200 or answer.json()["title_zh"]


def test_one_account_does_not_take_every_seat(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A patroller's twelve long requests at once kept everybody else out."""
    app = create_app(another(scene), Settings())
    go_on, inside = threading.Event(), threading.Semaphore(0)

    @app.get("/long")
    def long(_connection: Transaction, _me: Me) -> int:
        inside.release()
        return int(go_on.wait(60))

    headers = scene.people["west-member"].headers
    with TestClient(app) as client, ThreadPoolExecutor(deps.SEATS) as pool:
        try:
            asked = [pool.submit(client.get, "/long", headers=headers) for _ in range(deps.SEATS)]
            for _ in range(deps.OF_ONE):
                assert inside.acquire(timeout=30)
            monkeypatch.setattr(deps, "PATIENCE_S", 3.0)
            assert (
                client.get("/api/patrol/teams", headers=scene.people["east-leader"].headers).status_code
                == 200
            )
            assert client.get("/healthz").status_code == 200
        finally:
            go_on.set()
        assert {one.result().status_code for one in asked} <= {200, 503}


def told_in(scene: Scene, side: str) -> set[str]:
    """Return the tables that hold a member's place in any column, as degrees, metres or geometry."""
    lon, lat = tiny_town.lonlat(*HERE[side])
    x, y = (f"{one + HERE[side][k]:.0f}." for k, one in enumerate((tiny_town.WEST, tiny_town.SOUTH)))
    found = set()
    with scene.databases.owner.connect() as owner:
        owner.execute(text("SET row_security = off"))
        names = owner.execute(
            text("SELECT schemaname || '.' || tablename FROM pg_tables WHERE schemaname !~ '^(pg_|information)'"
                 " AND tableowner = current_user")
        ).scalars().all()  # fmt: skip
        for name in names:
            shown = "t::text" if "fixes" not in name else "t::text || st_astext(t.geom)"
            sql = f"SELECT EXISTS (SELECT FROM {name} AS t WHERE ({shown}) LIKE ANY (:marks))"
            marks = [f"%{lon:.5f}%", f"%{lat:.5f}%", f"%{x}%{y}%"]
            if owner.execute(text(sql), {"marks": marks}).scalar_one():
                found.add(name)
    return found


def test_a_position_is_kept_in_one_table_and_deleted_from_it(scene: Scene) -> None:
    """No answer kept for an Idempotency-Key, no line of the log, no tour holds what retention would have to delete."""
    phone = scene.phones["west"]
    for who in ("west-dispatcher", "west-leader"):
        asked(scene, who, "/api/patrol/dispatch?case={case}")
        asked(scene, who, "/api/patrol/teams/west/live")
    key = {"Idempotency-Key": "kept-answer"}
    phone.say("pause", datetime.now(UTC), **key)
    phone.say("resume", datetime.now(UTC))
    made = scene.post(
        "west-street_supervisor",
        "/api/patrol/tours/west-member/replan",
        {},
        **{"Idempotency-Key": "kept-tour"},
    )
    assert made.status_code == 201, made.text
    kept = told_in(scene, "west")
    assert kept
    assert all(name.startswith("patrol.fixes") for name in kept), kept
    phone.say("end", datetime.now(UTC))
    with transaction(scene.databases.service, "system") as connection:
        retention.delete_due(connection, 7, datetime.now(UTC) + timedelta(days=8))
    assert told_in(scene, "west") == set()
    assert scene.get("west-member", "/api/patrol/me/track", **SPAN).json()["fixes"] == []
    visits = rows(
        (scene.databases, scene.client),
        "SELECT v.id FROM patrol.visits AS v JOIN teams.members AS m ON m.id = v.member_id WHERE m.code = 'west-member'",
    )
    assert visits, "what they were reduced to stays"
    phone.say("start", datetime.now(UTC))
    moved(scene, "west", *HERE["west"])
    assert phone.agree(given=False, delete_fixes=True).json()["deleted_fixes"] >= 1
    assert told_in(scene, "west") == set()
    phone.agree()


def test_scripts_of_the_patrol_pages_write_text_never_markup() -> None:
    """A string given to a popup of the map is markup: names and codes go there as elements."""
    scripts = [*(APP / "phone/static").glob("*.js"), *(APP / "desk/patrol/static").glob("*.js")]
    assert len(scripts) > 20
    found = []
    for script in scripts:
        content = script.read_text(encoding="utf-8")
        found += [
            (script.name, hit)
            for hit in re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", content)
        ]
        found += [
            (script.name, hit) for hit in re.findall(r"bind(?:Tooltip|Popup)\((?:\(\) => )?`.*", content)
        ]
    assert [one for one in found if "code.slice(-3)" not in one[1]] == []


def test_pages_of_patrol_run_no_script_of_others(scene: Scene) -> None:
    page = scene.client.get("/phone/")
    policy = page.headers["content-security-policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "<script>" not in page.text
    worker = scene.client.get("/phone/sw.js")
    assert worker.headers["service-worker-allowed"] == "/phone/"
    files = json.loads(re.search(r"const FILES = (\[.*?\]);", worker.text)[1])  # type: ignore[index]
    assert all(path.startswith("/phone/") for path in files), (
        "what the API says is never in the worker's cache"
    )
