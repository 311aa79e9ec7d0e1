"""`/api/parties` and `/api/answers`: who there is, who answers for what, where and why."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import File, Path, Query, Response, UploadFile
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime

from app.areas.service import metric_srid
from app.auth.guards import Me, OnceKey, Transaction, once
from app.geo.crs import Metric
from app.parties import service
from app.parties.answers import service as answers
from app.parties.contacts import service as parties_contacts
from app.parties.duties import service as duties
from app.parties.grounds import service as grounds
from app.parties.kinds import KINDS, known
from app.parties.schemas import (
    AbsenceIn,
    AbsenceOut,
    AnswerOut,
    ContactIn,
    ContactOut,
    ImportOut,
    KindOut,
    LintOut,
    Made,
    MemberOut,
    ModelIn,
    ModelOut,
    NameIn,
    PartyIn,
    PartyOut,
    PatchIn,
    ResponsibilityIn,
    ResponsibilityOut,
    patch_collection,
)
from app.parties.sheets import files
from app.parties.sheets import service as sheets_service
from app.web import problems
from app.web.etags import IfMatch, etag
from app.web.routers import Branch

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = Branch(begins=("/api/parties", "/api/answers"), tags=["parties"])
Id = Annotated[int, Path(ge=1, lt=2**31, examples=[17])]
MAKING = problems.SENDING | problems.documented(409)
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class GeoJson(JSONResponse):
    """GeoJSON under its own name."""

    media_type = "application/geo+json"


@router.get("/api/answers")
def answer(
    connection: Transaction,
    me: Me,
    *,
    lon: Annotated[float, Query(examples=[116.4551])],
    lat: Annotated[float, Query(examples=[39.9219])],
    category: Annotated[str, Query(max_length=80, examples=["event:0102"])],
    at: Annotated[AwareDatetime | None, Query(description="By default now.")] = None,
    datum: Annotated[str, Query(max_length=20)] = "wgs84",
) -> AnswerOut:
    """Who answers for a place and a category, who comes next, and every rule that was considered (派遣依据)."""
    me.requires("parties.read")
    place = answers.place_at(connection, lon, lat, datum, at)
    return AnswerOut(**answers.explain(connection, place, category, at).to_dict())


@router.get("/api/parties")
def parties(
    connection: Transaction,
    me: Me,
    area: Annotated[str | None, Query(max_length=80, description="Home ground.")] = None,
    kind: Annotated[str | None, Query(max_length=40)] = None,
) -> list[PartyOut]:
    """All parties, by code."""
    me.requires("parties.read")
    return [
        PartyOut.of(party)
        for party in service.parties(connection)
        if (area is None or party.area_code == area) and (kind is None or party.kind == kind)
    ]


@router.post("/api/parties", status_code=201, response_model=Made, responses=MAKING)
def add_party(connection: Transaction, me: Me, party: PartyIn, key: OnceKey = None) -> Response:
    """Make a party; it takes parties.edit in its area."""

    def make() -> tuple[int, Any, dict[str, str]]:
        made = service.add_party(connection, me, party.draft())
        return 201, {"id": made}, {"Location": f"/api/parties/{made}", "ETag": etag(1)}

    return once(connection, me, key, party.model_dump(mode="json"), make)


@router.get("/api/parties/kinds")
def kinds(me: Me) -> dict[str, KindOut]:
    """Kinds of party with their Chinese and English names."""
    me.requires("parties.read")
    return {code: KindOut(zh=kind.zh, en=kind.en) for code, kind in KINDS.items()}


@router.get("/api/parties/lint")
def lint(
    connection: Transaction,
    me: Me,
    area: Annotated[
        str | None, Query(max_length=80, description="An area's code; by default everywhere.")
    ] = None,
    at: Annotated[AwareDatetime | None, Query(description="By default now.")] = None,
) -> LintOut:
    """Ground without an owner or with two, and rules that never decide, in pairs of cell and category."""
    me.requires("parties.read")
    return LintOut(**answers.lint(connection, area, at).to_dict())


@router.get("/api/parties/template", response_class=Response, responses={200: {"content": {XLSX: {}}}})
def template(me: Me) -> Response:
    """An empty workbook to fill in, with explanations and lists of codes."""
    me.requires("parties.read")
    return _file(files.to_xlsx([]), XLSX, "parties-template.xlsx")


@router.get(
    "/api/parties/export", response_class=Response, responses={200: {"content": {XLSX: {}, "text/csv": {}}}}
)
def export(
    connection: Transaction,
    me: Me,
    sheet: Annotated[
        Literal["parties", "responsibilities", "models"] | None,
        Query(description="As CSV; without one all as xlsx.", examples=["parties"]),
    ] = None,
) -> Response:
    """All parties, responsibilities and models, in the form in which they can be imported; no contacts."""
    me.requires("parties.read")
    drafts = sheets_service.drafts(connection)
    if sheet is None:
        return _file(files.to_xlsx(drafts), XLSX, "parties.xlsx")
    return _file(files.to_csv(sheet, drafts), "text/csv; charset=utf-8", f"{sheet}.csv")


@router.post("/api/parties/import", response_model=ImportOut, responses=MAKING)
def import_(
    connection: Transaction,
    me: Me,
    file: Annotated[
        UploadFile, File(description="The filled-in workbook (.xlsx), or one of its sheets as CSV.")
    ],
    key: OnceKey = None,
) -> Response:
    """Store the rows of a CSV or xlsx file; faulty rows are told by number, good ones kept, known ones left alone."""
    me.requires("parties.edit")
    content = file.file.read(files.MOST_BYTES + 1)
    lines = files.read_bytes(content, file.filename or "file")
    return once(
        connection, me, key, [line.values for line in lines],
        lambda: (200, sheets_service.import_lines(connection, me, lines).to_dict(), {}),
    )  # fmt: skip


@router.get("/api/parties/models")
def models(
    connection: Transaction, me: Me, area: Annotated[str | None, Query(max_length=80)] = None
) -> list[ModelOut]:
    """Collaboration models with their history, the latest first."""
    me.requires("parties.read")
    return [ModelOut.of(model) for model in duties.models(connection, area)]


@router.post("/api/parties/models", status_code=201, response_model=list[ModelOut], responses=MAKING)
def set_model(connection: Transaction, me: Me, model: ModelIn, key: OnceKey = None) -> Response:
    """Let a community or a street have a model from a time on; answers with its history."""

    def make() -> tuple[int, Any, dict[str, str]]:
        new = duties.set_model(connection, me, model.draft())
        return 201 if new else 200, [ModelOut.of(m) for m in duties.models(connection, model.area_code)], {}

    return once(connection, me, key, model.model_dump(mode="json"), make)


@router.get("/api/parties/patches", response_class=GeoJson)
def patches(
    connection: Transaction,
    me: Me,
    area: Annotated[str | None, Query(max_length=80)] = None,
    datum: Annotated[str, Query(max_length=20)] = "wgs84",
) -> GeoJson:
    """Zones, responsibility grids, sites and drawn ground as GeoJSON."""
    me.requires("parties.read")
    found = [p for p in grounds.patches(connection) if area is None or p.area_code == area]
    cells = {p.id: grounds.cell_codes(connection, p.id) for p in found if p.shape is None}
    return GeoJson(patch_collection(found, cells, datum, _metric(connection)))


@router.post("/api/parties/patches", status_code=201, response_model=Made, responses=MAKING)
def add_patch(connection: Transaction, me: Me, patch: PatchIn, key: OnceKey = None) -> Response:
    """Draw ground within an area: cells, or a polygon in any datum."""

    def make() -> tuple[int, Any, dict[str, str]]:
        made = grounds.add_patch(connection, me, patch.draft(_metric(connection)))
        return 201, {"id": made}, {"Location": f"/api/parties/patches/{made}", "ETag": etag(1)}

    return once(connection, me, key, patch.model_dump(mode="json"), make)


@router.get("/api/parties/patches/{patch_id}", response_class=GeoJson)
def patch(
    connection: Transaction, me: Me, patch_id: Id, datum: Annotated[str, Query(max_length=20)] = "wgs84"
) -> GeoJson:
    """One piece of ground as a GeoJSON feature."""
    me.requires("parties.read")
    found = grounds.patch(connection, patch_id)
    cells = {patch_id: grounds.cell_codes(connection, patch_id)}
    feature = patch_collection([found], cells, datum, _metric(connection))["features"][0]
    return GeoJson(feature, headers={"ETag": etag(found.version)})


@router.put("/api/parties/patches/{patch_id}", response_model=Made, responses=problems.CHANGING)
def change_patch(
    connection: Transaction,
    me: Me,
    patch_id: Id,
    patch: PatchIn,
    *,
    version: IfMatch,
    response: Response,
) -> Made:
    """Give a patch another ground; its code stays."""
    changed = grounds.change_patch(connection, me, patch_id, version, patch.draft(_metric(connection)))
    response.headers["ETag"] = etag(changed.version)
    return Made(id=patch_id)


@router.get("/api/parties/responsibilities")
def responsibilities(
    connection: Transaction, me: Me, party: Annotated[int | None, Query(ge=1, lt=2**31)] = None
) -> list[ResponsibilityOut]:
    """All responsibilities, or a party's."""
    me.requires("parties.read")
    return [ResponsibilityOut.of(rule) for rule in duties.responsibilities(connection, party)]


