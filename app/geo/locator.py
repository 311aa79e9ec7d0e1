"""Which cell? The fast path: points to cell indices, by lattice arithmetic (点归格).

The rule is PostGIS's `ST_Covers` with the smallest code: a boundary belongs to the cell, and where several
cells hold a point the smallest index wins. `areas/sql/cell_at_point.sql` is the same rule in SQL; differential
tests hold the two together.

How it is fast: the ground is cut into *squares* (coarse), and those that an edge runs through into 16 x 16
*small squares*. Where no edge runs through, one cell, or none, owns the whole square, and a division and a
look-up answer. Only in small squares with edges are the few cells that meet there tested exactly: by
comparisons for edges along an axis, else by the sign of a determinant, in double-double arithmetic where a
float can't tell, as GEOS does it. Edges that run exactly along a square's side leave the square whole, so a
100 m lattice costs nothing; a point exactly on a side asks all squares that meet there.

Serial and free of Python's lock, so that threads of any kind may call it. No snapping here: see
`areas.ground`.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int32]

SPLIT = 16  # small squares along a square's side; a power of two keeps their lines exact
SPLIT2 = SPLIT * SPLIT
SIDES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)  # metres
SQUARES_WANTED = 400_000  # of the coarse raster: it should stay in the processor's own cache
SQUARES_AT_MOST = 8_000_000  # where squares as small as the cells' lattice need more
FEW_EDGES = 24  # a cell with more has its edges listed by row of small squares
NEAR = 1e-6  # of a square's side: as near to a line as this, exact comparison decides
PAD = 1e-6  # metres that an edge's course may be off when squares are marked: marks more, never fewer
CHUNK = 4096  # points at a time: their numbers stay in the processor's first cache
EPSILON = 3.3306690738754716e-16  # relative error bound of the determinant (Shewchuk's ccwerrboundA)
SPLITTER = 134217729.0  # 2**27 + 1, parts a float into two halves


class Raster(NamedTuple):
    """All that the kernels need. Values: >= -1 the owning cell or none, <= -2 the block or list -2 - value."""

    left: float
    bottom: float
    side: float
    columns: int
    rows: int
    squares: Indices  # (rows * columns,): owner, or block of small squares
    small: Indices  # (blocks * SPLIT2,): owner, or list of candidates
    first: Indices  # (lists + 1,): where each list starts
    whole: Indices  # (lists,): smallest cell that holds the whole small square, or -1
    candidate: Indices  # cells whose edges run through, ascending in each list
    start: Indices  # of each candidate's edges
    end: Indices
    edges: Floats  # (m, 4): x, y, x, y in metres


@dataclass(frozen=True, slots=True)
class Locator:
    """The cells of one edition, ready to be asked.

    Attributes:
        raster: Squares, lists and edges; see `Raster`.
        cells: How many polygons it was built from.
    """

    raster: Raster
    cells: int

    @classmethod
    def build(cls, polygons: NDArray[np.object_]) -> Locator:
        """Build from valid (Multi)Polygons in metres; a cell's index is its place in the array.

        Polygons may overlap, have holes and many parts. Empty ones own nothing. Sort them bytewise by code
        beforehand, so that the smallest index is the smallest code.
        """
        polygons = np.asarray(polygons, dtype=np.object_)
        edges, owner = _edges(polygons)
        typical = float(np.sqrt(np.median(shapely.area(polygons)))) if len(polygons) else 1.0
        return cls(_rasterise(edges, owner, len(polygons), typical), len(polygons))

    def locate(self, x: ArrayLike, y: ArrayLike, *, parallel: bool = False) -> Indices:
        """Return the index of each point's cell, int32 (n,); -1 in none, and for NaN or infinity.

        Args:
            x: East, metres, shape (n,).
            y: North, metres, same shape.
            parallel: Share the work between all processors. For command-line jobs: a server has its own
                threads.
        """
        u, v = np.ascontiguousarray(x, dtype=np.float64), np.ascontiguousarray(y, dtype=np.float64)
        if u.ndim != 1 or u.shape != v.shape:
            raise ValueError(f"x and y must be of one length, not {u.shape} and {v.shape}")
        out = np.empty(len(u), dtype=np.int32)
        in_parts(lambda part: _locate(self.raster, u[part], v[part], out[part]), len(u), parallel=parallel)
        return out


def in_parts(work: Callable[[slice], Any], n: int, *, parallel: bool) -> None:
    """Run `work` over slices of n items: one, or one per processor in threads (kernels hold no lock)."""
    workers = (os.process_cpu_count() if hasattr(os, "process_cpu_count") else os.cpu_count()) or 1
    if not parallel or workers == 1 or n < 8 * CHUNK:
        work(slice(0, n))
        return
    bounds = np.linspace(0, n, workers + 1).astype(np.int64)
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, [slice(a, b) for a, b in zip(bounds[:-1], bounds[1:], strict=True)]))


# -- asking ---------------------------------------------------------------------------------------------------


@njit(cache=True, nogil=True)
def _locate(r: Raster, x: Floats, y: Floats, out: Indices) -> None:
    """Three sweeps over a chunk: squares, small squares, exact tests. No sweep waits on a guessed branch."""
    per_metre = 1.0 / r.side
    todo = np.empty(CHUNK, np.int32)
    n = len(x)
    for begin in range(0, n, CHUNK):
        stop = min(begin + CHUNK, n)
        count = 0
        for i in range(begin, stop):
            fx = (x[i] - r.left) * per_metre
            fy = (y[i] - r.bottom) * per_metre
            within = (fx >= 0.0) & (fx < r.columns) & (fy >= 0.0) & (fy < r.rows)  # False for NaN
            ix = np.int32(fx) if within else np.int32(0)
            iy = np.int32(fy) if within else np.int32(0)
            rx = fx - ix
            ry = fy - iy
            value = r.squares[iy * r.columns + ix]  # square 0 is margin: none
            out[i] = value
            near = (rx < NEAR) | (rx > 1.0 - NEAR) | (ry < NEAR) | (ry > 1.0 - NEAR)
            todo[count] = i - begin
            count += (value < -1) | (near & within)
        second = 0
        for k in range(count):
            i = begin + todo[k]
            fx = (x[i] - r.left) * per_metre
            fy = (y[i] - r.bottom) * per_metre
            ix = np.int32(fx)
            iy = np.int32(fy)
            gx = (fx - ix) * SPLIT
            gy = (fy - iy) * SPLIT
            jx = np.int32(gx)
            jy = np.int32(gy)
            rx = gx - jx
            ry = gy - jy
            near = (
                (rx < SPLIT * NEAR)
                | (rx > 1.0 - SPLIT * NEAR)
                | (ry < SPLIT * NEAR)
                | (ry > 1.0 - SPLIT * NEAR)
            )
            if near:
                out[i] = near_line(r, x[i], y[i])
            else:
                value = r.small[(-2 - out[i]) * SPLIT2 + jy * SPLIT + jx]
                out[i] = value
                todo[second] = i - begin
                second += value < -1
        for k in range(second):
            i = begin + todo[k]
            out[i] = among(r, -2 - out[i], x[i], y[i])


@njit(cache=True, nogil=True)
def near_line(r: Raster, x: float, y: float) -> int:
    """Return the cell of a point on or near a line between small squares: any square it touches may hold it."""
    step = r.side / SPLIT
    jx = floor_of(x, r.left, step)
    jy = floor_of(y, r.bottom, step)
    west = jx - 1 if x == r.left + jx * step else jx
    south = jy - 1 if y == r.bottom + jy * step else jy
    best = -1
    for ky in range(south, jy + 1):
        for kx in range(west, jx + 1):
            value = small_square(r, kx, ky)
            cell = value if value >= -1 else among(r, -2 - value, x, y)
            if cell >= 0 and (best < 0 or cell < best):
                best = cell
    return best


@njit(cache=True, nogil=True)
def small_square(r: Raster, jx: int, jy: int) -> int:
    """Return the value of a small square by its column and row over the whole ground; outside: none."""
    if jx < 0 or jy < 0 or jx >= r.columns * SPLIT or jy >= r.rows * SPLIT:
        return -1
    value = r.squares[(jy // SPLIT) * r.columns + jx // SPLIT]
    if value >= -1:
        return value
    return r.small[(-2 - value) * SPLIT2 + (jy % SPLIT) * SPLIT + jx % SPLIT]


@njit(cache=True, nogil=True)
def among(r: Raster, which: int, x: float, y: float) -> int:
    """Return the smallest cell of a list that holds the point, or -1."""
    whole = r.whole[which]
    for k in range(r.first[which], r.first[which + 1]):
        cell = r.candidate[k]
        if whole >= 0 and cell > whole:
            break
        if _covers(r.edges, r.start[k], r.end[k], x, y):
            return cell
    return whole


@njit(cache=True, nogil=True)
def _covers(edges: Floats, start: int, end: int, x: float, y: float) -> bool:
    """Return whether a point is inside or on the rings: a ray to the east crosses them an odd number of times."""
    inside = False
    for k in range(start, end):
        ax, ay, bx, by = edges[k, 0], edges[k, 1], edges[k, 2], edges[k, 3]
        if y < min(ay, by) or y > max(ay, by) or x > max(ax, bx):
            continue
        if x < min(ax, bx):
            inside ^= (ay <= y) != (by <= y)
            continue
        if ax == bx or ay == by:
            return True
        side = turn(ax, ay, bx, by, x, y)
        if side == 0:
            return True
        if (ay <= y) != (by <= y):
            inside ^= (side > 0) == (by > ay)
    return inside


@njit(cache=True, nogil=True)
def turn(ax: float, ay: float, bx: float, by: float, x: float, y: float) -> int:
    """Return 1 if the point lies left of a to b, -1 right, 0 on the line: exact for coordinates of one ground."""
    left = (bx - ax) * (y - ay)
    right = (by - ay) * (x - ax)
    det = left - right
    if abs(det) > EPSILON * (abs(left) + abs(right)):
        return 1 if det > 0.0 else -1
    p, p_low = _times(*_minus(bx, ax), *_minus(y, ay))
    q, q_low = _times(*_minus(by, ay), *_minus(x, ax))
    if p != q:
        return 1 if p > q else -1
    if p_low != q_low:
        return 1 if p_low > q_low else -1
    return 0


@njit(cache=True, nogil=True)
def _minus(a: float, b: float) -> tuple[float, float]:
    """Return a - b and what rounding lost (Knuth)."""
    high = a - b
    part = high - a
    return high, (a - (high - part)) - (b + part)


@njit(cache=True, nogil=True)
def _times(a: float, a_low: float, b: float, b_low: float) -> tuple[float, float]:
    """Return the product of two double-doubles as one (Dekker)."""
    high = a * b
    t = SPLITTER * a
    a1 = t - (t - a)
    a2 = a - a1
    t = SPLITTER * b
    b1 = t - (t - b)
    b2 = b - b1
    low = ((a1 * b1 - high) + a1 * b2 + a2 * b1) + a2 * b2
    low += a * b_low + a_low * b
    total = high + low
    return total, low - (total - high)


@njit(cache=True, nogil=True)
def floor_of(value: float, origin: float, step: float) -> int:
    """Return k with origin + k * step <= value < origin + (k + 1) * step, by exact comparison."""
    k = np.int64(np.floor((value - origin) / step))
    while origin + k * step > value:
        k -= 1
    while origin + (k + 1) * step <= value:
        k += 1
    return k


# -- building -------------------------------------------------------------------------------------------------


def _edges(polygons: NDArray[np.object_]) -> tuple[Floats, NDArray[np.int64]]:
    """Return all edges (m, 4), in order of cell, and the cell of each."""
    parts, cell_of_part = shapely.get_parts(polygons, return_index=True)
    rings, part_of_ring = shapely.get_rings(parts, return_index=True)
    xy, ring_of_point = shapely.get_coordinates(rings, return_index=True)
    if not len(xy):
        return np.empty((0, 4)), np.empty(0, dtype=np.int64)
    if not np.isfinite(xy).all():
        raise ValueError("a polygon has a coordinate that is no number")
    joined = ring_of_point[1:] == ring_of_point[:-1]
    joined &= (xy[1:] != xy[:-1]).any(axis=1)
    owner = cell_of_part[part_of_ring[ring_of_point[:-1][joined]]]
    return np.hstack([xy[:-1][joined], xy[1:][joined]]), owner.astype(np.int64)


def _rasterise(edges: Floats, owner: NDArray[np.int64], cells: int, typical: float) -> Raster:
    if not len(edges):
        edges, owner = np.zeros((1, 4)), np.zeros(1, dtype=np.int64)  # a point without width: marks nothing
    x, y = edges[:, [0, 2]], edges[:, [1, 3]]
    side = _side(x, y, typical)
    left = (np.floor(x.min() / side) - 1) * side  # a margin of one square: no edge touches the outside
    bottom = (np.floor(y.min() / side) - 1) * side
    columns = int(np.floor((x.max() - left) / side)) + 2
    rows = int(np.floor((y.max() - bottom) / side)) + 2
    squares = np.full(rows * columns, -1, dtype=np.int32)
    blocks = _mark(edges, left, bottom, side, columns, squares)
    small = np.full(blocks * SPLIT2, -1, dtype=np.int32)
    places = _pairs(edges, owner, left, bottom, side, columns, squares)
    place, cell = _unique_pairs(*places)
    new = np.r_[True, place[1:] != place[:-1]] if len(place) else np.zeros(0, dtype=bool)
    first = np.r_[np.flatnonzero(new), len(place)].astype(np.int32)
    small[place[new]] = -2 - np.arange(len(first) - 1, dtype=np.int32)
    cell_edges = np.searchsorted(owner, np.arange(cells + 1)).astype(np.int64)
    whole = np.full(len(first) - 1, -1, dtype=np.int32)
    grid = (left, bottom, side, columns, rows)
    _fill(edges, cell_edges, *grid, squares, small, first, cell, whole)
    listed, start, end = _edge_lists(edges, cell_edges, grid, squares, first, place[new], cell)
    return Raster(
        float(left), float(bottom), float(side), columns, rows, squares, small, first, whole, cell, start, end, listed
    )  # fmt: skip


def _side(x: Floats, y: Floats, typical: float) -> float:
    """Return the squares' side in metres: few enough to stay in cache, not larger than a typical cell's."""
    width, height = float(np.ptp(x)), float(np.ptp(y))
    least = max(np.sqrt(width * height / SQUARES_WANTED), typical / SPLIT)
    side = next((side for side in SIDES if side >= least), 2.0 ** np.ceil(np.log2(max(least, 1.0))))
    lattice = max((side for side in SIDES if side <= 1.2 * typical), default=side)
    if side > lattice and width * height <= SQUARES_AT_MOST * lattice**2:
        side = lattice
    return float(side)


@njit(cache=True, nogil=True)
def _span(low: float, high: float, origin: float, step: float) -> tuple[int, int]:
    """Return the first and last step whose inside low..high meets; last < first on a line between steps."""
    first = floor_of(low, origin, step)
    last = floor_of(high, origin, step)
    if high == origin + last * step:
        last -= 1
    return first, last


@njit(cache=True, nogil=True)
def _course(edge: Floats, left: float, bottom: float, step: float) -> Any:
    """Yield column and row of every square whose inside an edge meets, or all but meets."""
    ax, ay, bx, by = edge[0], edge[1], edge[2], edge[3]
    west, east = _span(min(ax, bx), max(ax, bx), left, step)
    south, north = _span(min(ay, by), max(ay, by), bottom, step)
    for jx in range(west, east + 1):
        low, high = south, north
        if west < east and south < north:
            slope = (by - ay) / (bx - ax)
            y1 = ay + (left + jx * step - ax) * slope
            y2 = y1 + step * slope
            pad = PAD * (1.0 + abs(slope))
            low = max(south, int(np.floor((max(min(y1, y2) - pad, min(ay, by)) - bottom) / step)))
            high = min(north, int(np.floor((min(max(y1, y2) + pad, max(ay, by)) - bottom) / step)))
        for jy in range(low, high + 1):
            yield jx, jy


@njit(cache=True, nogil=True)
def _mark(edges: Floats, left: float, bottom: float, side: float, columns: int, squares: Indices) -> int:
    """Give every square with an edge inside a block of small squares; return how many there are."""
    blocks = 0
    for k in range(len(edges)):
        for jx, jy in _course(edges[k], left, bottom, side):
            at = jy * columns + jx
            if squares[at] == -1:
                squares[at] = -2 - blocks
                blocks += 1
        for jx, jy in _course(edges[k], left, bottom, side / SPLIT):
            at = (jy // SPLIT) * columns + jx // SPLIT
            if squares[at] == -1:
                squares[at] = -2 - blocks
                blocks += 1
    return blocks


@njit(cache=True, nogil=True)
def _pairs(
    edges: Floats,
    owner: NDArray[np.int64],
    left: float,
    bottom: float,
    side: float,
    columns: int,
    squares: Indices,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the place of every small square with an edge inside, and that edge's cell; with repeats."""
    place, cell = np.empty(1024, np.int64), np.empty(1024, np.int64)
    n = 0
    for k in range(len(edges)):
        for jx, jy in _course(edges[k], left, bottom, side / SPLIT):
            if n == len(place):
                place, cell = np.append(place, np.empty_like(place)), np.append(cell, np.empty_like(cell))
            block = -2 - squares[(jy // SPLIT) * columns + jx // SPLIT]
            place[n] = block * SPLIT2 + (jy % SPLIT) * SPLIT + jx % SPLIT
            cell[n] = owner[k]
            n += 1
    return place[:n], cell[:n]


def _unique_pairs(
    place: NDArray[np.int64], cell: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    most = int(cell.max()) + 1 if len(cell) else 1
    key = np.unique(place * most + cell)
    return key // most, (key % most).astype(np.int32)


@njit(cache=True, nogil=True)
def _crossings(edges: Floats, start: int, end: int, y: float, at: Floats) -> int:
    """Write where a cell's rings cross a horizontal line, from west to east; return how many times."""
    n = 0
    for k in range(start, end):
        ay, by = edges[k, 1], edges[k, 3]
        if (ay <= y) != (by <= y):
            x = edges[k, 0] + (y - ay) / (by - ay) * (edges[k, 2] - edges[k, 0])
            j = n
            while j > 0 and at[j - 1] > x:
                at[j] = at[j - 1]
                j -= 1
            at[j] = x
            n += 1
    return n


@njit(cache=True, nogil=True)
def _fill(
    edges: Floats,
    cell_edges: NDArray[np.int64],
    left: float,
    bottom: float,
    side: float,
    columns: int,
    rows: int,
    squares: Indices,
    small: Indices,
    first: Indices,
    candidate: Indices,
    whole: Indices,
) -> None:
    """Write the owner of every square and small square that a cell holds whole, by its centre."""
    most = 0
    for cell in range(len(cell_edges) - 1):
        most = max(most, cell_edges[cell + 1] - cell_edges[cell])
    at = np.empty(most, np.float64)
    step = side / SPLIT
    for cell in range(len(cell_edges) - 1):
        start, end = cell_edges[cell], cell_edges[cell + 1]
        if start == end:
            continue
        low, high = np.inf, -np.inf
        for k in range(start, end):
            low, high = min(low, edges[k, 1]), max(high, edges[k, 1])
        for iy in range(floor_of(low, bottom, side), floor_of(high, bottom, side) + 1):
            n = _crossings(edges, start, end, bottom + (iy + 0.5) * side, at)
            for k in range(0, n - 1, 2):
                west = int(np.ceil((at[k] - left) / side - 0.5))
                east = int(np.ceil((at[k + 1] - left) / side - 0.5))
                for ix in range(west, east):
                    if squares[iy * columns + ix] == -1:
                        squares[iy * columns + ix] = cell
        for jy in range(floor_of(low, bottom, step), floor_of(high, bottom, step) + 1):
            n = _crossings(edges, start, end, bottom + (jy + 0.5) * step, at)
            row = (jy // SPLIT) * columns
            for k in range(0, n - 1, 2):
                jx = int(np.ceil((at[k] - left) / step - 0.5))
                east = int(np.ceil((at[k + 1] - left) / step - 0.5))
                while jx < east:
                    block = -2 - squares[row + jx // SPLIT]
                    if block < 0:
                        jx = (jx // SPLIT + 1) * SPLIT
                        continue
                    _own(
                        small,
                        block * SPLIT2 + (jy % SPLIT) * SPLIT + jx % SPLIT,
                        cell,
                        first,
                        candidate,
                        whole,
                    )
                    jx += 1


@njit(cache=True, nogil=True)
def _own(small: Indices, at: int, cell: int, first: Indices, candidate: Indices, whole: Indices) -> None:
    """Let a cell own a small square, unless a smaller one does or its own edges run through it."""
    if small[at] == -1:
        small[at] = cell
    elif small[at] < -1:
        which = -2 - small[at]
        if whole[which] >= 0:
            return
        for k in range(first[which], first[which + 1]):
            if candidate[k] == cell:
                return
        whole[which] = cell


def _edge_lists(
    edges: Floats,
    cell_edges: NDArray[np.int64],
    grid: tuple[float, float, float, int, int],
    squares: Indices,
    first: Indices,
    place: NDArray[np.int64],
    candidate: Indices,
) -> tuple[Floats, Indices, Indices]:
    """Return the edges to test, and where those of each candidate start and end.

    A cell with few edges lists them once; of one with many, each row of small squares lists those it meets.
    """
    _, bottom, side, columns, _ = grid
    step = side / SPLIT
    blocks = np.flatnonzero(squares < -1)
    row_of_block = np.empty(len(blocks), dtype=np.int64)
    row_of_block[-2 - squares[blocks]] = blocks // columns
    row = row_of_block[place // SPLIT2] * SPLIT + place % SPLIT2 // SPLIT
    row_of_candidate = np.repeat(row, np.diff(first))
    start, end = cell_edges[candidate], cell_edges[candidate + 1]
    many = np.flatnonzero(end - start > FEW_EDGES)
    if not len(many):
        return edges, start.astype(np.int32), end.astype(np.int32)
    key = candidate[many].astype(np.int64) * (int(row.max()) + 1) + row_of_candidate[many]
    wanted, which = np.unique(key, return_inverse=True)
    cell_of, row_of = wanted // (int(row.max()) + 1), wanted % (int(row.max()) + 1)
    listed, bounds = _by_row(edges, cell_edges, cell_of, row_of, bottom, step)
    start[many], end[many] = len(edges) + bounds[which], len(edges) + bounds[which + 1]
    return np.vstack([edges, edges[listed]]), start.astype(np.int32), end.astype(np.int32)


@njit(cache=True, nogil=True)
def _by_row(
    edges: Floats,
    cell_edges: NDArray[np.int64],
    cell_of: NDArray[np.int64],
    row_of: NDArray[np.int64],
    bottom: float,
    step: float,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return, for each pair of cell and row, which of the cell's edges meet the row, its sides included."""
    bounds = np.zeros(len(cell_of) + 1, np.int64)
    listed = np.empty(1024, np.int64)
    n = 0
    for i in range(len(cell_of)):
        south, north = bottom + row_of[i] * step, bottom + (row_of[i] + 1) * step
        for k in range(cell_edges[cell_of[i]], cell_edges[cell_of[i] + 1]):
            if min(edges[k, 1], edges[k, 3]) <= north and max(edges[k, 1], edges[k, 3]) >= south:
                if n == len(listed):
                    listed = np.append(listed, np.empty_like(listed))
                listed[n] = k
                n += 1
        bounds[i + 1] = n
    return listed[:n], bounds
