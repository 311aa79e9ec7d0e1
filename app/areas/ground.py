"""One edition's ground in memory: which cell a point belongs to, and how that was found (归格).

A point belongs to the cell that holds it, on a shared edge to the one with the smallest code. In no cell but
within 50 m of one it is *snapped* (就近归格) and says how far, unless it lies in a known neighbouring district;
any other is *outside* (网格外). The same rule for one point is `sql/cell_at_point.sql`; a test holds the two
together. No database here, and no warnings about odd coordinates: those are the loader's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import shapely
from shapely import STRtree

from app.geo.locator import Locator

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

SNAP_M: Final = 50.0
SAME_M: Final = 1e-6  # distances that differ by less are the same: the smallest code wins
IN_A_CELL: Final = 0
SNAPPED: Final = 1
OUTSIDE: Final = 2
FOUND: Final = ("in a cell", "snapped", "outside")  # by their numbers above


@dataclass(frozen=True, slots=True)
class Placement:
    """Where points belong; all arrays have one entry per point.

    Attributes:
        cell: Index of the cell, int32; -1 for outside.
        found: IN_A_CELL, SNAPPED or OUTSIDE, int8.
        snapped_m: Metres to the cell for snapped points, else NaN.
    """

    cell: NDArray[np.int32]
    found: NDArray[np.int8]
    snapped_m: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """The cells of one edition, in bytewise order of code, with the neighbouring districts that are known.

    Attributes:
        ids: `areas.cells.id` of each cell, (n,).
        codes: Codes, ascending bytewise, (n,) of str.
        parent_codes: Code of each cell's community (or whatever it lies in), (n,) of str.
        areas_m2: Square metres, (n,).
        polygons: (Multi)Polygons in the metric CRS, (n,).
        neighbours: Polygons of neighbouring districts, in which nothing is snapped.
    """

    ids: NDArray[np.int64]
    codes: NDArray[np.object_]
    parent_codes: NDArray[np.object_]
    areas_m2: NDArray[np.float64]
    polygons: NDArray[np.object_]
    neighbours: NDArray[np.object_]
    locator: Locator
    _tree: STRtree
    _neighbour_tree: STRtree

    @classmethod
    def of(
        cls,
        ids: ArrayLike,
        codes: Sequence[str],
        parent_codes: Sequence[str],
        polygons: ArrayLike,
        neighbours: ArrayLike = (),
    ) -> Ground:
        """Build from one edition's rows, which must come in bytewise order of code.

        Raises:
            ValueError: The codes are not ascending, or occur twice.
        """
        names = [code.encode() for code in codes]
        if any(a >= b for a, b in pairwise(names)):
            raise ValueError("cells must come in bytewise order of code, each code once")
        shapes = _objects(polygons)
        around = _objects(neighbours)
        return cls(
            ids=np.asarray(ids, dtype=np.int64),
            codes=np.array(codes, dtype=np.object_),
            parent_codes=np.array(parent_codes, dtype=np.object_),
            areas_m2=shapely.area(shapes),
            polygons=shapes,
            neighbours=around,
            locator=Locator.build(shapes),
            _tree=STRtree(shapes),
            _neighbour_tree=STRtree(around),
        )

    def __len__(self) -> int:
        return len(self.codes)

    def indices(self, cell_ids: ArrayLike) -> NDArray[np.int32]:
        """Return the positions of cells by id, ascending; cells of other editions are left out."""
        return np.flatnonzero(np.isin(self.ids, np.asarray(cell_ids, np.int64))).astype(np.int32)

    def place(self, x: ArrayLike, y: ArrayLike, *, parallel: bool = False) -> Placement:
        """Return each point's cell and how it was found.

        Args:
            x: East, metres, (n,). NaN is outside; whether it should be rejected is for the caller to say.
            y: North, metres, same shape.
            parallel: See `Locator.locate`.
        """
        u, v = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
        cell = self.locator.locate(u, v, parallel=parallel)
        found = np.where(cell >= 0, IN_A_CELL, OUTSIDE).astype(np.int8)
        snapped_m = np.full(len(cell), np.nan)
        lost = np.flatnonzero((cell < 0) & np.isfinite(u) & np.isfinite(v))
        near, cells, metres = self._nearest(u[lost], v[lost])
        cell[lost[near]] = cells
        found[lost[near]] = SNAPPED
        snapped_m[lost[near]] = metres
        return Placement(cell, found, snapped_m)

    def next_door(self, x: ArrayLike, y: ArrayLike) -> NDArray[np.bool_]:
        """Return which points, (n,) metres each, lie in a known neighbouring district; NaN lies in none."""
        points = _objects(shapely.points(np.asarray(x, float), np.asarray(y, float)))
        result = np.zeros(len(points), dtype=bool)
        result[self._neighbour_tree.query(points, "covered_by")[0]] = True
        return result

    def candidates(self, x: float, y: float, accuracy_m: float) -> NDArray[np.int32]:
        """Return all cells, ascending, that a point's accuracy circle (radius in metres) meets."""
        return np.sort(self._tree.query(shapely.Point(x, y), "dwithin", accuracy_m)).astype(np.int32)

    def _nearest(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """Return which points may be snapped, to which cell, and over how many metres."""
        nothing = np.empty(0, dtype=np.int64)
        if not len(x) or not len(self):
            return nothing, nothing, np.empty(0)
        points = _objects(shapely.points(x, y))
        at, cells = self._tree.query(points, "dwithin", SNAP_M)
        if len(self.neighbours):
            kept = ~self.next_door(x, y)[at]
            at, cells = at[kept], cells[kept]
        metres = np.asarray(shapely.distance(points[at], self.polygons[cells]))
        least = np.full(len(points), np.inf)
        np.minimum.at(least, at, metres)
        nearest = metres <= least[at] + SAME_M
        at, cells, metres = at[nearest], cells[nearest], metres[nearest]
        order = np.lexsort((cells, at))
        at, first = np.unique(at[order], return_index=True)
        return at, cells[order][first], metres[order][first]


def _objects(shapes: Any) -> NDArray[np.object_]:
    return np.array(shapes, dtype=np.object_).reshape(-1)
