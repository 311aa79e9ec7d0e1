"""Parties (责任主体): who there is, who answers for what, and why; what the pages, the API and the cases ask.

Who may see is the database's business (row-level security); who may change a rule is judged here: `parties.edit`
within the area that the rule is about.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import shapely

from app.areas import service as areas
from app.auth import service as auth
from app.categories import service as categories
from app.core.errors import BadInput, Conflict, GridwardError, NotFound, Outdated
from app.geo.crs import Metric
from app.parties import answering, exchange, linting, placing, repository, sheets
from app.parties.circles import CircularDelegation, CircularParents, way_back
from app.parties.drafts import (
    BadRule,
    ModelDraft,
    PatchDraft,
    ResponsibilityDraft,
    checked_name,
    checked_period,
)
from app.parties.rulebook import Party, Patch, Period, Place, Rulebook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.parties.answering import Answer
    from app.parties.drafts import AbsenceDraft, ContactDraft, PartyDraft
    from app.parties.rulebook import Absence, CommunityModel, Responsibility

TOLERANCE_M = 5.0
LEAST_BEYOND_M2 = 1.0
LINT_KEPT = timedelta(minutes=5)
MOST_LINTED = 20


class UnknownParty(NotFound):
    """There is no such party."""

    zh = "没有此责任主体。"


class UnknownPatch(NotFound):
    """There is no such patch of ground."""

    zh = "没有此地块。"


class UnknownResponsibility(NotFound):
    """There is no such responsibility."""

    zh = "没有此项责任规则。"


class UnknownAbsence(NotFound):
    """There is no such absence that still lasts or lies ahead."""

    zh = "没有此项缺位记录，或已结束。"


class UnknownContact(NotFound):
    """The party has no such contact."""

    zh = "该主体没有此联系方式。"


class NoSuchArea(BadInput):
    """No edition has this area."""

    zh = "没有此区域。"


class NoSuchCells(BadInput):
    """Some cells aren't known, or lie outside the area."""

    zh = "部分单元网格不存在或不在该区域内。"


class CodeTaken(Conflict):
    """The code is taken."""

    zh = "编码已被使用。"


class OutsideItsGround(BadInput):
    """A party can't answer for ground outside its own area."""

    zh = "责任地块不在该主体所属区域内。"


class OutsideItsArea(BadInput):
    """The drawn ground reaches out of its area."""

    zh = "划定的地块超出所属区域。"


class ModelInThePast(Conflict):
    """The area has a later model already; history isn't written over."""

    zh = "该区域已有更晚的协作模式，历史记录不可覆盖。"


class AwayAlready(Conflict):
    """The party is away at that time already."""

    zh = "该主体在此期间已登记缺位。"


_kept: dict[str, Rulebook] = {}
_linted: dict[tuple[str, str, str, str | None], tuple[datetime, linting.LintReport]] = {}


def rulebook(connection: Connection) -> Rulebook:
    """Return all rules as this transaction sees them, from memory where they haven't changed.

    Rules are no secret among themselves: they are read as the system, so that a stranger's report finds its party.
    """
    database = _database(connection)
    state = repository.state(connection)
    known = _kept.get(database)
    if known is None or known.version != state:
        with auth.as_system(connection):
            known = repository.load_rulebook(connection, state)
        _kept[database] = known
    return known


def _database(connection: Connection) -> str:
    url = connection.engine.url
    return f"{url.host}:{url.port}/{url.database}?{sorted(url.query.items())}"


# Answers


def place_of_cell(
    connection: Connection, cell_id: int, x: float | None = None, y: float | None = None
) -> Place:
    """Return a cell (`areas.cells.id`) as a place; x, y are metres in the metric CRS.

    Raises:
        NotFound: There is no such cell.
    """
    found = repository.places(connection, [cell_id]).get(cell_id)
    if found is None:
        raise NotFound(f"Cell {cell_id}.")
    return found._replace(x=x, y=y)


def places_of_cells(connection: Connection, cell_ids: Sequence[int]) -> dict[int, Place]:
    """Return many cells as places, without exact points."""
    return repository.places(connection, cell_ids)


