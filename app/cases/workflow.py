"""The moves of a case (案件流转): ONE table of what may follow what, who may do it and what it takes. Pure.

A move is refused by rights (who), then by the case's stage, then by what it needs: `judge` says which, in words.
Whoever judges is never whoever handled, whoever decides never whoever applied. What a move *changes* is in
`app.cases.moving`; who may *see* a case is the database's business.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from app.auth.principal import Principal
    from app.cases.case import Case

STAGES: Final = {
    "reported": "上报",
    "accepted": "受理",
    "verified": "核实",
    "filed": "立案",
    "dispatched": "派遣",
    "signed": "签收",
    "handled": "处置",
    "checked": "核查",
    "closed": "结案",
    "not_accepted": "不予受理",
    "not_filed": "不予立案",
    "void": "作废",
    "merged": "并案",
}
"""Stages in their order, the five ends last."""
ENDS: Final = frozenset({"closed", "not_accepted", "not_filed", "void", "merged"})
OPEN: Final = frozenset(STAGES) - ENDS
WAITING: Final = frozenset({"reported", "accepted", "verified", "filed"})
WORKING: Final = frozenset({"dispatched", "signed"})
UNHANDLED: Final = WAITING | WORKING

TO_VERIFY: Final = frozenset({"resident", "hotline", "media", "open311"})
"""Sources whose reports are verified on the spot before filing; a patroller's own goes straight to filing."""
ROUTED_AT_ONCE: Final = frozenset({"patrol", "grid_officer", "staff"})
"""Sources whose reports are filed and dispatched as they come in, where somebody answers."""

REOPEN_DAYS: Final = 30  # after closing; our choice, no standard is known
REPORTER_DAYS: Final = 15
CONFIRM_DAYS: Final = 7
"""After so many days without a word from whom it concerns, a handled confidential case is closed; our choice."""
DISTRICTS_OWN: Final = frozenset({"case.dispatch", "case.decide", "case.close"})
"""What only the district may do while a case runs in its loop (大循环)."""


class Who(Enum):
    """In which capacity one makes a move."""

    STAFF = "staff of its ground"
    PARTY = "a member of the party that leads"
    ASSISTANT = "a member of the party that was asked to assist"
    JUDGE = "staff of its ground, but not who handled it, nor of that party"
    DECIDER = "staff of its ground, but not who applied, nor of the party that leads"
    APPLICANT = "who applied"
    REPORTER = "who reported it"
    CONCERNED = "whom a confidential case concerns: its reporter, or a colleague of who handled it"


@dataclass(frozen=True, slots=True)
class By:
    """One way to be allowed a move: a capacity, and the permission that it takes."""

    who: Who
    permission: str


@dataclass(frozen=True, slots=True)
class Move:
    """One row of the table.

    Attributes:
        since: Stages that it may be made in.
        to: The stage that it leads to; None: the stage stays (or follows from a new route).
        by: Ways to be allowed it; one is enough.
        needs: Facts that it takes: see `app.cases.case.Facts`; photo_before and photo_after are photos of the case.
        what: The application that it makes or decides.
        suspended: It may be made while the case is suspended.
        source: It goes from `reported` and `accepted` too for sources that need no verifying ("direct"), or is only
            for sources that do ("verified").
    """

    name: str
    zh: str
    en: str
    since: frozenset[str]
    to: str | None
    by: tuple[By, ...]
    needs: tuple[str, ...] = ()
    what: str = ""
    suspended: bool = False
    source: str = ""


def _staff(permission: str) -> By:
    return By(Who.STAFF, permission)


_PARTY = By(Who.PARTY, "case.handle")
_ASSISTANT = By(Who.ASSISTANT, "case.handle")
_REPORTER = By(Who.REPORTER, "case.report")
_JUDGE = By(Who.JUDGE, "case.check")
_CONCERNED = By(
    Who.CONCERNED, "case.report"
)  # nobody else may see a confidential case, so nobody else can judge it
_DISPATCH = _staff("case.dispatch")
_ONLY = frozenset

