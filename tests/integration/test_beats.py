"""Plans of beats on tiny town: cut, edited, compared, published for a time; mornings with members away."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely
from sqlalchemy import Connection, text

from app.areas import service as areas
from app.auth.principal import SYSTEM
from app.core.errors import Outdated
from app.db.databases import Databases
from app.db.engine import transaction
from app.parties.drafts import PatchDraft
from app.parties.grounds import service as patches
from app.patrol.beats import service as beats
from app.patrol.beats.asked import Asked, Told
from app.patrol.beats.cutting import service as cutting
from app.patrol.beats.errors import (
    AnotherEdition,
    NobodyToPlanFor,
    NoGround,
    NotFit,
    TooManyAnchored,
    UnknownBeats,
    UnknownCells,
)
from app.patrol.beats.planning import AnchorsApart, MoreBeatsThanCells
from app.patrol.mornings import service as mornings
from app.patrol.tours import service as tours
from app.streets import service as streets
from app.teams import service as teams
from app.teams.plans import service as stored
from app.teams.plans.service import (
    BadTime,
    NotADraft,
    NothingToWithdraw,
    PublicationInTheWay,
    PublishedOver,
    UnknownPlan,
)
from app.teams.roster import Beat, Member, Shift
from app.teams.service import UnknownMembers, UnknownTeam
from tests import tiny_town
from tests.conftest import drop_database, make_database, rolled_back

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 11, 24)
CELLS = [code for row in tiny_town.CELLS for code in row]
MEMBERS = ["m-1", "m-2", "m-3", "m-4"]


def midnight(days: int = 0) -> datetime:
    return datetime(DAY.year, DAY.month, DAY.day, tzinfo=ZONE) + timedelta(days=days)


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    made, name = make_database(admin_url)
    with transaction(made.owner) as connection:
        tiny_town.load(connection)
    with transaction(made.service, "system") as connection:
        members = [Member(code=code) for code in MEMBERS]
        teams.form_team(connection, "T", "示意队", members, area_code=tiny_town.DISTRICT, synthetic=True)
        teams.form_team(connection, "none", area_code=tiny_town.DISTRICT)
    yield made
    drop_database(admin_url, made, name)


@pytest.fixture
def connection(town: Databases) -> Iterator[Connection]:
    yield from rolled_back(town.service, "system")


def planned(connection: Connection, **said: object) -> Told:
    return cutting.plan_beats(connection, SYSTEM, Asked(team="T", at=midnight(), **said))  # type: ignore[arg-type]


def published(
    connection: Connection, told: Told, start: datetime, end: datetime | None = None, **said: bool
) -> Told:
    return beats.publish(connection, SYSTEM, told.plan.id, told.plan.version, start, end, **said)


def grounds(told: Told) -> dict[str | None, set[str]]:
    codes = told.ground.codes[told.cells]
    return {beat.member: set(codes[told.labels == i]) for i, beat in enumerate(told.beats)}


def held(connection: Connection, at: datetime) -> dict[str, set[str]]:
    return {row.member: set(row.cells) for row in stored.held(connection, "T", at)}


def test_four_members_get_a_square_each(connection: Connection) -> None:
    told = planned(connection)
    assert [beat.member for beat in told.beats] == MEMBERS
    assert told.figures.balance == pytest.approx(1.0)
    assert told.figures.compactness == pytest.approx([3 / 3.141592653589793] * 4)
    assert told.figures.broken == 0
    assert sorted(code for own in grounds(told).values() for code in own) == sorted(CELLS)
    # 100 m at 1.2 m/s by 1.3, and 60 s of looking
    assert told.patch.minutes == pytest.approx([(130 / 1.2 + 60) / 60] * 16, rel=1e-6)
    assert told.findings == []
    assert told.change is not None
    assert (told.change.cells, told.change.new) == (0, 16)
    assert beats.plan(connection, told.plan.id).to_dict()["figures"] == told.plan.figures


def test_what_is_held_is_kept(connection: Connection) -> None:
    first = planned(connection)
    published(connection, first, midnight(-30))
    again = planned(connection)
    assert grounds(again) == grounds(first)
    assert again.change is not None
    assert again.change.changed == 0


def test_anchored_cells_stay(connection: Connection) -> None:
    told = planned(connection, anchors=(("m-3", CELLS[0]), ("m-1", CELLS[15]), ("m-3", CELLS[1])))
    own = grounds(told)
    assert {CELLS[0], CELLS[1]} <= own["m-3"]
    assert CELLS[15] in own["m-1"]
    assert told.figures.broken == 0
    with pytest.raises(UnknownMembers):
        planned(connection, anchors=(("stranger", CELLS[0]),))
    with pytest.raises(UnknownCells):
        planned(connection, anchors=(("m-1", "nowhere"),))
    with pytest.raises(UnknownCells, match="anchors"):
        planned(connection, area="990101001", anchors=(("m-1", CELLS[3]),))
    with pytest.raises(TooManyAnchored):
        planned(connection, beats=1, anchors=(("m-1", CELLS[0]), ("m-2", CELLS[15])))


@pytest.mark.parametrize(
    ("said", "cells"),
    [
        ({"area": "990101001"}, {row[i] for row in tiny_town.CELLS for i in (0, 1)}),
        ({"area": "990101001001", "beats": 2}, set(tiny_town.CELLS[0][:2] + tiny_town.CELLS[1][:2])),
        ({"shape": tiny_town.polygon(-5, -5, 405, 205)}, set(tiny_town.CELLS[2] + tiny_town.CELLS[3])),
        ({"cells": tuple(CELLS[:4])}, set(CELLS[:4])),
    ],
)
def test_ground(connection: Connection, said: dict[str, object], cells: set[str]) -> None:
    told = planned(connection, **said)
    assert set(told.ground.codes[told.cells]) == cells
    assert told.figures.broken == told.figures.to_dict()["empty"] == 0


def test_zones_and_drawn_patches(fresh_databases: Databases) -> None:
    with transaction(fresh_databases.owner) as connection:
        tiny_town.load(connection)
        connection.execute(
            text(
                "INSERT INTO areas.areas (level, code, name, parent_code, edition_id, geom)"
                " SELECT 'zone', 'Z1', '示意一分区', '990101001001', e.id,"
                "        ST_Multi(ST_SetSRID(ST_MakeEnvelope(450000, 4420200, 450100, 4420400), ST_SRID(a.geom)))"
                "   FROM areas.editions AS e, areas.areas AS a WHERE a.code = '990101001001'"
            )
        )
    with transaction(fresh_databases.service, "system") as connection:
        teams.form_team(connection, "T", members=[Member(code="m-1")], area_code=tiny_town.DISTRICT)
        home = {"kind": "zone", "area_code": "990101001", "synthetic": True}
        patches.add_patch(connection, SYSTEM, PatchDraft(code="P1", cells=tuple(CELLS[:2]), **home))
        patches.add_patch(
            connection, SYSTEM, PatchDraft(code="P2", shape=tiny_town.polygon(100, 0, 200, 400), **home)
        )
        west = [{row[i] for row in tiny_town.CELLS} for i in (0, 1)]
        for area, cells in (("Z1", west[0] & set(CELLS[:8])), ("P1", set(CELLS[:2])), ("P2", west[1])):
            told = planned(connection, area=area)
            assert set(told.ground.codes[told.cells]) == cells


def test_a_patch_in_two_parts(connection: Connection) -> None:
    """The west column and two cells far east: two beats and one; too small a part is joined, and said so."""
    west, east = [row[0] for row in tiny_town.CELLS], [tiny_town.CELLS[0][3], tiny_town.CELLS[1][3]]
    told = planned(connection, cells=(*west, *east), beats=3)
    assert told.figures.broken == 0
    assert sorted(map(len, grounds(told).values())) == [2, 2, 2]
    assert [one.code for one in told.findings if one.severity == "note"] == ["parts"]
    joined = planned(connection, cells=(*west, east[0]), beats=2)
    assert "part-joined" in [one.code for one in joined.findings]
    assert joined.figures.broken == 0  # over the bridge, which is stored with the plan
    assert beats.plan(connection, joined.plan.id).figures.broken == 0
    with pytest.raises(AnchorsApart):
        planned(connection, cells=(*west, *east), beats=3, anchors=(("m-1", west[0]), ("m-1", east[0])))


def test_what_can_not_be_planned(connection: Connection) -> None:
    with pytest.raises(MoreBeatsThanCells, match="4 beats, 2 cells"):
        planned(connection, cells=tuple(CELLS[:2]))
    with pytest.raises(UnknownCells) as refused:
        planned(connection, cells=(*CELLS[:4], "nowhere"))
    assert [one.where for one in refused.value.findings] == ["cell nowhere"]
    with pytest.raises(NoGround):
        planned(connection, area="nowhere")
    with pytest.raises(NoGround):
        planned(connection, shape=shapely.box(0, 0, 1, 1))
    with pytest.raises(UnknownMembers):
        planned(connection, members=("stranger",))
    with pytest.raises(NobodyToPlanFor):
        cutting.plan_beats(connection, SYSTEM, Asked(team="none"))
    with pytest.raises(UnknownTeam):
        cutting.plan_beats(connection, SYSTEM, Asked(team="nowhere"))
    with pytest.raises(UnknownPlan):
        beats.plan(connection, 999_999)
    assert beats.plans(connection, "T") == []


def test_more_beats_than_members_and_fewer(connection: Connection) -> None:
    more = planned(connection, beats=5)
    assert [beat.member for beat in more.beats] == [*MEMBERS, None]
    with pytest.raises(NotFit) as refused:
        published(connection, more, midnight())
    assert [one.code for one in refused.value.findings] == ["nobodys-beat"]
    published(connection, planned(connection), midnight(-1))
    fewer = planned(connection, beats=2)
    assert [one.code for one in fewer.findings] == ["without-beat", "without-beat"]
    published(connection, fewer, midnight())
    assert held(connection, midnight()) == grounds(fewer)  # who has none in it, has none any more


def test_edit_by_hand(connection: Connection) -> None:
    told = planned(connection)
    own = grounds(told)
    first, last = (next(i for i, b in enumerate(told.beats, 1) if CELLS[c] in own[b.member]) for c in (0, 15))
    broken = beats.edit(connection, SYSTEM, told.plan.id, told.plan.version, [(CELLS[0], last)])
    assert broken.figures.broken == 1
    assert broken.figures.balance == pytest.approx(1.25)
    assert broken.plan.version == told.plan.version + 1
    assert "broken-beat" in [one.code for one in broken.findings]
    with pytest.raises(NotFit):
        published(connection, broken, midnight())
    with pytest.raises(Outdated):
        beats.edit(connection, SYSTEM, told.plan.id, told.plan.version, [(CELLS[0], first)])
    with pytest.raises(UnknownBeats):
        beats.edit(connection, SYSTEM, told.plan.id, broken.plan.version, [(CELLS[0], 5)])
    with pytest.raises(UnknownCells):
        beats.edit(connection, SYSTEM, told.plan.id, broken.plan.version, [("nowhere", 1)])
    back = beats.edit(connection, SYSTEM, told.plan.id, broken.plan.version, [(CELLS[0], first)])
    assert grounds(back) == own
    swapped = beats.edit(connection, SYSTEM, back.plan.id, back.plan.version, holders={1: "m-2", 2: "m-1"})
    assert [beat.member for beat in swapped.beats] == ["m-2", "m-1", "m-3", "m-4"]
    taken = beats.edit(connection, SYSTEM, back.plan.id, swapped.plan.version, holders={3: "m-4"})
    assert [beat.member for beat in taken.beats] == ["m-2", "m-1", "m-4", None]
    with pytest.raises(UnknownMembers):
        beats.edit(connection, SYSTEM, back.plan.id, taken.plan.version, holders={1: "stranger"})


def test_a_beat_emptied_by_hand(connection: Connection) -> None:
    told = planned(connection, cells=tuple(CELLS[:4]))
    (only,) = grounds(told)["m-1"]
    empty = beats.edit(connection, SYSTEM, told.plan.id, told.plan.version, [(only, 2)])
    assert {"empty-beat", "uneven"} <= {one.code for one in empty.findings}
    assert empty.to_dict()["beats"][0]["compactness"] is None


def test_publication_and_what_held_before(connection: Connection) -> None:
    first = published(connection, planned(connection), midnight(-10))
    assert held(connection, midnight(-10)) == grounds(first)
    assert held(connection, midnight(-11)) == {}
    other = planned(connection, anchors=(("m-1", CELLS[15]), ("m-4", CELLS[0])))
    assert grounds(other) != grounds(first)
    done = published(connection, other, midnight(), midnight(1))
    assert (done.plan.state, done.plan.start, done.plan.end) == ("published", midnight(), midnight(1))
    assert held(connection, midnight(-1)) == grounds(first)
    assert (
        held(connection, midnight()) == held(connection, midnight(1) - timedelta(seconds=1)) == grounds(other)
    )
    assert held(connection, midnight(1)) == held(connection, midnight(100)) == grounds(first)
    difference = beats.compare(connection, first.plan.id, other.plan.id)
    assert difference.changed == sum(
        len(own - grounds(other)[member]) for member, own in grounds(first).items()
    )
    assert sum(len(one.gained) for one in difference.members) == difference.changed


def test_publications_in_the_way(connection: Connection) -> None:
    first = published(connection, planned(connection), midnight(-10))
    with pytest.raises(NotADraft):
        published(connection, first, midnight())
    with pytest.raises(NotADraft):
        beats.edit(connection, SYSTEM, first.plan.id, first.plan.version, [(CELLS[0], 1)])
    a_day = published(connection, planned(connection, name="one day"), midnight(3), midnight(4))
    new = planned(connection)
    with pytest.raises(BadTime):
        published(connection, new, midnight(1), midnight(1))
    with pytest.raises(PublicationInTheWay) as refused:
        published(connection, new, midnight())
    assert [one.where for one in refused.value.findings] == [f"plan {a_day.plan.id}"]
    assert beats.plan(connection, new.plan.id).plan.state == "draft"
    assert held(connection, midnight(3)) == grounds(a_day)
    done = published(connection, new, midnight(), replace_others=True)
    assert held(connection, midnight(3)) == grounds(done)
    assert [beats.plan(connection, one.plan.id).plan.state for one in (first, a_day, done)] == [
        "published",
        "replaced",
        "published",
    ]
    assert held(connection, midnight(-1)) == grounds(first)


def test_morning(connection: Connection) -> None:
    """m-2 is away: the three others share that ground for the day, contiguous; tomorrow all is as before."""
    before = published(connection, planned(connection), midnight(-10))
    done = mornings.morning(connection, SYSTEM, "T", ["m-2"], DAY, ZONE)
    (told,) = done.plans
    assert done.away == ["m-2"]
    now = held(connection, midnight())
    assert now == grounds(told)
    assert sorted(now) == ["m-1", "m-3", "m-4"]
    assert sorted(code for own in now.values() for code in own) == sorted(CELLS)
    assert told.figures.broken == 0
    assert max(map(len, now.values())) == 6
    assert told.figures.balance == pytest.approx(told.figures.floor)  # 16 cells among 3: nobody can do with 5
    assert told.change is not None
    lost = {one.member: len(one.lost) for one in told.change.members}
    assert lost["m-2"] == 4
    assert 4 <= told.change.changed <= 6
    assert held(connection, midnight(1)) == grounds(before)
    (absence,) = beats.absences(connection, "T")
    assert (absence.member, absence.start, absence.end) == ("m-2", midnight(), midnight(1))


def test_a_morning_makes_new_tours(connection: Connection) -> None:
    """Those who are on duty and there get tours on the day's beats; who is away gets none."""
    published(connection, planned(connection), midnight(-10))
    on_duty = [
        Shift(member=m, start=midnight() + timedelta(hours=7), end=midnight() + timedelta(hours=11))
        for m in MEMBERS
    ]
    teams.form_team(connection, "T", "示意队", shifts=on_duty, area_code=tiny_town.DISTRICT, synthetic=True)
    tours.plan_tours(connection, "T", DAY, zone=ZONE)
    assert tours.tour_of(connection, "m-2", midnight()) is not None
    done = mornings.morning(connection, SYSTEM, "T", ["m-2"], DAY, ZONE)
    assert done.tours == 3
    assert tours.tour_of(connection, "m-2", midnight()) is None
    assert [tour.member for tour in tours.tours(connection, "T", DAY, ZONE)] == ["m-1", "m-3", "m-4"]
    ground = areas.ground(connection, areas.edition_at(connection, midnight()).id)
    now = held(connection, midnight())
    for tour in tours.tours(connection, "T", DAY, ZONE):
        assert {stop.cell_id for stop in tour.stops if stop.cell_id} <= set(
            ground.ids[np.isin(ground.codes, list(now[tour.member]))].tolist()
        )


