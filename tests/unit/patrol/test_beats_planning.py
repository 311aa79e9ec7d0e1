"""Cutting ground into beats: every cell once, contiguous, even, compact, the same by seed; on lattices and ragged ground."""

from __future__ import annotations

from collections import deque

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from app.patrol.beats.adjacency import touching, without_crossing
from app.patrol.beats.figures import compactness, least_balance, measured
from app.patrol.beats.mending import mended
from app.patrol.beats.patch import Edges, Patch
from app.patrol.beats.planning import AnchorsApart, Cut, MoreBeatsThanCells, metis, plan, recut
from app.patrol.beats.settings import ON_FOOT, Settings
from app.patrol.beats.work import minutes

QUICK = Settings(starts=2, effort=200)
Cells = list[tuple[int, int]]


def patch_of(cells: Cells, work: list[float] | np.ndarray | None = None) -> Patch:
    """A patch of squares of 100 m, by column and row."""
    squares = np.array([shapely.box(100 * x, 100 * y, 100 * x + 100, 100 * y + 100) for x, y in cells])
    return Patch.of(squares, np.ones(len(cells)) if work is None else work, touching(squares))


def rectangle(columns: int, rows: int) -> Cells:
    return [(x, y) for y in range(rows) for x in range(columns)]


def pieces(cells: Cells, labels: np.ndarray) -> int:
    """Connected pieces of equal labels, by scipy over a grid: knows nothing of `Patch`."""
    place = {cell: i for i, cell in enumerate(cells)}
    pairs = [
        (i, place[x + dx, y + dy])
        for i, (x, y) in enumerate(cells)
        for dx, dy in ((1, 0), (0, 1))
        if (x + dx, y + dy) in place and labels[i] == labels[place[x + dx, y + dy]]
    ]
    a, b = np.array(pairs, np.int64).reshape(-1, 2).T
    graph = coo_array((np.ones(len(a)), (a, b)), shape=(len(cells), len(cells)))
    return int(connected_components(graph, directed=False)[0])


@st.composite
def ragged(draw: st.DrawFn, least: int = 2, most: int = 60) -> Cells:
    """Connected ground of any shape, holes and peninsulas included, grown cell by cell."""
    count = draw(st.integers(least, most))
    cells = [(0, 0)]
    while len(cells) < count:
        x, y = cells[draw(st.integers(0, len(cells) - 1))]
        dx, dy = draw(st.sampled_from([(1, 0), (-1, 0), (0, 1), (0, -1)]))
        at = (x + dx, y + dy)
        while at in cells:
            at = (at[0] + dx, at[1] + dy)
        cells.append(at)
    return cells


def works(count: int) -> st.SearchStrategy[list[float]]:
    return st.lists(st.floats(0.01, 50), min_size=count, max_size=count)


def is_whole(cut: Cut, cells: Cells, beats: int) -> None:
    assert sorted(set(cut.labels.tolist())) == list(range(beats))
    assert len(cut.labels) == len(cells)
    assert pieces(cells, cut.labels) == beats
    assert cut.figures.broken == 0
    assert cut.figures.balance >= cut.figures.floor - 1e-9


@settings(max_examples=40)
@given(data=st.data(), cells=ragged())
def test_any_ground_is_cut_whole(data: st.DataObject, cells: Cells) -> None:
    beats = data.draw(st.integers(1, min(12, len(cells))))
    patch = patch_of(cells, data.draw(works(len(cells))))
    cut = plan(patch, beats, QUICK)
    is_whole(cut, cells, beats)
    again = plan(patch, beats, QUICK)
    assert again.labels.tolist() == cut.labels.tolist()


@settings(max_examples=30)
@given(data=st.data(), cells=ragged(least=6))
def test_anchors_hold(data: st.DataObject, cells: Cells) -> None:
    beats = data.draw(st.integers(2, min(5, len(cells) - 1)))
    held = data.draw(
        st.lists(st.integers(0, len(cells) - 1), min_size=beats - 1, max_size=beats - 1, unique=True)
    )
    anchors = {cell: beat for beat, cell in enumerate(held)}
    cut = plan(patch_of(cells, data.draw(works(len(cells)))), beats, QUICK, anchors=anchors)
    is_whole(cut, cells, beats)
    assert {cell: int(cut.labels[cell]) for cell in anchors} == anchors


@settings(max_examples=30)
@given(data=st.data(), cells=ragged(least=4))
def test_a_recut_is_whole_whatever_was_held(data: st.DataObject, cells: Cells) -> None:
    beats = data.draw(st.integers(1, min(6, len(cells))))
    old = data.draw(st.lists(st.integers(-1, beats - 1), min_size=len(cells), max_size=len(cells)))
    cut = recut(patch_of(cells, data.draw(works(len(cells)))), np.array(old, np.int32), beats, QUICK)
    is_whole(cut, cells, beats)


