"""Class breaks: round, rising, and every positive value in a class."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.density import palette


@given(st.lists(st.integers(1, 5_000), min_size=1, max_size=200))
def test_every_count_has_a_class(counts: list[int]) -> None:
    made = palette.scale(np.array(counts, dtype=float), "count", whole=True)
    assert list(made.breaks) == sorted(set(made.breaks))
    assert len(made.colours) == len(made.breaks) <= 6
    assert made.breaks[0] <= min(counts)
    assert all(value.is_integer() for value in made.breaks)


@given(st.lists(st.floats(1e-3, 1e5), min_size=1, max_size=200))
def test_every_rate_has_a_class(rates: list[float]) -> None:
    made = palette.scale(np.array(rates), "per_km2_day")
    assert made.breaks[0] <= min(rates) * (1 + 1e-9)
    assert made.breaks[-1] <= max(rates) * (1 + 1e-9)
    assert len(set(made.colours)) == len(made.colours)


@pytest.mark.parametrize(
    ("value", "below"), [(1, 1.0), (1.4, 1.0), (4.9, 3.0), (100, 100.0), (0.0299, 0.02), (999, 700.0)]
)
def test_round_numbers_below(value: float, below: float) -> None:
    assert palette.round_down(value) == below


def test_nothing_has_no_classes() -> None:
    assert palette.scale(np.array([0.0, np.nan, -1.0]), "count").breaks == ()
    assert palette.surface_scale(0.0, "per_km2_day").breaks == ()


def test_a_surfaces_classes_end_below_its_peak() -> None:
    made = palette.surface_scale(38.5, "per_km2_day")
    assert made.breaks == (0.6, 3.0, 6.0, 12.0, 20.0, 30.0)
    assert made.colours[0] == palette.VIRIDIS[0]
    assert made.colours[-1] == palette.VIRIDIS[-1]


def test_colours_darken_with_more() -> None:
    light = [0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in map(palette.channels, palette.ramp(6))]
    assert light == sorted(light, reverse=True)
