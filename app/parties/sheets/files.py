"""Parties, responsibilities and models as sheets people fill in (导入导出模板): CSV and xlsx, both ways. Pure.

A CSV file holds one sheet, told by its headers; a workbook holds all three, and a sheet that explains them. Headers may
be Chinese, English or our own names; words like 主责 may stand for their codes.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import openpyxl

from app.core.sheets import UnreadableFile, decoded, is_like_a_formula, workbook
from app.parties.drafts import BadRule, ModelDraft, PartyDraft, ResponsibilityDraft
from app.parties.kinds import KINDS
from app.parties.rulebook import BASES, MODELS, ROLES, STEPS, Period

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

MOST_ROWS = 50_000
MOST_BYTES = 20_000_000
MOST_UNPACKED = 200_000_000
LOCAL: Final = ZoneInfo("Asia/Shanghai")
NOTES: Final = "说明 Notes"


class UnreadableSheet(UnreadableFile):
    """The file can't be read as a sheet of parties, responsibilities or models; nothing was changed."""

    zh = "文件无法识别为主体、责任或模式表，未作任何更改。"


class Column(NamedTuple):
    """A column: our name, the Chinese and English headers, what goes in."""

    key: str
    zh: str
    en: str
    hint: str
    words: Mapping[str, tuple[str, ...]] | None = None
    needed: bool = False


_KIND_WORDS: Final = {code: (kind.zh, kind.en) for code, kind in KINDS.items()}
_START = Column("start", "开始时间", "Start", "日期或时间；空为一直有效 Date or time; empty: always")
_END = Column("end", "结束时间", "End", "不含该时刻；空为长期 Not included; empty: open")
_SYNTHETIC = Column("synthetic", "示意", "Synthetic", "是/否 yes/no")
SHEETS: Final[dict[str, tuple[Column, ...]]] = {
    "parties": (
        Column("code", "主体编码", "Code", "唯一 Unique", needed=True),
        Column("kind", "主体类别", "Kind", "见代码表 See the list", _KIND_WORDS, needed=True),
        Column("name_zh", "中文名称", "Name (Chinese)", "200 字以内 Up to 200 characters", needed=True),
        Column("name_en", "英文名称", "Name (English)", "可空 May be empty"),
        Column("area_code", "所属区域编码", "Area code", "空为全区 Empty: the whole district"),
        Column("parent", "上级主体编码", "Parent code", "可空 May be empty"),
        _START, _END, _SYNTHETIC,
    ),
    "responsibilities": (
        Column("party", "责任主体编码", "Party code", "主体表中的编码 A code of the sheet of parties", needed=True),
        Column("role", "责任角色", "Role", "见代码表 See the list", ROLES, needed=True),
        Column("area_code", "责任区域编码", "Ground (area code)", "与责任地块二选一 Either this"),
        Column("patch", "责任地块编码", "Ground (patch code)", "与责任区域二选一 or this"),
        Column("categories", "问题类别", "Categories", "scheme:code，以分号分隔；空为全部 Separated by ; - empty: all"),
        Column("basis_kind", "依据类型", "Kind of basis", "见代码表 See the list", BASES, needed=True),
        Column("basis", "依据", "Basis", "文件名、合同号 Document or contract"),
        _START, _END, _SYNTHETIC,
    ),
    "models": (
        Column("area_code", "社区或街道编码", "Community or street code", "", needed=True),
        Column("model", "协作模式", "Model", "见代码表 See the list", MODELS, needed=True),
        Column("step", "阶段", "Step", "仅政府主导 Government-led only", STEPS),
        Column("since", "起始时间", "Since", "空为一直 Empty: always"),
        Column("basis", "模式依据", "Basis of the model", "可空 May be empty"),
    ),
}  # fmt: skip
TITLES: Final = {
    "parties": "主体 Parties", "responsibilities": "责任 Responsibilities", "models": "模式 Models",
}  # fmt: skip

Draft = PartyDraft | ResponsibilityDraft | ModelDraft


@dataclass(frozen=True, slots=True)
class Line:
    """A filled row: which sheet, which row as the program that made it counts them, what it says."""

    sheet: str
    row: int
    values: Mapping[str, str]

    @property
    def where(self) -> str:
        return f"{self.sheet} row {self.row}"


