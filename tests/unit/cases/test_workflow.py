"""The table of moves: every legal move, every illegal one, ten thousand random walks, no stuck case, time adds up."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.auth.principal import NOBODY, SYSTEM, Principal
from app.cases import moving, workflow
from app.cases.case import Case, Facts
from app.cases.workflow import ENDS, MOVES, OPEN, STAGES, TABLE, TO_VERIFY, judge
from tests.unit.cases import people
from tests.unit.cases.people import (
    ALL_ROLES,
    CHECKER,
    COMPANY_MEMBER,
    DISPATCHER,
    DISTRICT_HEAD,
    EVERYBODY,
    OFFICER,
    OTHER,
    PATROLLER,
    RESIDENT,
    STRANGER,
    SUPERVISOR,
    T0,
    a_case,
    with_party,
)

EVERY_FACT = (
    "reason",
    "result",
    "party",
    "category",
    "place",
    "until",
    "into",
    "against",
    "task",
    "photo_before",
    "photo_after",
)
LEGAL = {  # written out by hand, apart from the table: move -> stages for a report to be verified, and for a direct one
    "accept": ({"reported"}, {"reported"}),
    "refuse": ({"reported"}, {"reported"}),
    "verify": ({"accepted"}, set()),
    "file": ({"verified"}, {"reported", "accepted", "verified"}),
    "not_file": ({"accepted", "verified"}, {"reported", "accepted", "verified"}),
    "self_handle": ({"reported", "accepted", "verified", "filed", "dispatched"},) * 2,
    "dispatch": ({"filed", "dispatched", "signed"},) * 2,
    "hand_over": ({"dispatched"},) * 2,
    "settle": ({"dispatched", "signed"},) * 2,
    "sign": ({"dispatched"},) * 2,
    "handle": ({"signed"},) * 2,
    "check_pass": ({"handled"},) * 2,
    "check_fail": ({"handled"},) * 2,
    "sample_fail": ({"handled"},) * 2,
    "close": ({"checked"},) * 2,
    "reopen": ({"closed"},) * 2,
    "resume": ({"filed", "dispatched", "signed"},) * 2,
    "merge": ({"reported", "accepted", "verified", "filed", "dispatched", "signed"},) * 2,
    "recategorise": ({"reported", "accepted", "verified", "filed", "dispatched", "signed"},) * 2,
    "move_pin": ({"reported", "accepted", "verified", "filed", "dispatched", "signed"},) * 2,
    "pass_up": ({"filed", "dispatched", "signed"},) * 2,
    "pass_down": ({"filed", "dispatched", "signed"},) * 2,
    "assign": ({"filed", "dispatched", "signed"},) * 2,
    "finish_task": (set(OPEN),) * 2,
    "urge": ({"dispatched", "signed"},) * 2,
    "supervise": (set(OPEN),) * 2,
    "return": ({"dispatched", "signed"},) * 2,
    "postpone": ({"dispatched", "signed"},) * 2,
    "suspend": ({"filed", "dispatched", "signed"},) * 2,
    "void": (set(OPEN),) * 2,
    "appeal": ({"dispatched", "signed", "handled", "checked", "closed"},) * 2,
}
WHO = {  # who could make each move of a case in its stage: everybody else is refused
    "accept": {OFFICER, SUPERVISOR, DISPATCHER, DISTRICT_HEAD, ALL_ROLES},
    "refuse": {OFFICER, SUPERVISOR, DISPATCHER, DISTRICT_HEAD, ALL_ROLES},
    "verify": {OFFICER, CHECKER, DISTRICT_HEAD, PATROLLER, ALL_ROLES},
    "file": {OFFICER, SUPERVISOR, DISPATCHER, DISTRICT_HEAD, ALL_ROLES},
    "sign": {COMPANY_MEMBER, people.BODY_MEMBER, ALL_ROLES},
    "handle": {COMPANY_MEMBER, people.BODY_MEMBER, ALL_ROLES},
    "check_pass": {CHECKER, DISTRICT_HEAD, PATROLLER},  # the one with all roles belongs to the party
    "check_fail": {CHECKER, DISTRICT_HEAD, PATROLLER},
    "close": {CHECKER, SUPERVISOR, DISTRICT_HEAD},
    "supervise": {SUPERVISOR, DISTRICT_HEAD, ALL_ROLES},
    "apply_return": {COMPANY_MEMBER, people.BODY_MEMBER, ALL_ROLES},
    "approve_return": {SUPERVISOR, DISTRICT_HEAD},
    "withdraw_return": {COMPANY_MEMBER},
    "urge": {OFFICER, SUPERVISOR, DISPATCHER, DISTRICT_HEAD, RESIDENT, ALL_ROLES},
}


def ready(name: str, stage: str, source: str = "resident") -> Case:
    """Return a case in a stage with all that the move wants of it besides."""
    move = MOVES[name]
    changes = {
        "source": source,
        "both": (),
        "answer": {"order": [people.COMPANY, OTHER], "both": [people.COMPANY, OTHER]},
        "assisting": (OTHER,),
        "suspended_at": T0 if name == "resume" else None,
        "loop": "district" if name == "pass_down" else "street",
        "self_handled": name == "sample_fail",
        "ended_at": T0 if stage in ENDS else None,
        "handled_by": 6 if stage in ("handled", "checked", "closed") else None,
        "pending": {move.what: COMPANY_MEMBER.key} if move.what and not name.startswith("apply_") else {},
    }
    del changes["both"]
    if name == "self_handle":
        changes["reported_by"] = PATROLLER.account_id
    return with_party(stage, **changes)


@pytest.mark.parametrize("source", ["resident", "patrol"])
@pytest.mark.parametrize("name", sorted(MOVES))
def test_a_move_is_made_in_its_stages_and_in_no_other(name: str, source: str) -> None:
    wanted = LEGAL[MOVES[name].what or name][source == "patrol"]
    legal = {
        stage
        for stage in STAGES
        if any(judge(MOVES[name], ready(name, stage, source), who, EVERY_FACT) is None for who in EVERYBODY)
    }
    assert legal == wanted


@pytest.mark.parametrize("name", sorted(WHO))
def test_a_move_is_made_by_those_and_nobody_else(name: str) -> None:
    stage = min(MOVES[name].since)
    case = ready(name, stage, "patrol" if name == "file" else "resident")
    could = {who.name for who in EVERYBODY if judge(MOVES[name], case, who, EVERY_FACT) is None}
    assert could == {who.name for who in WHO[name]}


@pytest.mark.parametrize("move", TABLE, ids=lambda move: move.name)
def test_nobody_and_the_wrong_street_move_nothing(move: workflow.Move) -> None:
    for stage in STAGES:
        case = ready(move.name, stage)
        for who in (NOBODY, STRANGER):
            refused = judge(move, case, who, EVERY_FACT)
            assert refused is not None
            assert refused.kind == "right"


@pytest.mark.parametrize("move", [move for move in TABLE if move.needs], ids=lambda move: move.name)
def test_a_move_lacking_one_fact_says_which(move: workflow.Move) -> None:
    stage = min(move.since)
    case = ready(move.name, stage)
    who = next(p for p in EVERYBODY if judge(move, case, p, EVERY_FACT) is None)
    for lacking in move.needs:
        refused = judge(move, case, who, [fact for fact in EVERY_FACT if fact != lacking])
        assert refused is not None
        assert refused.kind == "need"
        assert lacking in refused.detail


def test_whoever_handled_never_checks_nor_closes() -> None:
    handled = with_party("handled", handled_by=CHECKER.account_id)
    for name, stage in (("check_pass", "handled"), ("check_fail", "handled"), ("close", "checked")):
        refused = judge(MOVES[name], replace(handled, stage=stage), CHECKER, EVERY_FACT)
        assert refused is not None
        assert refused.kind == "right"
    assert judge(MOVES["check_pass"], handled, DISTRICT_HEAD, EVERY_FACT) is None


def test_the_system_does_not_check_what_it_handled_itself() -> None:
    assert judge(MOVES["check_pass"], with_party("handled", handled_by=None), SYSTEM, ()) is not None
    assert judge(MOVES["check_pass"], with_party("handled", handled_by=6), SYSTEM, ()) is None


@pytest.mark.parametrize(
    ("name", "stage"), [("check_pass", "handled"), ("check_fail", "handled"), ("close", "checked")]
)
def test_a_confidential_case_is_judged_by_whom_it_concerns(name: str, stage: str) -> None:
    """Staff sees none of it; a colleague of who handled it, or its reporter, judges it, and nobody else of a party."""
    case = with_party(stage, confidential=True, handled_by=COMPANY_MEMBER.account_id)
    assert judge(MOVES[name], case, COMPANY_MEMBER, EVERY_FACT) is not None  # who handled it
    for concerned in (people.BODY_MEMBER, ALL_ROLES, RESIDENT):  # colleagues; who reported it
        assert judge(MOVES[name], case, concerned, EVERY_FACT) is None or concerned is RESIDENT
    other = people.person(13, ("party_member", OTHER))
    assert judge(MOVES[name], case, other, EVERY_FACT) is not None
    plain = replace(case, confidential=False)
    assert judge(MOVES[name], plain, people.BODY_MEMBER, EVERY_FACT) is not None


def test_whoever_reported_a_confidential_case_confirms_it() -> None:
    reporter = people.person(14, ("party_member", OTHER))
    case = with_party("handled", confidential=True, handled_by=COMPANY_MEMBER.account_id, reported_by=14)
    assert judge(MOVES["check_pass"], case, reporter, EVERY_FACT) is None
    assert judge(MOVES["check_pass"], replace(case, confidential=False), reporter, EVERY_FACT) is not None


def test_whoever_applied_never_decides() -> None:
    case = with_party("signed", pending={"void": SUPERVISOR.key})
    assert judge(MOVES["approve_void"], case, SUPERVISOR, EVERY_FACT) is not None
    assert judge(MOVES["approve_void"], case, DISTRICT_HEAD, EVERY_FACT) is None
    assert judge(MOVES["approve_void"], case, COMPANY_MEMBER, EVERY_FACT) is not None


def test_a_suspended_case_rests() -> None:
    case = with_party("signed", suspended_at=T0)
    refused = judge(MOVES["handle"], case, COMPANY_MEMBER, EVERY_FACT)
    assert refused is not None
    assert refused.kind == "stage"
    assert "resume" in {move.name for move in workflow.legal(case, SUPERVISOR)}


def test_the_photo_after_is_asked_for_where_the_closing_condition_does() -> None:
    case = with_party("signed", closing_zh="现场恢复，处置后照片清晰")
    refused = judge(MOVES["handle"], case, COMPANY_MEMBER, {"result"})
    assert refused is not None
    assert "photo_after" in refused.detail
    assert judge(MOVES["handle"], case, COMPANY_MEMBER, {"result", "photo_after"}) is None


def test_in_the_districts_loop_the_street_does_not_dispatch() -> None:
    case = with_party("filed", loop="district")
    assert judge(MOVES["dispatch"], case, DISPATCHER, {"party"}) is not None
    assert judge(MOVES["dispatch"], case, DISTRICT_HEAD, {"party"}) is None


def test_a_closed_case_is_reopened_within_its_window() -> None:
    case = with_party("closed", ended_at=T0, handled_by=6)
    assert judge(MOVES["reopen"], case, DISPATCHER, {"reason"}, days_since_end=29) is None
    assert judge(MOVES["reopen"], case, RESIDENT, {"reason"}, days_since_end=14) is None
    assert judge(MOVES["reopen"], case, RESIDENT, {"reason"}, days_since_end=16) is not None
    assert judge(MOVES["reopen"], case, DISPATCHER, {"reason"}, days_since_end=31) is not None


def test_declined_is_an_outcome_like_another() -> None:
    case = with_party("signed", category="social:01")
    change = moving.made(
        MOVES["handle"],
        case,
        Facts(result="对方不愿调解", outcome="declined"),
        asking=COMPANY_MEMBER,
        now=T0,
        new=moving.New(),
    )
    assert (change.case.stage, change.case.outcome, change.case.handled_by) == ("handled", "declined", 6)


def test_every_stage_leads_to_an_end() -> None:
    for source in ("resident", "patrol"):
        leads = {
            stage: {move.to for move in TABLE if move.to and stage in workflow.stages_of(move, source)}
            for stage in STAGES
        }
        for begin in OPEN:
            reached, todo = set(), [begin]
            while todo:
                stage = todo.pop()
                if stage not in reached:
                    reached.add(stage)
                    todo += leads[stage]
            assert "closed" in reached
            assert "void" in reached


def test_about_one_in_ten_is_drawn_for_a_check() -> None:
    drawn = sum(moving.sampled(f"20260105{n:06}") for n in range(10_000))
    assert 900 < drawn < 1100


# --- random walks -------------------------------------------------------------------------------------------------

WALKS, STEPS = 25, 16  # walks of one example


def some_facts(dice: random.Random, move: workflow.Move, case: Case) -> Facts:
    """Return what the move needs, or now and then less."""
    if dice.random() < 0.1:
        return Facts()
    return Facts(
        reason="因为" if "reason" in move.needs or dice.random() < 0.5 else "",
        result="已办",
        party=dice.choice([people.COMPANY, OTHER]),
        category="event:0107",
        place=(1.0, 2.0),
        until=T0 + timedelta(days=30),
        into="20260105000002",
        against=dice.choice(workflow.APPEALS),
        task=1,
    )


def chain(party: int | None) -> tuple[int, ...]:
    return {None: (), people.COMPANY: (people.COMPANY, people.BODY)}.get(party, (party,) if party else ())


def step(dice: random.Random, case: Case, move: workflow.Move, who: Principal, minutes: int) -> Case:
    """Try one move: what is refused changes nothing, what is legal keeps every rule that holds for all moves."""
    facts = some_facts(dice, move, case)
    given = facts.given() | {"photo_before", "photo_after"}
    refused = judge(move, case, who, given)
    if refused is not None:
        return case
    assert case.stage in LEGAL[move.what or move.name][case.source not in TO_VERIFY]
    assert set(move.needs) <= given
    party = case.next_party if move.name == "hand_over" else facts.party
    new = moving.New(party_chain=chain(party), into_id=2)
    now = T0 + timedelta(minutes=minutes)
    change = moving.made(move, case, facts, asking=who, now=now, new=new)
    check_change(move, case, change, who)
    return change.case


def check_change(move: workflow.Move, before: Case, change: moving.Change, who: Principal) -> None:
    after = change.case
    assert after.version == before.version + 1
    assert after.stage == (move.to or after.stage) or move.name == "self_handle"
    assert (after.ended_at is not None) == (after.stage in ENDS)
    assert set(before.parties) <= set(after.parties)
    if after.party_id is not None:
        assert after.party_id in after.parties
        assert after.party_chain[0] == after.party_id
    if after.stage in ("dispatched", "signed"):
        assert after.party_id is not None
    if move.name in ("check_pass", "check_fail", "sample_fail", "close"):
        assert before.handled_by != who.account_id
        assert before.confidential or not who.party_ids & set(before.party_chain)
    if change.decision in ("approved", "refused"):
        assert before.pending[move.what] != who.key
    if before.suspended and move.name != "resume" and not move.suspended:
        pytest.fail(f"{move.name} of a suspended case")
    if before.stage in ENDS:
        assert move.name in ("reopen", "apply_appeal", "approve_appeal", "refuse_appeal", "withdraw_appeal")
    if change.task == "new":
        assert after.stage == "dispatched"


@settings(max_examples=420, deadline=None)
@given(st.integers(0, 2**32))
def test_random_walks_never_break_a_rule_nor_get_stuck(seed: int) -> None:
    """420 examples of 25 walks: 10,500 walks."""
    dice = random.Random(seed)
    for _ in range(WALKS):
        source = dice.choice(["resident", "hotline", "patrol", "staff"])
        case = a_case(source=source, reported_by=dice.choice([RESIDENT.account_id, PATROLLER.account_id]))
        for minute in range(STEPS):
            move = dice.choice(TABLE) if dice.random() < 0.3 else None
            who = dice.choice(EVERYBODY)
            if move is None:  # mostly what is offered, so that walks go far
                offered = workflow.legal(case, who)
                if not offered:
                    continue
                move = dice.choice(offered)
            case = step(dice, case, move, who, minute)
        if case.stage in OPEN:
            ways = (move.name for who in EVERYBODY for move in workflow.legal(case, who))
            assert any(name not in ("supervise", "finish_task", "urge") for name in ways), (
                f"stuck in {case.stage}"
            )
