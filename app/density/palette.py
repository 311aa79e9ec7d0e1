"""Class breaks and colours of numbers on a map (分级与配色): decided here once, sent with the data.

Colours are viridis, light for little and dark for much, so that they order themselves in grey and for every kind
of colour vision (Smith and van der Walt 2015). Breaks are round numbers near quantiles, since incidents per cell
are skewed: equal intervals would put nearly every cell in the first class.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

VIRIDIS = ("#fde725", "#a0da39", "#4ac16d", "#1fa187", "#277f8e", "#365c8d", "#46327e", "#440154")
QUANTILES = (0.0, 0.3, 0.55, 0.75, 0.9, 0.98)
STEPS = (1.0, 1.5, 2.0, 3.0, 5.0, 7.0)


@dataclass(frozen=True, slots=True)
class Scale:
    """Classes of a number: class i holds breaks[i] <= value < breaks[i + 1]; the last has no upper end.

    Attributes:
        breaks: Lower ends, rising; a value under the first is drawn as nothing.
        colours: One `#rrggbb` a class.
        unit: What the number counts, a key of the pages' words: "count" or "per_km2_day".
    """

    breaks: tuple[float, ...]
    colours: tuple[str, ...]
    unit: str


def scale(values: NDArray[np.float64], unit: str, *, whole: bool = False) -> Scale:
    """Return the classes for the positive ones among `values`; no class when there are none.

    Args:
        values: Any shape; zeros, negatives and NaN are left out.
        unit: See `Scale`.
        whole: The values are counts, so breaks are whole numbers too.
    """
    positive = values[np.isfinite(values) & (values > 0)]
    if positive.size == 0:
        return Scale((), (), unit)
    lower = sorted({round_down(float(q), whole=whole) for q in np.quantile(positive, QUANTILES)})
    return Scale(tuple(lower), ramp(len(lower)), unit)


def surface_scale(peak: float, unit: str, classes: int = 6) -> Scale:
    """Return classes for a smooth surface: round numbers falling from its peak by about half each."""
    if not (math.isfinite(peak) and peak > 0):
        return Scale((), (), unit)
    series = [
        step * 10.0**power
        for power in range(math.floor(math.log10(peak)) - classes, math.floor(math.log10(peak)) + 1)
        for step in (1.0, 2.0, 5.0)
    ]
    lower = [float(f"{value:.6g}") for value in series if value < peak][-classes:]
    return Scale(tuple(lower), ramp(len(lower)), unit)


def round_down(value: float, *, whole: bool = False) -> float:
    """Return the largest of 1, 1.5, 2, 3, 5, 7 times a power of ten that is not above a positive `value`."""
    power = 10.0 ** math.floor(math.log10(value) + 1e-12)
    steps = [step * power for step in STEPS if step * power <= value * (1 + 1e-12)]
    if whole:
        return float(math.floor(steps[-1] if steps[-1].is_integer() else math.floor(steps[-1])))
    return float(f"{steps[-1]:.6g}")


def ramp(classes: int) -> tuple[str, ...]:
    """Return `classes` colours evenly along the palette, light to dark; a single class is its middle."""
    if classes == 1:
        return (VIRIDIS[3],)
    return tuple(VIRIDIS[round(i * (len(VIRIDIS) - 1) / (classes - 1))] for i in range(classes))


def channels(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