@settings(max_examples=60)
@given(data=st.data(), cells=ragged())
def test_pieces_are_counted_as_a_search_counts_them(data: st.DataObject, cells: Cells) -> None:
    labels = np.array(
        data.draw(st.lists(st.integers(0, 3), min_size=len(cells), max_size=len(cells))), np.int32
    )
    figures = measured(patch_of(cells), labels, 4)
    assert int(figures.pieces.sum()) == pieces(cells, labels) == searched(cells, labels)


def searched(cells: Cells, labels: np.ndarray) -> int:
    left, found = set(cells), 0
    at = dict(zip(cells, labels.tolist(), strict=True))
    while left:
        queue = deque([left.pop()])
        found += 1
        while queue:
            x, y = queue.popleft()
            for near in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
                if near in left and at[near] == at[x, y]:
                    left.discard(near)
                    queue.append(near)
    return found


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_a_thousand_cells(seed: int) -> None:
    rng = np.random.default_rng(seed)
    patch = patch_of(rectangle(40, 25), rng.lognormal(0, 1, 1000))
    cut = plan(patch, 12)
    assert cut.figures.balance <= max(cut.figures.floor, 1.01)
    assert cut.figures.compactness.mean() >= 0.88
    assert cut.figures.compactness.min() >= 0.75
    assert cut.figures.broken == 0


def test_little_changes_when_two_are_away() -> None:
    patch = patch_of(rectangle(40, 25), np.random.default_rng(7).lognormal(0, 1, 1000))
    before = plan(patch, 12).labels
    stays = np.full(12, -1, np.int32)
    stays[[b for b in range(12) if b not in (3, 7)]] = np.arange(10)
    old = stays[before]
    after = recut(patch, old, 10)
    assert after.figures.broken == 0
    assert after.figures.balance <= 1.05 + 1e-9
    assert ((after.labels != old) & (old >= 0)).mean() < 0.12  # beside the ground of those who are away


def test_nothing_changes_when_nobody_is_away() -> None:
    patch = patch_of(rectangle(20, 15))
    before = plan(patch, 6)
    assert recut(patch, before.labels, 6).labels.tolist() == before.labels.tolist()


def test_one_cell_holds_more_than_the_mean() -> None:
    work = np.ones(100)
    work[42] = 60.0
    cut = plan(patch_of(rectangle(10, 10), work), 4)
    assert cut.figures.floor == pytest.approx(60 / (159 / 4))
    assert cut.figures.balance == pytest.approx(cut.figures.floor)


def test_the_floor_of_cells_that_can_not_be_shared_out() -> None:
    assert least_balance(np.ones(16), 3) == pytest.approx(6 * 3 / 16)
    assert least_balance(np.ones(16), 4) == 1.0
    assert least_balance(np.array([5.0, 5.0, 5.0, 1.0]), 2) == pytest.approx(10 / 8)
    assert least_balance(np.zeros(3), 2) == 1.0


@given(data=st.data())
def test_no_cut_is_below_the_floor(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 12))
    beats = data.draw(st.integers(1, count))
    work = np.array(data.draw(works(count)))
    labels = np.array(data.draw(st.lists(st.integers(0, beats - 1), min_size=count, max_size=count)))
    held = np.bincount(labels, work, beats)
    assert held.max() / (work.sum() / beats) >= least_balance(work, beats) - 1e-9


def test_compactness_of_known_shapes() -> None:
    disc = np.array([shapely.Point(3, 4).buffer(50, quad_segs=256)])
    ring = np.array([disc[0].difference(shapely.Point(3, 4).buffer(25, quad_segs=256))])
    nothing = Edges(np.empty(0, np.int32), np.empty(0, np.int32), np.empty(0))
    label = np.zeros(1, np.int32)
    assert compactness(Patch.of(disc, [1.0], nothing), label, 1)[0] == pytest.approx(1.0, abs=1e-4)
    # area 3/4, moment 15/16 of the disc's
    assert compactness(Patch.of(ring, [1.0], nothing), label, 1)[0] == pytest.approx(
        0.75**2 / (15 / 16), abs=1e-3
    )
    square = patch_of(rectangle(3, 3))
    assert compactness(square, np.zeros(9, np.int32), 1)[0] == pytest.approx(3 / np.pi)
    line = patch_of(rectangle(4, 1))  # area^2 / (2 pi a b (a^2 + b^2) / 12)
    assert compactness(line, np.zeros(4, np.int32), 1)[0] == pytest.approx(4 * 12 / (2 * np.pi * 17))


