"""Coverage and idleness, worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.patrol.coverage.idleness import idleness, revisits
from app.patrol.coverage.states import (
    MISSED,
    NOT_OWED,
    NOTHING,
    PATROLLED,
    UNKNOWN,
    close,
    judge,
    measure,
)
from app.patrol.rules import ON_FOOT


def test_states() -> None:
    dwell = np.array([25.0, 14.9, 14.9, 500.0, 0.0])
    reachable = np.array([True, True, False, False, True])
    owed = np.array([True, True, True, False, False])
    assert judge(dwell, reachable, owed, ON_FOOT).tolist() == [
        PATROLLED,
        UNKNOWN,
        MISSED,
        NOT_OWED,
        NOT_OWED,
    ]


@pytest.mark.parametrize(
    ("dwell", "state"),
    [
        (25.0, PATROLLED),
        (25.0 - 1e-7, PATROLLED),  # times are stored to the microsecond
        (24.9, UNKNOWN),
        (20.0, UNKNOWN),
        (15.0, UNKNOWN),
        (14.9, MISSED),
    ],
)
def test_near_the_threshold_it_is_unknown(dwell: float, state: int) -> None:
    """20 s, give or take 5; a presence (现场记录) settles it."""
    one, nowhere = np.array([dwell]), np.array([False])
    assert judge(one, nowhere, ~nowhere, ON_FOOT).tolist() == [state]
    assert close(one, ON_FOOT).tolist() == [state == UNKNOWN]
    assert judge(one, nowhere, ~nowhere, ON_FOOT, ~nowhere).tolist() == [PATROLLED]


def test_the_interval_by_count_and_by_demand() -> None:
    state = np.array([PATROLLED, UNKNOWN, MISSED, MISSED, NOT_OWED], np.int8)
    covered = measure(state, np.array([6.0, 3.0, 1.0, 0.0, 90.0]))
    assert (covered.cells, covered.missed) == (4, 2)
    assert covered.interval == (0.25, 0.5)
    assert covered.demand_interval == (0.6, 0.9)
    twice = covered + covered
    assert (twice.cells, twice.interval) == (8, (0.25, 0.5))
    assert NOTHING.interval is None


def test_idleness_by_hand() -> None:
    """Cell 0: visits at 10 and 40 of 100 s. Cell 1: none. Cell 2: last visit 20 s before, then at 60 s."""
    idle = idleness(
        np.array([0, 2, 0], np.int32),
        np.array([40.0, 60.0, 10.0]),
        np.array([np.nan, np.nan, -20.0]),
        0.0,
        100.0,
    )
    assert idle.mean == pytest.approx([(10**2 + 30**2 + 60**2) / 200, 50, ((80**2 - 20**2) + 40**2) / 200])
    assert idle.worst.tolist() == [60, 100, 80]
    assert idle.network(np.array([True, True, False]), np.array([1.0, 3, 9])) == (
        pytest.approx((23 + 150) / 4),
        100,
    )
    assert idle.network(np.zeros(3, bool), np.ones(3)) == (None, None)


@given(st.lists(st.floats(0, 99), max_size=6), st.one_of(st.none(), st.floats(-200, -1)))
def test_idleness_is_the_time_average(at: list[float], before: float | None) -> None:
    """Against the definition, summed over small steps: I(t) = t - last visit, or since the window's start."""
    known = np.array([np.nan if before is None else before])
    idle = idleness(np.zeros(len(at), np.int32), np.array(at, float), known, 0.0, 100.0)
    moments = np.arange(0.05, 100, 0.1)
    visits = np.array([before or 0.0, *at])
    last = np.array([visits[visits <= moment].max() for moment in moments])
    assert idle.mean[0] == pytest.approx((moments - last).mean(), abs=0.8)


def test_revisits_go_from_start_to_start() -> None:
    assert revisits(np.array([1, 0, 1, 1], np.int32), np.array([50.0, 5, 10, 20])).tolist() == [10, 30]
