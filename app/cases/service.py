"""The case from report to closure (案件): reports, moves, comments, photos, lists. The rules are in the pure files beside.

Everything here reads and writes as whoever asks (row-level security); what Python has judged and the asker may not see
afterwards is written as the system.
"""

from __future__ import annotations

import hashlib
import json
import math
import secrets
import uuid
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.areas import service as areas
from app.auth import service as auth
from app.auth.principal import SYSTEM
from app.cases import finding, moving, reporting, repository, routing, timing, workflow
from app.cases import photos as photos_
from app.cases.case import Facts
from app.cases.duplicates import REACH, REACH_M, Told, likely
from app.cases.finding import Listed, Page
from app.cases.placing import Terrain
from app.cases.reporting import Opened
from app.categories import service as categories
from app.core.errors import BadInput, Conflict, GridwardError, NotAllowed, NotFound, NotSignedIn, Outdated
from app.geo.crs import Metric
from app.geo.datum import parse_datum
from app.incidents import reporting as incidents
from app.incidents import service as incidents_
from app.parties.answers import service as answers
from app.parties.rulebook import Place

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.cases.case import Case
    from app.cases.duplicates import Duplicate
    from app.cases.finding import Filter
    from app.cases.moving import Change
    from app.cases.placing import Spot
    from app.cases.reporting import Said
    from app.cases.workflow import Move
    from app.categories.catalogue import Catalogue, Category
    from app.parties.rulebook import Rulebook

LATE_SOURCES = {"hotline", "file"}  # they come in after their own time
REPORTER_UNNAMED = "上报人 reporter"
MOST_TODAY = 2000  # open cases that one person's day is made of
TERRAINS_KEPT = 4
_TERRAINS: dict[tuple[str, int], Terrain] = {}
_KEPT: dict[str, tuple[str, timing.Rules, Rulebook]] = {}  # database: state, and the rules of that state


class UnknownCase(NotFound):
    """There is no such case, or it may not be seen."""

    zh = "没有此案件，或无权查看。"


class UnknownMove(BadInput):
    """There is no such move."""

    zh = "没有此操作。"


class IllegalMove(Conflict):
    """The case can't be moved like this now; nothing was changed."""

    zh = "案件当前状态不允许此操作，未作任何更改。"


class FactsMissing(BadInput):
    """The move lacks what it needs; nothing was changed."""

    zh = "缺少该操作必需的内容，未作任何更改。"


class NoGroundThere(BadInput):
    """The party has neither home nor responsibility at that place; nothing was changed."""

    zh = "该主体在此地点没有辖区或职责，未作任何更改。"


class ReportedBefore(Conflict):
    """This source's id was reported before, by somebody else; nothing was stored."""

    zh = "该来源编号已由他人上报，未保存。"


# Reporting


