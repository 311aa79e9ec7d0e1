"""Which cells could have been patrolled in a gap (轨迹缺失): the space-time prism of a walker.

A cell counts as reachable if there was time to walk there, dwell in it for tau, and walk on (design, section 5):

    d(last, c) + d(c, next) <= v_max (gap - tau)

and at an open end of a shift d(known, c) <= v_max (time - tau). Distances go to the cell's polygon, not its middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.patrol.reduction.tracks import Track
    from app.patrol.rules import Rules


@dataclass(frozen=True, slots=True)
class Gap:
    """A stretch of a shift without a usable track.

    Attributes:
        start: Seconds.
        end: Seconds.
        cells: Positions (in the ground) of the cells that could have been patrolled meanwhile, rising.
    """

    start: float
    end: float
    cells: NDArray[np.int32]


class Reach:
    """Answers for one ground: cells within walking reach. Holds an index over the cells' polygons (metres)."""

    def __init__(self, polygons: NDArray[np.object_]) -> None:
        self._polygons = polygons
        self._tree = shapely.STRtree(polygons)

    def between(
        self, last: tuple[float, float], following: tuple[float, float], gap: float, rules: Rules
    ) -> NDArray[np.int32]:
        """Return the cells that fit between two known points `gap` seconds apart."""
        reach = rules.speed_max * (gap - rules.tau_s)
        if reach < 0:
            return np.empty(0, np.int32)
        near = self._near(last, reach)
        there = shapely.distance(shapely.Point(last), self._polygons[near])
        back = shapely.distance(shapely.Point(following), self._polygons[near])
        return near[there + back <= reach]

    def around(self, known: tuple[float, float], time: float, rules: Rules) -> NDArray[np.int32]:
        """Return the cells that fit into `time` seconds before or after a known point."""
        radius = rules.speed_max * (time - rules.tau_s)
        if radius < 0:
            return np.empty(0, np.int32)
        near = self._near(known, radius)
        return near[shapely.distance(shapely.Point(known), self._polygons[near]) <= radius]

    def _near(self, middle: tuple[float, float], radius: float) -> NDArray[np.int32]:
        x, y = middle
        box = shapely.box(x - radius, y - radius, x + radius, y + radius)
        return np.sort(self._tree.query(box)).astype(np.int32)


def gaps(
    track: Track, *, start: float, end: float, beat: NDArray[np.int32], reach: Reach, rules: Rules
) -> list[Gap]:
    """Return the gaps of a shift in order of time.

    Args:
        track: The shift's joined track.
        start: Start of the shift, seconds.
        end: End of the shift, seconds.
        beat: Cells of the member's beat: what a shift without any fix leaves unknown.
        reach: The ground's cells.
        rules: Thresholds.
    """
    if len(track.t) == 0:
        return [Gap(start, end, np.sort(beat).astype(np.int32))]
    points = list(zip(track.x.tolist(), track.y.tolist(), strict=True))
    first, last = float(track.t[0]), float(track.t[-1])
    found = [Gap(start, first, reach.around(points[0], first - start, rules))]
    for i in np.flatnonzero(track.seconds > rules.plain_gap_s):
        before, after = float(track.t[i]), float(track.t[i + 1])
        found.append(Gap(before, after, reach.between(points[i], points[i + 1], after - before, rules)))
    found.append(Gap(last, end, reach.around(points[-1], end - last, rules)))
    return [gap for gap in found if gap.end - gap.start > rules.tau_s]