def test_who_falls_away_has_no_tour(connection: Connection) -> None:
    """Tours made before are ended: by a morning that nobody is left on, and by planning the day again."""
    published(connection, planned(connection), midnight(-10))
    on_duty = [
        Shift(member=m, start=midnight(day) + timedelta(hours=7), end=midnight(day) + timedelta(hours=11))
        for m in MEMBERS
        for day in (0, 1)
    ]
    teams.form_team(connection, "T", "示意队", shifts=on_duty, area_code=tiny_town.DISTRICT, synthetic=True)
    tomorrow = DAY + timedelta(days=1)
    for day in (DAY, tomorrow):
        assert len(tours.plan_tours(connection, "T", day, zone=ZONE).tours) == 4
    beats.add_absences(connection, SYSTEM, "T", ["m-3"], midnight(1), midnight(2))
    tours.plan_tours(connection, "T", tomorrow, zone=ZONE)
    assert [one.member for one in tours.tours(connection, "T", tomorrow, ZONE)] == ["m-1", "m-2", "m-4"]
    assert mornings.morning(connection, SYSTEM, "T", MEMBERS, DAY, ZONE).tours == 0
    assert tours.tours(connection, "T", DAY, ZONE) == []
    assert [one.member for one in tours.tours(connection, "T", tomorrow, ZONE)] == ["m-1", "m-2", "m-4"]