def place_at(
    connection: Connection, lon: float, lat: float, datum: str = "wgs84", at: datetime | None = None
) -> Place:
    """Return a place by its coordinates, on the boundaries of a time; outside every cell with the areas around it."""
    located = areas.locate(connection, lon, lat, datum, at)
    metric = Metric(areas.metric_srid(connection))
    x, y = (float(m) for m in metric.from_lonlat(located["lon"], located["lat"]))
    codes = {area["level"]: area["code"] for area in located["areas"]}
    cell_id = None
    if located["cell"] is not None:
        cell_id = repository.cells_by_code(connection, [located["cell"]["code"]])[located["cell"]["code"]]
    return Place(cell_id, codes.get("community"), codes.get("street"), codes.get("district"), x, y)


def explain(connection: Connection, place: Place, category: str, at: datetime | None = None) -> Answer:
    """Return who answers for a place and a category (its key), with the trace (派遣依据).

    Raises:
        UnknownCategory: There is no such category.
    """
    found = categories.catalogue(connection).find(category)
    return answering.who_answers(rulebook(connection), place, found, at or datetime.now(UTC))


def lint(
    connection: Connection, area_code: str | None = None, at: datetime | None = None
) -> linting.LintReport:
    """Return which ground has no owner or two, and which rules never decide, in an area or everywhere.

    A whole district takes seconds: what was found for now is kept for a few minutes, as long as no rule changes.

    Raises:
        NoSuchArea: No edition has it.
        NoEdition: No edition holds then.
    """
    if area_code is not None:
        _chain(connection, area_code)
    rules = rulebook(connection)
    now = datetime.now(UTC)
    key = (_database(connection), rules.version, areas.edition_at(connection, at or now).name, area_code)
    kept = _linted.get(key) if at is None else None
    if kept is not None and now - kept[0] < LINT_KEPT:
        return kept[1]
    report = _lint(connection, rules, area_code, at or now)
    if at is None:
        while len(_linted) >= MOST_LINTED:
            _linted.pop(next(iter(_linted)), None)
        _linted[key] = (now, report)
    return report


def _lint(connection: Connection, rules: Rulebook, area_code: str | None, at: datetime) -> linting.LintReport:
    leaves = categories.catalogue(connection).leaves()
    return linting.lint(rules, _spots(connection, area_code, at), leaves, at)


def _spots(connection: Connection, area_code: str | None, at: datetime) -> Iterator[linting.Spot]:
    homes = placing.homes(repository.lint_parents(connection, at))
    pieces = repository.lint_pieces(connection, at)
    for row in repository.lint_cells(connection, at):
        home = homes.get((row.parent_level, row.parent_code), Place())
        if area_code is not None and area_code not in home.areas:
            continue
        for x, y in pieces.get(row.id, ((None, None),)):
            yield linting.Spot(row.code, home._replace(cell_id=row.id, x=x, y=y))


# Parties


def parties(connection: Connection) -> list[Party]:
    """Return all parties that the asker may see, by code."""
    return repository.parties(connection)


def party(connection: Connection, party_id: int) -> Party:
    """Return one party.

    Raises:
        UnknownParty: There is none.
    """
    found = repository.parties(connection, party_id)
    if not found:
        raise UnknownParty(f"Party {party_id}.")
    return found[0]


def party_named(connection: Connection, code: str) -> Party:
    """Return the party of a code.

    Raises:
        UnknownParty: There is none.
    """
    return party(connection, _party_id(connection, code))


def add_party(connection: Connection, asking: Principal, draft: PartyDraft) -> int:
    """Store a party; return its id.

    Raises:
        CodeTaken: There is a party of this code.
        NoSuchArea, UnknownParty: Its area or its body isn't known.
        NotAllowed: The asker may not edit parties there.
    """
    asking.requires("parties.edit", within=_chain(connection, draft.area_code))
    parent = None if draft.parent is None else _party_id(connection, draft.parent)
    made = repository.write_period(
        connection, "add_party", draft.period, code=draft.code, kind=draft.kind, area_code=draft.area_code,
        parent_id=parent, synthetic=draft.synthetic,
    )  # fmt: skip
    if made is None:
        raise CodeTaken(f"Party {draft.code}.", remedy="Change that one, or take another code.")
    repository.put_name(connection, made, draft.zh, draft.en, None)
    return made


