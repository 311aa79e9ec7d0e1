"""Rows of a workbook as orders (工单): each one good, or told with what is wrong and how to mend it. Pure."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from app.core.findings import Finding
from app.hotline import cells
from app.hotline.cells import LONGEST

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from app.hotline.columns import Table
    from app.hotline.workbook import Row

_TOTAL: Final = re.compile(r"^(合计|总计|小计|汇总|共计|填表人|制表人|审核人|备注|说明|注[:：])")
_REMEDIES: Final = {
    "number": "Give the order's number as text (设为文本格式后重新填写编号).",
    "received_at": "Write it as 2026-01-05 08:30 (请按“年-月-日 时:分”填写).",
    "due_at": "Write it as 2026-01-05 08:30 (请按“年-月-日 时:分”填写).",
}
UNKNOWN: Final = "其他"
"""A category text that says nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order as its row has it.

    Attributes:
        due_at: As told, kept where it comes after the order.
        receiver: The office that got it first (首接单位).
        name: Of who called; personal data. So `phone`.
        contacted: Of the three rates (三率), None where nobody asked; so `solved`, `satisfied`.
    """

    row: int
    number: str
    received_at: datetime
    due_at: datetime | None = None
    receiver: str = ""
    category: str = ""
    content: str = ""
    address: str = ""
    name: str = ""
    phone: str = ""
    returned: bool = False
    return_reason: str = ""
    contacted: bool | None = None
    solved: bool | None = None
    satisfied: bool | None = None

    @property
    def fingerprint(self) -> bytes:
        """Of everything that a second import must not change silently."""
        told = [
            self.received_at.isoformat(), self.due_at and self.due_at.isoformat(), self.receiver, self.category,
            self.content, self.address, self.name, self.phone, self.returned, self.return_reason, self.contacted,
            self.solved, self.satisfied,
        ]  # fmt: skip
        return hashlib.sha256(json.dumps(told, ensure_ascii=False).encode()).digest()


@dataclass(frozen=True, slots=True)
class Read:
    """What the rows came to; `skipped` holds rows that are no orders (totals, notes below the table)."""

    orders: tuple[Order, ...]
    findings: tuple[Finding, ...]
    bad: int
    skipped: int


def read(table: Table, columns: Mapping[str, int]) -> Read:
    """Return the orders of a table, a finding for whatever is wrong or odd."""
    good: list[Order] = []
    findings: list[Finding] = []
    rows: dict[str, int] = {}
    bad = skipped = 0
    for row in table.rows:
        if _is_no_order(row, columns):
            skipped += 1
            continue
        order = _order(row, columns, findings)
        if order is None:
            bad += 1
        elif order.number in rows:
            bad += 1
            findings.append(_finding(row, "twice", f"Number {order.number} stands in row {rows[order.number]}, too.",
                                     "Keep one of them."))  # fmt: skip
        else:
            rows[order.number] = row.number
            good.append(order)
    hidden = sum(row.hidden for row in table.rows)
    if hidden:
        findings.append(Finding(code="hidden-rows", where="file", message=f"{hidden} rows are hidden; they were read, too.",
                                severity="note"))  # fmt: skip
    return Read(tuple(good), tuple(findings), bad, skipped)


def _is_no_order(row: Row, columns: Mapping[str, int]) -> bool:
    """Tell whether a row is a total or a note, or the heading once more (as at the top of a printed page)."""
    said = [str(cell).strip() for cell in row.cells if cell is not None and str(cell).strip()]
    held = [field for field, column in columns.items() if _cell(row, column) not in (None, "")]
    if said and _TOTAL.match(said[0].replace(" ", "")) and "received_at" not in held:
        return True
    return not {"number", "received_at", "content", "address"} & set(held) or (
        str(_cell(row, columns["number"])).strip() in ("工单编号", "编号", "流水号", "工单号")
    )


def _order(row: Row, columns: Mapping[str, int], findings: list[Finding]) -> Order | None:
    """Return a row as an order; None where what is needed can't be read."""

    def cell(field: str) -> Any:
        return _cell(row, columns[field]) if field in columns else None

    before = len(findings)
    number = _tried(row, "number", cells.number, cell("number"), findings)
    if number == "":
        findings.append(_finding(row, "number", "The number is missing.", _REMEDIES["number"]))
    received_at = _tried(row, "received_at", cells.moment, cell("received_at"), findings)
    if received_at is None and len(findings) == before:
        findings.append(_finding(row, "received_at", "The time is missing.", _REMEDIES["received_at"]))
    texts: dict[str, str] = {}
    for field in ("receiver", "category", "content", "address", "name", "phone"):
        limit = LONGEST.get(field, 200)
        texts[field] = (
            _tried(row, field, lambda value, most=limit: cells.text(value, most), cell(field), findings) or ""
        )
    if not texts["content"] and not texts["address"] and len(findings) == before:
        findings.append(
            _finding(row, "content", "Neither content nor address is given.", "Fill in one of them.")
        )
    if len(findings) > before:
        return None
    due_at = _odd(row, "due_at", cells.moment, cell("due_at"), findings)
    if due_at is not None and received_at is not None and due_at <= received_at:
        findings.append(_finding(row, "due_at", "It is due before it came in; the category's own deadline is taken.",
                                 _REMEDIES["due_at"], odd=True))  # fmt: skip
        due_at = None
    reason = (
        _odd(
            row, "return_reason", lambda v: cells.text(v, LONGEST["reason"]), cell("return_reason"), findings
        )
        or ""
    )
    answers = {
        f: _odd(row, f, cells.yes, cell(f), findings)
        for f in ("returned", "contacted", "solved", "satisfied")
    }
    return Order(
        row=row.number, number=number or "", received_at=received_at, due_at=due_at, **texts,
        returned=bool(answers["returned"]), return_reason=reason, contacted=answers["contacted"],
        solved=answers["solved"], satisfied=answers["satisfied"],
    )  # fmt: skip


