"""The simulator keeps to its parameters: the truth test stands on them."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from app.patrol.simulation import Noise, observe, walk

row, column = np.divmod(np.arange(80), 10)
BEAT = shapely.box(column * 100.0, row * 100.0, column * 100.0 + 100, row * 100.0 + 100)


def rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_a_walk_goes_at_its_speed_through_three_quarters_of_the_beat() -> None:
    path = walk(BEAT, rng())
    legs = np.hypot(np.diff(path.x), np.diff(path.y))
    assert (legs / np.diff(path.t)) == pytest.approx(1.2)
    visited = np.unique(np.floor(path.x / 100) + 10 * np.floor(path.y / 100))
    assert len(visited) == 60


def test_a_walk_lasts_as_long_as_asked() -> None:
    path = walk(BEAT[:3], rng(), start=100.0, duration=3600.0, pause=60.0)
    assert (path.t[0], path.t[-1]) == (100.0, 3700.0)
    assert (np.diff(path.t) > 0).all()
    alone = walk(BEAT[:1], rng(), duration=600.0)
    assert alone.t[-1] == 600.0


@pytest.mark.parametrize("noise", ["white", "correlated"])
def test_errors_are_as_large_and_as_lasting_as_said(noise: Noise) -> None:
    path = walk(BEAT, rng(), duration=100_000.0)
    seen = observe(path, rng(), noise=noise, gaps=0, outliers=0, dropped=0)
    errors = seen.x - np.interp(seen.t, path.t, path.x)
    assert errors.std() == pytest.approx(10, rel=0.08)
    correlation = np.corrcoef(errors[:-1], errors[1:])[0, 1]
    assert correlation == pytest.approx(0 if noise == "white" else np.exp(-5 / 60), abs=0.03)
    assert np.median(seen.accuracy) == pytest.approx(15.15, rel=0.02)


def test_drop_outs_gaps_and_outliers() -> None:
    path = walk(BEAT, rng(), duration=50_000.0)
    seen = observe(path, rng())
    lost = 1 - len(seen.t) / 10_001
    assert 0.05 < lost < 0.08
    long = np.diff(seen.t)[np.diff(seen.t) > 50]
    assert 1 <= len(long) <= 2
    assert (long < 500).all()
    off = np.hypot(seen.x - np.interp(seen.t, path.t, path.x), seen.y - np.interp(seen.t, path.t, path.y))
    far = off > 55
    assert far.mean() == pytest.approx(0.01, abs=0.003)
    assert (seen.accuracy[far] > 50).mean() == pytest.approx(0.7, abs=0.15)
