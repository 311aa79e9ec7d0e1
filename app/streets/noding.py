"""Lines that meet at their ends (打断成网): streets are cut where they cross or touch on the same level. Pure."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Objects = NDArray[np.object_]

GRID_M = 0.01


def noded(lines: Objects, levels: Sequence[int]) -> tuple[Objects, NDArray[np.int64]]:
    """Cut lines where they meet, and return the pieces with the line that each is of.

    A bridge is not cut by what passes under it; it meets the streets at its ends.

    Args:
        lines: LineStrings in metres.
        levels: See `app.streets.kinds.level_of`.
    """
    on = np.asarray(levels, np.int64)
    pieces: list[Objects] = []
    of: list[NDArray[np.int64]] = []
    for level in np.unique(on):
        own = np.flatnonzero(on == level)
        others = lines[on != level]
        shapes = lines[own]
        if len(others):
            shapes, back = _cut_at(shapes, others)
            own = own[back]
        union = shapely.union_all(shapely.multilinestrings(shapes), grid_size=GRID_M)
        parts = shapely.get_parts(union)
        parts = parts[shapely.length(parts) > GRID_M]
        middles = shapely.line_interpolate_point(parts, 0.5, normalized=True)
        at, near = shapely.STRtree(shapes).query_nearest(middles, all_matches=False)
        pieces.append(np.asarray(parts, np.object_)[at])
        of.append(own[near])
    if not pieces:
        return np.empty(0, np.object_), np.empty(0, np.int64)
    return np.concatenate(pieces), np.concatenate(of)


def _cut_at(lines: Objects, others: Objects) -> tuple[Objects, NDArray[np.int64]]:
    """Cut lines at those of their vertices at which a line of another level ends."""
    ends = shapely.get_coordinates([shapely.get_point(others, 0), shapely.get_point(others, -1)])
    there = {tuple(one) for one in np.round(ends / GRID_M).astype(np.int64).tolist()}
    found, of = [], []
    for number, line in enumerate(lines):
        xy = shapely.get_coordinates(line)
        cells = np.round(xy / GRID_M).astype(np.int64).tolist()
        stops = [0, *(i for i in range(1, len(xy) - 1) if tuple(cells[i]) in there), len(xy) - 1]
        for first, last in pairwise(stops):
            found.append(shapely.linestrings(xy[first : last + 1]))
            of.append(number)
    return np.array(found, np.object_), np.array(of, np.int64)
