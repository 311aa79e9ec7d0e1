"""Shifts taken from recorded tracks (由轨迹推定的班次), for want of a roster: they are marked as such.

A track begins a new shift after a long silence, and never runs across a shift that a roster gives.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Spans = list[tuple[int, int]]

APART_US = 1800 * 1_000_000  # half an hour of silence ends a shift


def track_shifts(
    times: NDArray[np.int64],
    rostered: Sequence[tuple[int, int]],
    recorded: Sequence[tuple[int, int]],
    apart: int = APART_US,
) -> Spans:
    """Return the shifts from tracks that a member has once more fixes are known; the same in whatever batches.

    Args:
        times: Microseconds of the fixes.
        rostered: Shifts from a roster, half open; fixes in them are theirs.
        recorded: Shifts already taken from tracks, ends included.
        apart: A longer silence than this parts two shifts.
    """
    starts = np.array([start for start, _ in rostered], np.int64)
    ends = np.array([end for _, end in rostered], np.int64)
    on_duty = ((times[:, None] >= starts) & (times[:, None] < ends)).any(axis=1)
    moments = np.unique(times[~on_duty])
    spans = sorted([*recorded, *((int(at), int(at)) for at in moments)])
    merged: Spans = []
    for start, end in spans:
        if merged and start - merged[-1][1] <= apart and not _between(merged[-1][1], start, starts):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _between(end: int, start: int, rostered_starts: NDArray[np.int64]) -> bool:
    return bool(((rostered_starts >= end) & (rostered_starts < start)).any())
