"""Streets as straight pieces between points, ready to match tracks to. Pure; where they come from is `app.streets`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int32]

SAME_M = 0.01  # ends of lines this near are one point


@dataclass(frozen=True, slots=True, eq=False)
class Streets:
    """Straight pieces of streets.

    Attributes:
        x: Metres east of the points, (points,).
        y: Metres north.
        a: First point of each piece, (pieces,).
        b: Its other point.
        length: Metres.
    """

    x: Floats
    y: Floats
    a: Indices
    b: Indices
    length: Floats
    tree: shapely.STRtree

    @classmethod
    def of(cls, lines: Sequence[shapely.LineString] | NDArray[np.object_]) -> Streets:
        """Build from lines in metres that meet at their vertices."""
        every = np.array(list(lines), dtype=np.object_)
        xy, line = shapely.get_coordinates(every, return_index=True)
        _, first, point = np.unique(
            np.round(xy / SAME_M).astype(np.int64), axis=0, return_index=True, return_inverse=True
        )
        along = np.flatnonzero(np.diff(line) == 0)
        ends = np.unique(np.sort(np.column_stack((point[along], point[along + 1])), axis=1), axis=0)
        ends = ends[ends[:, 0] != ends[:, 1]]
        x, y = xy[first, 0], xy[first, 1]
        a, b = ends[:, 0].astype(np.int32), ends[:, 1].astype(np.int32)
        shapes = shapely.linestrings(
            np.stack((np.column_stack((x[a], y[a])), np.column_stack((x[b], y[b]))), axis=1)
        )
        return cls(x, y, a, b, np.hypot(x[b] - x[a], y[b] - y[a]), shapely.STRtree(np.asarray(shapes)))

    def near(self, west: float, south: float, east: float, north: float) -> Streets:
        """Return the pieces that meet a box, as streets of their own."""
        pieces = np.sort(self.tree.query(shapely.box(west, south, east, north)))
        if len(pieces) == len(self.a):
            return self
        points, ends = np.unique(np.concatenate((self.a[pieces], self.b[pieces])), return_inverse=True)
        a, b = ends[: len(pieces)].astype(np.int32), ends[len(pieces) :].astype(np.int32)
        shapes = np.asarray(self.tree.geometries)[pieces]
        return Streets(
            self.x[points], self.y[points], a, b, self.length[pieces], shapely.STRtree(np.asarray(shapes))
        )

    def ways(self, limit: float) -> tuple[Floats, Indices]:
        """Return metres between all points by the shortest way up to `limit`, infinity beyond, and the point before each."""
        n = len(self.x)
        graph = csr_array((self.length, (self.a, self.b)), shape=(n, n))
        metres, before = dijkstra(graph, directed=False, limit=limit, return_predecessors=True)
        return metres, before.astype(np.int32)
