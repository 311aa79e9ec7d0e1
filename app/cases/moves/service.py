"""Moves (流转): makes the moves that `app.cases.workflow` allows, and those that a timer makes as the system."""

from __future__ import annotations

import json
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.auth import service as auth
from app.auth.principal import SYSTEM
from app.cases import moving, reporting, repository, routing, timing, workflow
from app.cases import service as cases
from app.cases.case import Facts
from app.cases.errors import FactsMissing, IllegalMove, NoGroundThere, UnknownMove
from app.cases.surroundings import service as surroundings
from app.categories import service as categories
from app.core.errors import GridwardError, NotAllowed, NotSignedIn, Outdated
from app.incidents import service as incidents_
from app.parties.answers import service as answers
from app.parties.rulebook import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.cases.case import Case
    from app.cases.moving import Change
    from app.cases.workflow import Move
    from app.parties.rulebook import Rulebook


def legal_moves(asking: Principal, standing: Case, now: datetime | None = None) -> list[Move]:
    """Return the moves that someone could make of a case now."""
    return workflow.legal(
        standing, asking, days_since_end=_days_since_end(standing, now or datetime.now(UTC))
    )


def move(  # noqa: PLR0917  # as the desk, the demo and the tests call it: who, what, from where, with what, when
    connection: Connection,
    asking: Principal,
    number: str,
    name: str,
    version: int | None = None,
    facts: Facts | None = None,
    now: datetime | None = None,
) -> Case:
    """Make one move of a case.

    Args:
        connection: In a transaction of whoever asks.
        asking: Who moves it.
        number: Of the case.
        name: Of the move: see `app.cases.workflow.TABLE`.
        version: That it starts from; None: whatever stands now.
        facts: What the move brings.
        now: When, for tests and demos; default: now.

    Returns:
        The case afterwards.

    Raises:
        UnknownCase, UnknownMove, FactsMissing, NoGroundThere: It can't be asked for like this.
        NotAllowed, NotSignedIn: Not by this account.
        IllegalMove: Not in this stage.
        Outdated: Somebody moved it since; says who.
    """
    moment = now or datetime.now(UTC)
    row = workflow.MOVES.get(name)
    if row is None:
        raise UnknownMove(f"It is {name[:60]!r}.", remedy=f"Moves: {', '.join(workflow.MOVES)}.")
    before = cases.case(connection, number)
    if version is not None and version != before.version:
        raise _outdated(connection, before)
    facts = _completed(connection, row, before, facts or Facts())
    _refuse(workflow.judge(
        row, before, asking, facts.given() | {f"photo_{moment}" for moment in before.moments},
        days_since_end=_days_since_end(before, moment),
    ), asking, before)  # fmt: skip
    new = _looked_up(connection, row, before, facts, moment)
    change = moving.made(row, before, facts, asking=asking, now=moment, new=new)
    timed = timing.followed(surroundings.rules(connection), row, before, change.case, facts=facts, now=moment)
    change = replace(change, case=timed)
    _store(connection, asking, row, before, change, facts=facts, now=moment)
    with auth.as_system(connection) if _hidden(before, change.case) else nullcontext():
        return cases.case(connection, number)


def _completed(connection: Connection, row: Move, before: Case, facts: Facts) -> Facts:
    """Fill in what is known: whoever answers is dispatched to, what was applied for is decided."""
    if row.name == "dispatch" and facts.party is None and before.answer.get("order"):
        return replace(facts, party=before.answer["order"][0])
    if row.name.startswith("approve_"):
        for applied in repository.rows(connection, "applications", case_id=before.id):
            if applied["what"] == row.what and applied["decision"] is None:
                return replace(facts, until=applied["until"], against=applied["against"])
    return facts


