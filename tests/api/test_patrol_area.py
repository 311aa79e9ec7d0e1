"""A member's own area, doors, presences, evidence and levels over tiny town, on a shift that goes on now."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import text

from app.areas import service as areas
from app.categories import service as categories
from app.core.settings import GEODATA, Settings
from app.db.databases import Databases
from app.db.engine import transaction
from app.main import create_app
from app.patrol.intake import service as intake
from app.patrol.presences import service as presences
from app.patrol.reduction import service as reduction
from app.patrol.rosters import BadRoster, read_levels
from app.patrol.rules import ON_FOOT
from app.teams import service as teams
from app.teams.duty import service as duty
from app.teams.levels import service as levels
from app.teams.levels.levels import Level
from app.teams.roster import Beat, Member, Shift
from tests import tiny_town
from tests.accounts import Acting, account
from tests.conftest import drop_database, make_database

TEAM, WALKER, MATE, LEADER = "TT", "TT-01", "TT-02", "TT-09"
NOW = datetime.now(UTC).replace(microsecond=0)
BEGAN = NOW - timedelta(hours=1)  # the tracked ten minutes of geodata/tiny_town/fixes.csv begin here
ENDS = NOW + timedelta(hours=1)
BEAT = [code for row in tiny_town.CELLS for code in row[:2]]  # the western half
SPAN = {"team": TEAM, "from": BEGAN.isoformat(), "to": ENDS.isoformat()}
CODES = sorted(code for row in tiny_town.CELLS for code in row)


@pytest.fixture(scope="module")
def databases(admin_url: str) -> Iterator[Databases]:
    databases, name = make_database(admin_url)
    yield databases
    drop_database(admin_url, databases, name)


@pytest.fixture(scope="module")
def served(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[TestClient, dict[str, Acting]]]:
    with transaction(databases.owner) as connection:
        tiny_town.load(connection)
    folder: Path = tmp_path_factory.mktemp("area")
    fixes = pd.read_csv(GEODATA / "tiny_town" / "fixes.csv")
    times = pd.to_datetime(fixes["time"])
    fixes["time"] = [(BEGAN + (at - times[0])).isoformat() for at in times]
    fixes.to_csv(folder / "fixes.csv", index=False)
    (folder / "doors.csv").write_text(
        "code,name,lon,lat\n"
        + "".join(f"D-{k},{k}号楼（示意）,{lon},{lat}\n" for k, (lon, lat) in enumerate([tiny_town.lonlat(50, 150), tiny_town.lonlat(50, 250)]))
        + "D-0,again,116,39\n,none,116,39\nD-9,far,0,0\nD-8,what,east,39\n",
        encoding="utf-8",
    )  # fmt: skip
    with transaction(databases.service, "system") as connection:
        categories.load_defaults(connection)
        ground = areas.ground(connection, areas.edition_at(connection).id)
        ids = dict(zip(ground.codes.tolist(), ground.ids.tolist(), strict=True))
        members = [Member(code=code) for code in (WALKER, MATE, LEADER)]
        shifts = [Shift(member=code, start=BEGAN, end=ENDS) for code in (WALKER, MATE)]
        beats = [Beat(member=WALKER, cells=[ids[code] for code in BEAT], name="西片")]
        teams.form_team(
            connection, TEAM, "示意队", members, beats, shifts, area_code=tiny_town.DISTRICT, synthetic=True
        )
        levels.put(
            connection, TEAM, areas.edition_at(connection).id, [Level(1, "严格管控", 2), Level(2, "一般", 1)],
            {ids[BEAT[0]]: 1, ids[BEAT[1]]: 2, ids[BEAT[6]]: 2},
        )  # fmt: skip
        intake.load_fixes(connection, folder / "fixes.csv")
        loaded = presences.load_doors(connection, folder / "doors.csv", synthetic=True)
        assert (loaded.rows, loaded.changed) == (6, 3)
        assert [f.code for f in loaded.findings] == ["twice", "no-code", "no-place", "outside"]
        people = {
            "walker": account(connection, "patroller", area=tiny_town.DISTRICT),
            "mate": account(connection, "patroller", area=tiny_town.DISTRICT),
            "leader": account(connection, "patroller", area=tiny_town.DISTRICT),
            "supervisor": account(connection, "district_supervisor", area=tiny_town.DISTRICT),
            "nobody": account(connection, "planner", area=tiny_town.DISTRICT),
        }
        for code, who in ((WALKER, "walker"), (MATE, "mate"), (LEADER, "leader")):
            teams.give_account(connection, code, people[who].id)
        duty.lead(connection, LEADER)
        connection.execute(
            text(
                "INSERT INTO gazetteer.places (kind, code, name, community, geom)"
                " SELECT kind, kind, name, '990101001001', ST_SetSRID(ST_MakePoint(450050 + dx, 4420350),"
                " (SELECT metric_srid FROM db.deployment))"
                " FROM (VALUES ('shop', '示意小店', 0), ('building', '东边的楼', 250), ('unit', '一单元', 0)) AS v (kind, name, dx)"
            )
        )
    with TestClient(create_app(databases.service, Settings())) as client:
        yield client, people


def ask(served: tuple[TestClient, dict[str, Acting]], who: str, path: str, **params: Any) -> Any:
    client, people = served
    return client.get(f"/api/patrol/{path}", params=params, headers=people[who].headers)


def gathered(databases: Databases) -> int:
    with transaction(databases.service, "system") as connection:
        return presences.gather(connection)


def report(served: tuple[TestClient, dict[str, Acting]], who: str, x: float, y: float, **more: Any) -> str:
    client, people = served
    lon, lat = tiny_town.lonlat(x, y)
    said = {"category": "event:0102", "lon": lon, "lat": lat, "description": "示意", **more}
    answer = client.post("/api/cases", json=said, headers=people[who].headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["number"])


def test_my_area(served: tuple[TestClient, dict[str, Acting]]) -> None:
    number = report(served, "supervisor", 150, 50)
    body = ask(served, "walker", "me/area").json()
    assert (body["team"], body["member"], body["synthetic"], body["whole_area"]) == (
        TEAM,
        WALKER,
        True,
        False,
    )
    cells = {cell["code"]: cell for cell in body["beat"]}
    assert set(cells) == set(BEAT)
    states = [cell["state"] for cell in body["beat"]]
    assert states == sorted(states, key=["missed", "unknown", "patrolled"].index)
    assert {code for code, cell in cells.items() if cell["state"] == "patrolled"} == set(BEAT[:2])
    first = cells[BEAT[0]]
    assert (first["visits"], first["owed"], first["level"]) == (1, 2, 1)
    assert first["hours"] == pytest.approx((NOW - BEGAN).total_seconds() / 3600, abs=0.1)
    assert (cells[BEAT[3]]["owed"], cells[BEAT[3]]["level"], cells[BEAT[3]]["hours"]) == (1, None, None)
    outline = shapely.from_geojson(str(body["outline"]).replace("'", '"').replace("(", "[").replace(")", "]"))
    assert outline.geom_type == "Polygon"
    assert [f["id"] for f in body["cells"]["features"]] == [CODES.index(code) + 1 for code in sorted(BEAT)]
    assert [(place["name"], place["kind"]) for place in body["names"]] == [("示意小店", "shop")]
    assert body["cases"] == [number]
    assert datetime.fromisoformat(body["since"]) == BEGAN
    assert body["shift"]["id"] > 0


def test_my_area_is_small_and_nobody_elses(served: tuple[TestClient, dict[str, Acting]]) -> None:
    answer = ask(served, "mate", "me/area")  # has no beat: all that the team owes
    assert (answer.json()["whole_area"], len(answer.json()["beat"])) == (True, 8)
    assert answer.headers["content-encoding"] == "gzip"
    assert len(answer.content) < 8 * 900
    assert ask(served, "nobody", "me/area").status_code == 404
    assert ask(served, "leader", "me/area").json()["shift"] is None


def test_a_door_credits_its_cell_once(served: tuple[TestClient, dict[str, Acting]]) -> None:
    client, people = served
    at = NOW - timedelta(minutes=20)
    cell = tiny_town.CELLS[2][0]  # (50, 150): missed by the walker's track

    def scan(who: str, code: str, when: datetime, key: str) -> Any:
        headers = people[who].headers | {"Idempotency-Key": key}
        return client.post(
            "/api/patrol/me/doors", json={"code": code, "at": when.isoformat()}, headers=headers
        )

    def state() -> str:
        return str(ask(served, "walker", "coverage/evidence", cell=cell, **SPAN).json()["state"])

    before = state()
    made = scan("mate", "D-0", at, "a")
    assert (made.status_code, made.json()["cell"], made.json()["known"]) == (201, cell, False)
    assert scan("mate", "D-0", at, "a").json() == made.json()
    assert scan("mate", "D-0", at, "b").json()["known"]
    # the mate has no fixes: the cell is unknown for that, and patrolled by the door
    assert (before, state()) == ("unknown", "patrolled") or before == "missed"
    assert scan("mate", "none", at, "c").status_code == 404
    assert scan("mate", "D-9", at, "d").status_code == 409
    assert scan("leader", "D-0", at, "e").status_code == 409  # not on shift
    assert scan("mate", "D-0", BEGAN - timedelta(minutes=1), "f").status_code == 409
    assert scan("mate", "D-0", NOW + timedelta(minutes=30), "g").status_code == 422
    assert scan("nobody", "D-0", at, "h").status_code == 404


def test_a_door_is_read_at_the_time_of_the_server_not_of_the_phone(
    served: tuple[TestClient, dict[str, Acting]],
) -> None:
    client, people = served
    read = datetime.now(UTC) - timedelta(minutes=15)
    fast = timedelta(hours=2)

    def scan(sent_again_s: int, **changed: Any) -> Any:
        sent = datetime.now(UTC) + fast + timedelta(seconds=sent_again_s)
        said = {
            "code": "D-0",
            "at": (read + fast).isoformat(),
            "sent_at": sent.isoformat(),
            "device": "fast-1",
        }
        return client.post("/api/patrol/me/doors", json=said | changed, headers=people["mate"].headers)

    made = scan(0)
    assert (made.status_code, made.json()["known"]) == (201, False)
    kept = datetime.fromisoformat(made.json()["at"])
    assert abs(kept - read) < timedelta(seconds=10)
    again = scan(3)  # a way through the network of another length: the same moment, once
    assert (again.json()["at"], again.json()["known"]) == (made.json()["at"], True)
    assert scan(0, device=None).status_code == 422
    assert (
        scan(0, sent_at=None, device=None).status_code == 422
    )  # two hours ahead, and nothing to correct it by


def test_evidence_tells_whose_to_those_concerned_alone(served: tuple[TestClient, dict[str, Acting]]) -> None:
    cell = tiny_town.CELLS[0][1]
    told = {who: ask(served, who, "coverage/evidence", cell=cell, **SPAN).json() for who in ("walker", "mate", "leader", "supervisor")}  # fmt: skip
    for body in told.values():
        (visit,) = body["visits"]
        assert (body["state"], visit["counts"]) == ("patrolled", True)
        assert visit["seconds"] == pytest.approx(100, abs=3)
    assert [told[who]["visits"][0]["member"] for who in told] == [WALKER, None, WALKER, None]
    assert [bool(told[who]["visits"][0]["positions"]) for who in told] == [True, False, False, False]
    fix = told["walker"]["visits"][0]["positions"][0]
    assert fix["lon"] == pytest.approx(tiny_town.lonlat(100, 350)[0], abs=2e-4)
    assert ask(served, "walker", "coverage/evidence", cell="none", **SPAN).status_code == 404


@pytest.fixture
def going_on(databases: Databases) -> Iterator[None]:
    """The shifts as a phone begins them: nobody knows yet when they end."""

    def opened(is_open: bool) -> None:
        with transaction(databases.service, "system") as connection:
            connection.execute(text("UPDATE teams.shifts SET open = :open"), {"open": is_open})
            members = [member.id for member in teams.members(connection, TEAM)]
            reduction.reduce_shifts(connection, teams.shifts(connection, members), ON_FOOT)

    opened(True)
    yield
    opened(False)


def test_evidence_lists_gaps_that_go_on(served: tuple[TestClient, dict[str, Acting]], going_on: None) -> None:
    """The walker's track is open since its last fix."""
    last = BEGAN + timedelta(seconds=530)
    cell = tiny_town.CELLS[3][1]
    body = ask(served, "leader", "coverage/evidence", cell=cell, **SPAN).json()
    assert (body["state"], body["because"], body["dwell_s"]) == ("unknown", ["gap"], 0)
    (gap,) = [one for one in body["gaps"] if one["member"] == WALKER and one["kind"] == "since"]
    begun, end = (datetime.fromisoformat(gap[key]) for key in ("start", "end"))
    assert abs((begun - last).total_seconds()) <= 1
    assert NOW <= end <= datetime.now(UTC)
    # what was stored of it when the fixes came isn't told again
    assert all(datetime.fromisoformat(one["end"]) <= begun for one in body["gaps"] if one["kind"] == "gap")
    before = SPAN | {"to": (last + timedelta(seconds=10)).isoformat()}  # too short a time to dwell
    told = ask(served, "leader", "coverage/evidence", cell=cell, **before).json()
    assert "since" not in {one["kind"] for one in told["gaps"]}
    others = ask(served, "supervisor", "coverage/evidence", cell=cell, **SPAN).json()
    since = [one for one in others["gaps"] if one["kind"] == "since"]
    assert [one["member"] for one in since] == [None]
    assert datetime.fromisoformat(since[0]["start"]).minute == 0  # whole hours for others