def change_party(connection: Connection, asking: Principal, changed: Party) -> Party:
    """Store a party's kind, area, body and period; `version` is the one that was read. Names have a way of their own.

    Raises:
        Outdated: Somebody changed it meanwhile.
        CircularParents: It would belong to itself.
        OutsideItsGround: It answers for ground outside the new area.
    """
    before = party(connection, changed.id)
    asking.requires("parties.edit", within=_chain(connection, before.area_code))
    asking.requires("parties.edit", within=_chain(connection, changed.area_code))
    checked_period(changed.period)
    _no_circle(connection, changed)
    if changed.area_code != before.area_code:
        _keeps_its_ground(connection, changed)
    version = repository.write_period(
        connection, "change_party", changed.period, id=changed.id, version=changed.version, kind=changed.kind,
        area_code=changed.area_code, parent_id=changed.parent_id,
    )  # fmt: skip
    if version is None:
        raise _outdated(connection, "parties.parties", changed.id)
    return party(connection, changed.id)


def rename(
    connection: Connection,
    asking: Principal,
    party_id: int,
    *,
    zh: str,
    en: str = "",
    since: datetime | None = None,
) -> Party:
    """Give a party a name from a time on (offices are renamed); without a time, mend the wording of its last name.

    Raises:
        BadRule: It has a name that begins later.
    """
    found = party(connection, party_id)
    asking.requires("parties.edit", within=_chain(connection, found.area_code))
    checked_name(zh, en)
    last = found.names[-1] if found.names else None
    if last is not None and (since is None or since == last.period.start):
        repository.write(connection, "mend_name", party_id=party_id, zh=zh, en=en, starts=last.period.start)
    elif (
        last is not None and last.period.start is not None and since is not None and since < last.period.start
    ):
        raise BadRule(f"Its last name began at {last.period.start}.", remedy="Let the new one begin later.")
    else:
        repository.put_name(connection, party_id, zh, en, since)
    return party(connection, party_id)


def _no_circle(connection: Connection, changed: Party) -> None:
    if changed.parent_id is None:
        return
    by_id = {p.id: p for p in repository.parties(connection)}
    if changed.parent_id not in by_id:
        raise UnknownParty(f"Party {changed.parent_id}.")
    onward = {p.id: (p.parent_id,) for p in by_id.values() if p.parent_id is not None}
    circle = way_back(changed.id, onward | {changed.id: (changed.parent_id,)})
    if circle is not None:
        raise CircularParents(
            f"{' → '.join(by_id[i].code for i in circle)}.", remedy="Let one of them belong to another body."
        )


def _keeps_its_ground(connection: Connection, changed: Party) -> None:
    for rule in repository.responsibilities(connection, party_id=changed.id):
        ground = rule.area_code
        if rule.patch_id is not None:
            ground = repository.patches(connection, rule.patch_id)[0].area_code
        _within_its_area(changed, _chain(connection, ground))


# Responsibilities


def responsibilities(connection: Connection, party_id: int | None = None) -> list[Responsibility]:
    """Return all responsibilities, or a party's."""
    return repository.responsibilities(connection, party_id=party_id)


def responsibility(connection: Connection, responsibility_id: int) -> Responsibility:
    """Return one responsibility.

    Raises:
        UnknownResponsibility: There is none.
    """
    found = repository.responsibilities(connection, responsibility_id)
    if not found:
        raise UnknownResponsibility(f"Responsibility {responsibility_id}.")
    return found[0]


def add_responsibility(connection: Connection, asking: Principal, draft: ResponsibilityDraft) -> int:
    """Store a responsibility; return its id.

    Raises:
        UnknownParty, UnknownPatch, NoSuchArea, UnknownCategory: It names what there isn't.
        OutsideItsGround: The ground isn't in the party's area.
        NotAllowed: The asker may not edit parties on that ground.
    """
    values = _values(connection, asking, draft)
    made = repository.write_period(
        connection, "add_responsibility", draft.period, synthetic=draft.synthetic, **values
    )
    assert made is not None  # noqa: S101  # an INSERT without ON CONFLICT returns its row
    return made


