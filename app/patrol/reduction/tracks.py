"""Joins smoothed fixes into a track (轨迹): plain over short gaps, inferred over longer ones, never over long ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from app.patrol.rules import Rules

BROKEN, PLAIN, INFERRED = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Track:
    """Fixes joined by segments.

    Attributes:
        x: Metres east.
        y: Metres north.
        t: Seconds, rising.
        joined: What becomes of the n - 1 segments: BROKEN, PLAIN or INFERRED.
    """

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    t: NDArray[np.float64]
    joined: NDArray[np.int8]

    @property
    def seconds(self) -> NDArray[np.float64]:
        """Length of each segment."""
        return np.diff(self.t)

    @property
    def tracked_s(self) -> float:
        """Seconds that count: plain and inferred."""
        return float(self.seconds[self.joined != BROKEN].sum())

    @property
    def inferred_s(self) -> float:
        """Seconds of them that are inferred."""
        return float(self.seconds[self.joined == INFERRED].sum())

    def stretches(self) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
        """Return from when to when the track goes on in one manner, and whether that is inferred."""
        edge = np.flatnonzero(np.diff(self.joined)) + 1
        first = np.concatenate(([0], edge))[: len(self.joined)]
        last = np.concatenate((edge, [len(self.joined)]))[: len(self.joined)]
        kind = self.joined[first]
        goes = kind != BROKEN
        return self.t[first][goes], self.t[last][goes], kind[goes] == INFERRED


def join(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    t: NDArray[np.float64],
    rules: Rules,
    pauses: Sequence[tuple[float, float]] = (),
) -> Track:
    """Join fixes: up to 60 s straight; up to 120 s if walking explains it; beyond that, and over a break, never.

    Source: patrol.md section 6.
    """
    seconds = np.diff(t)
    walkable = np.hypot(np.diff(x), np.diff(y)) <= rules.speed_max * seconds
    joined = np.full(len(seconds), BROKEN, np.int8)
    joined[(seconds <= rules.inferred_gap_s) & walkable] = INFERRED
    joined[seconds <= rules.plain_gap_s] = PLAIN
    joined[over(t, pauses)] = BROKEN
    return Track(x, y, t, joined)


def over(t: NDArray[np.float64], pauses: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
    """Return which of the n - 1 segments a break lies in."""
    cut = np.zeros(max(len(t) - 1, 0), np.bool_)
    for start, end in pauses:
        cut |= (t[:-1] < end) & (t[1:] > start)
    return cut
