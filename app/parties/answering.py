"""Who answers for a place and a category, and why (派遣依据). Pure: one question, one answer, no state.

The order of the candidates, each with a lead responsibility whose ground holds the place and whose categories match:

1. `enforcement`: what needs the power to enforce is led by a body that has it, under every model; the others find,
   dissuade, report, mediate.
2. `duty`: who carries the duty by law or contract for this very ground (企业落实主体责任): a company on its site, a
   frontage unit on its frontage, the owner of a component, whoever has a drawn ground by contract.
3. `model`: the collaboration model of the community, in its step, orders the rest.
4. Within one of these: the more exact `ground`, then `category`, then `basis`, then the party's code. Two that differ
   in nothing but the code are a `double`: the answer is settled, but somebody should mend the rules.
5. `last_resort`: the street office (属地兜底); outside every street the `district`'s own authority.

Who is absent is represented by its delegate, in its place; without one the next answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from app.parties import telling
from app.parties.kinds import KINDS, OWNS_ANYWHERE, Group
from app.parties.rulebook import BASES, EVERYTHING, PartyRef, Place, Rulebook
from app.parties.telling import Answer, Candidate, Considered, Findings, Setting, Step

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from app.categories.catalogue import Category
    from app.parties.rulebook import Party, Patch, Responsibility

__all__ = [
    "Answer", "Candidate", "PartyRef", "Place", "Rulebook", "Step", "Verdict", "also_concerned", "tokens_of", "verdict", "who_answers",
]  # fmt: skip

_POST, _COMMITTEE, _SELF = {Group.POST}, {Group.COMMITTEE}, {Group.SELF}
_STREET, _OFFICER = {Group.STREET, Group.OFFICE}, {Group.OFFICER}
_COMMUNITY = _POST | _COMMITTEE
_REST = ({Group.FIELD}, {Group.UNIT})

ORDER: Final[dict[tuple[str, str | None], tuple[set[Group], ...]]] = {
    ("government_led", None): (_OFFICER, _STREET, _COMMUNITY, *_REST, _SELF, {Group.DISTRICT}),
    ("government_led", "lead"): (_OFFICER, _STREET, _COMMUNITY, *_REST, _SELF, {Group.DISTRICT}),
    ("government_led", "follow"): (_COMMUNITY, _STREET, *_REST, _SELF, {Group.DISTRICT}),
    ("government_led", "hand_over"): (_COMMUNITY, _STREET, *_REST, _SELF, {Group.DISTRICT}),
    ("community_led", None): (_POST, _COMMITTEE, _SELF, *_REST, _OFFICER, _STREET, {Group.DISTRICT}),
    ("self_governed", None): (_SELF, _POST, _COMMITTEE, *_REST, _OFFICER, _STREET, {Group.DISTRICT}),
}
"""Model and step: which groups of kinds go first. A seconded officer of a community that leads itself has no place."""

ENFORCEMENT_TIER, DUTY_TIER, FIRST_MODEL_TIER = 0, 1, 2
_TIERS: Final = {
    setting: {group: FIRST_MODEL_TIER + i for i, groups in enumerate(order) for group in groups}
    for setting, order in ORDER.items()
}
_BASIS: Final = {kind: i for i, kind in enumerate(BASES)}
_PATCH_RANK: Final = {"site": 0, "drawn": 0, "responsibility_grid": 0, "zone": 1}
_COMMUNITY_RANK = 2
MOST_DELEGATES = 8


class _Match(NamedTuple):
    """A responsibility that says something of this question."""

    rule: Responsibility
    ground_rank: int  # 0 drawn, site or responsibility grid; 1 zone; 2 community; 3 street; 4 district
    ground: str  # code of the area or the patch
    token: str
    category_rank: int  # 0: the category itself


def who_answers(rulebook: Rulebook, place: Place, category: Category, at: datetime) -> Answer:
    """Return who answers, who comes next, who else has a part, and why.

    Args:
        rulebook: All rules.
        place: Its cell and areas; without any of them nothing but the district's authority can answer.
        category: What it is; of it only key, lineage, kind and enforcement count.
        at: When; zone-aware.

    Returns:
        An answer whose `chain` is where the case goes, one after the other, when nobody accepts it in time.
    """
    verdict, matches = _judge(rulebook, place, category, at)
    found = verdict.found
    lead = verdict.chain[0].party if verdict.chain else None
    parts = _parts(_others(rulebook, matches, found, at), lead)
    return Answer(
        lead=lead,
        chain=verdict.chain,
        assist=parts["assist"],
        supervise=parts["supervise"],
        inform=parts["inform"],
        trace=telling.trace(rulebook, category, found, verdict.deciding),
        deciding=verdict.deciding,
        last_resort=verdict.last_resort,
        doubles=tuple(c.candidate.party for c in found.doubles),
        model=found.setting.model,
        step=found.setting.step,
    )


class Verdict(NamedTuple):
    """Who answers, without the others' parts and without words."""

    chain: tuple[Candidate, ...]
    deciding: str
    found: Findings

    @property
    def last_resort(self) -> bool:
        """Whether nobody but the street office or the district answers."""
        return bool(self.chain) and not self.found.ranked


