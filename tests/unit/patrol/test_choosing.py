"""Made-up fixes, breaks, and two phones of one member: which fixes count."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.geo.locator import Locator
from app.patrol.reduction.choosing import choose
from app.patrol.reduction.reach import Reach
from app.patrol.reduction.shift import Reduced, reduce_shift
from app.patrol.rules import ON_FOOT

CELLS = np.array([shapely.box(100 * k, 0, 100 * k + 100, 100) for k in range(20)])
LOCATOR, REACH = Locator.build(CELLS), Reach(CELLS)


def walked(t: np.ndarray, speed: float = 1.2) -> tuple[np.ndarray, np.ndarray]:
    return 50 + speed * t, np.full(len(t), 50.0)


def reduced(t: np.ndarray, x: np.ndarray, y: np.ndarray, end: float, **more: Any) -> Reduced:
    return reduce_shift(
        x, y, t, np.full(len(t), 10.0), start=0.0, end=end, beat=np.arange(20, dtype=np.int32),
        locator=LOCATOR, reach=REACH, rules=ON_FOOT, **more,
    )  # fmt: skip


def two_phones(gap: tuple[float, float] = (300.0, 480.0)) -> tuple[np.ndarray, ...]:
    """Phone 0 every 5 s but for a gap; phone 1 every 7 s, 15 m beside it."""
    first = np.arange(0.0, 900.0, 5.0)
    first = first[(first <= gap[0]) | (first >= gap[1])]
    second = np.arange(1.0, 900.0, 7.0)
    t = np.concatenate((first, second))
    x, y = walked(t)
    device = np.repeat([0, 1], (len(first), len(second)))
    return t, x, y + 15.0 * device, device


def test_the_phone_with_more_fixes_leads_and_the_other_fills_its_gaps() -> None:
    t, x, y, device = two_phones()
    kept, dropped = choose(x, y, t, np.full(len(t), 10.0), ON_FOOT, None, device)
    assert (device[kept] == 0).sum() == (device == 0).sum()
    filling = t[kept][device[kept] == 1]
    assert filling.min() > 300
    assert filling.max() < 480
    assert len(filling) == ((t > 300) & (t < 480) & (device == 1)).sum()
    assert len(kept) + len(dropped["second-device"]) == len(t)


def test_two_phones_make_no_jumps_and_no_gap() -> None:
    t, x, y, device = two_phones()
    both = reduced(t, x, y, 900.0, device=device)
    assert both.cleaned.counts().keys() == {"second-device"}
    assert not [gap for gap in both.gaps if gap.start > 0 and gap.end < 890]
    alone = reduced(t[device == 0], x[device == 0], y[device == 0], 900.0)
    assert [gap for gap in alone.gaps if gap.start == 300]


def test_a_phone_left_on_a_desk_is_no_witness() -> None:
    t, x, y, device = two_phones()
    x = np.where(device == 1, 1900.0, x)
    kept, dropped = choose(x, y, t, np.full(len(t), 10.0), ON_FOOT, None, device)
    assert (device[kept] == 0).all()
    assert len(dropped["second-device"]) == (device == 1).sum()


def test_a_phone_without_usable_fixes_never_leads() -> None:
    t, x, y, device = two_phones()
    accuracy = np.where(device == 0, 80.0, 10.0)
    kept, _ = choose(x, y, t, accuracy, ON_FOOT, None, device)
    assert (device[kept] == 1).all()


def test_of_equal_phones_the_first_by_name_leads() -> None:
    t = np.tile(np.arange(0.0, 100.0, 5.0), 2)
    x, y = walked(t)
    kept, _ = choose(x, y, t, np.full(len(t), np.nan), ON_FOOT, None, np.repeat([1, 0], 20))
    assert kept.min() == 20


@given(st.randoms(use_true_random=False))
def test_the_order_of_fixes_does_not_matter(random: object) -> None:
    t, x, y, device = two_phones()
    order = np.arange(len(t))
    random.shuffle(order)  # type: ignore[attr-defined]
    accuracy = 10.0 + t % 3
    kept, _ = choose(x, y, t, accuracy, ON_FOOT, t % 11 == 0, device, [(600.0, 700.0)])
    again, _ = choose(
        x[order], y[order], t[order], accuracy[order], ON_FOOT, t[order] % 11 == 0, device[order], [(600.0, 700.0)]
    )  # fmt: skip
    assert sorted(order[again]) == kept.tolist()


def test_made_up_fixes_are_dropped_and_told() -> None:
    t = np.arange(0.0, 600.0, 5.0)
    x, y = walked(t)
    mock = (t >= 200) & (t < 400)
    found = reduced(t, np.where(mock, 1900.0, x), y, 600.0, mock=mock)
    assert found.cleaned.counts() == {"mock": 40}
    assert [(gap.start, gap.end) for gap in found.gaps] == [(195.0, 400.0)]


def test_a_break_is_neither_duty_nor_gap() -> None:
    t = np.arange(0.0, 1200.0, 5.0)
    t = t[(t < 400) | (t >= 800)]
    x, y = walked(t)
    found = reduced(t, x, y, 1200.0, pauses=[(400.0, 800.0)])
    assert not found.gaps
    assert found.track.tracked_s == 395 + 395
    assert reduced(t, x, y, 1200.0).gaps


def test_a_short_break_cuts_the_track_too() -> None:
    t = np.arange(0.0, 300.0, 5.0)
    x, y = walked(t)
    found = reduced(t, x, y, 300.0, pauses=[(101.0, 124.0)])
    assert found.cleaned.counts() == {"paused": 4}
    assert found.track.tracked_s == 295 - 25


@pytest.mark.parametrize(
    ("pauses", "gaps"),
    [
        ([(300.0, 400.0)], [(100, 300), (400, 700)]),
        ([(100.0, 400.0)], [(400, 700)]),
        ([(200.0, 300.0), (400.0, 500.0)], [(100, 200), (300, 400), (500, 700)]),
        ([(50.0, 2000.0)], []),
    ],
)
def test_gaps_are_cut_at_breaks(pauses: list[tuple[float, float]], gaps: list[tuple[float, float]]) -> None:
    t = np.concatenate((np.arange(0.0, 101.0, 5.0), np.arange(700.0, 801.0, 5.0)))
    if pauses == [(50.0, 2000.0)]:
        t = t[t < 50]
    x, y = walked(t, 0.5)
    found = reduced(t, x, y, 801.0, pauses=pauses)
    assert [(gap.start, gap.end) for gap in found.gaps] == gaps
    rules = replace(ON_FOOT)
    for gap in found.gaps:  # where one side of a break is unknown, more is within reach than with both
        middle = REACH.between((100.0, 50.0), (400.0, 50.0), 1.0, rules)
        assert len(gap.cells) >= len(middle)


def test_evidence_of_visits() -> None:
    t = np.arange(0.0, 400.0, 5.0)
    x, y = walked(t)
    found = reduced(t, x, y, 400.0)
    assert found.evidence.fixes.sum() == len(t)
    assert found.evidence.accuracy.tolist() == [10.0] * len(found.evidence.fixes)
    cells = found.presence.cell[np.flatnonzero(np.diff(found.visit, prepend=-1))]
    counted = np.bincount((found.track.x // 100).astype(int))
    assert found.evidence.fixes.tolist() == counted[cells].tolist()
