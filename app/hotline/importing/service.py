"""Importing (工单导入): the orders of a workbook, placed by address.

An order whose place is certain opens its case at once; the others wait for somebody to pick one. Nothing is stored
twice, and what is stored is never changed by a file.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from app.areas import service as areas
from app.categories import service as categories
from app.core.errors import BadInput, GridwardError
from app.core.findings import Finding
from app.core.sheets import UnreadableFile
from app.gazetteer import service as gazetteer
from app.hotline import columns as heading
from app.hotline import orders as reading
from app.hotline import repository, workbook
from app.hotline import service as hotline

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.gazetteer.matching import Match
    from app.hotline.columns import Table
    from app.hotline.orders import Order

DEFAULT_CATEGORY: Final = "social:03"
"""For words that no category has: 物业管理, the most frequent subject; an import may name another."""


COUNTED: Final = ("rows", "new", "opened", "waiting", "known", "changed", "bad")


class OfficeUnclear(BadInput):
    """Say which street's (or district's) office the orders are for; nothing was stored."""

    zh = "请注明工单所属街道（或区），未保存。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What whoever imports a file may say.

    Attributes:
        home: Code of the street or district whose orders these are; None for the asker's own.
        source: Whose numbers they are.
        columns: Field: heading, where the guess is wrong; "" leaves a field out. Remembered.
        categories: The office's words: key of a category. Remembered.
        default: Key of the category for words that nobody knows.
        synthetic: They are invented.
    """

    home: str | None = None
    source: str = "12345"
    columns: Mapping[str, str] | None = None
    categories: Mapping[str, str] | None = None
    default: str = ""
    synthetic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What an import came to: `rows` = `new` + `known` + `bad`, and `new` = `opened` + `waiting`.

    Attributes:
        columns: Field: heading, as they were read.
        changed: Known orders whose row says something else now; they were left as they were.
        import_id: None for a trial.
    """

    home: str
    sheet: str
    headers: tuple[str, ...]
    columns: dict[str, str]
    rows: int
    new: int
    opened: int
    waiting: int
    known: int
    changed: int
    bad: int
    skipped: int
    findings: tuple[Finding, ...]
    import_id: int | None = None
    trial: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return asdict(self) | {"findings": [one.to_dict() for one in self.findings]}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Batch:
    """What the orders of one import share; `findings` grows with what is found about them."""

    asking: Principal
    home: str
    import_id: int
    choices: Choices
    findings: list[Finding]
    now: datetime | None
    names: Mapping[str, str]
    kept: Mapping[str, Any]


def import_file(
    connection: Connection, asking: Principal, content: bytes, file_name: str, choices: Choices | None = None, *,
    dry_run: bool = False, now: datetime | None = None,
) -> Imported:  # fmt: skip
    """Store the orders of a file, open a case for each whose place is certain.

    Args:
        connection: In a transaction of whoever asks.
        asking: Needs hotline.edit in the office's ground.
        content: Of the file: .xlsx, or CSV in UTF-8 or GB18030.
        file_name: Kept with the import.
        choices: See there.
        dry_run: Read, match and tell, store nothing.
        now: For tests and demos.

    Raises:
        UnreadableFile, NoHeading, ColumnsUnclear, OfficeUnclear: It can't be taken like this.
        NotAllowed: Not by this account.
    """
    choices = choices or Choices()
    home = _home(connection, asking, choices.home)
    table = heading.table(workbook.read(content, file_name))
    kept = _reading_of(connection, home, table, choices)
    if len(table.rows) > workbook.MOST_ROWS:
        raise UnreadableFile(f"It has more than {workbook.MOST_ROWS:,} rows.", remedy="Split it.")
    read = reading.read(table, kept["columns"])
    findings = list(read.findings)
    new, known, changed = _sorted(connection, choices.source, read.orders, findings)
    matches = gazetteer.search(connection, [order.address or order.content[:100] for order in new])
    import_id = None
    if dry_run:
        counts = Counter("opened" if match.status == "matched" else "waiting" for match in matches)
    else:
        import_id = _noted(connection, home, table, kept, choices.source, content, file_name)
        batch = _Batch(
            asking=asking, home=home, import_id=import_id, choices=choices, findings=findings, now=now,
            names={c.name_zh: c.key for c in categories.catalogue(connection).all()}, kept=kept,
        )  # fmt: skip
        counts = Counter(
            _take(connection, batch, order, match) for order, match in zip(new, matches, strict=True)
        )
        gazetteer.confirm(connection, [
            (order.address, match.candidates[0].place.id)
            for order, match in zip(new, matches, strict=True) if match.status == "matched"
        ])  # fmt: skip
    done = Imported(
        home=home, sheet=table.sheet, headers=table.headers, rows=len(read.orders) + read.bad, skipped=read.skipped,
        columns={field: table.headers[column] for field, column in kept["columns"].items()},
        new=counts["opened"] + counts["waiting"], opened=counts["opened"], waiting=counts["waiting"],
        known=known + counts["elsewhere"], changed=changed, bad=read.bad, findings=tuple(findings),
        import_id=import_id, trial=dry_run,
    )  # fmt: skip
    if import_id is not None:
        told = {name: getattr(done, name) for name in COUNTED}
        repository.run(connection, "end_import", id=import_id, counts=json.dumps(told))
    return done


def _reading_of(connection: Connection, home: str, table: Table, choices: Choices) -> dict[str, Any]:
    """Return how a table is read, from what was chosen now and what the office chose before: what is remembered next.

    Keys: `told` (columns that people named), `columns` (as they are read), `categories`, `default`.
    """
    remembered = hotline.mapping_of(connection, home, table.fingerprint)
    told = {**remembered.get("told", {}), **(choices.columns or {})}
    kept: dict[str, Any] = {
        "told": told, "columns": heading.chosen(table, told),
        "categories": {**remembered.get("categories", {}), **(choices.categories or {})},
        "default": choices.default or remembered.get("default", DEFAULT_CATEGORY),
    }  # fmt: skip
    for key in (kept["default"], *kept["categories"].values()):
        categories.catalogue(connection).find(key)
    return kept


def _noted(  # noqa: PLR0917
    connection: Connection, home: str, table: Table, kept: dict[str, Any], source: str, content: bytes, file_name: str
) -> int:  # fmt: skip
    """Remember how the table is read, note that its import begins, and return the import's id."""
    repository.run(connection, "keep_mapping", home=home, fingerprint=table.fingerprint,
                   headers=list(table.headers), columns=json.dumps(kept, ensure_ascii=False))  # fmt: skip
    (noted,) = repository.rows(
        connection, "add_import", home=home, source=source, file_name=file_name[-200:],
        file_hash=hashlib.sha256(content).digest(), fingerprint=table.fingerprint,
    )  # fmt: skip
    return int(noted["id"])


