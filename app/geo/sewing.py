"""Sewing: borders on a 1 mm grid, with a vertex wherever they cross a lattice line.

Every shared edge is treated in one canonical direction, so neighbours that shared an edge still do, vertex by vertex,
and cells cut along the lattice tile their community exactly. A sewn border moves by at most 1 mm. Sewing mends nothing:
polygons that overlap or leave gaps still do afterwards (app.areas.boundaries finds and mends those).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from app.core.errors import BadInput
from app.geo.lattice import Lattice, to_metres, to_millimetres

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST_RING = 4  # points, the first repeated as the last


class RingVanishes(BadInput):
    """A polygon or hole is thinner than the 1 mm grid."""

    zh = "存在窄于 1 毫米的面或洞。"


def sew(polygons: NDArray[np.object_], size: int) -> NDArray[np.object_]:
    """Return the polygons on the 1 mm grid with a vertex at each crossing with a lattice line.

    Args:
        polygons: Polygons or MultiPolygons in metric coordinates.
        size: Cell size in metres. Lines of every multiple of it are crossed at a vertex too.

    Returns:
        MultiPolygons, one per input.

    Raises:
        RingVanishes: A ring has no three different points on the 1 mm grid.
    """
    coordinates, rings, parts, whole = _on_grid(polygons)
    coordinates, rings = _with_crossings(coordinates, rings, Lattice(size))
    return _together(coordinates, rings, parts, whole)


def on_grid(polygons: NDArray[np.object_]) -> NDArray[np.object_]:
    """Return the polygons with coordinates rounded to the 1 mm grid, as MultiPolygons.

    Raises:
        RingVanishes: A ring has no three different points on the 1 mm grid.
    """
    return _together(*_on_grid(polygons))


def vanishes(polygon: Any) -> bool:
    """Say whether a ring of a polygon has no three different points on the 1 mm grid."""
    try:
        _on_grid(np.array([polygon], dtype=object))
    except RingVanishes:
        return True
    return False


def segments(polygons: NDArray[np.object_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the polygons' border segments and whose they are.

    Returns:
        (n, 4) millimetres x0, y0, x1, y1, the lexicographically lesser end first; (n,) indices into `polygons`.
    """
    coordinates, rings, parts, whole = _on_grid(polygons)
    start, end = _ends(coordinates, rings)
    counts = np.diff(rings[parts[whole]]) - np.diff(parts[whole])  # a ring has one segment fewer than points
    return _canonical(start, end)[0], np.repeat(np.arange(len(polygons)), counts)


def shared_edges(faces: NDArray[np.object_]) -> list[dict[int, float]]:
    """Return each face's edge neighbours with the metres they share; all edges are noded, so equal ends mean shared."""
    key, owner = segments(faces)
    order = np.lexsort(key.T)
    key, owner = key[order], owner[order]
    same = (key[1:] == key[:-1]).all(axis=1)
    left, right, shared = owner[:-1][same], owner[1:][same], to_metres(key[:-1][same])
    length = np.hypot(shared[:, 2] - shared[:, 0], shared[:, 3] - shared[:, 1])
    edges: list[dict[int, float]] = [{} for _ in range(len(faces))]
    for a, b, metres in zip(left.tolist(), right.tolist(), length.tolist(), strict=True):
        edges[a][b] = edges[b][a] = edges[a].get(b, 0.0) + metres
    return edges