def test_evidence_says_why_a_cell_is_unknown(served: tuple[TestClient, dict[str, Acting]]) -> None:
    short = SPAN | {
        "to": (BEGAN + timedelta(seconds=18)).isoformat()
    }  # 18 s in the first cell: too close to tell
    told = ask(served, "leader", "coverage/evidence", cell=tiny_town.CELLS[0][0], **short).json()
    assert (told["state"], told["because"], told["gaps"]) == ("unknown", ["close"], [])
    assert (told["tau_s"], told["slack_s"], told["dwell_s"]) == (20, 5, pytest.approx(18, abs=0.1))
    (visit,) = told["visits"]
    assert (visit["counts"], visit["close"]) == (True, False)  # as a whole it lasted some 50 s
    # the track's end, up to that of the shift: a gap like any other
    whole = ask(served, "leader", "coverage/evidence", cell=tiny_town.CELLS[3][1], **SPAN).json()
    until = {one["end"] for one in whole["gaps"] if (one["kind"], one["member"]) == ("gap", WALKER)}
    assert max(map(datetime.fromisoformat, until)) == ENDS


def test_a_report_made_on_shift_is_a_presence_and_one_elsewhere_is_not(
    served: tuple[TestClient, dict[str, Acting]], databases: Databases
) -> None:
    while_standing = (BEGAN + timedelta(seconds=260)).isoformat()  # the track stands at (250, 350)
    later = (NOW - timedelta(minutes=10)).isoformat()  # in the open end: nothing is known
    private = "social:0101"  # a dispute between neighbours
    report(served, "walker", 50, 50, reported_at=later, description="角落里的", category=private)
    report(served, "walker", 60, 60, reported_at=while_standing, description="远处的")
    report(served, "supervisor", 150, 150, description="不是队员")
    gathered(databases)
    assert gathered(databases) == 0
    seen = {
        code: ask(served, "walker", "coverage/evidence", cell=code, **SPAN).json()["presences"]
        for code in (tiny_town.CELLS[3][0], tiny_town.CELLS[2][1])
    }
    # not the one 223 m from where the track was at that moment, nor what is no member's
    (made,) = seen[tiny_town.CELLS[3][0]]
    assert (made["kind"], made["member"], made["at"]) == ("report", WALKER, later.replace("+00:00", "Z"))
    client, people = served
    for who in ("walker", "mate", "leader", "nobody"):
        (told,) = ask(served, who, "coverage/evidence", cell=tiny_town.CELLS[3][0], **SPAN).json()[
            "presences"
        ]
        sees = client.get(f"/api/cases/{made['case']}", headers=people[who].headers).status_code == 200
        assert told["case"] == (made["case"] if sees else None), who
        assert sees == (who == "walker"), who
    assert seen[tiny_town.CELLS[2][1]] == []
    area = {cell["code"]: cell for cell in ask(served, "walker", "me/area").json()["beat"]}
    assert (area[tiny_town.CELLS[3][0]]["state"], area[tiny_town.CELLS[3][0]]["visits"]) == ("patrolled", 1)


