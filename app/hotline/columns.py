"""Which column of an office's workbook holds what (列映射): the heading found, columns guessed by their names. Pure."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.core.errors import BadInput
from app.hotline.cells import mended

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.hotline.workbook import Row, Sheet

NAMES: Final[dict[str, tuple[str, ...]]] = {
    "number": ("工单编号", "工单号", "编号", "流水号", "受理编号", "诉求编号", "派单编号", "案件编号", "序列号"),
    "received_at": ("受理时间", "来电时间", "派单时间", "接单时间", "登记时间", "创建时间", "受理日期", "来电日期", "诉求时间"),
    "due_at": ("办理时限", "截止时间", "办结时限", "反馈时限", "到期时间", "截止日期", "要求办结时间", "处理时限"),
    "content": ("诉求内容", "问题描述", "主要内容", "来电内容", "问题内容", "反映内容", "诉求描述", "内容", "工单内容"),
    "address": ("诉求地址", "事发地址", "问题地址", "地址", "发生地址", "详细地址", "事发地点", "问题地点", "地点", "被反映地址"),
    "category": ("诉求分类", "类别", "问题分类", "问题类型", "诉求类型", "分类", "诉求类别", "问题类别", "三级分类", "工单类型"),
    "receiver": ("承办单位", "首接单位", "主办单位", "责任单位", "办理单位", "派往单位", "处理单位"),
    "name": ("来电人", "姓名", "来电人姓名", "诉求人", "市民姓名", "联系人", "反映人", "诉求人姓名"),
    "phone": ("联系电话", "电话", "来电号码", "手机号", "来电电话", "诉求人电话", "手机", "联系方式"),
    "returned": ("是否退回", "退回", "是否退单", "退单"),
    "return_reason": ("退回原因", "退单原因", "退回理由"),
    "contacted": ("是否响应", "响应", "响应情况", "是否联系", "联系情况"),
    "solved": ("是否解决", "解决", "解决情况", "是否办结"),
    "satisfied": ("是否满意", "满意", "满意情况", "满意度", "回访满意度"),
}  # fmt: skip
"""Field: the headings that offices give it, the usual one first."""
NEEDED: Final = ("number", "received_at")
ANY_OF: Final = ("content", "address")
PERSONAL: Final = ("name", "phone")
HEADING_WITHIN: Final = 30
"""Rows from the top in which the heading is looked for."""


class NoHeading(BadInput):
    """No row of the file looks like a heading of orders; nothing was stored."""

    zh = "未找到表头行，未保存。"


class ColumnsUnclear(BadInput):
    """It is not clear which column holds what; nothing was stored."""

    zh = "列对应关系不明确，未保存。"


@dataclass(frozen=True, slots=True)
class Table:
    """The orders of a file, with their heading.

    Attributes:
        headers: One per column, "" for none; of two rows joined as in 诉求人·姓名.
    """

    sheet: str
    headers: tuple[str, ...]
    rows: tuple[Row, ...]

    @property
    def fingerprint(self) -> str:
        """The heading's own: the same columns in the same order."""
        return hashlib.sha256("\x1f".join(self.headers).encode()).hexdigest()[:32]


def plain(header: object) -> str:
    """Return a heading without blanks, stars and what stands in brackets."""
    said = unicodedata.normalize("NFKC", mended("" if header is None else str(header)))
    return re.sub(r"\(.*?\)|[\s*::·/]+", "", said)[:100]


def table(sheets: Sequence[Sheet]) -> Table:
    """Return the sheet that looks most like orders, with its heading of one or two rows.

    Raises:
        NoHeading: None does.
    """
    best: tuple[int, Sheet, int] | None = None
    for sheet in sheets:
        for index, row in enumerate(sheet.rows[:HEADING_WITHIN]):
            hits = len(guess([plain(cell) for cell in row.cells]))
            if hits >= 2 and (best is None or hits > best[0]):
                best = (hits, sheet, index)
    if best is None:
        raise NoHeading(
            f"Looked at the first {HEADING_WITHIN} rows of every sheet.",
            remedy="Have one row with headings such as 工单编号, 受理时间, 诉求内容, 地址.",
        )
    _, sheet, index = best
    upper, lower = _two_rows(sheet.rows, index)
    headers = _joined(sheet.rows[upper], sheet.rows[lower])
    return Table(sheet.name, headers, sheet.rows[lower + 1 :])


