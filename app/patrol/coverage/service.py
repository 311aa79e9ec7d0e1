"""Measures how a team covered the ground it owes (巡查覆盖率), from visits and gaps; ranks nobody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from app.areas import service as areas
from app.incidents import service as incidents
from app.patrol.coverage import repository, telling
from app.patrol.coverage.idleness import idleness, revisits
from app.patrol.coverage.periods import slots
from app.patrol.coverage.reports import HOUR_S, CellsReport, CoverageReport
from app.patrol.coverage.repository import Window
from app.patrol.coverage.scene import (
    Scene,
    anybody,
    by_member,
    by_slot,
    hours,
    median_hours,
    summed,
    without_fixes,
)
from app.patrol.coverage.states import MISSED, NOT_OWED, PATROLLED, UNKNOWN, judge, measure
from app.patrol.rules import ON_FOOT, Rules
from app.teams import service as teams

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from app.patrol.coverage.periods import Slots

DEMAND_DAYS = 90  # incidents of so many days up to a window's end weigh its cells
STATES = {NOT_OWED: "unowed", PATROLLED: "patrolled", UNKNOWN: "unknown", MISSED: "missed"}


def ground_of(connection: Connection, team: str) -> frozenset[str]:
    """Return the codes of the areas that a team's ground lies in, the smallest and all above, to judge rights by.

    Raises:
        UnknownTeam: There is no such team for the asker.
    """
    return areas.lineage(connection, teams.team(connection, team).area_code)


def coverage(
    connection: Connection,
    team: str,
    start: datetime,
    end: datetime,
    *,
    window: timedelta | None = None,
    edition: str | None = None,
    rules: Rules = ON_FOOT,
) -> CoverageReport:
    """Measure how a team covered the ground it owes between two times: as a whole, by slots, by member.

    Args:
        connection: Any role.
        team: Its code.
        start: With a zone.
        end: With a zone, not included.
        window: Length of slots in each of which every cell is owed; None for none.
        edition: Name of the edition to measure on; None for the one that holds at `start`.
        rules: Thresholds; fixes were cleaned by those stored with their shift.

    Raises:
        UnknownTeam: There is no such team.
        BadPeriod: The period is empty, or the slots don't fit.
        NoEdition: No edition holds then.
        UnknownEdition: None has this name.
    """
    scene = _scene(connection, team, slots(start, end, window), edition, rules)
    seconds, reachable = scene.slot(0)
    state = judge(seconds.sum(axis=0), anybody(reachable), scene.owed, rules.tau_s)
    count = len(scene.window.starts) - 1
    length = (end - start).total_seconds()
    cell, at = repository.visits(connection, scene.window, rules.tau_s)
    before, last = repository.last_visits(connection, scene.window, rules.tau_s, len(scene.ground))
    idle = idleness(cell, at, before, 0.0, length)
    plain = idle.network(scene.owed, np.ones(len(scene.ground)))
    weighted = idle.network(scene.owed, scene.demand)
    since = (length - last)[scene.owed & ~np.isnan(last)]
    mine = scene.owed[cell]
    return CoverageReport(
        code=scene.team.code,
        name=scene.team.name,
        synthetic=scene.team.synthetic or scene.edition.synthetic,
        edition=scene.edition.name,
        start=start,
        end=end,
        rules=rules,
        team=measure(state, scene.demand),
        window_s=window.total_seconds() if window else None,
        slots=count,
        windows=by_slot(scene, rules) if count else None,
        idle_mean_h=hours(plain[0]),
        idle_mean_demand_h=hours(weighted[0]),
        idle_worst_h=hours(plain[1]),
        revisit_median_h=median_hours(revisits(cell[mine], at[mine])),
        never_visited=int((scene.owed & np.isnan(last)).sum()),
        since_median_h=median_hours(since),
        duty=summed(scene.duty),
        members=by_member(scene, seconds, reachable, rules),
        findings=scene.findings,
    )


def coverage_cells(
    connection: Connection,
    team: str,
    start: datetime,
    end: datetime,
    *,
    edition: str | None = None,
    rules: Rules = ON_FOOT,
) -> CellsReport:
    """Return the state, dwell and time since the last visit of every cell a team owes; errors as for `coverage`."""
    scene = _scene(connection, team, slots(start, end, None), edition, rules)
    seconds, reachable = scene.slot(0)
    dwell = seconds.sum(axis=0)
    state = judge(dwell, anybody(reachable), scene.owed, rules.tau_s)
    _, last = repository.last_visits(connection, scene.window, rules.tau_s, len(scene.ground))
    hours = ((end - start).total_seconds() - last) / HOUR_S
    owed = np.flatnonzero(scene.owed)
    return CellsReport(
        code=scene.team.code,
        synthetic=scene.team.synthetic or scene.edition.synthetic,
        edition=scene.edition.name,
        numbers=(owed + 1).tolist(),
        states=[STATES[s] for s in state[owed].tolist()],
        dwell_s=np.round(dwell[owed], 1).tolist(),
        hours=[None if np.isnan(h) else round(h, 2) for h in hours[owed].tolist()],
    )


def _scene(
    connection: Connection,
    code: str,
    span: Slots,
    edition_name: str | None,
    rules: Rules,
) -> Scene:
    starts, ends = span
    start, end = starts[0], ends[0]
    team = teams.team(connection, code)
    edition = (
        areas.edition_named(connection, edition_name) if edition_name else areas.edition_at(connection, start)
    )
    ground = areas.ground(connection, edition.id)
    members = teams.members(connection, code)
    ids = [member.id for member in members]
    over = Window(ids, edition.id, starts, ends)
    owns = teams.beat_cells(connection, ids, start, end)
    beats = np.zeros((len(members), len(ground)), np.bool_)
    for i, member in enumerate(members):
        beats[i, ground.indices(owns.get(member.id, []))] = True
    owed = anybody(beats)
    if not owed.any() and team.area_code:
        owed[repository.cells_under(connection, edition.id, team.area_code)] = True
    duty = repository.duty(connection, over)
    gaps = [
        (slot, member, ground.indices(reachable))
        for slot, member, reachable in repository.gaps(connection, over, rules.tau_s)
    ]
    demand = incidents.counts_per_cell(connection, edition.id, end - timedelta(days=DEMAND_DAYS), end)
    return Scene(
        team=team,
        edition=edition,
        ground=ground,
        members=members,
        window=over,
        beats=beats,
        owed=owed,
        demand=demand.astype(np.float64),
        presence=repository.dwell(connection, over),
        gaps=gaps + without_fixes(duty, members, beats, over, rules),
        duty=duty,
        findings=telling.notes(team, edition, owed, duty),
    )
