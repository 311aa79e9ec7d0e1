"""How long in which cell: the time of a track's segments, clipped exactly at the cells' borders (停留时间).

A segment's time is spread evenly along it. Squares that one cell owns are walked by arithmetic; only where an
edge runs through is the segment cut at the edges it crosses, and each piece's middle says whose it is, by the
same rule as for points. A segment without length is a point: its time goes to that point's cell. Time in no
cell is told apart, so that nothing is lost: the parts add up to the whole.

What a segment is (gaps, jumps, smoothing) is the caller's to say; so is what counts as a visit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.geo.cutting import TINY, Pieces, Segment, add, add_cut, cut
from app.geo.exact import floor_of
from app.geo.kernel import kernel
from app.geo.locator import near_line, small_square
from app.geo.raster import SPLIT, Grid, Raster
from app.geo.strides import plain_squares, stride

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from app.geo.kernel import Floats, Indices, Longs
    from app.geo.locator import Locator

    Track = tuple[Floats, Floats, Floats, NDArray[np.bool_]]


def dwell(locator: Locator, x: ArrayLike, y: ArrayLike, t: ArrayLike, use: ArrayLike) -> tuple[Floats, float]:
    """Return seconds in each cell, and seconds in none.

    Args:
        locator: The cells.
        x: East of each fix in order of time, metres, (n,).
        y: North, (n,).
        t: Seconds from any origin, not falling within a used segment, (n,).
        use: Whether the segment from fix i to i + 1 counts, (n - 1,).

    Returns:
        Seconds per cell, (locator.cells,), and seconds in no cell. Together they are the used segments' time.

    Raises:
        ValueError: The lengths don't fit, or a used segment runs back in time.
    """
    seconds = np.zeros(locator.cells + 1)  # the last, at -1, is for none
    _dwell(locator.raster, _checked(x, y, t, use), seconds)
    return seconds[:-1], float(seconds[-1])


def stays(
    locator: Locator, x: ArrayLike, y: ArrayLike, t: ArrayLike, use: ArrayLike
) -> tuple[Indices, Floats, Floats, Longs]:
    """Return each used segment's stays in order of time: cell (-1 for none), enter, leave, segment.

    Arguments and errors as for `dwell`; `enter` and `leave` in the seconds of `t`. Consecutive pieces in one
    cell are one stay, within a segment; the next segment starts a new one.
    """
    return _stays(locator.raster, _checked(x, y, t, use))


def _checked(x: ArrayLike, y: ArrayLike, t: ArrayLike, use: ArrayLike) -> Track:
    u, v, s = (np.ascontiguousarray(a, dtype=np.float64) for a in (x, y, t))
    used = np.ascontiguousarray(use, dtype=np.bool_)
    if not (u.ndim == 1 and u.shape == v.shape == s.shape and len(used) == max(len(u) - 1, 0)):
        raise ValueError("x, y and t must be of one length, and `use` one shorter")
    if (np.diff(s)[used] < 0).any():
        raise ValueError("a used segment runs back in time")
    return u, v, s, used


@kernel
def _dwell(r: Raster, track: Track, seconds: Floats) -> None:
    x, y, t, use = track
    pieces = _room(r)
    plain = plain_squares(r, x, y)
    for i in range(len(x) - 1):
        if not use[i]:
            continue
        time = t[i + 1] - t[i]
        if plain[i] == plain[i + 1] and plain[i] >= 0:
            seconds[r.squares[plain[i]]] += time
            continue
        count = stride(r, x[i], y[i], x[i + 1], y[i + 1], pieces)
        if count == 1:
            seconds[pieces.cell[0]] += time
            continue
        if count == 0:
            pieces, count = _walk(r, Segment(x[i], y[i], x[i + 1] - x[i], y[i + 1] - y[i]), pieces)
        start = 0.0
        for k in range(count):
            seconds[pieces.cell[k]] += (pieces.end[k] - start) * time
            start = pieces.end[k]


@kernel
def _stays(r: Raster, track: Track) -> tuple[Indices, Floats, Floats, Longs]:
    x, y, t, use = track
    size = 2 * len(x) + 16
    cell, segment = np.empty(size, np.int32), np.empty(size, np.int64)
    enter, leave = np.empty(size, np.float64), np.empty(size, np.float64)
    pieces = _room(r)
    n = 0
    for i in range(len(x) - 1):
        if not use[i]:
            continue
        count = stride(r, x[i], y[i], x[i + 1], y[i + 1], pieces)
        if count == 0:
            pieces, count = _walk(r, Segment(x[i], y[i], x[i + 1] - x[i], y[i + 1] - y[i]), pieces)
        if n + count > len(cell):
            more = len(cell) + count
            cell, segment = (
                np.append(cell, np.empty(more, np.int32)),
                np.append(segment, np.empty(more, np.int64)),
            )
            enter, leave = np.append(enter, np.empty(more)), np.append(leave, np.empty(more))
        time, start = t[i + 1] - t[i], 0.0
        for k in range(count):
            new = k == 0 or pieces.cell[k] != cell[n - 1]
            if new:
                cell[n], segment[n], enter[n] = pieces.cell[k], i, t[i] + start * time
                n += 1
            start = pieces.end[k]
            leave[n - 1] = t[i] + start * time if k < count - 1 else t[i + 1]
    return cell[:n], enter[:n], leave[:n], segment[:n]


@kernel
def _room(r: Raster) -> Pieces:
    """Return space for what one square's walk may yield, and as much again."""
    size = 2 * _most_pieces(r)
    return Pieces(np.empty(size, np.int32), np.empty(size), np.empty(2 * r.most + 2))


