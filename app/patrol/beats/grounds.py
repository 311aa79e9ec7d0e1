"""Which cells a plan is of, as positions in the ground of an edition (划分范围). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import shapely

from app.patrol.beats.errors import UnknownCells
from app.patrol.beats.telling import unknown_cells

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from app.areas.ground import Ground


def named(ground: Ground, codes: Sequence[str], edition: str) -> NDArray[np.int32]:
    """Return the positions of cells by their codes, in the order given.

    Raises:
        UnknownCells: The edition hasn't all of them.
    """
    at = np.searchsorted(_bytes(ground.codes), _bytes(np.array(codes, np.object_)))
    at = np.minimum(at, max(len(ground) - 1, 0))
    strange = [
        code for code, i in zip(codes, at.tolist(), strict=True) if not len(ground) or ground.codes[i] != code
    ]
    if strange:
        raise UnknownCells(
            f"{len(strange)} of {len(codes)}: {', '.join(strange[:5])}.",
            findings=unknown_cells(strange, edition),
        )
    return at.astype(np.int32)


def _bytes(codes: NDArray[np.object_]) -> NDArray[np.bytes_]:
    return np.array([code.encode() for code in codes.tolist()], np.bytes_)


def within(ground: Ground, shape: shapely.Geometry) -> NDArray[np.int32]:
    """Return the cells whose middle lies in a drawn shape (metres), rising."""
    shapely.prepare(shape)
    middles = shapely.point_on_surface(ground.polygons)
    return np.flatnonzero(shapely.covers(shape, middles)).astype(np.int32)
