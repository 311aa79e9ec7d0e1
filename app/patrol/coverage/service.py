"""Measures how a team covered the ground it owes (巡查覆盖率), from visits and gaps; ranks nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np

from app.areas import service as areas
from app.incidents import service as incidents
from app.patrol.coverage import evidence as why
from app.patrol.coverage import repository, telling
from app.patrol.coverage.idleness import idleness, revisits
from app.patrol.coverage.open_ends import reached
from app.patrol.coverage.periods import hour_of, series, slots, to_hours
from app.patrol.coverage.reports import HOUR_S, CellsReport, CellStates, CoverageReport
from app.patrol.coverage.repository import Window
from app.patrol.coverage.required import LevelReport, counted, judged, shifts_of_the_day, with_presences
from app.patrol.coverage.scene import (
    Scene,
    anybody,
    by_beat,
    by_member,
    by_slot,
    hours,
    in_series,
    median_hours,
    summed,
    without_fixes,
)
from app.patrol.coverage.states import MISSED, NOT_OWED, PATROLLED, UNKNOWN, measure
from app.patrol.rules import ON_FOOT, Rules
from app.teams import service as teams
from app.teams.duty import service as duty
from app.teams.levels import service as levels

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.patrol.coverage.periods import Slots

UTC_ZONE = ZoneInfo("UTC")
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
    by: str | None = None,
    zone: ZoneInfo = UTC_ZONE,
    edition: str | None = None,
    rules: Rules = ON_FOOT,
) -> CoverageReport:
    """Measure how a team covered the ground it owes between two times: as a whole, by slots, beats and members.

    Args:
        connection: Any role.
        team: Its code.
        start: With a zone.
        end: With a zone, not included.
        window: Length of slots in each of which every cell is owed; None for none.
        by: hour, day or week: a series of intervals by the clock of `zone`; None for none.
        zone: The city's.
        edition: Name of the edition to measure on; None for the one that holds at `start`.
        rules: Thresholds; fixes were cleaned by those stored with their shift.

    Raises:
        UnknownTeam: There is no such team.
        BadPeriod: The period is empty, or the slots don't fit.
        NoEdition: No edition holds then.
        UnknownEdition: None has this name.
    """
    starts, ends = slots(start, end, window)
    count = len(starts) - 1
    spans = series(start, end, by, zone)
    scene = _scene(connection, team, (starts + spans[0], ends + spans[1]), edition, rules)
    whole = scene.slot(0)
    state = whole.team(scene.owed, rules)
    narrow = scene.narrowed()
    told, beats, members = in_series(narrow, range(1 + count, len(scene.window.starts)), rules)
    length = (end - start).total_seconds()
    cell, at = with_presences(
        repository.visits(connection, scene.window, rules.enough_s), scene.worked, rules.join_s
    )
    before, last = _last_visits(connection, scene, rules)
    idle = idleness(cell, at, before, 0.0, length)
    plain = idle.network(scene.owed, np.ones(len(scene.ground)))
    weighted = idle.network(scene.owed, scene.demand)
    since = (length - last)[scene.owed & ~np.isnan(last)]
    mine = scene.owed[cell]
    shifts = shifts_of_the_day([(shift.begun, shift.due) for shift in scene.duty])
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
        windows=by_slot(narrow, range(1, 1 + count), rules) if count else None,
        by=by,
        series=told,
        beats=by_beat(scene, state, repository.beat_names(connection, scene.window), beats),
        required=_required(connection, scene, shifts, (cell, at), rules),
        shifts_of_day=len(shifts),
        presences=int(scene.owed[scene.worked[:, 0].astype(np.intp)].sum()),
        idle_mean_h=hours(plain[0]),
        idle_mean_demand_h=hours(weighted[0]),
        idle_worst_h=hours(plain[1]),
        revisit_median_h=median_hours(revisits(cell[mine], at[mine])),
        never_visited=int((scene.owed & np.isnan(last)).sum()),
        since_median_h=median_hours(since),
        duty=summed(scene.duty),
        members=by_member(scene, whole, rules, members),
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
    slot = scene.slot(0)
    dwell, state = slot.seconds.sum(axis=0), slot.team(scene.owed, rules)
    _, last = _last_visits(connection, scene, rules)
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


def states_of(  # noqa: PLR0917
    connection: Connection,
    team: str,
    cells: NDArray[np.int32] | None,
    start: datetime,
    end: datetime,
    rules: Rules = ON_FOOT,
) -> CellStates:
    """Return how a team left some cells (positions in the ground of today's edition; None: all that it owes).

    Raises:
        UnknownTeam: There is no such team.
        NoEdition: No edition holds at the end.
    """
    edition = areas.edition_at(connection, end)
    scene = _scene(connection, team, slots(start, end, None), edition.name, rules, cells)
    at = (np.flatnonzero(scene.owed) if cells is None else cells).astype(np.int32)
    wanted = np.zeros(len(scene.ground), np.bool_)
    wanted[at] = True
    slot = scene.slot(0)
    state = slot.team(wanted, rules)[at]
    _, last = repository.last_visits(
        connection, scene.window, rules.enough_s, len(scene.ground), scene.ground.ids[at].tolist()
    )
    hours_since = ((end - start).total_seconds() - last[at]) / HOUR_S
    cell, began = with_presences(
        repository.visits(connection, scene.window, rules.enough_s), scene.worked, rules.join_s
    )
    seen = np.bincount(cell[began >= 0], minlength=len(scene.ground))[at]
    levelled = {one.cell - 1: one for one in levels.cell_levels(connection, scene.team.id, edition.id)}
    return CellStates(
        cells=at,
        states=[STATES[s] for s in state.tolist()],
        because=[why.because(slot, s, k, rules) for s, k in zip(state.tolist(), at.tolist(), strict=True)],
        hours=[None if np.isnan(h) else round(h, 2) for h in hours_since.tolist()],
        visits=seen.tolist(),
        owed=[levelled[k].visits if k in levelled else 1 for k in at.tolist()],
        levels=[levelled[k].level if k in levelled else None for k in at.tolist()],
        demand=[int(d) for d in scene.demand[at]],
    )


def evidence(  # noqa: PLR0917
    connection: Connection,
    asking: Principal,
    team: str,
    cell: str,
    start: datetime,
    end: datetime,
    *,
    edition: str | None = None,
    rules: Rules = ON_FOOT,
) -> dict[str, Any]:
    """Return why a cell counts as patrolled, unknown or missed: visits, presences and gaps.

    Whose they are is told to the member and to the team's leader, positions to the member alone; to others times are whole
    hours: where who walks alone was when is nobody else's business, even without a name.

    Raises:
        UnknownTeam: There is no such team.
        UnknownArea: The edition has no such cell.
        BadPeriod: The period is empty.
    """
    shown = open_to(connection, asking, team)
    if shown is not None and start < end:
        start, end = to_hours(start, end, datetime.now(UTC))
    scene = _scene(connection, team, slots(start, end, None), edition, rules)
    found = np.flatnonzero(scene.ground.codes == cell)
    if not len(found):
        raise areas.UnknownArea(f"Cell {cell!r} in edition {scene.edition.name!r}.")
    at = int(found[0])
    slot = scene.slot(0)
    state, dwell = int(slot.team(scene.owed, rules)[at]), float(slot.seconds[:, at].sum())
    visits, presences, stored = repository.cell_evidence(
        connection, scene.window.member_ids, int(scene.ground.ids[at]), start, end, rules.tau_s
    )
    open_ends = repository.open_ends(connection, scene.window, rules.tau_s, rules.speed_max)
    gaps = why.gaps(scene, at, stored, open_ends, rules)
    walkers = {walker.id for walker in duty.walkers(connection, asking.account_id)}
    codes = {member.id: member.code for member in scene.members if shown is None or member.code in shown}
    own = [visit for visit in visits if visit.member_id in walkers]
    positions: dict[int, list[dict[str, Any]]] = {}
    for fix in repository.own_fixes(connection, sorted(walkers), own) if own else ():
        positions.setdefault(fix.span - 1, []).append(
            {"at": fix.at, "lon": fix.lon, "lat": fix.lat, "accuracy_m": fix.accuracy_m}
        )
    place = {id(visit): k for k, visit in enumerate(own)}
    seen = repository.cases_seen(connection, [one.number for one in presences if one.number])

    def when(one: Any) -> tuple[datetime, datetime]:
        if one.member_id in codes:
            return one.start, one.end
        return hour_of(one.start), hour_of(one.end) + timedelta(hours=1)

    return {
        "team": scene.team.code,
        "cell": cell,
        "number": at + 1,
        "edition": scene.edition.name,
        "synthetic": scene.team.synthetic or scene.edition.synthetic,
        "from": start,
        "to": end,
        "state": STATES[state],
        "because": why.because(slot, state, at, rules),
        "dwell_s": dwell,
        "tau_s": rules.tau_s,
        "slack_s": rules.slack_s,
        "visits": [
            {
                "start": when(visit)[0],
                "end": when(visit)[1],
                "seconds": visit.seconds,
                "shared_s": visit.shared_s,
                "inferred_s": visit.inferred_s,
                "counts": visit.whole_s >= rules.enough_s,
                "close": rules.doubtful_s <= visit.whole_s < rules.enough_s,
                "fixes": visit.fixes,
                "accuracy_m": visit.accuracy_m,
                "member": codes.get(visit.member_id),
                "positions": positions.get(place.get(id(visit), -1), []),
            }
            for visit in visits
        ],
        "presences": [
            {
                "at": one.at if one.member_id in codes else hour_of(one.at),
                "kind": one.kind,
                "case": one.number if one.number in seen else None,
                "door": one.door if one.member_id in codes else None,
                "member": codes.get(one.member_id),
            }
            for one in presences
        ],
        "gaps": [
            {
                "start": when(gap)[0],
                "end": when(gap)[1],
                "kind": gap.kind,
                "member": codes.get(gap.member_id),
            }
            for gap in gaps
        ],
    }


def open_to(connection: Connection, asking: Principal, team: str) -> set[str] | None:
    """Return the codes of the members whose own figures the asker sees: their own; None for all, to the team's leader."""
    walkers = duty.walkers(connection, asking.account_id)
    if any(walker.leader and walker.team == team for walker in walkers):
        return None
    return {walker.code for walker in walkers}


def _last_visits(
    connection: Connection, scene: Scene, rules: Rules
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return repository.last_visits(
        connection, scene.window, rules.enough_s, len(scene.ground), scene.ground.ids[scene.owed].tolist()
    )


def _required(
    connection: Connection,
    scene: Scene,
    shifts: list[tuple[datetime, datetime]],
    visits: tuple[NDArray[np.int32], NDArray[np.float64]],
    rules: Rules,
) -> list[LevelReport]:
    """Return what became of the visits that each management level owes in each shift of the day."""
    levelled = levels.cell_levels(connection, scene.team.id, scene.edition.id)
    if not levelled:
        return []
    level, owed = (np.array([getattr(one, name) for one in levelled]) for name in ("level", "visits"))
    place = np.full(
        len(scene.ground), -1, np.int32
    )  # of the levelled cells alone: a year has a thousand shifts
    place[[one.cell - 1 for one in levelled]] = np.arange(len(levelled))
    cell, at = place[visits[0]], visits[1]
    cell, at = cell[cell >= 0], at[cell >= 0]
    origin, end = scene.window.starts[0], scene.window.ends[0]
    spans = [(max(a, origin), min(b, end)) for a, b in shifts]
    over = replace(scene.window, starts=[a for a, _ in spans], ends=[b for _, b in spans])
    possible = np.zeros((len(spans), len(levelled)), np.int64)
    for slot, _, reachable in repository.gaps(connection, over, rules.tau_s) if spans else ():
        reached = place[scene.ground.indices(reachable)]
        possible[slot, reached[reached >= 0]] += 1
    for slot, _, cells in without_fixes(scene.duty, scene.members, scene.beats, over, rules):
        reached = place[cells]
        possible[slot, reached[reached >= 0]] += 99  # nothing is known: every visit could have been made
    grazed, begun, _ = repository.visits(connection, scene.window, rules.doubtful_s, rules.enough_s)
    seconds = [((a - origin).total_seconds(), (b - origin).total_seconds()) for a, b in spans]
    near = place[grazed]
    possible += counted(near[near >= 0], begun[near >= 0], seconds, len(levelled))  # too close to tell
    became = judged(
        counted(cell, at, seconds, len(levelled)), possible, owed, np.array([b > end for _, b in shifts])
    )
    return [
        LevelReport(
            level=one.level,
            name=one.name,
            visits=one.visits,
            cells=one.cells,
            slots=sum(int(mask[:, level == one.level].sum()) for mask in became.values()),
            **{name: int(mask[:, level == one.level].sum()) for name, mask in became.items()},
        )
        for one in levels.levels(connection, scene.team.code)
    ]


def _scene(  # noqa: PLR0917
    connection: Connection,
    code: str,
    span: Slots,
    edition_name: str | None,
    rules: Rules,
    also: NDArray[np.int32] | None = None,
) -> Scene:
    """Gather what is known of a team in a window; gaps that go on only of cells owed, in a beat, or `also` asked for."""
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
    served = repository.duty(connection, over)
    gaps = [
        (slot, member, ground.indices(reachable))
        for slot, member, reachable in repository.gaps(connection, over, rules.tau_s)
    ]
    concerned = owed | anybody(beats)
    if also is not None:
        concerned[also] = True
    open_ends = repository.open_ends(connection, over, rules.tau_s, rules.speed_max)
    own = {member.id: np.flatnonzero(beats[i]).astype(np.int32) for i, member in enumerate(members)}
    within = reached(open_ends, ground, np.flatnonzero(concerned).astype(np.int32), own)
    gaps += [(one.slot - 1, one.member_id, cells) for one, cells in zip(open_ends, within, strict=True)]
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
        worked=repository.presences(connection, over),
        gaps=sorted(gaps + without_fixes(served, members, beats, over, rules), key=itemgetter(0)),
        duty=served,
        findings=telling.notes(team, edition, owed, served),
    )
