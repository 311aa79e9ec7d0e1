"""Reach in gaps against the formula, cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from app.patrol.reduction.reach import Reach, gaps
from app.patrol.reduction.tracks import join
from app.patrol.rules import ON_FOOT

row, column = np.divmod(np.arange(400), 20)
CELLS = shapely.box(column * 100.0, row * 100.0, column * 100.0 + 100, row * 100.0 + 100)
REACH = Reach(CELLS)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("gap", [10.0, 60.0, 130.0, 300.0, 900.0])
def test_between_is_the_formula(seed: int, gap: float) -> None:
    rng = np.random.default_rng(seed)
    last = tuple(rng.uniform(500, 1500, 2))
    following = tuple(np.array(last) + rng.uniform(-100, 100, 2))
    a, b = shapely.Point(last), shapely.Point(following)
    expected = [i for i, c in enumerate(CELLS) if c.distance(a) + c.distance(b) <= 1.8 * (gap - 20)]
    assert REACH.between(last, following, gap, ON_FOOT).tolist() == expected


@pytest.mark.parametrize(
    ("time", "cells"), [(19, 0), (20, 1), (20 + 49 / 1.8, 1), (20 + 51 / 1.8, 5), (20 + 71 / 1.8, 9)]
)
def test_around_is_a_disc(time: float, cells: int) -> None:
    assert len(REACH.around((1050.0, 1050.0), time, ON_FOOT)) == cells


def test_a_shift_without_fixes_leaves_the_beat_unknown() -> None:
    nothing = np.empty(0)
    beat = np.array([7, 3], np.int32)
    (gap,) = gaps(
        join(nothing, nothing, nothing, ON_FOOT), start=0, end=100, beat=beat, reach=REACH, rules=ON_FOOT
    )
    assert (gap.start, gap.end, gap.cells.tolist()) == (0, 100, [3, 7])


def test_gaps_of_a_shift() -> None:
    """Open ends, an inferred gap and a broken one leave cells open; a short one doesn't."""
    t = np.array([100.0, 150, 240, 600, 610])
    track = join(np.full(5, 1050.0), np.full(5, 1050.0), t, ON_FOOT)
    found = gaps(track, start=0, end=625, beat=np.empty(0, np.int32), reach=REACH, rules=ON_FOOT)
    assert [(gap.start, gap.end) for gap in found] == [(0, 100), (150, 240), (240, 600)]
