"""Remedies in Chinese: each is Chinese and belongs to words that the program still says."""

from __future__ import annotations

import ast
import re

import pytest

from app.core.errors import BadInput
from app.core.remedies import ZH
from app.core.settings import ROOT


def said() -> set[str]:
    """Return every text in the program, except the table's own."""
    return {
        node.value
        for file in (ROOT / "app").rglob("*.py")
        if file.name != "remedies.py"
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def test_each_is_chinese_and_still_said() -> None:
    assert set(ZH) <= said()
    assert all(re.search("[\u4e00-\u9fff]", zh) and zh.endswith("。") for zh in ZH.values())


@pytest.mark.parametrize(("remedy", "zh"), [("Sign in.", "请先登录。"), ("Pray.", ""), ("", "")])
def test_an_error_says_its_remedy_in_chinese_where_there_is_one(remedy: str, zh: str) -> None:
    assert BadInput(remedy=remedy).remedy_zh == zh
