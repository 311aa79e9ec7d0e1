"""Moves border cells between beats until nothing gets better: annealing on the graph of touching cells. Pure.

A beat never breaks: a cell leaves it only where its other neighbours in it stay connected without it. What is lowered is the
sum over beats of (1 / compactness) + balance x (work / mean - 1)^2, with the length of borders and, where a plan is to
change little, what changes hands. Best so far counts: first balance within the tolerance, then that sum. For a day with
members away only what somebody has beyond the tolerance is lowered (`lenient`): the others keep what they have.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from app.patrol.beats.figures import compactness

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.patrol.beats.patch import Patch
    from app.patrol.beats.settings import Settings

HOT, COLD = 3e-2, 1e-4
"""Temperatures, in units of one beat's 1 / compactness."""
FEW = 1000
"""Cells of a usual ground. Borders grow with the root of it: so does what is tried."""


def refined(
    patch: Patch,
    labels: NDArray[np.int32],
    beats: int,
    settings: Settings,
    *,
    tolerance: float,
    hot: float = HOT,
    locked: NDArray[np.bool_] | None = None,
    old: NDArray[np.int32] | None = None,
    dear: NDArray[np.float64] | None = None,
    lenient: bool = False,
    seed: int = 1,
) -> NDArray[np.int32]:
    """Return labels with the borders moved for the better; unbroken beats stay so, and none loses its last cell.

    Args:
        patch: The ground.
        labels: By cell, from 0.
        beats: How many.
        settings: Weights.
        tolerance: Balance beyond which compactness decides.
        hot: Temperature to begin at; COLD only improves.
        locked: Cells that stay with their beat.
        old: Labels that cells had before, -1 for none: leaving them costs `settings.keep` times what they are worth.
        dear: What that is, by cell; default: their work over the mean of a beat.
        lenient: Only work beyond the tolerance counts, not every difference from the mean.
        seed: Of the generator.
    """
    n = len(patch)
    if n == 0 or beats < 2:
        return labels.copy()
    x, y = patch.x - patch.x.mean(), patch.y - patch.y.mean()
    out: NDArray[np.int32] = _anneal(
        (x, y, patch.area, patch.spread, patch.minutes),
        (patch.first, patch.near, patch.side),
        labels.astype(np.int32),
        beats,
        np.zeros(n, np.bool_) if locked is None else locked,
        np.full(n, -1, np.int32) if old is None else old.astype(np.int32),
        settings.keep * (patch.minutes / (patch.minutes.sum() / beats) if dear is None else dear),
        (settings.balance, settings.smooth, 1.0 + tolerance, tolerance if lenient else -1.0),
        (int(settings.effort * np.sqrt(FEW * n)), hot, COLD),
        np.random.default_rng(seed),
    )
    return out


def energy(
    patch: Patch, labels: NDArray[np.int32], beats: int, settings: Settings, tolerance: float
) -> tuple[float, float]:
    """Return what a cut is judged by, less is better: balance beyond the tolerance, then the sum that is lowered."""
    held = np.bincount(labels, patch.minutes, beats)
    share = held / (held.sum() / beats)
    worst = max(float(share.max()), 1.0 + tolerance)
    across = labels[patch.edges.a] != labels[patch.edges.b]
    border = patch.edges.metres[across].sum() / np.sqrt(patch.area.sum() / beats)
    shape = float((1.0 / compactness(patch, labels, beats)).sum())
    return worst, shape + settings.balance * float(((share - 1.0) ** 2).sum()) + settings.smooth * float(
        border
    )


