"""`/api/patrol/me` as a phone asks it: notice, consent, shift, fixes; and what it says to what makes no sense."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from app.core.settings import Settings
from app.db.databases import Databases
from app.db.engine import transaction
from app.main import create_app
from app.teams import service as teams
from app.teams.duty import service as team_duty
from app.teams.roster import Member, Shift
from tests import tiny_town
from tests.accounts import Acting, account
from tests.conftest import drop_database, make_database

TEAM = "T"
PHONE = "phone-1"
NOW = datetime.now(UTC).replace(microsecond=0)


class Phone:
    """A member's phone, with a clock that may be off."""

    def __init__(self, client: TestClient, who: Acting, device: str = PHONE, off_s: float = 0.0) -> None:
        self.client, self.headers, self.device, self.off = (
            client,
            who.headers,
            device,
            timedelta(seconds=off_s),
        )

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
        return Phone(client, who, **how)

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
