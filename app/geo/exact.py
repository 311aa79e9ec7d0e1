"""Kernels that never round the wrong way: which side of a line, inside a polygon, between which lattice lines.

They answer as GEOS does: floats where their error can't matter, double-doubles where it could.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.geo.kernel import kernel

if TYPE_CHECKING:
    from app.geo.kernel import Floats

EPSILON = 3.3306690738754716e-16  # relative error bound of the determinant (Shewchuk's ccwerrboundA)
SPLITTER = 134217729.0  # 2**27 + 1 parts a float into two halves (Dekker)


@kernel
def covers(edges: Floats, start: int, end: int, x: float, y: float) -> bool:
    """Return whether a point is inside or on rings: a ray to the east crosses them an odd number of times.

    Args:
        edges: (m, 4): x, y, x, y in metres; those from `start` to `end` are asked, in any order.
        start: First edge.
        end: One past the last edge.
        x: The point, metres.
        y: The same.
    """
    inside = False
    for k in range(start, end):
        ax, ay, bx, by = edges[k, 0], edges[k, 1], edges[k, 2], edges[k, 3]
        if y < min(ay, by) or y > max(ay, by) or x > max(ax, bx):
            continue
        crossed = (ay <= y) != (by <= y)
        if x >= min(ax, bx):  # in the edge's own box
            if ax == bx or ay == by:
                return True
            side = turn(edges[k], x, y)
            if side == 0:
                return True
            crossed &= (side > 0) == (by > ay)
        inside ^= crossed
    return inside


@kernel
def turn(edge: Floats, x: float, y: float) -> int:
    """Return 1 if a point lies left of an edge's line, -1 right, 0 on it."""
    ax, ay, bx, by = edge[0], edge[1], edge[2], edge[3]
    left = (bx - ax) * (y - ay)
    right = (by - ay) * (x - ax)
    if abs(left - right) > EPSILON * (abs(left) + abs(right)):
        return 1 if left > right else -1
    p, p_low = _times(_minus(bx, ax), _minus(y, ay))
    q, q_low = _times(_minus(by, ay), _minus(x, ax))
    if p != q:
        return 1 if p > q else -1
    if p_low != q_low:
        return 1 if p_low > q_low else -1
    return 0


@kernel
def _minus(a: float, b: float) -> tuple[float, float]:
    """Return a - b and what rounding lost (Knuth)."""
    high = a - b
    part = high - a
    return high, (a - (high - part)) - (b + part)


@kernel
def _times(a: tuple[float, float], b: tuple[float, float]) -> tuple[float, float]:
    """Return the product of two double-doubles as one (Dekker)."""
    high = a[0] * b[0]
    t = SPLITTER * a[0]
    a1 = t - (t - a[0])
    a2 = a[0] - a1
    t = SPLITTER * b[0]
    b1 = t - (t - b[0])
    b2 = b[0] - b1
    low = ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2
    low += a[0] * b[1] + a[1] * b[0]
    total = high + low
    return total, low - (total - high)


@kernel
def floor_of(value: float, origin: float, step: float) -> int:
    """Return k with origin + k * step <= value < origin + (k + 1) * step, by exact comparison."""
    k = int(np.floor((value - origin) / step))
    while origin + k * step > value:
        k -= 1
    while origin + (k + 1) * step <= value:
        k += 1
    return k