def _cell(row: Row, column: int) -> Any:
    return row.cells[column] if column < len(row.cells) else None


def _tried(
    row: Row, field: str, reading: Any, value: Any, findings: list[Finding], *, odd: bool = False
) -> Any:
    try:
        return reading(value)
    except (ValueError, OverflowError) as error:
        # no value of a person's in a message: name and phone are named, not quoted
        told = f"{field} can't be read." if field in ("name", "phone") else f"{field} {error}."
        findings.append(_finding(row, field, told, _REMEDIES.get(field, "Correct the cell."), odd=odd))
        return None


def _odd(row: Row, field: str, reading: Any, value: Any, findings: list[Finding]) -> Any:
    """Read what an order can do without: the order is kept."""
    return _tried(row, field, reading, value, findings, odd=True)


def _finding(row: Row, field: str, message: str, remedy: str, *, odd: bool = False) -> Finding:
    return Finding(
        code=f"bad-{field.replace('_', '-')}", where=f"row {row.number}", message=message, remedy=remedy,
        severity="warning" if odd else "error",
    )  # fmt: skip


def category_of(text: str, names: Mapping[str, str], told: Mapping[str, str], default: str) -> str:
    """Return the key of the category that an office's words mean: as told before, by its name, else the default.

    Args:
        text: As in "市容环卫/暴露垃圾": the last part counts most.
        names: Chinese name of a category: its key.
        told: Words of this office: key.
        default: Key for what is not known.
    """
    if text in told:
        return told[text]
    parts = [part for part in re.split(r"[/\\>＞、|\-—\s]+", text) if part]
    for part in reversed(parts):
        if part in told:
            return told[part]
        if part in names:
            return names[part]
    return default


def changed_fields(order: Order, stored: Mapping[str, Any]) -> list[str]:
    """Return the fields in which a row differs from the stored order; names only, as personal ones are not compared."""
    pairs = {
        "received_at": "received_at", "due_at": "due_at", "receiver": "first_receiver", "category": "category_text",
        "content": "content", "address": "address", "contacted": "contacted", "solved": "solved", "satisfied": "satisfied",
    }  # fmt: skip
    return [field for field, column in pairs.items() if getattr(order, field) != stored[column]]