@kernel
def _most_pieces(r: Raster) -> int:
    return (2 * SPLIT + 4) * (2 * r.most + 2) + 4


@kernel
def _walk(r: Raster, segment: Segment, pieces: Pieces) -> tuple[Pieces, int]:
    """Write a segment's pieces, from square to square; return them and how many there are."""
    grid = r.grid
    at, stop = _within(grid, segment)
    if not at < stop:
        return pieces, add(pieces, 0, -1, 1.0)
    if segment.dx == 0.0 and segment.dy == 0.0:
        return pieces, add(pieces, 0, near_line(r, segment.x, segment.y), 1.0)
    n = add(pieces, 0, -1, at) if at > TINY else 0
    along = _along_line(grid, segment)
    ix = floor_of(segment.x + at * segment.dx, grid.left, grid.side)
    iy = floor_of(segment.y + at * segment.dy, grid.bottom, grid.side)
    while at < stop:
        leave_x, leave_y = _leaving(grid, segment, grid.side, ix, iy)
        end = max(at, min(stop, leave_x, leave_y))
        pieces = _more_room(r, pieces, n)
        if along or not _undivided(r, ix, iy):
            n = _walk_square(r, segment, (ix, iy, at, end, along), pieces, n)
        elif end - at > TINY:
            n = add(pieces, n, small_square(r, ix * SPLIT, iy * SPLIT), end)
        at = end
        if leave_x <= leave_y:
            ix += 1 if segment.dx > 0.0 else -1
        else:
            iy += 1 if segment.dy > 0.0 else -1
    if stop < 1.0 - TINY:
        return pieces, add(pieces, n, -1, 1.0)
    pieces.end[n - 1] = 1.0
    return pieces, n


@kernel
def _undivided(r: Raster, ix: int, iy: int) -> bool:
    """Return whether no edge runs through a square; outside the grid none does."""
    if ix < 0 or iy < 0 or ix >= r.grid.columns or iy >= r.grid.rows:
        return True
    return bool(r.squares[iy * r.grid.columns + ix] >= -1)


@kernel
def _more_room(r: Raster, pieces: Pieces, n: int) -> Pieces:
    if n + _most_pieces(r) <= len(pieces.cell):
        return pieces
    cell = np.append(pieces.cell, np.empty_like(pieces.cell))
    return Pieces(cell, np.append(pieces.end, np.empty_like(pieces.end)), pieces.cuts)


@kernel
def _walk_square(
    r: Raster, segment: Segment, part: tuple[int, int, float, float, bool], pieces: Pieces, n: int
) -> int:
    """Write the pieces of a segment within one square, from small square to small square."""
    ix, iy, at, stop, along = part
    grid, step = r.grid, r.grid.side / SPLIT
    jx = floor_of(segment.x + at * segment.dx, grid.left, step)
    jy = floor_of(segment.y + at * segment.dy, grid.bottom, step)
    jx = min(max(jx, ix * SPLIT), ix * SPLIT + SPLIT - 1)  # rounding must not lead out of the square
    jy = min(max(jy, iy * SPLIT), iy * SPLIT + SPLIT - 1)
    while at < stop:
        leave_x, leave_y = _leaving(grid, segment, step, jx, jy)
        end = max(at, min(stop, leave_x, leave_y))
        value = small_square(r, jx, jy)
        if end - at > TINY:
            if value >= -1 and not along:
                n = add(pieces, n, value, end)
            else:
                count = cut(r, segment, (value, at, end), pieces.cuts, 0)
                if along:  # the small square on the line's other side has a say too
                    other = small_square(r, jx - (segment.dx == 0.0), jy - (segment.dy == 0.0))
                    count = cut(r, segment, (other, at, end), pieces.cuts, count)
                n = add_cut(r, segment, (value, at, end, along, count), pieces, n)
        at = end
        if leave_x <= leave_y:
            jx += 1 if segment.dx > 0.0 else -1
        else:
            jy += 1 if segment.dy > 0.0 else -1
    return n


@kernel
def _leaving(grid: Grid, segment: Segment, step: float, kx: int, ky: int) -> tuple[float, float]:
    """Return where (0..1, or beyond) a segment leaves column kx and row ky of squares; never is infinity."""
    x = y = np.inf
    if segment.dx != 0.0:
        x = (grid.left + (kx + (segment.dx > 0.0)) * step - segment.x) / segment.dx
    if segment.dy != 0.0:
        y = (grid.bottom + (ky + (segment.dy > 0.0)) * step - segment.y) / segment.dy
    return x, y


@kernel
def _along_line(grid: Grid, segment: Segment) -> bool:
    """Return whether a segment runs exactly along a line between small squares."""
    step = grid.side / SPLIT
    if segment.dx == 0.0:
        return bool(segment.x == grid.left + floor_of(segment.x, grid.left, step) * step)
    if segment.dy == 0.0:
        return bool(segment.y == grid.bottom + floor_of(segment.y, grid.bottom, step) * step)
    return False


@kernel
def _within(grid: Grid, segment: Segment) -> tuple[float, float]:
    """Return where (0..1) a segment enters and leaves the grid; entering is not before leaving if it never does."""
    enter, leave = 0.0, 1.0
    for p, d, low, size in (
        (segment.x, segment.dx, grid.left, grid.columns),
        (segment.y, segment.dy, grid.bottom, grid.rows),
    ):
        high = low + size * grid.side
        if not (np.isfinite(p) and np.isfinite(d)):
            return 1.0, 0.0
        if d == 0.0:
            if not low <= p < high:
                return 1.0, 0.0
        else:
            first, last = (low - p) / d, (high - p) / d
            enter, leave = max(enter, min(first, last)), min(leave, max(first, last))
    return enter, leave
