"""What stays of a visit's fixes when the raw ones are deleted (凭据): how many they were, and how accurate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of each visit: its used fixes, and the median of their stated accuracies in metres (NaN: none is stated)."""

    fixes: NDArray[np.int64]
    accuracy: Floats


def evidence(visit: NDArray[np.int64], enter: Floats, leave: Floats, t: Floats, accuracy: Floats) -> Evidence:
    """Count the fixes whose moment lies in one of a visit's stays, each once.

    Args:
        visit: Number of the visit of each stay, from 0, rising.
        enter: Seconds.
        leave: Seconds; both ends belong to the stay.
        t: Used fixes, seconds, rising.
        accuracy: As they state it; NaN or 0 where they don't.
    """
    visits = int(visit[-1]) + 1 if len(visit) else 0
    first, last = np.searchsorted(t, enter, "left"), np.searchsorted(t, leave, "right")
    count = last - first
    stay = np.repeat(np.arange(len(visit)), count)
    fix = np.arange(len(stay)) - np.repeat(np.cumsum(count) - count, count) + first[stay]
    pair = visit[stay] * (len(t) + 1) + fix
    pair.sort(kind="stable")  # nearly in order as it is
    pair = pair[np.diff(pair, prepend=-1) > 0]
    of, fix = pair // (len(t) + 1), pair % (len(t) + 1)
    stated = np.where(accuracy[fix] > 0, accuracy[fix], np.nan)
    return Evidence(np.bincount(of, minlength=visits), _medians(of, stated, visits))


def _medians(group: NDArray[np.int64], values: Floats, groups: int) -> Floats:
    known = ~np.isnan(values)
    group, values = group[known], values[known]
    values = values[np.lexsort((values, group))]
    count = np.bincount(group, minlength=groups)
    middle = np.full(groups, np.nan)
    some = count > 0
    start = (np.cumsum(count) - count)[some]
    low, high = start + (count[some] - 1) // 2, start + count[some] // 2
    middle[some] = (values[low] + values[high]) / 2
    return middle
