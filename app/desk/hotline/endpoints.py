"""Hotline orders (热线工单): brought in from a workbook, those that wait for a place, out again as a workbook."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from app.auth.guards import Transaction
from app.core.errors import BadInput, GridwardError
from app.desk.drawing import Look
from app.desk.guards import Form, MyLook, page, seen
from app.hotline import service as hotline
from app.hotline.columns import NAMES
from app.hotline.importing import service as importing
from app.hotline.importing.service import Choices
from app.hotline.service import Filter
from app.web.problems import status_of
from app.web.routers import Branch

router = Branch(prefix="/desk/hotline", include_in_schema=False)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
State = Annotated[str, Query(max_length=40)]


@router.get("")
def orders(connection: Transaction, look: MyLook, state: State = "waiting_for_place") -> Response:
    """Show orders, those first that wait for a place, and the form that brings more in."""
    return _page(connection, look, state=state)


@router.post("")
def bring_in(connection: Transaction, look: MyLook, sent: Form) -> Response:
    """Read a workbook, on trial or for good, and tell what became of every row."""
    look.asking.requires("hotline.edit")
    trial = sent.text("how") != "import"
    chosen = {
        name.removeprefix("column-"): sent.text(name) for name in sent.form if name.startswith("column-")
    }
    try:
        with connection.begin_nested():
            files = sent.files("file")
            if len(files) != 1:
                raise BadInput("请选择一个表格文件。 Choose one file.")
            name, content = files[0]
            choices = Choices(
                home=sent.text("home") or None,
                columns=chosen or None,
                default=sent.text("default"),
                synthetic=look.synthetic,
            )
            told = importing.import_file(
                connection, look.asking, content, name, choices, dry_run=trial, now=look.now
            )
    except GridwardError as error:
        return _page(connection, look, error=error)
    return _page(connection, look, told=told, trial=trial)


@router.post("/{order_id}/place")
def pick(connection: Transaction, look: MyLook, order_id: int, sent: Form) -> Response:
    """Say where an order is: its case opens."""
    try:
        with connection.begin_nested():
            hotline.pick_place(
                connection,
                look.asking,
                order_id,
                sent.whole("version"),
                place_id=sent.whole("place"),
                lon=sent.number("lon"),
                lat=sent.number("lat"),
                now=look.now,
            )
    except GridwardError as error:
        return _page(connection, look, error=error)
    return seen(Look(path="/desk/hotline").link(told=look.t("已立为案件。", "It is a case now.")))


@router.get("/orders.xlsx")
def export(connection: Transaction, look: MyLook, state: State = "") -> Response:
    """Return orders as a workbook."""
    content = hotline.export(connection, look.asking, Filter(state=state or None))
    headers = {"Content-Disposition": 'attachment; filename="gridward-orders.xlsx"'}
    return Response(content, media_type=XLSX, headers=headers)


def _page(
    connection: Transaction,
    look: Look,
    *,
    error: GridwardError | None = None,
    told: Any = None,
    trial: bool = False,
    state: str = "waiting_for_place",
) -> Response:
    found = hotline.orders(connection, look.asking, Filter(state=state or None, limit=100))
    facts = {
        "error": error,
        "told": told,
        "trial": trial,
        "state": state,
        "found": found,
        "fields": {key: (names[0], key.replace("_", " ")) for key, names in NAMES.items()},
    }
    return page(look, "hotline.html", status_of(error) if error else 200, **facts)
