"""Orders as a workbook in the office's own columns, and what became of them beside (导出). Pure.

Who called is left out: the office has it under the number. Whatever begins like a formula is written as text.
"""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any, Final

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Font

from app.core.sheets import harmless
from app.hotline.cells import ZONE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from openpyxl.worksheet._write_only import WriteOnlyWorksheet

OURS: Final = {
    "case_number": "案件编号", "stage": "案件阶段", "party_zh": "责任主体", "handled_at": "处置时间", "ended_at": "结案时间",
    "outcome": "办理结果", "returned": "退单次数", "return_reason": "退单原因",
}  # fmt: skip
STAGES: Final = {
    "reported": "已上报", "accepted": "已受理", "verified": "已核实", "filed": "已立案", "dispatched": "已派遣", "signed": "已签收",
    "handled": "已处置", "checked": "已核查", "closed": "已结案", "not_accepted": "不予受理", "not_filed": "不予立案",
    "void": "已作废", "merged": "已并案",
}  # fmt: skip
USUAL: Final = {
    "number": "工单编号", "received_at": "受理时间", "due_at": "办理时限", "category": "诉求分类", "content": "诉求内容",
    "address": "诉求地址", "receiver": "承办单位",
}  # fmt: skip
_FIELDS: Final = {"receiver": "first_receiver", "category": "category_text"}
_ILLEGAL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")


def workbook(rows: Sequence[Mapping[str, Any]], headers: Sequence[str], columns: Mapping[str, int]) -> bytes:
    """Return orders as .xlsx.

    Args:
        rows: Of orders, with what became of their cases.
        headers: The office's own; none for the usual ones.
        columns: Field: column among them.
    """
    if not headers:
        headers, columns = tuple(USUAL.values()), {field: i for i, field in enumerate(USUAL)}
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("工单")
    sheet.freeze_panes = "A2"
    ours = {field: heading for field, heading in OURS.items() if field not in columns}
    synthetic = any(row["synthetic"] for row in rows)
    heading = [*headers, *ours.values(), *(["示意数据"] if synthetic else [])]
    sheet.append([_text(sheet, title, bold=True) for title in heading])
    fields = {column: field for field, column in columns.items()}
    for row in rows:
        own = [_cell(sheet, row, fields.get(column, "")) for column in range(len(headers))]
        mark = [_text(sheet, "示意" if row["synthetic"] else "")] if synthetic else []
        sheet.append([*own, *(_cell(sheet, row, field) for field in ours), *mark])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def _cell(sheet: WriteOnlyWorksheet, row: Mapping[str, Any], field: str) -> WriteOnlyCell:
    value = row.get(_FIELDS.get(field, field))
    if field in ("received_at", "due_at", "handled_at", "ended_at"):
        return _text(sheet, _time(value))
    if field == "stage":
        return _text(sheet, STAGES.get(value or "", "待定位" if value is None else str(value)))
    if field in ("contacted", "solved", "satisfied"):
        return _text(sheet, "" if value is None else "是" if value else "否")
    if field == "returned":
        return _text(sheet, str(value or ""))
    return _text(sheet, "" if value is None else str(value))


def _time(value: datetime | None) -> str:
    return "" if value is None else value.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def _text(sheet: WriteOnlyWorksheet, said: str, *, bold: bool = False) -> WriteOnlyCell:
    """Return a cell of text, whatever it begins with: saved as CSV and opened again it stays text, too."""
    plain = _ILLEGAL.sub("", said)[:32_000]
    cell = WriteOnlyCell(sheet, value=harmless(plain))
    cell.data_type = "s"
    if bold:
        cell.font = Font(bold=True)
    return cell
