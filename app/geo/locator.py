"""Which cell? The fast path: points to cell indices, by lattice arithmetic (点归格).

The rule is PostGIS's `ST_Covers` with the smallest code: a boundary belongs to the cell, and where several
cells hold a point the smallest index wins. `areas/sql/cell_at_point.sql` is the same rule in SQL; differential
tests hold the two together.

A division finds the point's square, a look-up its owner (see `app.geo.raster`). Only where edges run through
are the few cells that meet there tested, exactly; a point on a line between squares asks all that touch it.
No snapping here: see `app.areas.ground`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.geo.exact import covers, floor_of, turn
from app.geo.kernel import in_parts, kernel
from app.geo.raster import NO_LINE, SPLIT, SPLIT2, Raster, rasterise

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from app.geo.kernel import Floats, Indices

NEAR = 1e-6  # of a square's side: as near to a line as this, exact comparison decides
CHUNK = 4096  # points at a time: their numbers stay in the processor's first cache


@dataclass(frozen=True, slots=True)
class Locator:
    """The cells of one edition, ready to be asked.

    Attributes:
        raster: Squares, lists and edges.
        cells: How many polygons it was built from.
    """

    raster: Raster
    cells: int

    @classmethod
    def build(cls, polygons: NDArray[np.object_]) -> Locator:
        """Build from valid (Multi)Polygons in metres; a cell's index is its place in the array.

        Polygons may overlap, have holes and many parts; empty ones own nothing. Sort them bytewise by code
        beforehand, so that the smallest index is the smallest code.

        Raises:
            ValueError: A coordinate is NaN or infinite.
        """
        return cls(rasterise(np.asarray(polygons, dtype=np.object_)), len(polygons))

    def locate(self, x: ArrayLike, y: ArrayLike, *, parallel: bool = False) -> Indices:
        """Return the index of each point's cell, int32 (n,); -1 in none, and for NaN or infinity.

        Args:
            x: East, metres, shape (n,).
            y: North, metres, same shape.
            parallel: Share the work between all processors; for command-line jobs, as a server's requests
                share them already.

        Raises:
            ValueError: x and y differ in shape, or aren't one-dimensional.
        """
        u, v = np.ascontiguousarray(x, dtype=np.float64), np.ascontiguousarray(y, dtype=np.float64)
        if u.ndim != 1 or u.shape != v.shape:
            raise ValueError(f"x and y must be of one length, not {u.shape} and {v.shape}")
        out = np.empty(len(u), dtype=np.int32)
        in_parts(lambda part: _locate(self.raster, u[part], v[part], out[part]), len(u), parallel=parallel)
        return out


@kernel
def _locate(r: Raster, x: Floats, y: Floats, out: Indices) -> None:
    """Three sweeps over a chunk: squares, small squares, exact tests. No sweep waits on a guessed branch."""
    per_metre = 1.0 / r.grid.side
    todo = np.empty(CHUNK, np.int32)
    on_line = np.empty(CHUNK, np.bool_)
    n = len(x)
    for begin in range(0, n, CHUNK):
        stop = min(begin + CHUNK, n)
        count = 0
        for i in range(begin, stop):
            fx = (x[i] - r.grid.left) * per_metre
            fy = (y[i] - r.grid.bottom) * per_metre
            within = (fx >= 0.0) & (fx < r.grid.columns) & (fy >= 0.0) & (fy < r.grid.rows)  # False for NaN
            ix = np.int32(fx) if within else np.int32(0)
            iy = np.int32(fy) if within else np.int32(0)
            rx = fx - ix
            ry = fy - iy
            value = r.squares[iy * r.grid.columns + ix]  # square 0 is margin: none
            out[i] = value
            near = (rx < NEAR) | (rx > 1.0 - NEAR) | (ry < NEAR) | (ry > 1.0 - NEAR)
            todo[count] = i - begin
            count += (value < -1) | (near & within)
        second = 0
        for k in range(count):
            i = begin + todo[k]
            fx = (x[i] - r.grid.left) * per_metre
            fy = (y[i] - r.grid.bottom) * per_metre
            ix = np.int32(fx)
            iy = np.int32(fy)
            gx = (fx - ix) * SPLIT
            gy = (fy - iy) * SPLIT
            jx = np.int32(gx)
            jy = np.int32(gy)
            rx = gx - jx
            ry = gy - jy
            value = r.small[(-2 - out[i]) * SPLIT2 + jy * SPLIT + jx] if out[i] < -1 else out[i]
            out[i] = value
            near = (rx < SPLIT * NEAR) | (rx > 1.0 - SPLIT * NEAR)
            near |= (ry < SPLIT * NEAR) | (ry > 1.0 - SPLIT * NEAR)
            on_line[second] = near
            todo[second] = todo[k]
            second += (value < -1) | near
        for k in range(second):
            i = begin + todo[k]
            out[i] = near_line(r, x[i], y[i]) if on_line[k] else owner(r, out[i], x[i], y[i])


@kernel
def near_line(r: Raster, x: float, y: float) -> int:
    """Return the cell of a point on or near a line between small squares: any square it touches may hold it."""
    left, bottom, step = r.grid.left, r.grid.bottom, r.grid.side / SPLIT
    jx, jy = floor_of(x, left, step), floor_of(y, bottom, step)
    west = jx - 1 if x == left + jx * step else jx
    south = jy - 1 if y == bottom + jy * step else jy
    best = -1
    for ky in range(south, jy + 1):
        for kx in range(west, jx + 1):
            cell = owner(r, small_square(r, kx, ky), x, y)
            if cell >= 0 and (best < 0 or cell < best):
                best = cell
    return best


@kernel
def small_square(r: Raster, jx: int, jy: int) -> int:
    """Return the value of a small square by its column and row over the whole ground; outside: none."""
    if jx < 0 or jy < 0 or jx >= r.grid.columns * SPLIT or jy >= r.grid.rows * SPLIT:
        return -1
    value = int(r.squares[(jy // SPLIT) * r.grid.columns + jx // SPLIT])
    if value >= -1:
        return value
    return int(r.small[(-2 - value) * SPLIT2 + (jy % SPLIT) * SPLIT + jx % SPLIT])


@kernel
def owner(r: Raster, value: int, x: float, y: float) -> int:
    """Return the smallest cell that holds a point in the small square of this value, or -1."""
    if value >= -1:
        return value
    which = -2 - value
    line = r.lists.line[which]
    if line[4] != NO_LINE:
        side = turn(line, x, y)
        left, right = int(line[4]), int(line[5])
        if side == 0 and right >= 0:
            return min(left, right)
        return left if side >= 0 else right
    whole = int(r.lists.whole[which])
    for k in range(r.lists.first[which], r.lists.first[which + 1]):
        cell = int(r.lists.cell[k])
        if whole >= 0 and cell > whole:
            break
        if covers(r.edges, r.start[k], r.end[k], x, y):
            return cell
    return whole
