"""The hand-worked table: three models, twelve categories, two communities, and why each cell reads as it does."""

from __future__ import annotations

import itertools

import pytest

from app.parties.answering import who_answers
from tests.unit.parties.village import AT, COMPOUND, HILLSIDE, RIVERSIDE, ZONE, book, changed, sort

MODELS = ("government_led", "community_led", "self_governed")
ENFORCED = {"event:0301", "event:0302"}
TABLE = {
    # --- Riverside: the place is the compound; government-led, community-led, self-governed
    # exposed rubbish: the company keeps the compound by contract, which no model changes
    ("R", "event:0102"): ("R_company duty", "R_company duty", "R_company duty"),
    # leaflets on walls: the contract says nothing of them; the seconded officer, the environment director, the association
    ("R", "event:0201"): ("R_officer model", "R_environment model", "R_association model"),
    # hawkers: needs the power to enforce, so the team leads whoever governs
    ("R", "event:0301"): ("enforcers enforcement", "enforcers enforcement", "enforcers enforcement"),
    # illegal building: the same
    ("R", "event:0302"): ("enforcers enforcement", "enforcers enforcement", "enforcers enforcement"),
    # manhole cover: its owner, by law, wherever it lies
    ("R", "component:0101"): ("drains duty", "drains duty", "drains duty"),
    # neighbours' dispute: no street post and no group has it; director and committee stand in one tier where the
    # government leads, so the exact category tells them apart; else the model puts posts before the committee
    ("R", "social:0101"): ("R_security category", "R_security model", "R_security model"),
    # a repair in the compound: the company's contract names it
    ("R", "social:0201"): ("R_company duty", "R_company duty", "R_company duty"),
    # noise of a venue: the culture-and-sports director, as for the dispute
    ("R", "social:0401"): ("R_culture category", "R_culture model", "R_culture model"),
    # unsafe wiring: the street's safety section where the government leads, else the security director
    ("R", "social:0501"): ("safety_section model", "R_security model", "R_security model"),
    # food safety: the environment director, as for the dispute
    ("R", "social:0601"): ("R_environment category", "R_environment model", "R_environment model"),
    # social security: the welfare director, as for the dispute
    ("R", "social:0701"): ("R_welfare category", "R_welfare model", "R_welfare model"),
    # legal advice: no post has it, there are no mediators here: the committee, which alone stands in its tier
    ("R", "social:0901"): ("R_committee model", "R_committee model", "R_committee model"),
    # --- Hillside: the place is in the zone
    # exposed rubbish: nobody keeps it by contract; officer, environment director, zone committee
    ("H", "event:0102"): ("H_officer model", "H_environment model", "H_zone model"),
    # leaflets: the same three
    ("H", "event:0201"): ("H_officer model", "H_environment model", "H_zone model"),
    # hawkers, illegal building: the power to enforce
    ("H", "event:0301"): ("enforcers enforcement", "enforcers enforcement", "enforcers enforcement"),
    ("H", "event:0302"): ("enforcers enforcement", "enforcers enforcement", "enforcers enforcement"),
    # manhole cover: its owner
    ("H", "component:0101"): ("drains duty", "drains duty", "drains duty"),
    # neighbours' dispute: the mediators come first only where residents govern themselves
    ("H", "social:0101"): ("H_security category", "H_security model", "H_mediators model"),
    # a repair: no company here; the committee
    ("H", "social:0201"): ("H_committee model", "H_committee model", "H_committee model"),
    # noise, wiring, food, social security: as in Riverside, no group has them
    ("H", "social:0401"): ("H_culture category", "H_culture model", "H_culture model"),
    ("H", "social:0501"): ("safety_section model", "H_security model", "H_security model"),
    ("H", "social:0601"): ("H_environment category", "H_environment model", "H_environment model"),
    ("H", "social:0701"): ("H_welfare category", "H_welfare model", "H_welfare model"),
    # legal advice: the committee stands before the mediators until residents govern themselves
    ("H", "social:0901"): ("H_committee model", "H_committee model", "H_mediators model"),
}
PLACES = {"R": COMPOUND, "H": ZONE}
COMMUNITIES = {"R": RIVERSIDE, "H": HILLSIDE}
CATEGORIES = sorted({key for _, key in TABLE})