def change_responsibility(
    connection: Connection,
    asking: Principal,
    responsibility_id: int,
    version: int,
    draft: ResponsibilityDraft,
) -> Responsibility:
    """Store another content of a responsibility that is still at a version.

    Raises:
        Outdated: Somebody changed it meanwhile.
    """
    _may_edit_rule(connection, asking, responsibility(connection, responsibility_id))
    values = _values(connection, asking, draft)
    done = repository.write_period(
        connection, "change_responsibility", draft.period, id=responsibility_id, version=version, **values
    )
    if done is None:
        raise _outdated(connection, "parties.responsibilities", responsibility_id)
    return responsibility(connection, responsibility_id)


def drop_responsibility(
    connection: Connection, asking: Principal, responsibility_id: int, version: int
) -> None:
    """Remove a responsibility; one that was in force is better ended, so that old answers can be explained.

    Raises:
        Outdated: Somebody changed it meanwhile.
    """
    _may_edit_rule(connection, asking, responsibility(connection, responsibility_id))
    if repository.write(connection, "drop_responsibility", id=responsibility_id, version=version) is None:
        raise _outdated(connection, "parties.responsibilities", responsibility_id)


def _may_edit_rule(connection: Connection, asking: Principal, rule: Responsibility) -> None:
    ground = rule.area_code
    if rule.patch_id is not None:
        ground = patch(connection, rule.patch_id).area_code
    asking.requires("parties.edit", within=_chain(connection, ground))


def _values(connection: Connection, asking: Principal, draft: ResponsibilityDraft) -> dict[str, Any]:
    on = None if draft.patch is None else patch_named(connection, draft.patch)
    chain = _chain(connection, draft.area_code if on is None else on.area_code)
    asking.requires("parties.edit", within=chain)
    who = party_named(connection, draft.party)
    _within_its_area(who, chain)
    catalogue = categories.catalogue(connection)
    for token in draft.categories:
        if not token.startswith("kind:"):
            catalogue.find(token)
    return {
        "party_id": who.id, "role": draft.role, "area_code": draft.area_code, "patch_id": None if on is None else on.id,
        "categories": sorted(set(draft.categories)), "basis_kind": draft.basis_kind, "basis": draft.basis,
    }  # fmt: skip


def _within_its_area(who: Party, ground: Sequence[str]) -> None:
    if who.area_code is None or who.area_code in ground:
        return
    raise OutsideItsGround(
        f"{who.code} belongs to {who.area_code}, the ground is {ground[0]}.",
        remedy="Choose ground in its area, or give it a larger area first.",
    )


# Patches


def patches(connection: Connection) -> list[Patch]:
    """Return all patches, by code."""
    return repository.patches(connection)


def patch(connection: Connection, patch_id: int) -> Patch:
    """Return one patch.

    Raises:
        UnknownPatch: There is none.
    """
    found = repository.patches(connection, patch_id)
    if not found:
        raise UnknownPatch(f"Patch {patch_id}.")
    return found[0]


def patch_named(connection: Connection, code: str) -> Patch:
    """Return the patch of a code.

    Raises:
        UnknownPatch: There is none.
    """
    found = repository.patch_ids(connection, [code]).get(code)
    if found is None:
        raise UnknownPatch(f"Patch {code[:80]!r}.", remedy="Draw it first.")
    return patch(connection, found)


def cell_codes(connection: Connection, patch_id: int) -> list[str]:
    """Return the codes of the cells that a patch was made of; none for a polygon."""
    return repository.cell_codes_of_patch(connection, patch_id)


