"""Visits, shifts from tracks, periods: small rules, one by one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from app.patrol.coverage.periods import BadPeriod, parse_window, slots
from app.patrol.intake.recorded import track_shifts
from app.patrol.reduction.shift import Presence, visit_numbers

MINUTE = 60_000_000
DAY = datetime(2026, 3, 2, tzinfo=UTC)


def test_visits_are_joined_over_short_absences() -> None:
    presence = Presence(
        np.array([0, 0, 0, 3], np.int32),
        np.array([0.0, 119, 250, 251]),
        np.array([10.0, 130, 260, 261]),
        np.zeros(4, bool),
        np.zeros(4, bool),
    )
    assert visit_numbers(presence, 120).tolist() == [0, 0, 1, 2]


def test_shifts_from_tracks_end_with_a_long_silence() -> None:
    times = np.array([0, 10, 41, 100, 131]) * MINUTE
    assert track_shifts(times, [], []) == [
        (0, 10 * MINUTE),
        (41 * MINUTE,) * 2,
        (100 * MINUTE,) * 2,
        (131 * MINUTE,) * 2,
    ]
    assert track_shifts(times, [], [], apart=31 * MINUTE) == [(0, 41 * MINUTE), (100 * MINUTE, 131 * MINUTE)]


def test_shifts_from_tracks_keep_clear_of_the_roster() -> None:
    times = np.array([0, 5, 10, 15, 20, 25]) * MINUTE
    roster = [(9 * MINUTE, 20 * MINUTE)]
    assert track_shifts(times, roster, []) == [(0, 5 * MINUTE), (20 * MINUTE, 25 * MINUTE)]


@pytest.mark.parametrize("seed", range(5))
def test_shifts_from_tracks_are_the_same_in_any_batches(seed: int) -> None:
    rng = np.random.default_rng(seed)
    times = np.sort(rng.choice(np.arange(0, 2000), 60, replace=False)) * MINUTE
    roster = [(500 * MINUTE, 700 * MINUTE)]
    whole = track_shifts(times, roster, [])
    known: list[tuple[int, int]] = []
    for part in np.array_split(rng.permutation(times), 4):
        known = track_shifts(part, roster, known)
    assert known == whole


def test_windows() -> None:
    assert parse_window("4h") == timedelta(hours=4)
    assert parse_window(" 90 m ") == timedelta(minutes=90)
    starts, ends = slots(DAY, DAY + timedelta(hours=10), timedelta(hours=4))
    assert [(e - s) / timedelta(hours=1) for s, e in zip(starts, ends, strict=True)] == [10, 4, 4]
    with pytest.raises(BadPeriod, match="4h"):
        parse_window("four hours")
    with pytest.raises(BadPeriod):
        slots(DAY, DAY, None)
    with pytest.raises(BadPeriod):
        slots(DAY, DAY + timedelta(hours=1), timedelta(hours=2))
