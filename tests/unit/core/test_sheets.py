"""Offices' files: encodings, workbooks that are none, formulas."""

from __future__ import annotations

import io
from zipfile import ZIP_DEFLATED, ZipFile

import openpyxl
import pytest

from app.core.sheets import UnreadableFile, decoded, harmless, workbook


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
def test_text_of_any_office_reads_the_same(encoding: str) -> None:
    assert decoded("编码,名称\n1,小区".encode(encoding)) == "编码,名称\n1,小区"


def test_text_of_no_known_encoding_is_refused() -> None:
    with pytest.raises(UnreadableFile, match="neither"):
        decoded(b"\x80\xff\xff")


def test_a_sound_workbook_is_read() -> None:
    made = openpyxl.Workbook()
    made.worksheets[0].append(["编码", 7])
    held = io.BytesIO()
    made.save(held)
    with workbook(held.getvalue(), 10**7) as (book, archive):
        assert list(book.worksheets[0].iter_rows(values_only=True)) == [("编码", 7)]
        assert archive.infolist()


def test_a_workbook_that_unpacks_to_too_much_or_is_none_is_refused() -> None:
    bomb = io.BytesIO()
    with ZipFile(bomb, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", bytes(10**6))
    for content, why in (
        (bomb.getvalue(), "unpack"),
        (bomb.getvalue()[:-9], "sound"),
        (b"PK\x03\x04", "sound"),
    ):
        with pytest.raises(UnreadableFile, match=why), workbook(content, 10**5):
            pass


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_what_a_spreadsheet_would_do_stays_text(text: str) -> None:
    assert harmless(text) == f"'{text}"
    assert harmless("小区 1=2") == "小区 1=2"
