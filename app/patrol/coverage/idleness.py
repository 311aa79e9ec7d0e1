"""Idleness (巡查空档): how long cells went without a visit; and how often they were visited again.

    I_c(t) = t - time of the last visit (its start)
    over [0, T] with visits t_1..t_k, t_0 the last visit before (or 0) and t_{k+1} = T:
    mean I_c = (1 / T) * integral of I_c,  worst I_c = max (t_{i+1} - t_i)

The open last interval counts, else unvisited cells would look fine (patrol.md section 7). For t_0 = 0 the integral
is the known sum (t_{i+1} - t_i)^2 / 2; for an earlier t_0 the part before the window is taken off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Idleness:
    """Seconds per cell, over a window."""

    mean: NDArray[np.float64]
    worst: NDArray[np.float64]

    def network(
        self, owed: NDArray[np.bool_], weights: NDArray[np.float64]
    ) -> tuple[float | None, float | None]:
        """Return mean idleness over the owed cells, weighted, and the worst of all; None without weight or cells."""
        if not owed.any():
            return None, None
        total = float(weights[owed].sum())
        mean = float((weights * self.mean)[owed].sum() / total) if total > 0 else None
        return mean, float(self.worst[owed].max())


def idleness(
    cell: NDArray[np.int32],
    at: NDArray[np.float64],
    before: NDArray[np.float64],
    start: float,
    end: float,
) -> Idleness:
    """Return mean and worst idleness of each cell between `start` and `end`.

    Args:
        cell: Cell of each visit in the window, shape (visits,).
        at: Its start, seconds; one under way at `start` began before it, and is in `before` too.
        before: Start of the last visit before the window by cell, seconds, NaN where there was none.
        start: Window, seconds.
        end: Window, seconds.

    Raises:
        ValueError: The window is empty.
    """
    if end <= start:
        raise ValueError("the window is empty")
    cells = len(before)
    first = np.where(np.isnan(before), start, before)
    # Each cell's times in one line: the last visit before, the visits, the end of the window.
    every = np.arange(cells)
    key = np.concatenate((every, cell, every))
    moment = np.concatenate((first, at, np.full(cells, end)))
    order = np.lexsort((moment, key))
    key, moment = key[order], moment[order]
    within = key[1:] == key[:-1]
    owner, low, high = key[1:][within], moment[:-1][within], moment[1:][within]
    unseen = np.maximum(start - low, 0.0)  # part of the interval before the window
    area = ((high - low) ** 2 - np.minimum(unseen, high - low) ** 2) / 2
    mean = np.bincount(owner, weights=area, minlength=cells) / (end - start)
    worst = np.zeros(cells)
    np.maximum.at(worst, owner, high - low)
    return Idleness(mean, worst)


def revisits(cell: NDArray[np.int32], at: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the intervals from the start of a visit to the start of the next one in the same cell, seconds."""
    order = np.lexsort((at, cell))
    same = np.diff(cell[order]) == 0
    intervals: NDArray[np.float64] = np.diff(at[order])[same]
    return intervals
