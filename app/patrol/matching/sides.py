"""Which cells a street shows besides the one it lies in: those along whose side it runs (共用边街道).

A street along the side of two cells is one street, and GPS can't say on which side of a line in its middle somebody
walked (patrol.md section 5). So whoever walks it is credited with both cells: the one that the line lies in, and the
one beside it, marked *shared*. A street runs along a side where it is at most `SIDE_M` from the cell and its distance
changes by at most `SLOPE` of the way; a street that crosses the side is shared with nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.geo.locator import Locator

    Floats = NDArray[np.float64]

SIDE_M = 15.0
SLOPE = 0.4
PART_M = 10.0  # a longer segment is looked at in parts


class Sides:
    """Answers for one ground; holds an index over the cells' polygons (metres)."""

    def __init__(
        self, polygons: NDArray[np.object_], locator: Locator, tree: shapely.STRtree | None = None
    ) -> None:
        self._polygons = polygons
        self._locator = locator
        self._tree = tree or shapely.STRtree(polygons)

    def shared(
        self, x: Floats, y: Floats, t: Floats, street: NDArray[np.bool_]
    ) -> tuple[NDArray[np.int32], Floats, Floats, NDArray[np.int64]]:
        """Return the stays beside cells of a line that runs along streets: cell, enter, leave, segment; by segment.

        Args:
            x: Metres east of the line's points, (n,).
            y: Metres north.
            t: Seconds, not falling.
            street: Whether each of its n - 1 segments runs along a street.
        """
        length = np.hypot(np.diff(x), np.diff(y))
        used = np.flatnonzero(street & (length > 0) & (np.diff(t) > 0))
        if len(used) == 0:
            return np.zeros(0, np.int32), np.zeros(0), np.zeros(0), np.zeros(0, np.int64)
        parts = np.ceil(length[used] / PART_M).astype(np.int64)
        segment = np.repeat(used, parts)
        rank = np.arange(len(segment)) - np.repeat(np.cumsum(parts) - parts, parts)
        begin, end = rank / parts.repeat(parts), (rank + 1) / parts.repeat(parts)

        def points(share: Floats) -> Floats:
            return np.column_stack([v[segment] + share * (v[segment + 1] - v[segment]) for v in (x, y)])

        ends = np.stack((points(begin), points(end)), axis=1)
        at, cell = self._tree.query(shapely.linestrings(ends), "dwithin", SIDE_M)
        beside = self._locator.locate(*points((begin + end) / 2).T)[at] != cell
        at, cell = at[beside], cell[beside].astype(np.int32)
        near, far = (shapely.distance(shapely.points(ends[at, k]), self._polygons[cell]) for k in (0, 1))
        size = length[segment[at]] / parts.repeat(parts)[at]
        along = (np.maximum(near, far) <= SIDE_M) & (np.abs(near - far) <= SLOPE * size)
        at, cell = at[along], cell[along]
        order = np.lexsort((cell, at))
        at, cell = at[order], cell[order]
        whole = np.diff(t)[segment[at]]
        enter, leave = t[segment[at]] + begin[at] * whole, t[segment[at]] + end[at] * whole
        return cell, enter, leave, segment[at]
