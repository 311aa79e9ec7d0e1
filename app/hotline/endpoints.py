"""`/api/hotline`: orders in and out, where they are, what became of them."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

from fastapi import Depends, File, Form, Path, Query, Response, UploadFile
from pydantic import AwareDatetime, ValidationError

from app.auth.guards import Me, OnceKey, Transaction, once
from app.core.errors import BadInput
from app.hotline import service
from app.hotline.importing import service as importing
from app.hotline.importing.service import Choices
from app.hotline.schemas import (
    CallerOut,
    ChoicesIn,
    ImportedOut,
    OrderOut,
    OrdersOut,
    PickIn,
    RatesOut,
    ResultsIn,
    ReturnIn,
    State,
)
from app.hotline.service import Filter
from app.web import problems
from app.web.etags import IfMatch, etag
from app.web.routers import Branch
from app.web.texts import Text

router = Branch(prefix="/api/hotline", tags=["hotline"])
OrderId = Annotated[int, Path(ge=1, lt=2**63)]
Area = Annotated[Text | None, Query(max_length=30, description="Code of the office's street or district.")]
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class BadChoices(BadInput):
    """The choices aren't JSON of the documented shape; nothing was stored."""

    zh = "导入选项格式有误，未保存。"


@router.post("/imports", response_model=ImportedOut, responses=problems.SENDING | problems.documented(409))
def import_file(  # noqa: PLR0917
    connection: Transaction,
    me: Me,
    file: Annotated[
        UploadFile, File(description=".xlsx, or CSV in UTF-8 or GB18030; up to 16 MiB, 20,000 rows.")
    ],
    choices: Annotated[str, Form(max_length=50_000, description="JSON: see ChoicesIn.")] = "{}",
    dry_run: Annotated[bool, Form(description="Read, match and tell; store nothing.")] = False,
    key: OnceKey = None,
) -> Response:
    """Bring orders in (工单导入): each is opened as a case, or waits for somebody to pick its place; none twice."""
    me.requires("hotline.edit")
    try:
        said = ChoicesIn.model_validate_json(choices)
    except ValidationError as error:
        raise BadChoices(
            str(error.errors()[0]["msg"])[:200], remedy="See ChoicesIn in the API's document."
        ) from None
    content = file.file.read()
    name = (file.filename or "")[-200:].replace("\0", "")

    def make() -> tuple[int, ImportedOut, dict[str, str]]:
        done = importing.import_file(
            connection, me, content, name, Choices(**said.model_dump()), dry_run=dry_run
        )
        return 200, ImportedOut.of(done), {}

    sent = ["POST /api/hotline/imports", hashlib.sha256(content).hexdigest(), said.model_dump(), dry_run]
    return once(connection, me, key, sent, make)


class _Asked:
    """Which orders."""

    def __init__(  # noqa: PLR0917
        self,
        state: State | None = None,
        home: Area = None,
        import_id: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        after: Annotated[int | None, Query(ge=1, lt=2**63)] = None,
        limit: Annotated[int, Query(ge=1, le=service.MOST)] = 100,
    ) -> None:
        self.filter = Filter(
            state=state, home=home, import_id=import_id, since=since, until=until, after=after, limit=limit
        )


Asked = Annotated[_Asked, Depends()]


@router.get("/orders")
def orders(connection: Transaction, me: Me, asked: Asked) -> OrdersOut:
    """Return orders that you may see, newest first, without who called."""
    found = service.orders(connection, me, asked.filter)
    after = found[-1]["id"] if len(found) == asked.filter.limit else None
    return OrdersOut(orders=[OrderOut.of(one) for one in found], after=after)


@router.get("/export", response_class=Response, responses={200: {"content": {XLSX: {}}}})
def export(connection: Transaction, me: Me, asked: Asked) -> Response:
    """Return orders as .xlsx in the office's own columns, with what became of each; who called is left out."""
    content = service.export(connection, me, asked.filter)
    return Response(
        content, media_type=XLSX, headers={"Content-Disposition": 'attachment; filename="orders.xlsx"'}
    )


@router.get("/rates")
def rates(
    connection: Transaction, me: Me, home: Area = None, since: AwareDatetime | None = None,
    until: AwareDatetime | None = None,
) -> list[RatesOut]:  # fmt: skip
    """Return the raw counts of the three rates (三率) by street, for orders received in a period."""
    return [RatesOut(**row) for row in service.rates(connection, me, home=home, since=since, until=until)]


@router.get("/orders/{order_id}")
def order(connection: Transaction, me: Me, order_id: OrderId, response: Response) -> OrderOut:
    """Return one order; its ETag is for a change."""
    return _told(service.order(connection, me, order_id), response)


@router.get("/orders/{order_id}/caller")
def caller(connection: Transaction, me: Me, order_id: OrderId) -> CallerOut:
    """Return who called, while the order waits (then the case has it); the look is logged."""
    return CallerOut(**service.caller(connection, me, order_id))


@router.post("/orders/{order_id}/place", responses=problems.CHANGING)
def pick(  # noqa: PLR0917
    connection: Transaction, me: Me, order_id: OrderId, place: PickIn, version: IfMatch, response: Response
) -> OrderOut:
    """Say where an order is: its case opens, and the gazetteer remembers."""
    return _told(service.pick_place(connection, me, order_id, version, **place.model_dump()), response)


@router.post("/orders/{order_id}/return", responses=problems.CHANGING)
def give_back(  # noqa: PLR0917
    connection: Transaction, me: Me, order_id: OrderId, said: ReturnIn, version: IfMatch, response: Response
) -> OrderOut:
    """Note that an order goes back to the hotline (退单), and why."""
    return _told(service.give_back(connection, me, order_id, said.reason, version), response)


@router.post("/orders/{order_id}/results", responses=problems.CHANGING)
def results(  # noqa: PLR0917
    connection: Transaction, me: Me, order_id: OrderId, said: ResultsIn, version: IfMatch, response: Response
) -> OrderOut:
    """Note what the caller was asked for the three rates (三率)."""
    return _told(service.results(connection, me, order_id, version, **said.model_dump()), response)


def _told(found: dict[str, Any], response: Response) -> OrderOut:
    response.headers["ETag"] = etag(found["version"])
    return OrderOut.of(found)
