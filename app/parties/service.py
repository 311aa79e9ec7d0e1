"""Parties (责任主体): who there is. The rooms beside say what they answer for, on what ground, and why.

Who may see is the database's business (row-level security); who may change a rule is judged here: `parties.edit`
within the area that the rule is about.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.areas import service as areas
from app.auth import service as auth
from app.core.errors import Outdated
from app.parties import repository
from app.parties.circles import CircularParents, way_back
from app.parties.drafts import (
    BadRule,
    checked_name,
    checked_period,
)
from app.parties.errors import CodeTaken, NoSuchArea, OutsideItsGround, UnknownParty

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.parties.drafts import PartyDraft
    from app.parties.rulebook import Party


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
    return party(connection, party_id_of(connection, code))


def add_party(connection: Connection, asking: Principal, draft: PartyDraft) -> int:
    """Store a party; return its id.

    Raises:
        CodeTaken: There is a party of this code.
        NoSuchArea, UnknownParty: Its area or its body isn't known.
        NotAllowed: The asker may not edit parties there.
    """
    asking.requires("parties.edit", within=chain(connection, draft.area_code))
    parent = None if draft.parent is None else party_id_of(connection, draft.parent)
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
    asking.requires("parties.edit", within=chain(connection, before.area_code))
    asking.requires("parties.edit", within=chain(connection, changed.area_code))
    checked_period(changed.period)
    _no_circle(connection, changed)
    if changed.area_code != before.area_code:
        _keeps_its_ground(connection, changed)
    version = repository.write_period(
        connection, "change_party", changed.period, id=changed.id, version=changed.version, kind=changed.kind,
        area_code=changed.area_code, parent_id=changed.parent_id,
    )  # fmt: skip
    if version is None:
        raise outdated(connection, "parties.parties", changed.id)
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
    asking.requires("parties.edit", within=chain(connection, found.area_code))
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
        must_be_in_its_area(connection, changed, ground)


def must_be_in_its_area(connection: Connection, who: Party, area_code: str | None) -> None:
    """Refuse ground that is not in a party's area.

    Raises:
        OutsideItsGround: It isn't.
        NoSuchArea: No edition has it.
    """
    if who.area_code is None or who.area_code in chain(connection, area_code):
        return
    raise OutsideItsGround(
        f"{who.code} belongs to {who.area_code}, the ground is {area_code}.",
        remedy="Choose ground in its area, or give it a larger area first.",
    )


def party_id_of(connection: Connection, code: str) -> int:
    """Return the id of a code; raises `UnknownParty` if there is none."""
    found = repository.party_ids(connection, [code]).get(code)
    if found is None:
        raise UnknownParty(f"Party {code[:80]!r}.", remedy="Add it first.")
    return found


def chain(connection: Connection, area_code: str | None) -> frozenset[str]:
    """Return the codes of an area and those above it; of the whole deployment its districts.

    Raises:
        NoSuchArea: No edition has it.
    """
    found = areas.lineage(connection, area_code)
    if area_code is not None and not found:
        raise NoSuchArea(f"{area_code[:40]!r}.", remedy="Load the areas first, or mend the code.")
    return found


def outdated(connection: Connection, table: str, row_id: int) -> Outdated:
    """Return the refusal of a change that starts from an old version: it tells who changed the row since, and when."""
    return Outdated(auth.last_change(connection, table, row_id), remedy="Read it again, then change it.")
