"""What shifts that go on leave open since their last fix: how far somebody can have walked by now. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from app.areas.ground import Ground


def reached(
    ends: Sequence[Any], ground: Ground, cells: NDArray[np.int32], own: Mapping[int, NDArray[np.int32]]
) -> list[NDArray[np.int32]]:
    """Return for each open end which of some cells can have been patrolled meanwhile.

    After hours that is the whole city: it is measured for those cells alone, once for each place that somebody was last at.

    Args:
        ends: Rows of `sql/open_ends.sql`.
        ground: Of the edition they were asked on.
        cells: Positions in the ground.
        own: Positions of each member's beat, by the member's id: what a shift leaves open that visited no cell yet.
    """
    away: dict[int, NDArray[np.float64]] = {}
    found = []
    for one in ends:
        if one.last is None:
            found.append(np.intersect1d(own[one.member_id], cells).astype(np.int32))
            continue
        if one.last not in away:
            away[one.last] = shapely.distance(ground.polygons[one.last - 1], ground.polygons[cells])
        found.append(cells[away[one.last] <= one.metres])
    return found