def test_a_second_call_on_the_same_morning(connection: Connection) -> None:
    published(connection, planned(connection), midnight(-10))
    first = mornings.morning(connection, SYSTEM, "T", ["m-2"], DAY, ZONE)
    second = mornings.morning(connection, SYSTEM, "T", ["m-3"], DAY, ZONE)
    assert second.away == ["m-2", "m-3"]
    assert sorted(held(connection, midnight())) == ["m-1", "m-4"]
    assert beats.plan(connection, first.plans[0].plan.id).plan.state == "replaced"
    assert sorted(held(connection, midnight(1))) == MEMBERS
    nobody = mornings.morning(connection, SYSTEM, "T", ["m-1", "m-4"], DAY, ZONE)
    assert nobody.plans == []
    assert [one.code for one in nobody.findings] == ["no-ground", "no-ground", "nobody-left"]
    assert sorted(held(connection, midnight())) == ["m-1", "m-4"]


def test_a_morning_taken_back(connection: Connection) -> None:
    """Two mornings, one over the other: taken back, all is as before, for that day and every other one."""
    before = published(connection, planned(connection), midnight(-10))
    on_duty = [
        Shift(member=m, start=midnight() + timedelta(hours=7), end=midnight() + timedelta(hours=11))
        for m in MEMBERS
    ]
    teams.form_team(connection, "T", "示意队", shifts=on_duty, area_code=tiny_town.DISTRICT, synthetic=True)
    first = mornings.morning(connection, SYSTEM, "T", ["m-2"], DAY, ZONE)
    second = mornings.morning(connection, SYSTEM, "T", ["m-3"], DAY, ZONE)
    assert beats.plan(connection, first.plans[0].plan.id).plan.state == "replaced"
    done = mornings.take_back(connection, SYSTEM, "T", DAY, ZONE)
    assert [told.plan.id for told in done.plans] == [second.plans[0].plan.id, first.plans[0].plan.id]
    assert {told.plan.state for told in done.plans} == {"withdrawn"}
    assert (done.back, done.tours) == (["m-2", "m-3"], 4)
    for day in (-1, 0, 1):
        assert held(connection, midnight(day)) == grounds(before)
    assert beats.absences(connection, "T") == []
    assert [tour.member for tour in tours.tours(connection, "T", DAY, ZONE)] == MEMBERS
    with pytest.raises(mornings.NothingToTakeBack):
        mornings.take_back(connection, SYSTEM, "T", DAY, ZONE)
    again = mornings.morning(connection, SYSTEM, "T", ["m-2"], DAY, ZONE)
    assert held(connection, midnight()) == grounds(again.plans[0])