def add_patch(connection: Connection, asking: Principal, draft: PatchDraft) -> int:
    """Store a zone, a responsibility grid, a site or drawn ground; return its id.

    Raises:
        CodeTaken: There is a patch of this code.
        NoSuchCells, OutsideItsArea: It isn't in its area (a polygon may be off by a few metres).
    """
    asking.requires("parties.edit", within=_chain(connection, draft.area_code))
    cells = _ground(connection, draft)
    made = repository.write_period(
        connection, "add_patch", draft.period, synthetic=draft.synthetic, code=draft.code, **_drawn(draft)
    )
    if made is None:
        raise CodeTaken(f"Patch {draft.code}.", remedy="Change that one, or take another code.")
    repository.put_patch_cells(connection, made, cells)
    return made


def change_patch(
    connection: Connection, asking: Principal, patch_id: int, version: int, draft: PatchDraft
) -> Patch:
    """Store another ground of a patch that is still at a version; its code stays.

    Raises:
        Outdated: Somebody changed it meanwhile.
        OutsideItsGround: A party answers for it that belongs to another area than the new one.
    """
    before = patch(connection, patch_id)
    asking.requires("parties.edit", within=_chain(connection, before.area_code))
    chain = _chain(connection, draft.area_code)
    asking.requires("parties.edit", within=chain)
    cells = _ground(connection, draft)
    for rule in repository.responsibilities(connection):
        if rule.patch_id == patch_id:
            _within_its_area(party(connection, rule.party_id), chain)
    done = repository.write_period(
        connection, "change_patch", draft.period, id=patch_id, version=version, **_drawn(draft)
    )
    if done is None:
        raise _outdated(connection, "parties.patches", patch_id)
    repository.put_patch_cells(connection, patch_id, cells)
    return patch(connection, patch_id)


def _drawn(draft: PatchDraft) -> dict[str, Any]:
    return {
        "kind": draft.kind, "area_code": draft.area_code, "name_zh": draft.zh, "name_en": draft.en,
        "shape": None if draft.shape is None else shapely.to_wkb(draft.shape),
    }  # fmt: skip


def _ground(connection: Connection, draft: PatchDraft) -> list[int]:
    """Return the ids of the draft's cells, once cells or polygon are known to lie in its area."""
    if draft.shape is not None:
        beyond = repository.beyond_area(connection, shapely.to_wkb(draft.shape), draft.area_code, TOLERANCE_M)
        if beyond is not None and beyond > LEAST_BEYOND_M2:
            raise OutsideItsArea(
                f"{beyond:,.0f} m² of it lie outside {draft.area_code}.",
                remedy=f"Draw it within the area (up to {TOLERANCE_M:g} m beyond are let pass), or name a larger area.",
            )
        return []
    known = repository.cells_by_code(connection, draft.cells)
    homes = repository.places(connection, list(known.values()))
    strange = [c for c in draft.cells if c not in known or draft.area_code not in homes[known[c]].areas]
    if strange:
        more = f" and {len(strange) - 5} more" if len(strange) > 5 else ""
        raise NoSuchCells(f"{', '.join(strange[:5])}{more}.", remedy=f"Name cells of {draft.area_code}.")
    return sorted(known.values())


# Models


def models(connection: Connection, area_code: str | None = None) -> list[CommunityModel]:
    """Return collaboration models with their history, the latest first."""
    return repository.models(connection, area_code)


def set_model(connection: Connection, asking: Principal, draft: ModelDraft) -> bool:
    """Let an area have a collaboration model from a time on; return False if it had this one already.

    Raises:
        ModelInThePast: A later model is stored.
        NoSuchArea: There is no such area.
    """
    asking.requires("parties.edit", within=_chain(connection, draft.area_code))
    for known in repository.models(connection, draft.area_code):
        start = known.period.start
        same = (known.model, known.step, known.basis) == (draft.model, draft.step, draft.basis)
        if same and start == draft.since:
            return False
        if draft.since is None or (start is not None and start >= draft.since):
            raise ModelInThePast(
                f"{known.model} holds from {start or 'always'}.", remedy="Let the new one begin later."
            )
    if draft.since is not None:
        repository.write(connection, "end_model", area_code=draft.area_code, at=draft.since)
    repository.write_period(
        connection, "add_model", Period(draft.since, None), area_code=draft.area_code, model=draft.model,
        step=draft.step, basis=draft.basis,
    )  # fmt: skip
    return True


