"""Ground of members who are away, handed over for a day: whole, even enough, and those who are there keep what they can."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.patrol.beats import telling
from app.patrol.beats.figures import measured
from app.patrol.beats.handing_over import handed_over
from app.patrol.beats.planning import plan
from app.patrol.beats.settings import ON_FOOT, Settings
from app.teams.plans.plan import PlanBeat
from tests.unit.patrol.test_beats_planning import (
    Cells,
    is_whole,
    patch_of,
    pieces,
    ragged,
    rectangle,
    works,
)

QUICK = Settings(starts=2, effort=200)


def without(labels: np.ndarray, beats: int, away: set[int]) -> np.ndarray:
    """Who is there holds their beat on, numbered anew; the rest is nobody's."""
    stays = np.full(beats, -1, np.int32)
    there = [beat for beat in range(beats) if beat not in away]
    stays[there] = np.arange(len(there))
    found: np.ndarray = stays[labels]
    return found


@settings(max_examples=30)
@given(data=st.data(), cells=ragged(least=6))
def test_any_ground_is_handed_over_whole_and_by_the_rules(data: st.DataObject, cells: Cells) -> None:
    beats = data.draw(st.integers(2, min(8, len(cells))))
    patch = patch_of(cells, data.draw(works(len(cells))))
    before = plan(patch, beats, QUICK).labels
    away = data.draw(st.sets(st.integers(0, beats - 1), min_size=1, max_size=beats - 1))
    old = without(before, beats, away)
    there = beats - len(away)
    cut = handed_over(patch, old, there, QUICK)
    is_whole(cut, cells, there)
    assert handed_over(patch, old, there, QUICK).labels.tolist() == cut.labels.tolist()
    figures = measured(patch, cut.labels, there)
    assert cut.figures.balance == pytest.approx(figures.balance)
    beats_of = [PlanBeat(number=n, member=f"m{n}", taken=True) for n in range(1, there + 1)]
    said = {one.code for one in telling.of_beats(cut.figures, beats_of, QUICK.day_tolerance)}
    assert bool(said) == (cut.figures.balance > 1.0 + QUICK.day_tolerance)  # met, or why not


@settings(max_examples=30)
@given(data=st.data(), cells=ragged(least=4))
def test_whole_whatever_was_held(data: st.DataObject, cells: Cells) -> None:
    beats = data.draw(st.integers(1, min(6, len(cells))))
    old = data.draw(st.lists(st.integers(-1, beats - 1), min_size=len(cells), max_size=len(cells)))
    cut = handed_over(patch_of(cells, data.draw(works(len(cells)))), np.array(old, np.int32), beats, QUICK)
    is_whole(cut, cells, beats)


@pytest.mark.parametrize("seed", [7, 8, 9])
@pytest.mark.parametrize("away", [{0, 1}, {3, 7}])
def test_two_of_twelve_are_away(seed: int, away: set[int]) -> None:
    patch = patch_of(rectangle(40, 25), np.random.default_rng(seed).lognormal(0, 1, 1000))
    before = plan(patch, 12)
    old = without(before.labels, 12, away)
    after = handed_over(patch, old, 10)
    assert after.figures.broken == 0
    assert after.figures.balance <= 1.0 + ON_FOOT.day_tolerance
    assert ((after.labels != old) & (old >= 0)).mean() < 0.06  # beside the ground of those who are away
    assert after.figures.compactness.mean() > before.figures.compactness.mean() - 0.1


def test_who_is_far_away_keeps_everything() -> None:
    """A strip of ten beats, one in the middle missing: its neighbours take it; work flows on only as far as it must."""
    cells = rectangle(100, 4)
    labels = np.array([x // 10 for x, _ in cells], np.int32)
    old = without(labels, 10, {4})
    lenient = handed_over(patch_of(cells), old, 9, Settings(day_tolerance=0.4))
    changed = (lenient.labels != old) & (old >= 0)
    assert not changed.any()
    strict = handed_over(patch_of(cells), old, 9, Settings(day_tolerance=0.1))
    assert strict.figures.balance <= 1.1
    far = np.isin(old, [0, 8])
    assert (strict.labels == old)[far].all()


def test_an_even_day_leaves_all_as_it_is() -> None:
    patch = patch_of(rectangle(20, 15))
    before = plan(patch, 6)
    assert handed_over(patch, before.labels, 6).labels.tolist() == before.labels.tolist()


def test_ground_in_parts_and_what_cannot_be_even() -> None:
    """Two parts that don't touch, four beats each; all but one of the left part's members are away."""
    cells = rectangle(8, 8) + [(x + 20, y) for x, y in rectangle(8, 8)]
    labels = np.array([(x >= 20) * 4 + (x % 20 >= 4) * 2 + (y >= 4) for x, y in cells], np.int32)
    cut = handed_over(patch_of(cells), without(labels, 8, {0, 1, 2}), 5)
    assert cut.figures.broken == 0
    assert (cut.labels[:64] == 0).all()  # the one who is left there has all of it: work can't cross
    assert cut.figures.floor == pytest.approx(64 / (128 / 5))
    assert cut.figures.balance == pytest.approx(cut.figures.floor)
    nobody = handed_over(patch_of(cells), without(labels, 8, {0, 1, 2, 3}), 4)
    assert [one.metres for one in nobody.joined] == [
        pytest.approx(1300.0)
    ]  # the left part is joined to the right one
    assert nobody.figures.broken == 0


def test_who_held_two_parts_keeps_both() -> None:
    cells = [*rectangle(12, 6), (0, 9), (1, 9)]
    labels = np.array([min(x // 4, 2) if y < 9 else 2 for x, y in cells], np.int32)
    cut = handed_over(patch_of(cells), without(labels, 3, {1}), 2)
    assert cut.labels[-2:].tolist() == [1, 1]
    assert cut.figures.broken == 0
    assert pieces(cells, cut.labels) == 3