APPLICATIONS: Final = {  # what: zh, en, stages, who may apply, what applying needs, where approval leads
    "return": ("退回", "return", WORKING, (_PARTY,), ("reason",), "filed"),
    "postpone": ("延期", "postponement", WORKING, (_PARTY,), ("reason", "until"), None),
    "suspend": ("挂账", "suspension", WORKING | {"filed"}, (_PARTY, _DISPATCH), ("reason",), None),
    "void": ("作废", "voiding", OPEN, (_staff("case.file"),), ("reason",), "void"),
    "appeal": ("申诉", "appeal", WORKING | {"handled", "checked", "closed"}, (_PARTY,), ("reason", "against"), None),
}  # fmt: skip


def _applied(what: str) -> Iterable[Move]:
    zh, en, since, who, needs, to = APPLICATIONS[what]
    decide = (By(Who.DECIDER, "case.decide"),)
    free = what in ("void", "appeal")
    yield Move(f"apply_{what}", f"申请{zh}", f"Apply for {en}", since, None, who, needs, what, suspended=free)
    yield Move(f"approve_{what}", f"同意{zh}", f"Approve {en}", since, to, decide, (), what, suspended=free)
    yield Move(
        f"refuse_{what}",
        f"不同意{zh}",
        f"Refuse {en}",
        since,
        None,
        decide,
        ("reason",),
        what,
        suspended=free,
    )
    yield Move(
        f"withdraw_{what}", f"撤回{zh}申请", f"Withdraw the application for {en}", since, None,
        (By(Who.APPLICANT, "case.comment"),), (), what, suspended=True,
    )  # fmt: skip


TABLE: Final = (
    Move("accept", "受理", "Accept", _ONLY({"reported"}), "accepted", (_staff("case.accept"),)),
    Move("refuse", "不予受理", "Refuse", _ONLY({"reported"}), "not_accepted", (_staff("case.accept"),), ("reason",)),
    Move("verify", "核实", "Verify", _ONLY({"accepted"}), "verified", (_staff("case.verify"),), source="verified"),
    Move("file", "立案", "File", _ONLY({"verified"}), "filed", (_staff("case.file"),), source="direct"),
    Move("not_file", "不予立案", "Decline to file", _ONLY({"accepted", "verified"}), "not_filed",
         (_staff("case.file"),), ("reason",), source="direct"),
    Move("self_handle", "自行处置", "Handle on the spot", UNHANDLED - {"signed"}, "closed",
         (By(Who.REPORTER, "case.self_handle"),), ("result", "photo_before", "photo_after")),
    Move("dispatch", "派遣", "Dispatch", WORKING | {"filed"}, "dispatched", (_DISPATCH,), ("party",)),
    Move("hand_over", "逐级移交", "Hand over to the next in the chain", _ONLY({"dispatched"}), "dispatched", (_DISPATCH,)),
    Move("settle", "商定主责", "Settle who leads", WORKING, None, (_DISPATCH, _PARTY), ("party", "reason")),
    Move("sign", "签收", "Sign for", _ONLY({"dispatched"}), "signed", (_PARTY,)),
    Move("handle", "处置反馈", "Handle", _ONLY({"signed"}), "handled", (_PARTY,), ("result",)),
    Move("check_pass", "核查通过", "Pass the check", _ONLY({"handled"}), "checked", (_JUDGE, _CONCERNED)),
    Move("check_fail", "核查不通过返工", "Send back for rework", _ONLY({"handled"}), "signed", (_JUDGE, _CONCERNED),
         ("reason",)),
    Move("sample_fail", "抽查不合格", "Fail the sample", _ONLY({"handled"}), "filed", (_JUDGE,), ("reason",)),
    Move("close", "结案", "Close", _ONLY({"checked"}), "closed", (By(Who.JUDGE, "case.close"), _CONCERNED)),
    Move("reopen", "重新办理", "Reopen", _ONLY({"closed"}), "filed", (_DISPATCH, _REPORTER), ("reason",)),
    Move("resume", "恢复办理", "Resume", WORKING | {"filed"}, None, (_staff("case.decide"), _DISPATCH), suspended=True),
    Move("merge", "并案", "Merge into another", UNHANDLED, "merged", (_DISPATCH,), ("into",)),
    Move("recategorise", "改类别", "Change the category", UNHANDLED, None, (_DISPATCH,), ("category", "reason")),
    Move("move_pin", "改位置", "Move the pin", UNHANDLED, None, (_DISPATCH,), ("place", "reason")),
    Move("pass_up", "上报区级", "Pass up to the district", WORKING | {"filed"}, "filed", (_DISPATCH,), ("reason",)),
    Move("pass_down", "交办街道", "Pass down to the street", WORKING | {"filed"}, "filed", (_DISPATCH,), ("reason",)),
    Move("assign", "增派协办", "Ask another party to assist", WORKING | {"filed"}, None, (_DISPATCH,), ("party", "result")),
    Move("finish_task", "协办完成", "Finish an assisting task", OPEN, None, (_ASSISTANT,), ("task", "result"), suspended=True),
    Move("urge", "催办", "Urge", WORKING, None, (_staff("case.urge"), _staff("case.supervise"), _REPORTER)),
    Move("supervise", "督办", "Supervise formally", OPEN, None, (_staff("case.supervise"),), ("reason",), suspended=True),
    *(move for what in APPLICATIONS for move in _applied(what)),
)  # fmt: skip
MOVES: Final = {move.name: move for move in TABLE}
"""The table by name."""