def _home(connection: Connection, asking: Principal, said: str | None) -> str:
    """Return the area whose office asks: the one that was named, else its only one."""
    if said is None:
        own = {g.area_code for g in asking.grants if "hotline.edit" in g.permissions and g.area_code}
        if asking.system:
            own = {row["code"] for row in repository.rows(connection, "districts")}
        asking.requires("hotline.edit")
        if len(own) != 1:
            raise OfficeUnclear(remedy="Name the area: the code of the street or district.")
        said = str(own.pop())
    ground = areas.lineage(connection, said)
    if not ground:
        raise OfficeUnclear(
            f"No area has the code {said[:40]!r}.", remedy="Give a street's or district's code."
        )
    asking.requires("hotline.edit", within=ground)
    return said


def _sorted(
    connection: Connection, source: str, orders: tuple[Order, ...], findings: list[Finding]
) -> tuple[list[Order], int, int]:
    """Return the new ones, how many are known, and how many of those say something else now."""
    stored = {
        row["number"]: row
        for row in repository.rows(
            connection, "stored_orders", source=source, numbers=[o.number for o in orders]
        )
    }
    new, changed = [], 0
    for order in orders:
        known = stored.get(order.number)
        if known is None:
            new.append(order)
        elif bytes(known["fingerprint"]) != order.fingerprint:
            changed += 1
            fields = ", ".join(reading.changed_fields(order, known)) or "the caller or the return"
            findings.append(Finding(
                code="changed", where=f"row {order.row}", severity="warning",
                message=f"Order {order.number} is stored with other words ({fields}); it was left as it was.",
                remedy="Change the case, or give its results by themselves.",
            ))  # fmt: skip
    return new, len(orders) - len(new), changed


def _take(connection: Connection, batch: _Batch, order: Order, match: Match) -> str:
    """Store one order and open its case where its place is certain; return `opened`, `waiting` or `elsewhere`."""
    choices, findings = batch.choices, batch.findings
    category = reading.category_of(
        order.category, batch.names, batch.kept["categories"], batch.kept["default"]
    )
    place = match.candidates[0].place if match.status == "matched" else None
    with repository.savepoint(connection):
        stored = repository.rows(
            connection, "add_order", source=choices.source, number=order.number, import_id=batch.import_id,
            row_number=order.row, fingerprint=order.fingerprint, received_at=order.received_at, due_at=order.due_at,
            receiver=order.receiver, category_text=order.category, category=category,
            confidential=categories.catalogue(connection).find(category).confidential, content=order.content,
            address=order.address, home=batch.home, street=None, community=place.community if place else None,
            state="matched" if place else "waiting_for_place", place_id=place.id if place else None,
            x=place.x if place else None, y=place.y if place else None, accuracy_m=match.accuracy_m, why_zh=match.zh,
            why_en=match.en, candidates=json.dumps([c.to_dict() for c in match.candidates], ensure_ascii=False),
            returned=int(order.returned), return_reason=order.return_reason, contacted=order.contacted,
            solved=order.solved, satisfied=order.satisfied, synthetic=choices.synthetic,
        )  # fmt: skip
        if not stored:
            findings.append(Finding(
                code="elsewhere", where=f"row {order.row}", severity="warning",
                message=f"Order {order.number} was brought in by another office; it stays there.",
                remedy="Settle with the district whose it is.",
            ))  # fmt: skip
            return "elsewhere"
        order_id = int(stored[0]["id"])
        if order.name or order.phone:
            repository.run(connection, "add_caller", order_id=order_id, name=order.name, phone=order.phone)
    if place is None:
        return "waiting"
    try:
        with repository.savepoint(connection):
            waiting = hotline.one(connection, order_id)
            hotline.open_case(connection, batch.asking, waiting, place.x, place.y, place.id, now=batch.now)
    except GridwardError as error:
        findings.append(Finding(
            code="not-opened", where=f"row {order.row}", severity="warning",
            message=f"Its place is known, its case could not be opened: {error.title} {error.detail}".strip(),
            remedy=error.remedy or "Pick another place, or have the district open it.",
        ))  # fmt: skip
        return "waiting"
    return "opened"
