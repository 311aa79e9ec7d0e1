"""Duties: responsibilities (责任), collaboration models of areas (协作模式), and who is away (缺位)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.categories import service as categories
from app.parties import repository
from app.parties import service as parties
from app.parties.circles import CircularDelegation, way_back
from app.parties.errors import AwayAlready, ModelInThePast, UnknownAbsence, UnknownResponsibility
from app.parties.grounds import service as grounds
from app.parties.rulebook import Period

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.parties.drafts import (
        AbsenceDraft,
        ModelDraft,
        ResponsibilityDraft,
    )
    from app.parties.rulebook import Absence, CommunityModel, Responsibility


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
        raise parties.outdated(connection, "parties.responsibilities", responsibility_id)
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
        raise parties.outdated(connection, "parties.responsibilities", responsibility_id)


def _may_edit_rule(connection: Connection, asking: Principal, rule: Responsibility) -> None:
    ground = rule.area_code
    if rule.patch_id is not None:
        ground = grounds.patch(connection, rule.patch_id).area_code
    asking.requires("parties.edit", within=parties.chain(connection, ground))


def _values(connection: Connection, asking: Principal, draft: ResponsibilityDraft) -> dict[str, Any]:
    on = None if draft.patch is None else grounds.patch_named(connection, draft.patch)
    ground = draft.area_code if on is None else on.area_code
    asking.requires("parties.edit", within=parties.chain(connection, ground))
    who = parties.party_named(connection, draft.party)
    parties.must_be_in_its_area(connection, who, ground)
    catalogue = categories.catalogue(connection)
    for token in draft.categories:
        if not token.startswith("kind:"):
            catalogue.find(token)
    return {
        "party_id": who.id, "role": draft.role, "area_code": draft.area_code, "patch_id": None if on is None else on.id,
        "categories": sorted(set(draft.categories)), "basis_kind": draft.basis_kind, "basis": draft.basis,
    }  # fmt: skip


def models(connection: Connection, area_code: str | None = None) -> list[CommunityModel]:
    """Return collaboration models with their history, the latest first."""
    return repository.models(connection, area_code)


def set_model(connection: Connection, asking: Principal, draft: ModelDraft) -> bool:
    """Let an area have a collaboration model from a time on; return False if it had this one already.

    Raises:
        ModelInThePast: A later model is stored.
        NoSuchArea: There is no such area.
    """
    asking.requires("parties.edit", within=parties.chain(connection, draft.area_code))
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


def absences(connection: Connection, party_id: int | None = None) -> list[Absence]:
    """Return absences, the latest first."""
    return repository.absences(connection, party_id)


def add_absence(connection: Connection, asking: Principal, party_id: int, draft: AbsenceDraft) -> int:
    """Note that a party is away for a time, and who answers for it; return the absence's id.

    Raises:
        AwayAlready: It is away then already.
        CircularDelegation: The delegates lead back to it.
    """
    who = parties.party(connection, party_id)
    asking.requires("parties.edit", within=parties.chain(connection, who.area_code))
    delegate_id = None if draft.delegate is None else parties.party_id_of(connection, draft.delegate)
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
    who = parties.party(connection, party_id)
    asking.requires("parties.edit", within=parties.chain(connection, who.area_code))
    mine = {a.id for a in repository.absences(connection, party_id)}
    if absence_id not in mine or repository.write(connection, "end_absence", id=absence_id, at=now) is None:
        raise UnknownAbsence(f"Absence {absence_id} of {who.code}.")


def _overlap(one: Period, other: Period) -> bool:
    return (one.end is None or other.start is None or other.start < one.end) and (
        other.end is None or one.start is None or one.start < other.end
    )
