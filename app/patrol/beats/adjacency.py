"""Which cells touch (邻接): they share a side, and no expressway, railway or river lies between them without a crossing. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely
from shapely import STRtree

from app.patrol.beats.patch import Edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Shapes = NDArray[np.object_]

LEAST_SIDE_M = 1.0
"""Cells that share less touch at a corner only."""
CROSSING_M = 1.0
"""A crossing this near to a cell joins it."""


def touching(polygons: Shapes) -> Edges:
    """Return the pairs of cells that share a side; at a corner nobody walks across.

    Args:
        polygons: The cells, metres, (n,).
    """
    a, b = STRtree(polygons).query(polygons, "intersects")
    once = a < b
    a, b = a[once], b[once]
    metres = _shared(polygons, a, b)
    kept = metres >= LEAST_SIDE_M
    order = np.lexsort((b[kept], a[kept]))
    return Edges(a[kept][order].astype(np.int32), b[kept][order].astype(np.int32), metres[kept][order])


def _shared(polygons: Shapes, a: NDArray[np.intp], b: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return how long the sides are that pairs share, metres; cells that overlap share what is around the overlap."""
    common = shapely.intersection(polygons[a], polygons[b])
    metres: NDArray[np.float64] = shapely.length(common)
    overlap = shapely.area(common) > 0
    metres[overlap] /= 2.0
    return metres


def without_crossing(edges: Edges, polygons: Shapes, barriers: Shapes, ways: Shapes) -> Edges:
    """Return the pairs that one can walk between: those across a barrier are left out.

    Args:
        edges: Pairs of cells that share a side.
        polygons: The cells.
        barriers: Lines that can't be crossed on foot, metres.
        ways: Lines that are walked along; where one meets a barrier (a bridge, an underpass) the cells beside it stay joined.
    """
    if not len(barriers):
        return edges
    middle = shapely.get_coordinates(shapely.point_on_surface(polygons))
    lines = shapely.linestrings(np.stack([middle[edges.a], middle[edges.b]], axis=1))
    across = np.zeros(len(edges), np.bool_)
    across[STRtree(barriers).query(lines, "intersects")[0]] = True
    at = np.flatnonzero(across)
    crossings = _crossings(barriers, ways)
    if len(at) and len(crossings):
        pairs = shapely.union(polygons[edges.a[at]], polygons[edges.b[at]])
        across[at[STRtree(crossings).query(pairs, "dwithin", CROSSING_M)[0]]] = False
    return Edges(edges.a[~across], edges.b[~across], edges.metres[~across])


def _crossings(barriers: Shapes, ways: Shapes) -> Shapes:
    """Return the points where ways meet barriers."""
    if not len(ways):
        return np.empty(0, np.object_)
    barrier, way = STRtree(ways).query(barriers, "intersects")
    met = shapely.get_parts(shapely.intersection(barriers[barrier], ways[way]))
    return np.asarray(shapely.centroid(met), np.object_)
