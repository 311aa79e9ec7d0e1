"""Hotline orders (12345 工单): in from a workbook, placed by address, out again with what became of them.

An order whose place is certain opens its case at once; the others wait for somebody to pick one, which the gazetteer
remembers. Nothing is stored twice, and what is stored is never changed by a file.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Final

from app.areas import service as areas
from app.auth import service as auth
from app.cases import service as cases
from app.cases.reporting import Said
from app.categories import service as categories
from app.core.errors import BadInput, GridwardError, NotAllowed, NotFound, Outdated
from app.core.findings import Finding
from app.gazetteer import service as gazetteer
from app.gazetteer.addresses import parse
from app.geo.crs import Metric
from app.geo.datum import to_wgs84
from app.hotline import columns as heading
from app.hotline import orders as reading
from app.hotline import repository, workbook, writing

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
MOST: Final = 1000


class UnknownOrder(NotFound):
    """There is no such order, or it may not be seen."""

    zh = "没有此工单，或无权查看。"


class OfficeUnclear(BadInput):
    """Say which street's (or district's) office the orders are for; nothing was stored."""

    zh = "请注明工单所属街道（或区），未保存。"


class AlreadyOpened(BadInput):
    """The order is a case already; nothing was changed."""

    zh = "该工单已立为案件，未作任何更改。"


class PlaceMissing(BadInput):
    """Pick a place or a point; nothing was changed."""

    zh = "请选定地点，未作任何更改。"


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
class Filter:
    """Which orders; None for any. `after` is the id that the page before ended with."""

    state: str | None = None
    home: str | None = None
    import_id: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    after: int | None = None
    limit: int = 100


# In


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
    remembered = _mapping(connection, home, table.fingerprint)
    told = {**remembered.get("told", {}), **(choices.columns or {})}
    columns = heading.chosen(table, told)
    if len(table.rows) > workbook.MOST_ROWS:
        raise workbook.UnreadableFile(f"It has more than {workbook.MOST_ROWS:,} rows.", remedy="Split it.")
    read = reading.read(table, columns)
    kept: dict[str, Any] = {
        "told": told, "columns": columns, "categories": {**remembered.get("categories", {}), **(choices.categories or {})},
        "default": choices.default or remembered.get("default", DEFAULT_CATEGORY),
    }  # fmt: skip
    for key in (kept["default"], *kept["categories"].values()):
        categories.catalogue(connection).find(key)
    findings = list(read.findings)
    new, known, changed = _sorted(connection, choices.source, read.orders, findings)
    matches = gazetteer.search(connection, [order.address or order.content[:100] for order in new])
    counts = {"opened": 0, "waiting": 0, "elsewhere": 0}
    import_id = None
    if dry_run:
        counts["opened"] = sum(match.status == "matched" for match in matches)
        counts["waiting"] = len(new) - counts["opened"]
    else:
        repository.run(connection, "keep_mapping", home=home, fingerprint=table.fingerprint,
                       headers=list(table.headers), columns=json.dumps(kept, ensure_ascii=False))  # fmt: skip
        (noted,) = repository.rows(
            connection, "add_import", home=home, source=choices.source, file_name=file_name[-200:],
            file_hash=hashlib.sha256(content).digest(), fingerprint=table.fingerprint,
        )  # fmt: skip
        import_id = int(noted["id"])
        names = {c.name_zh: c.key for c in categories.catalogue(connection).all()}
        for order, match in zip(new, matches, strict=True):
            category = reading.category_of(order.category, names, kept["categories"], kept["default"])
            counts[
                _take(connection, asking, order, match, category, home, import_id, choices, findings, now)
            ] += 1
        gazetteer.confirm(connection, [
            (order.address, match.candidates[0].place.id)
            for order, match in zip(new, matches, strict=True) if match.status == "matched"
        ])  # fmt: skip
    done = Imported(
        home=home, sheet=table.sheet, headers=table.headers, rows=len(read.orders) + read.bad, skipped=read.skipped,
        columns={field: table.headers[column] for field, column in columns.items()},
        new=counts["opened"] + counts["waiting"], opened=counts["opened"], waiting=counts["waiting"],
        known=known + counts["elsewhere"], changed=changed, bad=read.bad, findings=tuple(findings),
        import_id=import_id, trial=dry_run,
    )  # fmt: skip
    if import_id is not None:
        told_counts = {
            name: getattr(done, name)
            for name in ("rows", "new", "opened", "waiting", "known", "changed", "bad")
        }
        repository.run(connection, "end_import", id=import_id, counts=json.dumps(told_counts))
    return done


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


def _mapping(connection: Connection, home: str, fingerprint: str | None) -> dict[str, Any]:
    rows = repository.rows(connection, "mapping", home=home, fingerprint=fingerprint)
    return {"headers": rows[0]["headers"], **rows[0]["columns"]} if rows else {}


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


def _take(  # noqa: PLR0917
    connection: Connection, asking: Principal, order: Order, match: Match, category: str, home: str, import_id: int,
    choices: Choices, findings: list[Finding], now: datetime | None,
) -> str:  # fmt: skip
    """Store one order and open its case where its place is certain; return `opened`, `waiting` or `elsewhere`."""
    place = match.candidates[0].place if match.status == "matched" else None
    with repository.savepoint(connection):
        stored = repository.rows(
            connection, "add_order", source=choices.source, number=order.number, import_id=import_id,
            row_number=order.row, fingerprint=order.fingerprint, received_at=order.received_at, due_at=order.due_at,
            receiver=order.receiver, category_text=order.category, category=category,
            confidential=categories.catalogue(connection).find(category).confidential, content=order.content,
            address=order.address, home=home, street=None, community=place.community if place else None,
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
            _open(connection, asking, one(connection, order_id), place.x, place.y, place.id, now=now)
    except GridwardError as error:
        findings.append(Finding(
            code="not-opened", where=f"row {order.row}", severity="warning",
            message=f"Its place is known, its case could not be opened: {error.title} {error.detail}".strip(),
            remedy=error.remedy or "Pick another place, or have the district open it.",
        ))  # fmt: skip
        return "waiting"
    return "opened"


def _open(  # noqa: PLR0917
    connection: Connection, asking: Principal, order: dict[str, Any], x: float, y: float, place_id: int | None, *,
    why: tuple[str, str] | None = None, now: datetime | None = None,
) -> None:  # fmt: skip
    """Open an order's case at a place (metres); who called goes along and is forgotten here."""
    callers = repository.rows(connection, "caller", order_id=order["id"])
    caller = callers[0] if callers else {"name": "", "phone": ""}
    opened = cases.report(connection, asking, Said(
        category=order["category"], x=x, y=y, datum=f"epsg:{areas.metric_srid(connection)}", source="hotline",
        reported_at=order["received_at"], system=f"hotline:{order['source']}", source_id=order["number"],
        description=order["content"], address=order["address"], accuracy_m=order["accuracy_m"], due_at=order["due_at"],
        name=caller["name"], phone=caller["phone"], synthetic=order["synthetic"],
    ), now)  # fmt: skip
    with auth.as_system(connection):  # a confidential case may be hidden from whoever opened it
        standing = cases.case(connection, opened.number)
        zh, en = why or (order["why_zh"], order["why_en"])
        done = repository.rows(
            connection, "opened", id=order["id"], version=order["version"], case_number=opened.number,
            place_id=place_id, x=x, y=y, community=standing.community, street=standing.street, why_zh=zh, why_en=en,
        )  # fmt: skip
        repository.run(connection, "forget_caller", order_id=order["id"])
    if not done:
        raise _outdated(connection, order["id"])
    if order["first_receiver"]:
        with auth.as_system(connection):
            cases.comment(
                connection, asking, opened.number, f"首接单位（首接负责）：{order['first_receiver']}", now=now
            )


