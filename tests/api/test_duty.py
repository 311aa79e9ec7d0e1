"""`/api/patrol/me` as a phone asks it: notice, consent, shift, fixes; and what it says to what makes no sense."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.core.settings import Settings
from app.db.databases import Databases
from app.db.engine import transaction
from app.main import create_app
from app.teams import service as teams
from app.teams.duty import service as team_duty
from app.teams.roster import Member, Shift
from tests import tiny_town
from tests.accounts import account
from tests.conftest import drop_database, make_database

TEAM = "T"
PHONE = "phone-1"
NOW = datetime.now(UTC).replace(microsecond=0)


class Phone:
    """A member's phone, with a clock that may be off."""

    def __init__(
        self, client: TestClient, headers: dict[str, str], device: str = PHONE, off_s: float = 0.0
    ) -> None:
        self.client, self.headers = client, headers
        self.device, self.off = device, timedelta(seconds=off_s)

    def get(self, path: str, **params: str) -> Any:
        return self.client.get(f"/api/patrol{path}", params=params, headers=self.headers)

    def post(self, path: str, said: Any, **headers: str) -> Any:
        return self.client.post(f"/api/patrol{path}", json=said, headers=self.headers | headers)

    def agree(self, *, given: bool = True, **more: Any) -> Any:
        version = self.get("/notice").json()["version"]
        return self.post("/me/consents", {"version": version, "given": given, **more})

    def say(self, action: str, at: datetime, **headers: str) -> Any:
        sent = {"action": action, "at": (at + self.off).isoformat(), "device": self.device}
        return self.post("/me/duty", sent | {"sent_at": self.clock()}, **headers)

    def clock(self) -> str:
        return (datetime.now(UTC) + self.off).isoformat()

    def fix(self, at: datetime, x: float = 50.0, y: float = 350.0, *more: Any) -> list[Any]:
        lon, lat = tiny_town.lonlat(x, y)
        return [(at + self.off).timestamp() * 1000, lon, lat, *(more or (8, 0))]

    def send(self, fixes: list[Any]) -> Any:
        return self.post("/me/fixes", {"device": self.device, "sent_at": self.clock(), "fixes": fixes})


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[tuple[Databases, TestClient]]:
    databases, name = make_database(admin_url)
    with transaction(databases.owner) as connection:
        tiny_town.load(connection)
    with transaction(databases.service, "system") as connection:
        teams.form_team(connection, TEAM, "示意队", area_code=tiny_town.DISTRICT, synthetic=True)
    with TestClient(create_app(databases.service, Settings())) as client:
        yield databases, client
    drop_database(admin_url, databases, name)


@pytest.fixture
def walk(town: tuple[Databases, TestClient], request: pytest.FixtureRequest) -> Any:
    """Makes a member of their own for the test: their phone."""
    databases, client = town

    def made(code: str = "", *, leader: bool = False, shifts: Any = (), **how: Any) -> Phone:
        code = f"{request.node.name[-60:]}{code}"
        with transaction(databases.service, "system") as connection:
            planned = [Shift(member=code, start=start, end=end) for start, end in shifts]
            teams.form_team(
                connection, TEAM, "示意队", [Member(code=code, name="甲")], shifts=planned,
                area_code=tiny_town.DISTRICT, synthetic=True,
            )  # fmt: skip
            who = account(connection, "patroller", area=tiny_town.DISTRICT)
            teams.give_account(connection, code, who.id)
            team_duty.lead(connection, code, leader=leader)
        return Phone(client, who.headers, **how)

    return made


def test_a_shift_from_the_notice_to_the_track(walk: Any) -> None:
    phone = walk()
    before = phone.get("/me").json()
    assert (before["notice"]["consent"], before["shift"], before["retention_days"]) == ("none", None, 7)
    notice = phone.get("/notice").json()
    assert "7 天" in notice["zh"]
    assert "7 days" in notice["en"]
    assert phone.agree().status_code == 201
    started = phone.say("start", NOW - timedelta(minutes=10)).json()
    assert (started["outcome"], started["clock_offset_s"], started["shift"]["end"]) == ("done", 0, None)
    walked = [phone.fix(NOW - timedelta(seconds=s)) for s in range(300, 0, -5)]
    assert phone.send(walked).json() == {
        "stored": 60, "known": 0, "off_shift": 0, "refused": [], "unused": {}, "clock_offset_s": 0,
    }  # fmt: skip
    assert phone.send(walked).json()["known"] == 60
    track = phone.get(
        "/me/track",
        **{"from": (NOW - timedelta(hours=1)).isoformat(), "to": (NOW + timedelta(hours=1)).isoformat()},
    ).json()
    assert len(track["fixes"]) == 60
    ended = phone.say("end", NOW).json()
    assert ended["shift"] is None
    assert phone.get("/me").json()["shift"] is None


