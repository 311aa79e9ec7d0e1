"""Hotline orders (12345 工单) as they are stored: looked at, placed by hand, answered, given back, out as a workbook.

The room beside brings them in. An order becomes a case once its place is certain; what somebody picks, the gazetteer
remembers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from app.areas import service as areas
from app.auth import service as auth
from app.cases import service as cases
from app.cases.opening import service as opening
from app.cases.reporting import Said
from app.cases.talk import service as talk
from app.core.errors import BadInput, NotAllowed, NotFound, Outdated
from app.gazetteer import service as gazetteer
from app.gazetteer.addresses import parse
from app.hotline import columns as heading
from app.hotline import repository, workbook, writing

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from app.auth.principal import Principal

MOST: Final = 1000


class UnknownOrder(NotFound):
    """There is no such order, or it may not be seen."""

    zh = "没有此工单，或无权查看。"


class AlreadyOpened(BadInput):
    """The order is a case already; nothing was changed."""

    zh = "该工单已立为案件，未作任何更改。"


class PlaceMissing(BadInput):
    """Pick a place or a point; nothing was changed."""

    zh = "请选定地点，未作任何更改。"


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


def mapping_of(connection: Connection, home: str, fingerprint: str | None) -> dict[str, Any]:
    """Return how an office's files of one heading are read (its newest ones without a fingerprint); empty if unknown."""
    rows = repository.rows(connection, "mapping", home=home, fingerprint=fingerprint)
    return {"headers": rows[0]["headers"], **rows[0]["columns"]} if rows else {}


def open_case(  # noqa: PLR0917
    connection: Connection, asking: Principal, order: dict[str, Any], x: float, y: float, place_id: int | None, *,
    why: tuple[str, str] | None = None, now: datetime | None = None,
) -> None:  # fmt: skip
    """Open an order's case at a place (metres); who called goes along and is forgotten here."""
    callers = repository.rows(connection, "caller", order_id=order["id"])
    caller = callers[0] if callers else {"name": "", "phone": ""}
    opened = opening.report(connection, asking, Said(
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
            talk.comment(
                connection, asking, opened.number, f"首接单位（首接负责）：{order['first_receiver']}", now=now
            )


def orders(connection: Connection, asking: Principal, asked: Filter) -> list[dict[str, Any]]:
    """Return orders, newest first, as far as the asker may see them; see `sql/orders.sql`."""
    asking.requires("hotline.edit")
    return repository.rows(
        connection, "orders", id=None, state=asked.state, home=asked.home, import_id=asked.import_id, since=asked.since,
        until=asked.until, after_id=asked.after, most=min(asked.limit, MOST),
    )  # fmt: skip


def one(connection: Connection, order_id: int) -> dict[str, Any]:
    """Return one order as `order` does, for who has been judged already."""
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
    open_case(connection, asking, standing, x, y, place_id, why=why, now=now)
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
    return cases.metres(connection, lon, lat, datum)


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


def export(connection: Connection, asking: Principal, asked: Filter) -> bytes:
    """Return orders as .xlsx in the columns of the office's newest import, and what became of them; callers left out."""
    asking.requires("hotline.edit")
    rows = repository.rows(
        connection, "orders", id=None, state=asked.state, home=asked.home, import_id=asked.import_id, since=asked.since,
        until=asked.until, after_id=None, most=workbook.MOST_ROWS,
    )  # fmt: skip
    homes = {asked.home} if asked.home else {row["home"] for row in rows}
    mapping = mapping_of(connection, str(homes.pop()), None) if len(homes) == 1 else {}
    auth.audit(connection, asking, "export", "hotline.orders", "", ["content", "address"])
    held = {
        field: column for field, column in mapping.get("columns", {}).items() if field not in heading.PERSONAL
    }
    return writing.workbook(rows[::-1], mapping.get("headers", ()), held)
