"""A balanced power diagram: each cell goes to the centre with the least squared distance less its weight. Pure.

Weights are raised for beats with too little work, and lowered for those with too much; centres move to where their beats'
are. Borders are straight lines, so beats are about as compact as the ground lets them be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from app.patrol.beats.patch import Patch


@njit(nogil=True, cache=True)
def diagram(x, y, area, work, centres, rounds):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN201, PLR0917
    """Return by cell the beat of a balanced power diagram.

    Args:
        x: East, metres, (n,).
        y: North.
        area: By it centres are weighed.
        work: What is to be balanced.
        centres: (k, 2), where to begin; moved in place.
        rounds: How often weights and centres are moved.
    """
    n, k = len(x), len(centres)
    mean = work.sum() / k
    scale = area.sum() / k
    weight, label = np.zeros(k), np.zeros(n, np.int32)
    best, best_worst = np.zeros(n, np.int32), np.inf
    held, size, mx, my = np.empty(k), np.empty(k), np.empty(k), np.empty(k)
    for turn in range(rounds):
        held[:], size[:], mx[:], my[:] = 0.0, 0.0, 0.0, 0.0
        for i in range(n):
            least, at = np.inf, 0
            for b in range(k):
                d = (x[i] - centres[b, 0]) ** 2 + (y[i] - centres[b, 1]) ** 2 - weight[b]
                if d < least:
                    least, at = d, b
            label[i] = at
            held[at] += work[i]
            size[at] += area[i]
            mx[at] += area[i] * x[i]
            my[at] += area[i] * y[i]
        worst = np.abs(held / mean - 1.0).max()
        if turn >= rounds // 2 and worst < best_worst:
            best_worst = worst
            best[:] = label
        step = 0.6 * scale * (1.0 - 0.8 * turn / rounds)
        for b in range(k):
            weight[b] += step * min(max(1.0 - held[b] / mean, -0.5), 0.5)
            if size[b] > 0 and turn < 3 * rounds // 4:
                centres[b, 0], centres[b, 1] = mx[b] / size[b], my[b] / size[b]
    return best


def scattered(
    patch: Patch, beats: int, rng: np.random.Generator, anchors: Mapping[int, int]
) -> NDArray[np.float64]:
    """Return centres to begin with, (beats, 2): the middles of anchored cells, then cells far from those before.

    Args:
        patch: The ground.
        beats: How many.
        rng: By work and squared distance cells are drawn (k-means++).
        anchors: Beats (from 0, without gaps) by cell.
    """
    points = np.column_stack([patch.x, patch.y])
    held = np.array(sorted(anchors), np.intp)
    whose = np.array([anchors[int(cell)] for cell in held], np.intp)
    centres = [points[held[whose == beat]].mean(axis=0) for beat in sorted(set(whose.tolist()))]
    if not centres:
        centres.append(points[rng.choice(len(points), p=patch.minutes / patch.minutes.sum())])
    away = np.min([((points - centre) ** 2).sum(axis=1) for centre in centres], axis=0)
    while len(centres) < beats:
        chance = away * patch.minutes
        if not chance.any():  # every cell left is a centre already
            chance = np.ones(len(points))
        centres.append(points[rng.choice(len(points), p=chance / chance.sum())])
        away = np.minimum(away, ((points - centres[-1]) ** 2).sum(axis=1))
    return np.array(centres)
