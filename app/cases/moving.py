"""What a legal move changes (案件变化): the case afterwards, its task, applications that are void by it, who is told. Pure.

`app.cases.workflow` says whether a move is legal; the times follow from `app.cases.timing`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from app.cases.workflow import APPLICATIONS, ENDS, WAITING, WORKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from app.auth.principal import Principal
    from app.cases.case import Case, Facts
    from app.cases.routing import Route
    from app.cases.workflow import Move

ONE_IN: Final = 10
"""Of what was handled on the spot, one in so many is drawn for a check; our choice, configurable per deployment later on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where a case lies: the columns that follow from its place."""

    edition_id: int | None
    cell_id: int | None
    cell: str | None
    community: str | None
    street: str | None
    district: str | None
    x: float | None
    y: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class New:
    """What a move brings that had to be looked up: its ids instead of what was written."""

    route: Route | None = None
    category: str | None = None
    category_id: int | None = None
    confidential: bool = False
    closing_zh: str = ""
    ground: Ground | None = None
    into_id: int | None = None
    party_chain: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a move comes to.

    Attributes:
        case: Afterwards, its times still those of before.
        task: What becomes of the lead's task: new, signed, handled, done, withdrawn, or "" for nothing.
        lapsed: Applications that are void by it.
        decision: approved, refused or withdrawn, of the application that the move decides.
        parties: Who is told, besides whoever reported it.
    """

    case: Case
    task: str = ""
    lapsed: tuple[str, ...] = ()
    decision: str = ""
    parties: tuple[int, ...] = ()


def sampled(number: str) -> bool:
    """Tell whether what was handled on the spot is drawn for a check; nobody can know it beforehand, all can verify it.

    >>> sum(sampled(f"20260105{n:06}") for n in range(10_000))
    988
    """
    return int.from_bytes(hashlib.sha256(number.encode()).digest()[:4]) % ONE_IN == 0


def made(move: Move, case: Case, facts: Facts, *, asking: Principal, now: datetime, new: New) -> Change:
    """Return what a legal move comes to."""
    making = _Making(move, case, facts, asking, now, new)
    changed = replace(case, stage=move.to or case.stage)
    changed = replace(changed, **_CHANGES.get(move.name, _nothing)(making))
    stage = changed.stage
    ended = changed.ended_at if stage == case.stage else (now if stage in ENDS else None)
    decision = _decision(move)
    pending = dict(case.pending)
    if decision:
        del pending[move.what]
    elif move.what:
        pending[move.what] = asking.key
    changed = _sent_on(changed, new)
    lapsed = tuple(what for what in pending if _lapses(what, case, changed))
    changed = replace(
        changed,
        ended_at=ended,
        suspended_at=None if ended else changed.suspended_at,
        pending={what: whose for what, whose in pending.items() if what not in lapsed},
        parties=_with(case.parties, changed.party_id, facts.party if move.name == "assign" else None),
        version=case.version + 1,
    )
    return Change(
        case=changed,
        task=_task(move, case, changed),
        lapsed=lapsed,
        decision=decision,
        parties=_told_parties(move, case, changed, facts),
    )


@dataclass(frozen=True, slots=True)
class _Making:
    """A move as it is made."""

    move: Move
    case: Case
    facts: Facts
    asking: Principal
    now: datetime
    new: New


_NOBODY: Final[dict[str, Any]] = {"party_id": None, "party_chain": ()}
_UNDONE: Final[dict[str, Any]] = {
    "handled_by": None, "checked_by": None, "handled_at": None, "outcome": "", "self_handled": False,
}  # fmt: skip


def _nothing(_: _Making) -> dict[str, Any]:
    return {}


def _self_handle(m: _Making) -> dict[str, Any]:
    drawn = sampled(m.case.number)
    stage = "handled" if drawn else "closed"
    return _handle(m) | {"stage": stage, "to_sample": drawn, "self_handled": True}


def _handle(m: _Making) -> dict[str, Any]:
    return {
        "handled_by": m.asking.account_id,
        "handled_at": m.now,
        "outcome": m.facts.outcome or "done",
    }


def _settle(m: _Making) -> dict[str, Any]:
    if m.facts.party == m.case.party_id:
        return {"answer": dict(m.case.answer) | {"both": []}}
    return _led(m.case, m.facts.party, m.new)


def _count(name: str) -> Callable[[_Making], dict[str, Any]]:
    """Return a change that counts one more."""
    return lambda m: {name: getattr(m.case, name) + 1}


def _uphold(m: _Making) -> dict[str, Any]:
    """Lift the mark that an appeal was against; it moves the case nowhere."""
    lifted: dict[str | None, dict[str, Any]] = {
        "rework": {"reworked": max(0, m.case.reworked - 1)},
        "supervision": {"supervised": False},
        "overdue": {"excused": True},
    }
    return lifted.get(m.facts.against, {})