def test_what_would_hold_without_a_morning(connection: Connection) -> None:
    """A morning, one over it, and a new plan from tomorrow: without the mornings it would be the old plan, not the new."""
    before = published(connection, planned(connection), midnight(-10))
    assert mornings.usual(connection, "T", DAY, ZONE) == grounds(before)
    mornings.morning(connection, SYSTEM, "T", ["m-2"], DAY, ZONE)
    mornings.morning(connection, SYSTEM, "T", ["m-3"], DAY, ZONE)
    fewer = Asked(team="T", at=midnight(1), members=("m-1", "m-4"))
    published(connection, cutting.plan_beats(connection, SYSTEM, fewer), midnight(1), replace_others=True)
    after = held(connection, midnight(1))
    assert after != grounds(before)
    assert mornings.usual(connection, "T", DAY, ZONE) == grounds(before)
    assert mornings.usual(connection, "T", DAY + timedelta(days=1), ZONE) == after
    mornings.take_back(connection, SYSTEM, "T", DAY, ZONE)
    assert mornings.usual(connection, "T", DAY, ZONE) == grounds(before) == held(connection, midnight())


def test_withdrawn_publications(connection: Connection) -> None:
    """Whatever was published over each other: withdrawn newest first, each time what held before holds again."""
    rng = np.random.default_rng(5)
    times = [midnight(day) for day in range(-1, 9)]

    def now() -> list[dict[str, set[str]]]:
        return [held(connection, at) for at in times]

    known = [now()]
    done: list[int] = []
    for _ in range(8):
        who = tuple(sorted(rng.choice(MEMBERS, int(rng.integers(1, 5)), replace=False).tolist()))
        start = int(rng.integers(0, 6))
        end = None if rng.random() < 0.4 else midnight(start + int(rng.integers(1, 4)))
        told = cutting.plan_beats(connection, SYSTEM, Asked(team="T", at=midnight(start), members=who))
        told = published(connection, told, midnight(start), end, replace_others=True)
        done.append(told.plan.id)
        known.append(now())
    for plan in reversed(done):
        assert known.pop() == now()
        version = beats.plan(connection, plan).plan.version
        assert beats.withdraw(connection, SYSTEM, plan, version, midnight(-1)).plan.state == "withdrawn"
        assert now() == known[-1]
    assert connection.execute(text("SELECT count(*) FROM teams.cut_beats")).scalar_one() == 0