APPEALS: Final = ("rework", "supervision", "overdue")
"""What a party may appeal against."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a move is refused: kind is `right`, `stage` or `need`; the rest is for people."""

    kind: str
    detail: str
    remedy: str = ""


def judge(
    move: Move, case: Case, asking: Principal, facts: Iterable[str] | None, *, days_since_end: float = 0.0
) -> Refusal | None:
    """Return why a move is refused, None if it is legal.

    Args:
        move: A row of the table.
        case: As it stands.
        asking: Who wants to make it.
        facts: Names of the facts that were given; None: not asked for yet (which moves could be offered).
        days_since_end: Days since the case ended, for reopening.
    """
    allowed = [by for by in move.by if _allowed(by, move, case, asking)]
    if not allowed:
        ways = ", or ".join(f"{by.who.value} with {by.permission}" for by in move.by)
        return Refusal("right", f"{move.en} is for {ways}.", "Ask someone who is.")
    if (why := _out_of_place(move, case)) is not None:
        return why
    if move.name == "reopen":
        days = REOPEN_DAYS if any(by.who is Who.STAFF for by in allowed) else REPORTER_DAYS
        if days_since_end > days:
            return Refusal("stage", f"It was closed more than {days} days ago.", "Report it anew.")
    missing = [] if facts is None else sorted(set(needs(move, case)) - set(facts))
    if missing:
        return Refusal("need", f"{move.en} needs: {', '.join(missing)}.", "Send it with the move.")
    return None


def legal(case: Case, asking: Principal, *, days_since_end: float = 0.0) -> list[Move]:
    """Return the moves that could be made now, in the table's order."""
    return [
        move
        for move in _MADE_IN[case.stage, case.source in TO_VERIFY]
        if judge(move, case, asking, None, days_since_end=days_since_end) is None
    ]


def stages_of(move: Move, source: str) -> frozenset[str]:
    """Return the stages a move may be made in, for a source."""
    direct = source not in TO_VERIFY
    if move.source == "verified":
        return frozenset() if direct else move.since
    if move.source == "direct" and direct:
        return move.since | {"reported", "accepted"}
    return move.since


_MADE_IN: Final = {
    (stage, source in TO_VERIFY): [move for move in TABLE if stage in stages_of(move, source)]
    for stage in STAGES
    for source in ("patrol", "resident")
}


def needs(move: Move, case: Case) -> tuple[str, ...]:
    """Return what a move needs of this case: a photo after the work, where the category asks for one."""
    if move.name == "handle" and case.photo_after:
        return (*move.needs, "photo_after")
    return move.needs


