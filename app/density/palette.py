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
FRACTIONS = (0.02, 0.08, 0.2, 0.35, 0.55, 0.8)
FINE_STEPS = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)


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
    rounded = (round_down(float(q)) for q in np.quantile(positive, QUANTILES))
    lower = sorted({float(math.floor(value)) for value in rounded} if whole else set(rounded))
    return Scale(tuple(lower), ramp(len(lower)), unit)


def surface_scale(peak: float, unit: str) -> Scale:
    """Return classes for a smooth surface: round numbers at set fractions of its peak, closer where it is low."""
    if not (math.isfinite(peak) and peak > 0):
        return Scale((), (), unit)
    lower = sorted({round_down(peak * fraction, FINE_STEPS) for fraction in FRACTIONS})
    return Scale(tuple(lower), ramp(len(lower)), unit)


def round_down(value: float, steps: tuple[float, ...] = STEPS) -> float:
    """Return the largest of the steps times a power of ten that is not above a positive `value`."""
    power = math.floor(math.log10(value) + 1e-12)
    best = max(step for step in steps if step * 10.0**power <= value * (1 + 1e-12))
    return float(f"{best}e{power}")


def ramp(classes: int) -> tuple[str, ...]:
    """Return `classes` colours evenly along the palette, light to dark; a single class is its middle."""
    if classes == 1:
        return (VIRIDIS[3],)
    return tuple(VIRIDIS[round(i * (len(VIRIDIS) - 1) / (classes - 1))] for i in range(classes))


def channels(colour: str) -> tuple[int, int, int]:
    """Return red, green and blue, 0 to 255, of `#rrggbb`."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)
