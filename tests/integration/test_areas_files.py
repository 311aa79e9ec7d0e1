"""Boundary files as they come: formats, encodings, datums; and levels given back, over the command line."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from typer.testing import CliRunner, Result

from app.cli import app
from app.core.errors import GridwardError
from app.db.databases import Databases
from app.demo import boundary
from app.geo.datum import from_wgs84
from tests import tiny_town

Run = Callable[..., Result]


def town(level: str, **columns: str) -> gpd.GeoDataFrame:
    frame = gpd.read_file(tiny_town.FILE)
    return frame[frame.level == level].drop(columns=["level", "synthetic"]).rename(columns=columns)


@pytest.fixture
def run(fresh_databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command line on a database of its own."""
    for variable, engine in (("OWNER_URL", fresh_databases.owner), ("DATABASE_URL", fresh_databases.service)):
        url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        monkeypatch.setenv(f"GRIDWARD_{variable}", url)

    def invoke(*arguments: object) -> Result:
        return CliRunner().invoke(app, ["areas", *map(str, arguments)])

    return invoke


def told(result: Result) -> dict:
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refusal(result: Result) -> GridwardError:
    assert isinstance(result.exception, GridwardError), result.output
    return result.exception


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".fgb", ".shp"])
def test_every_format(run: Run, tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"areas{suffix}"
    town("district").to_file(file)
    report = told(run("load", file, "--level", "district", "--json"))
    assert (report["outcome"], report["features"]) == ("loaded", 1)
    assert report["columns"] == {"code": "code", "name": "name", "parent": None}


@pytest.mark.parametrize("zipped", [False, True])
def test_a_shapefile_in_gbk_that_does_not_say_so(run: Run, tmp_path: Path, *, zipped: bool) -> None:
    file = tmp_path / "社区.shp"
    town("community", code="DM", name="MC").to_file(file, encoding="GBK")
    file.with_suffix(".cpg").unlink()
    if zipped:
        with zipfile.ZipFile(tmp_path / "areas.zip", "w") as archive:
            for part in tmp_path.glob("社区.*"):
                archive.write(part, f"areas{part.suffix}")
        file = tmp_path / "areas.zip"
    report = told(run("load", file, "--level", "community", "--json"))
    assert report["columns"] == {"code": "DM", "name": "MC", "parent": None}
    assert any("GBK" in finding["message"] for finding in report["findings"])
    told(run("lay-grid", "--json"))
    back = tmp_path / "back.geojson"
    told(run("export", "--level", "community", "-o", back, "--json"))
    assert sorted(gpd.read_file(back).name) == sorted(town("community").name)


@pytest.mark.parametrize("datum", ["gcj02", "bd09", "epsg:4548", "epsg:32650"])
def test_any_datum_lands_on_the_same_ground(run: Run, tmp_path: Path, datum: str) -> None:
    frame = town("community")
    moved = shapely.transform(
        frame.geometry.to_numpy(), lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], datum))
    )
    file = tmp_path / "areas.geojson"
    frame.assign(geometry=moved).set_crs(4326, allow_override=True).to_file(file, COORDINATE_PRECISION=12)
    told(run("load", file, "--level", "community", "--datum", datum, "--json"))
    laid = told(run("lay-grid", "--json"))
    assert laid["cells"] == (16 if datum != "epsg:32650" else laid["cells"])
    back = tmp_path / "back.gpkg"
    told(run("export", "--level", "community", "-o", back, "--datum", "metric", "--json"))
    for polygon, (_, _, _, *corners) in zip(
        gpd.read_file(back).geometry, [a for a in tiny_town.AREAS if a[0] == "community"], strict=True
    ):
        assert shapely.hausdorff_distance(polygon.boundary, tiny_town.polygon(*corners).boundary) < 1


