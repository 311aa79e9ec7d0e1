"""Hands the ground of members who are away over for a day (代管): those who are there keep all they can. Pure.

The cells of who is away go to the beats beside them. Where that is more than the day's tolerance, work flows on from beat to
beat along their borders, and only as much as that takes: a beat with less than the others stays as it is. Several tries,
some that hold on to cells and some that look for better shapes; of those even enough and nearly as compact as the most
compact one, the one in which the fewest cells change hands is taken (docs/decisions/0012). The same by seed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
from scipy.spatial import cKDTree

from app.patrol.beats.figures import measured
from app.patrol.beats.mending import mended
from app.patrol.beats.patch import Edges
from app.patrol.beats.planning import Cut, floor_of, grouped
from app.patrol.beats.refining import COLD, refined
from app.patrol.beats.settings import ON_FOOT, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from app.patrol.beats.patch import Patch

    Labels = NDArray[np.int32]

KEEPS = (4.0, 2.0, 1.0)
"""What a cell that changes hands may weigh: of a mean beat's cells, beside one beat's 1 / compactness."""
HEATS = (100.0, 300.0)
TRIES = 2
STRICT = 10.0
"""How much more what is beyond the tolerance weighs than in a plan that is to last."""
AIM = 0.98
"""Of the tolerance: what is aimed at lies within it."""
COMPACT = 0.03
"""Compactness that fewer changes may cost."""
SAME = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    cut: Cut
    even: bool
    changed: int
    compact: float


def handed_over(
    patch: Patch,
    old: Labels,
    beats: int,
    settings: Settings = ON_FOOT,
    *,
    anchors: Mapping[int, int] | None = None,
) -> Cut:
    """Give cells that nobody has to the beats beside them, with no more change than an even day takes.

    Where nothing is within the tolerance (few large cells, a part of the ground that work can't leave) the most even of
    what was tried is taken; `figures.balance` and `figures.floor` say so.

    Args:
        patch: The ground.
        old: By cell the beat (from 0) of a member who is there; -1 for ground of those who are away.
        beats: How many members are there.
        settings: See `day_tolerance`.
        anchors: Beats by cells that must be in them.

    Raises:
        MoreBeatsThanCells: There are.
        AnchorsApart: Cells of one beat can't be reached from each other.
    """
    fixed = dict(anchors or {})
    whole = _with_islands(patch, old, beats, fixed)
    held = _middles(whole, old, beats, fixed) | fixed
    ground, group, parts, joined = grouped(whole, beats, settings, held, held_only=True)
    start = mended(ground, old, beats, fixed)
    shares = np.bincount(group[np.unique(start, return_index=True)[1]], minlength=group.max() + 1)
    floor = floor_of(ground, group, shares)
    tolerance = max(settings.day_tolerance, measured(ground, start, beats, floor).floor - 1.0)
    locked = np.zeros(len(patch), np.bool_)
    locked[list(fixed)] = True
    dear = np.full(len(patch), beats / len(patch))
    found = []
    for keep, heat, number in product(KEEPS, HEATS, range(TRIES)):
        weighing = replace(settings, balance=STRICT * settings.balance, keep=keep * settings.keep)
        labels = refined(
            ground, start, beats, weighing, tolerance=AIM * tolerance, hot=heat * COLD, locked=locked, old=old,
            dear=dear, lenient=True, seed=settings.seed + number,
        )  # fmt: skip
        cut = Cut(labels, measured(ground, labels, beats, floor), ground, parts, joined)
        found.append(
            _Tried(
                cut=cut,
                even=cut.figures.balance <= 1.0 + tolerance + SAME,
                changed=int(((labels != old) & (old >= 0)).sum()),
                compact=float(cut.figures.compactness.mean()),
            )
        )
    return _best(found)


def _best(found: list[_Tried]) -> Cut:
    """Return the cut with the fewest changes of those that are even and not much less compact than the best of them."""
    even = [one for one in found if one.even]
    if not even:
        return min(found, key=lambda one: one.cut.figures.balance).cut
    most = max(one.compact for one in even)
    return min(
        (one for one in even if one.compact >= most - COMPACT), key=lambda one: (one.changed, -one.compact)
    ).cut


def _with_islands(patch: Patch, old: Labels, beats: int, fixed: Mapping[int, int]) -> Patch:
    """Return the patch with ground of one beat that doesn't touch joined: who held both parts goes on doing so."""
    part = patch.parts()
    points = np.column_stack([patch.x, patch.y])
    bridges = []
    for beat in range(beats):
        own = np.flatnonzero(old == beat)
        main = _main(patch, part, own, [cell for cell, whose in fixed.items() if whose == beat])
        for other in np.unique(part[own]).tolist():
            if other == main:
                continue
            here, there = own[part[own] == main], own[part[own] == other]
            metres, nearest = cKDTree(points[here]).query(points[there])
            at = int(np.argmin(metres))
            bridges.append(sorted((int(there[at]), int(here[nearest[at]]))))
    if not bridges:
        return patch
    pairs = np.array(bridges, np.int32)
    return patch.bridged(Edges(pairs[:, 0], pairs[:, 1], np.zeros(len(pairs))))


def _main(patch: Patch, part: Labels, own: NDArray[np.intp], anchored: list[int]) -> int:
    """Return the part that most of a beat's work is in, or that its anchors are in; -1 for a beat without cells."""
    if anchored:
        return int(part[anchored[0]])
    if not len(own):
        return -1
    return int(np.argmax(np.bincount(part[own], patch.minutes[own])))


def _middles(patch: Patch, old: Labels, beats: int, fixed: Mapping[int, int]) -> dict[int, int]:
    """Return a cell of every beat that has one and no anchors, in the piece with the most work, which it keeps."""
    pieces = patch.parts(old)
    found = {}
    for beat in sorted(set(range(beats)) - set(fixed.values())):
        own = np.flatnonzero(old == beat)
        if len(own):
            main = _main(patch, pieces, own, [])
            found[int(own[np.argmax(pieces[own] == main)])] = beat
    return found
