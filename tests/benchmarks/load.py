"""`python -m tests.benchmarks load`: the whole `gridward incidents load` against a bare binary COPY of the same rows.

The command is timed as a user sees it: start of Python, reading Parquet, finding cells, storing, indexing, commit.
The bare COPY puts the same rows, ready in PostgreSQL's own binary form, into the same table with the same indexes
and the same trigger, emptied before; as the owner, for COPY knows no row-level security.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from sqlalchemy import text

from app.core.settings import ROOT, Settings
from app.db.cluster import Cluster
from app.db.databases import Databases
from app.db.engine import driver
from app.geo.crs import Metric
from tests.conftest import METRIC_SRID, drop_database, make_database

SIDE = 220  # cells to a side: 48,400, as in the real district
WEST, SOUTH = 448_000.0, 4_410_000.0  # metres, EPSG:4548: on Chaoyang's ground
COLUMNS = """load_id, source, source_id, reported_at, category, description, original_x, original_y, datum,
  accuracy_m, found, cell_id, community, snapped_m, candidates, synthetic, geom"""
AREAS = """
  INSERT INTO areas.areas (edition_id, level, code, name, validity, geom)
  SELECT :edition, level, 'all', 'synthetic', '(,)',
         ST_Multi(ST_MakeEnvelope(:west, :south, :west + :side * 100, :south + :side * 100, :srid))
    FROM unnest(ARRAY['district', 'community']) AS level"""
LATTICE = """
  INSERT INTO areas.cells (edition_id, number, code, parent_level, parent_code, area_m2, validity, geom)
  SELECT :edition, r * :side + k + 1, to_char(r * :side + k + 1, 'FM000000'), 'community', 'all', 10000, '(,)',
         ST_Multi(ST_MakeEnvelope(:west + k * 100, :south + r * 100, :west + k * 100 + 100, :south + r * 100 + 100, :srid))
    FROM generate_series(0, :side - 1) AS r, generate_series(0, :side - 1) AS k"""


def run(rows: int = 1_000_000, repeats: int = 3) -> dict[str, Any]:
    """Return seconds of the command and of the bare COPY, by turns `repeats` times, and the ratio of their medians."""
    admin = os.environ.get("GRIDWARD_TEST_ADMIN_URL")
    admin = admin or Cluster.of(Settings.from_env(os.environ), purpose="test").start().admin_url
    databases, name = make_database(admin)
    try:
        with tempfile.TemporaryDirectory() as folder:
            return _measure(databases, Path(folder), rows, repeats)
    finally:
        drop_database(admin, databases, name)


def _measure(databases: Databases, folder: Path, rows: int, repeats: int) -> dict[str, Any]:
    lay_squares(databases)
    file = folder / "incidents.parquet"
    write_points(file, rows)
    _load(databases, _first_rows(file, folder))  # compiles the kernels, once per machine
    loads, copies = [], []
    summary: dict[str, Any] = {}
    for _ in range(repeats):
        _empty(databases)
        seconds, summary = _load(databases, file)
        loads.append(seconds)
        copies.append(_bare_copy(databases, folder / "rows.bin"))
    return {
        "benchmark": "load",
        "rows": summary["rows"],
        "stored": summary["new"],
        "in_a_cell": summary["in_a_cell"],
        "load_seconds": [round(value, 2) for value in loads],
        "copy_seconds": [round(value, 2) for value in copies],
        "ratio_copy": round(median(loads) / median(copies), 3),
        "at_most": 1.5,
    }


def lay_squares(databases: Databases) -> None:
    with databases.owner.begin() as connection:
        edition = connection.execute(
            text(
                "INSERT INTO areas.editions (name, validity, published_at) VALUES ('bench', '(,)', now()) RETURNING id"
            )
        ).scalar_one()
        where = {"edition": edition, "side": SIDE, "west": WEST, "south": SOUTH, "srid": METRIC_SRID}
        connection.execute(text(AREAS), where)
        connection.execute(text(LATTICE), where)
    with databases.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE areas.cells"))


def write_points(file: Path, rows: int) -> None:
    """Write points strewn over the squares and a little beyond, as a city's export would hold them."""
    random = np.random.default_rng(7)
    metres = SIDE * 100
    x = random.uniform(WEST - 60, WEST + metres + 60, rows)
    y = random.uniform(SOUTH - 60, SOUTH + metres + 60, rows)
    lon, lat = Metric(METRIC_SRID).to_lonlat(x, y)
    categories = np.array(["暴露垃圾", "占道经营", "违规停车", "市政设施损坏"], object)
    table = pa.table(
        {
            "id": [f"R{number:08d}" for number in range(rows)],
            "lon": lon,
            "lat": lat,
            "reported_at": pa.array(
                1_767_225_600_000_000 + np.sort(random.integers(0, 90 * 86_400_000_000, rows)),
                pa.timestamp("us", "Asia/Shanghai"),
            ),
            "category": categories[random.integers(0, len(categories), rows)],
            "description": [f"synthetic {number % 977}" for number in range(rows)],
        }
    )
    pyarrow.parquet.write_table(table, file)


def _first_rows(file: Path, folder: Path) -> Path:
    first = folder / "first.parquet"
    pyarrow.parquet.write_table(pyarrow.parquet.read_table(file).slice(0, 1000), first)
    return first


def _load(databases: Databases, file: Path) -> tuple[float, dict[str, Any]]:
    environment = os.environ | {
        "GRIDWARD_DATABASE_URL": databases.service.url.set(drivername="postgresql").render_as_string(False),
        "GRIDWARD_METRIC_CRS": f"EPSG:{METRIC_SRID}",
    }
    command = [sys.executable, "-c", "from app.cli import main; main()", "incidents", "load", str(file)]
    began = time.perf_counter()
    done = subprocess.run(command, env=environment, cwd=ROOT, check=True, capture_output=True, text=True)
    return time.perf_counter() - began, json.loads(done.stdout.splitlines()[-1])


def _bare_copy(databases: Databases, file: Path) -> float:
    """Write the stored rows out in file order, empty the table, and time their COPY back, with its commit."""
    with databases.owner.begin() as connection, driver(connection).cursor() as cursor:
        query = f"COPY (SELECT {COLUMNS} FROM incidents.incidents ORDER BY id) TO STDOUT (FORMAT binary)"
        with file.open("wb") as out, cursor.copy(query) as copy:
            for block in copy:
                out.write(block)
    _empty(databases)
    began = time.perf_counter()
    into = f"COPY incidents.incidents ({COLUMNS}) FROM STDIN (FORMAT binary)"
    with (
        file.open("rb") as source,
        databases.owner.begin() as connection,
        driver(connection).cursor() as cursor,
        cursor.copy(into) as copy,
    ):
        while block := source.read(1 << 20):
            copy.write(block)
    return time.perf_counter() - began


def _empty(databases: Databases) -> None:
    with databases.owner.begin() as connection:
        connection.execute(text("ALTER TABLE cases.transitions DISABLE TRIGGER transitions_append_only"))
        connection.execute(text("TRUNCATE incidents.incidents CASCADE"))  # cases refer to it; there are none
        connection.execute(text("ALTER TABLE cases.transitions ENABLE TRIGGER transitions_append_only"))
