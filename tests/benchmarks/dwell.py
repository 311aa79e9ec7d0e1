"""Seconds per cell of one day of the team: our kernel, geopandas and PostGIS, in turn, on one core; every cell compared.

Twelve members walk a patch of the district for eight hours, a fix every 5 s; a fifteenth of the fixes repeat the one
before, as phones at rest do, so that segments without length occur. All start from joined fixes in the metric CRS and end
with seconds per cell. Ours answers over the whole district, as it does in service (`_patch`: over the patch alone); the
peers over the patch alone, which is in their favour. The peers get their segments and cells ready made and indexed; each is written so that it loses
nothing: what has no length goes by point. Truth is shapely's own clipping, segment by segment.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import psycopg
import shapely

from app.geo.dwell import dwell
from app.geo.locator import Locator
from app.patrol.simulation import observe, walk
from tests.benchmarks import chaoyang
from tests.benchmarks.assign import medians, postgis
from tests.benchmarks.chaoyang import say

MEMBERS, SHIFT_S, CELLS = 12, 8 * 3600.0, 1_285
STILL = 1 / 15
GAP_S = 60.0
SEGMENTS = """
    CREATE TABLE segments AS
    SELECT s.seconds, ST_SetSRID(ST_MakeLine(ST_MakePoint(s.x0, s.y0), ST_MakePoint(s.x1, s.y1)), 4548) AS geom
      FROM unnest(%s::float8[], %s::float8[], %s::float8[], %s::float8[], %s::float8[]) AS s (x0, y0, x1, y1, seconds);
    CREATE INDEX ON segments USING gist (geom);
    ANALYZE segments"""
ANSWER = """
    SELECT c.id, sum(s.seconds * CASE WHEN ST_Length(s.geom) = 0 THEN 1
                                      ELSE ST_Length(ST_Intersection(s.geom, c.geom)) / ST_Length(s.geom) END)
      FROM segments AS s JOIN cells AS c ON ST_Intersects(s.geom, c.geom) GROUP BY c.id"""


@dataclass(frozen=True, slots=True)
class Day:
    """Fixes in order of member and time (metres, seconds), and which of the n - 1 segments between them count."""

    x: np.ndarray
    y: np.ndarray
    t: np.ndarray
    use: np.ndarray

    def segments(self) -> tuple[np.ndarray, np.ndarray]:
        """The used segments as ends, (n, 2, 2), and their seconds."""
        points = np.column_stack((self.x, self.y))
        return np.stack((points[:-1], points[1:]), axis=1)[self.use], np.diff(self.t)[self.use]


def measure(rounds: int = 5) -> dict[str, Any]:
    """Return how many times as fast the kernel is, how far it is off, and what that comes from."""
    whole, _district = chaoyang.cells()
    polygons = patch(whole)
    made = day(polygons)
    locator, wide = Locator.build(polygons), Locator.build(whole)
    ends, seconds = made.segments()
    lines = gpd.GeoDataFrame({"seconds": seconds}, geometry=shapely.linestrings(ends), crs=4548)
    ground = gpd.GeoDataFrame({"cell": np.arange(len(polygons))}, geometry=polygons, crs=4548)
    say(f"{len(made.t)} fixes, {len(seconds)} segments, {len(polygons)} cells")
    ours, none = dwell(locator, made.x, made.y, made.t, made.use)
    truth, truly_none = by_shapely(polygons, ends, seconds)
    with in_postgis(polygons, ends, seconds) as connection:
        connection.execute("SET max_parallel_workers_per_gather = 0")
        theirs = np.zeros(len(polygons))
        for cell, share in connection.execute(ANSWER).fetchall():
            theirs[cell] = share
        runs: dict[str, Callable[[], object]] = {
            "ours_patch": lambda: dwell(locator, made.x, made.y, made.t, made.use),
            "ours": lambda: dwell(wide, made.x, made.y, made.t, made.use),
            "geopandas": lambda: by_geopandas(lines, ground),
            "postgis": lambda: connection.execute(ANSWER).fetchall(),
        }
        took = medians(runs, rounds)
    eligible = float(seconds.sum())
    return {
        "dwell_fixes": len(made.t),
        "dwell_cells": len(polygons),
        "dwell_ratio_geopandas": round(took["geopandas"] / took["ours"], 1),
        "dwell_ratio_postgis": round(took["postgis"] / took["ours"], 1),
        "dwell_ratio_geopandas_patch": round(took["geopandas"] / took["ours_patch"], 1),
        "dwell_ratio_postgis_patch": round(took["postgis"] / took["ours_patch"], 1),
        "dwell_error_s": float(np.abs(ours - truth).max()),
        "dwell_error_s_postgis": float(np.abs(theirs - truth).max()),
        "dwell_error_s_geopandas": float(np.abs(by_geopandas(lines, ground) - truth).max()),
        "dwell_none_error_s": abs(none - truly_none),
        "dwell_conserved_error_s": abs(float(ours.sum()) + none - eligible),
        "dwell_fixes_per_second": round(len(made.t) / took["ours"]),
        **{f"dwell_seconds_{name}": round(value, 5) for name, value in took.items()},
    }


def patch(polygons: np.ndarray) -> np.ndarray:
    """The cells nearest to the middle of the ground, in their order."""
    middles = shapely.get_coordinates(shapely.centroid(polygons))
    away = np.hypot(*(middles - middles.mean(axis=0)).T)
    return np.asarray(polygons[np.sort(np.argsort(away)[:CELLS])])


def day(polygons: np.ndarray, seed: int = 1) -> Day:
    """Twelve members, each round and round through a strip of the patch."""
    rng = np.random.default_rng(seed)
    middles = shapely.get_coordinates(shapely.centroid(polygons))
    seen = [
        observe(walk(polygons[strip], rng, duration=SHIFT_S, pause=20.0), rng, noise="correlated")
        for strip in np.array_split(np.argsort(middles[:, 0]), MEMBERS)
    ]
    x, y, t = (np.concatenate([getattr(one, name) for one in seen]) for name in "xyt")
    still = np.flatnonzero(rng.random(len(t)) < STILL)[1:]
    x[still], y[still] = x[still - 1], y[still - 1]
    passed = np.diff(t)
    return Day(x, y, t, (passed > 0) & (passed <= GAP_S))


def by_shapely(polygons: np.ndarray, ends: np.ndarray, seconds: np.ndarray) -> tuple[np.ndarray, float]:
    """Seconds per cell and in none by clipping; a point, or what runs along an edge, goes to the first cell."""
    lines = shapely.linestrings(ends)
    still = np.hypot(*(ends[:, 1] - ends[:, 0]).T) == 0
    shapes = np.where(still, shapely.points(ends[:, 0]), lines)
    segment, cell = shapely.STRtree(polygons).query(shapes, "intersects")
    order = np.lexsort((cell, segment))
    segment, cell = segment[order], cell[order]
    first = np.concatenate(([True], np.diff(segment) > 0))
    length = np.where(still, 1.0, shapely.length(lines))[segment]
    clipped = shapely.length(shapely.intersection(lines[segment], polygons[cell]))
    share = np.where(still[segment], first, clipped / length)
    inside = np.bincount(segment, share, minlength=len(seconds))
    return (
        np.bincount(cell, share * seconds[segment], minlength=len(polygons)),
        float(((1 - inside) * seconds).sum()),
    )


def by_geopandas(lines: gpd.GeoDataFrame, ground: gpd.GeoDataFrame) -> np.ndarray:
    """Seconds per cell as one writes it: join, clip, share by length; by count where there is none."""
    pairs = lines.sjoin(ground, predicate="intersects")
    clipped = pairs.geometry.intersection(gpd.GeoSeries(ground.geometry.to_numpy()[pairs["cell"]], pairs.index, crs=4548))  # fmt: skip
    length = pairs.geometry.length.to_numpy()
    share = np.where(length == 0, 1.0, clipped.length.to_numpy() / np.where(length == 0, 1.0, length))
    return np.bincount(pairs["cell"], share * pairs["seconds"], minlength=len(ground))


@contextmanager
def in_postgis(
    polygons: np.ndarray, ends: np.ndarray, seconds: np.ndarray
) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A database with the cells and the segments, both indexed."""
    with postgis(polygons, ends[:1, 0, 0], ends[:1, 0, 1]) as connection:
        values = [*ends.reshape(len(ends), 4).T.tolist(), seconds.tolist()]
        make, index, analyze = SEGMENTS.split(";")
        connection.execute(make, values)
        connection.execute(index)
        connection.execute(analyze)
        yield connection


def run(rounds: int) -> dict[str, Any]:
    """Return what `measure` does, and how long it took."""
    began = time.perf_counter()
    return {"benchmark": "dwell", **measure(rounds), "seconds": round(time.perf_counter() - began, 1)}
