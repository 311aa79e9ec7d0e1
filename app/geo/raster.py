"""The ground as squares (栅格索引): which cell owns each, and which few cells meet where an edge runs through.

The ground is cut into *squares*, and those that an edge runs through into 8 x 8 *small squares*. Where no
edge runs through, one cell or none owns the whole; elsewhere a list names the cells to be tested. Edges that
run exactly along a square's side leave it whole, so a lattice of cells costs nothing. Built once per edition
by `app.geo.locator`, which answers from it; not stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import shapely

from app.geo.exact import floor_of
from app.geo.kernel import generator, kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.geo.kernel import Floats, Indices, Longs

SPLIT = 8  # small squares along a square's side; a power of two keeps their lines exact
SPLIT2 = SPLIT * SPLIT
SIDES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)  # metres
SQUARES_WANTED = 100_000  # at most: the raster should stay in the processor's own cache
SQUARES_AT_MOST = 8_000_000  # where squares as small as the cells' lattice need more
FEW_EDGES = 24  # a cell with more has its edges listed by row of small squares
NO_LINE = -9.0  # for the cell left of a line: there is no such line
CHORD = 1e-3  # metres of a small square that a line must cross to be sure that it does
PAD = 1e-6  # metres that an edge's course may be off when squares are marked: marks more, never fewer


class Grid(NamedTuple):
    """Where the squares lie: their lines are at `left + k * side` and `bottom + k * side`, metres.

    A margin of one square runs around everything, so that square 0 is always outside.
    """

    left: float
    bottom: float
    side: float
    columns: int
    rows: int


class Lists(NamedTuple):
    """For each small square with edges inside: the cells that those belong to, and one that holds it whole."""

    first: Indices  # (lists + 1,): where each list starts
    cell: Indices  # ascending in each list
    whole: Indices  # (lists,): smallest cell that holds the small square whole, or -1
    line: Floats  # (lists, 6): one edge right across the small square: x, y, x, y, cell left of it, cell right; see _lines


class Raster(NamedTuple):
    """All that the kernels need. Values: >= -1 the owning cell or none, <= -2 the block or list -2 - value."""

    grid: Grid
    squares: Indices  # (rows * columns,): owner, or block of small squares
    small: Indices  # (blocks * SPLIT2,): owner, or list
    lists: Lists
    start: Indices  # of the edges of each entry in the lists
    end: Indices
    edges: Floats  # (m, 4): x, y, x, y in metres
    most: int  # edges in any one list


def rasterise(polygons: NDArray[np.object_]) -> Raster:
    """Return the raster of valid (Multi)Polygons in metres, numbered by their place in the array."""
    edges, owner = _edges(polygons)
    if not len(edges):
        edges, owner = np.zeros((1, 4)), np.zeros(1, dtype=np.int64)  # a point: marks nothing
    typical = float(np.sqrt(np.median(shapely.area(polygons)))) if len(polygons) else 1.0
    grid = _lay(edges, typical)
    squares = np.full(grid.rows * grid.columns, -1, dtype=np.int32)
    blocks = _mark(edges, grid, squares)
    small = np.full(blocks * SPLIT2, -1, dtype=np.int32)
    met, edge = _met(edges, grid, squares)
    place, cell = _unique_pairs(met, owner[edge])
    new = np.r_[True, place[1:] != place[:-1]][: len(place)]
    first = np.r_[np.flatnonzero(new), len(place)].astype(np.int32)
    lists = Lists(
        first, cell, np.full(len(first) - 1, -1, dtype=np.int32), np.full((len(first) - 1, 6), NO_LINE)
    )
    small[place[new]] = -2 - np.arange(len(first) - 1, dtype=np.int32)
    cell_edges = np.searchsorted(owner, np.arange(len(polygons) + 1)).astype(np.int64)
    _fill((edges, cell_edges), grid, squares, small, lists)
    square = np.empty(blocks, dtype=np.int64)
    marked = np.flatnonzero(squares < -1)
    square[-2 - squares[marked]] = marked
    order = np.argsort(met, kind="stable")
    _lines((met[order], edge[order]), (edges, owner), grid, square, lists)
    lists.line[lists.whole >= 0] = NO_LINE
    row = square[place // SPLIT2] // grid.columns * SPLIT + place % SPLIT2 // SPLIT
    start, end, listed = _edge_lists(edges, cell_edges, grid, cell, row)
    most = int(np.add.reduceat(end - start, first[:-1]).max()) if len(cell) else 0
    return Raster(grid, squares, small, lists, start, end, listed, most)


def _lay(edges: Floats, typical: float) -> Grid:
    x, y = edges[:, [0, 2]], edges[:, [1, 3]]
    side = _side(float(np.ptp(x)), float(np.ptp(y)), typical)
    left = (np.floor(x.min() / side) - 1) * side
    bottom = (np.floor(y.min() / side) - 1) * side
    columns = int(np.floor((x.max() - left) / side)) + 2
    rows = int(np.floor((y.max() - bottom) / side)) + 2
    return Grid(float(left), float(bottom), side, columns, rows)


def _side(width: float, height: float, typical: float) -> float:
    """Return the squares' side in metres: few enough to stay in cache, not larger than a typical cell's."""
    least = max(np.sqrt(width * height / SQUARES_WANTED), typical / SPLIT, 1.0)
    side = next((side for side in SIDES if side >= least), 2.0 ** np.ceil(np.log2(least)))
    lattice = max((side for side in SIDES if side <= 1.2 * typical), default=side)
    if side > lattice and width * height <= SQUARES_AT_MOST * lattice**2:
        side = lattice
    return float(side)


def _edges(polygons: NDArray[np.object_]) -> tuple[Floats, Longs]:
    """Return all edges (m, 4), in order of cell and with it to their left, and the cell of each."""
    parts, cell_of_part = shapely.get_parts(shapely.orient_polygons(polygons), return_index=True)
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


@generator
def _course(edge: Floats, grid: Grid, step: float) -> Any:
    """Yield column and row of every square of side `step` whose inside an edge meets, or all but meets."""
    ax, ay, bx, by = edge[0], edge[1], edge[2], edge[3]
    west, east = _span(min(ax, bx), max(ax, bx), grid.left, step)
    south, north = _span(min(ay, by), max(ay, by), grid.bottom, step)
    for jx in range(west, east + 1):
        low, high = south, north
        if west < east and south < north:
            slope = (by - ay) / (bx - ax)
            y1 = ay + (grid.left + jx * step - ax) * slope
            y2 = y1 + step * slope
            pad = PAD * (1.0 + abs(slope))
            low = max(south, int(np.floor((max(min(y1, y2) - pad, min(ay, by)) - grid.bottom) / step)))
            high = min(north, int(np.floor((min(max(y1, y2) + pad, max(ay, by)) - grid.bottom) / step)))
        for jy in range(low, high + 1):
            yield jx, jy


@kernel
def _span(low: float, high: float, origin: float, step: float) -> tuple[int, int]:
    """Return the first and last step whose inside low..high meets; last < first on a line between steps."""
    first = floor_of(low, origin, step)
    last = floor_of(high, origin, step)
    if high == origin + last * step:
        last -= 1
    return first, last


@kernel
def _mark(edges: Floats, grid: Grid, squares: Indices) -> int:
    """Give every square with an edge inside a block of small squares; return how many there are."""
    blocks = 0
    for k in range(len(edges)):
        for jx, jy in _course(edges[k], grid, grid.side):
            at = jy * grid.columns + jx
            if squares[at] == -1:
                squares[at] = -2 - blocks
                blocks += 1
        for jx, jy in _course(edges[k], grid, grid.side / SPLIT):
            at = (jy // SPLIT) * grid.columns + jx // SPLIT
            if squares[at] == -1:
                squares[at] = -2 - blocks
                blocks += 1
    return blocks


@kernel
def _met(edges: Floats, grid: Grid, squares: Indices) -> tuple[Longs, Longs]:
    """Return the place of every small square with an edge inside, and that edge."""
    place, edge = np.empty(1024, np.int64), np.empty(1024, np.int64)
    n = 0
    for k in range(len(edges)):
        for jx, jy in _course(edges[k], grid, grid.side / SPLIT):
            if n == len(place):
                place, edge = np.append(place, np.empty_like(place)), np.append(edge, np.empty_like(edge))
            block = -2 - squares[(jy // SPLIT) * grid.columns + jx // SPLIT]
            place[n] = block * SPLIT2 + (jy % SPLIT) * SPLIT + jx % SPLIT
            edge[n] = k
            n += 1
    return place[:n], edge[:n]


@kernel
def _lines(
    met: tuple[Longs, Longs], rings: tuple[Floats, Longs], grid: Grid, square: Longs, lists: Lists
) -> None:
    """Find the small squares that one border crosses from side to side: which side a point lies on tells its cell.

    Rings run with their cell to the left, so the border is one edge, or one and the same back and forth. Nothing
    else may meet the inside of the small square, and neither end of the edge may lie in it.
    """
    place, edge = met
    edges, owner = rings
    step = grid.side / SPLIT
    which, begin = 0, 0
    while begin < len(place):
        end = begin + 1
        while end < len(place) and place[end] == place[begin]:
            end += 1
        one, two = edge[begin], edge[end - 1]
        a, b = edges[one], edges[two]
        back = a[0] == b[2] and a[1] == b[3] and a[2] == b[0] and a[3] == b[1]
        if end - begin == 1 or (end - begin == 2 and back and owner[one] != owner[two]):
            at = square[place[begin] // SPLIT2]
            small = place[begin] % SPLIT2
            west = grid.left + (at % grid.columns * SPLIT + small % SPLIT) * step
            south = grid.bottom + (at // grid.columns * SPLIT + small // SPLIT) * step
            if _crosses(a, west, south, step):
                lists.line[which, :4] = a
                lists.line[which, 4] = owner[one]
                lists.line[which, 5] = owner[two] if end - begin == 2 else -1
        which, begin = which + 1, end


@kernel
def _crosses(edge: Floats, west: float, south: float, step: float) -> bool:
    """Return whether an edge surely runs right across a square: both ends outside, a chord inside."""
    ax, ay, bx, by = edge[0], edge[1], edge[2], edge[3]
    east, north = west + step, south + step
    if (west < ax < east and south < ay < north) or (west < bx < east and south < by < north):
        return False
    low, high = 0.0, 1.0
    for at, run, start, stop in ((ax, bx - ax, west, east), (ay, by - ay, south, north)):
        if run == 0.0:
            if not start < at < stop:
                return False
        else:
            t1, t2 = (start - at) / run, (stop - at) / run
            low, high = max(low, min(t1, t2)), min(high, max(t1, t2))
    return bool((high - low) * np.hypot(bx - ax, by - ay) > CHORD)


def _unique_pairs(place: Longs, cell: Longs) -> tuple[Longs, Indices]:
    most = int(cell.max()) + 1 if len(cell) else 1
    key = np.unique(place * most + cell)
    return key // most, (key % most).astype(np.int32)


@kernel
def _fill(rings: tuple[Floats, Longs], grid: Grid, squares: Indices, small: Indices, lists: Lists) -> None:
    """Write the owner of every square and small square that a cell holds whole, smaller cells first."""
    edges, cell_edges = rings
    for cell in range(len(cell_edges) - 1):
        mine = edges[cell_edges[cell] : cell_edges[cell + 1]]
        if len(mine) == 0:
            continue
        south, north = mine[:, 1].min(), mine[:, 1].max()
        at = np.empty(len(mine), np.float64)
        for iy in range(floor_of(south, grid.bottom, grid.side), floor_of(north, grid.bottom, grid.side) + 1):
            n = _crossings(mine, grid.bottom + (iy + 0.5) * grid.side, at)
            _fill_row(squares[iy * grid.columns : (iy + 1) * grid.columns], at[:n], grid, cell)
        step = grid.side / SPLIT
        for jy in range(floor_of(south, grid.bottom, step), floor_of(north, grid.bottom, step) + 1):
            n = _crossings(mine, grid.bottom + (jy + 0.5) * step, at)
            _fill_small_row((squares, small, lists), at[:n], grid, jy, cell)


@kernel
def _crossings(edges: Floats, y: float, at: Floats) -> int:
    """Write where rings cross a horizontal line, from west to east; return how many times."""
    n = 0
    for k in range(len(edges)):
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


@kernel
def _fill_row(row: Indices, at: Floats, grid: Grid, cell: int) -> None:
    """Let a cell own the squares whose centres lie between its crossings, unless owned or divided."""
    for k in range(0, len(at) - 1, 2):
        west = int(np.ceil((at[k] - grid.left) / grid.side - 0.5))
        east = int(np.ceil((at[k + 1] - grid.left) / grid.side - 0.5))
        for ix in range(west, east):
            if row[ix] == -1:
                row[ix] = cell


@kernel
def _fill_small_row(
    parts: tuple[Indices, Indices, Lists], at: Floats, grid: Grid, jy: int, cell: int
) -> None:
    """The same for a row of small squares, skipping squares that aren't divided."""
    squares, small, lists = parts
    step = grid.side / SPLIT
    row = (jy // SPLIT) * grid.columns
    for k in range(0, len(at) - 1, 2):
        jx = int(np.ceil((at[k] - grid.left) / step - 0.5))
        east = int(np.ceil((at[k + 1] - grid.left) / step - 0.5))
        while jx < east:
            block = -2 - squares[row + jx // SPLIT]
            if block < 0:
                jx = (jx // SPLIT + 1) * SPLIT
            else:
                _own(small, block * SPLIT2 + (jy % SPLIT) * SPLIT + jx % SPLIT, cell, lists)
                jx += 1


@kernel
def _own(small: Indices, at: int, cell: int, lists: Lists) -> None:
    """Let a cell own a small square, unless a smaller one does or its own edges run through it."""
    if small[at] == -1:
        small[at] = cell
    elif small[at] < -1:
        which = -2 - small[at]
        for k in range(lists.first[which], lists.first[which + 1]):
            if lists.cell[k] == cell:
                return
        if lists.whole[which] < 0:
            lists.whole[which] = cell


def _edge_lists(
    edges: Floats, cell_edges: Longs, grid: Grid, cell: Indices, row: Longs
) -> tuple[Indices, Indices, Floats]:
    """Return where the edges of each entry (cell, row of small squares) start and end, and the edges.

    A cell with few edges lists them once; of one with many, each row lists those that it meets.
    """
    start, end = cell_edges[cell], cell_edges[cell + 1]
    many = np.flatnonzero(end - start > FEW_EDGES)
    if len(many):
        rows = grid.rows * SPLIT
        wanted, which = np.unique(cell[many] * np.int64(rows) + row[many], return_inverse=True)
        listed, bounds = _by_row(edges, cell_edges, wanted // rows, wanted % rows, grid)
        start[many], end[many] = len(edges) + bounds[which], len(edges) + bounds[which + 1]
        edges = np.vstack([edges, edges[listed]])
    return start.astype(np.int32), end.astype(np.int32), edges


@kernel
def _by_row(edges: Floats, cell_edges: Longs, cell: Longs, row: Longs, grid: Grid) -> tuple[Longs, Longs]:
    """Return, for each pair of cell and row, which of the cell's edges meet the row, its sides included."""
    bounds = np.zeros(len(cell) + 1, np.int64)
    listed = np.empty(1024, np.int64)
    step = grid.side / SPLIT
    n = 0
    for i in range(len(cell)):
        south, north = grid.bottom + row[i] * step, grid.bottom + (row[i] + 1) * step
        for k in range(cell_edges[cell[i]], cell_edges[cell[i] + 1]):
            if min(edges[k, 1], edges[k, 3]) <= north and max(edges[k, 1], edges[k, 3]) >= south:
                if n == len(listed):
                    listed = np.append(listed, np.empty_like(listed))
                listed[n] = k
                n += 1
        bounds[i + 1] = n
    return listed[:n], bounds
