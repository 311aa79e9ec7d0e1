"""The ground of the benchmarks: the real district's lattice cells, and points over it, telling ones included."""

from __future__ import annotations

import sys

import numpy as np
import shapely

from app.areas.laying import lay
from app.demo import boundary
from app.demo.chaoyang import chaoyang
from app.geo.crs import Metric

SEED = 1
ON_LINES = 10_000


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def cells() -> tuple[np.ndarray, shapely.Geometry]:
    """Return the cells' polygons in bytewise order of code, and the district, in EPSG:4548."""
    metric = Metric(4548)
    made = chaoyang(boundary.read(say), metric, SEED)
    communities = made.frame("community", metric)
    laid = lay(list(communities["code"]), communities.geometry.to_numpy())
    return np.array(laid.cells["geometry"], dtype=object), made.partition.district


def points(polygons: np.ndarray, district: shapely.Geometry, n: int) -> tuple[np.ndarray, np.ndarray]:
    """Return n points: 1 % exactly on vertices, lattice lines and corners, some 2 % outside, the rest anywhere."""
    rng = np.random.default_rng(SEED)
    west, south, east, north = district.bounds
    shapely.prepare(district)
    x, y = np.empty(0), np.empty(0)
    while len(x) < n:
        u, v = rng.uniform(west, east, n), rng.uniform(south, north, n)
        kept = shapely.contains_xy(district, u, v) | (rng.random(n) < 0.03)
        x, y = np.r_[x, u[kept]][:n], np.r_[y, v[kept]][:n]
    vertices = shapely.get_coordinates(polygons)
    third = ON_LINES // 4
    chosen = vertices[rng.integers(0, len(vertices), 2 * third)]
    x[: 2 * third], y[: 2 * third] = chosen.T
    x[2 * third : 3 * third] = np.round(x[2 * third : 3 * third] / 100) * 100  # on a lattice line
    x[3 * third : ON_LINES] = np.round(x[3 * third : ON_LINES] / 100) * 100  # on a lattice corner
    y[3 * third : ON_LINES] = np.round(y[3 * third : ON_LINES] / 100) * 100
    order = rng.permutation(n)
    return np.ascontiguousarray(x[order]), np.ascontiguousarray(y[order])
