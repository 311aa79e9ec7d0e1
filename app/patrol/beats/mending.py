"""Makes every beat one piece (连片): ground that a beat can't reach goes to its neighbours, anchored cells to their own. Pure."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from app.patrol.beats.patch import Patch

    Labels = NDArray[np.int32]

NONE = -1


def mended(patch: Patch, labels: Labels, beats: int, anchors: Mapping[int, int] | None = None) -> Labels:
    """Return labels in which every beat has a cell, all of its anchors, and one piece.

    Args:
        patch: The ground; each of its parts must be reachable for some beat.
        labels: By cell, from 0; -1 for nobody's, which goes to the beat beside it that has the least work.
        beats: How many.
        anchors: Beats by cell; those of one beat must be reachable from each other.
    """
    out = labels.astype(np.int32)
    fixed = dict(anchors or {})
    for cell, beat in fixed.items():
        out[cell] = beat
    for beat in sorted(set(fixed.values())):
        _connect(patch, out, beat, fixed)
    _loosen(patch, out, beats, fixed)
    for beat in range(beats):
        if not (out == beat).any():
            out[_spare(patch, out, beats, fixed)] = beat
    _fill(patch, out, beats)
    return out


def _around(patch: Patch, cell: int) -> list[int]:
    found: list[int] = patch.near[patch.first[cell] : patch.first[cell + 1]].tolist()
    return found


def _connect(patch: Patch, labels: Labels, beat: int, fixed: Mapping[int, int]) -> None:
    """Give a beat the cells between its anchors, on shortest ways that cross no other beat's anchors."""
    cells = sorted(cell for cell, whose in fixed.items() if whose == beat)
    reached = {cells[0]}
    for goal in cells[1:]:
        came: dict[int, int] = {}
        queue = deque(sorted(reached))
        while queue and goal not in reached and goal not in came:
            cell = queue.popleft()
            for near in _around(patch, cell):
                if near not in came and near not in reached and fixed.get(near, beat) == beat:
                    came[near] = cell
                    queue.append(near)
        at = goal
        while at in came and at not in reached:
            labels[at] = beat
            reached.add(at)
            at = came[at]


def _loosen(patch: Patch, labels: Labels, beats: int, fixed: Mapping[int, int]) -> None:
    """Leave each beat the piece with its anchors, or else the one with the most work; the rest is nobody's."""
    parts = patch.parts(labels)
    work = np.bincount(parts, patch.minutes)
    for beat in range(beats):
        pieces = np.unique(parts[labels == beat])
        held = [int(parts[cell]) for cell, whose in fixed.items() if whose == beat]
        if len(pieces) > 1:
            stays = held[0] if held else int(pieces[np.argmax(work[pieces])])
            labels[(labels == beat) & (parts != stays)] = NONE


def _spare(patch: Patch, labels: Labels, beats: int, fixed: Mapping[int, int]) -> int:
    """Return a cell for a beat without any: nobody's, or one that the busiest beat can do without."""
    free = np.flatnonzero(labels == NONE)
    if len(free):
        return int(free[np.argmax(patch.minutes[free])])
    cells = np.bincount(labels, minlength=beats)
    work = np.bincount(labels, patch.minutes, beats)
    for beat in np.argsort(-np.where(cells > 1, work, -1.0), kind="stable").tolist():
        own = np.flatnonzero(labels == beat).tolist()
        held = [cell for cell in own if fixed.get(cell) == beat]
        for cell in reversed(_outward(patch, labels, held[0] if held else own[0])):
            if fixed.get(cell) is None and len(own) > 1:
                return cell
    raise ValueError("every cell is anchored: there is none for another beat")


def _outward(patch: Patch, labels: Labels, start: int) -> list[int]:
    """Return a beat's cells breadth first: without the last one it is still in one piece."""
    order, seen = [start], {start}
    for cell in order:
        for near in _around(patch, cell):
            if labels[near] == labels[start] and near not in seen:
                seen.add(near)
                order.append(near)
    return order


def _fill(patch: Patch, labels: Labels, beats: int) -> None:
    """Give nobody's cells away, one by one: always the beat with the least work takes the nearest cell beside it."""
    size = np.maximum(np.bincount(labels[labels >= 0], minlength=beats), 1)
    work = np.bincount(labels[labels >= 0], patch.minutes[labels >= 0], beats)
    mx = np.bincount(labels[labels >= 0], patch.x[labels >= 0], beats) / size
    my = np.bincount(labels[labels >= 0], patch.y[labels >= 0], beats) / size
    left = set(np.flatnonzero(labels == NONE).tolist())
    while left:
        beside = _beside(patch, labels, left)
        if not beside:
            raise ValueError("there is ground that no beat can reach")
        beat, cell = min(
            beside,
            key=lambda one: (work[one[0]], (patch.x[one[1]] - mx[one[0]]) ** 2 + (patch.y[one[1]] - my[one[0]]) ** 2, one[1]),
        )  # fmt: skip
        labels[cell] = beat
        work[beat] += patch.minutes[cell]
        left.discard(cell)


def _beside(patch: Patch, labels: Labels, left: Iterable[int]) -> set[tuple[int, int]]:
    """Return beats and nobody's cells beside them."""
    return {
        (int(labels[near]), cell) for cell in left for near in _around(patch, cell) if labels[near] != NONE
    }
