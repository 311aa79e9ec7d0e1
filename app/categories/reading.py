"""Categories and limits as tables (CSV): every row checked, the good ones kept, the others told. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, Final

from app.categories.catalogue import KINDS, STAGES
from app.core.findings import Finding
from app.core.worktime import UNITS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

Row = dict[str, Any]
CATEGORY_COLUMNS: Final = (
    "scheme", "code", "parent_code", "kind", "name_zh", "name_en", "source", "confidential", "enforcement",
    "party_kind", "filing_zh", "closing_zh",
)  # fmt: skip
LIMIT_COLUMNS: Final = ("category", "stage", "area_class", "amount", "unit", "source")
LONGEST = 500  # characters of any field
_YES: Final = {"true", "yes", "1", "是", "y", "t"}
_NO: Final = {"", "false", "no", "0", "否", "n", "f"}


class _Wrong(ValueError):
    """A row that can't be taken: what is wrong, and how to mend it."""


@dataclass(frozen=True, slots=True)
class Table:
    """The good rows of a table, and what was found in the others."""

    rows: list[Row]
    findings: list[Finding]


def read_categories(lines: Iterable[Mapping[str, str | None]]) -> Table:
    """Return the categories of a table with `CATEGORY_COLUMNS`; parents may stand anywhere in it."""
    return _read(lines, _category)


def read_limits(lines: Iterable[Mapping[str, str | None]]) -> Table:
    """Return the limits of a table with `LIMIT_COLUMNS`; `category` is a key, or empty for any."""
    return _read(lines, _limit)


def _read(lines: Iterable[Mapping[str, str | None]], one: Callable[[dict[str, str]], Row]) -> Table:
    rows, findings = [], []
    for number, line in enumerate(lines, 2):  # the header is row 1
        told = {str(name).strip().lower(): (value or "").strip() for name, value in line.items() if name}
        try:
            _refuse_odd(told)
            rows.append(one(told))
        except _Wrong as wrong:
            message, remedy = wrong.args
            findings.append(Finding(code="bad-row", where=f"row {number}", message=message, remedy=remedy))
    return Table(rows, findings)


def _refuse_odd(told: dict[str, str]) -> None:
    for name, value in told.items():
        if any(character < " " or "\ud800" <= character <= "\udfff" for character in value):
            raise _Wrong(f"{name} holds a control character.", "Write it on one line, as plain text.")
        if len(value) > LONGEST:
            raise _Wrong(f"{name} is longer than {LONGEST} characters.", "Shorten it.")


def _category(told: dict[str, str]) -> Row:
    for name in ("scheme", "code", "name_zh", "source"):
        if not told.get(name):
            raise _Wrong(f"{name} is empty.", f"Fill in {name}.")
    if ":" in told["scheme"] + told["code"]:
        raise _Wrong("scheme or code holds a colon.", "The key is written scheme:code; leave the colon out.")
    kind = told.get("kind", "")
    if kind not in KINDS:
        raise _Wrong(f"kind is {kind!r}.", f"One of: {', '.join(KINDS)}.")
    return {
        **{name: told.get(name, "") for name in CATEGORY_COLUMNS},
        "confidential": _flag("confidential", told.get("confidential", "")),
        "enforcement": _flag("enforcement", told.get("enforcement", "")),
    }


def _limit(told: dict[str, str]) -> Row:
    if told.get("stage") not in STAGES:
        raise _Wrong(f"stage is {told.get('stage', '')!r}.", f"One of: {', '.join(STAGES)}.")
    if told.get("unit") not in UNITS:
        raise _Wrong(f"unit is {told.get('unit', '')!r}.", f"One of: {', '.join(UNITS)}.")
    if told.get("area_class", "") not in ("", "1", "2", "3"):
        raise _Wrong(f"area_class is {told['area_class']!r}.", "1, 2, 3, or empty for any.")
    if not told.get("source"):
        raise _Wrong("source is empty.", "Say where the limit comes from.")
    try:
        amount = Decimal(told.get("amount", ""))
    except InvalidOperation:
        raise _Wrong(f"amount is {told.get('amount', '')!r}.", "Give a number, as in 4 or 0.5.") from None
    if not amount.is_finite() or not 0 < amount < 10_000:
        raise _Wrong(f"amount is {amount}.", "Give a number above 0 and below 10,000.")
    return {
        "category": told.get("category", ""), "stage": told["stage"], "amount": amount, "unit": told["unit"],
        "area_class": int(told["area_class"]) if told.get("area_class") else None, "source": told["source"],
    }  # fmt: skip


def _flag(name: str, text: str) -> bool:
    if text.lower() in _YES:
        return True
    if text.lower() in _NO:
        return False
    raise _Wrong(f"{name} is {text!r}.", "Write true or false.")