def verdict(
    rulebook: Rulebook, place: Place, category: Category, at: datetime, patches: Iterable[Patch] | None = None
) -> Verdict:
    """Return who answers, as `who_answers` says it, at a fraction of its cost: for who asks very often.

    `patches` are those that hold the place at any time, where the asker knows them already.
    """
    return _judge(rulebook, place, category, at, patches)[0]


def _judge(
    rulebook: Rulebook, place: Place, category: Category, at: datetime, patches: Iterable[Patch] | None = None
) -> tuple[Verdict, list[_Match]]:
    setting = _setting(rulebook, place, at)
    here = rulebook.patches_at(place) if patches is None else patches
    matches = _matches(rulebook, place, [p for p in here if p.period.holds(at)], tokens_of(category), at)
    ranked, aside, away = _ranked(rulebook, matches, category, setting, at)
    chain = _chain(ranked)
    last, last_away = _last_resort(rulebook, place, at)
    if last is not None and all(candidate.party.id != last.party.id for candidate in chain):
        chain.append(last)
    doubles = _doubles(ranked)
    found = Findings(setting, ranked, aside, away + last_away, last, doubles)
    return Verdict(tuple(chain), _deciding(ranked, last, doubles), found), matches


def also_concerned(
    rulebook: Rulebook, places: Iterable[Place], category: Category, at: datetime
) -> tuple[PartyRef, ...]:
    """Return who leads at several places, each party once: those that an inexact place near a border concerns.

    The first is the first receiver (首接负责), who leads until they settle it among themselves.
    """
    chains = (verdict(rulebook, place, category, at).chain for place in places)
    return tuple(dict.fromkeys(chain[0].party for chain in chains if chain))


def tokens_of(category: Category) -> tuple[str, ...]:
    """Return what a responsibility may say to mean this category, the most exact first."""
    return (*category.lineage, f"kind:{category.kind}", EVERYTHING)


def _setting(rulebook: Rulebook, place: Place, at: datetime) -> Setting:
    found = rulebook.model_at(place, at)
    if found is None:
        return Setting("government_led", None, None, "")
    step = found.step if found.model == "government_led" else None
    return Setting(found.model, step, found.area_code, found.basis)


def _matches(
    rulebook: Rulebook, place: Place, patches: Iterable[Patch], tokens: tuple[str, ...], at: datetime
) -> list[_Match]:
    """Return every responsibility in force for this place and one of these tokens, once, by its best token."""
    found: dict[int, _Match] = {}
    for patch in patches:
        _take(found, rulebook.by_patch.get(patch.id), tokens, _PATCH_RANK[patch.kind], patch.code)
    for rank, code in enumerate((place.community, place.street, place.district), _COMMUNITY_RANK):
        if code is not None:
            _take(found, rulebook.by_area.get(code), tokens, rank, code)
    return [match for match in found.values() if match.rule.period.holds(at)]


def _take(
    found: dict[int, _Match],
    ruled: dict[str, list[Responsibility]] | None,
    tokens: tuple[str, ...],
    rank: int,
    ground: str,
) -> None:
    if ruled is None:
        return
    for index, token in enumerate(tokens):
        for rule in ruled.get(token, ()):
            if rule.id not in found:
                found[rule.id] = _Match(rule, rank, ground, token, index)


