"""Reports by staff and by residents, and how a resident follows one (上报、查询进度)."""

from __future__ import annotations

import math
import time
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from app.auth.guards import Transaction
from app.auth.slowing import source_of
from app.cases import pacing
from app.cases import service as cases
from app.cases.case import Facts
from app.cases.moves import service as moves
from app.cases.opening import service as opening
from app.cases.reporting import SOURCES, Opened, Said
from app.cases.surroundings import service as surroundings
from app.cases.talk import service as talk
from app.categories import service as categories
from app.core.errors import BadInput, GridwardError, TooMany
from app.desk import forms, service, telling, words
from app.desk.drawing import Look
from app.desk.guards import AnyLook, Form, MyLook, page, seen
from app.desk.intake import service as intake
from app.web.problems import status_of

router = APIRouter(include_in_schema=False)
REPORTS = pacing.Pace(60, 3600)
FOLLOWING = pacing.Pace(120, 3600)
NEEDS_PROOF = ("hotline", "media", "file", "open311", "inspection")


@router.get("/desk/report")
def report_page(
    connection: Transaction, look: MyLook, q: Annotated[str, Query(max_length=120)] = ""
) -> Response:
    """Show the form of a report; `q` looks an address up."""
    look.asking.requires("case.report")
    return _form(connection, look, address=q)


@router.post("/desk/report")
def report(connection: Transaction, look: MyLook, sent: Form) -> Response:
    """Open a case, or put right on the spot what was found."""
    look.asking.requires("case.report")
    return _reported(connection, look, sent)


@router.get("/report")
def public_page(
    connection: Transaction, look: AnyLook, q: Annotated[str, Query(max_length=120)] = ""
) -> Response:
    """Show residents the form."""
    if look.asking.signed_in:
        return seen("/desk/report")
    return _form(connection, look, address=q)


@router.post("/report")
def public_report(request: Request, connection: Transaction, look: AnyLook, sent: Form) -> Response:
    """Take a resident's report and tell the code by which it can be followed."""
    _paced(REPORTS, request)
    return _reported(connection, look, sent)


@router.get("/follow")
def follow_page(look: AnyLook) -> Response:
    """Ask for number and code."""
    return page(look, "follow.html", error=None, told=None, number="")


@router.post("/follow")
def follow(request: Request, connection: Transaction, look: AnyLook, sent: Form) -> Response:
    """Show how a report stands."""
    _paced(FOLLOWING, request)
    number = sent.text("number")
    try:
        with connection.begin_nested():
            told = talk.follow(connection, number, sent.text("code"))
    except GridwardError as error:
        return page(look, "follow.html", status_of(error), error=error, told=None, number=number)
    return page(look, "follow.html", error=None, told=told, number=number)


def _paced(pace: pacing.Pace, request: Request) -> None:
    wait = pace.wait_s(source_of(request.client.host if request.client else None), time.monotonic())
    if wait:
        raise TooMany(wait_s=math.ceil(wait))


def _reported(connection: Transaction, look: Look, sent: Form) -> Response:
    typed = {key: value for key, value in sent.form.items() if isinstance(value, str)}
    if sent.text("look_up"):  # the button beside the address: nothing is reported yet
        return _form(connection, look, typed=typed, address=sent.text("address"))
    try:
        with connection.begin_nested():
            said = _said(look, sent)
            opened = opening.report(connection, look.asking, said, look.now)
            _with_photos(connection, look, opened, sent)
    except GridwardError as error:
        return _form(connection, look, typed=typed, error=error)
    if look.asking.signed_in and not service.visible(connection, opened.number):
        return seen(Look(path="/desk").link(told=opened.number))
    if not look.asking.signed_in:
        return page(look, "reported.html", opened=opened, case=None, row=None, duplicates=[])
    one = cases.case(connection, opened.number)
    may_read = look.asking.may("case.read")
    same = surroundings.duplicates_of(connection, look.asking, opened.number) if may_read else []
    known = intake.mentioned(connection, [found.number for found in same])
    facts = {
        "opened": opened,
        "case": one,
        "row": intake.line(connection, one, look),
        "duplicates": telling.duplicates(same, [], known, look),
    }
    return page(look, "reported.html", 201, **facts)


def _said(look: Look, sent: Form) -> Said:
    lon, lat = sent.number("lon"), sent.number("lat")
    if lon is None and lat is None and sent.text("place"):  # one of the addresses that were found
        lon, lat = _picked(sent.text("place"))
    if (lon is None) != (lat is None):
        raise BadInput("经度和纬度须同时填写。 Longitude and latitude belong together.")
    category = sent.text("category")
    if not category:
        raise BadInput("请选择类别。 Choose a category.")
    if lon is None and not sent.text("address"):
        raise BadInput("请填写地点：地址或坐标。 Say where: an address or coordinates.")
    return Said(
        category=category,
        x=lon,
        y=lat,
        source=(sent.text("source") or None) if look.asking.signed_in else None,
        description=sent.text("description"),
        address=sent.text("address", longest=200),
        accuracy_m=sent.number("accuracy"),
        urgent=sent.text("urgent") == "yes",
        name=sent.text("name", longest=80),
        phone=sent.text("phone", longest=40),
        on_the_spot=look.asking.signed_in and sent.text("on_the_spot") == "yes",
        synthetic=look.synthetic,
    )


def _picked(place: str) -> tuple[float, float]:
    try:
        lon, lat = (float(part) for part in place.split(","))
    except ValueError:
        raise BadInput(f"{place[:40]!r} is no place of the list.") from None
    return lon, lat


def _with_photos(connection: Transaction, look: Look, opened: Opened, sent: Form) -> None:
    """Add the photos; put right on the spot, the case is closed with both of them."""
    if not look.asking.signed_in:
        return
    for field, moment in forms.PHOTOS.items():
        for _, content in sent.files(field):
            talk.add_photo(connection, look.asking, opened.number, content, moment)
    if sent.text("on_the_spot") == "yes" and opened.new:
        facts = Facts(result=sent.text("result") or sent.text("description"))
        version = cases.case(connection, opened.number).version
        moves.move(connection, look.asking, opened.number, "self_handle", version, facts, look.now)


def _form(
    connection: Transaction,
    look: Look,
    *,
    typed: dict[str, str] | None = None,
    error: GridwardError | None = None,
    address: str = "",
) -> Response:
    found = intake.places(connection, address) if address else []
    sources = [(key, look.pair(names)) for key, names in SOURCES.items() if key not in NEEDS_PROOF]
    facts: dict[str, Any] = {
        "typed": ({"address": address} if address else {}) | (typed or {}),
        "error": error,
        "groups": forms.category_groups(categories.catalogue(connection), look),
        "sources": sources if look.asking.signed_in else [],
        "places": found,
        "looked_up": bool(address),
        "may_handle": look.asking.may("case.self_handle") and look.asking.signed_in,
        "words": words,
    }
    return page(look, "report.html", status_of(error) if error else 200, **facts)