_CHANGES: Final[dict[str, Callable[[_Making], dict[str, Any]]]] = {
    "self_handle": _self_handle,
    "dispatch": lambda m: _led(m.case, m.facts.party, m.new),
    "settle": _settle,
    "hand_over": lambda m: _led(m.case, m.case.next_party, m.new),
    "handle": _handle,
    "check_pass": lambda m: {"checked_by": m.asking.account_id},
    "check_fail": lambda m: _UNDONE | _count("reworked")(m),
    "sample_fail": lambda m: _UNDONE | _NOBODY | _count("reworked")(m),
    "reopen": lambda m: _UNDONE | _NOBODY | _count("reopened")(m),
    "merge": lambda m: {"merged_into": m.new.into_id},
    "recategorise": lambda m: _rerouted(m.case, m.new),
    "move_pin": lambda m: _rerouted(m.case, m.new),
    "pass_up": lambda _: _NOBODY | {"loop": "district"},
    "pass_down": lambda _: _NOBODY | {"loop": "street"},
    "approve_return": lambda m: _NOBODY | _count("returned")(m),
    "approve_postpone": _count("postponed"),
    "approve_suspend": lambda m: {"suspended_at": m.now},
    "approve_appeal": _uphold,
    "resume": lambda _: {"suspended_at": None},
    "urge": _count("urged"),
    "supervise": lambda _: {"supervised": True},
}
"""Move: the columns that it changes besides the stage that the table says."""


def _led(case: Case, party: int | None, new: New) -> dict[str, Any]:
    """Let a party lead; between two in reach it is settled then."""
    answer = dict(case.answer) | {"both": []}
    return {"stage": "dispatched", "party_id": party, "party_chain": new.party_chain, "answer": answer}


def _sent_on(case: Case, new: New) -> Case:
    """Give a confidential case that waits straight to whoever answers: nobody else may see it to dispatch it."""
    if not case.confidential or case.stage not in WAITING or new.route is None or new.route.lead is None:
        return case
    return replace(
        case,
        stage="dispatched",
        party_id=new.route.lead,
        party_chain=new.party_chain,
        answer=new.route.answer,
    )


def _rerouted(case: Case, new: New) -> dict[str, Any]:
    """Follow a new category or place: who works on it goes on if it is still theirs, else the new lead begins."""
    changes: dict[str, Any] = {}
    if new.category is not None:
        changes |= {
            "category": new.category, "category_id": new.category_id, "confidential": new.confidential,
            "closing_zh": new.closing_zh,
        }  # fmt: skip
    if new.ground is not None:
        g = new.ground
        changes |= {
            "edition_id": g.edition_id, "cell_id": g.cell_id, "cell": g.cell, "community": g.community, "street": g.street,
            "district": g.district, "x": g.x, "y": g.y,
        }  # fmt: skip
    route = new.route
    if route is None:
        return changes
    changes["answer"] = route.answer
    if case.stage not in WORKING or route.lead == case.party_id:
        return changes
    stage = "filed" if route.lead is None else "dispatched"
    return changes | {"stage": stage, "party_id": route.lead, "party_chain": new.party_chain}


def _decision(move: Move) -> str:
    verb = move.name.partition("_")[0]
    return (
        {"approve": "approved", "refuse": "refused", "withdraw": "withdrawn"}.get(verb, "")
        if move.what
        else ""
    )


def _lapses(what: str, before: Case, after: Case) -> bool:
    """Tell whether an open application has nothing left to decide."""
    if after.stage not in APPLICATIONS[what][2]:
        return True
    return what in ("return", "postpone") and after.party_id != before.party_id


def _task(move: Move, before: Case, after: Case) -> str:
    if after.stage == "dispatched" and (before.stage != "dispatched" or before.party_id != after.party_id):
        return "new"
    if move.name in ("sign", "handle", "check_fail"):
        return after.stage
    if after.stage == "closed" and not after.self_handled:
        return "done"
    if before.party_id is not None and after.stage != before.stage and after.stage in ENDS | {"filed"}:
        return "withdrawn"
    return ""


def _told_parties(move: Move, before: Case, after: Case, facts: Facts) -> tuple[int, ...]:
    if move.name == "assign" and facts.party is not None:
        return (facts.party,)
    concerned = {before.party_id, after.party_id} - {None}
    own = move.name in ("sign", "handle") or move.name.startswith("apply_")
    return () if own else tuple(sorted(party for party in concerned if party is not None))


def _with(parties: tuple[int, ...], *more: int | None) -> tuple[int, ...]:
    return tuple(dict.fromkeys([*parties, *(party for party in more if party is not None)]))
