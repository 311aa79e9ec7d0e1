"""Tables of categories and limits: good rows kept, others told with their row and remedy."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.categories.reading import read_categories, read_limits

GOOD = {"scheme": "event", "code": "9901", "kind": "event", "name_zh": "共享单车", "source": "test"}
LIMIT = {"category": "event:0102", "stage": "handle", "area_class": "", "amount": "4", "unit": "working_hour",
         "source": "test"}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"code": ""}, "code is empty"),
        ({"source": " "}, "source is empty"),
        ({"code": "99:01"}, "colon"),
        ({"kind": "dragon"}, "kind is 'dragon'"),
        ({"confidential": "perhaps"}, "confidential is 'perhaps'"),
        ({"name_zh": "长" * 501}, "longer than 500"),
        ({"name_zh": "a\0b"}, "control character"),
        ({"name_zh": "a\ud800b"}, "control character"),
    ],
)
def test_a_faulty_category_is_told_and_the_others_kept(change: dict[str, str], word: str) -> None:
    table = read_categories([GOOD, GOOD | change, GOOD | {"code": "9902", "enforcement": "是"}])
    assert [(row["code"], row["enforcement"]) for row in table.rows] == [("9901", False), ("9902", True)]
    (finding,) = table.findings
    assert finding.where == "row 3"
    assert word in finding.message
    assert finding.remedy


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"stage": "later"}, "stage"),
        ({"unit": "moon"}, "unit"),
        ({"area_class": "4"}, "area_class"),
        ({"amount": "four"}, "amount"),
        ({"amount": "0"}, "amount"),
        ({"amount": "NaN"}, "amount"),
        ({"amount": "1e9"}, "amount"),
        ({"source": ""}, "source"),
    ],
)
def test_a_faulty_limit_is_told_and_the_others_kept(change: dict[str, str], word: str) -> None:
    table = read_limits([LIMIT | change, LIMIT | {"amount": "0.5", "area_class": "2"}])
    assert [(row["amount"], row["area_class"]) for row in table.rows] == [(Decimal("0.5"), 2)]
    (finding,) = table.findings
    assert finding.where == "row 2"
    assert word in finding.message


def test_a_row_that_ends_early_is_told() -> None:
    table = read_categories([{"scheme": "event", "code": None}])
    assert table.rows == []
    assert "code is empty" in table.findings[0].message