def test_coverage_by_hour_beat_and_level(served: tuple[TestClient, dict[str, Acting]]) -> None:
    body = ask(served, "leader", "coverage", by="hour", **SPAN).json()
    spans = body["series"]
    assert body["by"] == "hour"
    assert (spans[0]["from"][:19], spans[-1]["to"][:19]) == (BEGAN.isoformat()[:19], ENDS.isoformat()[:19])
    assert all(a["to"] == b["from"] for a, b in pairwise(spans))
    assert sum(span["patrolled"] for span in spans) >= 3
    (beat,) = body["beats"]
    assert (beat["name"], beat["coverage"]["cells"], len(beat["series"])) == ("西片", 8, len(spans))
    assert [member["code"] for member in body["members"]] == [WALKER, MATE, LEADER]
    assert len(body["members"][0]["series"]) == len(spans)
    assert not any(key in member for member in body["members"] for key in ("distance", "rank", "score"))
    assert body["required"]["shifts"] == 1
    strict, plain = body["required"]["levels"]
    assert (strict["level"], strict["cells"], strict["slots"], strict["met"]) == (1, 1, 1, 0)
    assert (plain["slots"], plain["met"]) == (2, 2)  # one of them by a report
    over = ask(served, "leader", "coverage", **(SPAN | {"to": NOW.isoformat()})).json()
    assert over["required"]["levels"][0]["open"] == 1  # the shift lasts longer than the period
    assert [level["visits"] for level in ask(served, "supervisor", "levels", team=TEAM).json()] == [2, 1]


def test_levels_from_a_file(tmp_path: Path) -> None:
    good = tmp_path / "levels.csv"
    good.write_text("cell,level,visits,name\na,1,3,严管\nb,2,1,\n", encoding="utf-8")
    given, cells = read_levels(good, {"a": 7, "b": 8})
    assert (given, cells) == ([Level(1, "严管", 3), Level(2, "", 1)], {7: 1, 8: 2})
    book = tmp_path / "levels.xlsx"
    pd.read_csv(good).to_excel(book, index=False)
    assert read_levels(book, {"a": 7, "b": 8}) == (given, cells)
    bad = tmp_path / "bad.csv"
    bad.write_text("cell,level,visits\na,1,3\nz,1,3\nb,1,2\na,2,3\nb,x,1\n", encoding="utf-8")
    with pytest.raises(BadRoster) as refused:
        read_levels(bad, {"a": 7, "b": 8})
    assert [f.code for f in refused.value.findings] == [
        "unknown-cell",
        "two-counts",
        "two-levels",
        "no-number",
    ]
