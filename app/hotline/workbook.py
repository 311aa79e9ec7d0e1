"""Rows of an office's file (xlsx, or CSV of any Chinese encoding), with the numbers they have there. Pure.

Merged cells are filled with what they show, hidden rows are read like others and told, formulas give the result that
was stored with them. Nothing is interpreted. A file that would unpack to more than it may is refused before it is.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from openpyxl.utils import range_boundaries

from app.core.sheets import UnreadableFile, decoded, workbook
from app.hotline.cells import FORMULA

if TYPE_CHECKING:
    import zipfile

LARGEST: Final = 16 * 2**20  # bytes of a file
LARGEST_UNPACKED: Final = 128 * 2**20  # bytes of all that is in it
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 200
MOST_MERGED: Final = 50_000
_MERGED: Final = re.compile(rb'<(?:\w+:)?mergeCell\b[^>]*\bref="([A-Z]{1,3}\d{1,7}:[A-Z]{1,3}\d{1,7})"')
_HIDDEN: Final = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br="(\d{1,7})"[^>]*?\bhidden="(?:1|true)"')
_UNSTORED: Final = re.compile(
    rb'<(?:\w+:)?c\b[^>]*?\br="([A-Z]{1,3})(\d{1,7})"[^>]*><(?:\w+:)?f\b[^>]*?(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>'
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file, from 1, and its cells."""

    number: int
    cells: tuple[Any, ...]
    hidden: bool = False

    @property
    def empty(self) -> bool:
        return all(cell is None or str(cell).strip() == "" for cell in self.cells)


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet's name and its rows that aren't empty."""

    name: str
    rows: tuple[Row, ...]


def read(content: bytes, file_name: str) -> list[Sheet]:
    """Return the sheets of a file, empty ones left out.

    Raises:
        UnreadableFile: It is too large, of another kind, broken, or empty.
    """
    if len(content) > LARGEST:
        raise UnreadableFile(
            f"It has {len(content):,} bytes, at most {LARGEST:,} are read.", remedy="Split it."
        )
    if content[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise UnreadableFile(
            "It is an old .xls workbook, or one with a password (旧版 .xls 或加密文件).",
            remedy="Open it and save it as .xlsx without a password (另存为 Excel 工作簿 .xlsx).",
        )
    sheets = _workbook(content) if content[:4] == b"PK\x03\x04" else [_csv(content, file_name)]
    found = [sheet for sheet in sheets if sheet.rows]
    if not found:
        raise UnreadableFile("It has no rows.", remedy="Send the file with its orders.")
    return found


def _workbook(content: bytes) -> list[Sheet]:
    with workbook(content, LARGEST_UNPACKED) as (book, archive):
        return [_sheet(sheet, archive) for sheet in book.worksheets if sheet.sheet_state == "visible"]


def _sheet(sheet: Any, archive: zipfile.ZipFile) -> Sheet:
    part = archive.read(sheet._worksheet_path)  # noqa: SLF001  # what openpyxl reads, and leaves unread in read-only mode
    hidden = {int(number) for number in _HIDDEN.findall(part)}
    unstored: dict[int, list[int]] = {}
    for letters, row in _UNSTORED.findall(part):
        unstored.setdefault(int(row), []).append(_column(letters))
    grid: dict[int, list[Any]] = {}
    sheet.reset_dimensions()  # what it says of its size may be wrong
    for number, cells in enumerate(sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS), 1):
        values = list(cells)
        for column in unstored.get(number, ()):
            if column <= len(values):
                values[column - 1] = FORMULA
        if any(value is not None and str(value).strip() for value in values):
            grid[number] = values
        if len(grid) > MOST_ROWS + 50:
            raise UnreadableFile(f"A sheet has more than {MOST_ROWS:,} rows.", remedy="Split it.")
    _fill(grid, _MERGED.findall(part)[:MOST_MERGED])
    return Sheet(sheet.title, tuple(Row(n, tuple(grid[n]), n in hidden) for n in sorted(grid)))


def _column(letters: bytes) -> int:
    return int(range_boundaries(f"{letters.decode()}1")[0])


def _fill(grid: dict[int, list[Any]], merged: list[bytes]) -> None:
    """Fill merged cells with what they show, as far as rows with something in them reach."""
    for area in merged:
        west, north, east, south = range_boundaries(area.decode())
        top = grid.get(north)
        if top is None or west > len(top) or south - north > MOST_ROWS or top[west - 1] is None:
            continue
        for number in range(north, south + 1):
            cells = grid.get(number)
            if cells is None:
                continue
            cells.extend([None] * (min(east, MOST_COLUMNS) - len(cells)))
            for column in range(west, min(east, MOST_COLUMNS) + 1):
                cells[column - 1] = top[west - 1]


def _csv(content: bytes, file_name: str) -> Sheet:
    if b"\0" in content[:4096] and not content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableFile(
            f"{file_name[-60:]!r} is neither .xlsx nor CSV.", remedy="Save it as .xlsx (另存为 Excel 工作簿)."
        )
    said = decoded(content)
    delimiter = "\t" if said.count("\t") > said.count(",") else ","
    rows = []
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(said, newline=""), delimiter=delimiter), 1):
            row = Row(number, tuple(cells[:MOST_COLUMNS]))
            if not row.empty:
                rows.append(row)
            if len(rows) > MOST_ROWS + 50:
                raise UnreadableFile(f"It has more than {MOST_ROWS:,} rows.", remedy="Split it.")
    except csv.Error as error:
        raise UnreadableFile(f"It is no sound CSV: {error}.", remedy="Save it as .xlsx.") from error
    return Sheet(file_name, tuple(rows))