def report(connection: Connection, asking: Principal, said: Said, now: datetime | None = None) -> Opened:
    """Store one report and open its case: cell, party, deadline, history, notices in one statement.

    Args:
        connection: In a transaction of whoever asks.
        asking: Who reports; the public, too.
        said: What.
        now: When the case opens, for tests and demos; default: now.

    Returns:
        The case; reported before by the same source's id: that one, `new` False.

    Raises:
        UnknownCategory, UnknownSource, PastDeadline, NoPlace, NoEdition: It can't be stored like this.
        NotAllowed: Whoever asks can't speak for that source there.
    """
    moment = now or datetime.now(UTC)
    reported_at = said.reported_at or moment
    terrain, metric, rules, rulebook = _bearings(connection, reported_at)
    category = rules.catalogue.find(said.category)
    told = _told(said, reported_at)
    spot = _spot(told, terrain, metric)
    asking.requires("case.report")
    source = reporting.source_of(said, asking, spot.areas)
    if said.due_at is not None and said.due_at <= (reported_at if source in LATE_SOURCES else moment):
        raise reporting.PastDeadline(
            f"It is {said.due_at.isoformat()}.", remedy="Give a time to come, or none."
        )
    route = routing.route(rulebook, spot.place, category, reported_at, spot.rivals)
    if category.confidential and spot.x is None:
        raise reporting.ConfidentialNeedsPlace(remedy="Give coordinates, or look the address up first.")
    steps = reporting.opening(
        source,
        route.lead,
        on_the_spot=said.on_the_spot,
        has_place=spot.x is not None,
        confidential=category.confidential,
    )
    stage = steps[-1]["to_stage"]
    party = steps[-1]["party_id"]
    times = timing.begun(rules, category, spot.areas, stage=stage, source=source, at=moment, due=said.due_at)
    code = "" if asking.signed_in else secrets.token_urlsafe(9)
    values = {
        **_incident(told, spot, category, asking, said),
        "kind": source, "category_id": category.id, "address": said.address, "edition_id": spot.edition_id,
        "street": spot.street, "stage": stage, "party_id": party, "parties": [] if party is None else [party],
        "answer": json.dumps(route.answer), "clock": json.dumps(times.clock), "due_at": times.due_at,
        "stage_due_at": times.stage_due_at, "urgent": said.urgent, "now": moment, "timezone": rules.calendar.zone.key,
        "follow_hash": hashlib.sha256(code.encode()).digest() if code else None, "history": json.dumps(steps),
        "principal": asking.key, "name": said.name, "phone": said.phone,
        "party_notices": [] if party is None else [party], "told": "dispatch",
    }  # fmt: skip
    behind = nullcontext() if asking.signed_in else auth.as_system(connection)
    with behind:
        stored = repository.report(connection, values)
    if stored is None:
        return _reported_before(connection, told)
    odd = incidents.warnings(
        told,
        outside=spot.found == "outside",
        in_a_cell_if_swapped=_fits_swapped(told, terrain, metric, spot),
        now=moment,
    )
    same: list[Duplicate] = []
    if asking.signed_in and spot.x is not None and spot.y is not None:
        mine = Told(
            x=spot.x, y=spot.y, lineage=category.lineage, at=reported_at, text=said.description, id=stored[0]
        )
        same = _duplicates(connection, terrain, rules.catalogue, mine)
    return Opened(
        number=stored[1], stage=stage, new=True, code=code, due_at=times.due_at,
        party_zh=None if party is None else route.answer["lead"]["zh"],
        warnings=tuple(odd) if spot.x is not None else (), duplicates=tuple(same),
    )  # fmt: skip


def _bearings(connection: Connection, at: datetime) -> tuple[Terrain, Metric, timing.Rules, Rulebook]:
    """Return what a report is placed and judged by: one question to the database where nothing has changed."""
    found = repository.bearings(connection, at)
    if found.edition_id is None:
        areas.edition_at(connection, at)  # raises NoEdition
    terrain = _terrain_of(connection, int(found.edition_id))
    known = _KEPT.get(database := _database(connection))
    if known is None or known[0] != found.state:
        known = (found.state, _rules(connection), answers.rulebook(connection))
        if repository.bearings(connection, at).state == found.state:  # or it changed while it was read
            _KEPT[database] = known
    return terrain, Metric(found.metric_srid), known[1], known[2]


def _database(connection: Connection) -> str:
    url = connection.engine.url
    return f"{url.host}:{url.port}/{url.database}?{sorted(url.query.items())}"


def _terrain_of(connection: Connection, edition_id: int) -> Terrain:
    key = (_database(connection), edition_id)
    known = _TERRAINS.get(key)
    if known is None:
        ground = areas.ground(connection, edition_id)
        known = Terrain.of(edition_id, ground, repository.areas_of_edition(connection, edition_id))
        while len(_TERRAINS) >= TERRAINS_KEPT:
            _TERRAINS.pop(next(iter(_TERRAINS)))
        _TERRAINS[key] = known
    return known


def _rules(connection: Connection) -> timing.Rules:
    return timing.Rules(categories.catalogue(connection), categories.calendar(connection))


