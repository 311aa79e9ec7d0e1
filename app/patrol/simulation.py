"""Walks through a beat whose truth is known, and the fixes a phone would have recorded of them (synthetic, 模拟轨迹).

`walk` makes the true path of a patroller, `observe` what a phone reports of it. The truth test measures the coverage
method with them, the day of life shows them. Streets are not modelled: the walker goes straight from cell to cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import shapely

if TYPE_CHECKING:
    from numpy.typing import NDArray

Noise = Literal["white", "correlated"]

WALKING_SPEED = 1.2  # m/s
WALKED_SHARE = 0.75  # of a beat, in one round


@dataclass(frozen=True, slots=True)
class Path:
    """A true path: vertices in metric coordinates (metres) with their times (seconds); straight between them."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    t: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Observed:
    """Fixes as recorded: metric coordinates (metres), seconds, stated accuracy (metres, radius of 68 %)."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]
    t: NDArray[np.float64]
    accuracy: NDArray[np.float64]


def walk(
    cells: NDArray[np.object_],
    rng: np.random.Generator,
    *,
    start: float = 0.0,
    duration: float | None = None,
    share: float = WALKED_SHARE,
    speed: float = WALKING_SPEED,
    jitter: float = 0.43,
    turns: int = 2,
    pause: float = 0.0,
) -> Path:
    """Walk a beat strip by strip, to and fro, turning a few times about the middle of each cell.

    Args:
        cells: The beat's cells, polygons in metres.
        rng: The only source of chance.
        start: Time of the first step, seconds.
        duration: Seconds to walk, in as many rounds as fit; None for one round.
        share: Share of the beat's cells in a round; which end is left out changes from round to round.
        speed: Metres per second.
        jitter: How far off a cell's middle the walker turns at most, as a share of the cell's width.
        turns: How often the walker turns in a cell.
        pause: Mean seconds spent standing in a cell (exponential); 0 for a walk without stops.

    Returns:
        A path of at least two vertices, exactly `duration` long where that is given.
    """
    middles = shapely.get_coordinates(shapely.point_on_surface(cells))
    widths = np.sqrt(shapely.area(cells))
    xs, ys, stops, end = [], [], [], start
    while True:
        order = np.repeat(_round(middles, widths, share, rng), turns)
        off = rng.uniform(-jitter, jitter, (len(order), 2)) * widths[order, None]
        xs.append(middles[order, 0] + off[:, 0])
        ys.append(middles[order, 1] + off[:, 1])
        stops.append(rng.exponential(pause / turns, len(order)) if pause else np.zeros(len(order)))
        path = _timed(np.concatenate(xs), np.concatenate(ys), np.concatenate(stops), start, speed)
        standing = path.t[-1] == end  # a beat of one cell without jitter or pause would never end
        end = path.t[-1]
        if duration is None or standing:
            return path
        if end >= start + duration:
            return _until(path, start + duration)


def observe(
    path: Path,
    rng: np.random.Generator,
    *,
    noise: Noise = "white",
    every: float = 5.0,
    sigma: float = 10.0,
    correlation: float = 60.0,
    dropped: float = 0.05,
    gaps: int = 2,
    gap: tuple[float, float] = (60.0, 480.0),
    outliers: float = 0.01,
    outlier: tuple[float, float] = (50.0, 150.0),
    admitted: float = 0.7,
) -> Observed:
    """Return what a phone records of a path; the defaults are the truth test's (never made easier).

    Args:
        path: The true path.
        rng: The only source of chance.
        noise: Independent errors, or a first-order Gauss-Markov process.
        every: Seconds between fixes.
        sigma: Metres per axis.
        correlation: Time constant of correlated errors, seconds.
        dropped: Share of single fixes lost.
        gaps: Stretches without any fix.
        gap: Their shortest and longest length, seconds.
        outliers: Share of fixes far off.
        outlier: Nearest and farthest, metres.
        admitted: Share of the outliers whose stated accuracy tells.

    Returns:
        Fixes in order of time. Stated accuracy is 1.515 sigma x lognormal(0, 0.2).
    """
    t = np.arange(path.t[0], path.t[-1] + 1e-6, every)
    x = np.interp(t, path.t, path.x) + _errors(len(t), noise, sigma, every / correlation, rng)
    y = np.interp(t, path.t, path.y) + _errors(len(t), noise, sigma, every / correlation, rng)
    accuracy = 1.515 * sigma * rng.lognormal(0.0, 0.2, len(t))
    far = rng.random(len(t)) < outliers
    distance, bearing = rng.uniform(*outlier, len(t)), rng.uniform(0.0, 2 * np.pi, len(t))
    x = np.where(far, x + distance * np.cos(bearing), x)
    y = np.where(far, y + distance * np.sin(bearing), y)
    tells = far & (rng.random(len(t)) < admitted)
    accuracy = np.where(tells, np.maximum(accuracy, distance), accuracy)
    keep = rng.random(len(t)) >= dropped
    for _ in range(gaps):
        length = rng.uniform(*gap)
        begin = rng.uniform(t[0], max(t[0], t[-1] - length))
        keep &= (t <= begin) | (t >= begin + length)
    return Observed(x[keep], y[keep], t[keep], accuracy[keep])


def _round(
    middles: NDArray[np.float64], widths: NDArray[np.float64], share: float, rng: np.random.Generator
) -> NDArray[np.intp]:
    """Return the cells of one round in order: strips as wide as a cell, every other one walked backwards."""
    along, across = (0, 1) if rng.random() < 0.5 else (1, 0)
    strip = np.round((middles[:, across] - middles[:, across].min()) / np.median(widths))
    forwards = np.where(strip % 2 == 0, middles[:, along], -middles[:, along])
    order = np.lexsort((forwards, strip))
    if rng.random() < 0.5:
        order = order[::-1]
    return order[: max(1, round(share * len(order)))]


def _timed(
    x: NDArray[np.float64],
    y: NDArray[np.float64],
    stops: NDArray[np.float64],
    start: float,
    speed: float,
) -> Path:
    """Give each vertex its time; a stop is the same vertex twice."""
    legs = np.hypot(np.diff(x, prepend=x[0]), np.diff(y, prepend=y[0])) / speed
    arrive = start + np.cumsum(legs) + np.concatenate(([0.0], np.cumsum(stops)[:-1]))
    leave = arrive + stops
    t = np.column_stack((arrive, leave)).ravel()
    new = np.concatenate(([True], np.diff(t) > 0))
    new[-1] |= new.sum() < 2  # a path has two vertices at least
    return Path(np.repeat(x, 2)[new], np.repeat(y, 2)[new], t[new])


def _until(path: Path, end: float) -> Path:
    before = path.t < end
    x, y = np.interp(end, path.t, path.x), np.interp(end, path.t, path.y)
    return Path(np.append(path.x[before], x), np.append(path.y[before], y), np.append(path.t[before], end))


def _errors(n: int, noise: Noise, sigma: float, step: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return n errors of one axis, metres; `step` is the time between two in time constants."""
    shocks = rng.normal(0.0, sigma, n)
    if noise == "white":
        return shocks
    keep = np.exp(-step)
    errors = shocks.copy()
    for i in range(1, n):
        errors[i] = keep * errors[i - 1] + np.sqrt(1 - keep * keep) * shocks[i]
    return errors
