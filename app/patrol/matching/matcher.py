"""Lays a smoothed track on the streets it was walked on (路网匹配), where it was walked on streets.

A hidden Markov model after Newson and Krumm, "Hidden Markov map matching through noise and sparseness" (2009): the states
of a moment are the nearest points of the streets around and, beside them, *off the streets* where the track says; the
dearest thing is a way along the streets that is much longer or shorter than what was seen, or faster than anybody walks.
GPS errors last for a minute, so fixes within it are no independent witnesses: their weight is their share of it.

Where the track leaves the streets (a compound, a park) it stays as it was. Nothing is moved over a gap.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.patrol.matching.streets import Streets
    from app.patrol.rules import Rules

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int32]
    Kinds = NDArray[np.int8]

EVERY_S = 15.0  # a moment to decide on
STEP_M = 10.0  # between the places looked at along a street
LASTS_S = 60.0  # how long an error of position lasts
WITHIN_SIGMAS, WITHIN_M = 2.5, 25.0  # streets looked at
OFF = 2.5  # what a moment off the streets costs; on the right street it costs about 1
LEAVING = 2.0  # what it costs to leave the streets, or to come back
DETOUR_M = 20.0  # metres of way more than straight, or than anybody walks, that cost 1
SIGMA_LEAST_M = 6.0  # lines of streets aren't exact either
OTHER_M = 3.0  # errors that don't last


def match(  # noqa: PLR0917
    streets: Streets, x: Floats, y: Floats, t: Floats, joined: Kinds, sigma: Floats, rules: Rules
) -> tuple[Floats, Floats, Floats, Kinds, NDArray[np.bool_]]:
    """Lay a track's moments on streets.

    Args:
        streets: All there are.
        x: Metres east of the moments, smoothed, (n,); see `moments`.
        y: Metres north.
        t: Seconds, rising.
        joined: What becomes of the n - 1 segments; nothing is laid over those that are 0, broken.
        sigma: Metres per axis, of the fixes before smoothing.
        rules: How fast walkers are.

    Returns:
        x, y, t and joined of the track with the corners it goes by, and which of its segments run along a street.
    """
    if len(t) < 2:
        return x, y, t, joined, np.zeros(len(joined), np.bool_)
    spread = np.maximum(sigma, SIGMA_LEAST_M)
    reach = np.maximum(WITHIN_SIGMAS * spread, WITHIN_M)
    margin = reach.max() + rules.speed_max * rules.inferred_gap_s
    around = streets.near(x.min() - margin, y.min() - margin, x.max() + margin, y.max() + margin)
    first, piece, offset, cx, cy = _candidates(around, x, y, reach)
    metres, before = around.ways(rules.speed_max * rules.inferred_gap_s)
    network = (around.x, around.y, around.a, around.b, around.length, metres, before)
    places = (piece, offset, cx, cy, np.repeat(x, np.diff(first)) - cx, np.repeat(y, np.diff(first)) - cy)
    chosen = _viterbi(first, places, t, spread, joined, network, rules.speed_max)
    found: tuple[Floats, Floats, Floats, Kinds, NDArray[np.bool_]] = _laid(
        cx[chosen], cy[chosen], t, joined, piece[chosen], offset[chosen], network
    )
    return found


def moments(t: Floats, gap_s: float) -> NDArray[np.intp]:
    """Return which fixes are decided on: one every `EVERY_S`, and the ends of every stretch without a gap."""
    n = len(t)
    if n == 0:
        return np.zeros(0, np.intp)
    cut = np.diff(t) > gap_s
    first = np.concatenate(([True], cut))
    last = np.concatenate((cut, [True]))
    begin = t[np.maximum.accumulate(np.where(first, np.arange(n), 0))]
    slot = np.floor((t - begin) / EVERY_S)
    return np.flatnonzero(first | last | np.concatenate(([True], np.diff(slot) != 0)))


def _candidates(
    streets: Streets, x: Floats, y: Floats, reach: Floats
) -> tuple[Indices, Indices, Floats, Floats, Floats]:
    """Return where each moment's candidates begin, (n + 1,), and of each its piece (-1: off), offset, x and y."""
    count = np.maximum(1, np.ceil(streets.length / STEP_M)).astype(np.int64)
    of = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    share = (rank + 0.5) / count[of]
    sx = streets.x[streets.a[of]] * (1 - share) + streets.x[streets.b[of]] * share
    sy = streets.y[streets.a[of]] * (1 - share) + streets.y[streets.b[of]] * share
    found = cKDTree(np.column_stack((sx, sy))).query_ball_point(np.column_stack((x, y)), reach)
    sizes = np.array([len(one) for one in found], np.int64)
    at = np.concatenate((np.repeat(np.arange(len(x)), sizes), np.arange(len(x))))
    station = np.concatenate([*map(np.asarray, found), np.zeros(len(x))]).astype(np.int64)
    off = np.arange(len(at)) >= sizes.sum()
    order = np.lexsort((station, off, at))
    at, station, off = at[order], station[order], off[order]
    piece = np.where(off, -1, of[station]).astype(np.int32)
    offset = np.where(off, 0.0, share[station] * streets.length[of[station]])
    first = np.searchsorted(at, np.arange(len(x) + 1)).astype(np.int32)
    return first, piece, offset, np.where(off, x[at], sx[station]), np.where(off, y[at], sy[station])