def _told(said: Said, reported_at: datetime) -> incidents.Report:
    """Return the report as incidents keep it; of nowhere, where its place is not known yet."""
    return incidents.Report(
        source=said.system, source_id=said.source_id or uuid.uuid4().hex,
        x=float("nan") if said.x is None else said.x, y=float("nan") if said.y is None else said.y,
        datum=said.datum, reported_at=reported_at, category=said.category, description=said.description,
        accuracy_m=said.accuracy_m, synthetic=said.synthetic,
    )  # fmt: skip


def _spot(told: incidents.Report, terrain: Terrain, metric: Metric) -> Spot:
    if told.x != told.x and told.y != told.y:  # NaN: no place
        return terrain.nowhere()
    place = incidents.where(told, metric)
    if place is None:
        raise incidents.no_place_beyond()
    return terrain.spot(*place, told.accuracy_m)


def _fits_swapped(told: incidents.Report, terrain: Terrain, metric: Metric, spot: Spot) -> bool:
    if spot.found != "outside" or spot.x is None:
        return False
    turned = incidents.swapped(told, metric)
    return turned is not None and terrain.spot(*turned).found == "in a cell"


def _incident(
    told: incidents.Report, spot: Spot, category: Category, asking: Principal, said: Said
) -> dict[str, Any]:
    has_place = spot.x is not None and abs(spot.x) < incidents.NOWHERE
    return {
        "has_place": has_place, "x": spot.x if has_place else None, "y": spot.y if has_place else None,
        "at": told.reported_at, "incident_source": told.source, "source_id": told.source_id,
        "category": category.name_zh, "description": told.description, "original_x": said.x, "original_y": said.y,
        "datum": parse_datum(told.datum), "accuracy_m": told.accuracy_m, "found": spot.found,
        "cell_id": spot.cell_id, "snapped_m": spot.snapped_m,
        "candidates": list(spot.candidates) or None, "community": spot.community, "reported_by": asking.account_id,
        "confidential": category.confidential, "synthetic": told.synthetic,
    }  # fmt: skip


def _reported_before(connection: Connection, told: incidents.Report) -> Opened:
    """Return the case that was opened by the same source's id; another transaction may have done it just now."""
    row = repository.case_of_source(connection, told.source, told.source_id)
    if row is None:
        raise ReportedBefore(f"{told.source} {told.source_id}.", remedy="Use ids of your own.")
    known = case(connection, row.number)
    return Opened(
        number=known.number, stage=known.stage, new=False, party_zh=known.party_zh, due_at=known.due_at
    )


def _duplicates(
    connection: Connection, terrain: Terrain, catalogue: Catalogue, mine: Told
) -> list[Duplicate]:
    """Return open cases nearby that may be the same, as far as whoever asks may see them."""
    cells = terrain.cells_around(mine.x, mine.y, REACH_M)
    rows = repository.rows(
        connection, "nearby_open", cells=cells, x=mine.x, y=mine.y, reach=REACH_M, but=mine.id, since=mine.at - REACH
    )
    others = (
        Told(
            x=row["x"], y=row["y"], lineage=catalogue.by_id(row["category_id"]).lineage, at=row["reported_at"],
            text=row["description"], number=row["number"], id=row["id"], stage=row["stage"],
        )
        for row in rows
    )  # fmt: skip
    return likely(mine, others)


# Looking


def case(connection: Connection, number: str) -> Case:
    """Return a case as it stands.

    Raises:
        UnknownCase: There is none that the asker may see.
    """
    found = repository.case(connection, number)
    if found is None:
        raise UnknownCase(f"Number {number[:40]!r}.")
    return found


def clock(connection: Connection, standing: Case, now: datetime | None = None) -> timing.Seen:
    """Return what a case's clock shows: the used share of its time, its light, whether it is over."""
    return timing.seen(standing, now or datetime.now(UTC), categories.calendar(connection))


def metres(connection: Connection, lon: float, lat: float, datum: str = "wgs84") -> tuple[float, float]:
    """Return a place in the deployment's metric CRS.

    Raises:
        NoPlace: It is none.
    """
    metric = Metric(areas.metric_srid(connection))
    place = incidents.where(
        incidents.Report(source="", source_id="", x=lon, y=lat, datum=datum, reported_at=datetime.now(UTC)),
        metric,
    )
    if place is None:
        raise incidents.no_place_beyond()
    return place


