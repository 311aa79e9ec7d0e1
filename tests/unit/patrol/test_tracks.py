"""Smoothing and joining."""

from __future__ import annotations

import numpy as np
import pytest

from app.patrol.reduction.smoothing import smooth
from app.patrol.reduction.tracks import BROKEN, INFERRED, PLAIN, join
from app.patrol.rules import ON_FOOT


@pytest.mark.parametrize(
    ("seconds", "metres", "joined"),
    [
        (5, 6, PLAIN), (60, 70, PLAIN), (60.1, 70, INFERRED), (120, 216, INFERRED), (120, 217, BROKEN),
        (120.1, 0, BROKEN), (3600, 10, BROKEN),
    ],
)  # fmt: skip
def test_gaps(seconds: float, metres: float, joined: int) -> None:
    track = join(np.array([0.0, metres]), np.zeros(2), np.array([0.0, seconds]), ON_FOOT)
    assert track.joined.tolist() == [joined]
    assert track.tracked_s == (0 if joined == BROKEN else seconds)
    assert track.inferred_s == (seconds if joined == INFERRED else 0)


def test_smoothing_takes_noise_away() -> None:
    rng = np.random.default_rng(3)
    t = np.arange(0, 1000, 5.0)
    x, y = 1.2 * t + rng.normal(0, 10, len(t)), rng.normal(0, 10, len(t))
    smooth_x, smooth_y = smooth(x, y, t, np.full(len(t), 10.0), ON_FOOT)
    assert np.std(smooth_x - 1.2 * t) < 4
    assert np.std(smooth_y) < 4


def test_a_straight_line_stays_what_it_is() -> None:
    t = np.arange(0, 600, 5.0)
    x, y = smooth(1.2 * t, 50 - 0.3 * t, t, np.full(len(t), 3.0), ON_FOOT)
    assert x == pytest.approx(1.2 * t, abs=0.5)
    assert y == pytest.approx(50 - 0.3 * t, abs=0.5)


def test_it_is_the_same_as_the_least_squares_solution() -> None:
    """The smoother solves a least squares problem; here it is solved whole, by linear algebra."""
    rng = np.random.default_rng(5)
    n, q = 25, ON_FOOT.acceleration_density
    t = np.cumsum(rng.uniform(2, 30, n))
    sigma = rng.uniform(5, 20, n)
    x = np.cumsum(rng.normal(0, 8, n))
    rows, right = np.zeros((2 * n + n, 2 * n)), np.zeros(3 * n)
    for k in range(n):
        rows[k, 2 * k], right[k] = 1 / sigma[k], x[k] / sigma[k]
    rows[n, 1] = 1 / 2  # at first a velocity of 0 with 2 m/s
    for k in range(n - 1):
        h = t[k + 1] - t[k]
        whiten = np.linalg.inv(np.linalg.cholesky(q * np.array([[h**3 / 3, h**2 / 2], [h**2 / 2, h]])))
        step = np.array([[-1, -h, 1, 0], [0, -1, 0, 1]])
        rows[n + 1 + 2 * k : n + 3 + 2 * k, 2 * k : 2 * k + 4] = whiten @ step
    solved = np.linalg.lstsq(rows, right, rcond=None)[0][::2]
    smoothed, _ = smooth(x, x, t, sigma, ON_FOOT)
    assert smoothed == pytest.approx(solved, abs=1e-6)


def test_nothing_is_carried_over_a_gap() -> None:
    rng = np.random.default_rng(4)
    t = np.concatenate((np.arange(0, 100, 5.0), np.arange(200, 300, 5.0)))
    x, y = rng.normal(0, 10, len(t)), rng.normal(0, 10, len(t))
    sigma = np.full(len(t), 10.0)
    whole = smooth(x, y, t, sigma, ON_FOOT)[0]
    parts = [
        smooth(x[part], y[part], t[part], sigma[part], ON_FOOT)[0] for part in (slice(20), slice(20, None))
    ]
    assert whole.tolist() == np.concatenate(parts).tolist()
