"""One million points to their cells: our fast path, geopandas.sjoin and PostGIS, interleaved; every point compared.

We start from metric x, y and end with a cell index. The peers start from ready point geometries in the same CRS
and need not even break ties: geopandas returns pairs, PostGIS counts them. PostGIS is driven from the cells,
with a GiST index on the points, in one process and with its default parallel workers. Like is set against like,
one thread against one process and all processors against all, and the smaller ratio is the one that is quoted.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import geopandas as gpd
import numpy as np
import psycopg
import shapely
from sqlalchemy import make_url

from app.core.settings import Settings
from app.db.cluster import Cluster
from app.geo.locator import Locator
from tests.benchmarks import chaoyang, memory
from tests.benchmarks.chaoyang import say
from tests.conftest import drop_database, make_database

POINTS = 1_000_000
SRID = 4548
HALF_A_SECOND = 0.5
JOIN = "SELECT count(*) FROM cells AS c JOIN points AS p ON ST_Covers(c.geom, p.geom)"
ANSWER = """
    SELECT p.id, min(c.id) FROM cells AS c JOIN points AS p ON ST_Covers(c.geom, p.geom) GROUP BY p.id
"""


def run(rounds: int) -> dict[str, float | int]:
    """Return the ratios (theirs over ours, in time), the disagreements, and what they come from."""
    polygons, district = chaoyang.cells()
    x, y = chaoyang.points(polygons, district, POINTS)
    say(f"{len(polygons)} cells, {POINTS} points, {chaoyang.ON_LINES} of them on lines, corners and vertices")
    begin = time.perf_counter()
    locator = Locator.build(polygons)
    build = time.perf_counter() - begin
    ours = locator.locate(x, y)
    frame = gpd.GeoDataFrame(geometry=shapely.points(x, y), crs=SRID)
    ground = gpd.GeoDataFrame(geometry=polygons, crs=SRID)
    with postgis(polygons, x, y) as connection:
        theirs = answers(connection)
        runs: dict[str, Callable[[], object]] = {
            "ours": lambda: locator.locate(x, y),
            "ours_parallel": lambda: locator.locate(x, y, parallel=True),
            "geopandas": lambda: gpd.sjoin(frame, ground, predicate="intersects"),
            "postgis_1": lambda: count(connection, 0),
            "postgis_parallel": lambda: count(connection, 2),
        }
        seconds = medians(runs, rounds)
    alone = seconds["postgis_1"] / seconds["ours"]
    together = seconds["postgis_parallel"] / seconds["ours_parallel"]
    return {
        "cells": len(polygons),
        "points": POINTS,
        "disagreements": int((ours != theirs).sum()),
        "ratio_geopandas": round(seconds["geopandas"] / seconds["ours"], 1),
        "ratio_postgis": round(min(alone, together), 1),
        "ratio_postgis_one_process": round(alone, 1),
        "ratio_postgis_all_processors": round(together, 1),
        "ratio_geopandas_parallel": round(seconds["geopandas"] / seconds["ours_parallel"], 1),
        "points_per_second": round(POINTS / seconds["ours"]),
        "points_per_second_parallel": round(POINTS / seconds["ours_parallel"]),
        "build_seconds": round(build, 2),
        "mb_10m": memory.in_a_process(),
        **{f"seconds_{name}": round(value, 4) for name, value in seconds.items()},
    }


def medians(runs: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Time all, in turn, round after round, each warm: what takes milliseconds is repeated for half a second."""
    taken: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, work in runs.items():
            work()
            until = time.perf_counter() + HALF_A_SECOND
            while True:
                begin = time.perf_counter()
                work()
                end = time.perf_counter()
                taken[name].append(end - begin)
                if end > until:
                    break
        say("  ".join(f"{name} {statistics.median(times):.4f} s" for name, times in taken.items()))
    return {name: statistics.median(times) for name, times in taken.items()}


@contextmanager
def postgis(polygons: np.ndarray, x: np.ndarray, y: np.ndarray) -> Iterator[psycopg.Connection]:
    """Cells and points in a database of their own, in the same numbers, with a GiST index on the points."""
    given = os.environ.get("GRIDWARD_TEST_ADMIN_URL")
    admin_url = given or Cluster.of(Settings.from_env(os.environ), purpose="test").start().admin_url
    databases, name = make_database(admin_url)
    address = make_url(admin_url).set(drivername="postgresql", database=name)
    try:
        with psycopg.connect(address.render_as_string(hide_password=False), autocommit=True) as connection:
            fill(connection, polygons, x, y)
            yield connection
    finally:
        drop_database(admin_url, databases, name)


def fill(connection: psycopg.Connection, polygons: np.ndarray, x: np.ndarray, y: np.ndarray) -> None:
    connection.execute("CREATE UNLOGGED TABLE cells (id integer, geom geometry)")
    connection.execute("CREATE UNLOGGED TABLE points (id integer, geom geometry)")
    for table, shapes in (("cells", polygons), ("points", shapely.points(x, y))):
        wkb = shapely.to_wkb(shapely.set_srid(shapes, SRID), hex=True, include_srid=True)
        with connection.cursor().copy(f"COPY {table} (id, geom) FROM STDIN") as copy:
            for start in range(0, len(wkb), 20_000):
                rows = enumerate(wkb[start : start + 20_000], start)
                copy.write("".join(f"{i}\t{text}\n" for i, text in rows))
    connection.execute("CREATE INDEX ON points USING gist (geom)")
    connection.execute("VACUUM ANALYZE cells, points")


def count(connection: psycopg.Connection, workers: int) -> int:
    """Join, driven from the cells through the points' index, and count the pairs."""
    connection.execute(f"SET max_parallel_workers_per_gather = {workers:d}")
    row = connection.execute(JOIN).fetchone()
    assert row is not None
    return int(row[0])


def answers(connection: psycopg.Connection) -> np.ndarray:
    """Return PostGIS's cell of every point: covered, smallest; and check the plan that is timed."""
    plan = "\n".join(row[0] for row in connection.execute("EXPLAIN " + JOIN))
    assert "Index Scan using points_geom_idx" in plan, plan
    cell = np.full(POINTS, -1)
    point, smallest = np.array(connection.execute(ANSWER).fetchall()).T
    cell[point] = smallest
    return cell