def test_a_file_in_its_own_projected_crs(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "areas.gpkg"
    town("community").to_crs(4548).to_file(file)
    report = told(run("load", file, "--level", "community", "--json"))
    assert report["datum"] == "epsg:4548"


@pytest.mark.parametrize("suffix", [".geojson", ".gpkg", ".fgb", ".shp"])
def test_cells_given_back_and_loaded_as_drawn_ones(run: Run, tmp_path: Path, suffix: str) -> None:
    for level in tiny_town.LEVELS:
        told(run("load", tiny_town.FILE, "--level", level, "--edition", "tiny", "--synthetic", "--json"))
    told(run("lay-grid", "--json"))
    file = tmp_path / f"cells{suffix}"
    told(run("export", "--level", "cell", "-o", file, "--json"))
    cells = gpd.read_file(file)
    assert len(cells) == 16
    assert set(cells.synthetic) <= {True}
    report = told(
        run("load", file, "--level", "cell", "--edition", "drawn", "--from", "2026-03-01", "--json")
    )
    assert report["published"]
    assert report["carried_over"] == ["district", "street", "community", "neighbour"]
    names = [edition["name"] for edition in told(run("editions", "--json"))]
    assert names == ["tiny", "drawn"]


def test_layers_of_a_geopackage(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "areas.gpkg"
    town("street").to_file(file, layer="jiedao")
    town("community").to_file(file, layer="community")
    assert told(run("load", file, "--level", "community", "--json"))["features"] == 4
    assert told(run("load", file, "--level", "street", "--layer", "jiedao", "--json"))["features"] == 2
    assert "--layer" in str(refusal(run("load", file, "--level", "street")))


def test_a_refused_file_leaves_nothing_behind(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "areas.geojson"
    frame = town("community")
    frame.geometry = [frame.geometry.iloc[0].buffer(0.0003), *frame.geometry.iloc[1:]]
    frame.to_file(file)
    result = run("load", file, "--level", "community", "--json")
    said = [finding.to_dict() for finding in refusal(result).findings]
    assert {"where", "lon", "lat", "square_metres"} <= next(f for f in said if f["code"] == "overlap").keys()
    assert told(run("editions", "--json")) == []
    checked = told(run("load", file, "--level", "community", "--repair", "--dry-run", "--json"))
    assert checked["outcome"] == "checked"
    assert checked["repaired"] > 0
    assert told(run("editions", "--json")) == []


def test_the_real_district_in_gcj02_is_suspected(run: Run, tmp_path: Path) -> None:
    real = boundary.read(lambda _: None).district
    shifted = shapely.transform(
        real.polygon, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], "gcj02"))
    )
    file = tmp_path / "district.geojson"
    gpd.GeoDataFrame({"code": [real.code], "name": [real.name]}, geometry=[shifted], crs=4326).to_file(file)
    result = run("load", file, "--level", "district", "--datum", "wgs84", "--json")
    (finding,) = [f for f in refusal(result).findings if f.code == "suspected-datum"]
    assert "--datum gcj02" in finding.remedy
    assert told(run("load", file, "--level", "district", "--datum", "gcj02", "--json"))["outcome"] == "loaded"


def test_files_that_can_not_be_read(run: Run, tmp_path: Path) -> None:
    empty, broken, table, bare = (
        tmp_path / name for name in ("e.geojson", "b.geojson", "t.csv", "n.geojson")
    )
    empty.write_text('{"type": "FeatureCollection", "features": []}')
    broken.write_text('{"type":')
    table.write_text("code,name\n1,x\n")
    town("community")[["geometry"]].to_file(bare)
    said = {
        file: str(refusal(run("load", file, "--level", "community")))
        for file in (empty, broken, table, bare, tmp_path / "none.shp")
    }
    assert "is empty" in said[empty]
    assert "b.geojson" in said[broken]
    assert "without geometry" in said[table]
    assert "--code" in said[bare]
    assert "There is no file" in said[tmp_path / "none.shp"]
    assert "'xyz' is not among: level, code" in str(
        refusal(run("load", tiny_town.FILE, "--level", "street", "--code", "xyz"))
    )
    assert "village" in str(refusal(run("load", tiny_town.FILE, "--level", "village")))
    assert "wgs84" in str(refusal(run("load", tiny_town.FILE, "--level", "street", "--datum", "mars")))