def legal_moves(asking: Principal, standing: Case, now: datetime | None = None) -> list[Move]:
    """Return the moves that someone could make of a case now."""
    return workflow.legal(
        standing, asking, days_since_end=_days_since_end(standing, now or datetime.now(UTC))
    )


def history(connection: Connection, standing: Case) -> list[dict[str, Any]]:
    """Return every move of a case, oldest first: at, move, from_stage, to_stage, who, party_zh, reason, facts."""
    return _with_names(connection, standing, repository.rows(connection, "history", case_id=standing.id))


def tasks(connection: Connection, standing: Case) -> list[dict[str, Any]]:
    """Return who is asked to do what for a case."""
    return repository.rows(connection, "tasks", case_id=standing.id)


def applications(connection: Connection, standing: Case) -> list[dict[str, Any]]:
    """Return what was applied for, and how it was decided."""
    told = repository.rows(connection, "applications", case_id=standing.id)
    return _with_names(connection, standing, told, "made_by", "decided_by")


def comments(connection: Connection, standing: Case) -> list[dict[str, Any]]:
    """Return what was said about a case."""
    told = repository.rows(connection, "comments", case_id=standing.id, only_reporter=False)
    return _with_names(connection, standing, told)


def links(connection: Connection, standing: Case) -> list[dict[str, Any]]:
    """Return the cases that it is linked with: number, stage, what."""
    return repository.rows(connection, "links", case_id=standing.id)


def _with_names(
    connection: Connection, standing: Case, told: list[dict[str, Any]], *columns: str
) -> list[dict[str, Any]]:
    """Show accounts as others see them: `who` instead of `principal`, the other columns in their place.

    Who complained stays unnamed: the other side reads the same history.
    """
    names = auth.shown_as(connection, {row[c] for row in told for c in columns or ("principal",) if row[c]})
    if standing.source in workflow.TO_VERIFY or standing.confidential:
        names[f"account:{standing.reported_by}"] = REPORTER_UNNAMED
    for row in told:
        if "principal" in row:
            principal = row.pop("principal")
            row["who"] = names.get(principal, principal)
        for column in columns:
            row[column] = names.get(row[column], row[column])
    return told


# Moving


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
    before = case(connection, number)
    if version is not None and version != before.version:
        raise _outdated(connection, before)
    facts = _completed(connection, row, before, facts or Facts())
    _refuse(workflow.judge(
        row, before, asking, facts.given() | {f"photo_{moment}" for moment in before.moments},
        days_since_end=_days_since_end(before, moment),
    ), asking, before)  # fmt: skip
    new = _looked_up(connection, row, before, facts, moment)
    change = moving.made(row, before, facts, asking=asking, now=moment, new=new)
    timed = timing.followed(_rules(connection), row, before, change.case, facts=facts, now=moment)
    change = replace(change, case=timed)
    _store(connection, asking, row, before, change, facts=facts, now=moment)
    with auth.as_system(connection) if _hidden(before, change.case) else nullcontext():
        return case(connection, number)


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
    main = case(connection, facts.into or "")
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
        spot = _terrain_of(connection, before.edition_id).spot(*facts.place)
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
            raise _outdated(connection, case(connection, before.number))
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
        before = case(connection, row["number"])
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
            before = case(connection, row["number"])
            if before.stage != ("handled" if name == "check_pass" else "checked"):
                continue
            ((number, after),) = bulk(
                connection, SYSTEM, name, [(before.number, before.version)], why, moment
            )
            if name == "close" and not isinstance(after, GridwardError):
                done.append({"number": number, "what": "close", "party": after.party_zh})
    return done


# Comments, photos, the reporter


