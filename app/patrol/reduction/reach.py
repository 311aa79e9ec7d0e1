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

from app.patrol.reduction.tracks import over

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    track: Track,
    *,
    start: float,
    end: float,
    beat: NDArray[np.int32],
    reach: Reach,
    rules: Rules,
    pauses: Sequence[tuple[float, float]] = (),
) -> list[Gap]:
    """Return the gaps of a shift in order of time; a break is none, and cuts one in parts.

    Args:
        track: The shift's joined track.
        start: Start of the shift, seconds.
        end: End of the shift, seconds.
        beat: Cells of the member's beat: what a shift without any fix leaves unknown.
        reach: The ground's cells.
        rules: Thresholds.
        pauses: Breaks in order of time, seconds.
    """
    if len(track.t) == 0:
        cells = np.sort(beat).astype(np.int32)
        return [Gap(a, b, cells) for a, b in _without(start, end, pauses) if b - a > rules.tau_s]
    cut = over(track.t, pauses)
    lost = [
        (None, 0),
        *((i, i + 1) for i in np.flatnonzero((track.seconds > rules.plain_gap_s) | cut).tolist()),
    ]
    found = []
    for before, after in [*lost, (len(track.t) - 1, None)]:
        last = _Known.at(track, before)
        following = _Known.at(track, after)
        for a, b in _without(last.t if last else start, following.t if following else end, pauses):
            if b - a > rules.tau_s:
                found.append(Gap(a, b, _reachable(a, b, last, following, reach, rules)))
    return found


@dataclass(frozen=True, slots=True)
class _Known:
    """Where a member was at a moment."""

    x: float
    y: float
    t: float

    @classmethod
    def at(cls, track: Track, place: int | None) -> _Known | None:
        if place is None:
            return None
        return cls(float(track.x[place]), float(track.y[place]), float(track.t[place]))


def _reachable(  # noqa: PLR0917
    start: float, end: float, last: _Known | None, following: _Known | None, reach: Reach, rules: Rules
) -> NDArray[np.int32]:
    """Return the cells within reach from `start` to `end`; next to a break only the side that is known binds."""
    if last and following and not (last.t < start) ^ (end < following.t):
        length = following.t - last.t
        return reach.between((last.x, last.y), (following.x, following.y), length, rules)
    if last and (following is None or last.t == start):
        return reach.around((last.x, last.y), end - last.t, rules)
    if following is None:
        raise ValueError("a gap needs a known side")
    return reach.around((following.x, following.y), following.t - start, rules)


def _without(start: float, end: float, pauses: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """Return what is left of a stretch without the breaks."""
    left = []
    for a, b in pauses:
        if a > start:
            left.append((start, min(a, end)))
        start = max(start, b)
    left.append((start, end))
    return [(a, b) for a, b in left if a < b]
