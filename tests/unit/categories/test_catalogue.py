"""Looking up categories and limits, and the tree they stand in."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.categories.catalogue import Catalogue, Category, Limit, Stage, UnknownCategory, as_stage, lineages
from app.core.errors import BadInput


def category(number: int, *lineage: str) -> Category:
    scheme, code = lineage[0].split(":")
    return Category(
        id=number, scheme=scheme, code=code, lineage=lineage, kind="event", name_zh=code, name_en=code, source="test"
    )  # fmt: skip


GROUP, RUBBISH = category(1, "event:01"), category(2, "event:0102", "event:01")
OTHER = category(3, "event:0501", "event:05")


def limit(amount: int, stage: Stage = "handle") -> Limit:
    return Limit(Decimal(amount), "working_hour", stage, "test")


CATALOGUE = Catalogue(
    categories={one.key: one for one in (GROUP, RUBBISH, OTHER)},
    limits={
        ("event:0102", 2, "handle"): limit(1),
        ("event:0102", 0, "handle"): limit(2),
        ("event:01", 1, "handle"): limit(3),
        ("", 1, "handle"): limit(4),
        ("", 0, "handle"): limit(5),
    },
    classes={"street": 3, "district": 2},
)


@pytest.mark.parametrize(
    ("asked", "of_class", "amount"),
    [
        (RUBBISH, 2, 1),  # its own, for the class
        (RUBBISH, 1, 2),  # its own for any class comes before its parent's for the class
        (GROUP, 1, 3),
        (GROUP, 3, 5),  # the parent has none for class 3: any category's, any class
        (OTHER, 1, 4),
    ],
)
def test_the_most_exact_limit(asked: Category, of_class: int, amount: int) -> None:
    assert CATALOGUE.limit(asked, of_class, "handle") == limit(amount)


def test_no_limit_is_none() -> None:
    assert CATALOGUE.limit(RUBBISH, 1, "check") is None


def test_class_of_the_smallest_graded_area() -> None:
    assert CATALOGUE.area_class(["cell", None, "street", "district"]) == 3
    assert CATALOGUE.area_class(["cell"]) == 1


def test_found_by_key_and_id() -> None:
    assert CATALOGUE.find("event:0102") is CATALOGUE.by_id(2)
    with pytest.raises(UnknownCategory) as refused:
        CATALOGUE.find("event:" + "9" * 5000)
    assert len(refused.value.detail) < 100
    with pytest.raises(UnknownCategory):
        CATALOGUE.by_id(99)


def test_leaves_have_none_under_them() -> None:
    assert CATALOGUE.leaves() == (RUBBISH, OTHER)


def test_lineages_go_up() -> None:
    assert lineages({"a:1": "", "a:11": "a:1", "a:111": "a:11"})["a:111"] == ("a:111", "a:11", "a:1")


@pytest.mark.parametrize("parents", [{"a:1": "a:1"}, {"a:1": "a:2", "a:2": "a:1"}, {"a:1": "a:9"}])
def test_no_rings_and_no_missing_parents(parents: dict[str, str]) -> None:
    with pytest.raises(BadInput):
        lineages(parents)


def test_stages() -> None:
    assert as_stage("check") == "check"
    with pytest.raises(BadInput):
        as_stage("later")
