"""Where a case goes, and why (派遣): who answers at its place, in which order, and first receiver leads 首接负责. Pure.

The order and the trace are `app.parties.answering`'s; here they become what a case keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.parties.answering import who_answers

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from app.categories.catalogue import Category
    from app.parties.rulebook import Place, Rulebook


@dataclass(frozen=True, slots=True)
class Route:
    """Who leads (None: nobody answers), and what the case keeps of why.

    `answer` is `Answer.to_dict()` with `order` (ids, whoever leads first) and `both` (ids: the parties that an accuracy
    circle over a border reaches, the first receiver first; empty if there is one).
    """

    lead: int | None
    answer: dict[str, Any]


def route(
    rulebook: Rulebook, place: Place, category: Category, at: datetime, rivals: Iterable[Place] = ()
) -> Route:
    """Return where a case goes.

    Args:
        rulebook: All rules.
        place: Of the case.
        category: Of the case.
        at: When it came in.
        rivals: Places that its accuracy circle reaches beyond a border.
    """
    found = who_answers(rulebook, place, category, at)
    lead = None if found.lead is None else found.lead.id
    order = list(dict.fromkeys(candidate.party.id for candidate in found.chain))
    leads = [] if lead is None else [lead]
    for rival in rivals:
        other = who_answers(rulebook, rival, category, at).lead
        if other is not None and other.id not in leads:
            leads.append(other.id)
    both = leads if len(leads) > 1 else []
    return Route(lead, {**found.to_dict(), "order": order, "both": both})


def chain_of(rulebook: Rulebook, party_id: int | None) -> tuple[int, ...]:
    """Return a party and the bodies that it belongs to, from the party up; empty for nobody."""
    chain: list[int] = []
    while party_id is not None and party_id in rulebook.parties and party_id not in chain:
        chain.append(party_id)
        party_id = rulebook.parties[party_id].parent_id
    return tuple(chain)


def has_ground(
    rulebook: Rulebook, party_id: int, place: Place, at: datetime, answer: Mapping[str, Any]
) -> bool:
    """Tell whether a party may be sent to a place: it stands in the answer, has its home or a responsibility there."""
    party = rulebook.parties[party_id]
    if party_id in answer.get("order", ()) or party_id in answer.get("both", ()):
        return True
    if party.area_code is None or party.area_code in place.areas:
        return True
    patches = {patch.id for patch in rulebook.patches_at(place) if patch.period.holds(at)}
    return any(
        rule.party_id == party_id
        and rule.period.holds(at)
        and (rule.area_code in place.areas if rule.area_code is not None else rule.patch_id in patches)
        for rule in rulebook.responsibilities
    )