def _ranked(
    rulebook: Rulebook, matches: list[_Match], category: Category, setting: Setting, at: datetime
) -> tuple[list[Considered], list[Considered], list[Considered]]:
    """Return the candidates in order; those whom a rule keeps from leading; those away without a delegate."""
    tiers = _TIERS[setting.model, setting.step]
    ranked: list[Considered] = []
    aside: list[Considered] = []
    away: list[Considered] = []
    for match in matches:
        party = rulebook.parties.get(match.rule.party_id)
        if match.rule.role != "lead" or party is None or not party.period.holds(at):
            continue
        if party.kind == "street_office" and match.token == EVERYTHING:
            continue  # says no more than the last resort does
        tier = _tier(party.kind, match, tiers, enforcement=category.enforcement)
        answering = _answering(rulebook, party, at)
        considered = _considered(match, party, answering, tier, at)
        if answering is None:
            away.append(considered)
        else:
            (aside if tier is None else ranked).append(considered)
    ranked.sort(key=_order)
    aside.sort(key=_order)
    away.sort(key=_order)
    return ranked, aside, away


def _tier(kind: str, match: _Match, tiers: dict[Group, int], *, enforcement: bool) -> int | None:
    """Return which rule a candidate stands under; None: it may not lead here."""
    of = KINDS[kind]
    if enforcement:
        return ENFORCEMENT_TIER if of.enforces else None
    if _has_duty(kind, of.group, match):
        return DUTY_TIER
    return tiers.get(of.group)


def _has_duty(kind: str, group: Group, match: _Match) -> bool:
    """Tell whether law or contract puts this very ground on it."""
    if match.rule.basis_kind not in {"law", "contract"}:
        return False
    if match.ground_rank == 0:
        return group is not Group.OFFICE
    if kind in OWNS_ANYWHERE:
        return match.token != EVERYTHING
    return group is Group.UNIT and match.ground_rank <= _COMMUNITY_RANK


def _answering(rulebook: Rulebook, party: Party, at: datetime) -> Party | None:
    """Return who answers for a party at a time: itself, its delegate while it is away, or nobody."""
    for _ in range(MOST_DELEGATES):
        if not party.period.holds(at):
            return None
        absence = rulebook.absence_at(party.id, at)
        if absence is None:
            return party
        delegate = None if absence.delegate_id is None else rulebook.parties.get(absence.delegate_id)
        if delegate is None:
            return None
        party = delegate
    return None


def _considered(
    match: _Match, party: Party, answering: Party | None, tier: int | None, at: datetime
) -> Considered:
    ref = party.named(at)
    instead = None if answering is None or answering is party else ref
    candidate = Candidate(
        party=ref if instead is None or answering is None else answering.named(at),
        rule=telling.RULE_OF_TIER.get(tier if tier is not None else -1, "model"),
        responsibility_id=match.rule.id,
        ground=match.ground,
        category=match.token,
        basis_kind=match.rule.basis_kind,
        basis=match.rule.basis,
        instead_of=instead,
    )
    rank = (
        99 if tier is None else tier,
        match.ground_rank,
        match.category_rank,
        _BASIS.get(match.rule.basis_kind, 9),
    )
    return Considered(rank, candidate, KINDS[party.kind].group)


def _order(considered: Considered) -> tuple[tuple[int, ...], bytes, int]:
    candidate = considered.candidate
    return considered.rank, candidate.party.code.encode(), candidate.responsibility_id or 0


def _chain(ranked: list[Considered]) -> list[Candidate]:
    chain: dict[int, Candidate] = {}
    for considered in ranked:
        chain.setdefault(considered.candidate.party.id, considered.candidate)
    return list(chain.values())


