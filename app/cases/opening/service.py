"""Opening (上报受理): from a report to its case: cell, party, deadline, history and notices in one statement."""

from __future__ import annotations

import hashlib
import json
import secrets
import uuid
from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.auth import service as auth
from app.cases import reporting, repository, routing, timing
from app.cases import service as cases
from app.cases.errors import ReportedBefore
from app.cases.reporting import Opened
from app.cases.surroundings import service as surroundings
from app.core.errors import GridwardError
from app.geo.datum import parse_datum
from app.incidents import reporting as incidents

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.cases.placing import Spot, Terrain
    from app.cases.reporting import Answering, Said
    from app.cases.surroundings.service import Bearings
    from app.categories.catalogue import Category
    from app.geo.crs import Metric

NO_NUMBER = "0" * 14  # until it gets one as it is stored
LATE_SOURCES = {"hotline", "file"}  # they come in after their own time


def report(
    connection: Connection,
    asking: Principal,
    said: Said,
    now: datetime | None = None,
    answering: Answering | None = None,
) -> Opened:
    """Store one report and open its case: cell, party, deadline, history, notices in one statement.

    It is judged by the edition and the rules that the last report was judged by; the statement stores nothing if they
    hold no longer, and it is judged anew.

    Args:
        connection: In a transaction of whoever asks.
        asking: Who reports; the public, too.
        said: What.
        now: When the case opens, for tests and demos; default: now.
        answering: How its answer is kept; `Opened.kept` tells whether it was.

    Returns:
        The case; reported before by the same source's id: that one, `new` False.

    Raises:
        UnknownCategory, UnknownSource, PastDeadline, NoPlace, NoEdition: It can't be stored like this.
        NotAllowed: Whoever asks can't speak for that source there.
    """
    moment = now or datetime.now(UTC)
    told = _told(said, said.reported_at or moment)
    by = surroundings.lately(connection) if said.reported_at is None else None
    by = by or surroundings.bearings(connection, told.reported_at)
    while True:
        try:
            opened = _opened(connection, asking, said, told, by, moment, answering)
        except GridwardError:  # by rules that hold no longer, perhaps
            holding = surroundings.bearings(connection, told.reported_at)
            if holding.same_as(by):
                raise
        else:
            if opened is not None:
                return opened
            holding = surroundings.bearings(connection, told.reported_at)
            if holding.same_as(by):
                return _reported_before(connection, told)
        by = holding


def _opened(  # noqa: PLR0917
    connection: Connection, asking: Principal, said: Said, told: incidents.Report, by: Bearings, moment: datetime,
    answering: Answering | None,
) -> Opened | None:  # fmt: skip
    """Judge and store a report by edition and rules; None if they hold no longer, or it is stored already."""
    reported_at, rules = told.reported_at, by.rules
    category = rules.catalogue.find(said.category)
    spot = _spot(told, by.terrain, by.metric)
    asking.requires("case.report")
    source = reporting.source_of(said, asking, spot.areas)
    if said.due_at is not None and said.due_at <= (reported_at if source in LATE_SOURCES else moment):
        raise reporting.PastDeadline(
            f"It is {said.due_at.isoformat()}.", remedy="Give a time to come, or none."
        )
    route = routing.route(by.rulebook, spot.place, category, reported_at, spot.rivals)
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
    odd = incidents.warnings(
        told,
        outside=spot.found == "outside",
        in_a_cell_if_swapped=_fits_swapped(told, by.terrain, by.metric, spot),
        now=moment,
    )
    kept = answering if asking.signed_in else None  # written as the system, it would not be the asker's key
    opened = Opened(
        number=NO_NUMBER, stage=stage, new=True, code=code, due_at=times.due_at,
        party_zh=None if party is None else route.answer["lead"]["zh"],
        warnings=tuple(odd) if spot.x is not None else (), kept=kept is not None,
    )  # fmt: skip
    values = {
        **_incident(told, spot, category, asking, said),
        "kind": source, "category_id": category.id, "address": said.address, "edition_id": spot.edition_id,
        "street": spot.street, "stage": stage, "party_id": party, "parties": [] if party is None else [party],
        "answer": json.dumps(route.answer), "clock": json.dumps(times.clock), "due_at": times.due_at,
        "stage_due_at": times.stage_due_at, "urgent": said.urgent, "now": moment, "timezone": rules.calendar.zone.key,
        "follow_hash": hashlib.sha256(code.encode()).digest() if code else None, "history": json.dumps(steps),
        "principal": asking.key, "name": said.name, "phone": said.phone, "state": by.state,
        "party_notices": [] if party is None else [party], "told": "dispatch", "key": kept and kept.key,
        "answer_is": kept and kept.body(opened), "answer_at": kept and kept.address,
    }  # fmt: skip
    behind = nullcontext() if asking.signed_in else auth.as_system(connection)
    with behind:
        number = repository.report(connection, values)
    return None if number is None else replace(opened, number=number)


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
    known = cases.case(connection, row.number)
    return Opened(
        number=known.number, stage=known.stage, new=False, party_zh=known.party_zh, due_at=known.due_at
    )
