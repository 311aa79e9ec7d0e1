"""The gazetteer in the database: loaded from files, kept to one's own ground, learned from picks."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from app.auth import service as auth
from app.auth.principal import SYSTEM, Principal
from app.core.errors import NotAllowed
from app.gazetteer import service as gazetteer
from app.gazetteer.reading import NotAGazetteer, PlaceDraft
from app.geo.datum import from_wgs84
from tests import hotline_file, tiny_town
from tests.accounts import account
from tests.conftest import drop_database, make_database

WEST = "990101001"
SERVICE = "SELECT set_config('gridward.principal', 'system', true)"


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[object]:
    databases, name = make_database(admin_url)
    with databases.owner.begin() as owner:
        tiny_town.load(owner)
    yield databases.service
    drop_database(admin_url, databases, name)


@pytest.fixture
def connection(town: object) -> Iterator[Connection]:
    with town.connect() as made:  # type: ignore[attr-defined]
        outer = made.begin()
        made.execute(text(SERVICE))
        gazetteer.load(made, SYSTEM, hotline_file.points().encode(), "places.csv")
        yield made
        outer.rollback()


def officer(connection: Connection) -> Principal:
    return account(connection, "street_supervisor", area=WEST).principal


def test_the_same_file_again_changes_nothing(connection: Connection) -> None:
    again = gazetteer.load(connection, SYSTEM, hotline_file.points().encode(), "places.csv")
    assert (again.rows, again.changed) == (9, 0)
    (found,) = gazetteer.search(connection, ["示意区西街道西北社区示意北里2号楼3单元501"])
    assert found.status == "matched"
    assert found.candidates[0].place.label == "示意北里小区2号楼3单元"
    assert found.candidates[0].place.community == "990101001001"


def test_places_of_an_undone_load_are_not_kept_in_memory(connection: Connection) -> None:
    header = "类型,名称,经度,纬度"
    undone = connection.begin_nested()
    gazetteer.load(connection, SYSTEM, f"{header}\n小区,未成里,116.4,39.9".encode(), "a.csv")
    assert gazetteer.search(connection, ["未成里"])[0].candidates
    undone.rollback()
    gazetteer.load(connection, SYSTEM, f"{header}\n小区,成里苑,116.4,39.9".encode(), "a.csv")
    assert gazetteer.search(connection, ["成里苑"])[0].candidates
    candidates = gazetteer.search(connection, ["未成里"])[0].candidates
    assert not any("未成里" in one.place.label for one in candidates)


def test_good_rows_are_kept_and_faulty_ones_told(connection: Connection) -> None:
    lines = ["类型,名称,上级,经度,纬度", "小区,新里,,116.4,39.9", "楼,1号楼,,116.4,39.9", "楼,1号楼,没有的,116.4,39.9",
             "岛,x,,1,1", "小区,y,,a,b", "小区,,,1,1"]  # fmt: skip
    done = gazetteer.load(connection, SYSTEM, "\n".join(lines).encode("gbk"), "b.csv")
    assert (done.rows, done.changed) == (6, 1)
    assert sorted(finding.where for finding in done.findings) == [f"row {n}" for n in (3, 4, 5, 6, 7)]
    with pytest.raises(NotAGazetteer):
        gazetteer.load(connection, SYSTEM, b"a,b\n1,2\n", "c.csv")
    with pytest.raises(NotAGazetteer):
        gazetteer.load(connection, SYSTEM, b"{", "c.geojson")


def test_other_datums_come_to_the_same_place(connection: Connection) -> None:
    lon, lat = tiny_town.lonlat(50, 50)
    for datum in ("gcj02", "bd09"):
        x, y = from_wgs84([lon], [lat], datum)
        feature = {"type": "Feature", "properties": {"kind": "landmark", "name": f"塔{datum}"},
                   "geometry": {"type": "Point", "coordinates": [float(x[0]), float(y[0])]}}  # fmt: skip
        content = json.dumps({"type": "FeatureCollection", "features": [feature]}).encode()
        assert gazetteer.load(connection, SYSTEM, content, "a.geojson", datum=datum).changed == 1
        (found,) = gazetteer.search(connection, [f"塔{datum}"])
        place = found.candidates[0].place
        assert place.x == pytest.approx(tiny_town.WEST + 50, abs=0.01)
        assert place.y == pytest.approx(tiny_town.SOUTH + 50, abs=0.01)


def test_a_pick_is_remembered_and_two_picks_are_open_again(connection: Connection) -> None:
    who = officer(connection)
    ids = {one.label: one.id for one in gazetteer.index(connection).places}
    with auth.acting_as(connection, who):
        assert gazetteer.learn(connection, who, "老百货大楼3-2-501", ids["示意花园"])
        assert not gazetteer.learn(connection, who, "3号楼", ids["示意花园"])
        (found,) = gazetteer.search(connection, ["老百货大楼三号楼2单元102室"])
        assert (found.status, found.candidates[0].place.label) == ("matched", "示意花园")
        gazetteer.confirm(connection, [("老百货大楼3-2-501", ids["示意花园"])])
        gazetteer.learn(connection, who, "老百货大楼3-2-501", ids["示意便民超市"])
        (found,) = gazetteer.search(connection, ["老百货大楼3-2-501"])
        assert found.status == "several"
        with pytest.raises(NotAllowed):
            gazetteer.learn(connection, who, "东苑", ids["示意东苑"])
        with pytest.raises(gazetteer.UnknownPlace):
            gazetteer.learn(connection, who, "东苑", 10**6)
    kept = connection.execute(
        text("SELECT key, uses, made_by FROM gazetteer.learned ORDER BY uses DESC")
    ).all()
    assert kept[0].uses == 2
    assert kept[0].made_by == who.key
    assert not any("501" in row.key for row in kept)


def test_nobody_adds_beyond_their_ground(connection: Connection) -> None:
    who = officer(connection)
    lon, lat = tiny_town.lonlat(350, 350)
    draft = PlaceDraft(kind="landmark", name="东塔", x=lon, y=lat)
    with auth.acting_as(connection, who), pytest.raises(gazetteer.PlaceRefused, match="beyond"):
        gazetteer.add(connection, who, draft)
    west_lon, west_lat = tiny_town.lonlat(50, 50)
    for taken in (
        PlaceDraft(kind="compound", name="搬走", x=west_lon, y=west_lat, code="c3"),
        PlaceDraft(kind="landmark", name="东塔", x=lon, y=lat, community="990101001001"),
    ):
        with auth.acting_as(connection, who), pytest.raises(gazetteer.PlaceRefused, match="beyond"):
            gazetteer.add(connection, who, taken)
    connection.execute(text("SELECT set_config('gridward.principal', 'public', true)"))
    assert connection.execute(text("SELECT count(*) FROM gazetteer.places")).scalar_one() == 0
    assert connection.execute(text("SELECT count(*) FROM gazetteer.learned")).scalar_one() == 0