def day(hour: float) -> datetime:
    """A moment of yesterday, in the city's time."""
    midnight = (NOW + timedelta(hours=8)).replace(hour=0, minute=0, second=0) - timedelta(hours=32)
    return midnight + timedelta(hours=hour)


def rows(town: tuple[Databases, TestClient], sql: str, **values: Any) -> list[Any]:
    with transaction(town[0].service, "system") as connection:
        return list(connection.execute(text(sql), values))


def stored(town: tuple[Databases, TestClient], phone: Phone) -> int:
    code = phone.get("/me").json()["member"]
    sql = "SELECT count(*) FROM patrol.fixes AS f JOIN teams.members AS m ON m.id = f.member_id WHERE m.code = :code"
    return int(rows(town, sql, code=code)[0][0])


def shifts_of(town: tuple[Databases, TestClient], phone: Phone) -> list[Any]:
    code = phone.get("/me").json()["member"]
    return rows(
        town,
        "SELECT s.open, s.by_phone, s.lapsed, lower(s.period) AS start, upper(s.period) AS until, lower(s.rostered) AS planned,"
        " (SELECT count(*) FROM teams.pauses AS p WHERE p.shift_id = s.id) AS pauses FROM teams.shifts AS s"
        " JOIN teams.members AS m ON m.id = s.member_id WHERE m.code = :code ORDER BY lower(s.period)",
        code=code,
    )


WHOLE_DAY = [("start", 8), ("pause", 9), ("resume", 9.5), ("end", 16)]


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (1, 3, 0, 2), (2, 0, 3, 1)])
def test_a_day_said_offline_is_the_same_in_any_order(
    town: tuple[Databases, TestClient], walk: Any, order: tuple[int, ...]
) -> None:
    phone = walk(shifts=[(day(8.5), day(16))])
    phone.agree()
    for number in order:
        action, hour = WHOLE_DAY[number]
        assert phone.say(action, day(hour)).status_code == 200
        assert phone.say(action, day(hour)).json()["outcome"] == "known"
    (shift,) = shifts_of(town, phone)
    assert (shift.start, shift.until, shift.planned, shift.pauses) == (day(8), day(16), day(8.5), 1)
    assert (shift.open, shift.by_phone, shift.lapsed) == (False, True, False)
    sent = [phone.fix(day(hour)) for hour in (7.9, 8.1, 9.2, 9.6, 16.1)]
    answer = phone.send(sent).json()
    assert (answer["stored"], answer["off_shift"]) == (2, 3)
    assert [(one["index"], one["code"]) for one in answer["refused"]] == [
        (0, "off-shift"), (2, "paused"), (4, "off-shift"),
    ]  # fmt: skip


def test_the_same_key_with_a_later_time_of_sending_is_the_same(walk: Any) -> None:
    phone = walk()
    phone.agree()
    first = phone.say("start", NOW, **{"Idempotency-Key": "k-start"})
    again = phone.say("start", NOW, **{"Idempotency-Key": "k-start"})
    assert first.json() == again.json()
    assert again.headers["Idempotent-Replay"] == "true"
    assert phone.say("end", NOW, **{"Idempotency-Key": "k-start"}).status_code == 409


def test_fixes_that_turn_out_to_be_off_duty_are_deleted(
    town: tuple[Databases, TestClient], walk: Any
) -> None:
    phone = walk()
    phone.agree()
    phone.say("start", day(8))
    assert (
        phone.send([phone.fix(day(8) + timedelta(minutes=m)) for m in range(0, 60, 5)]).json()["stored"] == 12
    )
    assert phone.say("pause", day(8.25)).json()["deleted_fixes"] == 9
    assert phone.say("resume", day(8.5)).json()["outcome"] == "done"
    assert phone.send([phone.fix(day(8.6))]).json()["stored"] == 1
    assert phone.say("end", day(8.1)).json()["deleted_fixes"] == 2  # 8:10 and 8:36
    assert stored(town, phone) == 2