def test_what_can_not_be_withdrawn(connection: Connection) -> None:
    draft = planned(connection)
    with pytest.raises(NothingToWithdraw, match="draft"):
        beats.withdraw(connection, SYSTEM, draft.plan.id, draft.plan.version, midnight())
    first = published(connection, draft, midnight(-10))
    second = published(
        connection, planned(connection, anchors=(("m-4", CELLS[0]),)), midnight(-2), midnight(3)
    )
    with pytest.raises(PublishedOver, match=str(second.plan.id)):
        beats.withdraw(connection, SYSTEM, first.plan.id, first.plan.version, midnight())
    with pytest.raises(Outdated):
        beats.withdraw(connection, SYSTEM, second.plan.id, 1, midnight())
    with pytest.raises(NothingToWithdraw, match="over"):
        beats.withdraw(connection, SYSTEM, second.plan.id, second.plan.version, midnight(3))
    beats.withdraw(connection, SYSTEM, second.plan.id, second.plan.version, midnight())
    assert held(connection, midnight(-1)) == grounds(second)  # days that are past stay as they were
    assert held(connection, midnight()) == held(connection, midnight(4)) == grounds(first)
    last = beats.plan(connection, first.plan.id).plan
    gone = beats.withdraw(connection, SYSTEM, first.plan.id, last.version, midnight(-20))
    assert [one.code for one in gone.findings] == ["without-beat"] * 4
    assert all(one.zh for one in gone.findings)
    assert held(connection, midnight(5)) == {}