def answered(rules, where: str, key: str) -> str:
    answer = who_answers(rules, PLACES[where], sort(key, enforcement=key in ENFORCED), AT)
    assert answer.lead is not None
    return f"{answer.lead.code} {answer.deciding}"


def test_the_table_is_whole() -> None:
    assert len(CATEGORIES) == 12
    assert set(TABLE) == set(itertools.product("RH", CATEGORIES))


@pytest.mark.parametrize(("where", "key"), TABLE)
def test_the_table_holds(where: str, key: str) -> None:
    assert tuple(answered(book(model), where, key) for model in MODELS) == TABLE[where, key]


@pytest.mark.parametrize(("before", "after"), list(itertools.permutations(range(3), 2)))
@pytest.mark.parametrize("moving", ["R", "H"])
def test_changing_a_model_changes_exactly_the_rows_of_the_table(before: int, after: int, moving: str) -> None:
    kept = book(MODELS[before])
    others = book(MODELS[before]).models
    own = book(MODELS[after], only=COMMUNITIES[moving]).models
    moved = tuple(own) + tuple(m for m in others if m.area_code != COMMUNITIES[moving])
    new = changed(kept, models=moved)
    differing = {row for row in TABLE if answered(kept, *row) != answered(new, *row)}
    assert differing == {row for row in TABLE if row[0] == moving and TABLE[row][before] != TABLE[row][after]}


@pytest.mark.parametrize(
    ("step", "lead", "part"),
    [
        ("lead", "H_officer", None),
        ("follow", "H_environment", "assist"),
        ("hand_over", "H_environment", "inform"),
    ],
)
def test_steps_of_a_secondment(step: str, lead: str, part: str | None) -> None:
    answer = who_answers(book("government_led", step), ZONE, sort("event:0102"), AT)
    assert answer.lead is not None
    assert answer.lead.code == lead
    assert answer.step == step
    parts = {r: [p.code for p in getattr(answer, r)] for r in ("assist", "supervise", "inform")}
    assert [role for role, codes in parts.items() if "H_officer" in codes] == ([part] if part else [])


def test_escalation_goes_down_the_model_to_the_street_office() -> None:
    answer = who_answers(book("self_governed"), ZONE, sort("event:0102"), AT)
    assert [c.party.code for c in answer.chain] == [
        "H_zone", "H_environment", "H_committee", "H_officer", "city_section", "office",
    ]  # fmt: skip
    company = who_answers(book("government_led"), COMPOUND, sort("social:0201"), AT)
    assert [c.party.code for c in company.chain] == ["R_company", "R_committee", "office"]


def test_others_have_a_part() -> None:
    dispute = who_answers(book("self_governed"), ZONE, sort("social:0101"), AT)
    assert [p.code for p in dispute.assist] == ["H_zone"]
    hawkers = who_answers(book("self_governed"), ZONE, sort("event:0301", enforcement=True), AT)
    assert [p.code for p in hawkers.assist] == ["H_committee"]  # finds, dissuades, reports
    assert [c.party.code for c in hawkers.chain] == ["enforcers", "office"]
    guided = who_answers(book("community_led"), ZONE, sort("event:0102"), AT)
    assert [p.code for p in guided.supervise] == ["city_section"]  # the street guides
    assisted = who_answers(book("government_led"), ZONE, sort("event:0102"), AT)
    assert [p.code for p in assisted.assist] == ["H_environment"]  # the community assists


def test_without_a_model_the_government_leads_and_the_trace_says_so() -> None:
    answer = who_answers(book(), ZONE, sort("event:0102"), AT)
    assert answer.lead is not None
    assert answer.lead.code == "H_officer"
    assert "默认" in answer.trace[0].zh
    assert not answer.trace[0].used