def comment(
    connection: Connection,
    asking: Principal,
    number: str,
    text: str,
    *,
    for_reporter: bool = False,
    now: datetime | None = None,
) -> int:
    """Add a comment, as text, to a case; return its id.

    Raises:
        UnknownCase, NotAllowed: Not to this one, or not by this account.
    """
    standing = case(connection, number)
    _requires_part(asking, standing)
    if for_reporter and not _is_staff(asking, standing):
        raise NotAllowed("Only staff of its ground writes to the reporter.", remedy="Leave for_reporter out.")
    (row,) = repository.rows(
        connection, "add_comment", case_id=standing.id, principal=asking.key, text=text, for_reporter=for_reporter,
        now=now or datetime.now(UTC),
    )  # fmt: skip
    return int(row["id"])


def _requires_part(asking: Principal, standing: Case) -> None:
    """Refuse whoever may not write to a case: staff of its ground, parties that were asked, its reporter may."""
    if asking.account_id is not None and asking.account_id == standing.reported_by:
        return
    asking.requires(
        "case.comment",
        within=standing.areas,
        party=(*standing.parties, *standing.party_chain, *standing.assisting),
    )


def _is_staff(asking: Principal, standing: Case) -> bool:
    return asking.may("case.accept", within=standing.areas) or asking.may("case.check", within=standing.areas)


def add_photo(  # noqa: PLR0917  # as `move`
    connection: Connection,
    asking: Principal,
    number: str,
    content: bytes,
    moment: str,
    now: datetime | None = None,
) -> dict[str, Any]:
    """Keep a photo of a case: small, without its metadata; where one like it belongs to other cases, history says so.

    Args:
        connection: In a transaction of whoever asks.
        asking: Who adds it.
        number: Of the case.
        content: The file as it came.
        moment: before, after, check or other.
        now: When.

    Returns:
        id, new (False: this very file is there), moment, taken_at, distance_m (from the case, as the camera says),
        width, height, seen_at (numbers of other cases).

    Raises:
        BadPhoto: It is none; see `app.cases.photos`.
        UnknownCase, NotAllowed: Not to this case, or not by this account.
    """
    standing = case(connection, number)
    _requires_part(asking, standing)
    photo = photos_.taken_in(content, categories.calendar(connection).zone)
    at = now or datetime.now(UTC)
    values = {
        "taken_at": photo.taken_at, "distance_m": _distance(connection, standing, photo), "width": photo.width,
        "height": photo.height, "moment": moment,
    }  # fmt: skip
    (kept,) = repository.rows(
        connection, "add_photo", case_id=standing.id, principal=asking.key, sha256=photo.sha256,
        likeness=photo.likeness, jpeg=photo.jpeg, now=at, **values,
    )  # fmt: skip
    with auth.as_system(connection):
        like = repository.rows(
            connection,
            "photos_alike",
            case_id=standing.id,
            likeness=photo.likeness,
            bits=photos_.SIMILAR_BITS,
        )
        numbers = [row["number"] for row in like]
        if numbers and kept["new"]:
            facts = json.dumps({"photo": kept["id"], "cases": numbers})
            repository.run(
                connection, "note", case_id=standing.id, move="photo_alike", stage=standing.stage,
                principal=asking.key, facts=facts, now=at,
            )  # fmt: skip
    return {**kept, **values, "seen_at": numbers if _is_staff(asking, standing) else []}


def _distance(connection: Connection, standing: Case, photo: photos_.Photo) -> float | None:
    """Return the metres from the case to where the camera says it was; None if either is unknown."""
    if photo.lon is None or photo.lat is None or standing.x is None or standing.y is None:
        return None
    x, y = metres(connection, photo.lon, photo.lat)
    return round(math.hypot(x - standing.x, y - standing.y), 1)


def photos(connection: Connection, standing: Case) -> list[dict[str, Any]]:
    """Return the photos of a case, without the pictures."""
    return _with_names(connection, standing, repository.rows(connection, "photos", case_id=standing.id))


def photo(connection: Connection, number: str, photo_id: int) -> bytes:
    """Return one photo as JPEG.

    Raises:
        UnknownCase: There is no such case or photo to be seen.
    """
    found = repository.rows(connection, "photo", case_id=case(connection, number).id, id=photo_id)
    if not found:
        raise UnknownCase(f"Photo {photo_id} of {number}.")
    return bytes(found[0]["jpeg"])


