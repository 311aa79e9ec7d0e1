"""The parts of a shift that somebody is there for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.patrol.tours.attending import LEAST, present
from app.teams.plans.plan import Absence

START = datetime(2026, 11, 24, 8, tzinfo=UTC)
HOUR = timedelta(hours=1)


def away(*spans: tuple[float, float | None]) -> list[Absence]:
    return [
        Absence(id=n, member="m", start=START + a * HOUR, end=None if b is None else START + b * HOUR)
        for n, (a, b) in enumerate(spans)
    ]


@pytest.mark.parametrize(
    ("absences", "left"),
    [
        ([], [(0, 8)]),
        ([(-5, 20)], []),
        ([(2, None)], [(0, 2)]),
        ([(-1, 3)], [(3, 8)]),
        ([(3, 4), (1, 2)], [(0, 1), (2, 3), (4, 8)]),
        ([(-9, -1), (8, 9)], [(0, 8)]),
        ([(0.1, 7.9)], []),  # what is left isn't worth a tour
        ([(0, None), (3, 4)], []),
    ],
)
def test_parts_of_a_shift(
    absences: list[tuple[float, float | None]], left: list[tuple[float, float]]
) -> None:
    found = present(START, START + 8 * HOUR, away(*absences))
    assert found == [(START + a * HOUR, START + b * HOUR) for a, b in left]


@given(st.lists(st.tuples(st.integers(-100, 600), st.integers(1, 300)), max_size=6))
def test_nobody_is_planned_for_while_away(minutes: list[tuple[int, int]]) -> None:
    absences = away(*((a / 60, (a + long) / 60) for a, long in minutes))
    found = present(START, START + 8 * HOUR, absences)
    assert found == sorted(found)
    for start, end in found:
        assert START <= start < end <= START + 8 * HOUR
        assert end - start >= LEAST
        assert all(one.end is None or one.end <= start or one.start >= end for one in absences)
