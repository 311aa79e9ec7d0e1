"""The usual segment, quickly: a few steps of a walker, from small square to small square (see `app.geo.dwell`).

A small square has one owner, or one border runs right across it and the side tells. What is not so plain (corners of
borders, points on lines, segments along lines or borders, far jumps) is left to the exact walk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.geo.cutting import Segment, add_cut, cut
from app.geo.kernel import inlined, kernel
from app.geo.locator import NEAR
from app.geo.raster import NO_LINE, SPLIT, SPLIT2

if TYPE_CHECKING:
    from app.geo.cutting import Pieces
    from app.geo.kernel import Floats, Indices
    from app.geo.raster import Raster

FAR = 64.0  # small squares: a longer segment goes from square to square
ALONG_M = 1e-5  # as near to a border as this at both ends, exact comparison decides
ON_LINE = NEAR * SPLIT
CLEAR = 4 * NEAR  # of a square: so far from its lines, no rounding matters


@kernel
def plain_squares(r: Raster, x: Floats, y: Floats) -> Indices:
    """Return for each point the square without edges inside that it lies in, off its lines; else -1.

    A sweep of its own, because it waits on no guessed branch.
    """
    grid, squares = r.grid, r.squares
    per_metre = 1.0 / grid.side
    found = np.empty(len(x), np.int32)
    for i in range(len(x)):
        fx = (x[i] - grid.left) * per_metre
        fy = (y[i] - grid.bottom) * per_metre
        within = (fx >= 0.0) & (fx < grid.columns) & (fy >= 0.0) & (fy < grid.rows)  # False for NaN
        ix = np.int32(fx) if within else np.int32(0)
        iy = np.int32(fy) if within else np.int32(0)
        rx, ry = fx - ix, fy - iy
        at = iy * np.int32(grid.columns) + ix
        off = (rx > CLEAR) & (rx < 1.0 - CLEAR) & (ry > CLEAR) & (ry < 1.0 - CLEAR)
        found[i] = at if off & within & (squares[at] >= -1) else -1
    return found


@inlined
def stride(  # noqa: C901, PLR0912, PLR0915, PLR0917 - in one piece: calls cost more than the work
    r: Raster, x0: float, y0: float, x1: float, y1: float, found: Pieces
) -> int:
    """Write a segment's pieces; return how many there are, or 0 if the exact walk must say."""
    grid = r.grid
    per_metre = SPLIT / grid.side
    u0, v0, u1, v1 = (
        (x0 - grid.left) * per_metre, (y0 - grid.bottom) * per_metre,
        (x1 - grid.left) * per_metre, (y1 - grid.bottom) * per_metre,
    )  # fmt: skip
    du, dv = u1 - u0, v1 - v0
    wide, high = grid.columns * SPLIT, grid.rows * SPLIT
    within = (
        (u0 > 0.0)
        & (u0 < wide)
        & (v0 > 0.0)
        & (v0 < high)
        & (u1 > 0.0)
        & (u1 < wide)
        & (v1 > 0.0)
        & (v1 < high)
    )
    if (
        ((u0 < 0.0) & (u1 < 0.0))
        | ((v0 < 0.0) & (v1 < 0.0))
        | ((u0 > wide) & (u1 > wide))
        | ((v0 > high) & (v1 > high))
    ):
        found.cell[0], found.end[0] = -1, 1.0
        return 1
    if not (within & (abs(du) + abs(dv) < FAR)):  # False for NaN
        return 0
    jx, jy, last_x, last_y = int(u0), int(v0), int(u1), int(v1)
    if abs(du) < ON_LINE and min(u0 - jx, jx + 1 - u0) < 2 * ON_LINE:
        return 0
    if abs(dv) < ON_LINE and min(v0 - jy, jy + 1 - v0) < 2 * ON_LINE:
        return 0
    ix, iy, to_x, to_y = jx // SPLIT, jy // SPLIT, last_x // SPLIT, last_y // SPLIT
    squares, columns = r.squares, grid.columns
    value = squares[iy * columns + ix]
    if (
        (value >= -1)
        & (abs(to_x - ix) <= 1)
        & (abs(to_y - iy) <= 1)
        & (squares[to_y * columns + to_x] == value)
        & (squares[iy * columns + to_x] == value)
        & (squares[to_y * columns + ix] == value)
    ):  # all in undivided squares side by side that one cell owns
        found.cell[0], found.end[0] = value, 1.0
        return 1
    go_x, go_y = (1 if du > 0.0 else -1), (1 if dv > 0.0 else -1)
    per_u, per_v = (1.0 / du if du != 0.0 else 0.0), (1.0 / dv if dv != 0.0 else 0.0)
    leave_x = (jx + (du > 0.0) - u0) * per_u if jx != last_x else 2.0
    leave_y = (jy + (dv > 0.0) - v0) * per_v if jy != last_y else 2.0
    at, n = 0.0, 0
    while True:
        end = max(at, min(leave_x, leave_y, 1.0))
        value = squares[(jy // SPLIT) * columns + jx // SPLIT]
        if value < -1:
            value = r.small[(-2 - value) * SPLIT2 + (jy % SPLIT) * SPLIT + jx % SPLIT]
        if value < -1:
            line = r.lists.line[-2 - value]
            ex, ey = line[2] - line[0], line[3] - line[1]
            from_line = ex * (y0 - line[1]) - ey * (x0 - line[0])
            along = ex * (y1 - y0) - ey * (x1 - x0)
            here, there = from_line + at * along, from_line + end * along
            if (line[4] != NO_LINE) & (max(abs(here), abs(there)) > ALONG_M * (abs(ex) + abs(ey))):
                left, right = np.int32(line[4]), np.int32(line[5])
                value = left if here + there > 0.0 else right
                if here * there < 0.0:
                    value, before = (left, right) if there > 0.0 else (right, left)
                    if n > 0 and found.cell[n - 1] == before:
                        n -= 1
                    found.cell[n], found.end[n] = before, -from_line / along
                    n += 1
            else:
                n = _in_list(r, Segment(x0, y0, x1 - x0, y1 - y0), (value, at, end), found, n)
                value = found.cell[n - 1]
        if n > 0 and found.cell[n - 1] == value:
            n -= 1
        found.cell[n], found.end[n] = value, end
        n += 1
        if end >= 1.0:
            break
        at = end
        if leave_x <= leave_y:
            jx += go_x
            leave_x = (jx + (du > 0.0) - u0) * per_u if jx != last_x else 2.0
        else:
            jy += go_y
            leave_y = (jy + (dv > 0.0) - v0) * per_v if jy != last_y else 2.0
    found.end[n - 1] = 1.0
    return n


@kernel
def _in_list(r: Raster, segment: Segment, part: tuple[int, float, float], found: Pieces, n: int) -> int:
    """Write the pieces within a small square in which borders meet."""
    value, at, end = part
    count = cut(r, segment, part, found.cuts, 0)
    return add_cut(r, segment, (value, at, end, False, count), found, n)
