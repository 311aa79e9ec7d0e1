"""File to file: every output, odd cells, and no database anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import geopandas
import pandas as pd
import pytest
import shapely

from app.core.settings import ROOT
from app.incidents import assigning, columns, files, intake
from app.incidents.summary import CannotWrite
from tests import tiny_town

TOWN = [
    (code, tiny_town.polygon(100 * column, 300 - 100 * row, 100 * column + 100, 400 - 100 * row))
    for row, codes in enumerate(tiny_town.CELLS)
    for column, code in enumerate(codes)
]
PLACES = {"in": (50, 50), "edge": (100, 350), "near": (-30, 150), "far": (-60, 150)}


def cells_file(folder: Path, *more: tuple[str, shapely.Polygon]) -> Path:
    codes, shapes = zip(*TOWN, *more, strict=True)
    file = folder / "cells.gpkg"
    geopandas.GeoDataFrame({"code": codes}, geometry=list(shapes), crs=4548).to_file(file)
    return file


def points_file(folder: Path) -> Path:
    file = folder / "points.csv"
    rows = [f"{n},{tiny_town.WEST + x},{tiny_town.SOUTH + y},keep me" for n, (x, y) in PLACES.items()]
    file.write_text("\n".join(["id,x,y,note", *rows, "bad,east,1,keep me too"]) + "\n")
    return file


def assign(points: Path, cells: assigning.Cells, out: Path) -> assigning.Assigned:
    file = files.open_points(points)
    chosen = columns.choose(file.columns, {}, ("lon", "lat"), ("id", "lon", "lat"))
    return assigning.assign(
        file,
        intake.Options(chosen, "epsg:4548"),
        cells,
        out,
        rejected_path=points.with_suffix(".rejected.csv"),
    )


@pytest.mark.parametrize("suffix", ["csv", "parquet", "gpkg", "geojson"])
def test_every_output_has_all_columns_and_the_cell(tmp_path: Path, suffix: str) -> None:
    cells = assigning.read_cells(cells_file(tmp_path))
    assert cells.metric.srid == 4548
    out = tmp_path / f"out.{suffix}"
    assigned = assign(points_file(tmp_path), cells, out)
    assert (assigned.rows, assigned.in_a_cell, assigned.snapped, assigned.outside, assigned.rejected) == (
        5,
        2,
        1,
        1,
        1,
    )
    assert assigned.rejected_file is not None
    assert "east" in assigned.rejected_file.read_text(encoding="utf-8-sig")
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet}.get(suffix, geopandas.read_file)
    frame = read(out)
    assert frame["id"].tolist() == list(PLACES)
    assert set(frame["note"]) == {"keep me"}
    codes = [None if pd.isna(code) else str(int(code)) for code in frame["cell"]]
    assert codes == ["990101001002003", "990101001001001", "990101001002001", None]
    assert frame["found"].tolist() == ["in a cell", "in a cell", "snapped", "outside"]
    assert frame["snapped_m"].tolist()[2] == 30.0
    assert not list(tmp_path.glob("*.part*"))
    if suffix in {"gpkg", "geojson"}:
        assert (frame.geometry.x[0], frame.geometry.y[0]) == pytest.approx(tiny_town.lonlat(50, 50), abs=1e-8)


def test_odd_cells_are_told(tmp_path: Path) -> None:
    bowtie = shapely.Polygon(
        [(tiny_town.WEST + x, tiny_town.SOUTH + y) for x, y in [(500, 0), (600, 100), (600, 0), (500, 100)]]
    )
    cells = assigning.read_cells(
        cells_file(
            tmp_path,
            ("990101001001001", tiny_town.polygon(0, 400, 100, 450)),
            ("", tiny_town.polygon(0, 450, 100, 500)),
            ("z", bowtie),
            ("y", tiny_town.polygon(370, 0, 450, 100)),
        )
    )
    told = {finding.code: finding for finding in cells.findings if finding.severity == "warning"}
    assert told.keys() == {"duplicate-code", "no-code", "invalid-ring", "overlap"}
    assert told["overlap"].square_metres == pytest.approx(3000)
    assert "990101002002004 and y" in told["overlap"].where
    x, y = [tiny_town.WEST + 50, tiny_town.WEST + 380], [tiny_town.SOUTH + 425, tiny_town.SOUTH + 50]
    placed = cells.ground.place(x, y)
    assert cells.ground.codes[placed.cell].tolist() == ["990101001001001", "990101002002004"]


def test_an_output_of_no_known_format_or_folder_is_refused_before_reading(tmp_path: Path) -> None:
    cells = assigning.read_cells(cells_file(tmp_path))
    with pytest.raises(assigning.UnknownFormat, match=r"\.parquet"):
        assign(points_file(tmp_path), cells, tmp_path / "out.doc")
    with pytest.raises(CannotWrite, match="no folder"):
        assign(points_file(tmp_path), cells, tmp_path / "missing" / "out.csv")


def test_the_command_needs_no_database(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRIDWARD_")}
    home = tmp_path / "home"
    out = tmp_path / "out.csv"
    done = subprocess.run(
        [
            sys.executable, "-c", "from app.cli import main; main()",
            "assign", str(points_file(tmp_path)), "--cells", str(cells_file(tmp_path)), "--datum", "epsg:4548", "-o", str(out),
        ],
        cwd=ROOT, env=environment | {"GRIDWARD_HOME": str(home)}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    summary = json.loads(done.stdout.splitlines()[-1])
    assert (summary["in_a_cell"], summary["snapped"], summary["outside"], summary["rejected"]) == (2, 1, 1, 1)
    assert "row 5" in done.stderr
    assert out.is_file()
    assert not home.exists()  # where the private cluster would be


@pytest.mark.parametrize(
    ("lon", "lat", "srid"),
    [
        (116.5, 39.9, 4548),
        (104.07, 30.67, 4544),
        (87.6, 43.8, 4538),
        (-87.6, 41.9, 32616),
        (151.2, -33.9, 32756),
    ],
)
def test_the_zone_fits_the_place(lon: float, lat: float, srid: int) -> None:
    assert assigning.metric_zone(lon, lat) == srid
