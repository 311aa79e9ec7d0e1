"""Reduces the fixes of one shift to what is kept: visits (到访) of cells, and gaps with what they leave unknown.

The same fixes give the same result in whatever order and batches they came. Raw fixes can be deleted afterwards.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from app.geo.dwell import stays
from app.patrol.matching.matcher import moments
from app.patrol.reduction.choosing import choose
from app.patrol.reduction.cleaning import Cleaned, clean
from app.patrol.reduction.evidence import Evidence, evidence
from app.patrol.reduction.reach import Gap, Reach, gaps
from app.patrol.reduction.smoothing import smooth
from app.patrol.reduction.tracks import BROKEN, INFERRED, Track, join

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from app.geo.locator import Locator
    from app.patrol.matching.layout import Layout, Stays
    from app.patrol.rules import Rules


@dataclass(frozen=True, slots=True)
class Presence:
    """Exact stays in cells, in order of cell and time.

    Attributes:
        cell: Positions of the cells.
        enter: Seconds.
        leave: Seconds.
        inferred: Inferred over a gap of 60-120 s.
        shared: The member was not in the cell but on a street along its side (共用边街道), which counts for it, too.
    """

    cell: NDArray[np.int32]
    enter: NDArray[np.float64]
    leave: NDArray[np.float64]
    inferred: NDArray[np.bool_]
    shared: NDArray[np.bool_]

    def dwell(self, cells: int) -> NDArray[np.float64]:
        """Return seconds per cell, on shared streets included."""
        seconds = np.bincount(self.cell, weights=self.leave - self.enter, minlength=cells)
        return seconds.astype(np.float64, copy=False)


@dataclass(frozen=True, slots=True)
class Reduced:
    """A shift, reduced.

    Attributes:
        presence: Exact stays in cells.
        visit: Number of the visit that each stay is part of, rising.
        gaps: What the track doesn't tell.
        track: The joined track.
        cleaned: Which fixes were used, and why others weren't.
        evidence: What stays of the fixes of each visit.
    """

    presence: Presence
    visit: NDArray[np.int64]
    gaps: list[Gap]
    track: Track
    cleaned: Cleaned
    evidence: Evidence


def reduce_shift(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    t: NDArray[np.float64],
    accuracy: NDArray[np.float64],
    *,
    start: float,
    end: float,
    beat: NDArray[np.int32],
    locator: Locator,
    reach: Reach,
    rules: Rules,
    layout: Layout | None = None,
    mock: NDArray[np.bool_] | None = None,
    device: NDArray[np.integer] | None = None,
    pauses: Sequence[tuple[float, float]] = (),
) -> Reduced:
    """Clean, smooth and join the fixes of one member's shift, and measure time in cells and gaps.

    Args:
        x: Metres east.
        y: Metres north.
        t: Seconds.
        accuracy: Stated accuracy in metres; NaN where there is none.
        start: Start of the shift, seconds.
        end: End of the shift, seconds.
        beat: Positions of the cells of the member's beat.
        locator: The ground's cells by position.
        reach: The same cells, for gaps.
        rules: Thresholds.
        layout: The streets, where some are known: the track is laid on them (`app.patrol.matching`).
        mock: Which fixes the device says were made up; None for none.
        device: Ranks of the devices by name, where there are several.
        pauses: Breaks within the shift in order of time, seconds: neither duty nor gap.
    """
    cleaned = _cleaned(x, y, t, accuracy, rules, choose(x, y, t, accuracy, rules, mock, device, pauses))
    kept = cleaned.kept
    seen_t, seen_accuracy = t[kept], accuracy[kept]
    smooth_x, smooth_y = smooth(x[kept], y[kept], t[kept], cleaned.sigma, rules, pauses)
    if layout is None:
        track = join(smooth_x, smooth_y, t[kept], rules, pauses)
        presence = present(track, locator)
    else:
        at = moments(t[kept], rules.plain_gap_s)
        track = join(smooth_x[at], smooth_y[at], t[kept][at], rules, pauses)
        x, y, t, joined, street = layout.lay(
            track.x, track.y, track.t, track.joined, cleaned.sigma[at], rules
        )
        track = Track(x, y, t, joined)
        presence = present(track, locator, layout.sides.shared(track.x, track.y, track.t, street))
    visit = visit_numbers(presence, rules.join_s)
    return Reduced(
        presence=presence,
        visit=visit,
        gaps=gaps(track, start=start, end=end, beat=beat, reach=reach, rules=rules, pauses=pauses),
        track=track,
        cleaned=cleaned,
        evidence=evidence(visit, presence.enter, presence.leave, seen_t, seen_accuracy),
    )


def _cleaned(  # noqa: PLR0917
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    t: NDArray[np.float64],
    accuracy: NDArray[np.float64],
    rules: Rules,
    chosen: tuple[NDArray[np.intp], dict[str, NDArray[np.intp]]],
) -> Cleaned:
    """Clean the fixes that count; what is dropped is told by its place among all."""
    counts, passed_over = chosen
    cleaned = clean(x[counts], y[counts], t[counts], accuracy[counts], rules)
    dropped = passed_over | {reason: counts[at] for reason, at in cleaned.dropped.items()}
    return replace(cleaned, kept=counts[cleaned.kept], dropped=dropped)


def present(track: Track, locator: Locator, beside: Stays | None = None) -> Presence:
    """Return the exact stays of a track in cells, time clipped at the cells' borders, and those beside cells."""
    cell, enter, leave, segment = stays(locator, track.x, track.y, track.t, track.joined != BROKEN)
    shared = np.zeros(len(cell), np.bool_)
    if beside is not None:
        cell = np.concatenate((cell, beside[0]))
        enter, leave = np.concatenate((enter, beside[1])), np.concatenate((leave, beside[2]))
        segment = np.concatenate((segment, beside[3]))
        shared = np.arange(len(cell)) >= len(shared)
    real = (cell >= 0) & (leave > enter)
    cell, enter, leave, segment, shared = cell[real], enter[real], leave[real], segment[real], shared[real]
    inferred = track.joined[segment] == INFERRED if len(segment) else np.zeros(0, np.bool_)
    order = np.lexsort((enter, shared, cell))
    return _merged(Presence(cell[order], enter[order], leave[order], inferred[order], shared[order]))


def _merged(stays: Presence) -> Presence:
    """Join stays, in order of cell, manner and time, of which one begins at the very moment that another one ends."""
    new = np.ones(len(stays.cell), np.bool_)
    new[1:] = (
        (np.diff(stays.cell) != 0)
        | (stays.enter[1:] != stays.leave[:-1])
        | (stays.inferred[1:] != stays.inferred[:-1])
        | (stays.shared[1:] != stays.shared[:-1])
    )
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(new)) - 1 if len(first) else first
    cell, enter, leave = stays.cell[first], stays.enter[first], stays.leave[last]
    inferred, shared = stays.inferred[first], stays.shared[first]
    order = np.lexsort((enter, cell)) if shared.any() else slice(None)
    return Presence(cell[order], enter[order], leave[order], inferred[order], shared[order])


def visit_numbers(presence: Presence, join_s: float) -> NDArray[np.int64]:
    """Number the visits (到访): runs of stays in one cell, joined over absences shorter than `join_s`."""
    new = np.ones(len(presence.cell), np.bool_)
    absent = presence.enter[1:] - presence.leave[:-1]
    new[1:] = (np.diff(presence.cell) != 0) | (absent >= join_s)
    return np.cumsum(new) - 1
