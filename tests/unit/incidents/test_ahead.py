"""Items made ahead come in order, errors where they happened, and nothing goes on after the last is wanted."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.incidents.ahead import DEPTH, ahead


def test_items_come_in_order_none_is_lost() -> None:
    assert list(ahead(iter(range(50)))) == list(range(50))
    assert list(ahead(iter([]))) == []


def test_an_error_comes_after_the_items_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise ValueError("row 3")

    got: list[int] = []
    with pytest.raises(ValueError, match="row 3"):
        got.extend(ahead(items()))
    assert got == [1, 2]


def test_whoever_stops_early_stops_the_work() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for number in range(1_000):
            made.append(number)
            yield number

    for number in ahead(items()):
        if number == 5:
            break
    assert len(made) <= 5 + 2 + DEPTH
