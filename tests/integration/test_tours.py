"""Tours and suggestions on tiny town: musts first, what was long unvisited, a case in between; streets where loaded."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, text
from typer.testing import CliRunner

from app.areas import service as areas
from app.auth.principal import SYSTEM
from app.cases.errors import UnknownCase
from app.cli import app as cli
from app.db.databases import Databases
from app.db.engine import transaction
from app.patrol.dispatch import service as dispatch
from app.patrol.tours import service as planning
from app.patrol.tours.errors import NoPlace, NotOnShift, PostOutside
from app.patrol.tours.settings import Settings
from app.patrol.tours.tour import Tour
from app.streets import service as streets
from app.teams import service as teams
from app.teams.duty.service import UnknownMember
from app.teams.levels import service as levels
from app.teams.levels.levels import Level
from app.teams.roster import Beat, Member, Shift
from app.teams.service import UnknownMembers, UnknownTeam
from tests import tiny_town
from tests.conftest import drop_database, make_database
from tests.street_grid import town_streets, write

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 24)
START = datetime(2026, 11, 24, 8, tzinfo=ZONE)
END = START + timedelta(hours=3)
CELLS = [code for row in tiny_town.CELLS for code in row]
ALL = Settings()


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    made, name = make_database(admin_url)
    with transaction(made.owner) as connection:
        tiny_town.load(connection)
    with transaction(made.service, "system") as connection:
        edition = areas.edition_named(connection, "tiny")
        ids = areas.ground(connection, edition.id).ids.tolist()
        codes = areas.ground(connection, edition.id).codes.tolist()
        west = [one for one, code in zip(ids, codes, strict=True) if code.startswith("990101001")]
        east = [one for one in ids if one not in west]
        members = [Member(code="m-1"), Member(code="m-2"), Member(code="m-3"), Member(code="m-4")]
        beats = [Beat(member="m-1", cells=west, name="西"), Beat(member="m-2", cells=east, name="东")]
        shifts = [Shift(member=code, start=START, end=END) for code in ("m-1", "m-2", "m-3")]
        teams.form_team(
            connection, "T", "示意队", members, beats, shifts, area_code=tiny_town.DISTRICT, synthetic=True
        )
    yield made
    drop_database(admin_url, made, name)


@pytest.fixture
def service(town: Databases) -> Iterator[Connection]:
    with transaction(town.service, "system") as connection, connection.begin_nested() as undone:
        yield connection
        undone.rollback()


def add_case(connection: Connection, number: str, x: float, y: float, **values: Any) -> None:
    """Store a bare case at a place in metres from the corner."""
    code = tiny_town.cell_at(x, y)
    columns = {
        "stage": "handled",
        "due_at": None,
        "confidential": False,
        "urgent": False,
        "ended_at": None,
    } | values
    connection.execute(
        text("""
        INSERT INTO cases.cases (number, source, category_id, confidential, edition_id, cell_id, community, street, geom,
                                 stage, reported_at, due_at, urgent, ended_at)
        SELECT :number, 'patrol', (SELECT min(id) FROM categories.categories), :confidential, c.edition_id, c.id,
               c.parent_code, left(c.parent_code, 9),
               CASE WHEN :placed THEN ST_SetSRID(ST_MakePoint(:x, :y), 4548) END, :stage, :at, :due_at, :urgent, :ended_at
          FROM areas.cells AS c WHERE c.code = :code
        """),
        columns | {"number": number, "x": tiny_town.WEST + x, "y": tiny_town.SOUTH + y, "code": code,
                   "at": START - timedelta(days=1), "placed": values.get("placed", True)},
    )  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def categories(town: Databases) -> None:
    from app.categories import service as known

    with transaction(town.service, "system") as connection:
        known.load_defaults(connection)


def visited(tour: Tour) -> list[str]:
    return [stop.code for stop in tour.stops if stop.kind != "break"]


def test_every_cell_of_a_beat_is_seen_where_there_is_time(service: Connection) -> None:
    planned = planning.plan_tours(service, "T", DAY, zone=ZONE)
    assert [tour.member for tour in planned.tours] == ["m-1", "m-2"]
    first = planned.tours[0]
    assert sorted(visited(first)) == sorted(code for code in CELLS if code.startswith("990101001"))
    assert first.stops[0].arrive >= START
    arrivals = [stop.arrive for stop in first.stops]
    assert arrivals == sorted(arrivals)
    assert arrivals[-1] + timedelta(seconds=first.stops[-1].stay_s) <= END
    assert {stop.reason_zh for stop in first.stops} == {"尚无巡查记录，需求低"}
    assert first.settings["walking"] == {"how": "straight", "speed_mps": 1.2, "detour": 1.3}
    assert first.synthetic
    told = [(one.code, one.where) for one in planned.findings]
    assert ("no-shift", "member m-4") in told
    assert ("no-beat", "member m-3") in told


def test_who_is_away_has_no_tour(service: Connection) -> None:
    from app.teams.plans import service as plans

    plans.add_absences(service, "T", ["m-1"], START - timedelta(hours=8), None)
    planned = planning.plan_tours(service, "T", DAY, zone=ZONE)
    assert [tour.member for tour in planned.tours] == ["m-2"]
    assert [one.where for one in planned.findings if one.code == "away"] == ["member m-1"]


def test_who_is_away_for_an_hour_has_a_tour_for_the_rest(service: Connection) -> None:
    """The shift is from 8 to 11: m-1 leaves at 10, m-2 comes at 9 and is planned again when that is known."""
    from app.teams.plans import service as plans

    assert len(planning.plan_tours(service, "T", DAY, zone=ZONE).tours) == 2
    hour = timedelta(hours=1)
    plans.add_absences(service, "T", ["m-1"], START + 2 * hour, None)
    plans.add_absences(service, "T", ["m-2"], START - hour, START + hour)
    planned = planning.plan_tours(service, "T", DAY, zone=ZONE)
    spans = {tour.member: (tour.start, tour.end) for tour in planned.tours}
    assert spans == {"m-1": (START, START + 2 * hour), "m-2": (START + hour, END)}
    for tour in planning.tours(service, "T", DAY, ZONE):
        for stop in tour.stops:
            assert spans[tour.member][0] <= stop.arrive
            assert stop.arrive + timedelta(seconds=stop.stay_s) <= spans[tour.member][1]
    partly = [one for one in planned.findings if one.code == "partly-away"]
    assert [one.where for one in partly] == ["member m-1", "member m-2"]
    assert ("08:00–10:00" in partly[0].message, "09:00–11:00" in partly[1].zh) == (True, True)
    anew = planning.replan(service, "m-1", START + hour)
    assert anew.end == START + 2 * hour


def test_the_tour_of_the_next_shift_however_far_away(service: Connection) -> None:
    planning.plan_tours(service, "T", DAY, zone=ZONE)
    for now in (START - timedelta(days=5), START - timedelta(minutes=1), START, END - timedelta(minutes=1)):
        found = planning.tour_of(service, "m-1", now)
        assert found is not None
        assert found.start == START
    assert planning.tour_of(service, "m-1", END) is None


def test_cases_and_owed_visits_are_musts_with_reasons(service: Connection) -> None:
    edition = areas.edition_named(service, "tiny")
    ground = areas.ground(service, edition.id)
    cell = {code: int(one) for one, code in zip(ground.ids, ground.codes, strict=True)}
    levels.put(service, "T", edition.id, [Level(1, "重点", 2)], {cell[CELLS[0]]: 1})
    add_case(service, "K-1", 50.0, 50.0, due_at=START + timedelta(hours=1))
    add_case(
        service, "K-2", 50.0, 150.0, stage="dispatched", due_at=START + timedelta(days=2)
    )  # not yet anybody's
    add_case(service, "K-3", 150.0, 150.0, confidential=True)
    add_case(service, "K-4", 150.0, 150.0, ended_at=START)
    tour = planning.plan_tours(service, "T", DAY, ["m-1"], zone=ZONE).tours[0]
    musts = {stop.reason_zh: stop for stop in tour.stops if stop.kind in ("must", "case")}
    assert set(musts) == {"必到：核查案件 K-1，本班内到期", "必到：1 级网格，本班应巡 2 次，已巡 0 次"}
    assert musts["必到：核查案件 K-1，本班内到期"].case == "K-1"
    assert (
        musts["必到：核查案件 K-1，本班内到期"].reason_en == "Must: check of case K-1, due within this shift"
    )
    assert (tour.figures["musts"], tour.figures["musts_kept"]) == (2, 2)
    assert len(visited(tour)) == 8  # the case's cell is seen with the case


def test_musts_that_do_not_fit_are_named_and_the_rest_is_kept(service: Connection) -> None:
    for number in range(20):
        add_case(service, f"K-{number:02}", 50.0, 350.0)
    planned = planning.plan_tours(service, "T", DAY, ["m-1"], zone=ZONE)
    tour = planned.tours[0]
    kept = {stop.case for stop in tour.stops if stop.case}
    left = {one["case"] for one in tour.figures["left"]}
    assert len(kept) >= 16
    assert kept | left == {f"K-{number:02}" for number in range(20)}
    assert not kept & left
    assert {one.code for one in planned.findings} == {"must-left"}
    assert all("必到点合计超出" in one["why_zh"] for one in tour.figures["left"])


def test_an_urgent_case_comes_first_and_the_least_is_dropped(service: Connection) -> None:
    before = planning.plan_tours(service, "T", DAY, ["m-1"], zone=ZONE).tours[0]
    add_case(service, "K-1", 350.0, 50.0, stage="dispatched", urgent=True)
    now = END - timedelta(minutes=25)
    tour = planning.replan(service, "m-1", now, "K-1")
    assert tour.stops[0].case == "K-1"
    assert tour.stops[0].reason_zh == "紧急：案件 K-1，优先前往"
    assert tour.stops[-1].arrive < END
    assert tour.why == "urgent"
    assert planning.tour_of(service, "m-1", now) == tour
    assert planning.tours(service, "T", DAY, ZONE) == [tour]
    assert len(before.stops) > len(tour.stops)
    assert tour.figures["over_minutes"] == 0.0
    late = planning.replan(service, "m-1", END - timedelta(minutes=5), "K-1")
    assert late.stops[0].case == "K-1"
    assert late.figures["over_minutes"] > 0.0  # it is gone to all the same, and that is said


def test_streets_are_walked_where_they_are_loaded(
    service: Connection, town: Databases, tmp_path: Path
) -> None:
    straight = planning.plan_tours(service, "T", DAY, ["m-1"], zone=ZONE).tours[0]
    with transaction(town.owner) as connection:
        streets.load(connection, write(tmp_path / "s.geojson", town_streets()), synthetic=True)
    try:
        tour = planning.plan_tours(service, "T", DAY, ["m-1"], zone=ZONE).tours[0]
    finally:
        with transaction(town.owner) as connection:
            connection.execute(text("DELETE FROM streets.loads"))
    assert tour.settings["walking"]["how"] == "streets"
    assert tour.settings["walking"]["detour"] > 1.0
    assert tour.figures["metres"] != straight.figures["metres"]


def test_a_post_is_where_tours_end_and_one_far_away_is_refused(service: Connection) -> None:
    lon, lat = tiny_town.lonlat(0.0, 0.0)
    tour = planning.plan_tours(service, "T", DAY, ["m-1"], zone=ZONE, post=(lon, lat)).tours[0]
    assert tour.settings["finish"] == pytest.approx([lon, lat], abs=1e-5)
    with pytest.raises(PostOutside):
        planning.plan_tours(service, "T", DAY, zone=ZONE, post=(lat, lon))


def test_what_there_is_not_is_said(service: Connection) -> None:
    with pytest.raises(UnknownTeam):
        planning.plan_tours(service, "no", DAY)
    with pytest.raises(UnknownMembers):
        planning.plan_tours(service, "T", DAY, ["nobody"])
    with pytest.raises(UnknownMember):
        planning.replan(service, "nobody", START)
    with pytest.raises(NotOnShift):
        planning.replan(service, "m-1", END + timedelta(hours=1))
    with pytest.raises(UnknownCase):
        planning.replan(service, "m-1", START, "K-9")
    with pytest.raises(UnknownCase):
        dispatch.suggest(service, SYSTEM, "K-9", START)
    add_case(service, "K-1", 50.0, 50.0, placed=False)
    with pytest.raises(NoPlace):
        dispatch.suggest(service, SYSTEM, "K-1", START)
    add_case(service, "K-2", 50.0, 50.0, confidential=True)
    with pytest.raises(dispatch.NothingToSuggest):
        dispatch.suggest(service, SYSTEM, "K-2", START)


def test_who_arrives_first_is_named_first_and_positions_stay_inside(service: Connection) -> None:
    planning.plan_tours(service, "T", DAY, zone=ZONE)
    add_case(service, "K-1", 350.0, 350.0, stage="filed")
    now = START + timedelta(minutes=2)
    found = dispatch.suggest(service, SYSTEM, "K-1", now)
    assert {one.member for one in found.members} == {"m-1", "m-2", "m-3"}
    assert found.members[0].member == "m-2"
    assert found.members == sorted(found.members, key=lambda one: one.arrive)
    first = found.members[0]
    assert "案件在其责任区内" in first.reasons_zh
    assert first.suitable
    assert "由派遣员决定" in found.order_zh
    assert not {"x", "y", "lon", "lat"} & set(first.__slots__)
    lon, lat = tiny_town.lonlat(345.0, 350.0)
    place(service, "m-1", now - timedelta(minutes=1), lon, lat)
    found = dispatch.suggest(service, SYSTEM, "K-1", now)
    assert found.members[0].member == "m-1"
    assert found.members[0].basis == "fix"
    assert found.members[0].minutes < 2.5  # from the middle of the 200 m square that the fix lies in
    old = dispatch.suggest(service, SYSTEM, "K-1", now + timedelta(minutes=12))
    assert {one.member: one.basis for one in old.members}["m-1"] != "fix"


def test_what_a_case_pushes_out_is_named(service: Connection) -> None:
    planning.plan_tours(service, "T", DAY, zone=ZONE)
    add_case(service, "K-1", 350.0, 350.0, stage="filed")
    now = START + timedelta(minutes=5)
    connection_end = now + timedelta(minutes=14)
    service.execute(
        text("UPDATE teams.shifts SET period = tstzrange(lower(period), :end)"), {"end": connection_end}
    )
    one = next(c for c in dispatch.suggest(service, SYSTEM, "K-1", now).members if c.member == "m-2")
    assert one.unvisited
    assert any("本班巡不到" in reason for reason in one.reasons_zh)
    assert dispatch.suggest(service, SYSTEM, "K-1", connection_end).members == []


def place(connection: Connection, member: str, at: datetime, lon: float, lat: float) -> None:
    connection.execute(text("SELECT patrol.ensure_month(:at)"), {"at": at})
    connection.execute(
        text("""
        INSERT INTO patrol.fixes (member_id, device, at, original_x, original_y, datum, accuracy_m, geom)
        SELECT m.id, 'd', :at, :lon, :lat, 'wgs84', 8, ST_Transform(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), 4548)
          FROM teams.members AS m WHERE m.code = :member
        """),
        {"member": member, "at": at, "lon": lon, "lat": lat},
    )


def test_the_command_line_plans_and_suggests(town: Databases, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDWARD_DATABASE_URL", town.service.url.render_as_string(hide_password=False))
    monkeypatch.setenv("GRIDWARD_OWNER_URL", town.owner.url.render_as_string(hide_password=False))
    run = CliRunner().invoke
    done = run(cli, ["patrol", "tours", "--team", "T", "--day", "2026-11-24", "--json"])
    assert done.exit_code == 0, done.output
    assert [tour["member"] for tour in json.loads(done.output)["tours"]] == ["m-1", "m-2"]
    told = run(cli, ["patrol", "tours", "--team", "T", "--day", "2026-11-24", "--show"]).output
    assert "示意 synthetic" in told
    assert "尚无巡查记录" in told
    with transaction(town.service, "system") as connection:
        add_case(connection, "C-1", 350.0, 350.0, stage="filed")
    told = run(cli, ["patrol", "dispatch", "C-1"]).output
    assert "Nobody is on shift now" in told
    with transaction(town.service, "system") as connection:
        connection.execute(text("DELETE FROM patrol.tours"))
        connection.execute(text("UPDATE cases.cases SET ended_at = now()"))