def _last_resort(rulebook: Rulebook, place: Place, at: datetime) -> tuple[Candidate | None, list[Considered]]:
    """Return the street office, else the district's own authority; and those that should have been it, but are away."""
    away: list[Considered] = []
    for rule, party in _final_parties(rulebook, place):
        if not party.period.holds(at):
            continue
        answering = _answering(rulebook, party, at)
        ref = party.named(at)
        ground = party.area_code or place.district or ""
        named = ref if answering is None else answering.named(at)
        instead = ref if answering is not None and answering is not party else None
        candidate = Candidate(named, rule, None, ground, EVERYTHING, "law", "", instead)
        if answering is not None:
            return candidate, away
        away.append(Considered((98, 9, 9, 9), candidate, Group.OFFICE))
    return None, away


def _final_parties(rulebook: Rulebook, place: Place) -> Iterator[tuple[str, Party]]:
    if place.street is not None:
        for office in rulebook.offices.get(place.street, ()):
            yield "last_resort", office
    for party in rulebook.authorities:
        if party.area_code is None or party.area_code == place.district:
            yield "district", party


def _doubles(ranked: list[Considered]) -> list[Considered]:
    """Return the leads that nothing but their code tells apart; none where one party alone comes first."""
    if not ranked:
        return []
    first: dict[int, Considered] = {}
    for considered in ranked:
        if considered.rank != ranked[0].rank:
            break
        first.setdefault(considered.candidate.party.id, considered)
    return list(first.values()) if len(first) > 1 else []


def _deciding(ranked: list[Considered], last: Candidate | None, doubles: list[Considered]) -> str:
    """Return the name of the rule that put the first before the second."""
    if not ranked:
        return "nobody" if last is None else last.rule
    if doubles:
        return "double"
    first = ranked[0]
    second = next((c for c in ranked if c.candidate.party.id != first.candidate.party.id), None)
    if second is None or second.rank[0] != first.rank[0]:
        return first.candidate.rule
    return telling.difference(first, second)


Others = list[tuple[str, PartyRef]]


def _others(rulebook: Rulebook, matches: list[_Match], weighed: Findings, at: datetime) -> Others:
    """Return role and party of everyone else with a part, by rules first, then by what the model says."""
    found: list[tuple[tuple[int, int, bytes], str, PartyRef]] = []
    for match in matches:
        party = rulebook.parties.get(match.rule.party_id)
        if match.rule.role == "lead" or party is None:
            continue
        answering = _answering(rulebook, party, at)
        if answering is not None:
            order = (match.ground_rank, match.category_rank, answering.code.encode())
            found.append((order, match.rule.role, answering.named(at)))
    found.sort(key=lambda one: one[0])
    others = [(role, party) for _, role, party in found]
    for considered in weighed.aside:
        informed = considered.group is Group.OFFICER and weighed.setting.step == "hand_over"
        others.append(("inform" if informed else "assist", considered.candidate.party))
    others += _by_model(weighed)
    return others


def _by_model(weighed: Findings) -> Others:
    """Return the part that the model gives to who doesn't lead: the community assists, the street guides."""
    ranked = weighed.ranked
    if not ranked or ranked[0].rank[0] < FIRST_MODEL_TIER:
        return []
    leads = ranked[0].group
    groups, role = _MODEL_PART.get((weighed.setting.model, leads), (set[Group](), ""))
    first = next((c.candidate.party for c in ranked if c.group in groups), None)
    if first is None and role == "supervise" and weighed.last is not None:
        first = weighed.last.party
    return [] if first is None else [(role, first)]


_MODEL_PART: Final[dict[tuple[str, Group], tuple[set[Group], str]]] = {
    ("government_led", Group.OFFICER): (_COMMUNITY, "assist"),
    ("government_led", Group.STREET): (_COMMUNITY, "assist"),
    ("community_led", Group.POST): (_STREET, "supervise"),
    ("community_led", Group.COMMITTEE): (_STREET, "supervise"),
    ("self_governed", Group.SELF): (_COMMUNITY, "inform"),
}


def _parts(others: Others, lead: PartyRef | None) -> dict[str, tuple[PartyRef, ...]]:
    """Return each other party once, under the first of its roles."""
    taken = {None if lead is None else lead.id}
    parts: dict[str, list[PartyRef]] = {"assist": [], "supervise": [], "inform": []}
    for role, members in parts.items():
        for said, party in others:
            if said == role and party.id not in taken:
                taken.add(party.id)
                members.append(party)
    return {role: tuple(parties) for role, parties in parts.items()}
