"""Outlines on the wire: neighbours stay neighbours, and who owns which cell can be told from runs."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.maps import outlines


def wavy(points: int = 400) -> np.ndarray:
    """Two areas with one wavy border between them."""
    y = np.linspace(0, 4_000, points)
    border = list(zip(2_000 + 1.5 * np.sin(y / 40), y, strict=True))
    west = shapely.Polygon([(0, 0), *border, (0, 4_000)])
    east = shapely.Polygon([(4_000, 0), *border, (4_000, 4_000)])
    return np.array([west, east])


def test_shared_borders_stay_shared() -> None:
    before = wavy()
    after = outlines.simplified(before)
    assert shapely.coverage_is_valid(after)
    assert shapely.get_num_coordinates(after).sum() < shapely.get_num_coordinates(before).sum() / 4
    assert shapely.hausdorff_distance(before[0], after[0]) < 2 * outlines.TOLERANCE_M


def test_overlapping_areas_are_simplified_all_the_same() -> None:
    overlapping = np.array([shapely.box(0, 0, 100, 100), shapely.box(50, 0, 150, 100)])
    assert shapely.area(outlines.simplified(overlapping)).tolist() == [10_000, 10_000]


@given(st.lists(st.integers(0, 5), max_size=60))
def test_runs_tell_every_cells_parent(parents: list[int]) -> None:
    made = outlines.runs(np.array(parents, dtype=np.int64))
    assert [parent for parent, length in made for _ in range(length)] == parents
    assert all(a[0] != b[0] for a, b in itertools.pairwise(made))


def test_coordinates_are_short() -> None:
    geometry = shapely.geometry.mapping(shapely.Point(116.123456789, 39.987654321))
    assert outlines.rounded(geometry)["coordinates"] == [
        pytest.approx(116.12346, abs=1e-12),
        pytest.approx(39.98765, abs=1e-12),
    ]
