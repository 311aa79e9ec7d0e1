"""What every room knows of offices' files (电子表格): their encodings, their workbooks, their formulas. Pure.

What the rows mean is the rooms' own business.
"""

from __future__ import annotations

import io
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final
from zipfile import ZipFile

import openpyxl

from app.core.errors import BadInput, GridwardError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from openpyxl import Workbook

MOST_PARTS: Final = 2000
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class UnreadableFile(BadInput):
    """The file can't be read; nothing was stored."""

    zh = "无法读取文件，未保存。"


def decoded(content: bytes) -> str:
    """Return text as offices write it: by its byte-order mark, else UTF-8, else GB 18030, of which GBK is a part.

    Raises:
        UnreadableFile: It is none of these.
    """
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return content.decode(encoding).lstrip("\ufeff")
        except UnicodeDecodeError:
            continue
    raise UnreadableFile("Its text is neither UTF-8 nor GB 18030.", remedy="Save it as UTF-8, or as .xlsx.")


@contextmanager
def workbook(content: bytes, most_unpacked: int) -> Iterator[tuple[Workbook, ZipFile]]:
    """Open an .xlsx workbook for reading values, with the archive beneath; inside the block, whatever breaks is the file's fault.

    Args:
        content: The file.
        most_unpacked: Bytes that it may unpack to; more are refused before they are unpacked.

    Raises:
        UnreadableFile: It is too large, or no sound workbook.
    """
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(part.file_size for part in archive.infolist())
            if unpacked > most_unpacked or len(archive.infolist()) > MOST_PARTS:
                raise UnreadableFile(  # noqa: TRY301
                    f"It would unpack to {unpacked:,} bytes, at most {most_unpacked:,} are read.",
                    remedy="Copy the rows alone into a new workbook, or divide them.",
                )
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of styles and extensions that openpyxl doesn't keep
                book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
                try:
                    yield book, archive
                finally:
                    book.close()
    except GridwardError:
        raise
    except Exception as error:  # a broken workbook makes openpyxl raise nearly anything
        raise UnreadableFile(
            f"It is no sound .xlsx workbook ({type(error).__name__}).",
            remedy="Save it anew as .xlsx, or as CSV.",
        ) from error


def is_like_a_formula(text: str) -> bool:
    """Tell whether a spreadsheet would take a text for a formula, and do what it says."""
    return text.startswith(_FORMULA)


def harmless(text: str) -> str:
    """Return a text that stays text in a spreadsheet, also once saved as CSV and opened again."""
    return f"'{text}" if is_like_a_formula(text) else text
