"""A patch of ground (责任片) to be cut into beats: its cells with their work, and which of them touch. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Pairs of cells that share a side: one row a pair, the smaller index first.

    Attributes:
        a: Index of a cell, (m,) int32.
        b: Index of the other one.
        metres: Length of the shared side; 0 for a bridge between parts.
    """

    a: NDArray[np.int32]
    b: NDArray[np.int32]
    metres: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.a)

    def among(self, cells: NDArray[np.int32], count: int) -> Edges:
        """Return the pairs within some of `count` cells, numbered by their place in `cells`."""
        place = np.full(count, -1, np.int32)
        place[cells] = np.arange(len(cells), dtype=np.int32)
        a, b = place[self.a], place[self.b]
        kept = (a >= 0) & (b >= 0)
        return Edges(np.minimum(a, b)[kept], np.maximum(a, b)[kept], self.metres[kept])

    def joined(self, others: Edges) -> Edges:
        """Return these and others."""
        return Edges(
            np.concatenate([self.a, others.a]),
            np.concatenate([self.b, others.b]),
            np.concatenate([self.metres, others.metres]),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Cells to be cut into beats; arrays have one entry per cell.

    Attributes:
        x: East of the cell's centroid, metres.
        y: North.
        area: Square metres.
        spread: Second moment of the cell about its own centroid, m4.
        minutes: Work that one round of the cell takes.
        edges: Which cells touch.
        first: Where a cell's neighbours begin in `near`, (n + 1,).
        near: Neighbours by cell, (2 m,).
        side: Metres shared with them.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    area: NDArray[np.float64]
    spread: NDArray[np.float64]
    minutes: NDArray[np.float64]
    edges: Edges
    first: NDArray[np.int32]
    near: NDArray[np.int32]
    side: NDArray[np.float64]

    @classmethod
    def of(cls, polygons: Any, minutes: ArrayLike, edges: Edges) -> Patch:
        """Build from the cells' polygons (metres), their work and which of them touch."""
        shapes = np.array(polygons, dtype=np.object_).reshape(-1)
        x, y = shapely.get_coordinates(shapely.centroid(shapes)).reshape(-1, 2).T
        work = np.asarray(minutes, np.float64)
        return cls._of(x.copy(), y.copy(), shapely.area(shapes), _moments(shapes), work, edges)

    @classmethod
    def _of(cls, *fields: Any) -> Patch:
        x, y, area, spread, minutes, edges = fields
        return cls(x, y, area, spread, minutes, edges, *_rows(edges, len(x)))

    def __len__(self) -> int:
        return len(self.x)

    def only(self, cells: NDArray[np.int32]) -> Patch:
        """Return some of its cells as a patch of their own."""
        fields = (self.x[cells], self.y[cells], self.area[cells], self.spread[cells], self.minutes[cells])
        return Patch._of(*fields, self.edges.among(cells, len(self)))

    def bridged(self, bridges: Edges) -> Patch:
        """Return the patch with more pairs that count as touching."""
        fields = (self.x, self.y, self.area, self.spread, self.minutes)
        return Patch._of(*fields, self.edges.joined(bridges))

    def parts(self, within: NDArray[np.int32] | None = None) -> NDArray[np.int32]:
        """Return by cell which connected part it is in, from 0; given labels, cells with different ones don't touch."""
        a, b = self.edges.a, self.edges.b
        if within is not None:
            same = within[a] == within[b]
            a, b = a[same], b[same]
        graph = csr_array((np.ones(len(a), np.int8), (a, b)), shape=(len(self), len(self)))
        return np.asarray(connected_components(graph, directed=False)[1], np.int32)


def _rows(edges: Edges, count: int) -> tuple[Any, Any, Any]:
    """Return `first`, `near` and `side` of pairs of cells."""
    of = np.concatenate([edges.a, edges.b])
    order = np.lexsort((np.concatenate([edges.b, edges.a]), of))
    first = np.zeros(count + 1, np.int32)
    first[1:] = np.cumsum(np.bincount(of, minlength=count))
    near = np.concatenate([edges.b, edges.a])[order].astype(np.int32)
    return first, near, np.concatenate([edges.metres, edges.metres])[order]


def _moments(shapes: NDArray[np.object_]) -> NDArray[np.float64]:
    """Return each polygon's second (polar) moment about its centroid, m4: sums over the sides of its rings."""
    parts, of_part = shapely.get_parts(shapes, return_index=True)
    rings, of_ring = shapely.get_rings(shapely.orient_polygons(parts), return_index=True)
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    whose = of_part[of_ring[ring]]
    xy = xy - shapely.get_coordinates(shapely.centroid(shapes))[whose]
    same = ring[1:] == ring[:-1]
    (x0, y0), (x1, y1) = xy[:-1][same].T, xy[1:][same].T
    sums = x0 * x0 + x0 * x1 + x1 * x1 + y0 * y0 + y0 * y1 + y1 * y1
    moments = np.zeros(len(shapes))
    np.add.at(moments, whose[1:][same], (x0 * y1 - x1 * y0) * sums / 12.0)
    return moments
