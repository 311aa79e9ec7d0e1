"""The kernel surface against exact sums of Gaussians, and its mass."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.density.kernel import Surface, surface


def exact(x: np.ndarray, y: np.ndarray, at_x: float, at_y: float, h: float) -> float:
    """Incidents per km2 at a place: the formula itself, summed over every incident."""
    squared = (x - at_x) ** 2 + (y - at_y) ** 2
    return float(np.exp(-squared / (2 * h * h)).sum() / (2 * np.pi * h * h) * 1e6)


def places(made: Surface, rows: list[int], columns: list[int]) -> list[tuple[float, float, float]]:
    return [
        (made.x0 + (c + 0.5) * made.step_m, made.y0 + (r + 0.5) * made.step_m, float(made.values[r, c]))
        for r, c in zip(rows, columns, strict=True)
    ]


@pytest.mark.parametrize("bandwidth", [150.0, 500.0, 1200.0])
def test_it_is_the_sum_of_gaussians(bandwidth: float) -> None:
    generator = np.random.default_rng(3)
    x = 450_000 + generator.normal(0, 2_000, 5_000)
    y = 4_420_000 + generator.normal(0, 3_000, 5_000)
    made = surface(x, y, bandwidth)
    assert made is not None
    peak = np.unravel_index(int(made.values.argmax()), made.values.shape)
    rows = [int(peak[0]), made.values.shape[0] // 2, made.values.shape[0] // 3]
    columns = [int(peak[1]), made.values.shape[1] // 2, made.values.shape[1] // 2]
    for at_x, at_y, value in places(made, rows, columns):
        truth = exact(x, y, at_x, at_y, bandwidth)
        assert value == pytest.approx(truth, rel=0.01, abs=0.001 * float(made.values.max()))


@given(
    st.lists(
        st.tuples(st.floats(440_000, 450_000), st.floats(4_410_000, 4_420_000)), min_size=1, max_size=30
    ),
    st.sampled_from([200.0, 700.0]),
)
@settings(max_examples=30, deadline=None)
def test_no_incident_is_lost(points: list[tuple[float, float]], bandwidth: float) -> None:
    x, y = np.array(points).T
    made = surface(x, y, bandwidth)
    assert made is not None
    mass = made.values.sum() * made.step_m**2 / 1e6
    assert mass == pytest.approx(len(points), rel=1e-9)


def test_bounds_hold_the_incidents_with_four_bandwidths_around() -> None:
    made = surface(np.array([450_010.0]), np.array([4_420_010.0]), 500.0)
    assert made is not None
    west, south, east, north = made.bounds
    assert west <= 450_010 - 2_000
    assert south <= 4_420_010 - 2_000
    assert east >= 450_010 + 2_000
    assert north >= 4_420_010 + 2_000
    assert made.values.max() == pytest.approx(1e6 / (2 * np.pi * 500**2), rel=0.01)


def test_no_incident_no_surface() -> None:
    assert surface(np.empty(0), np.empty(0), 500.0) is None
