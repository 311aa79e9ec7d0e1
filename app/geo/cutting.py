"""A segment's pieces, and how they are cut where edges run through a small square (see `app.geo.dwell`)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from app.geo.kernel import kernel
from app.geo.locator import near_line, owner

if TYPE_CHECKING:
    from app.geo.kernel import Floats, Indices
    from app.geo.raster import Raster

TINY = 1e-13  # of a segment: shorter pieces are rounding, and join the next
SLACK = 1e-9  # of an edge: how far beyond its ends a crossing still cuts; one cut too many does no harm


class Segment(NamedTuple):
    """From x, y (metres) by dx, dy."""

    x: float
    y: float
    dx: float
    dy: float


class Pieces(NamedTuple):
    """A segment's pieces in order: the cell of each (-1 for none), and where it ends, 0..1 along the segment."""

    cell: Indices
    end: Floats
    cuts: Floats  # room for the cuts within one small square


@kernel
def cut(r: Raster, segment: Segment, part: tuple[int, float, float], cuts: Floats, count: int) -> int:
    """Write where a segment crosses edges that run through a small square; return how many cuts there are."""
    value, start, end = part
    if value >= -1:
        return count
    dx, dy = segment.dx, segment.dy
    which = -2 - value
    for k in range(r.lists.first[which], r.lists.first[which + 1]):
        for j in range(r.start[k], r.end[k]):
            ax, ay = r.edges[j, 0] - segment.x, r.edges[j, 1] - segment.y
            ex, ey = r.edges[j, 2] - r.edges[j, 0], r.edges[j, 3] - r.edges[j, 1]
            across = dx * ey - dy * ex
            if across == 0.0:
                continue
            at = (ax * ey - ay * ex) / across
            if start < at < end and -SLACK <= (ax * dy - ay * dx) / across <= 1.0 + SLACK:
                cuts[count] = at
                count += 1
    return count


@kernel
def add_cut(
    r: Raster, segment: Segment, part: tuple[int, float, float, bool, int], pieces: Pieces, n: int
) -> int:
    """Write the pieces between cuts, each with the cell that holds its middle."""
    value, at, stop, along, count = part
    cuts = pieces.cuts[:count]
    cuts.sort()
    for k in range(count + 1):
        end = cuts[k] if k < count else stop
        if end - at <= TINY:
            continue
        middle = (at + end) / 2
        x, y = segment.x + middle * segment.dx, segment.y + middle * segment.dy
        n = add(pieces, n, near_line(r, x, y) if along else owner(r, value, x, y), end)
        at = end
    return n


@kernel
def add(pieces: Pieces, n: int, cell: int, end: float) -> int:
    """Write a piece, or let the one before go on if it is in the same cell; return how many there are."""
    if n == 0 or pieces.cell[n - 1] != cell:
        pieces.cell[n] = cell
        n += 1
    pieces.end[n - 1] = end
    return n
