"""Files as people have them: any separator and encoding, broken lines, empty files."""

from __future__ import annotations

from pathlib import Path

import geopandas
import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
import shapely

from app.incidents import files


def rows_of(file: files.PointFile) -> tuple[list[dict[str, object]], list[int], list[files.Malformed]]:
    rows: list[dict[str, object]] = []
    numbers: list[int] = []
    bad: list[files.Malformed] = []
    for batch in file.batches():
        rows += batch.columns.to_pylist()
        numbers += batch.numbers.tolist()
        bad += batch.malformed
    assert file.progress() == 1.0
    return rows, numbers, bad


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_separator_and_encoding_are_found_out(tmp_path: Path, separator: str, encoding: str) -> None:
    file = tmp_path / "points.csv"
    file.write_bytes(
        "\n".join(separator.join(row) for row in (["编号", "类别"], ["1", "垃圾"])).encode(encoding)
    )
    opened = files.open_points(file)
    assert opened.columns == ("编号", "类别")
    assert rows_of(opened)[0] == [{"编号": "1", "类别": "垃圾"}]


def test_values_stay_as_they_were_written(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text('id,lon\n007,NaN\n"8, a","1\n2"\n')
    rows, numbers, _ = rows_of(files.open_points(file))
    assert rows == [{"id": "007", "lon": "NaN"}, {"id": "8, a", "lon": "1\n2"}]
    assert numbers == [1, 2]


def test_rows_keep_their_numbers_beside_broken_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "CSV_BLOCK", 64)  # several batches
    lines = [f"{n},{n}" if n % 7 else f"{n},x,y" for n in range(1, 41)]
    file = tmp_path / "points.csv"
    file.write_text("\n".join(["id,lon", *lines]) + "\n")
    rows, numbers, bad = rows_of(files.open_points(file))
    assert [int(str(row["id"])) for row in rows] == numbers == [n for n in range(1, 41) if n % 7]
    assert [one.row for one in bad] == [7, 14, 21, 28, 35]
    assert (bad[0].expected, bad[0].found, bad[0].text) == (2, 3, "7,x,y")


def test_columns_of_one_name_are_told_apart(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_text("id,a,a,\n1,2,3,4\n")
    assert files.open_points(file).columns == ("id", "a", "a (2)", "column 4")


@pytest.mark.parametrize("name", ["points.csv", "points.parquet", "points.geojson"])
def test_a_file_of_no_bytes_is_empty(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.touch()
    with pytest.raises(files.EmptyFile, match="0 bytes"):
        files.open_points(file)


def test_files_without_rows_are_empty(tmp_path: Path) -> None:
    header = tmp_path / "header.csv"
    header.write_text("id,lon,lat\n")
    with pytest.raises(files.EmptyFile, match="header"):
        rows_of(files.open_points(header))
    table = tmp_path / "none.parquet"
    pyarrow.parquet.write_table(pa.table({"id": pa.array([], pa.string())}), table)
    with pytest.raises(files.EmptyFile, match="0 rows"):
        files.open_points(table)
    geojson = tmp_path / "none.geojson"
    geojson.write_text('{"type": "FeatureCollection", "features": []}')
    with pytest.raises(files.EmptyFile, match="0 features"):
        files.open_points(geojson)


@pytest.mark.parametrize("name", ["points.parquet", "points.gpkg", "points.geojson", "points.xyz"])
def test_what_is_not_what_its_suffix_says_is_unreadable(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes(b"\x00not this\xff" * 20)
    with pytest.raises(files.Unreadable, match=name):
        rows_of(files.open_points(file))


def test_bytes_of_no_encoding_and_missing_files_are_unreadable(tmp_path: Path) -> None:
    file = tmp_path / "points.csv"
    file.write_bytes(b"id,lon\n\xff\xff\xff,1\n")
    with pytest.raises(files.Unreadable, match="--encoding"):
        files.open_points(file)
    with pytest.raises(files.Unreadable, match="no file"):
        files.open_points(tmp_path / "missing.csv")


@pytest.mark.parametrize("suffix", ["gpkg", "geojson", "parquet"])
def test_geometries_become_coordinates(tmp_path: Path, suffix: str) -> None:
    file = tmp_path / f"points.{suffix}"
    srid = 4548 if suffix == "gpkg" else 4326
    shapes = [shapely.Point(450_000, 4_420_000), None, shapely.LineString([(0, 0), (1, 1)])]
    if srid == 4326:
        shapes[0] = shapely.Point(116.5, 39.9)
    frame = geopandas.GeoDataFrame({"id": ["a", "b", "c"]}, geometry=shapes, crs=srid)
    if suffix == "parquet":
        frame.to_parquet(file)
    else:
        frame.to_file(file)
    opened = files.open_points(file)
    assert opened.datum == ("epsg:4548" if srid == 4548 else "wgs84")
    assert opened.columns == ("id", files.GEOMETRY_X, files.GEOMETRY_Y)
    rows, numbers, _ = rows_of(opened)
    assert numbers == [1, 2, 3]
    first, *others = [(row[files.GEOMETRY_X], row[files.GEOMETRY_Y]) for row in rows]
    assert first == (shapes[0].x, shapes[0].y)
    assert np.isnan(np.array(others, float)).all()


def test_a_layer_that_is_not_there_is_unreadable(tmp_path: Path) -> None:
    file = tmp_path / "points.gpkg"
    geopandas.GeoDataFrame({"id": ["a"]}, geometry=[shapely.Point(0, 0)], crs=4326).to_file(file, layer="one")
    with pytest.raises(files.Unreadable):
        files.open_points(file, layer="two")
    assert len(rows_of(files.open_points(file, layer="one"))[0]) == 1


def test_repeats_are_counted_over_batches() -> None:
    seen = files.Seen()
    assert not seen.may_repeat()
    seen.add(np.array([1, 2], np.uint64))
    assert not seen.may_repeat()
    seen.add(np.array([2, 2, 3], np.uint64))
    assert seen.repeats() == 2