def test_what_lies_under_a_replaced_morning_is_not_withdrawn(connection: Connection) -> None:
    """A plan, a morning over it, and another one over that: the plan is under both, though only the last one cut it."""
    first = published(connection, planned(connection), midnight(-10))
    morning = mornings.morning(connection, SYSTEM, "T", ["m-2"], DAY, ZONE).plans[0].plan
    second = mornings.morning(connection, SYSTEM, "T", ["m-3"], DAY, ZONE).plans[0].plan
    with pytest.raises(PublishedOver, match=str(second.id)):
        beats.withdraw(connection, SYSTEM, first.plan.id, first.plan.version, midnight())
    with pytest.raises(NothingToWithdraw, match="replaced"):
        beats.withdraw(
            connection, SYSTEM, morning.id, beats.plan(connection, morning.id).plan.version, midnight()
        )
    gone = beats.withdraw(
        connection, SYSTEM, first.plan.id, first.plan.version, midnight(1)
    )  # the day is over by then
    assert gone.plan.state == "withdrawn"
    assert sorted(held(connection, midnight())) == ["m-1", "m-4"]
    assert held(connection, midnight(2)) == {}


def test_two_crews_share_beats(connection: Connection) -> None:
    """Early and late shift hold the same two halves: only the crew that somebody is missing from is cut anew."""
    halves = [[row[i] for row in tiny_town.CELLS for i in own] for own in ((0, 1), (2, 3))]
    ground = areas.ground(connection, areas.edition_at(connection).id)
    ids = dict(zip(ground.codes.tolist(), ground.ids.tolist(), strict=True))
    given = [Beat(member=m, cells=[ids[c] for c in halves[i % 2]]) for i, m in enumerate(MEMBERS)]
    teams.form_team(connection, "T", "示意队", beats=given, area_code=tiny_town.DISTRICT, synthetic=True)
    done = mornings.morning(connection, SYSTEM, "T", ["m-4"], DAY, ZONE)
    assert len(done.plans) == 1
    now = held(connection, midnight())
    assert now == {"m-1": set(halves[0]), "m-2": set(halves[1]), "m-3": set(CELLS)}
    assert held(connection, midnight(1))["m-4"] == set(halves[1])
    mornings.take_back(connection, SYSTEM, "T", DAY, ZONE)  # what it cut was of no plan
    assert held(connection, midnight()) == {m: set(halves[i % 2]) for i, m in enumerate(MEMBERS)}


