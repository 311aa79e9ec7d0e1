"""Which fixes of a shift count at all (取舍): none that are made up, none in a break, and of two phones one at a time.

Two phones of one member are two witnesses of one walk; taken in turns they would make jumps of it. So one of them leads,
the one with more usable fixes in the shift (of equal ones the first by name). Another one fills only where the leading
ones have a gap that would not be joined straight, and only with stretches that can be walked to from what is known on
either side: a phone left on a desk is no witness. The rule depends on the set of fixes, not on their order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from app.patrol.rules import Rules

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Span = tuple[float, float]

MEANINGS = {
    "mock": "the device said that the position was made up",
    "paused": "in a break",
    "second-device": "another phone of the member counts there",
}


def choose(  # noqa: PLR0917
    x: Floats,
    y: Floats,
    t: Floats,
    accuracy: Floats,
    rules: Rules,
    mock: Flags | None = None,
    device: NDArray[np.integer] | None = None,
    pauses: Sequence[Span] = (),
) -> tuple[NDArray[np.intp], dict[str, NDArray[np.intp]]]:
    """Return the positions of the fixes that count, rising, and for each reason in `MEANINGS` those that don't.

    Args:
        x: Metres east.
        y: Metres north.
        t: Seconds, in any order.
        accuracy: Metres; NaN where none is stated.
        rules: Thresholds.
        mock: Made up; None for none.
        device: Ranks of the devices by name; None for one device.
        pauses: Breaks, from and until (not included), seconds.
    """
    counts = np.ones(len(t), np.bool_)
    dropped = {}
    reasons = {"mock": mock if mock is not None else ~counts, "paused": _within(t, pauses)}
    for reason, bad in reasons.items():
        dropped[reason] = np.flatnonzero(counts & bad)
        counts &= ~bad
    second = np.zeros(len(t), np.bool_)
    if device is not None and len(t) and (device != device[0]).any():
        usable = counts & ~(accuracy > rules.accuracy_max_m)
        second = counts & ~_leading(x, y, t, usable, device, rules)
    dropped["second-device"] = np.flatnonzero(second)
    return np.flatnonzero(counts & ~second), dropped


def _within(t: Floats, spans: Sequence[Span]) -> Flags:
    inside = np.zeros(len(t), np.bool_)
    for start, end in spans:
        inside |= (t >= start) & (t < end)
    return inside


def _leading(  # noqa: PLR0917
    x: Floats, y: Floats, t: Floats, usable: Flags, device: NDArray[np.integer], rules: Rules
) -> Flags:
    """Mark the fixes of the leading device, and those of others that fill its gaps."""
    names, moments = np.unique(np.column_stack((device[usable], t[usable])), axis=0).T
    ranks, counts = np.unique(names, return_counts=True) if len(moments) else (np.zeros(0), np.zeros(0))
    order = ranks[np.lexsort((ranks, -counts))].astype(np.int64)
    every = np.unique(device)
    taken: Flags = device == (order[0] if len(order) else every[0])
    for rank in order[1:]:
        for stretch in _fillers(t, usable & (device == rank), usable & taken, rules.plain_gap_s):
            if _walkable(x, y, t, stretch, usable & taken, rules):
                taken[stretch] = True
    return taken


def _fillers(t: Floats, mine: Flags, known: Flags, gap_s: float) -> list[NDArray[np.intp]]:
    """Return one device's fixes in each gap of those known, in order of time; open ends count as far as it goes on."""
    at = np.flatnonzero(mine)
    at = at[np.argsort(t[at], kind="stable")]
    fixed = np.sort(t[known])
    slot = np.searchsorted(fixed, t[at], "right")
    begin, end = (t[at[0]], t[at[-1]]) if len(at) else (0.0, 0.0)
    if len(fixed):
        edges = np.concatenate(([min(begin, fixed[0])], fixed, [max(end, fixed[-1])]))
    else:
        edges = np.array([-np.inf, np.inf])
    open_ = (edges[slot + 1] - edges[slot] > gap_s) & (t[at] != edges[slot])
    at, slot = at[open_], slot[open_]
    return [part for part in np.split(at, np.flatnonzero(np.diff(slot)) + 1) if len(part)]


def _walkable(  # noqa: PLR0917
    x: Floats, y: Floats, t: Floats, stretch: NDArray[np.intp], known: Flags, rules: Rules
) -> bool:
    """Return whether a stretch's ends can be walked to from the known fixes on either side, accuracy allowed for."""
    at = np.flatnonzero(known)
    before, after = at[t[at] <= t[stretch[0]]], at[t[at] >= t[stretch[-1]]]
    pairs = []
    if len(before):
        pairs.append((before[np.argmax(t[before])], stretch[0]))
    if len(after):
        pairs.append((stretch[-1], after[np.argmin(t[after])]))
    return all(
        np.hypot(x[b] - x[a], y[b] - y[a]) <= rules.speed_max * (t[b] - t[a]) + rules.accuracy_max_m
        for a, b in pairs
    )
