"""Cleaning: what is dropped, for which reason, and that order doesn't matter."""

from __future__ import annotations

import numpy as np
import pytest

from app.patrol.reduction.cleaning import clean
from app.patrol.rules import ON_FOOT

N = 60


def a_walk() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """East at 1.2 m/s, a fix every 5 s, accuracy 10 m."""
    t = np.arange(N) * 5.0
    return 1.2 * t, np.zeros(N), t, np.full(N, 10.0)


def dropped(*fixes: np.ndarray) -> dict[str, list[int]]:
    return {reason: at.tolist() for reason, at in clean(*fixes, ON_FOOT).dropped.items() if len(at)}


def test_a_plain_walk_is_kept() -> None:
    cleaned = clean(*a_walk(), ON_FOOT)
    assert cleaned.kept.tolist() == list(range(N))
    assert cleaned.sigma == pytest.approx(10 / 1.515)
    assert (cleaned.unordered, cleaned.without_accuracy) == (0, 0)


def test_accuracy_50_is_kept_and_51_is_not() -> None:
    x, y, t, accuracy = a_walk()
    accuracy[3:5] = 50, 51
    assert dropped(x, y, t, accuracy) == {"inaccurate": [4]}


@pytest.mark.parametrize("nothing", [0.0, np.nan, -1.0])
def test_no_accuracy_gets_the_default(nothing: float) -> None:
    x, y, t, accuracy = a_walk()
    accuracy[7] = nothing
    cleaned = clean(x, y, t, accuracy, ON_FOOT)
    assert cleaned.sigma[7] == ON_FOOT.sigma_default_m
    assert cleaned.without_accuracy == 1


def test_of_two_fixes_of_a_moment_the_more_accurate_stays() -> None:
    x, y, t, accuracy = a_walk()
    t[11] = t[10]
    accuracy[10], accuracy[11] = 12, 8
    assert dropped(x, y, t, accuracy) == {"duplicate": [10]}


@pytest.mark.parametrize("length", [1, 2, 5, 20])
def test_a_jump_of_5_km_and_back_is_dropped_whole(length: int) -> None:
    x, y, t, accuracy = a_walk()
    y[20 : 20 + length] += 5000
    assert dropped(x, y, t, accuracy) == {"jump": list(range(20, 20 + length))}


def test_a_jump_for_good_keeps_the_longer_part() -> None:
    x, y, t, accuracy = a_walk()
    y[40:] += 5000
    assert dropped(x, y, t, accuracy) == {"jump": list(range(40, N))}


def test_five_kilometres_in_half_an_hour_are_no_jump() -> None:
    x, y, t, accuracy = a_walk()
    y[40:] += 5000
    t[40:] += 1800
    assert dropped(x, y, t, accuracy) == {}


def test_a_spike_that_does_not_admit_it() -> None:
    x, y, t, accuracy = a_walk()
    y[30] += 90
    assert dropped(x, y, t, accuracy) == {"spike": [30]}


def test_turning_round_is_no_spike() -> None:
    x, y, t, accuracy = a_walk()
    x = np.minimum(x, x[30] - (x - x[30]))
    assert dropped(x, y, t, accuracy) == {}


def test_order_does_not_matter() -> None:
    x, y, t, accuracy = a_walk()
    y[30] += 90
    y[45] += 5000
    accuracy[50] = 200
    t[12] = t[11]
    mixed = np.random.default_rng(1).permutation(N)
    plain = clean(x, y, t, accuracy, ON_FOOT)
    shuffled = clean(x[mixed], y[mixed], t[mixed], accuracy[mixed], ON_FOOT)
    assert mixed[shuffled.kept].tolist() == plain.kept.tolist()
    assert plain.unordered == 0
    assert shuffled.unordered > 0


@pytest.mark.parametrize("count", [0, 1, 2])
def test_hardly_any_fixes(count: int) -> None:
    assert len(clean(*(values[:count] for values in a_walk()), ON_FOOT).kept) == count