def test_absences(connection: Connection) -> None:
    beats.add_absences(connection, SYSTEM, "T", ["m-1"], midnight(), midnight(2))
    beats.add_absences(connection, SYSTEM, "T", ["m-1"], midnight(1), midnight(3))
    (one,) = beats.add_absences(connection, SYSTEM, "T", ["m-1"], midnight(), midnight(2))
    assert (one.start, one.end) == (midnight(), midnight(3))
    columns = connection.execute(text("SELECT * FROM teams.absences LIMIT 0")).keys()
    assert not {"reason", "why", "note"} & set(columns)  # nobody's business
    done = published(connection, planned(connection), midnight())
    assert [(f.code, f.where) for f in done.findings] == [("away", "member m-1")]
    beats.end_absence(connection, SYSTEM, "T", one.id)
    assert beats.absences(connection, "T") == []
    with pytest.raises(stored.UnknownAbsence):
        beats.end_absence(connection, SYSTEM, "T", one.id)
    with pytest.raises(BadTime):
        beats.add_absences(connection, SYSTEM, "T", ["m-1"], midnight(1), midnight())
    with pytest.raises(UnknownMembers):
        beats.add_absences(connection, SYSTEM, "T", ["stranger"], midnight(), midnight(1))


def test_another_edition(fresh_databases: Databases) -> None:
    """A plan of last year's cells isn't published on this year's; planned anew on it, it keeps who knows what."""
    with transaction(fresh_databases.owner) as connection:
        tiny_town.load(connection)
    with transaction(fresh_databases.service, "system") as connection:
        teams.form_team(
            connection, "T", members=[Member(code=code) for code in MEMBERS], area_code=tiny_town.DISTRICT
        )
        old = planned(connection)
    with transaction(fresh_databases.owner) as connection:
        tiny_town.load(connection, edition="next", starts=midnight(1))
    with transaction(fresh_databases.service, "system") as connection:
        with pytest.raises(AnotherEdition, match="next"):
            published(connection, old, midnight(1))
        new = cutting.plan_beats(connection, SYSTEM, Asked(team="T", at=midnight(1), based_on=old.plan.id))
        assert new.plan.edition == "next"
        assert grounds(new) == grounds(old)
        published(connection, new, midnight(1))