@njit(nogil=True, cache=True)
def _anneal(ground, graph, label, k, locked, old, dear, weights, schedule, rng):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Return the best labels seen; `label` is moved in place."""
    x, y, area, spread, work = ground
    first, near, _side = graph
    tries, hot, cold = schedule
    n = len(x)
    balance, smooth, enough, slack = weights
    mean, length = work.sum() / k, np.sqrt(area.sum() / k)
    held = _sums(ground, label, k)  # by beat: cells, area, area x, area y, moment, work
    best, total, best_total = label.copy(), 0.0, 0.0
    best_worst = max(held[:, 5].max() / mean, enough)
    seen, queue, turn = np.zeros(n, np.int64), np.empty(n, np.int64), 0
    cooling, heat = (cold / hot) ** (1.0 / max(tries, 1)), hot
    for _ in range(tries):
        heat *= cooling
        v = int(rng.random() * n)
        degree = first[v + 1] - first[v]
        if locked[v] or degree == 0:
            continue
        p, q = label[v], label[near[first[v] + int(rng.random() * degree)]]
        if p == q or held[p, 0] < 2:
            continue
        own = np.array(
            [
                1.0,
                area[v],
                area[v] * x[v],
                area[v] * y[v],
                spread[v] + area[v] * (x[v] ** 2 + y[v] ** 2),
                work[v],
            ]
        )
        share, rp, rq = work[v] / mean, held[p, 5] / mean - 1.0, held[q, 5] / mean - 1.0
        shape = _inertia(held[p] - own) + _inertia(held[q] + own) - _inertia(held[p]) - _inertia(held[q])
        even = (
            _uneven(rp - share, slack) + _uneven(rq + share, slack) - _uneven(rp, slack) - _uneven(rq, slack)
        )
        change = shape + balance * even + smooth * _border(v, p, q, label, graph) / length
        if old[v] >= 0 and (p == old[v] or q == old[v]):
            change += dear[v] if p == old[v] else -dear[v]
        if change > 0.0 and rng.random() >= np.exp(-change / heat):
            continue
        turn += 2
        if not _stays_whole(v, p, label, first, near, seen, queue, turn):
            continue
        label[v] = q
        held[p] -= own
        held[q] += own
        total += change
        worst = max(held[:, 5].max() / mean, enough)
        if worst < best_worst - 1e-12 or (worst <= best_worst + 1e-12 and total < best_total - 1e-12):
            best[:] = label
            best_worst, best_total = worst, total
    return best


@njit(nogil=True, cache=True)
def _sums(ground, label, k):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    x, y, area, spread, work = ground
    held = np.zeros((k, 6))
    for i in range(len(x)):
        b = label[i]
        held[b, 0] += 1.0
        held[b, 1] += area[i]
        held[b, 2] += area[i] * x[i]
        held[b, 3] += area[i] * y[i]
        held[b, 4] += spread[i] + area[i] * (x[i] * x[i] + y[i] * y[i])
        held[b, 5] += work[i]
    return held


@njit(nogil=True, cache=True)
def _uneven(over, slack):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Return the square of what a beat has over the mean or under it; with a slack, only of what is beyond that."""
    if slack < 0.0:
        return over * over
    return (over - slack) ** 2 if over > slack else 0.0


@njit(nogil=True, cache=True)
def _inertia(held):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Return 1 / compactness of a beat with these sums."""
    a = held[1]
    return 2.0 * np.pi * (held[4] - (held[2] * held[2] + held[3] * held[3]) / a) / (a * a)


@njit(nogil=True, cache=True)
def _border(v, p, q, label, graph):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Return by how much the borders get longer, metres, when cell v leaves p for q."""
    first, near, side = graph
    metres = 0.0
    for j in range(first[v], first[v + 1]):
        if label[near[j]] == p:
            metres += side[j]
        elif label[near[j]] == q:
            metres -= side[j]
    return metres


@njit(nogil=True, cache=True)
def _stays_whole(v, p, label, first, near, seen, queue, turn):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Tell whether the cells of p around v reach each other without v: a search that ends as soon as all are met."""
    start, wanted = -1, -1  # the one that the search begins at is met already
    for j in range(first[v], first[v + 1]):
        if label[near[j]] == p:
            start = near[j]
            wanted += 1
            seen[start] = turn - 1
    if wanted < 1:
        return wanted == 0
    seen[v], seen[start] = turn, turn
    queue[0] = start
    head, tail = 0, 1
    while head < tail:
        u = queue[head]
        head += 1
        for j in range(first[u], first[u + 1]):
            t = near[j]
            if label[t] == p and seen[t] != turn:
                if seen[t] == turn - 1:
                    wanted -= 1
                    if wanted == 0:
                        return True
                seen[t] = turn
                queue[tail] = t
                tail += 1
    return False
