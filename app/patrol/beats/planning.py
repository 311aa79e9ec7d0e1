"""Cuts a patch into beats (划分责任区): contiguous, compact, balanced in minutes of work. Pure, and the same by seed.

Each connected part of the ground gets beats by its work; a part too small for one is joined to the nearest ground, and said
so. Within a part: balanced power diagrams from several starts and one METIS cut, each mended to one piece a beat, then
refined at the borders; the best one stays (docs/decisions/0012).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pymetis
from scipy.spatial import cKDTree

from app.core.errors import BadInput
from app.patrol.beats.diagram import diagram, scattered
from app.patrol.beats.figures import Figures, measured
from app.patrol.beats.mending import mended
from app.patrol.beats.patch import Edges, Patch
from app.patrol.beats.refining import COLD, FEW, energy, refined
from app.patrol.beats.settings import ON_FOOT, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    Labels = NDArray[np.int32]

ROUNDS = 120
LEAST_STARTS, MOST_STARTS = 3, 64
KEEPS = (16.0, 6.0, 2.0, 0.7, 0.0)
"""What a cell that changes hands may weigh; of all cuts that are even enough the one that changes least is taken."""
RECUTS, HOTTER = 3, 10.0
"""How often each is tried, each time hotter."""
SAME = 1e-9


class MoreBeatsThanCells(BadInput):
    """There are more beats than cells, so somebody would have no ground; nothing was planned."""

    zh = "责任区数量多于单元网格数量，将有人没有责任区，未作规划。"


class AnchorsApart(BadInput):
    """Cells that are to stay with one member can't lie in one beat; nothing was planned."""

    zh = "同一成员的固定网格无法位于同一责任区内，未作规划。"


@dataclass(frozen=True, slots=True, eq=False)
class Joined:
    """A part of the ground too small for a beat of its own: its cells, and the cell that it was joined to."""

    cells: Labels
    to: int
    metres: float


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """A plan's beats.

    Attributes:
        labels: By cell, from 0.
        figures: What it came to.
        patch: The ground, with the bridges over which small parts were joined.
        parts: How many connected parts the ground has.
        joined: Those that were too small.
    """

    labels: Labels
    figures: Figures
    patch: Patch
    parts: int
    joined: tuple[Joined, ...] = ()


def plan(
    patch: Patch, beats: int, settings: Settings = ON_FOOT, *, anchors: Mapping[int, int] | None = None
) -> Cut:
    """Cut a patch into beats.

    Args:
        patch: The ground; where edges are cut, as along no-go lines, no beat goes across.
        beats: How many, each with at least one cell.
        settings: Weights, effort, seed.
        anchors: Beats (from 0) by cells that must be in them.

    Raises:
        MoreBeatsThanCells: There are.
        AnchorsApart: Cells of one beat can't be reached from each other.
    """
    fixed = dict(anchors or {})
    ground, group, parts, joined = grouped(patch, beats, settings, fixed)
    labels = np.full(len(patch), -1, np.int32)
    shares = _shares(ground, group, beats, fixed)
    free = iter(sorted(set(range(beats)) - set(fixed.values())))
    for number, share in enumerate(shares.tolist()):
        cells = np.flatnonzero(group == number).astype(np.int32)
        own = {int(at): fixed[int(c)] for at, c in enumerate(cells) if int(c) in fixed}
        held = sorted(set(own.values()))
        names = np.array(held + [next(free) for _ in range(share - len(held))], np.int32)
        local = {at: held.index(label) for at, label in own.items()}
        labels[cells] = names[_cut(ground.only(cells), share, settings, local)]
    return Cut(
        labels, measured(ground, labels, beats, floor_of(ground, group, shares)), ground, parts, joined
    )