def _out_of_place(move: Move, case: Case) -> Refusal | None:
    """Say why a case isn't where a move could be made."""
    if case.stage not in stages_of(move, case.source):
        told = f"The case is {case.stage} ({STAGES[case.stage]})."
        return Refusal("stage", told, "Look at it again: it shows what can be done.")
    if case.suspended and not move.suspended:
        return Refusal("stage", "The case is suspended (挂账).", "Resume it first.")
    if move.what:
        return _application(move, case)
    wrong = {
        "resume": not case.suspended and "It is not suspended.",
        "check_fail": case.self_handled and "It was handled on the spot: a sample passes or fails.",
        "sample_fail": not case.self_handled and "It is no sample of what was handled on the spot.",
        "supervise": case.supervised and "It is under formal supervision already.",
        "hand_over": case.next_party is None and "Nobody stands after this party in the chain.",
        "pass_up": case.loop == "district" and "It is with the district already.",
        "pass_down": case.loop == "street" and "It is with the street already.",
        "settle": not case.both and "Only one party was in reach: nothing is to be settled.",
        "finish_task": not case.assisting and "No party was asked to assist.",
    }.get(move.name, False)
    return Refusal("stage", wrong) if wrong else None


def _application(move: Move, case: Case) -> Refusal | None:
    pending = move.what in case.pending
    if case.confidential and move.name.startswith("apply_"):
        return Refusal(
            "stage",
            "Nobody else may see a confidential case to decide.",
            "Handle it with what it came to: declined is an outcome, too.",
        )
    if move.name.startswith("apply_"):
        if pending:
            return Refusal(
                "stage", "The same is applied for already.", "Wait for the decision, or withdraw it."
            )
        if move.what == "suspend" and case.suspended:
            return Refusal("stage", "It is suspended already.")
        return None
    return None if pending else Refusal("stage", "Nothing of the kind is applied for.")


def _allowed(by: By, move: Move, case: Case, asking: Principal) -> bool:
    """Tell whether someone has a capacity towards a case, and its permission there."""
    match by.who:
        case Who.PARTY | Who.ASSISTANT:
            chain = case.party_chain if by.who is Who.PARTY else case.assisting
            return bool(chain) and asking.may(by.permission, party=chain, within=())
        case Who.REPORTER:
            return _reported(case, asking) and asking.may(by.permission)
        case Who.CONCERNED:
            return _concerned(case, asking) and asking.may(by.permission)
        case Who.APPLICANT:
            return case.pending.get(move.what) == asking.key
        case _:
            staff = asking.may(by.permission, within=_ground(by, case))
            return staff and _impartial(by.who, move, case, asking)


def _impartial(who: Who, move: Move, case: Case, asking: Principal) -> bool:
    """Tell that someone judges nothing of their own."""
    if who is Who.JUDGE:
        return _did_not_handle(case, asking)
    if who is Who.DECIDER:
        return case.pending.get(move.what) != asking.key and not asking.party_ids & set(case.party_chain)
    return True


def _ground(by: By, case: Case) -> tuple[str | None, ...]:
    if case.loop == "district" and by.permission in DISTRICTS_OWN:
        return (case.district,)
    return (case.community, case.street, case.district)


def _reported(case: Case, asking: Principal) -> bool:
    return asking.account_id is not None and case.reported_by == asking.account_id


def _concerned(case: Case, asking: Principal) -> bool:
    if not case.confidential or asking.account_id is None or asking.account_id == case.handled_by:
        return False
    return _reported(case, asking) or asking.may("case.handle", party=case.party_chain, within=())


def _did_not_handle(case: Case, asking: Principal) -> bool:
    """Tell that someone neither handled a case nor belongs to the party that did; the system can't know for itself."""
    if case.handled_by is None:
        return not asking.system and asking.account_id is not None
    return asking.account_id != case.handled_by and not asking.party_ids & set(case.party_chain)