def _refuse(why: workflow.Refusal | None, asking: Principal, before: Case) -> None:
    if why is None:
        return
    if why.kind == "right":
        if not asking.signed_in:
            raise NotSignedIn(remedy="Sign in, or send a token.")
        raise NotAllowed(why.detail, remedy=why.remedy)
    if why.kind == "need":
        raise FactsMissing(why.detail, remedy=why.remedy)
    offered = ", ".join(found.name for found in workflow.legal(before, asking)) or "none"
    raise IllegalMove(why.detail, remedy=f"{why.remedy} Moves that you could make: {offered}.".strip())


def _outdated(connection: Connection, before: Case) -> Outdated:
    said = auth.last_change(connection, "cases.cases", before.id)
    return Outdated(
        f"{said} It is {before.stage} ({workflow.STAGES[before.stage]}) at version {before.version} now.".strip(),
        remedy="Look at it again, then decide.",
    )


def _days_since_end(standing: Case, now: datetime) -> float:
    return 0.0 if standing.ended_at is None else (now - standing.ended_at).total_seconds() / 86_400


def _hidden(before: Case, after: Case) -> bool:
    """Tell whether a move may take a case out of sight of whoever makes it."""
    return after.confidential != before.confidential or after.community != before.community


def _looked_up(connection: Connection, row: Move, before: Case, facts: Facts, now: datetime) -> moving.New:
    """Look up what a move's facts mean, and refuse what they can't mean."""
    rulebook = answers.rulebook(connection)
    if row.name in ("dispatch", "settle", "assign"):
        return moving.New(party_chain=_sent_to(rulebook, row, before, facts, now))
    if row.name == "hand_over":
        return moving.New(party_chain=routing.chain_of(rulebook, before.next_party))
    if row.name == "merge":
        return moving.New(into_id=_main_case(connection, before, facts).id)
    if (
        row.name == "apply_postpone"
        and facts.until is not None
        and facts.until <= max(now, before.due_at or now)
    ):
        raise reporting.PastDeadline(
            f"It is {facts.until.isoformat()}.", remedy="Give a time after the present deadline."
        )
    if row.name == "apply_appeal" and facts.against not in workflow.APPEALS:
        raise FactsMissing(f"Against {facts.against!r}?", remedy=f"One of {', '.join(workflow.APPEALS)}.")
    if row.name in ("recategorise", "move_pin") or (row.name == "reopen" and before.confidential):
        return _routed_anew(connection, row, before, facts)
    return moving.New()


def _sent_to(rulebook: Rulebook, row: Move, before: Case, facts: Facts, now: datetime) -> tuple[int, ...]:
    party = facts.party or 0
    if party not in rulebook.parties:
        raise FactsMissing(f"There is no party {party}.", remedy="See: GET /api/parties")
    if row.name == "settle" and party not in before.both:
        raise NoGroundThere("It isn't one of those in reach.", remedy=f"One of {list(before.both)}.")
    if not routing.has_ground(rulebook, party, _place_of(before), now, before.answer):
        name = rulebook.parties[party].named(now).zh
        raise NoGroundThere(
            f"{name} at {before.community or 'no community'}.",
            remedy="Choose one that answers there, or give it a responsibility first.",
        )
    return routing.chain_of(rulebook, party)


def _place_of(standing: Case) -> Place:
    return Place(
        standing.cell_id, standing.community, standing.street, standing.district, standing.x, standing.y
    )


def _main_case(connection: Connection, before: Case, facts: Facts) -> Case:
    main = cases.case(connection, facts.into or "")
    if main.id == before.id or main.ended:
        raise IllegalMove(f"{main.number} can't take it in.", remedy="Name another open case.")
    return main