def recut(
    patch: Patch,
    old: Labels,
    beats: int,
    settings: Settings = ON_FOOT,
    *,
    anchors: Mapping[int, int] | None = None,
) -> Cut:
    """Cut again with as little change as possible, for longer than a day (`handing_over` is for a day with members away).

    Args:
        patch: The ground.
        old: By cell the beat (from 0) that keeps what it can; -1 for ground that nobody has.
        beats: How many.
        settings: See `recut_tolerance` and `keep`.
        anchors: Beats by cells that must be in them.

    Raises:
        MoreBeatsThanCells: There are.
        AnchorsApart: Cells of one beat can't be reached from each other.
    """
    fixed = dict(anchors or {})
    held = {
        int(np.flatnonzero(old == b)[0]): int(b) for b in np.unique(old[old >= 0]) if b not in fixed.values()
    } | fixed
    ground, group, parts, joined = grouped(patch, beats, settings, held, held_only=True)
    start = mended(ground, old, beats, fixed)
    locked = np.zeros(len(patch), np.bool_)
    locked[list(fixed)] = True
    shares = np.bincount(group[np.unique(start, return_index=True)[1]], minlength=group.max() + 1)
    floor = floor_of(ground, group, shares)
    tried: list[tuple[tuple[bool, float], Cut]] = []
    for keep in KEEPS:
        weighing = replace(settings, keep=settings.keep * keep)
        for number in range(RECUTS):
            labels = refined(
                ground, start, beats, weighing, tolerance=settings.recut_tolerance, hot=HOTTER**number * COLD,
                locked=locked, old=old, seed=settings.seed + number,
            )  # fmt: skip
            cut = Cut(labels, measured(ground, labels, beats, floor), ground, parts, joined)
            even = cut.figures.balance <= cut.figures.floor + settings.recut_tolerance + SAME
            moved = float(patch.minutes[(labels != old) & (old >= 0)].sum())
            tried.append(((not even, moved if even else cut.figures.balance), cut))
    return min(tried, key=lambda one: one[0])[1]


def grouped(
    patch: Patch, beats: int, settings: Settings, fixed: Mapping[int, int], *, held_only: bool = False
) -> tuple[Patch, Labels, int, tuple[Joined, ...]]:
    """Join parts too small for a beat, or that no beat begins in, to the nearest ground.

    Returns:
        The patch with bridges, by cell the number of its group, how many parts there were, which were joined.
    """
    if beats > len(patch):
        raise MoreBeatsThanCells(
            f"{beats} beats, {len(patch)} cells.",
            remedy=f"Plan {len(patch)} beats at most, or a larger ground.",
        )
    group = patch.parts()
    parts = int(group.max()) + 1
    least = settings.least_part * patch.minutes.sum() / beats
    joined = []
    points = np.column_stack([patch.x, patch.y])
    while (count := int(group.max()) + 1) > 1:
        held: list[set[int]] = [set() for _ in range(count)]
        for cell, beat in fixed.items():
            held[group[cell]].add(beat)
        work = np.bincount(group, patch.minutes, count)
        needed = sum(max(1, len(labels)) for labels in held)
        small = [g for g in range(count) if (not held[g] if held_only else work[g] < least or needed > beats)]
        if not small:
            break
        part = min(small, key=lambda g: (bool(held[g]) and not work[g] < least, work[g], g))
        cells, others = np.flatnonzero(group == part), np.flatnonzero(group != part)
        metres, nearest = cKDTree(points[others]).query(points[cells])
        at = int(np.argmin(metres))
        joined.append(Joined(cells.astype(np.int32), int(others[nearest[at]]), float(metres[at])))
        pair = np.sort([cells[at], others[nearest[at]]]).astype(np.int32)
        patch = patch.bridged(Edges(pair[:1], pair[1:], np.zeros(1)))
        group = patch.parts()
    _together(group, fixed)
    return patch, group, parts, tuple(joined)