@njit(nogil=True, cache=True)
def _way(p, o, q, r, network):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Return metres along the streets from offset o on piece p to offset r on piece q, and the ends it goes by."""
    _, _, a, b, length, metres, _ = network
    best, leave, enter = np.inf, -1, -1
    if p == q:
        return abs(o - r), leave, enter
    for start, to_start in ((a[p], o), (b[p], length[p] - o)):
        for end, from_end in ((a[q], r), (b[q], length[q] - r)):
            way = to_start + metres[start, end] + from_end
            if way < best:
                best, leave, enter = way, start, end
    return best, leave, enter


@njit(nogil=True, cache=True)
def _viterbi(first, places, t, spread, joined, network, speed):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Return the chosen candidate of each moment."""
    n = len(t)
    piece, _, _, _, error_x, error_y = places
    cost = np.empty(len(piece))
    back = np.full(len(piece), -1, np.int64)
    for k in range(n):
        new = k == 0 or joined[k - 1] == 0
        best = _cheapest(cost, first, k - 1)
        for j in range(first[k], first[k + 1]):
            seen = OFF if piece[j] < 0 else (error_x[j] ** 2 + error_y[j] ** 2) / (2 * spread[k] ** 2)
            cost[j], back[j] = np.inf, best
            if new:  # after whatever ended the stretch before it best
                cost[j] = seen + (cost[best] if best >= 0 else 0.0)
                continue
            for i in range(first[k - 1], first[k]):
                if cost[i] < cost[j]:
                    dear = _step(
                        i, j, seen, t[k] - t[k - 1], spread[k], places, network, speed, cost[j] - cost[i]
                    )
                    if cost[i] + dear < cost[j]:
                        cost[j], back[j] = cost[i] + dear, i
    chosen = np.empty(n, np.int64)
    best = _cheapest(cost, first, n - 1)
    for k in range(n - 1, -1, -1):
        chosen[k] = best
        best = back[best]
    return chosen


@njit(nogil=True, cache=True)
def _step(i, j, seen, seconds, spread, places, network, speed, most):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Return what it costs to go on from candidate i to j; the way isn't looked for where it costs `most` already.

    The error of j is what is left of that of i after some seconds, and something new (first-order Gauss-Markov).
    """
    piece, offset, x, y, error_x, error_y = places
    if piece[j] < 0:
        return OFF if piece[i] < 0 else OFF + LEAVING
    if piece[i] < 0:
        return seen + LEAVING
    kept = np.exp(-seconds / LASTS_S)
    variance = spread**2 * (1 - kept * kept) + OTHER_M**2
    cost = ((error_x[j] - kept * error_x[i]) ** 2 + (error_y[j] - kept * error_y[i]) ** 2) / (2 * variance)
    if cost >= most:
        return cost
    way, _, _ = _way(piece[i], offset[i], piece[j], offset[j], network)
    straight = np.hypot(x[j] - x[i], y[j] - y[i])
    return cost + (way - straight + max(0.0, way - speed * seconds)) / DETOUR_M


@njit(nogil=True, cache=True)
def _cheapest(cost, first, k):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Return the cheapest candidate of a moment; -1 before the first one."""
    if k < 0:
        return -1
    best = first[k]
    for i in range(first[k], first[k + 1]):
        if cost[i] < cost[best]:
            best = i
    return best


@njit(nogil=True, cache=True)
def _laid(x, y, t, joined, piece, offset, network):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Return the track through the chosen places, and along the streets between them; times by length of way."""
    sx, sy, _, _, _, _, before = network
    n = len(x)
    xs, ys, ts = [x[0]], [y[0]], [t[0]]
    kinds, streets = [joined[0]], [False]
    kinds.pop()
    streets.pop()
    for k in range(n - 1):
        along = joined[k] != 0 and piece[k] >= 0 and piece[k + 1] >= 0
        way, leave, enter = 0.0, -1, -1
        if along:
            way, leave, enter = _way(piece[k], offset[k], piece[k + 1], offset[k + 1], network)
        if leave >= 0:
            by = [enter]
            while by[-1] != leave:
                by.append(before[leave, by[-1]])
            gone, px, py = 0.0, x[k], y[k]
            for point in by[::-1]:
                gone += np.hypot(sx[point] - px, sy[point] - py)
                px, py = sx[point], sy[point]
                xs.append(px)
                ys.append(py)
                ts.append(t[k] + (t[k + 1] - t[k]) * min(1.0, gone / max(way, 1e-9)))
                kinds.append(joined[k])
                streets.append(True)
        xs.append(x[k + 1])
        ys.append(y[k + 1])
        ts.append(t[k + 1])
        kinds.append(joined[k])
        streets.append(along)
    return np.array(xs), np.array(ys), np.array(ts), np.array(kinds), np.array(streets)
