"""Smooths a cleaned track: a Rauch-Tung-Striebel smoother with a constant-velocity model, each axis alone.

Source: Rauch, Tung and Striebel, "Maximum likelihood estimates of linear dynamic systems", AIAA Journal 3 (1965).
The process noise is set so that errors correlated over a minute aren't chased as if they were movement; the truth
test (`python -m tests.truth coverage`) holds it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numba import njit

from app.patrol.reduction.tracks import over

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from app.patrol.rules import Rules


def smooth(  # noqa: PLR0917
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    t: NDArray[np.float64],
    sigma: NDArray[np.float64],
    rules: Rules,
    pauses: Sequence[tuple[float, float]] = (),
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return smoothed metres east and north at the times of the fixes.

    Args:
        x: Metres east.
        y: Metres north.
        t: Seconds, rising.
        sigma: Metres per axis.
        rules: Process noise, and the gap over which nothing is carried.
        pauses: Breaks, seconds: nothing is carried over them either.
    """
    new = np.concatenate(([True], (np.diff(t) > rules.plain_gap_s) | over(t, pauses)))[: len(t)]
    starts = np.flatnonzero(new)
    ends = np.append(starts[1:], len(t))
    smoothed = np.column_stack((x, y))
    _smooth_runs(smoothed, t, sigma, starts, ends, rules.acceleration_density)
    return smoothed[:, 0].copy(), smoothed[:, 1].copy()


@njit(nogil=True, cache=True)
def _smooth_runs(z, t, sigma, starts, ends, q):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Smooth z (n, 2) in place, run by run. State: position p and velocity v; both axes share their covariances.

    Prediction over h seconds adds q [[h^3/3, h^2/2], [h^2/2, h]] (white-noise acceleration).
    """
    for run in range(len(starts)):
        first, last = starts[run], ends[run]
        n = last - first
        if n < 3:
            continue
        p = np.empty((n, 2))
        v = np.empty((n, 2))
        cov = np.empty((n, 3))  # pp, pv, vv after the measurement
        p[0] = z[first]
        v[0] = 0.0
        cov[0, 0], cov[0, 1], cov[0, 2] = sigma[first] ** 2, 0.0, 4.0  # speeds of 2 m/s are usual
        for k in range(1, n):
            h = t[first + k] - t[first + k - 1]
            pp = cov[k - 1, 0] + 2 * h * cov[k - 1, 1] + h * h * cov[k - 1, 2] + q * h**3 / 3
            pv = cov[k - 1, 1] + h * cov[k - 1, 2] + q * h**2 / 2
            vv = cov[k - 1, 2] + q * h
            total = pp + sigma[first + k] ** 2
            gain_p, gain_v = pp / total, pv / total
            for axis in range(2):
                ahead = p[k - 1, axis] + h * v[k - 1, axis]
                off = z[first + k, axis] - ahead
                p[k, axis] = ahead + gain_p * off
                v[k, axis] = v[k - 1, axis] + gain_v * off
            cov[k, 0] = pp - gain_p * pp
            cov[k, 1] = pv - gain_p * pv
            cov[k, 2] = vv - gain_v * pv
        for k in range(n - 2, -1, -1):
            h = t[first + k + 1] - t[first + k]
            a, b, c = cov[k, 0], cov[k, 1], cov[k, 2]
            pp = a + 2 * h * b + h * h * c + q * h**3 / 3
            pv = b + h * c + q * h**2 / 2
            vv = c + q * h
            det = pp * vv - pv * pv
            # gain = cov F' inv(predicted)
            g00 = ((a + h * b) * vv - b * pv) / det
            g01 = (b * pp - (a + h * b) * pv) / det
            g10 = ((b + h * c) * vv - c * pv) / det
            g11 = (c * pp - (b + h * c) * pv) / det
            for axis in range(2):
                dp = p[k + 1, axis] - (p[k, axis] + h * v[k, axis])
                dv = v[k + 1, axis] - v[k, axis]
                p[k, axis] += g00 * dp + g01 * dv
                v[k, axis] += g10 * dp + g11 * dv
        z[first:last] = p
