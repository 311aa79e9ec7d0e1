"""A walking network in memory: the nearest street of a place, and shortest ways along streets. Pure.

Places are joined to the network straight, at the nearest point of the nearest street. Where two places are not joined by
any way, or lie within a few steps of each other on no street, the straight line times the measured detour stands in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import shapely
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import dijkstra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int64]

KINDS = ("street", "path", "steps")
SAME_M = 0.01  # ends of lines this near are one node
MARGIN_M = 600.0  # how far beyond the places asked about a way may lead
BLOCK = 256  # sources of one search
SAMPLE = 160  # nodes that the detour is measured from
NEAR_M, FAR_M = 200.0, 2_000.0  # pairs that the detour is measured on
ASSUMED_DETOUR = 1.3


@dataclass(frozen=True)
class Network:
    """Streets as edges between nodes.

    Attributes:
        x: Metres east of the nodes, (nodes,).
        y: Metres north.
        a: First node of each edge, (edges,).
        b: Its other node.
        length_m: Metres along each edge.
        geometry: LineString of each edge.
        kind: One of KINDS of each edge.
    """

    x: Floats
    y: Floats
    a: Indices
    b: Indices
    length_m: Floats
    geometry: NDArray[np.object_]
    kind: NDArray[np.object_]

    @classmethod
    def of(cls, lines: Sequence[shapely.LineString] | NDArray[np.object_], kinds: Sequence[str]) -> Network:
        """Build from lines in metres that meet at their ends (see `app.streets.noding`)."""
        shapes = np.array(list(lines), dtype=np.object_)
        kept = np.flatnonzero(shapely.length(shapes) > SAME_M) if len(shapes) else np.empty(0, np.int64)
        shapes = shapes[kept]
        names = np.array(list(kinds), dtype=np.object_)[kept]
        ends = np.concatenate(
            (
                shapely.get_coordinates(shapely.get_point(shapes, 0)),
                shapely.get_coordinates(shapely.get_point(shapes, -1)),
            )
        )
        _, first, node = np.unique(
            np.round(ends / SAME_M).astype(np.int64), axis=0, return_index=True, return_inverse=True
        )
        xy = ends[first]
        node = node.reshape(-1).astype(np.int64)
        half = len(shapes)
        return cls(xy[:, 0], xy[:, 1], node[:half], node[half:], shapely.length(shapes), shapes, names)

    def __len__(self) -> int:
        return len(self.geometry)

    @cached_property
    def tree(self) -> shapely.STRtree:
        """Index of the edges."""
        return shapely.STRtree(self.geometry)

    def snapped(self, x: ArrayLike, y: ArrayLike) -> tuple[Indices, Floats, Floats]:
        """Return each place's nearest edge, metres along it from its first node, and metres to it."""
        points = np.asarray(shapely.points(np.asarray(x, float), np.asarray(y, float)), dtype=np.object_)
        edge = np.asarray(self.tree.nearest(points), np.int64)
        lines = self.geometry[edge]
        return edge, shapely.line_locate_point(lines, points), shapely.distance(lines, points)

    def metres(
        self, x: ArrayLike, y: ArrayLike, *, limit: float = np.inf, detour: float | None = None
    ) -> Floats:
        """Return the metres walked between places, (n, n), symmetrical, 0 on the diagonal.

        Args:
            x: Metres east, (n,).
            y: Metres north.
            limit: Ways longer than this aren't looked for; the straight line times the detour stands in.
            detour: For places that no way joins; measured when left out.
        """
        u, v = np.asarray(x, np.float64), np.asarray(y, np.float64)
        straight: Floats = np.hypot(u[:, None] - u, v[:, None] - v)
        if not len(self) or not len(u):
            return straight * ASSUMED_DETOUR
        edge, along, away = self.snapped(u, v)
        ways = self._ways(edge, along, limit) + away[:, None] + away
        lost = ~np.isfinite(ways)
        if lost.any():
            ways[lost] = straight[lost] * (self.detour() if detour is None else detour)
        ways = np.maximum(ways, straight)
        np.fill_diagonal(ways, 0.0)
        return np.minimum(ways, ways.T)

    def _ways(self, edge: Indices, along: Floats, limit: float) -> Floats:
        """Return metres along streets between places on edges, (n, n); infinity where there is no way."""
        ends = np.stack((self.a[edge], self.b[edge]))
        rest = np.stack((along, self.length_m[edge] - along))
        nodes, at = np.unique(ends, return_inverse=True)
        at = at.reshape(2, -1)
        between = self._between(nodes, limit)
        n = len(edge)
        best = np.full((n, n), np.inf)
        for i in range(2):
            for j in range(2):
                way = between[at[i][:, None], at[j][None, :]] + rest[i][:, None] + rest[j][None, :]
                np.minimum(best, way, out=best)
        same = edge[:, None] == edge
        return np.where(same, np.minimum(best, np.abs(along[:, None] - along)), best)

    def _between(self, nodes: Indices, limit: float) -> Floats:
        """Return metres between some nodes, searching near them only."""
        x, y = self.x[nodes], self.y[nodes]
        spread = 0.25 * max(np.ptp(x), np.ptp(y))
        near = MARGIN_M + spread
        inside = (
            (self.x >= x.min() - near)
            & (self.x <= x.max() + near)
            & (self.y >= y.min() - near)
            & (self.y <= y.max() + near)
        )
        number = np.cumsum(inside) - 1
        kept = inside[self.a] & inside[self.b]
        graph = _graph(number[self.a[kept]], number[self.b[kept]], self.length_m[kept], int(inside.sum()))
        wanted = number[nodes]
        found = np.empty((len(nodes), len(nodes)))
        for start in range(0, len(nodes), BLOCK):
            part = slice(start, start + BLOCK)
            found[part] = dijkstra(graph, directed=False, indices=wanted[part], limit=limit)[:, wanted]
        return found

    def detour(self) -> float:
        """Return the median ratio of the way along streets to the straight line, of pairs 200 to 2,000 m apart."""
        return self._detour

    @cached_property
    def _detour(self) -> float:
        if not len(self):
            return ASSUMED_DETOUR
        rng = np.random.default_rng(0)
        middle = rng.integers(len(self.x))
        near = np.argsort(np.hypot(self.x - self.x[middle], self.y - self.y[middle]))[: 40 * SAMPLE]
        nodes = np.sort(rng.permutation(near)[:SAMPLE])
        straight = np.hypot(self.x[nodes][:, None] - self.x[nodes], self.y[nodes][:, None] - self.y[nodes])
        ways = self._between(nodes, 3.0 * FAR_M)
        told = np.isfinite(ways) & (straight >= NEAR_M) & (straight <= FAR_M)
        return float(np.median(ways[told] / straight[told])) if told.any() else ASSUMED_DETOUR


def _graph(a: Indices, b: Indices, length: Floats, nodes: int) -> csr_array:
    """Return the graph with the shorter one of edges between the same two nodes."""
    low, high = np.minimum(a, b), np.maximum(a, b)
    order = np.lexsort((length, high, low))
    low, high, length = low[order], high[order], length[order]
    first = np.ones(len(low), bool)
    first[1:] = (low[1:] != low[:-1]) | (high[1:] != high[:-1])
    first &= low != high
    return coo_array((length[first], (low[first], high[first])), shape=(nodes, nodes)).tocsr()