# Looking


def orders(connection: Connection, asking: Principal, asked: Filter) -> list[dict[str, Any]]:
    """Return orders, newest first, as far as the asker may see them; see `sql/orders.sql`."""
    asking.requires("hotline.edit")
    return repository.rows(
        connection, "orders", id=None, state=asked.state, home=asked.home, import_id=asked.import_id, since=asked.since,
        until=asked.until, after_id=asked.after, most=min(asked.limit, MOST),
    )  # fmt: skip


def one(connection: Connection, order_id: int) -> dict[str, Any]:
    rows = repository.rows(
        connection, "orders", id=order_id, state=None, home=None, import_id=None, since=None, until=None, after_id=None,
        most=1,
    )  # fmt: skip
    if not rows:
        raise UnknownOrder(f"Its id is {order_id}.")
    return rows[0]


def order(connection: Connection, asking: Principal, order_id: int) -> dict[str, Any]:
    """Return one order.

    Raises:
        UnknownOrder: There is none that the asker may see.
    """
    asking.requires("hotline.edit")
    return one(connection, order_id)


def caller(connection: Connection, asking: Principal, order_id: int) -> dict[str, str]:
    """Return who called, as long as the order waits; the look is logged."""
    order(connection, asking, order_id)
    auth.audit(connection, asking, "look", "hotline.callers", order_id, ["name", "phone"])
    rows = repository.rows(connection, "caller", order_id=order_id)
    return rows[0] if rows else {"name": "", "phone": ""}


def rates(
    connection: Connection, asking: Principal, *, home: str | None = None, since: datetime | None = None,
    until: datetime | None = None,
) -> list[dict[str, Any]]:  # fmt: skip
    """Return the raw counts of the three rates (三率) by street; see `sql/rates.sql`."""
    asking.requires("hotline.edit")
    return repository.rows(connection, "rates", home=home, since=since, until=until)


# Changing