def test_no_beat_lies_across_a_railway(fresh_databases: Databases, tmp_path: Path) -> None:
    """A railway between the two middle rows, an underpass in the second column: beats cross there, or nowhere."""
    railway = ("barrier", [(-50, 205), (450, 205)])
    with transaction(fresh_databases.owner) as connection:
        tiny_town.load(connection)
    with transaction(fresh_databases.service, "system") as connection:
        teams.form_team(connection, "T", members=[Member(code="m-1")], area_code=tiny_town.DISTRICT)
    streets_along = ("street", [(0, 350), (400, 350)])
    for ways, parts in (((railway, streets_along), 2), ((railway, ("path", [(150, 150), (150, 350)])), 1)):
        with transaction(fresh_databases.owner) as connection:
            streets.load(connection, written(tmp_path / "ways.geojson", ways), synthetic=True)
        with transaction(fresh_databases.service, "system") as connection:
            told = planned(connection, beats=2)
            assert told.patch.parts().max() + 1 == parts
            assert told.figures.broken == 0
            assert told.plan.settings["detour"] is not None
            if parts == 2:
                halves = [set(tiny_town.CELLS[a] + tiny_town.CELLS[b]) for a, b in ((0, 1), (2, 3))]
                codes = told.ground.codes[told.cells]
                assert all(set(codes[told.labels == i]) in halves for i in (0, 1))


def written(file: Path, ways: Sequence[tuple[str, list[tuple[int, int]]]]) -> Path:
    features = [
        {
            "type": "Feature",
            "properties": {"kind": kind},
            "geometry": {
                "type": "LineString",
                "coordinates": [tiny_town.lonlat(*corner) for corner in corners],
            },
        }
        for kind, corners in ways
    ]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return file