def read(file: Path) -> list[Line]:
    """Return the filled rows of a CSV file or a workbook.

    Raises:
        UnreadableFile: It is neither, too large, or has none of our sheets.
    """
    if file.stat().st_size > MOST_BYTES:
        raise UnreadableSheet(f"{file.name} has over {MOST_BYTES:,} bytes.", remedy="Divide it.")
    return read_bytes(file.read_bytes(), file.name)


def read_bytes(content: bytes, name: str) -> list[Line]:
    """Return the same of a file's bytes."""
    if len(content) > MOST_BYTES:
        raise UnreadableSheet(f"{name} has over {MOST_BYTES:,} bytes.", remedy="Divide it.")
    tables = _workbook(content) if content[:2] == b"PK" else [_csv(content, name)]
    lines = [line for table in tables for line in _lines(table)]
    if not any(_sheet_of(table[0]) for table in tables if table):
        raise UnreadableSheet(
            f"{name} has none of our headers.",
            remedy="Take the template: gridward parties template FILE.xlsx",
        )
    if len(lines) > MOST_ROWS:
        raise UnreadableSheet(f"{name} has {len(lines):,} rows.", remedy=f"Divide it: {MOST_ROWS:,} at most.")
    return lines


def _workbook(content: bytes) -> list[list[list[str]]]:
    with workbook(content, MOST_UNPACKED) as (book, _archive):
        return [
            [
                [_text(cell) for cell in row]
                for row in sheet.iter_rows(max_row=MOST_ROWS + 2, values_only=True)
            ]
            for sheet in book.worksheets
        ]


def _csv(content: bytes, name: str) -> list[list[str]]:
    try:
        return [
            [cell.strip() for cell in row]
            for row in csv.reader(io.StringIO(decoded(content), newline=""), strict=True)
        ]
    except csv.Error as error:
        raise UnreadableSheet(f"{name}: {error}.", remedy="Save it as CSV anew.") from None


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, datetime):
        return cell.isoformat()
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).strip()


def _sheet_of(header: Sequence[str]) -> str | None:
    """Return which sheet has these headers: the one of which all needed columns are there."""
    names = {_plain(name) for name in header}
    for sheet, columns in SHEETS.items():
        if all(names & _called(column) for column in columns if column.needed):
            return sheet
    return None


def _called(column: Column) -> set[str]:
    return {_plain(name) for name in (column.key, column.zh, column.en, f"{column.zh} {column.en}")}


def _plain(name: str) -> str:
    return "".join(name.lower().split()).rstrip("*")


def _lines(table: list[list[str]]) -> Iterable[Line]:
    sheet = _sheet_of(table[0]) if table else None
    if sheet is None:
        return
    places = {
        column.key: index
        for column in SHEETS[sheet]
        for index, name in enumerate(table[0])
        if _plain(name) in _called(column)
    }
    for number, row in enumerate(table[1:], 2):
        if any(row):
            yield Line(sheet, number, {key: row[i] if i < len(row) else "" for key, i in places.items()})


def draft(line: Line) -> Draft:
    """Return what a row asks for.

    Raises:
        BadInput: Something in it isn't right.
    """
    if any("\0" in text or any("\ud800" <= c <= "\udfff" for c in text) for text in line.values.values()):
        raise BadRule("It holds a character that can't be stored.", remedy="Type it anew.")
    said = {column.key: _word(column, line.values.get(column.key, "")) for column in SHEETS[line.sheet]}
    if line.sheet == "models":
        return ModelDraft(
            area_code=said["area_code"], model=said["model"], step=said["step"] or None, since=_time(said["since"]),
            basis=said["basis"],
        )  # fmt: skip
    period = Period(_time(said["start"]), _time(said["end"]))
    synthetic = _yes(said["synthetic"])
    if line.sheet == "parties":
        return PartyDraft(
            code=said["code"], kind=said["kind"], zh=said["name_zh"], en=said["name_en"],
            area_code=said["area_code"] or None, parent=said["parent"] or None, period=period, synthetic=synthetic,
        )  # fmt: skip
    tokens = said["categories"].replace("；", ";").replace(",", ";").replace("，", ";").split(";")
    return ResponsibilityDraft(
        party=said["party"], role=said["role"], area_code=said["area_code"] or None, patch=said["patch"] or None,
        categories=tuple(sorted({token.strip() for token in tokens} - {""})), period=period,
        basis_kind=said["basis_kind"], basis=said["basis"], synthetic=synthetic,
    )  # fmt: skip


