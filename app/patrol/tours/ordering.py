"""In which order to walk stops (巡查顺序): the shortest way from a start over all of them to an end. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import fast_tsp
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Order = NDArray[np.int64]

MOST = 65_535  # what the solver's distances may be
FEW = 3  # stops that have one order only


def cycle(walk: ArrayLike, budget_s: float = 0.3) -> Order:
    """Return a short round trip over all places, from place 0 on.

    Args:
        walk: Seconds between places, (n, n), symmetrical.
        budget_s: Seconds to look for it; fewer than 21 places are solved exactly, at once.
    """
    seconds = np.asarray(walk, np.float64)
    if len(seconds) <= FEW:
        return np.arange(len(seconds))
    tour = np.array(fast_tsp.find_tour(_whole(seconds, MOST), budget_s, stop_when_converged=True), np.int64)
    return np.roll(tour, -int(np.flatnonzero(tour == 0)[0]))


def path(walk: ArrayLike, budget_s: float = 0.3) -> Order:
    """Return a short way from the first place over all others to the last: a permutation that keeps both ends.

    The round trip whose ends are next to each other at no cost is the path; every other step at an end costs a fixed
    amount more, which is the same for all paths and too much for any round trip that tears the ends apart.
    """
    seconds = np.asarray(walk, np.float64)
    n = len(seconds)
    if n <= FEW:
        return np.arange(n)
    half = MOST // 2
    whole = _whole(seconds, half)
    ends = np.zeros(n, bool)
    ends[[0, -1]] = True
    whole[ends] += half
    whole[:, ends] = np.where(ends[:, None], whole[:, ends], whole[:, ends] + half)
    whole[0, -1] = whole[-1, 0] = whole[0, 0] = whole[-1, -1] = 0
    tour = np.array(fast_tsp.find_tour(whole, budget_s, stop_when_converged=True), np.int64)
    tour = np.roll(tour, -int(np.flatnonzero(tour == 0)[0]))
    if tour[-1] != n - 1:
        tour = np.roll(tour[::-1], 1)
    given = np.arange(n)
    return tour if tour[-1] == n - 1 and length(seconds, tour) < length(seconds, given) else given


def length(walk: Floats, order: Order) -> float:
    """Return the seconds walked along an order of places."""
    return float(walk[order[:-1], order[1:]].sum())


def _whole(seconds: Floats, most: int) -> NDArray[np.int64]:
    """Return seconds as whole numbers that go up to `most`."""
    return np.round(seconds * (most / max(float(seconds.max()), 1e-9))).astype(np.int64)