def test_parts_get_beats_by_work() -> None:
    cells = rectangle(6, 4) + [(x + 20, y) for x, y in rectangle(3, 4)]
    cut = plan(patch_of(cells), 3, QUICK)
    assert cut.parts == 2
    assert cut.joined == ()
    assert len(set(cut.labels[:24].tolist())) == 2
    assert len(set(cut.labels[24:].tolist())) == 1
    assert pieces(cells, cut.labels) == 3


def test_a_part_too_small_is_joined_to_the_nearest() -> None:
    cells = [*rectangle(6, 4), (9, 0), (9, 1)]
    cut = plan(patch_of(cells), 3, QUICK)
    (joined,) = cut.joined
    assert joined.cells.tolist() == [24, 25]
    assert cells[joined.to] in ((5, 0), (5, 1))
    assert joined.metres == pytest.approx(400)
    assert cut.labels[24] == cut.labels[25] == cut.labels[joined.to]
    assert cut.figures.broken == 0
    assert pieces(cells, cut.labels) == 4  # three beats, and the part beyond


def test_an_uneven_part_forces_its_floor() -> None:
    cells = rectangle(4, 4) + [(x + 20, y) for x, y in rectangle(3, 4)]
    cut = plan(patch_of(cells), 3, QUICK)
    assert cut.figures.floor == pytest.approx(12 / (28 / 3))
    assert cut.figures.balance == pytest.approx(cut.figures.floor)


def test_what_can_not_be() -> None:
    with pytest.raises(MoreBeatsThanCells):
        plan(patch_of(rectangle(2, 2)), 5)
    apart = [(0, 0), (1, 0), (10, 0), (11, 0)]
    with pytest.raises(AnchorsApart):
        plan(patch_of(apart), 2, anchors={0: 0, 2: 0})


def test_mending_joins_what_is_torn() -> None:
    patch = patch_of(rectangle(4, 1))
    out = mended(patch, np.array([0, 1, 0, 1], np.int32), 2)
    assert pieces(rectangle(4, 1), out) == 2
    assert mended(patch, np.full(4, -1, np.int32), 1).tolist() == [0] * 4
    assert sorted(mended(patch, np.zeros(4, np.int32), 4).tolist()) == [0, 1, 2, 3]


def test_metis_is_contiguous_and_even() -> None:
    cells = rectangle(20, 20)
    labels = metis(patch_of(cells), 8)
    assert pieces(cells, labels) == 8
    assert measured(patch_of(cells), labels, 8).balance <= 1.03 + 1e-9


def test_who_touches_whom() -> None:
    squares = np.array(
        [shapely.box(x, y, x + 100, y + 100) for x, y in ((0, 0), (100, 0), (100, 100), (300, 0))]
    )
    edges = touching(squares)
    assert list(zip(edges.a.tolist(), edges.b.tolist(), edges.metres.tolist(), strict=True)) == [
        (0, 1, 100.0),
        (1, 2, 100.0),
    ]


def test_a_railway_with_an_underpass() -> None:
    """Two rows of four cells, a railway between them, an underpass in the third column."""
    cells = rectangle(4, 2)
    squares = np.array([shapely.box(100 * x, 100 * y, 100 * x + 100, 100 * y + 100) for x, y in cells])
    railway = np.array([shapely.LineString([(-50, 100), (450, 100)])], np.object_)
    nothing = np.empty(0, np.object_)
    edges = touching(squares)
    assert len(without_crossing(edges, squares, nothing, nothing)) == len(edges) == 10
    assert len(without_crossing(edges, squares, railway, nothing)) == 6
    street = np.array([shapely.LineString([(250, 50), (250, 150)]), shapely.LineString([(0, 50), (90, 50)])])
    open_ = without_crossing(edges, squares, railway, street)
    across = {(int(a), int(b)) for a, b in zip(open_.a, open_.b, strict=True) if b - a == 4}
    assert across == {(2, 6)}
    patch = Patch.of(squares, np.ones(8), without_crossing(edges, squares, railway, nothing))
    cut = plan(patch, 2, ON_FOOT)
    assert {frozenset(np.flatnonzero(cut.labels == b).tolist()) for b in (0, 1)} == {
        frozenset(range(4)),
        frozenset(range(4, 8)),
    }


def test_minutes_of_work() -> None:
    found = minutes(np.array([10_000.0, 40_000.0]), np.array([0, 360]), ON_FOOT)
    walk = 100 * 1.3 / 1.2
    # 360 reports in 90 days, 4 rounds a day: one a round
    assert found == pytest.approx([(walk + 60) / 60, (2 * walk + 60 + 600) / 60])