def test_without_consent_nothing_is_stored(town: tuple[Databases, TestClient], walk: Any) -> None:
    phone = walk()
    phone.say("start", day(8))
    refused = phone.send([phone.fix(day(8.1))])
    assert (refused.status_code, refused.json()["type"]) == (403, "urn:gridward:consent-missing")
    assert "同意" in refused.json()["title_zh"]
    assert phone.post("/me/consents", {"version": "another", "given": True}).status_code == 409
    assert stored(town, phone) == 0


def test_withdrawing_stops_the_intake_and_may_delete(town: tuple[Databases, TestClient], walk: Any) -> None:
    phone = walk()
    phone.agree()
    phone.say("start", NOW - timedelta(minutes=30))
    assert phone.send([phone.fix(NOW - timedelta(minutes=m)) for m in range(1, 20)]).json()["stored"] == 19
    withdrawn = phone.agree(given=False).json()
    assert (withdrawn["notice"]["consent"], withdrawn["kept_fixes"], withdrawn["deleted_fixes"]) == (
        "withdrawn",
        19,
        0,
    )
    assert phone.send([phone.fix(NOW)]).status_code == 403
    assert phone.agree(given=False, delete_fixes=True).json()["deleted_fixes"] == 19
    assert stored(town, phone) == 0
    meanwhile = datetime.now(UTC)
    phone.agree()
    answer = phone.send([phone.fix(meanwhile), phone.fix(datetime.now(UTC))]).json()
    assert ([one["code"] for one in answer["refused"]], answer["stored"]) == (["withdrawn"], 1)


def test_what_one_objects_to_is_deleted_and_not_taken_again(
    town: tuple[Databases, TestClient], walk: Any
) -> None:
    phone = walk()
    phone.agree()
    phone.say("start", day(8))
    phone.say("end", day(10))
    walked = [phone.fix(day(8) + timedelta(seconds=s)) for s in range(0, 3600, 10)]
    assert phone.send(walked).json()["stored"] == 360
    stretch = {"from": day(8.5).isoformat(), "to": day(8.75).isoformat()}
    assert phone.post("/me/objections", stretch).json() == {"deleted_fixes": 90}
    assert phone.send(walked).json()["refused"][0]["code"] == "objected"
    assert stored(town, phone) == 270
    code = phone.get("/me").json()["member"]
    gap = rows(
        town,
        "SELECT 1 FROM patrol.gaps AS g JOIN teams.members AS m ON m.id = g.member_id WHERE m.code = :code"
        " AND g.period @> CAST(:at AS timestamptz)",
        code=code, at=day(8.6),
    )  # fmt: skip
    assert gap, "what is deleted is unknown, not missed"
    for bad in (
        {"from": stretch["to"], "to": stretch["from"]},
        {**stretch, "to": "2100-01-01T00:00:00+08:00"},
    ):
        assert phone.post("/me/objections", bad).status_code == 422


def test_a_phone_an_hour_wrong_is_corrected_and_told(town: tuple[Databases, TestClient], walk: Any) -> None:
    phone = walk(off_s=-3600)
    phone.agree()
    started = phone.say("start", NOW - timedelta(minutes=20)).json()
    assert started["clock_offset_s"] == pytest.approx(3600, abs=5)
    assert "60 分钟" in started["message_zh"]
    walked = [phone.fix(NOW - timedelta(minutes=m)) for m in range(1, 10)]
    answer = phone.send(walked).json()
    assert (answer["stored"], answer["clock_offset_s"]) == (9, started["clock_offset_s"])
    assert phone.send(walked).json()["known"] == 9
    (shift,) = shifts_of(town, phone)
    assert abs(shift.start - (NOW - timedelta(minutes=20))) < timedelta(seconds=10)
    assert phone.get("/me").json()["devices"][0]["clock_offset_s"] == answer["clock_offset_s"]


def test_a_clock_that_was_set_back_loses_nothing(town: tuple[Databases, TestClient], walk: Any) -> None:
    phone = walk()
    phone.agree()
    done = phone.say("start", NOW + timedelta(hours=1)).json()
    assert (done["outcome"], done["shift"]["open"]) == ("done", True)
    assert "调回" in done["message_zh"]
    assert abs(shifts_of(town, phone)[0].start - datetime.now(UTC)) < timedelta(seconds=30)
    too_old = phone.say("end", NOW - timedelta(days=40))
    assert (too_old.status_code, too_old.json()["remedy_zh"]) == (422, "请联系主管更正排班。")


