"""My area (我的责任区): a member's own beat as the whole team left it today, with what is worth reading offline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from app.areas import service as areas
from app.auth import service as auth
from app.geo.crs import Metric
from app.patrol.area import drawing, repository
from app.patrol.coverage import service as coverage
from app.patrol.coverage.reports import to_half
from app.patrol.rules import ON_FOOT
from app.teams import service as teams
from app.teams.duty import service as duty

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

    from sqlalchemy import Connection

    from app.areas.ground import Ground
    from app.auth.principal import Principal
    from app.teams.duty.repository import StoredDuty

ORDER = {"missed": 0, "unknown": 1, "patrolled": 2}


@dataclass(frozen=True, slots=True)
class AreaCell:
    """A cell of the area: what became of it since the shift began, and what is owed to it."""

    number: int
    code: str
    state: str
    because: Sequence[str]
    hours: float | None
    visits: int
    owed: int
    level: int | None
    demand: int


def my_area(connection: Connection, asking: Principal, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """Return the asker's own area: cells unvisited first, then the longest unvisited; GeoJSON, names, open cases.

    Without a beat it is the whole ground that the team owes, and times since visits are to the half hour, but for the
    leader: to the minute they would show where the others are.

    Raises:
        NotAllowed: A machine's token asks that was made for something else.
        NotAMember: The asker walks as nobody.
        NoEdition: No edition holds now.
    """
    asking.requires_scope("coverage.read")
    mine = duty.walker(connection, asking.account_id)
    team = teams.team(connection, mine.team)
    shift = duty.on_shift(connection, [mine.id], now).get(mine.id)
    since = _since(shift, now, zone)
    beat = teams.beat_cells(connection, [mine.id], now, now + timedelta(seconds=1)).get(mine.id, [])
    edition = areas.edition_at(connection, now)
    ground = areas.ground(connection, edition.id)
    cells = ground.indices(beat) if beat else None
    with auth.as_system(connection):  # what the whole team visited, nobody by name
        states = coverage.states_of(connection, mine.team, cells, since, now)
    exact = bool(beat) or mine.leader
    since_h = states.hours if exact else [None if one is None else to_half(one) for one in states.hours]
    metric = Metric(areas.metric_srid(connection))
    at = states.cells
    beat_cells = [
        AreaCell(number, code, *facts)
        for number, code, *facts in zip(
            (at + 1).tolist(), ground.codes[at].tolist(), states.states, states.because, since_h, states.visits,
            states.owed, states.levels, states.demand, strict=True,
        )
    ]  # fmt: skip
    beat_cells.sort(key=lambda c: (ORDER[c.state], c.hours is not None, -(c.hours or 0.0), c.number))
    return {
        "team": team.code,
        "team_name": team.name,
        "member": mine.code,
        "synthetic": team.synthetic or edition.synthetic,
        "edition": edition.name,
        "now": now,
        "since": since,
        "shift": shift,
        "whole_area": not beat,
        "beat": beat_cells,
        "outline": drawing.outline(ground.polygons[at], metric),
        "cells": drawing.cells(ground.polygons[at], (at + 1).tolist(), ground.codes[at].tolist(), metric),
        "names": _names(connection, ground, at, metric),
        "cases": repository.open_cases(connection, ground.ids[at].tolist()),
    }


def _since(shift: StoredDuty | None, now: datetime, zone: ZoneInfo) -> datetime:
    """Return from when visits count: the shift's start, else the local midnight; always a while before now."""
    start = shift.start if shift else now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return min(start, now - timedelta(seconds=ON_FOOT.tau_s))


def _names(connection: Connection, ground: Ground, at: Any, metric: Metric) -> list[dict[str, Any]]:
    rows = repository.names(connection, sorted(set(ground.parent_codes[at].tolist())))
    if not rows:
        return []
    x, y = np.array([row.x for row in rows]), np.array([row.y for row in rows])
    inside = np.isin(ground.place(x, y).cell, at)
    lon, lat = metric.to_lonlat(x, y)
    return [
        {
            "name": rows[k].name,
            "kind": rows[k].kind,
            "lon": round(float(lon[k]), 6),
            "lat": round(float(lat[k]), 6),
        }
        for k in np.flatnonzero(inside)
    ]