def _two_rows(rows: Sequence[Row], index: int) -> tuple[int, int]:
    """Return the heading's first and last row: a neighbour belongs to it if both together say more."""
    alone = len(guess(_joined(rows[index], rows[index])))
    for upper, lower in ((index, index + 1), (index - 1, index)):
        if upper < 0 or lower >= len(rows) or rows[lower].number != rows[upper].number + 1:
            continue
        texts = [cell for cell in rows[lower].cells + rows[upper].cells if cell not in (None, "")]
        if (
            all(isinstance(cell, str) and len(cell) <= 30 for cell in texts)
            and len(guess(_joined(rows[upper], rows[lower]))) > alone
        ):
            return upper, lower
    return index, index


def _joined(upper: Row, lower: Row) -> tuple[str, ...]:
    width = max(len(upper.cells), len(lower.cells))
    above = [plain(cell) for cell in upper.cells] + [""] * (width - len(upper.cells))
    below = [plain(cell) for cell in lower.cells] + [""] * (width - len(lower.cells))
    headers = [
        a if a == b or not b else b if not a else f"{a}·{b}" for a, b in zip(above, below, strict=True)
    ]
    while headers and not headers[-1]:
        headers.pop()
    return tuple(headers)


def guess(headers: Sequence[str]) -> dict[str, int]:
    """Return field: column, as far as the headings tell; the usual name of a field wins over others."""
    found: dict[str, int] = {}
    taken: set[int] = set()
    for exact in (True, False):
        for field, names in NAMES.items():
            if field in found:
                continue
            for name in names:
                column = next(
                    (i for i, h in enumerate(headers) if i not in taken and _is(h, name, exact=exact)), None
                )
                if column is not None:
                    found[field] = column
                    taken.add(column)
                    break
    return found


def _is(header: str, name: str, *, exact: bool) -> bool:
    last = header.rpartition("·")[2]
    if exact:
        return name in (header, last, header.replace("·", ""))
    return len(name) >= 4 and len(header) <= 20 and name in header


def chosen(given: Table, told: Mapping[str, str]) -> dict[str, int]:
    """Return field: column by the headings that somebody chose; "" leaves a field out; the rest is guessed.

    Raises:
        ColumnsUnclear: A field or heading is unknown, chosen twice, or one that is needed is missing.
    """
    columns = guess(given.headers)
    for field, header in told.items():
        if field not in NAMES:
            raise ColumnsUnclear(f"There is no field {field[:40]!r}.", remedy=f"Fields: {', '.join(NAMES)}.")
        columns.pop(field, None)
        if header:
            if plain(header) not in given.headers and header not in given.headers:
                raise ColumnsUnclear(
                    f"No column is headed {header[:60]!r}.", remedy=f"There are: {_shown(given)}."
                )
            columns[field] = given.headers.index(header if header in given.headers else plain(header))
    for field in [f for f in columns if f not in told]:
        if any(columns[field] == columns[other] for other in told if other in columns):
            del columns[field]
    if len(set(columns.values())) < len(columns):
        raise ColumnsUnclear(
            "Two fields have the same column.", remedy="Choose another column for one of them."
        )
    missing = [field for field in NEEDED if field not in columns]
    if not any(field in columns for field in ANY_OF):
        missing.append("content or address")
    if missing:
        raise ColumnsUnclear(
            f"No column was found for {', '.join(missing)}. There are: {_shown(given)}.",
            remedy="Say which heading it has.",
        )
    return columns


def _shown(given: Table) -> str:
    return ", ".join(header for header in given.headers if header)[:500]
