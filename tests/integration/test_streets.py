"""Streets from files on tiny town: what is kept, what is named as wrong, what can be walked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import geopandas
import numpy as np
import pytest
from sqlalchemy import Connection
from typer.testing import CliRunner

from app.areas.reading import EmptyFile, MissingColumn, UnreadableFile
from app.cli import app as cli
from app.core.errors import BadInput
from app.db.databases import Databases
from app.db.engine import transaction
from app.streets import service as streets
from app.streets.reading import Columns, NoStreets
from tests import tiny_town
from tests.conftest import drop_database, make_database
from tests.street_grid import feature, town_streets, write, write_osm


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    made, name = make_database(admin_url)
    with transaction(made.owner) as connection:
        tiny_town.load(connection)
    yield made
    drop_database(admin_url, made, name)


@pytest.fixture
def owner(town: Databases) -> Iterator[Connection]:
    with town.owner.connect() as connection, connection.begin() as undone:
        yield connection
        undone.rollback()


def test_lines_are_cut_where_they_cross_and_walked_along(owner: Connection, tmp_path: Path) -> None:
    report = streets.load(owner, write(tmp_path / "s.geojson", town_streets()), synthetic=True)
    assert report.stored
    assert report.figures["ways"] == 40  # 4 pieces each of 10 lines
    assert report.figures["km"] == {"street": 2.0, "path": 2.0, "steps": 0.0, "barrier": 0.0}
    assert report.figures["in_one_piece"] == 1.0
    network = streets.network(owner)
    assert network is not None
    x = tiny_town.WEST + np.array([0.0, 100.0])
    y = tiny_town.SOUTH + np.array([0.0, 100.0])
    assert network.metres(x, y)[0, 1] == pytest.approx(200.0, abs=0.1)  # round the block
    assert streets.status(owner) | {"loaded_at": ""} == {
        "loaded": True, "source": "s.geojson", "synthetic": True, "loaded_at": "", **report.figures
    }  # fmt: skip


def test_what_is_wrong_is_named_feature_by_feature_and_the_rest_is_kept(
    owner: Connection, tmp_path: Path
) -> None:
    bad = [
        feature(None, highway="residential"),
        {"type": "Feature", "properties": {"highway": "path"}, "geometry": {"type": "Point", "coordinates": [117, 39]}},
        feature([(0, 0), (0, 0)], highway="path"),
        feature([(0, 400), (0, 0)], highway="residential"),  # feature 1 the other way round
        feature([(9000, 9000), (9100, 9000)], highway="path"),
        feature([(10, 10), (20, 10)], highway="proposed"),
        feature([(10, 10), (20, 10)], highway="service", access="private"),
    ]  # fmt: skip
    report = streets.load(owner, write(tmp_path / "s.geojson", [*town_streets(), *bad]))
    told = [(one.code, one.where, one.message) for one in report.findings]
    assert told == [
        ("bad-line", "feature 11", "It has no geometry; left out."),
        ("bad-line", "feature 12", "It is a Point, not a line; left out."),
        ("bad-line", "feature 13", "It has no length; left out."),
        ("duplicate", "feature 14", "It is the same as feature 1; left out."),
        ("not-taken", "highway=proposed", "1 features are neither walked along nor in the way here."),
        ("not-taken", "highway=service", "1 features are neither walked along nor in the way here."),
        ("not-taken", "outside the district", "1 features are neither walked along nor in the way here."),
    ]
    assert report.figures["ways"] == 40


def test_a_bridge_meets_no_street_that_it_crosses(owner: Connection, tmp_path: Path) -> None:
    over = feature([(150, -50), (150, 450)], highway="residential", bridge="yes")
    report = streets.load(owner, write(tmp_path / "s.geojson", [*town_streets(), over]))
    assert report.figures["ways"] == 41
    assert report.figures["in_one_piece"] < 1.0


def test_what_lies_beyond_the_district_is_cut_off(owner: Connection, tmp_path: Path) -> None:
    long = feature([(50, -5000), (50, 5000)], highway="motorway")
    streets.load(owner, write(tmp_path / "s.geojson", [*town_streets(), long]))
    barriers = streets.barriers(owner)
    assert [round(one.length) for one in barriers] == [800]  # 400 m, and 200 m at either end


def test_an_osm_extract_says_what_its_lines_are(owner: Connection, tmp_path: Path) -> None:
    report = streets.load(owner, write_osm(tmp_path / "town.osm"))
    assert report.figures["km"] == {"street": 1.6, "path": 0.0, "steps": 0.8, "barrier": 1.2}
    assert report.figures["in_one_piece"] == 1.0
    assert [one.where for one in report.findings] == ["railway=subway"]


@pytest.mark.parametrize("suffix", [".gpkg", ".shp"])
def test_other_formats_and_columns(owner: Connection, tmp_path: Path, suffix: str) -> None:
    frame = geopandas.GeoDataFrame.from_features(town_streets(), crs=4326)
    frame["类别"] = ["道路", "小路"] * 5
    frame = frame[["类别", "geometry"]].rename(columns={"类别": "cat"})
    frame.to_crs(4548).to_file(tmp_path / f"s{suffix}")
    report = streets.load(owner, tmp_path / f"s{suffix}", Columns(kind="cat"))
    assert report.figures["km"]["street"] == report.figures["km"]["path"] == 2.0


def test_a_file_that_is_no_good_changes_nothing(owner: Connection, tmp_path: Path) -> None:
    streets.load(owner, write(tmp_path / "good.geojson", town_streets()))
    (tmp_path / "empty.geojson").write_text("")
    (tmp_path / "text.geojson").write_text("no layer at all")
    write(tmp_path / "far.geojson", [feature([(9000, 0), (9100, 0)], highway="path")])
    write(tmp_path / "plain.geojson", [feature([(0, 0), (100, 0)], width=3)])
    for name, error in (
        ("nothing.geojson", UnreadableFile), ("empty.geojson", EmptyFile), ("text.geojson", UnreadableFile),
        ("far.geojson", NoStreets), ("plain.geojson", MissingColumn),
    ):  # fmt: skip
        with pytest.raises(error):
            streets.load(owner, tmp_path / name)
    with pytest.raises(BadInput, match="no kind of line"):
        streets.load(owner, tmp_path / "good.geojson", Columns(all_are="river"))
    assert streets.status(owner)["source"] == "good.geojson"
    report = streets.load(owner, tmp_path / "plain.geojson", Columns(all_are="path"), dry_run=True)
    assert (report.stored, report.figures["ways"]) == (False, 1)
    assert streets.status(owner)["source"] == "good.geojson"


def test_the_command_line_loads_and_tells(
    town: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRIDWARD_DATABASE_URL", town.service.url.render_as_string(hide_password=False))
    monkeypatch.setenv("GRIDWARD_OWNER_URL", town.owner.url.render_as_string(hide_password=False))
    assert "No streets are loaded" in CliRunner().invoke(cli, ["streets", "status"]).output
    file = write(tmp_path / "s.geojson", town_streets())
    done = CliRunner().invoke(cli, ["streets", "load", str(file), "--synthetic", "--json"])
    assert done.exit_code == 0, done.output
    assert json.loads(done.output)["ways"] == 40
    told = CliRunner().invoke(cli, ["streets", "status"]).output
    assert "示意" in told
    assert "40 pieces" in told
