"""An irregular town on a lattice: communities with oblique borders, cut into squares, edges shared exactly."""

from __future__ import annotations

from functools import cache

import numpy as np
import shapely

ORIGIN = (480_030.0, 4_420_070.0)


@cache
def irregular_town(kilometres: float = 3.0, communities: int = 12, seed: int = 1) -> np.ndarray:
    """Return some 1,000 cells, north to south, west to east, in metres; borders on a grid of 1 mm."""
    rng = np.random.default_rng(seed)
    size, (west, south) = kilometres * 1000, ORIGIN
    turn = np.linspace(0, 2 * np.pi, 90, endpoint=False)
    radius = size / 2 * (0.85 + 0.15 * np.sin(5 * turn + 1) * np.cos(3 * turn))
    outline = shapely.Polygon(
        np.c_[west + size / 2 + radius * np.cos(turn), south + size / 2 + radius * np.sin(turn)]
    )
    district = shapely.set_precision(outline, 0.001)
    seats = np.c_[rng.uniform(west, west + size, communities), rng.uniform(south, south + size, communities)]
    around = district.envelope.buffer(size)
    borders = shapely.voronoi_polygons(shapely.MultiPoint(seats), only_edges=True, extend_to=around)
    x = np.arange(west // 100, (west + size) // 100 + 2) * 100
    y = np.arange(south // 100, (south + size) // 100 + 2) * 100
    lattice = [shapely.LineString([(a, y[0]), (a, y[-1])]) for a in x]
    lattice += [shapely.LineString([(x[0], b), (x[-1], b)]) for b in y]
    net = shapely.union_all([borders.intersection(district), district.boundary], grid_size=0.001)
    pieces = shapely.get_parts(shapely.polygonize([shapely.union_all([net, *lattice], grid_size=0.001)]))
    cells = pieces[shapely.intersects(district, shapely.point_on_surface(pieces))]
    bounds = shapely.bounds(cells)
    return cells[np.lexsort((bounds[:, 0], -bounds[:, 3]))]


def telling_points(polygons: np.ndarray, n: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Points anywhere, on vertices, along edges (as near as floats come), and on lattice lines and corners."""
    rng = np.random.default_rng(5)
    west, south, east, north = shapely.total_bounds(polygons)
    x, y = rng.uniform(west - 30, east + 30, n), rng.uniform(south - 30, north + 30, n)
    vertices = shapely.get_coordinates(polygons)
    a, b = vertices[:-1], vertices[1:]
    near = np.flatnonzero(np.hypot(*(b - a).T) < 500)
    k = rng.choice(near, n)
    along = a[k] + rng.random((n, 1)) * (b[k] - a[k])
    vertices = vertices[rng.integers(0, len(vertices), n)]
    sixteenths = np.round(x / 6.25) * 6.25
    hundreds = np.round(np.c_[x, y] / 100) * 100
    return (
        np.concatenate([x, vertices[:, 0], along[:, 0], sixteenths, x, hundreds[:, 0]]),
        np.concatenate([y, vertices[:, 1], along[:, 1], y, hundreds[:, 1], hundreds[:, 1]]),
    )
