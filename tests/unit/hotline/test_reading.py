# ruff: noqa: DTZ001  # what stands in a cell names no zone
"""Cells, headings and files as offices have them; what is refused says why."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

import openpyxl
import pytest

from app.core.sheets import UnreadableFile
from app.hotline import cells, columns, orders, workbook

WHEN = datetime(2026, 1, 5, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "value",
    [
        datetime(2026, 1, 5, 8, 30), 46027 + 8.5 / 24, "2026/1/5 8:30", "2026年1月5日8时30分", "２０２６-０１-０５ ０８：３０",
        "2026-01-05 08:30:00", "2026.1.5 8:30", "20260105 0830", "2026-01-05T08:30:00+08:00", "2026年1月5日 上午8:30", "46027.3541666667",
    ],
)  # fmt: skip
def test_times(value: Any) -> None:
    assert cells.moment(value) == WHEN


@pytest.mark.parametrize(
    "value",
    [
        "01-05-2026",
        "1/5/26",
        "昨天",
        12,
        "2026-02-30",
        "2026-01-05 25:00",
        True,
        cells.FORMULA,
        "1026-01-05",
        1e300,
    ],
)
def test_times_that_are_refused(value: Any) -> None:
    with pytest.raises(ValueError):  # noqa: PT011
        cells.moment(value)


def test_numbers() -> None:
    assert cells.number(202601000017.0) == "202601000017"
    assert cells.number("２０２６-17") == "2026-17"
    for lost in ("2.02601E+11", 2.02601e17, 202601050000171234, 1.5):
        with pytest.raises(ValueError, match="digits"):
            cells.number(lost)


@pytest.mark.parametrize(("wrong", "right"), [("gbk", "latin-1"), ("utf-8", "latin-1")])
def test_text_in_the_wrong_encoding(wrong: str, right: str) -> None:
    assert cells.mended("居民反映噪音扰民".encode(wrong).decode(right)) == "居民反映噪音扰民"
    for sound in ("café", "Ünal", "居民é", "abc", "½ × 3"):
        assert cells.mended(sound) == sound


def read(content: bytes, name: str = "a.xlsx", **told: str) -> orders.Read:
    table = columns.table(workbook.read(content, name))
    return orders.read(table, columns.chosen(table, told))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_csv(encoding: str) -> None:
    text = "台账\n流水号,来电时间,主要内容,事发地址,联系电话\n17,2026/1/5 8:30,噪音,示意里3号楼,138\n合计,,1件,,\n"
    found = read(text.encode(encoding), "a.csv")
    (order,) = found.orders
    assert (order.number, order.received_at, order.address, order.phone) == ("17", WHEN, "示意里3号楼", "138")
    assert (found.skipped, found.findings) == (1, ())


def test_each_bad_row_is_told_with_its_number_and_without_the_caller() -> None:
    lines = [
        "工单编号,受理时间,诉求内容,地址,来电人,联系电话,办理时限",
        "1,2026/1/5 8:30,a,b,,,", "1,2026/1/5 8:30,a,b,,,", "2.02601E+11,2026/1/5,a,b,,,", ",2026/1/5,a,b,,,",
        "3,01-05-2026,a,b,,,", "4,,a,b,,,", "5,2026/1/5,,,,,", f"6,2026/1/5,a,b,{'秘' * 101},,", "7,2026/1/5,a,b,,,2025/1/1",
    ]  # fmt: skip
    found = read("\n".join(lines).encode(), "a.csv")
    assert [order.number for order in found.orders] == ["1", "7"]
    assert found.bad == 7
    assert [f.where for f in found.findings] == [f"row {n}" for n in (3, 4, 5, 6, 7, 8, 9, 10)]
    assert all(f.remedy for f in found.findings)
    assert "秘" not in str(found.findings)
    assert found.findings[-1].severity == "warning"


def test_a_formula_without_result_is_told() -> None:
    book = openpyxl.Workbook()
    book.active.append(["工单编号", "受理时间", "诉求内容", "地址"])
    book.active.append(["=1+1", datetime(2026, 1, 5), "a", "b"])
    held = io.BytesIO()
    book.save(held)
    found = read(held.getvalue())
    assert found.bad == 1
    assert "formula" in found.findings[0].message


def bomb() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (workbook.LARGEST_UNPACKED + 1))
    return held.getvalue()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, r"\.xls"),
        (b"PK\x03\x04 broken", "sound"),
        (b"", "no rows"),
        (b"\x89PNG\0\0\0", "neither"),
        (b"\xff" * 100, "neither"),
        (b"0" * (workbook.LARGEST + 1), "bytes"),
    ],
)
def test_files_that_are_refused(content: bytes, said: str) -> None:
    with pytest.raises(UnreadableFile, match=said):
        workbook.read(content, "a.bin")


def test_a_zip_bomb_is_refused_before_it_unpacks() -> None:
    with pytest.raises(UnreadableFile, match="unpack"):
        workbook.read(bomb(), "a.xlsx")


def test_columns_that_are_unclear() -> None:
    with pytest.raises(columns.NoHeading):
        read(b"a,b\n1,2\n", "a.csv")
    text = "工单编号,受理时间,问题点位\n1,2026/1/5,示意里\n"
    with pytest.raises(columns.ColumnsUnclear, match="content or address"):
        read(text.encode(), "a.csv")
    assert read(text.encode(), "a.csv", address="问题点位").orders[0].address == "示意里"
    with pytest.raises(columns.ColumnsUnclear, match="No column"):
        read(text.encode(), "a.csv", address="没有的列")
