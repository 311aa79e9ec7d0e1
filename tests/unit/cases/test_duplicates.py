"""Duplicates: near, alike, at the same time; never what is far, old, or of another kind."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.cases.duplicates import LIKELY, REACH_M, Told, alike, category_share, likely

NOON = datetime(2026, 1, 5, 4, 0, tzinfo=UTC)
RUBBISH = ("event:0102", "event:01")
SIGN = ("event:0107", "event:01")
NOISE = ("social:05",)


def told(x: float = 0, y: float = 0, **more: Any) -> Told:
    return Told(**({"x": x, "y": y, "lineage": RUBBISH, "at": NOON, "text": "三号楼门口有一堆垃圾"} | more))


def test_the_same_again_scores_one() -> None:
    found = alike(told(), told(number="A"))
    assert found is not None
    assert (found.score, found.distance_m, found.number) == (1.0, 0.0, "A")
    assert "same category" in found.reasons


@pytest.mark.parametrize(
    "other",
    [
        told(REACH_M + 0.1),
        told(at=NOON - timedelta(days=15)),
        told(lineage=NOISE),
    ],
)
def test_too_far_too_long_ago_or_another_kind_is_no_duplicate(other: Told) -> None:
    assert alike(told(), other) is None


def test_each_part_lowers_the_score() -> None:
    whole = alike(told(), told())
    assert whole is not None
    for other in (told(60, 0), told(lineage=SIGN), told(at=NOON - timedelta(days=3)), told(text="路灯不亮")):
        less = alike(told(), other)
        assert less is not None
        assert less.score < whole.score


def test_words_in_another_order_are_the_same_words() -> None:
    found = alike(told(text="garbage heap at gate 3"), told(text="at gate 3 garbage heap"))
    assert found is not None
    assert found.score == 1.0


def test_without_words_the_rest_decides() -> None:
    found = alike(told(text=""), told())
    assert found is not None
    assert found.score == 1.0


def test_the_likeliest_first_and_the_unlikely_not_at_all() -> None:
    others = [
        told(100, 0, number="far", lineage=SIGN, text="x"),
        told(20, 0, number="near"),
        told(0, 0, number="here"),
    ]
    found = likely(told(), others)
    assert [one.number for one in found] == ["here", "near"]
    assert all(one.score >= LIKELY for one in found)


def test_categories_share_a_branch_or_nothing() -> None:
    assert category_share(RUBBISH, ("event:01",)) == 0.5
    assert category_share((), ()) == 1.0