@router.post("/api/parties/responsibilities", status_code=201, response_model=Made, responses=MAKING)
def add_responsibility(
    connection: Transaction, me: Me, rule: ResponsibilityIn, key: OnceKey = None
) -> Response:
    """Give a party a responsibility; it takes parties.edit on that ground."""

    def make() -> tuple[int, Any, dict[str, str]]:
        made = duties.add_responsibility(connection, me, rule.draft())
        return 201, {"id": made}, {"Location": f"/api/parties/responsibilities/{made}", "ETag": etag(1)}

    return once(connection, me, key, rule.model_dump(mode="json"), make)


@router.get("/api/parties/responsibilities/{rule_id}")
def responsibility(connection: Transaction, me: Me, rule_id: Id, response: Response) -> ResponsibilityOut:
    """One responsibility; its ETag is wanted to change it."""
    me.requires("parties.read")
    found = duties.responsibility(connection, rule_id)
    response.headers["ETag"] = etag(found.version)
    return ResponsibilityOut.of(found)


@router.put("/api/parties/responsibilities/{rule_id}", responses=problems.CHANGING)
def change_responsibility(
    connection: Transaction,
    me: Me,
    rule_id: Id,
    rule: ResponsibilityIn,
    *,
    version: IfMatch,
    response: Response,
) -> ResponsibilityOut:
    """Change a responsibility; to end it, give it an end."""
    changed = duties.change_responsibility(connection, me, rule_id, version, rule.draft())
    response.headers["ETag"] = etag(changed.version)
    return ResponsibilityOut.of(changed)