def _routed_anew(connection: Connection, row: Move, before: Case, facts: Facts) -> moving.New:
    """Ask again who answers, by the new category or place."""
    catalogue, rulebook = categories.catalogue(connection), answers.rulebook(connection)
    category = catalogue.find(
        facts.category if row.name == "recategorise" and facts.category else before.category
    )
    spot = None
    place = _place_of(before)
    if row.name == "move_pin" and facts.place is not None and before.edition_id is not None:
        spot = surroundings.terrain_of(connection, before.edition_id).spot(*facts.place)
        place = spot.place
    route = routing.route(rulebook, place, category, before.reported_at)
    return moving.New(
        route=route, category=category.key, category_id=category.id, confidential=category.confidential,
        closing_zh=category.closing_zh, ground=None if spot is None else spot.columns,
        party_chain=routing.chain_of(rulebook, route.lead),
    )  # fmt: skip


def _store(
    connection: Connection,
    asking: Principal,
    row: Move,
    before: Case,
    change: Change,
    *,
    facts: Facts,
    now: datetime,
) -> None:
    """Store a move with all that follows from it."""
    after = change.case
    noted = facts.noted() | ({"lapsed": list(change.lapsed)} if change.lapsed else {})
    if row.name in ("recategorise", "move_pin"):
        noted |= {"was_category": before.category, "was_cell": before.cell, "was_party": before.party_id}
    values = {
        "move": row.name, "principal": asking.key, "reason": facts.reason,
        "facts": json.dumps(noted, ensure_ascii=False), "now": now,
    }  # fmt: skip
    with auth.as_system(connection) if _hidden(before, after) else nullcontext():
        if not repository.move(connection, before, change, values):
            raise _outdated(connection, cases.case(connection, before.number))
        if after.confidential != before.confidential and before.incident_id is not None:
            incidents_.hide(connection, before.incident_id, hidden=after.confidential)
        _follow(connection, asking, row, before, change, facts=facts, now=now)


def _follow(
    connection: Connection,
    asking: Principal,
    row: Move,
    before: Case,
    change: Change,
    *,
    facts: Facts,
    now: datetime,
) -> None:
    """Store what follows from a move: tasks, applications, links, notices."""
    after, key = change.case, asking.key
    if change.task:
        repository.run(
            connection, "lead_task", case_id=before.id, task=change.task, party_id=after.party_id, now=now,
            due_at=after.stage_due_at, handled_by=asking.account_id, result=facts.result,
        )  # fmt: skip
    if row.name == "assign":
        repository.run(
            connection, "assist_task", case_id=before.id, party_id=facts.party, what=facts.result, now=now,
            due_at=after.due_at,
        )  # fmt: skip
    if row.name == "finish_task":
        _finish_task(connection, asking, before, facts, now)
    if after.ended and after.stage != "closed":
        repository.run(connection, "end_tasks", case_id=before.id)
    _apply_or_decide(connection, row, before, change, facts, now=now, key=key)
    if row.name == "merge" and after.merged_into is not None:
        _merged(connection, before, after.merged_into, key, now)
    elif after.ended and not before.ended:
        repository.run(connection, "tell_reporters", main_id=before.id, what=row.name, now=now)
    if change.parties:
        told = list(change.parties)
        repository.run(connection, "add_notices", case_id=before.id, parties=told, what=row.name, now=now)


def _apply_or_decide(
    connection: Connection, row: Move, before: Case, change: Change, facts: Facts, *, now: datetime, key: str
) -> None:
    if row.name.startswith("apply_"):
        repository.run(
            connection, "apply_for", case_id=before.id, what=row.what, reason=facts.reason, until=facts.until,
            against=facts.against, made_by=key, now=now,
        )  # fmt: skip
    if change.decision:
        decided = {"decision": change.decision, "decided_by": key, "grounds": facts.reason, "now": now}
        repository.decide(connection, before.id, [row.what], **decided)
    if change.lapsed:
        lapsed = {"decision": "withdrawn", "decided_by": key, "grounds": f"lapsed by {row.name}", "now": now}
        repository.decide(connection, before.id, change.lapsed, **lapsed)


