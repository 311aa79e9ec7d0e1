"""One community cut into cells: squares cut by its sewn border, small fragments joined to a neighbour.

A fragment is a connected piece of a square. Repeatedly the smallest one under a tenth of the full square joins the piece
of its community with which it shares the longest edge; one without an edge neighbour stays. Does not number cells.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from app.core.errors import BadInput
from app.geo.lattice import Lattice, to_metres
from app.geo.sewing import segments, shared_edges

if TYPE_CHECKING:
    from numpy.typing import NDArray

SMALLEST_SHARE = 0.1  # of the full square: less is joined to a neighbour
TWICE_MM2 = 2_000_000  # a polygon on the 1 mm grid has a whole number of half square millimetres


class NotSewn(BadInput):
    """A community's border crosses itself or a lattice line away from its vertices."""

    zh = "社区边界自交，无法划分网格。"


@dataclass(frozen=True, slots=True)
class Pieces:
    """The cells of one community, not yet numbered, in no particular order.

    Attributes:
        polygons: Polygons in metric coordinates; together exactly the community.
        row, column: Of the square of each cell's largest original fragment.
        fragments: How many fragments each cell is made of.
        island: Smaller than the rule allows, and without an edge neighbour to join.
        whole: A full square.
    """

    polygons: NDArray[np.object_]
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    fragments: NDArray[np.int64]
    island: NDArray[np.bool_]
    whole: NDArray[np.bool_]


def cut(community: Any, size: int) -> Pieces:
    """Cut a sewn community into cells of `size` metres.

    Raises:
        NotSewn: The pieces don't add up to the community: its border isn't noded, or not sewn.
    """
    lattice = Lattice(size)
    faces = _faces(community, lattice)
    inner = shapely.point_on_surface(faces)
    x, y = shapely.get_x(inner), shapely.get_y(inner)
    shapely.prepare(community)
    inside = shapely.contains_xy(community, x, y)
    faces = faces[inside]
    if not np.isclose(shapely.area(faces).sum(), community.area, rtol=0, atol=1e-4):
        raise NotSewn(
            f"Its {community.area:,.3f} m² fall into {shapely.area(faces).sum():,.3f} m² of pieces.",
            remedy="Load the communities with --repair.",
        )
    row, column = lattice.square_of(x[inside], y[inside])
    return _joined(faces, row, column, lattice)


def _faces(community: Any, lattice: Lattice) -> NDArray[np.object_]:
    """Return all faces of the border and the lattice over its bounding box, inside and outside."""
    border, _ = segments(np.array([community], dtype=object))
    lines = lattice.segments_within(border.reshape(-1, 2))
    x0, y0, x1, y1 = border.T
    on_line = ((x0 == x1) & (x0 % lattice.step == 0)) | ((y0 == y1) & (y0 % lattice.step == 0))
    noded = np.concatenate([border[~on_line], lines])  # what lies on a line is among the lines
    edges: NDArray[np.object_] = np.asarray(shapely.linestrings(to_metres(noded).reshape(-1, 2, 2)))
    faces: NDArray[np.object_] = shapely.get_parts(shapely.polygonize(edges))
    return faces


def _joined(
    faces: NDArray[np.object_], row: NDArray[np.int64], column: NDArray[np.int64], lattice: Lattice
) -> Pieces:
    pool = _Pool.of(faces, row, column, lattice)
    pool.join_small()
    groups = [members for members in pool.members if members]
    lead = np.array([pool.leading(members) for members in groups], dtype=np.int64)
    polygons = np.array(
        [faces[m[0]] if len(m) == 1 else shapely.coverage_union_all(faces[m]) for m in groups],
        dtype=object,
    )
    area = np.array([pool.area[m].sum() for m in groups], dtype=np.int64)
    return Pieces(
        polygons=polygons,
        row=row[lead],
        column=column[lead],
        fragments=np.array([len(m) for m in groups], dtype=np.int64),
        island=area < pool.enough,
        whole=area == lattice.square_m2 * TWICE_MM2,
    )


@dataclass(slots=True)
class _Pool:
    """The pieces of one community while they are being joined: a piece is known by its first fragment's index."""

    area: NDArray[np.int64]  # of fragments, in half square millimetres: ties are real ties
    centre: NDArray[np.float64]  # of fragments, (n, 2) metres
    row: NDArray[np.int64]
    column: NDArray[np.int64]
    enough: float  # half square millimetres that need no joining
    members: list[list[int]]  # of each piece; empty once it is joined to another
    edges: list[dict[int, float]]  # of each piece: metres shared with its neighbours

    @classmethod
    def of(
        cls, faces: NDArray[np.object_], row: NDArray[np.int64], column: NDArray[np.int64], lattice: Lattice
    ) -> _Pool:
        centroid = shapely.centroid(faces)
        area = np.rint(shapely.area(faces) * TWICE_MM2).astype(np.int64)
        return cls(
            area=area,
            centre=np.column_stack([shapely.get_x(centroid), shapely.get_y(centroid)]),
            row=row,
            column=column,
            enough=SMALLEST_SHARE * lattice.square_m2 * TWICE_MM2,
            members=[[index] for index in range(len(faces))],
            edges=shared_edges(faces),
        )

    def join_small(self) -> None:
        """Join the smallest small piece to its neighbour, until none is left that has one."""
        heap = [self._turn(piece) for piece in np.flatnonzero(self.area < self.enough).tolist()]
        heapq.heapify(heap)
        while heap:
            turn = heapq.heappop(heap)
            piece = turn[-1]
            if self.members[piece] and turn == self._turn(piece) and self.edges[piece]:
                host = max(self.edges[piece], key=partial(self._claim, piece))
                self._join(piece, host)
                if self._size(host) < self.enough:
                    heapq.heappush(heap, self._turn(host))

    def leading(self, members: list[int]) -> int:
        """Return the largest original fragment; tie: north, then west."""
        if len(members) == 1:
            return members[0]
        return min(members, key=lambda m: (-self.area[m], -self.row[m], self.column[m], *self._place([m])))

    def _size(self, piece: int) -> int:
        return int(self.area[self.members[piece]].sum())

    def _place(self, members: list[int]) -> tuple[float, float]:
        """Order north before south, then west before east: by the centroid, to the millimetre."""
        weights = self.area[members]
        x, y = (self.centre[members] * weights[:, None]).sum(axis=0) / weights.sum()
        return round(-y, 3), round(x, 3)

    def _turn(self, piece: int) -> tuple[int, float, float, int]:
        """Order of joining: the smallest first; tie: north, then west."""
        return self._size(piece), *self._place(self.members[piece]), int(piece)

    def _claim(self, piece: int, host: int) -> tuple[float, int, float, float]:
        """Rank a host: longest shared edge; tie: larger, then north, then west."""
        south, east = self._place(self.members[host])
        return round(self.edges[piece][host], 6), self._size(host), -south, -east

    def _join(self, piece: int, host: int) -> None:
        self.members[host] += self.members[piece]
        self.members[piece] = []
        for other, length in self.edges[piece].items():
            del self.edges[other][piece]
            if other != host:
                self.edges[host][other] = self.edges[host].get(other, 0.0) + length
                self.edges[other][host] = self.edges[host][other]
        self.edges[piece] = {}