def test_a_made_up_position_is_kept_and_flagged(walk: Any) -> None:
    phone = walk()
    phone.agree()
    phone.say("start", NOW - timedelta(minutes=20))
    answer = phone.send([phone.fix(NOW - timedelta(minutes=2), 50, 350, 5, 1)]).json()
    assert (answer["stored"], answer["unused"]) == (1, {"mock": 1})
    span = {"from": day(0).isoformat(), "to": (NOW + timedelta(hours=1)).isoformat()}
    (fix,) = phone.get("/me/track", **span).json()["fixes"]
    assert (fix["mock"], fix["source"]) == (True, "phone")


def test_a_jump_of_five_kilometres_is_not_used(walk: Any) -> None:
    phone = walk()
    phone.agree()
    phone.say("start", day(8))
    walked = [phone.fix(day(8) + timedelta(seconds=s), 50 + s / 10) for s in range(0, 300, 5)]
    jumped = phone.fix(day(8) + timedelta(seconds=152), 5050)
    answer = phone.send([*walked, jumped]).json()
    assert (answer["stored"], answer["unused"]) == (61, {"jump": 1})


def test_100_000_fixes_are_refused_with_the_limit(town: tuple[Databases, TestClient], walk: Any) -> None:
    phone = walk()
    phone.agree()
    phone.say("start", day(8))
    refused = phone.send([phone.fix(day(8))] * 100_000)
    assert refused.status_code == 422
    assert "10,000" in refused.json()["detail"]
    assert "10 requests" in refused.json()["remedy"]
    assert stored(town, phone) == 0


def test_a_batch_cut_off_half_way_is_refused_whole(town: tuple[Databases, TestClient], walk: Any) -> None:
    phone = walk()
    phone.agree()
    phone.say("start", day(8))
    said = {
        "device": PHONE,
        "sent_at": phone.clock(),
        "fixes": [phone.fix(day(8) + timedelta(seconds=s)) for s in range(99)],
    }
    plain = json.dumps(said).encode()
    packed = gzip.compress(plain)

    def post(content: bytes, **headers: str) -> Any:
        return town[1].post(
            "/api/patrol/me/fixes",
            content=content,
            headers=phone.headers | {"Content-Type": "application/json"} | headers,
        )

    for content, coding in (
        (plain[: len(plain) // 2], "identity"),
        (packed[: len(packed) // 2], "gzip"),
        (plain, "gzip"),
    ):
        cut = post(content, **{"Content-Encoding": coding})
        assert cut.status_code == 422, cut.text
        assert "too early" in cut.json()["title"]
    assert post(plain, **{"Content-Encoding": "br"}).status_code == 415
    assert post(gzip.compress(bytes(50 * 2**20)), **{"Content-Encoding": "gzip"}).status_code == 413
    assert stored(town, phone) == 0
    assert post(packed, **{"Content-Encoding": "gzip"}).json()["stored"] == 99
    for nonsense in (
        b"",
        b"null",
        b"[]",
        b'{"device": "x"}',
        b"[" * 100_000,
        b'{"device":"","sent_at":1,"fixes":[]}',
        b"\xff",
    ):
        assert post(nonsense).status_code == 422, nonsense[:20]


def test_a_member_on_two_phones_keeps_both(town: tuple[Databases, TestClient], walk: Any) -> None:
    one = walk()
    other = Phone(one.client, one.headers, "phone-2")
    one.agree()
    one.say("start", NOW - timedelta(minutes=9))
    assert other.say("start", NOW - timedelta(minutes=8)).json()["outcome"] == "nothing"
    moments = [NOW - timedelta(seconds=s) for s in range(0, 300, 5)]
    assert one.send([one.fix(at) for at in moments]).json()["stored"] == 60
    both = other.send([other.fix(at) for at in moments]).json()
    assert (both["stored"], both["unused"]) == (60, {"second-device": 60})
    told = one.get("/me").json()
    assert {device["device"] for device in told["devices"]} == {PHONE, "phone-2"}
    assert told["shift"]["device"] == PHONE
    assert stored(town, one) == 120