@router.delete("/api/parties/responsibilities/{rule_id}", status_code=204, responses=problems.CHANGING)
def drop_responsibility(connection: Transaction, me: Me, rule_id: Id, version: IfMatch) -> None:
    """Remove a responsibility that was a mistake; one that was in force is better ended."""
    duties.drop_responsibility(connection, me, rule_id, version)


@router.get("/api/parties/{party_id}")
def party(connection: Transaction, me: Me, party_id: Id, response: Response) -> PartyOut:
    """One party with its names."""
    me.requires("parties.read")
    found = service.party(connection, party_id)
    response.headers["ETag"] = etag(found.version)
    return PartyOut.of(found)


@router.put("/api/parties/{party_id}", responses=problems.CHANGING)
def change_party(
    connection: Transaction,
    me: Me,
    party_id: Id,
    party: PartyIn,
    *,
    version: IfMatch,
    response: Response,
) -> PartyOut:
    """Change a party's kind, area, body and period; its code stays, its name is changed by POST .../names."""
    before = service.party(connection, party_id)
    parent = None if party.parent is None else service.party_named(connection, party.parent).id
    changed = service.change_party(
        connection, me,
        replace(
            before, kind=known(party.kind), area_code=party.area_code, parent_id=parent, period=party.period,
            version=version,
        ),
    )  # fmt: skip
    response.headers["ETag"] = etag(changed.version)
    return PartyOut.of(changed)