def test_a_zipped_folder_with_chinese_columns(run: Run, tmp_path: Path) -> None:
    frame = town("community").drop(columns="parent_code", errors="ignore")
    streets = [code[:9] for code in frame.code]
    frame = frame.rename(columns={"code": "社区代码", "name": "社区名"}).assign(街道代码=streets)
    frame.to_file(tmp_path / "社区.shp", encoding="GBK")
    (tmp_path / "社区.cpg").unlink()
    file = tmp_path / "areas.zip"
    with zipfile.ZipFile(file, "w") as archive:
        for part in tmp_path.glob("社区.*"):
            archive.write(part, f"朝阳/社区{part.suffix}")
    report = told(run("load", file, "--level", "community", "--json"))
    assert report["columns"] == {"code": "社区代码", "name": "社区名", "parent": "街道代码"}
    district = tmp_path / "district.geojson"
    town("district").rename(columns={"code": "代码", "name": "名称"}).to_file(district)
    report = told(run("load", district, "--level", "district", "--json"))
    assert report["columns"] == {"code": "代码", "name": "名称", "parent": None}


def test_what_is_no_boundary_file_is_told_in_our_words(run: Run, tmp_path: Path) -> None:
    nothing, words, hollow = tmp_path / "n.shp", tmp_path / "w.geojson", tmp_path / "h.zip"
    nothing.touch()
    words.write_text("hello")
    with zipfile.ZipFile(hollow, "w") as archive:
        archive.writestr("readme.txt", "hello")
    for file, reason in (
        (nothing, "0 bytes"),
        (words, "in no format that is known here"),
        (hollow, "in no format that is known here"),
        (tmp_path, "is a folder"),
    ):
        assert reason in str(refusal(run("load", file, "--level", "community")))


def test_swapped_axes_are_one_error(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "areas.geojson"
    frame = town("community")
    turned = shapely.transform(frame.geometry.to_numpy(), lambda xy: xy[:, ::-1])
    frame.assign(geometry=turned).to_file(file)
    errors = [f for f in refusal(run("load", file, "--level", "community")).findings if f.severity == "error"]
    assert [finding.code for finding in errors] == ["swapped-axes"]


def test_what_a_repair_leaves_open_is_not_called_repaired(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "areas.gpkg"
    squares = [shapely.box(x, y, x + 300, y + 300) for y in (0, 300, 600) for x in (0, 300, 600)]
    squares[4] = shapely.Polygon(
        [(300, 300), (600, 600), (600, 300), (300, 600)]
    )  # a bow-tie amid the others
    moved = shapely.transform(squares, lambda xy: xy + np.array([tiny_town.WEST, tiny_town.SOUTH]))
    gpd.GeoDataFrame({"code": list("abcdefghi")}, geometry=moved, crs=4548).to_file(file)
    found = told(run("load", file, "--level", "community", "--repair", "--dry-run", "--json"))["findings"]
    assert any(f["code"] == "invalid-ring" and f["repaired"] for f in found)
    gaps = [f for f in found if f["code"] == "gap"]
    assert len(gaps) == 2
    assert not any(f.get("repaired") for f in gaps)


def test_an_export_that_can_not_be_written(run: Run, tmp_path: Path) -> None:
    for level in tiny_town.LEVELS:
        told(run("load", tiny_town.FILE, "--level", level, "--json"))
    told(run("lay-grid", "--json"))
    refused = refusal(run("export", "--level", "cell", "-o", tmp_path / "nowhere" / "cells.gpkg"))
    assert "can't be written" in str(refused)
    told(run("export", "--level", "cell", "-o", tmp_path / "cells.shp", "--json"))
    assert {file.suffix for file in tmp_path.iterdir()} == {".shp", ".shx", ".dbf", ".prj", ".cpg"}


def test_the_text_for_people(run: Run) -> None:
    result = run("load", tiny_town.FILE, "--level", "community", "--edition", "tiny", "--synthetic")
    assert "Loaded: 4 community areas, edition tiny (draft)" in result.stdout
    result = run("lay-grid")
    assert "Laid: 16 cells in 4 communities, 16 of them whole squares" in result.stdout
    assert "示意分区" in run("editions").stdout