def _on_grid(
    polygons: NDArray[np.object_],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Take polygons apart: (n, 2) millimetres; offsets of rings, of parts, and of whole geometries."""
    simple, owner = shapely.get_parts(polygons, return_index=True)
    whole = np.concatenate([[0], np.cumsum(np.bincount(owner, minlength=len(polygons)))])
    _, coordinates, offsets = shapely.to_ragged_array(simple, include_z=False)
    rings, parts = (offset.astype(np.int64) for offset in offsets)
    rounded, rings = _without_repeats(to_millimetres(coordinates), rings)
    if (np.diff(rings) < SMALLEST_RING).any():
        ring = int(np.argmax(np.diff(rings) < SMALLEST_RING))
        index = int(np.searchsorted(whole, np.searchsorted(parts, ring, "right") - 1, "right")) - 1
        raise RingVanishes(f"It is in polygon {index}, counted from 0.", remedy="Load it with --repair.")
    return rounded, rings, parts, whole


def _together(
    coordinates: NDArray[np.int64],
    rings: NDArray[np.int64],
    parts: NDArray[np.int64],
    whole: NDArray[np.int64],
) -> NDArray[np.object_]:
    polygons: NDArray[np.object_] = shapely.from_ragged_array(
        shapely.GeometryType.MULTIPOLYGON, to_metres(coordinates), (rings, parts, whole)
    )
    return polygons


def _ends(coordinates: NDArray[Any], rings: NDArray[np.int64]) -> tuple[NDArray[Any], NDArray[Any]]:
    """Return start and end points of all segments: none joins one ring's last point to the next one's first."""
    joins = np.ones(max(len(coordinates) - 1, 0), dtype=bool)
    joins[rings[1:-1] - 1] = False
    return coordinates[:-1][joins], coordinates[1:][joins]


def _canonical(
    start: NDArray[np.int64], end: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Turn segments so that the lexicographically lesser end comes first; say which were turned."""
    turned = (start[:, 0] > end[:, 0]) | ((start[:, 0] == end[:, 0]) & (start[:, 1] > end[:, 1]))
    lesser = np.where(turned[:, None], end, start)
    greater = np.where(turned[:, None], start, end)
    return np.column_stack([lesser, greater]), turned


def _without_repeats(
    coordinates: NDArray[np.int64], rings: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Drop points equal to the one before in the same ring."""
    keep = np.ones(len(coordinates), dtype=bool)
    keep[1:] = (coordinates[1:] != coordinates[:-1]).any(axis=1)
    keep[rings[:-1]] = True
    return coordinates[keep], np.concatenate([[0], np.cumsum(keep)])[rings]


def _with_crossings(
    coordinates: NDArray[np.int64], rings: NDArray[np.int64], lattice: Lattice
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Insert a point at each crossing with a lattice line, in order along each segment, none twice."""
    start, end = _ends(coordinates, rings)
    ends, turned = _canonical(start, end)
    segment, points = _crossings(ends, lattice)
    # Along a segment both coordinates are monotone, and rounding keeps that: so the order along it is the order of
    # x and then of y, up or down. The ring may run against the canonical direction.
    falling = np.where(ends[segment, 3] < ends[segment, 1], -1, 1)
    way = np.where(turned[segment], -1, 1)
    owner = np.delete(np.arange(len(coordinates)), rings[1:] - 1)  # the point that starts each segment
    at = np.concatenate([np.arange(len(coordinates)), owner[segment]])
    first = np.concatenate([np.zeros(len(coordinates), np.int64), np.ones(len(segment), np.int64)])
    along_x = np.concatenate([np.zeros(len(coordinates), np.int64), way * points[:, 0]])
    along_y = np.concatenate([np.zeros(len(coordinates), np.int64), way * falling * points[:, 1]])
    order = np.lexsort((along_y, along_x, first, at))
    merged = np.concatenate([coordinates, points])[order]
    counts = np.bincount(at, minlength=len(coordinates))
    return _without_repeats(merged, np.concatenate([[0], np.cumsum(counts)])[rings])


def _crossings(ends: NDArray[np.int64], lattice: Lattice) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return which segment and where, in millimetres: exactly on the line, the other coordinate rounded."""
    x0, y0, x1, y1 = ends.T
    upright, x = lattice.lines_between(x0, x1)
    y = _between(x, x0[upright], y0[upright], x1[upright], y1[upright])
    level, y_line = lattice.lines_between(np.minimum(y0, y1), np.maximum(y0, y1))
    x_level = _between(y_line, y0[level], x0[level], y1[level], x1[level])
    return (
        np.concatenate([upright, level]),
        np.concatenate([np.column_stack([x, y]), np.column_stack([x_level, y_line])]),
    )


def _between(
    line: NDArray[np.int64],
    from_: NDArray[np.int64],
    other_from: NDArray[np.int64],
    to: NDArray[np.int64],
    other_to: NDArray[np.int64],
) -> NDArray[np.int64]:
    """Return the other coordinate where a segment meets a line; float64 is exact enough to round to a millimetre."""
    share = (line - from_) / (to - from_)
    along: NDArray[np.int64] = np.rint(share * (other_to - other_from)).astype(np.int64)
    return other_from + along
