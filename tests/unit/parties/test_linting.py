"""The lint against asking `who_answers` about every cell and category, one after the other."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings

from app.parties.answering import Place, who_answers
from app.parties.linting import Spot, lint
from app.parties.rulebook import Patch, Period, Responsibility
from tests.unit.parties.test_answering import CODES, rulebooks
from tests.unit.parties.village import AT, DISTRICT, HILLSIDE, RIVERSIDE, STREET, book, changed, party, sort

SPOTS = [
    Spot("c1", Place(1, RIVERSIDE, STREET, DISTRICT, 5.0, 5.0)), Spot("c1", Place(1, RIVERSIDE, STREET, DISTRICT, 50.0, 5.0)),
    Spot("c2", Place(2, RIVERSIDE, STREET, DISTRICT)), Spot("c3", Place(3, HILLSIDE, STREET, DISTRICT)),
    Spot("c4", Place(4, HILLSIDE, STREET, DISTRICT)),
]  # fmt: skip
LEAVES = [sort(key, enforcement=key == "event:0301") for key in CODES]


def brute(rules, at):
    """The same by every question there is."""
    unowned, double, deciding = defaultdict(set), defaultdict(set), set()
    moments = {
        at,
        AT,
        AT - timedelta(days=9),
        AT + timedelta(days=9),
        AT - timedelta(days=99),
        AT + timedelta(days=99),
    }
    for cell, place in SPOTS:
        for leaf in LEAVES:
            answer = who_answers(rules, place, leaf, at)
            if answer.last_resort or answer.lead is None:
                unowned[place.community, leaf.key].add(cell)
            elif answer.doubles:
                double[place.community, leaf.key, tuple(sorted(p.code for p in answer.doubles))].add(cell)
            for moment in moments:
                then = who_answers(rules, place, leaf, moment)
                equal = {p.id for p in then.doubles} | {then.lead.id}
                deciding |= {c.responsibility_id for c in then.chain if c.party.id in equal}
    shadowed = {
        r.id for r in rules.responsibilities
        if r.role == "lead" and r.id not in deciding
        and not (rules.parties[r.party_id].kind == "street_office" and not r.categories)
    }  # fmt: skip
    return unowned, double, shadowed


@given(rulebooks())
@settings(max_examples=150, deadline=None)
def test_agrees_with_asking_everything(rules) -> None:
    unowned, double, shadowed = brute(rules, AT)
    report = lint(rules, SPOTS, LEAVES, AT)
    assert (report.cells, report.categories) == (4, len(LEAVES))
    assert {(r.community, r.category): r.cells for r in report.unowned_rows} == {
        k: len(v) for k, v in unowned.items()
    }
    assert {(r.community, r.category, r.parties): r.cells for r in report.double_rows} == {
        k: len(v) for k, v in double.items()
    }
    assert report.unowned == sum(map(len, unowned.values()))
    assert report.doubly_owned == sum(map(len, double.values()))
    assert {s.responsibility_id for s in report.shadowed_rules} == shadowed


def test_the_village_has_no_gap_and_no_double_but_rules_that_wait() -> None:
    spots = [
        Spot("c1", Place(1, RIVERSIDE, STREET, DISTRICT)),
        Spot("c3", Place(3, HILLSIDE, STREET, DISTRICT)),
    ]
    leaves = [sort(k) for k in ("event:0102", "social:0101", "social:0901")]
    report = lint(book("self_governed"), spots, leaves, AT)
    assert (report.unowned, report.doubly_owned) == (0, 0)
    assert "H_officer" in {s.party for s in report.shadowed_rules}  # the zone is before it
    assert "H_zone" not in {s.party for s in report.shadowed_rules}
    assert report.to_dict(1)["rows_left_out"] == report.shadowed - 1


def test_a_rule_of_another_time_decides_then() -> None:
    rules = book("community_led")
    once = Responsibility(
        id=500, party_id=22, area_code=HILLSIDE, categories=("social:0901",), period=Period(AT - timedelta(days=90), AT - timedelta(days=60))
    )  # fmt: skip
    report = lint(
        changed(rules, responsibilities=(*rules.responsibilities, once)), SPOTS, [sort("social:0901")], AT
    )
    assert 500 not in {s.responsibility_id for s in report.shadowed_rules}
    never = replace(once, categories=("social:0902",))
    report = lint(
        changed(rules, responsibilities=(*rules.responsibilities, never)), SPOTS, [sort("social:0901")], AT
    )
    assert 500 in {s.responsibility_id for s in report.shadowed_rules}


def test_a_whole_district_takes_seconds() -> None:
    rules = book("self_governed")
    parties = dict(rules.parties)
    for n in range(40):
        parties[1000 + n] = party(1000 + n, f"office{n}", "street_office", f"9901010{n:02d}")
    patches = {
        100 + n: Patch(id=100 + n, code=f"grid{n}", kind="responsibility_grid", area_code=HILLSIDE, cells=frozenset(range(n * 5, n * 5 + 5)))
        for n in range(100)
    }  # fmt: skip
    more = tuple(
        Responsibility(id=5000 + n, party_id=26, patch_id=100 + n, categories=("event:01",))
        for n in range(100)
    )
    rules = changed(
        rules,
        parties=parties,
        patches={**rules.patches, **patches},
        responsibilities=(*rules.responsibilities, *more),
    )
    spots = [
        Spot(f"{i:06d}", Place(i, f"99010100{1 + i // 1400}", f"9901010{(i // 1400) % 40:02d}", DISTRICT))
        for i in range(55_000)
    ]
    leaves = [
        sort(f"{s}:{a:02d}{b:02d}") for s in ("event", "social") for a in range(1, 11) for b in range(1, 11)
    ]
    start = time.process_time()
    report = lint(rules, spots, leaves, AT)
    assert time.process_time() - start < 20
    assert (report.cells, report.categories) == (55_000, 200)
    assert report.unowned > 5_000_000
