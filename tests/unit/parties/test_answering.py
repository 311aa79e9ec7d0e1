"""Who answers: what must hold for any rules at all, and the turns that the table doesn't show."""

from __future__ import annotations

import random
import time
from dataclasses import replace
from datetime import timedelta

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from app.parties.answering import Place, also_concerned, who_answers
from app.parties.kinds import KINDS, Group
from app.parties.rulebook import (
    BASES,
    Absence,
    CommunityModel,
    Patch,
    Period,
    Responsibility,
    Rulebook,
)
from app.parties.telling import DECIDING
from tests.unit.parties.village import (
    AT,
    COMPOUND,
    DISTRICT,
    HILLSIDE,
    PARTIES,
    RIVERSIDE,
    STREET,
    ZONE,
    book,
    changed,
    party,
    sort,
)

CODES = ("event:0102", "event:0301", "component:0101", "social:0101", "social:0501")
TOKENS = (*CODES, "event:01", "event:03", "social:01", "kind:event", "kind:social_service")
PATCHES = {
    1: Patch(id=1, code="site", kind="site", area_code=RIVERSIDE, cells=frozenset({1})),
    2: Patch(id=2, code="zone", kind="zone", area_code=HILLSIDE, cells=frozenset({2, 3})),
    3: Patch(
        id=3,
        code="drawn",
        kind="drawn",
        area_code=RIVERSIDE,
        cells=frozenset({1, 2}),
        shape=shapely.box(0, 0, 10, 10),
    ),
}
PLACES = st.sampled_from(
    [
        Place(1, RIVERSIDE, STREET, DISTRICT, 5.0, 5.0), Place(2, RIVERSIDE, STREET, DISTRICT, 50.0, 5.0), ZONE,
        Place(None, None, STREET, DISTRICT), Place(3, HILLSIDE, STREET, DISTRICT),
    ]
)  # fmt: skip
PERIODS = st.sampled_from(
    [
        Period(),
        Period(),
        Period(AT, None),
        Period(None, AT),
        Period(AT - timedelta(days=9), AT + timedelta(days=9)),
    ]
)
SORTS = st.builds(lambda key, power: sort(key, enforcement=power), st.sampled_from(CODES), st.booleans())


@st.composite
def rulebooks(draw: st.DrawFn) -> Rulebook:
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=6))
    parties = {1: party(1, "office", "street_office", STREET)}
    for i, kind in enumerate(kinds, 2):
        parties[i] = replace(party(i, f"p{i}", kind, None), period=draw(PERIODS))
    grounds = st.sampled_from(
        [*((code, None) for code in (RIVERSIDE, HILLSIDE, STREET, DISTRICT)), (None, 1), (None, 2), (None, 3)]
    )
    rules = []
    for number in range(draw(st.integers(0, 8))):
        area, patch = draw(grounds)
        rules.append(
            Responsibility(
                id=number + 1, party_id=draw(st.sampled_from(sorted(parties))),
                role=draw(st.sampled_from(["lead", "lead", "lead", "assist", "supervise", "inform"])), area_code=area, patch_id=patch,
                categories=tuple(draw(st.lists(st.sampled_from(TOKENS), max_size=2, unique=True))), period=draw(PERIODS),
                basis_kind=draw(st.sampled_from(sorted(BASES))),
            )
        )  # fmt: skip
    models = [
        CommunityModel(
            id=i,
            area_code=code,
            model=draw(st.sampled_from(["government_led", "community_led", "self_governed"])),
        )
        for i, code in enumerate((RIVERSIDE, STREET))
        if draw(st.booleans())
    ]
    away = [
        Absence(
            id=i,
            party_id=i,
            period=Period(),
            delegate_id=draw(st.sampled_from([None, *(p for p in parties if p != i)])),
        )
        for i in parties
        if i > 1 and draw(st.integers(0, 3)) == 0
    ]
    return Rulebook(
        parties=parties,
        patches=PATCHES,
        responsibilities=tuple(rules),
        models=tuple(models),
        absences=tuple(away),
    )