# Absence


def absences(connection: Connection, party_id: int | None = None) -> list[Absence]:
    """Return absences, the latest first."""
    return repository.absences(connection, party_id)


def add_absence(connection: Connection, asking: Principal, party_id: int, draft: AbsenceDraft) -> int:
    """Note that a party is away for a time, and who answers for it; return the absence's id.

    Raises:
        AwayAlready: It is away then already.
        CircularDelegation: The delegates lead back to it.
    """
    who = party(connection, party_id)
    asking.requires("parties.edit", within=_chain(connection, who.area_code))
    delegate_id = None if draft.delegate is None else _party_id(connection, draft.delegate)
    others = [a for a in repository.absences(connection) if _overlap(a.period, draft.period)]
    if any(a.party_id == party_id for a in others):
        raise AwayAlready(f"{who.code}.", remedy="End that absence first.")
    if delegate_id is not None:
        onward: dict[int, list[int]] = {party_id: [delegate_id]}
        for absence in others:
            if absence.delegate_id is not None:
                onward.setdefault(absence.party_id, []).append(absence.delegate_id)
        if way_back(party_id, onward) is not None:
            raise CircularDelegation(
                f"{who.code} → {draft.delegate} → … → {who.code}.", remedy="Name another delegate."
            )
    made = repository.write_period(
        connection,
        "add_absence",
        draft.period,
        party_id=party_id,
        delegate_id=delegate_id,
        reason=draft.reason,
    )
    assert made is not None  # noqa: S101  # an INSERT without ON CONFLICT returns its row
    return made


def end_absence(
    connection: Connection, asking: Principal, party_id: int, absence_id: int, now: datetime
) -> None:
    """End an absence now; one that lies ahead is removed.

    Raises:
        UnknownAbsence: There is none that still lasts or lies ahead.
    """
    who = party(connection, party_id)
    asking.requires("parties.edit", within=_chain(connection, who.area_code))
    mine = {a.id for a in repository.absences(connection, party_id)}
    if absence_id not in mine or repository.write(connection, "end_absence", id=absence_id, at=now) is None:
        raise UnknownAbsence(f"Absence {absence_id} of {who.code}.")


def _overlap(one: Period, other: Period) -> bool:
    return (one.end is None or other.start is None or other.start < one.end) and (
        other.end is None or one.start is None or one.start < other.end
    )


# Contacts and members


def contacts(connection: Connection, asking: Principal, party_id: int) -> list[dict[str, Any]]:
    """Return a party's contacts that the asker may see; the look is logged, with the names of fields only."""
    found = [dict(row._mapping) for row in repository.contacts(connection, party_id)]  # noqa: SLF001
    if found:
        auth.audit(
            connection, asking, "look", "parties.contacts", party_id, ["means", "note", "post", "value"]
        )
    return found


def add_contact(connection: Connection, asking: Principal, party_id: int, draft: ContactDraft) -> int:
    """Store a way to reach a party; return its id."""
    who = party(connection, party_id)
    asking.requires("parties.edit", within=_chain(connection, who.area_code))
    with auth.as_system(connection):
        made = repository.write(
            connection, "add_contact", party_id=party_id, post=draft.post, means=draft.means, value=draft.value,
            note=draft.note,
        )  # fmt: skip
    assert made is not None  # noqa: S101  # an INSERT without ON CONFLICT returns its row
    return made


def drop_contact(connection: Connection, asking: Principal, party_id: int, contact_id: int) -> None:
    """Remove a contact.

    Raises:
        UnknownContact: The party has none of this id.
    """
    who = party(connection, party_id)
    asking.requires("parties.edit", within=_chain(connection, who.area_code))
    with auth.as_system(connection):
        done = repository.write(connection, "drop_contact", id=contact_id, party_id=party_id)
    if done is None:
        raise UnknownContact(f"Contact {contact_id} of {who.code}.")


