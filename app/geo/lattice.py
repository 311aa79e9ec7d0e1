"""The lattice (规则格网): squares between lines at multiples of the cell size from the metric CRS's origin.

The same ground has the same squares in every edition. Coordinates are metres on a 1 mm grid; inside the arithmetic they
are whole millimetres, so that equality means equality. Knows no border but the one it is asked about, and no database.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

MILLIMETRES = 1000  # in a metre


def to_millimetres(metres: NDArray[np.float64]) -> NDArray[np.int64]:
    """Return coordinates rounded to whole millimetres, any shape."""
    return np.rint(metres * MILLIMETRES).astype(np.int64)


def to_metres(millimetres: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return whole millimetres as metres; the inverse of `to_millimetres` for numbers up to 10^12."""
    return millimetres / MILLIMETRES


@dataclass(frozen=True, slots=True)
class Lattice:
    """Squares of `size` metres; row and column count them from the origin, north and east, from 0."""

    size: int

    @property
    def step(self) -> int:
        """The size in millimetres."""
        return self.size * MILLIMETRES

    @property
    def square_m2(self) -> int:
        """The area of one whole square, in square metres."""
        return self.size * self.size

    def square_of(
        self, x: NDArray[np.float64], y: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return row and column of the squares that hold the points; a line belongs to the square north or east of it."""
        return (
            np.floor(y / self.size).astype(np.int64),
            np.floor(x / self.size).astype(np.int64),
        )

    def lines_between(
        self, low: NDArray[np.int64], high: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Enumerate the lines strictly between pairs of coordinates.

        Args:
            low: n coordinates of one axis, in millimetres.
            high: n more, none less than its `low`.

        Returns:
            Which of the n pairs, and the line's coordinate in millimetres: two arrays, one entry per crossing.
        """
        first = low // self.step + 1
        count = np.maximum(-(-high // self.step) - first, 0)
        pair = np.repeat(np.arange(len(low)), count)
        within = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count, count)
        return pair, (first[pair] + within) * self.step

    def segments_within(self, vertices: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the lattice lines over a border's bounding box, split at every node and border vertex on them.

        Args:
            vertices: The sewn border's vertices, (n, 2) millimetres.

        Returns:
            (m, 4) millimetres x0, y0, x1, y1, the lesser end first; together with the border's own segments off the
            lines they are noded: no two meet but at their ends.
        """
        low = vertices.min(axis=0) // self.step * self.step
        high = -(-vertices.max(axis=0) // self.step) * self.step
        xs, ys = (np.arange(low[axis], high[axis] + 1, self.step) for axis in (0, 1))
        upright = self._split(xs, ys, vertices)
        level = self._split(ys, xs, vertices[:, ::-1])
        return np.concatenate([upright, level[:, [1, 0, 3, 2]]])

    def _split(
        self, lines: NDArray[np.int64], nodes: NDArray[np.int64], vertices: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """Split lines of constant first coordinate at nodes and at the vertices that lie on them."""
        on_line = vertices[vertices[:, 0] % self.step == 0]
        line = np.concatenate([np.repeat(lines, len(nodes)), on_line[:, 0]])
        along = np.concatenate([np.tile(nodes, len(lines)), on_line[:, 1]])
        order = np.lexsort((along, line))
        line, along = line[order], along[order]
        step = (line[1:] == line[:-1]) & (along[1:] > along[:-1])
        pieces: NDArray[np.int64] = np.column_stack([line[:-1], along[:-1], line[1:], along[1:]])
        kept: NDArray[np.int64] = pieces[step]
        return kept
