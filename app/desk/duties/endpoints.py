"""Parties and what they answer for, collaboration models, who answers at a place, gaps (主体与职责、协作模式、覆盖检查)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.auth.guards import Transaction
from app.categories import service as categories
from app.core.errors import BadInput, GridwardError
from app.desk import forms, service, telling
from app.desk.drawing import Look
from app.desk.duties import service as duties
from app.desk.guards import Form, MyLook, page, seen
from app.parties import service as parties
from app.parties.answers import service as answers
from app.parties.contacts import service as parties_contacts
from app.parties.drafts import AbsenceDraft, ContactDraft, ModelDraft
from app.parties.duties import service as parties_duties
from app.parties.kinds import KINDS
from app.parties.rulebook import Period
from app.web.problems import status_of

router = APIRouter(prefix="/desk", include_in_schema=False)
Short = Annotated[str, Query(max_length=60)]


@router.get("/parties")
def parties_page(
    connection: Transaction, look: MyLook, text: Short = "", kind: Short = "", area: Short = ""
) -> Response:
    """List parties; of one area also its collaboration model."""
    look.asking.requires("parties.read")
    facts = duties.listed(connection, look, text, kind, area)
    return page(look, "parties.html", kinds=KINDS, text=text, kind=kind, area=area, **facts)


@router.get("/parties/{code}")
def party_page(connection: Transaction, look: MyLook, code: str) -> Response:
    """Show a party."""
    look.asking.requires("parties.read")
    return _party(connection, look, code)


@router.post("/parties/{code}/contacts")
def contacts(connection: Transaction, look: MyLook, code: str) -> Response:
    """Show a party's contacts, and record the look."""
    look.asking.requires("parties.read")
    who = parties.party_named(connection, code)
    return _party(connection, look, code, contacts=parties_contacts.contacts(connection, look.asking, who.id))


@router.post("/parties/{code}/contacts/add")
def add_contact(connection: Transaction, look: MyLook, code: str, sent: Form) -> Response:
    """Add a way to reach a party."""
    try:
        with connection.begin_nested():
            who = parties.party_named(connection, code)
            draft = ContactDraft(
                post=sent.text("post"),
                means=sent.text("means"),
                value=sent.text("value"),
                note=sent.text("note"),
            )
            parties_contacts.add_contact(connection, look.asking, who.id, draft)
    except GridwardError as error:
        return _party(connection, look, code, error=error)
    return seen(f"/desk/parties/{code}")


@router.post("/parties/{code}/absences")
def add_absence(connection: Transaction, look: MyLook, code: str, sent: Form) -> Response:
    """Note that a party is away, and who answers for it."""
    try:
        with connection.begin_nested():
            who = parties.party_named(connection, code)
            begin, end = sent.moment("begin", look.zone), sent.moment("end", look.zone)
            draft = AbsenceDraft(
                period=Period(begin or look.now, end),
                delegate=sent.text("delegate") or None,
                reason=sent.text("reason"),
            )
            parties_duties.add_absence(connection, look.asking, who.id, draft)
    except GridwardError as error:
        return _party(connection, look, code, error=error)
    return seen(f"/desk/parties/{code}")


@router.post("/parties/{code}/absences/{absence_id}/end")
def end_absence(connection: Transaction, look: MyLook, code: str, absence_id: int) -> Response:
    """End an absence now."""
    try:
        with connection.begin_nested():
            who = parties.party_named(connection, code)
            parties_duties.end_absence(connection, look.asking, who.id, absence_id, look.now)
    except GridwardError as error:
        return _party(connection, look, code, error=error)
    return seen(f"/desk/parties/{code}")


@router.post("/models/{area}")
def set_model(connection: Transaction, look: MyLook, area: str, sent: Form) -> Response:
    """Let a community have another collaboration model from a time on."""
    try:
        with connection.begin_nested():
            draft = ModelDraft(
                area_code=area,
                model=sent.text("model"),
                step=sent.text("step") or None,
                since=sent.moment("since", look.zone) or look.now,
                basis=sent.text("basis"),
            )
            parties_duties.set_model(connection, look.asking, draft)
    except GridwardError as error:
        facts = duties.listed(connection, look, "", "", area)
        more = {"kinds": KINDS, "text": "", "kind": "", "area": area}
        return page(look, "parties.html", status_of(error), **(facts | more | {"error": error}))
    return seen(Look(path="/desk/parties").link(area=area))


@router.get("/why")
def explain(
    connection: Transaction,
    look: MyLook,
    lon: Short = "",
    lat: Short = "",
    category: Annotated[str, Query(max_length=80)] = "",
) -> Response:
    """Show who would answer at a place for a category, and why."""
    look.asking.requires("parties.read")
    groups = forms.category_groups(categories.catalogue(connection), look)
    asked: dict[str, Any] = {"lon": lon, "lat": lat, "category": category, "groups": groups}
    if not (lon and lat and category):
        return page(look, "explain.html", error=None, told=None, **asked)
    try:
        place = answers.place_at(connection, *_degrees(lon, lat))
        answer = answers.explain(connection, place, category, look.now)
    except GridwardError as error:
        return page(look, "explain.html", status_of(error), error=error, told=None, **asked)
    told: dict[str, Any] = telling.why(answer.to_dict(), look)
    told["place"] = " · ".join(service.community_names(connection, place.areas[::-1]).values())
    return page(look, "explain.html", error=None, told=told, **asked)


@router.get("/lint")
def lint(connection: Transaction, look: MyLook, area: Short = "") -> Response:
    """Show ground without an owner or with two, and rules that never decide, of an area or everywhere."""
    look.asking.requires("parties.read")
    return page(look, "lint.html", area=area, **duties.gaps(connection, look, area))


@router.get("/lint.csv")
def lint_download(connection: Transaction, look: MyLook, area: Short = "") -> Response:
    """Return the same as a table for spreadsheets."""
    look.asking.requires("parties.read")
    headers = {"Content-Disposition": 'attachment; filename="gridward-lint.csv"'}
    return Response(
        duties.gaps_table(connection, look, area), media_type="text/csv; charset=utf-8", headers=headers
    )


def _degrees(lon: str, lat: str) -> tuple[float, float]:
    try:
        return float(lon), float(lat)
    except ValueError:
        raise BadInput(f"{lon[:20]}, {lat[:20]} are no degrees.", remedy="As in 116.46 and 39.92.") from None


def _party(
    connection: Transaction,
    look: Look,
    code: str,
    *,
    error: GridwardError | None = None,
    contacts: list[dict[str, Any]] | None = None,
) -> Response:
    facts = duties.of_party(connection, look, parties.party_named(connection, code))
    status = status_of(error) if error else 200
    return page(look, "party.html", status, error=error, contacts=contacts, kinds=KINDS, **facts)
