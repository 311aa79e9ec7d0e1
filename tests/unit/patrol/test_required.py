"""Visits owed by level and shift, presences among visits, series by the clock, and a cell that lies apart."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely

from app.areas.ground import Ground
from app.patrol.coverage.periods import BadPeriod, series
from app.patrol.coverage.required import counted, judged, shifts_of_the_day, with_presences
from app.patrol.coverage.states import MISSED, PATROLLED, UNKNOWN, judge
from app.patrol.reduction.reach import Reach
from app.patrol.reduction.shift import reduce_shift
from app.patrol.rules import ON_FOOT

DAY = datetime(2026, 3, 2, tzinfo=UTC)
BEIJING = ZoneInfo("Asia/Shanghai")


def h(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


def test_members_on_duty_together_are_one_shift_of_the_day() -> None:
    early, late = [(h(7.5), h(14.5))] * 3, [(h(14), h(21))] * 3
    phone = [(h(7.6), h(14.2)), (h(7.3), h(11))]  # a little late, a little early and gone at noon
    assert shifts_of_the_day([*late, *early, *phone]) == [(h(7.3), h(14.5)), (h(14), h(21))]
    assert shifts_of_the_day([]) == []


def test_what_became_of_each_pair_of_shift_and_cell() -> None:
    cell, at = np.array([0, 0, 1, 2, 2], np.int32), np.array([10.0, 50, 60, 99, 100])
    visits = counted(cell, at, [(0, 100), (100, 200)], 5)
    assert visits.tolist() == [[2, 1, 1, 0, 0], [0, 0, 1, 0, 0]]
    possible = np.array([[0, 1, 0, 0, 0], [0, 0, 0, 9, 0]])
    owed = np.array([2, 2, 2, 1, 0])
    became = judged(visits, possible, owed, np.array([False, True]))
    told = np.full((2, 5), "-", object)
    for name, mask in became.items():
        assert (told[mask] == "-").all()  # each pair is one of them
        told[mask] = name
    assert told.tolist() == [["met", "unknown", "unmet", "unmet", "-"], ["open", "open", "open", "open", "-"]]


def test_a_presence_within_a_visit_is_no_second_visit() -> None:
    visits = np.array([3], np.int32), np.array([100.0]), np.array([200.0])
    presences = np.array([[3, 1, 150.0], [3, 1, 310.0], [3, 2, 330.0], [4, 1, 150.0], [3, 1, 600.0]])
    cell, at = with_presences(visits, presences, 120.0)
    # 310 and 330 lie within two minutes of the visit's end or of each other; 600 doesn't
    assert sorted(zip(cell.tolist(), at.tolist(), strict=True)) == [(3, 100.0), (3, 600.0), (4, 150.0)]
    cell, at = with_presences((visits[0][:0], visits[1][:0], visits[2][:0]), presences[:0], 120.0)
    assert (len(cell), len(at)) == (0, 0)


def test_a_presence_makes_a_cell_patrolled_without_dwell() -> None:
    state = judge(
        np.array([0.0, 0.0, 25.0]),
        np.array([True, True, False]),
        np.ones(3, bool),
        ON_FOOT,
        np.array([True, False, False]),
    )
    assert state.tolist() == [PATROLLED, UNKNOWN, PATROLLED]


@pytest.mark.parametrize(("by", "spans"), [("hour", 26), ("day", 3), ("week", 2)])
def test_a_series_goes_by_the_citys_clock(by: str, spans: int) -> None:
    start = datetime(2026, 3, 7, 23, 30, tzinfo=BEIJING)  # a Saturday
    end = start + timedelta(hours=25)
    starts, ends = series(start, end, by, BEIJING)
    assert (len(starts), starts[0], ends[-1]) == (spans, start, end)
    assert all(a == b for a, b in zip(ends, starts[1:], strict=False))
    inner = [moment.astimezone(BEIJING) for moment in starts[1:]]
    assert all(moment.minute == 0 and (by == "hour" or moment.hour == 0) for moment in inner)
    assert by != "week" or inner[0].weekday() == 0


def test_a_day_of_23_hours_is_one_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start = datetime(2026, 3, 29, tzinfo=berlin)
    days = series(start, datetime(2026, 3, 31, tzinfo=berlin), "day", berlin)
    assert [
        (b - a) / timedelta(hours=1) for a, b in zip(*(map(_utc, side) for side in days), strict=True)
    ] == [23, 24]
    hours = series(start, datetime(2026, 3, 30, tzinfo=berlin), "hour", berlin)[0]
    assert len(hours) == 23
    assert {b - a for a, b in pairwise(map(_utc, hours))} == {timedelta(hours=1)}


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


def test_no_series_and_too_long_a_series() -> None:
    assert series(DAY, h(5), None, BEIJING) == ([], [])
    with pytest.raises(BadPeriod):
        series(DAY, DAY + timedelta(days=200), "hour", BEIJING)
    with pytest.raises(BadPeriod):
        series(DAY, h(5), "minute", BEIJING)


def test_a_cell_400_m_apart_is_as_good_as_any() -> None:
    """Three cells in a row, and one by itself 400 m to the east: an exclave. Code order isn't the order on the ground."""
    places = {"a": 700, "b": 0, "c": 100, "d": 200}
    ground = Ground.of(
        range(1, 5), list(places), ["x"] * 4, [shapely.box(x, 0, x + 100, 100) for x in places.values()]
    )
    reach = Reach(ground.polygons)

    def states(x: list[float], t: list[float], end: float) -> list[int]:
        reduced = reduce_shift(
            np.interp(np.arange(t[0], t[-1] + 1, 5.0), t, x) if len(t) > 1 else np.array(x),
            np.full(len(np.arange(t[0], t[-1] + 1, 5.0)), 50.0), np.arange(t[0], t[-1] + 1, 5.0),
            np.full(len(np.arange(t[0], t[-1] + 1, 5.0)), 8.0),
            start=t[0], end=end, beat=np.arange(4, dtype=np.int32), locator=ground.locator, reach=reach, rules=ON_FOOT,
        )  # fmt: skip
        reachable = np.zeros(4, bool)
        for gap in reduced.gaps:
            reachable[gap.cells] = True
        return judge(reduced.presence.dwell(4), reachable, np.ones(4, bool), ON_FOOT).tolist()

    # out to the exclave, standing there for a minute: patrolled like the cells on the way, and the ground between counts nowhere
    assert states([50, 250, 750, 750], [0, 170, 590, 650], 650) == [
        PATROLLED,
        PATROLLED,
        PATROLLED,
        PATROLLED,
    ]
    # an open end of five minutes from the row's east end: 1.8 x 280 = 504 m reach the exclave, 450 m away
    assert states([250, 250], [0, 60], 360) == [UNKNOWN, UNKNOWN, UNKNOWN, PATROLLED]
    # four minutes don't: 396 m
    assert states([250, 250], [0, 60], 300) == [MISSED, UNKNOWN, UNKNOWN, PATROLLED]
