"""Cleans the fixes (定位点) of one shift: order, duplicates, accuracy, jumps, spikes; each dropped fix by its reason.

A fix is dropped, never moved: moving is the smoother's work.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np
from numba import njit

from app.patrol.reduction import choosing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.patrol.rules import Rules

REASONS = ("duplicate", "inaccurate", "jump", "spike")
MEANINGS = choosing.MEANINGS | {
    "duplicate": "a second fix of the same moment",
    "inaccurate": "the stated accuracy is too poor",
    "jump": "nobody moves that fast from the fixes before and after",
    "spike": "far from where the fixes before and after put it",
}


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What is left of a shift's fixes.

    Attributes:
        kept: Positions in the input, in order of time.
        sigma: Metres per axis of each kept fix.
        dropped: For each reason in `REASONS`, the positions dropped for it.
        unordered: How many fixes came later in the input than a fix with a later time.
        without_accuracy: How many kept fixes state no accuracy, or 0, and got the default sigma.
    """

    kept: NDArray[np.intp]
    sigma: NDArray[np.float64]
    dropped: dict[str, NDArray[np.intp]]
    unordered: int
    without_accuracy: int

    def counts(self) -> dict[str, int]:
        """Return the number of dropped fixes by reason."""
        return {reason: len(at) for reason, at in self.dropped.items() if len(at)}


def clean(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    t: NDArray[np.float64],
    accuracy: NDArray[np.float64],
    rules: Rules,
) -> Cleaned:
    """Put fixes in order and drop the unusable ones.

    Args:
        x: Metres east.
        y: Metres north.
        t: Seconds.
        accuracy: Stated accuracy in metres (radius of 68 %); NaN or 0 where there is none.
        rules: The thresholds.

    The result depends on the set of fixes, not on their order in the input.
    """
    stated = np.where(np.isfinite(accuracy) & (accuracy > 0), accuracy, np.nan)
    sigma = np.maximum(
        np.where(np.isnan(stated), rules.sigma_default_m, stated / rules.accuracy_per_sigma),
        rules.sigma_min_m,
    )
    dropped: dict[str, NDArray[np.intp]] = {}
    if (t[1:] > t[:-1]).all():  # as they come from storage
        order, repeated = np.arange(len(t)), np.zeros(len(t), np.bool_)
    else:
        order = np.lexsort((y, x, sigma, t))  # of two fixes of one moment the more accurate comes first
        repeated = np.diff(t[order], prepend=-np.inf) == 0
    order = _drop("duplicate", order, repeated, dropped)
    order = _drop("inaccurate", order, stated[order] > rules.accuracy_max_m, dropped)
    order = _drop(
        "jump", order, ~_longest_chain(x[order], y[order], t[order], rules.speed_impossible), dropped
    )
    spiky = _spikes(x[order], y[order], t[order], sigma[order], rules)
    order = _drop("spike", order, spiky, dropped)
    return Cleaned(
        kept=order,
        sigma=sigma[order],
        dropped=dropped,
        unordered=int((t < np.maximum.accumulate(t)).sum()) if len(t) else 0,
        without_accuracy=int(np.isnan(stated[order]).sum()),
    )


def _drop(
    reason: str, order: NDArray[np.intp], bad: NDArray[np.bool_], dropped: dict[str, NDArray[np.intp]]
) -> NDArray[np.intp]:
    dropped[reason] = order[bad]
    return order[~bad]


def _longest_chain(
    x: NDArray[np.float64], y: NDArray[np.float64], t: NDArray[np.float64], speed: float
) -> NDArray[np.bool_]:
    """Mark the largest set of fixes that can follow each other no faster than `speed`."""
    if not (np.hypot(np.diff(x), np.diff(y)) > speed * np.diff(t)).any():
        return np.ones(len(t), np.bool_)
    return cast("NDArray[np.bool_]", _chain(x, y, t, speed))


@njit(nogil=True, cache=True)
def _chain(x, y, t, speed):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202
    """Longest chain by dynamic programming; looks back only while a longer one can still be found."""
    n = len(t)
    length = np.ones(n, np.int64)
    longest = np.ones(n, np.int64)  # up to and with each fix
    before = np.full(n, -1, np.int64)
    for j in range(1, n):
        i = j - 1
        while i >= 0 and longest[i] >= length[j]:
            reach = speed * (t[j] - t[i])
            if length[i] >= length[j] and (x[j] - x[i]) ** 2 + (y[j] - y[i]) ** 2 <= reach * reach:
                length[j], before[j] = length[i] + 1, i
            i -= 1
        longest[j] = max(longest[j - 1], length[j])
    chosen = np.zeros(n, np.bool_)
    j = int(np.argmax(length))
    while j >= 0:
        chosen[j] = True
        j = before[j]
    return chosen


def _spikes(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    t: NDArray[np.float64],
    sigma: NDArray[np.float64],
    rules: Rules,
) -> NDArray[np.bool_]:
    """Mark fixes far from the straight line in time between their neighbours (a two-sided spike).

    Far is `spike_sigmas` standard deviations of that difference, and the way a walker can turn off in between.
    The worst of neighbouring candidates goes first, then its neighbours are looked at again.
    """
    return cast(
        "NDArray[np.bool_]",
        _mark_spikes(x, y, t, sigma, rules.spike_sigmas, rules.speed_max, rules.plain_gap_s),
    )


@njit(nogil=True, cache=True)
def _excess(x, y, t, sigma, a, b, c, sigmas, speed, gap):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Return how many times too far b is from the line a-c; 0 where that can't be told."""
    if t[b] - t[a] > gap or t[c] - t[b] > gap:
        return 0.0
    w = (t[b] - t[a]) / (t[c] - t[a])
    off = np.hypot(x[b] - (x[a] + w * (x[c] - x[a])), y[b] - (y[a] + w * (y[c] - y[a])))
    spread = np.sqrt(sigma[b] ** 2 + ((1 - w) * sigma[a]) ** 2 + (w * sigma[c]) ** 2)
    return off / (sigmas * spread + speed * min(t[b] - t[a], t[c] - t[b]))


@njit(nogil=True, cache=True)
def _mark_spikes(x, y, t, sigma, sigmas, speed, gap):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    n = len(t)
    spike = np.zeros(n, np.bool_)
    excess = np.zeros(n)
    before = np.arange(-1, n - 1)
    after = np.arange(1, n + 1)
    for b in range(1, n - 1):
        excess[b] = _excess(x, y, t, sigma, b - 1, b, b + 1, sigmas, speed, gap)
    for worst in np.argsort(-excess):
        if excess[worst] <= 1:  # as it is now: a dropped neighbour may have cleared it
            continue
        spike[worst] = True
        a, c = before[worst], after[worst]
        after[a], before[c] = c, a
        for b in (a, c):
            if before[b] >= 0 and after[b] < n:
                excess[b] = _excess(x, y, t, sigma, before[b], b, after[b], sigmas, speed, gap)
    return spike
