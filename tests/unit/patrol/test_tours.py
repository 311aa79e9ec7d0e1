"""Order and choice of stops by property tests, and what sending somebody to a case costs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.geo.crs import Metric
from app.patrol.dispatch.weighing import weighed
from app.patrol.tours import telling
from app.patrol.tours.choosing import choose, used
from app.patrol.tours.day import Day, Site, prizes, worked_out
from app.patrol.tours.ordering import cycle, length, path
from app.patrol.tours.settings import ON_FOOT
from app.patrol.tours.tour import Stop
from app.patrol.walking import over, straight
from tests.street_grid import network

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)


def walk_of(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    return straight(1.0, 1.0).seconds(x, y)


@st.composite
def tasks(draw: st.DrawFn) -> tuple[np.ndarray, ...]:
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    n, k = draw(st.integers(0, 30)), draw(st.integers(1, 3))
    x, y = rng.uniform(0, 1000, (2, n + 2 * k))
    if draw(st.booleans()):
        x, y = np.round(x / 100) * 100, np.round(y / 100) * 100  # ties and places twice
    owner = rng.integers(-1, k, n)
    budget = np.full(k, 1500.0) + rng.uniform(0, 3000, k)
    return walk_of(x, y), rng.uniform(0, 120, n), rng.lognormal(0, 1, n), budget, rng.random(n) < 0.2, owner


@given(task=tasks())
@settings(max_examples=60)
def test_tours_keep_to_time_and_owners_and_visit_no_place_twice(task: tuple[np.ndarray, ...]) -> None:
    walk, stay, prize, budget, must, owner = task
    found = choose(walk, stay, prize, budget, must, owner, steps=300)
    every = np.concatenate(found.tours)
    assert len(set(every.tolist())) == len(every)
    assert (found.used_s <= budget + 1e-6).all()
    assert found.used_s == pytest.approx(used(walk, stay, list(found.tours)))
    for member, tour in enumerate(found.tours):
        assert ((owner[tour] == -1) | (owner[tour] == member)).all()
    assert set(every[must[every]].tolist()) | set(found.left.tolist()) == set(np.flatnonzero(must).tolist())
    assert not set(every.tolist()) & set(found.left.tolist())
    again = choose(walk, stay, prize, budget, must, owner, steps=300)
    assert [tour.tolist() for tour in again.tours] == [tour.tolist() for tour in found.tours]


def test_everything_is_visited_where_there_is_time_and_musts_where_there_is_little() -> None:
    x, y = np.append(100.0 * np.arange(10), (0.0, 0.0)), np.zeros(12)
    walk = walk_of(x, y)
    plenty = choose(walk, np.full(10, 60.0), np.ones(10), [1800.0 + 601.0])
    assert sorted(plenty.tours[0].tolist()) == list(range(10))
    must = np.arange(10) == 9
    little = choose(walk, np.full(10, 60.0), np.where(must, 0.0, 9.0), [1900.0], must)
    assert 9 in little.tours[0].tolist()
    assert len(little.left) == 0
    none = choose(walk, np.full(10, 60.0), np.ones(10), [1800.0], must)
    assert none.left.tolist() == [9]
    assert len(none.tours[0]) > 0


@given(seed=st.integers(0, 10_000), n=st.integers(1, 7))
@settings(max_examples=40)
def test_an_order_is_a_permutation_that_keeps_its_ends_and_none_is_shorter(seed: int, n: int) -> None:
    x, y = np.random.default_rng(seed).uniform(0, 1000, (2, n))
    walk = walk_of(x, y)
    order = path(walk)
    assert sorted(order.tolist()) == list(range(n))
    assert (order[0], order[-1]) == (0, n - 1)
    best = min(
        length(walk, np.array([0, *middle, n - 1][:n] if n > 1 else [0]))
        for middle in permutations(range(1, n - 1))
    )
    assert length(walk, order) <= best * 1.001 + 0.1
    tour = cycle(walk)
    assert sorted(tour.tolist()) == list(range(n))
    assert tour[0] == 0


def test_a_prize_grows_with_time_up_to_what_is_reported() -> None:
    worth = prizes(np.array([90, 90, 90, 0]), np.array([0.0, 8.0, np.nan, np.nan]), ON_FOOT)
    assert worth[0] == 0.0
    assert worth[1] == pytest.approx(90.5 / 90 * (1 - np.exp(-1)))
    assert worth[2] == pytest.approx(90.5 / 90)
    assert worth[3] == pytest.approx(0.5 / 90)


def test_reasons_are_told_in_both_languages() -> None:
    assert telling.of_prize(6.24, 9.0, 3.0) == (
        "距上次巡查 6.2 小时，需求高",
        "6.2 h since the last visit, high demand",
    )
    assert telling.of_prize(None, 3.0, 3.0) == ("尚无巡查记录，需求中等", "no visit on record, medium demand")
    assert telling.of_case("K", "accepted", None, NOW)[0] == "必到：核实案件 K"


def site(x: float, y: float, **more: object) -> Site:
    said = {"cell_id": 1, "number": 1, "code": f"{x:.0f}-{y:.0f}", "kind": "prize", "stay_s": 60.0, "prize": 1.0,
            "must": False, "reason": ("因", "why")} | more  # fmt: skip
    return Site(x=450_000.0 + x, y=4_420_000.0 + y, **said)  # type: ignore[arg-type]


def test_a_break_lies_half_way_and_nothing_overlaps() -> None:
    start, finish = (450_000.0, 4_420_000.0), (453_900.0, 4_420_000.0)  # one way is shortest: no leg is long
    day = Day(
        sites=[site(100.0 * k, 0.0) for k in range(40)], begin=NOW, end=NOW + timedelta(hours=4), start=start, finish=finish,
        walking=straight(), settings=ON_FOOT, break_at=NOW + timedelta(hours=1),
    )  # fmt: skip
    done = worked_out(day, Metric(4548))
    assert [stop.kind for stop in done.stops].count("break") == 1
    for one, following in zip(done.stops, done.stops[1:], strict=False):
        assert following.arrive >= one.arrive + timedelta(seconds=one.stay_s - 1)
    rest = next(stop for stop in done.stops if stop.kind == "break")
    assert NOW + timedelta(hours=1) <= rest.arrive <= NOW + timedelta(hours=1, minutes=15)
    assert done.figures["over_minutes"] == 0.0


def test_a_case_pushes_out_what_is_worth_least() -> None:
    def stop(code: str, kind: str, worth: float) -> Stop:
        return Stop(cell_id=1, number=1, code=code, kind=kind, arrive=NOW, stay_s=60.0, reason_zh="", reason_en="",
                    worth=worth, x=0.0, y=0.0)  # fmt: skip

    rest = [stop("a", "prize", 3.0), stop("b", "prize", 1.0), stop("c", "must", 0.0)]
    places = [(100.0, 0.0), (200.0, 0.0), (300.0, 0.0)]

    def load(minutes: float) -> tuple[tuple[str, ...], bool]:
        found = weighed(rest, places, (0.0, 0.0), (300.0, 0.0), (0.0, 0.0), 600.0, NOW,
                        NOW + timedelta(minutes=minutes), straight(1.0, 1.0))  # fmt: skip
        assert (found.stops, found.musts) == (3, 1)
        return found.unvisited, found.over_s > 0

    assert load(18.0) == ((), False)  # 300 s to walk, 180 s there, 600 s for the case
    assert load(17.0) == (("b",), False)
    assert load(16.0) == (("b", "a"), False)
    assert load(15.0) == (("b", "a"), True)  # musts are never pushed out: the overrun is said


@given(seed=st.integers(0, 10_000), n=st.integers(1, 20))
@settings(max_examples=40)
def test_ways_along_streets_are_symmetrical_and_no_shorter_than_straight(seed: int, n: int) -> None:
    x, y = np.random.default_rng(seed).uniform(-50, 450, (2, n))
    streets = network()
    metres = streets.metres(x, y)
    assert (metres == metres.T).all()
    assert (np.diag(metres) == 0).all()
    assert (metres >= np.hypot(x[:, None] - x, y[:, None] - y) - 1e-6).all()
    walking = over(streets)
    assert walking.seconds_between(x, y, x[0], y[0]) == pytest.approx(walking.seconds(x, y)[:, 0])


def test_the_detour_of_a_grid_is_measured() -> None:
    assert network(20, 20, 100.0).detour() == pytest.approx(
        1.29, abs=0.05
    )  # 4/pi is the mean over all directions
