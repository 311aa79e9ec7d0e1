"""Recorders under a secret, files of one's own track, the live team for its leader, and what is deleted in time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.core.settings import Settings
from app.db.databases import Databases
from app.db.engine import transaction
from app.patrol.duty import service as duty
from app.patrol.recorders import service as recorders
from app.patrol.retention import service as retention
from tests import tiny_town
from tests.api.test_duty import NOW, TEAM, Phone, day, rows, shifts_of, stored, town, walk

__all__ = ["town", "walk"]
RULES = duty.Rules.of(Settings())


def made(phone: Phone, name: str = "OsmAnd") -> Any:
    return phone.post("/me/recorders", {"name": name}).json()


def sent(client: TestClient, secret: str, at: datetime, x: float = 50.0, **more: str) -> Any:
    lon, lat = tiny_town.lonlat(x, 350.0)
    asked = {"id": secret, "lat": str(lat), "lon": str(lon), "timestamp": str(int(at.timestamp())), **more}
    return client.get("/api/patrol/osmand", params=asked)


def test_a_recorder_sends_under_its_secret(town: tuple[Databases, TestClient], walk: Any) -> None:
    databases, client = town
    phone = walk()
    assert phone.post("/me/recorders", {"name": "x"}).json()["type"] == "urn:gridward:consent-missing"
    phone.agree()
    phone.say("start", NOW - timedelta(minutes=30))
    recorder = made(phone)
    assert recorder["secret"] in recorder["address"]
    for minute in range(1, 20):
        answer = sent(
            client, recorder["secret"], NOW - timedelta(minutes=minute), x=50 + minute, accuracy="6"
        )
        assert (answer.status_code, answer.json()["stored"]) == (200, 1)
    assert sent(client, recorder["secret"], NOW - timedelta(minutes=5)).json()["known"] == 1
    off = sent(client, recorder["secret"], NOW - timedelta(hours=5))
    assert (off.status_code, off.json()["refused"][0]["code"]) == (200, "off-shift")
    json_body = {
        "device_id": recorder["secret"],
        "location": {
            "timestamp": NOW.isoformat(),
            "coords": {"latitude": tiny_town.lonlat(50, 350)[1], "longitude": tiny_town.lonlat(50, 350)[0]},
        },
    }
    assert client.post("/api/patrol/osmand", json=json_body).json()["stored"] == 1
    assert stored(town, phone) == 20
    with transaction(databases.service, "system") as connection:
        assert recorders.catch_up(connection) >= 1
        assert recorders.catch_up(connection) == 0
    (listed,) = phone.get("/me/recorders").json()
    assert "secret" not in listed
    assert listed["seen_at"] is not None


def test_a_secret_that_is_nobodys_or_revoked_stores_nothing(
    town: tuple[Databases, TestClient], walk: Any
) -> None:
    _, client = town
    phone = walk()
    phone.agree()
    phone.say("start", NOW - timedelta(minutes=30))
    recorder = made(phone)
    for secret in ("", "guess", recorder["secret"][:-1], recorder["secret"] + "x"):
        assert sent(client, secret, NOW).status_code == 401
    other = walk("other")
    assert (
        other.client.delete(f"/api/patrol/me/recorders/{recorder['id']}", headers=other.headers).status_code
        == 404
    )
    for _ in range(2):
        gone = phone.client.delete(f"/api/patrol/me/recorders/{recorder['id']}", headers=phone.headers)
        assert gone.status_code == 204
    assert sent(client, recorder["secret"], NOW).status_code == 401
    assert stored(town, phone) == 0
    hashed = rows(town, "SELECT encode(secret_hash, 'escape') AS kept FROM patrol.recorders")
    assert not any(recorder["secret"] in row.kept for row in hashed)


def test_a_recorder_stops_with_the_consent(town: tuple[Databases, TestClient], walk: Any) -> None:
    _, client = town
    phone = walk()
    phone.agree()
    phone.say("start", NOW - timedelta(minutes=30))
    recorder = made(phone)
    phone.agree(given=False)
    refused = sent(client, recorder["secret"], NOW)
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:gridward:consent-missing")
    assert stored(town, phone) == 0


def test_a_recorder_that_floods_waits(town: tuple[Databases, TestClient], walk: Any) -> None:
    _, client = town
    statuses = [sent(client, "one-and-the-same", NOW).status_code for _ in range(40)]
    assert set(statuses) == {401, 429}


def test_the_secret_is_told_once(walk: Any) -> None:
    phone = walk()
    phone.agree()
    first = phone.post("/me/recorders", {"name": "x"}, **{"Idempotency-Key": "r-1"}).json()
    again = phone.post("/me/recorders", {"name": "x"}, **{"Idempotency-Key": "r-1"}).json()
    assert first["secret"].startswith("gwr_")
    assert (again["id"], again["secret"], again["address"]) == (first["id"], None, None)


def gpx(hours: float, count: int = 10) -> bytes:
    points = ""
    for n in range(count):
        lon, lat = tiny_town.lonlat(50 + n, 350)
        at = (day(hours) + timedelta(seconds=10 * n)).astimezone(UTC)
        points += f'<trkpt lat="{lat}" lon="{lon}"><time>{at:%Y-%m-%dT%H:%M:%SZ}</time></trkpt>'
    return f'<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><trk><trkseg>{points}</trkseg></trk></gpx>'.encode()


def test_files_of_ones_own_track(town: tuple[Databases, TestClient], walk: Any) -> None:
    phone = walk()

    def send(name: str, content: bytes) -> Any:
        return phone.client.post(
            "/api/patrol/me/files", files={"file": (name, content)}, headers=phone.headers
        )

    assert send("a.gpx", gpx(8)).status_code == 403
    phone.agree()
    phone.say("start", day(8))
    phone.say("end", day(9))
    assert send("a.gpx", gpx(8)).json()["stored"] == 10
    assert send("../../a.gpx", gpx(8)).json()["known"] == 10
    assert send("a.gpx", gpx(12)).json()["off_shift"] == 10
    lon, lat = tiny_town.lonlat(50, 350)
    local = day(8.5).astimezone(ZoneInfo(Settings().timezone))
    table = f"member,time,lon,lat,accuracy\nsomebody-else,{local:%Y-%m-%d %H:%M},{lon},{lat},5\n"
    answer = send("a.csv", table.encode()).json()
    assert (answer["stored"], answer["rows"]) == (1, 1)
    assert stored(town, phone) == 11
    for name, content in (
        ("a.vrt", gpx(8)),
        ("a.gpx", b"<OGRVRTDataSource/>"),
        ("a.csv", b""),
        ("a.gpx", b"\xff" * 99),
    ):
        assert send(name, content).status_code == 422, name


def test_where_the_team_is_is_for_its_leader_and_logged(
    town: tuple[Databases, TestClient], walk: Any
) -> None:
    leader, member, resting = walk("lead", leader=True), walk("a"), walk("b")
    for phone in (member, resting):
        phone.agree()
        phone.say("start", NOW - timedelta(minutes=10))
        phone.send([phone.fix(NOW - timedelta(minutes=2), 150.0)])
    resting.say("pause", NOW - timedelta(minutes=1))
    for phone in (member, resting):
        assert phone.get(f"/teams/{TEAM}/live").status_code == 403
    assert leader.get("/teams/none/live").status_code == 404
    answer = leader.get(f"/teams/{TEAM}/live").json()
    told = {one["member"]: one for one in answer["members"]}
    assert [one["member"] for one in answer["members"]] == sorted(told)
    seen, hidden = told[member.get("/me").json()["member"]], told[resting.get("/me").json()["member"]]
    assert seen["lon"] == pytest.approx(tiny_town.lonlat(150, 350)[0], abs=1e-6)
    assert (hidden["on_shift"], hidden["paused"], hidden["lon"]) == (True, True, None)
    assert told[leader.get("/me").json()["member"]]["lon"] is None
    member.say("end", NOW)
    after = {one["member"]: one for one in leader.get(f"/teams/{TEAM}/live").json()["members"]}
    assert after[seen["member"]]["lon"] is None
    looks = rows(
        town,
        "SELECT * FROM auth.audit WHERE action = 'look' AND subject = 'patrol.fixes' AND subject_id = :t",
        t=TEAM,
    )
    assert len(looks) == 2
    assert looks[0].fields == ["at", "geom"]


def test_nobody_reads_anothers_track(walk: Any) -> None:
    one, other = walk("a", leader=True), walk("b")
    other.agree()
    other.say("start", day(8))
    other.send([other.fix(day(8.1))])
    span = {"from": day(0).isoformat(), "to": day(24).isoformat()}
    assert len(other.get("/me/track", **span).json()["fixes"]) == 1
    assert one.get("/me/track", **span).json()["fixes"] == []


def test_a_shift_that_nobody_ends_is_closed_and_may_go_on(
    town: tuple[Databases, TestClient], walk: Any
) -> None:
    databases, _ = town
    phone = walk()
    phone.agree()
    phone.say("start", day(8))
    phone.send([phone.fix(day(8) + timedelta(minutes=m)) for m in range(0, 60, 10)])
    with transaction(databases.service, "system") as connection:
        duty.close_forgotten(connection, RULES, day(21.9))
        assert shifts_of(town, phone)[0].open
        duty.close_forgotten(connection, RULES, day(22.1))
    (shift,) = shifts_of(town, phone)
    assert (shift.open, shift.lapsed, shift.until) == (False, True, day(8) + timedelta(minutes=50))
    assert phone.send([phone.fix(day(10))]).json()["stored"] == 1  # it was only offline
    assert shifts_of(town, phone)[0].until == day(10)
    assert phone.say("end", day(15)).json()["outcome"] == "done"
    (shift,) = shifts_of(town, phone)
    assert (shift.lapsed, shift.until) == (False, day(15))


def test_raw_fixes_go_in_time_and_visits_stay(town: tuple[Databases, TestClient], walk: Any) -> None:
    databases, _ = town
    phone = walk()
    phone.agree()
    phone.say("start", day(8))
    phone.send([phone.fix(day(8) + timedelta(seconds=s), 50 + s / 10) for s in range(0, 600, 5)])

    def visits() -> int:
        code = phone.get("/me").json()["member"]
        sql = "SELECT count(*) FROM patrol.visits AS v JOIN teams.members AS m ON m.id = v.member_id WHERE m.code = :code"
        return int(rows(town, sql, code=code)[0][0])

    def tidied(days: int, after: timedelta) -> retention.Deleted:
        with transaction(databases.service, "system") as connection:
            return retention.delete_due(connection, days, datetime.now(UTC) + after)

    before = visits()
    assert before > 0
    tidied(0, timedelta(hours=3))
    assert stored(town, phone) == 120, "a shift that goes on keeps its fixes"
    phone.say("end", day(9))
    tidied(7, timedelta(days=5))
    assert stored(town, phone) == 120
    done = tidied(7, timedelta(days=8))
    assert done.shifts >= 1
    assert (stored(town, phone), visits()) == (0, before)
    late = phone.send([phone.fix(day(8.9))]).json()
    assert late["refused"][0]["code"] == "settled"
    assert phone.say("end", day(8.8)).json()["outcome"] == "done"
    assert visits() == before, "what was measured stands"
    kept = rows(town, "SELECT fixes_deleted_at FROM patrol.reductions WHERE fixes_deleted_at IS NOT NULL")
    assert kept


def test_fixes_of_no_shift_go_too(town: tuple[Databases, TestClient], walk: Any) -> None:
    databases, _ = town
    phone = walk()
    phone.agree()
    phone.say("start", day(8))
    phone.send([phone.fix(day(8.1))])
    code = phone.get("/me").json()["member"]
    with transaction(databases.service, "system") as connection:
        member = "(SELECT id FROM teams.members WHERE code = :code)"
        connection.execute(text(f"DELETE FROM teams.actions WHERE member_id = {member}"), {"code": code})
        connection.execute(text(f"DELETE FROM teams.shifts WHERE member_id = {member}"), {"code": code})
        assert retention.delete_due(connection, 7, datetime.now(UTC) + timedelta(days=12)).stray >= 1
    assert stored(town, phone) == 0