def _together(group: Labels, fixed: Mapping[int, int]) -> None:
    """Refuse a beat that is to hold cells of two separate parts."""
    where: dict[int, int] = {}
    for cell, beat in fixed.items():
        if where.setdefault(beat, int(group[cell])) != group[cell]:
            raise AnchorsApart(
                f"Beat {beat + 1} is to hold cells of two parts of the ground that don't touch.",
                remedy="Anchor cells of one part only.",
            )


def _shares(patch: Patch, group: Labels, beats: int, fixed: Mapping[int, int]) -> Labels:
    """Return how many beats each group gets: one by one to where a beat has the most work, at most one a cell."""
    count = int(group.max()) + 1
    work, cells = np.bincount(group, patch.minutes, count), np.bincount(group, minlength=count)
    held = [len({beat for cell, beat in fixed.items() if group[cell] == g}) for g in range(count)]
    shares = np.maximum(np.array(held), 1)
    while shares.sum() < beats:
        shares[np.argmax(np.where(shares < cells, work / shares, -1.0))] += 1
    out: Labels = shares.astype(np.int32)
    return out


def floor_of(patch: Patch, group: Labels, shares: NDArray[np.integer]) -> float:
    """Return the least balance that the parts of the ground force: work can't cross from one to another."""
    work = np.bincount(group, patch.minutes, len(shares))
    mean = work.sum() / shares.sum()
    return float((work / np.maximum(shares, 1)).max() / mean) if mean else 1.0


def _cut(patch: Patch, beats: int, settings: Settings, anchors: Mapping[int, int]) -> Labels:
    """Cut connected ground; anchors are beats (the first ones) by cell."""
    if beats == 1:
        return np.zeros(len(patch), np.int32)
    locked = np.zeros(len(patch), np.bool_)
    locked[list(anchors)] = True
    tolerance = _tolerance(patch, beats, settings)
    best: tuple[tuple[float, float], Labels] | None = None
    for number, start in enumerate(_starts(patch, beats, settings, anchors)):
        labels = refined(
            patch, mended(patch, start, beats, anchors), beats, settings, tolerance=tolerance,
            locked=locked, seed=settings.seed + number,
        )  # fmt: skip
        judged = energy(patch, labels, beats, settings, tolerance)
        if best is None or judged < best[0]:
            best = judged, labels
    if best is None:
        raise AssertionError("there is always the METIS start")
    return best[1]


def _tolerance(patch: Patch, beats: int, settings: Settings) -> float:
    """Return the imbalance below which compactness decides: more where a beat has few cells, up to `coarse`."""
    return max(settings.tolerance, min(settings.coarse, settings.grain * beats / len(patch)))


def _starts(patch: Patch, beats: int, settings: Settings, anchors: Mapping[int, int]) -> Iterator[Labels]:
    """Yield cuts to begin with: power diagrams, and METIS's where no cell is anchored."""
    few = round(settings.starts * float(np.sqrt(FEW / len(patch))))
    for number in range(min(max(few, LEAST_STARTS), MOST_STARTS)):
        rng = np.random.default_rng((settings.seed, number))
        centres = scattered(patch, beats, rng, anchors)
        yield diagram(patch.x, patch.y, patch.area, patch.minutes, centres, ROUNDS)
    if not anchors:
        yield metis(patch, beats, seed=settings.seed)


def metis(patch: Patch, beats: int, *, ufactor: int = 30, seed: int = 1) -> Labels:
    """Return METIS's k-way cut of connected ground, contiguous, its work uneven by at most `ufactor` per mille."""
    work = np.maximum(1, np.round(patch.minutes / patch.minutes.max() * 1e6)).astype(np.int64)
    found = pymetis.part_graph(
        beats,
        adjacency=pymetis.CSRAdjacency(patch.first.tolist(), patch.near.tolist()),
        vweights=work.tolist(),
        recursive=False,
        options=pymetis.Options(contig=1, ufactor=ufactor, seed=seed),
    )
    return np.array(found.vertex_part, np.int32)