@given(rulebooks(), PLACES, SORTS, st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_total_deterministic_and_without_regard_to_order(rules, place, category, rng) -> None:
    answer = who_answers(rules, place, category, AT)
    assert answer.lead is not None  # there is a street office
    assert answer.lead == answer.chain[0].party
    assert len({c.party.id for c in answer.chain}) == len(answer.chain)
    assert answer.deciding in DECIDING
    assert (
        next(step.rule for step in answer.trace if step.used and step.party_id == answer.lead.id)
        == answer.deciding
    )
    ids = [p.id for role in (answer.assist, answer.supervise, answer.inform) for p in role]
    assert len(set(ids)) == len(ids)
    assert answer.lead.id not in ids
    shuffled = list(rules.responsibilities)
    rng.shuffle(shuffled)
    again = replace(
        rules, responsibilities=tuple(shuffled), parties=dict(reversed(rules.parties.items())), absences=rules.absences[::-1],
        models=rules.models[::-1],
    )  # fmt: skip
    assert who_answers(again, place, category, AT) == answer


@given(rulebooks(), PLACES, st.sampled_from(CODES))
@settings(max_examples=300, deadline=None)
def test_enforcement_is_never_led_by_who_has_no_power(rules, place, key) -> None:
    rules = changed(rules, absences=())  # a delegate stands for a body that has it
    answer = who_answers(rules, place, sort(key, enforcement=True), AT)
    assert all(KINDS[c.party.kind].enforces for c in answer.chain)
    assert KINDS[answer.lead.kind].group is not Group.SELF


def test_ten_thousand_answers_name_their_rule_in_about_a_second() -> None:
    rng = random.Random(3)
    books = [book(m) for m in ("government_led", "community_led", "self_governed", None)]
    sorts = [sort(f"{s}:0{rng.randint(1, 9)}0{rng.randint(1, 9)}", enforcement=rng.random() < 0.2)
             for s in ("event", "social", "component") for _ in range(20)]  # fmt: skip
    places = [COMPOUND, ZONE, Place(9, RIVERSIDE, STREET, DISTRICT), Place(None, None, None, DISTRICT)]
    asked = [(rng.choice(books), rng.choice(places), rng.choice(sorts)) for _ in range(10_000)]
    start = time.process_time()
    answers = [who_answers(*question, AT) for question in asked]
    spent = time.process_time() - start
    for (_, place, _), answer in zip(asked, answers, strict=True):
        assert answer.deciding in DECIDING
        if place.street is not None:
            assert answer.lead is not None
            assert any(s.used and s.rule == answer.deciding and s.zh and s.en for s in answer.trace)
        else:
            assert (answer.deciding, answer.lead) in {("nobody", None), ("duty", answer.lead)}
    assert spent < 5  # about half a second on a quiet machine


def test_the_absent_are_represented_or_passed_over() -> None:
    rules = book("community_led")
    environment, security = (
        next(p.id for p in PARTIES if p.code == c) for c in ("H_environment", "H_security")
    )
    stood_in = changed(
        rules, absences=(Absence(id=1, party_id=environment, period=Period(), delegate_id=security),)
    )
    answer = who_answers(stood_in, ZONE, sort("event:0102"), AT)
    assert answer.lead.code == "H_security"
    assert answer.chain[0].instead_of.code == "H_environment"
    assert any("代H_environment" in step.zh for step in answer.trace)
    nobody = changed(rules, absences=(Absence(id=1, party_id=environment, period=Period()),))
    answer = who_answers(nobody, ZONE, sort("event:0102"), AT)
    assert answer.lead.code == "H_committee"
    assert any(s.rule == "absence" and not s.used for s in answer.trace)
    later = changed(
        rules, absences=(Absence(id=1, party_id=environment, period=Period(AT + timedelta(hours=1))),)
    )
    assert who_answers(later, ZONE, sort("event:0102"), AT).lead.code == "H_environment"


def test_two_leads_that_only_their_codes_tell_apart_are_named() -> None:
    rules = book("self_governed")
    twin = party(99, "A_zone", "zone_committee", HILLSIDE)
    zone = next(r for r in rules.responsibilities if r.patch_id == 2 and r.role == "lead")
    double = changed(
        rules, parties={**rules.parties, 99: twin},
        responsibilities=(*rules.responsibilities, replace(zone, id=999, party_id=99)),
    )  # fmt: skip
    answer = who_answers(double, ZONE, sort("event:0102"), AT)
    assert answer.lead.code == "A_zone"
    assert answer.deciding == "double"
    assert [p.code for p in answer.doubles] == ["A_zone", "H_zone"]
    assert any(s.rule == "double" and "并列" in s.zh and "A_zone" in s.en for s in answer.trace)


@pytest.mark.parametrize(
    ("x", "y", "lead"), [(5, 5, "B"), (10, 10, "B"), (15, 5, "R_committee"), (None, None, "R_committee")]
)
def test_drawn_ground_holds_exact_points(x, y, lead) -> None:
    rules = book("community_led")
    strip = Patch(
        id=9,
        code="strip",
        kind="drawn",
        area_code=RIVERSIDE,
        cells=frozenset({7}),
        shape=shapely.box(0, 0, 10, 10),
    )
    road = party(98, "B", "street_department", STREET)
    mine = Responsibility(id=900, party_id=98, patch_id=9, basis_kind="law")
    rules = changed(
        rules, parties={**rules.parties, 98: road}, patches={**rules.patches, 9: strip},
        responsibilities=(*rules.responsibilities, mine),
    )  # fmt: skip
    place = Place(7, RIVERSIDE, STREET, DISTRICT, x, y)
    assert (
        who_answers(rules, place, sort("social:0301"), AT).lead.code == lead
    )  # a main road is the street's by law


def test_near_a_border_the_first_receiver_comes_first() -> None:
    both = also_concerned(book("self_governed"), [ZONE, COMPOUND, ZONE], sort("event:0102"), AT)
    assert [p.code for p in both] == ["H_zone", "R_company"]


def test_outside_every_street_the_district_answers_or_nobody() -> None:
    nowhere = Place(None, None, None, DISTRICT)
    assert who_answers(book(), nowhere, sort("event:0102"), AT).deciding == "nobody"
    board = party(97, "board", "district_department", DISTRICT)
    rules = changed(book(), parties={97: board})
    answer = who_answers(rules, nowhere, sort("event:0102"), AT)
    assert (answer.lead.code, answer.deciding, answer.last_resort) == ("board", "district", True)
    told = answer.to_dict()
    assert told["lead"]["code"] == "board"
    assert told["trace"][-1]["zh"]