@router.post("/api/parties/{party_id}/names", status_code=201, response_model=PartyOut, responses=MAKING)
def rename(connection: Transaction, me: Me, party_id: Id, name: NameIn, key: OnceKey = None) -> Response:
    """Give a party a new name from a time on, or mend the wording of its last one."""

    def make() -> tuple[int, Any, dict[str, str]]:
        renamed = service.rename(connection, me, party_id, zh=name.zh, en=name.en, since=name.since)
        return 201, PartyOut.of(renamed), {}

    return once(connection, me, key, [party_id, name.model_dump(mode="json")], make)


@router.get("/api/parties/{party_id}/absences")
def absences(connection: Transaction, me: Me, party_id: Id) -> list[AbsenceOut]:
    """When a party is or was away, the latest first."""
    me.requires("parties.read")
    service.party(connection, party_id)
    return [AbsenceOut.of(absence) for absence in duties.absences(connection, party_id)]


@router.post("/api/parties/{party_id}/absences", status_code=201, response_model=Made, responses=MAKING)
def add_absence(
    connection: Transaction, me: Me, party_id: Id, absence: AbsenceIn, key: OnceKey = None
) -> Response:
    """Note that a party is away, and who answers for it."""

    def make() -> tuple[int, Any, dict[str, str]]:
        return 201, {"id": duties.add_absence(connection, me, party_id, absence.draft())}, {}

    return once(connection, me, key, [party_id, absence.model_dump(mode="json")], make)


@router.delete("/api/parties/{party_id}/absences/{absence_id}", status_code=204)
def end_absence(connection: Transaction, me: Me, party_id: Id, absence_id: Id) -> None:
    """End an absence now: the party answers for itself again."""
    duties.end_absence(connection, me, party_id, absence_id, datetime.now(UTC))


@router.get("/api/parties/{party_id}/contacts")
def contacts(connection: Transaction, me: Me, party_id: Id) -> list[ContactOut]:
    """How to reach a party, for those who work with it; every look is logged."""
    me.requires("parties.read")
    service.party(connection, party_id)
    return [ContactOut(**contact) for contact in parties_contacts.contacts(connection, me, party_id)]


@router.post("/api/parties/{party_id}/contacts", status_code=201, response_model=Made, responses=MAKING)
def add_contact(
    connection: Transaction, me: Me, party_id: Id, contact: ContactIn, key: OnceKey = None
) -> Response:
    """Note how to reach a party."""

    def make() -> tuple[int, Any, dict[str, str]]:
        return 201, {"id": parties_contacts.add_contact(connection, me, party_id, contact.draft())}, {}

    return once(connection, me, key, [party_id, contact.model_dump(mode="json")], make)


@router.delete("/api/parties/{party_id}/contacts/{contact_id}", status_code=204)
def drop_contact(connection: Transaction, me: Me, party_id: Id, contact_id: Id) -> None:
    """Remove a contact; the log keeps that it was there."""
    parties_contacts.drop_contact(connection, me, party_id, contact_id)


@router.get("/api/parties/{party_id}/members")
def members(connection: Transaction, me: Me, party_id: Id) -> list[MemberOut]:
    """The accounts that act for a party, for those who may edit it."""
    return [MemberOut(**member) for member in parties_contacts.members(connection, me, party_id)]


def _metric(connection: Connection) -> Metric:
    return Metric(metric_srid(connection))


def _file(content: bytes, media_type: str, name: str) -> Response:
    return Response(
        content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