def reporter(connection: Connection, asking: Principal, number: str) -> dict[str, str]:
    """Return name and phone of whoever complained; the look is noted in the audit log.

    Raises:
        UnknownCase: The case, or who reported it, may not be seen.
    """
    standing = case(connection, number)
    found = repository.rows(connection, "reporter", case_id=standing.id)
    if not found:
        raise UnknownCase("Nobody is named, or it isn't for you to see.")
    auth.audit(connection, asking, "look", "cases.reporters", standing.id, ["name", "phone"])
    return found[0]


def follow(connection: Connection, number: str, code: str) -> dict[str, Any]:
    """Return what whoever reported without an account may know: stage, times, comments for them; of the main case, once merged.

    Raises:
        UnknownCase: There is none, or the code is wrong: the same answer.
    """
    shown = hashlib.sha256(code.encode("utf-8", "replace")).digest()
    with auth.as_system(connection):
        rows = repository.rows(connection, "follow", number=number, hash=shown)
        if not rows:
            raise UnknownCase("Number or code are wrong.", remedy="Look at both again.")
        row = rows[0]
        said = repository.rows(connection, "comments", case_id=row.pop("id"), only_reporter=True)
    return {**row, "comments": [{"at": one["at"], "text": one["text"]} for one in said]}


# Lists


def find(connection: Connection, asked: Filter, now: datetime | None = None) -> Page:
    """Return cases that the asker may see, newest first, a page at a time."""
    level, wanted = None, None
    if asked.area is not None:
        level = next(
            (row["level"] for row in repository.rows(connection, "level_of", code=asked.area)), "community"
        )
    if asked.category is not None:
        catalogue = categories.catalogue(connection)
        key = catalogue.find(asked.category).key
        wanted = [one.id for one in catalogue.all() if key in one.lineage]
    limits = finding.limits(asked, level, wanted)
    reach = repository.reach(connection)
    if not reach.everything and not reach.ground:
        limits["own"] = {}  # for its index: it changes nothing of what one sees
    values: dict[str, object] = {"now": now or datetime.now(UTC), "most": min(asked.limit, finding.MOST) + 1}
    for more in limits.values():
        values |= more
    conditions = tuple(limits)
    found = [_listed(row) for row in repository.found(connection, conditions, values)]
    kept = tuple(found[: asked.limit])
    return Page(kept, finding.mark(kept[-1]) if len(found) > asked.limit else None)


def today(
    connection: Connection, asking: Principal, now: datetime | None = None, area: str | None = None
) -> dict[str, list[Listed]]:
    """Return today's lists of open cases of whoever asks: see `finding.LISTS`; a case may stand in several.

    Args:
        connection: In a transaction of whoever asks.
        asking: Whose work.
        now: Default: now.
        area: Code of a community or street; None for all of one's ground.
    """
    moment = now or datetime.now(UTC)
    everything = repository.reach(connection).everything
    rows = repository.todays(connection, everything=everything, area=area, most=MOST_TODAY)
    return finding.sorted_out(
        map(_listed, rows), finding.Day.of(moment, categories.calendar(connection).zone), asking.account_id
    )


def _listed(row: dict[str, Any]) -> Listed:
    return Listed(**(row | {"pending": tuple(row["pending"])}))


def duplicates_of(connection: Connection, asking: Principal, number: str) -> list[Duplicate]:
    """Return open cases nearby that may be the same as one."""
    asking.requires("case.read")
    one = case(connection, number)
    if one.edition_id is None or one.x is None or one.y is None:
        return []
    terrain, catalogue = _terrain_of(connection, one.edition_id), categories.catalogue(connection)
    lineage = catalogue.by_id(one.category_id).lineage
    mine = Told(x=one.x, y=one.y, lineage=lineage, at=one.reported_at, text=one.description, id=one.id)
    return _duplicates(connection, terrain, catalogue, mine)