def pick_place(
    connection: Connection, asking: Principal, order_id: int, version: int | None = None, *, place_id: int | None = None,
    lon: float | None = None, lat: float | None = None, datum: str = "wgs84", now: datetime | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Say where an order is, by a place of the gazetteer or a point: its case opens, the gazetteer remembers.

    Raises:
        UnknownOrder, AlreadyOpened, PlaceMissing: It can't be asked for like this.
        Outdated: Somebody changed it since `version`.
        NotAllowed: The place lies beyond the asker's ground.
    """
    asking.requires("hotline.edit")
    standing = _at(connection, order_id, version)
    if standing["state"] == "opened":
        raise AlreadyOpened(f"Case {standing['case_number']}.")
    x, y = _point(connection, place_id, lon, lat, datum)
    why = ("人工选定地点。", "Somebody picked the place.")
    _open(connection, asking, standing, x, y, place_id, why=why, now=now)
    _teach(connection, asking, standing["address"], place_id, x, y)
    with auth.as_system(connection):
        return one(connection, order_id)


def _point(
    connection: Connection, place_id: int | None, lon: float | None, lat: float | None, datum: str
) -> tuple[float, float]:
    if place_id is not None:
        chosen = gazetteer.place(connection, place_id)
        return chosen.x, chosen.y
    if lon is None or lat is None:
        raise PlaceMissing(remedy="Give place_id, or lon and lat.")
    xs, ys = Metric(areas.metric_srid(connection)).from_lonlat(*to_wgs84([lon], [lat], datum))
    if not (xs[0] == xs[0] and ys[0] == ys[0]):
        raise PlaceMissing("The point lies nowhere.", remedy="Check its coordinates and their datum.")
    return float(xs[0]), float(ys[0])


def _teach(  # noqa: PLR0917
    connection: Connection, asking: Principal, address: str, place_id: int | None, x: float, y: float
) -> None:
    """Have the gazetteer remember a pick, as far as the asker may edit it there and the address names something."""
    if not parse(address).key:
        return
    try:
        chosen = place_id or gazetteer.add_picked(connection, asking, address, x, y)
        if chosen is not None:
            gazetteer.learn(connection, asking, address, chosen)
    except NotAllowed:
        return  # the pick holds for this order alone


def give_back(
    connection: Connection, asking: Principal, order_id: int, reason: str, version: int | None = None
) -> dict[str, Any]:
    """Note that an order goes back to the hotline (退单), and why; its case, if open, is ended by its own moves."""
    if not reason.strip():
        raise BadInput("A reason is needed.", remedy="Say why it goes back.")
    return _change(connection, asking, order_id, version, returned=1, return_reason=reason.strip())


def results(
    connection: Connection, asking: Principal, order_id: int, version: int | None = None, *,
    contacted: bool | None = None, solved: bool | None = None, satisfied: bool | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Note what the caller was asked for the three rates (三率); None leaves an answer as it was."""
    return _change(
        connection, asking, order_id, version, contacted=contacted, solved=solved, satisfied=satisfied
    )


def _change(
    connection: Connection, asking: Principal, order_id: int, version: int | None, **change: Any
) -> dict[str, Any]:
    asking.requires("hotline.edit")
    standing = _at(connection, order_id, version)
    asking.requires("hotline.edit", within={*areas.lineage(connection, standing["home"]), standing["street"]})
    values = {
        "returned": 0,
        "return_reason": "",
        "contacted": None,
        "solved": None,
        "satisfied": None,
        **change,
    }
    if not repository.rows(connection, "change_order", id=order_id, version=standing["version"], **values):
        raise _outdated(connection, order_id)
    return one(connection, order_id)


def _at(connection: Connection, order_id: int, version: int | None) -> dict[str, Any]:
    standing = one(connection, order_id)
    if version is not None and version != standing["version"]:
        raise _outdated(connection, order_id)
    return standing


def _outdated(connection: Connection, order_id: int) -> Outdated:
    return Outdated(auth.last_change(connection, "hotline.orders", order_id), remedy="Read it again.")


# Out


def export(connection: Connection, asking: Principal, asked: Filter) -> bytes:
    """Return orders as .xlsx in the columns of the office's newest import, and what became of them; callers left out."""
    asking.requires("hotline.edit")
    rows = repository.rows(
        connection, "orders", id=None, state=asked.state, home=asked.home, import_id=asked.import_id, since=asked.since,
        until=asked.until, after_id=None, most=workbook.MOST_ROWS,
    )  # fmt: skip
    homes = {asked.home} if asked.home else {row["home"] for row in rows}
    mapping = _mapping(connection, str(homes.pop()), None) if len(homes) == 1 else {}
    auth.audit(connection, asking, "export", "hotline.orders", "", ["content", "address"])
    held = {
        field: column for field, column in mapping.get("columns", {}).items() if field not in heading.PERSONAL
    }
    return writing.workbook(rows[::-1], mapping.get("headers", ()), held)


def columns_of(content: bytes, file_name: str) -> Table:
    """Return how a file's heading is read, for whoever chooses its columns."""
    return heading.table(workbook.read(content, file_name))