def members(connection: Connection, asking: Principal, party_id: int) -> list[dict[str, Any]]:
    """Return the accounts that are members of a party, as others see them, for those who may edit it."""
    who = party(connection, party_id)
    asking.requires("parties.edit", within=_chain(connection, who.area_code))
    with auth.as_system(connection):
        return [dict(row._mapping) for row in repository.members(connection, party_id)]  # noqa: SLF001


# Sheets


def drafts(connection: Connection) -> list[sheets.Draft]:
    """Return all parties, responsibilities and models as what would make them, parents before who belongs to them."""
    everyone = {p.id: p for p in repository.parties(connection)}
    codes = {p.id: p.code for p in repository.patches(connection)}
    found: list[sheets.Draft] = [exchange.party_draft(p, everyone) for p in exchange.parents_first(everyone)]
    found += [exchange.rule_draft(rule, everyone, codes) for rule in repository.responsibilities(connection)]
    models = sorted(repository.models(connection), key=exchange.model_order)
    return found + [exchange.model_draft(model) for model in models]


def import_lines(
    connection: Connection, asking: Principal, lines: Sequence[sheets.Line]
) -> exchange.ImportReport:
    """Store the rows of a file: good ones are kept, faulty ones told by row; a row that is stored already changes nothing.

    Parties come before responsibilities, bodies before who belongs to them, earlier models before later ones, wherever
    they stand in the file.
    """
    report = exchange.ImportReport(rows=len(lines))
    known = {exchange.identity(d) for d in drafts(connection)}
    waiting = exchange.in_order(report.drafts(lines))
    while waiting:
        again = []
        for line, draft in waiting:
            try:
                with connection.begin_nested():
                    report.count(_import(connection, asking, draft, known))
            except UnknownParty as unknown:
                again.append((line, draft, unknown))
            except GridwardError as error:
                report.refuse(line, error)
        if len(again) == len(waiting):
            for line, _draft, missing in again:
                report.refuse(line, missing)
            break
        waiting = [(line, draft) for line, draft, _missing in again]
    return report


def _import(
    connection: Connection, asking: Principal, draft: sheets.Draft, known: set[tuple[object, ...]]
) -> str:
    if exchange.identity(draft) in known:
        return "unchanged"
    done = "added"
    if isinstance(draft, ModelDraft):
        done = "added" if set_model(connection, asking, draft) else "unchanged"
    elif isinstance(draft, ResponsibilityDraft):
        add_responsibility(connection, asking, draft)
    elif draft.code in repository.party_ids(connection, [draft.code]):
        done = "changed" if _change_to(connection, asking, draft) else "unchanged"
    else:
        add_party(connection, asking, draft)
    known.add(exchange.identity(draft))
    return done


def _change_to(connection: Connection, asking: Principal, draft: PartyDraft) -> bool:
    """Let a stored party be as a row says, but for whether it was invented; return whether that changed anything."""
    before = party_named(connection, draft.code)
    parent = None if draft.parent is None else _party_id(connection, draft.parent)
    after = replace(before, kind=draft.kind, area_code=draft.area_code, parent_id=parent, period=draft.period)
    other_name = (before.names[-1].zh, before.names[-1].en) != (draft.zh, draft.en)
    if after != before:
        change_party(connection, asking, after)
    if other_name:
        rename(connection, asking, before.id, zh=draft.zh, en=draft.en)
    return other_name or after != before


def _party_id(connection: Connection, code: str) -> int:
    found = repository.party_ids(connection, [code]).get(code)
    if found is None:
        raise UnknownParty(f"Party {code[:80]!r}.", remedy="Add it first.")
    return found


def _chain(connection: Connection, area_code: str | None) -> list[str]:
    """Return an area and those above it; of the whole deployment its districts.

    Raises:
        NoSuchArea: No edition has it.
    """
    found = [code for code, _level in repository.area_chain(connection, area_code)]
    if area_code is not None and not found:
        raise NoSuchArea(f"{area_code[:40]!r}.", remedy="Load the areas first, or mend the code.")
    return found


def _outdated(connection: Connection, table: str, row_id: int) -> Outdated:
    return Outdated(auth.last_change(connection, table, row_id), remedy="Read it again, then change it.")