def _finish_task(
    connection: Connection, asking: Principal, before: Case, facts: Facts, now: datetime
) -> None:
    mine = None if asking.system else sorted(asking.party_ids)
    done = repository.rows(
        connection, "finish_task", case_id=before.id, id=facts.task, parties=mine, handled_by=asking.account_id,
        result=facts.result, now=now,
    )  # fmt: skip
    if not done:
        raise IllegalMove(f"Task {facts.task}.", remedy="Name an open assisting task of your own party.")


def _merged(connection: Connection, before: Case, main_id: int, key: str, now: datetime) -> None:
    """Link a merged case with its main one, both ways, and whoever reported either is told."""
    repository.run(connection, "add_links", a=before.id, b=main_id, what="duplicate", principal=key, now=now)
    repository.run(connection, "tell_reporters", main_id=main_id, what="merged", now=now)


def bulk(  # noqa: PLR0917  # as `move`
    connection: Connection,
    asking: Principal,
    name: str,
    items: Sequence[tuple[str, int | None]],
    facts: Facts | None = None,
    now: datetime | None = None,
) -> list[tuple[str, Case | GridwardError]]:
    """Make the same move of many cases, each for itself: what can't be moved leaves the others as they are.

    Args:
        connection: In a transaction.
        asking: Who moves them.
        name: Of the move.
        items: Number and version (None: whatever stands now) of each.
        facts: What the move brings, to each.
        now: When.

    Returns:
        In order, each number with its case afterwards, or with why not.
    """
    told: list[tuple[str, Case | GridwardError]] = []
    for number, version in items:
        try:
            with repository.savepoint(connection):
                told.append((number, move(connection, asking, number, name, version, facts, now)))
        except GridwardError as error:
            told.append((number, error))
    return told


def escalate(
    connection: Connection, now: datetime | None = None, most: int = 1000, *, synthetic: bool = True
) -> list[dict[str, Any]]:
    """Hand on what nobody signed for in time, and tell whose time is over; for a timer, as the system.

    Args:
        connection: Of the system.
        now: For tests; default: now.
        most: Cases at a time, of each kind.
        synthetic: Those too that are marked so; a demonstration stands still without.

    Returns:
        number, what (`hand_over`, `close`, `overdue`) and party of each.
    """
    moment = now or datetime.now(UTC)
    if not repository.rows(connection, "alone")[0]["alone"]:
        return []
    done: list[dict[str, Any]] = []
    for row in repository.rows(connection, "unsigned", now=moment, most=most, synthetic=synthetic):
        before = cases.case(connection, row["number"])
        if before.next_party is None:
            continue
        why = Facts(reason="nobody signed in time 逾期未签收")
        ((number, after),) = bulk(
            connection, SYSTEM, "hand_over", [(before.number, before.version)], why, moment
        )
        if not isinstance(after, GridwardError):  # somebody may have signed just now
            done.append({"number": number, "what": "hand_over", "party": after.party_zh})
    done += _lapsed(connection, moment, most, synthetic=synthetic)
    late = repository.rows(connection, "mark_overdue", now=moment, most=most, synthetic=synthetic)
    return done + [{"number": row["number"], "what": "overdue", "party": None} for row in late]


def _lapsed(connection: Connection, moment: datetime, most: int, *, synthetic: bool) -> list[dict[str, Any]]:
    """Close handled confidential cases to which nobody concerned has said a word for `CONFIRM_DAYS`."""
    done = []
    why = Facts(reason=f"no word for {workflow.CONFIRM_DAYS} days from whom it concerns 当事人逾期未提出异议")
    since = moment - timedelta(days=workflow.CONFIRM_DAYS)
    for row in repository.rows(connection, "unconfirmed", since=since, most=most, synthetic=synthetic):
        for name in ("check_pass", "close"):
            before = cases.case(connection, row["number"])
            if before.stage != ("handled" if name == "check_pass" else "checked"):
                continue
            ((number, after),) = bulk(
                connection, SYSTEM, name, [(before.number, before.version)], why, moment
            )
            if name == "close" and not isinstance(after, GridwardError):
                done.append({"number": number, "what": "close", "party": after.party_zh})
    return done