def _word(column: Column, text: str) -> str:
    """Return the code that a word stands for; the text itself if it stands for none."""
    text = text.strip()
    if column.words is None:
        return text
    for code, words in column.words.items():
        if text.lower() in {code, *(word.lower() for word in words)}:
            return code
    return text


def _time(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise BadRule(
            f"{text[:40]!r} is no time.", remedy="Write 2026-03-01 or 2026-03-01T08:00+08:00."
        ) from None
    if not 1900 <= moment.year <= 2200:
        raise BadRule(f"{text[:40]!r} is not in 1900-2200.", remedy="Mend the year.")
    return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).astimezone(UTC)


def _yes(text: str) -> bool:
    word = text.strip().lower()
    if word in {"", "否", "no", "false", "0", "n"}:
        return False
    if word in {"是", "yes", "true", "1", "y", "示意"}:
        return True
    raise BadRule(f"{text[:20]!r} is neither yes nor no.", remedy="Write 是 or 否.")


def row_of(drafted: Draft) -> tuple[str, dict[str, str]]:
    """Return the sheet and the row that say a draft."""
    if isinstance(drafted, ModelDraft):
        return "models", {
            "area_code": drafted.area_code, "model": drafted.model, "step": drafted.step or "",
            "since": _moment(drafted.since), "basis": drafted.basis,
        }  # fmt: skip
    shared = {
        "start": _moment(drafted.period.start), "end": _moment(drafted.period.end), "area_code": drafted.area_code or "",
        "synthetic": "是" if drafted.synthetic else "",
    }  # fmt: skip
    if isinstance(drafted, PartyDraft):
        return "parties", shared | {
            "code": drafted.code, "kind": drafted.kind, "name_zh": drafted.zh, "name_en": drafted.en,
            "parent": drafted.parent or "",
        }  # fmt: skip
    return "responsibilities", shared | {
        "party": drafted.party, "role": drafted.role, "patch": drafted.patch or "", "basis": drafted.basis,
        "categories": ";".join(drafted.categories), "basis_kind": drafted.basis_kind,
    }  # fmt: skip


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else moment.astimezone(LOCAL).isoformat()


def to_csv(sheet: str, drafts: Iterable[Draft]) -> bytes:
    """Return one sheet as CSV, UTF-8 with a mark that spreadsheets understand."""
    out = io.StringIO()
    columns = SHEETS[sheet]
    writer = csv.writer(out)
    writer.writerow([column.zh for column in columns])
    for drafted in drafts:
        name, row = row_of(drafted)
        if name == sheet:
            writer.writerow([_safe(row[column.key]) for column in columns])
    return out.getvalue().encode("utf-8-sig")


def to_xlsx(drafts: Iterable[Draft]) -> bytes:
    """Return all sheets and their explanation as a workbook; without drafts the template."""
    book = openpyxl.Workbook()
    sheets = {}
    for name, columns in SHEETS.items():
        sheet = book.create_sheet(TITLES[name])
        sheet.append([f"{column.zh} {column.en}{'*' if column.needed else ''}" for column in columns])
        sheet.freeze_panes = "A2"
        for index, column in enumerate(columns):
            letter = openpyxl.utils.get_column_letter(index + 1)
            sheet.column_dimensions[letter].width = max(14, len(column.en) + 2 * len(column.zh))
        sheets[name] = sheet
    for drafted in drafts:
        name, row = row_of(drafted)
        sheets[name].append([_safe(row[column.key]) for column in SHEETS[name]])
    book.remove(book.worksheets[0])
    _explain(book.create_sheet(NOTES))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _explain(sheet: Any) -> None:
    sheet.append(["表 Sheet", "列 Column", "填写 What goes in", "代码 Code", "中文", "English"])
    for name, columns in SHEETS.items():
        for column in columns:
            sheet.append([TITLES[name], f"{column.zh} {column.en}", column.hint])
            for code, words in (column.words or {}).items():
                sheet.append(["", "", "", code, *words])


def _safe(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula; what is read again is stripped of the mark."""
    return f" {text}" if is_like_a_formula(text) else text
