"""Grounds with streets, and walkers who keep to them: the truth of street canyons (示意).

Streets run to and fro through 1,000 cells of 100 m. In the *canyon* each lies anywhere within 35 m of the middle of its
row or column of cells; along *sides* each runs exactly between two rows or columns. A walker goes through 3/4 of the
beat as `app.patrol.simulation.walk` does, to the same places about each cell's middle, but to the nearest point of a
street there and by the shortest way along the streets.
"""

from __future__ import annotations

import itertools
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import shapely

from app.patrol.matching.layout import Layout
from app.patrol.matching.sides import Sides
from app.patrol.matching.streets import Streets
from app.patrol.simulation import WALKED_SHARE, WALKING_SPEED, Path, _round

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.geo.locator import Locator

    Floats = NDArray[np.float64]

AWAY_M = {"canyon": 35.0, "sides": 0.0}


class Town:
    """Streets, the shortest ways along them, and the cells along whose sides they run."""

    def __init__(self, kind: str, columns: int, rows: int, side: float, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        middle = side / 2 if kind == "canyon" else 0.0
        xs, ys = (
            np.arange(n + (middle == 0)) * side
            + middle
            + rng.uniform(-1, 1, n + (middle == 0)) * AWAY_M[kind]
            for n in (columns, rows)
        )
        across = [((a, y), (b, y)) for y in ys for a, b in itertools.pairwise(xs)]
        along = [((x, a), (x, b)) for x in xs for a, b in itertools.pairwise(ys)]
        self.streets = Streets.of(shapely.linestrings(across + along))
        self.metres, self.before = self.streets.ways(np.inf)

    def layout(self, cells: NDArray[np.object_], locator: Locator) -> Layout:
        """Return what the method is told of the streets."""
        return Layout(self.streets, Sides(cells, locator))

    def walk(self, cells: NDArray[np.object_], rng: np.random.Generator, jitter: float = 0.43) -> Path:
        """Walk a beat on the streets; the true path."""
        middles = shapely.get_coordinates(shapely.point_on_surface(cells))
        widths = np.sqrt(shapely.area(cells))
        order = np.repeat(_round(middles, widths, WALKED_SHARE, rng), 2)
        wanted = middles[order] + rng.uniform(-jitter, jitter, (len(order), 2)) * widths[order, None]
        pieces = self.streets.tree.nearest(shapely.points(wanted))
        offsets = shapely.line_locate_point(self.streets.tree.geometries[pieces], shapely.points(wanted))
        stops = shapely.get_coordinates(
            shapely.line_interpolate_point(self.streets.tree.geometries[pieces], offsets)
        )
        line = [stops[:1]]
        for k in range(len(pieces) - 1):
            line += [self._corners(pieces[k : k + 2], offsets[k : k + 2]), stops[k + 1 : k + 2]]
        xy = np.concatenate(line)
        t = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T)) / WALKING_SPEED))
        moved = np.concatenate(([True], np.diff(t) > 0))
        return Path(xy[moved, 0], xy[moved, 1], t[moved])

    def _corners(self, pieces: NDArray[np.intp], offsets: Floats) -> Floats:
        """Return the points passed between two places on streets."""
        if pieces[0] == pieces[1]:
            return np.empty((0, 2))
        ends = [
            ((self.streets.a[p], o), (self.streets.b[p], self.streets.length[p] - o))
            for p, o in zip(pieces, offsets, strict=True)
        ]
        _, first, last = min(
            (to + self.metres[s, e] + rest, s, e) for s, to in ends[0] for e, rest in ends[1]
        )
        by = [last]
        while by[-1] != first:
            by.append(self.before[first, by[-1]])
        return np.column_stack((self.streets.x[by[::-1]], self.streets.y[by[::-1]]))


@cache
def town(kind: str, columns: int, rows: int, side: float) -> Town:
    """Return the town of a kind, made once."""
    return Town(kind, columns, rows, side)
