"""Patrol (巡查): takes fixes in and reduces them to visits and gaps; measures a team's coverage of its ground."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from app.areas import service as areas
from app.core.errors import BadInput
from app.geo.crs import Metric
from app.incidents import service as incidents
from app.patrol import repository, telling
from app.patrol.arrivals import Asked, Fixes, read_fixes
from app.patrol.coverage import MISSED, NOT_OWED, PATROLLED, UNKNOWN, judge, measure
from app.patrol.idleness import idleness, revisits
from app.patrol.periods import slots
from app.patrol.reach import Reach
from app.patrol.recorded import track_shifts
from app.patrol.reduction import reduce_shift
from app.patrol.reports import HOUR_S, CellsReport, CoverageReport, LoadReport
from app.patrol.repository import Window
from app.patrol.rules import ON_FOOT, Rules
from app.patrol.scene import Scene, anybody, by_member, by_slot, hours, median_hours, summed, without_fixes
from app.teams import service as teams
from app.teams.roster import Member

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.areas.ground import Ground
    from app.patrol.periods import Slots

DEMAND_DAYS = 90  # incidents of so many days up to a window's end weigh its cells
STATES = {NOT_OWED: "unowed", PATROLLED: "patrolled", UNKNOWN: "unknown", MISSED: "missed"}
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


# --- fixes in ---------------------------------------------------------------------------------------------------


def load_fixes(
    connection: Connection,
    path: Path,
    asked: Asked | None = None,
    *,
    team: str | None = None,
    create_members: bool = False,
    shift_from_track: bool = False,
    now: datetime | None = None,
    rules: Rules = ON_FOOT,
) -> LoadReport:
    """Store a file's fixes that lie in shifts, each once, and reduce the shifts concerned anew.

    The result depends on the fixes, not on the order and the batches they come in. Bad rows are told and left
    out; good ones are kept. One transaction, the caller's: nothing is half-loaded.

    Args:
        connection: A transaction as the service role.
        path: CSV, Parquet, GPX or whatever else GDAL reads.
        asked: How to read it; columns not named are guessed.
        team: Take only this team's members; needed for `create_members`.
        create_members: Make members of the team of unknown codes.
        shift_from_track: Take shifts from the tracks where no roster gives any; they are marked.
        now: Fixes from later than this are from the future; None for the clock's time.
        rules: Thresholds.

    Raises:
        BadInput: The file can't be read, is empty, lacks columns, or has times without a zone.
        UnknownTeam: There is no such team.
        NoEdition: No grid holds at the time of a shift.
    """
    began = time.perf_counter()
    if team is not None:
        teams.team(connection, team)
    elif create_members:
        raise BadInput("New members need a team.", remedy="Name it, as in --team T12.")
    arrived = read_fixes(path, asked or Asked(columns={}))
    findings, counts = list(arrived.findings), dict(arrived.counts)
    metric = Metric(repository.metric_srid(connection))
    latest = (now or datetime.now(UTC)) + timedelta(seconds=rules.future_s)
    fixes = telling.told_apart(arrived.fixes, arrived.fixes.at <= _us(latest), "future", findings, counts)
    made = _make_members(connection, team, fixes) if create_members and team else 0
    ids = {member.code: member.id for member in teams.members(connection, team)}
    known = np.array([code in ids for code in fixes.member.tolist()], np.bool_)
    findings += telling.strangers(fixes.take(~known), team)
    counts["unknown-member"] = int((~known).sum())
    fixes = fixes.take(known)
    x, y = metric.from_lonlat(fixes.lon, fixes.lat)
    placed = np.isfinite(x) & np.isfinite(y)
    fixes = telling.told_apart(fixes, placed, "no-such-place", findings, counts)
    member_ids = np.array([ids[code] for code in fixes.member.tolist()], np.int32)
    repository.copy_fixes(connection, fixes, member_ids, x[placed], y[placed])
    if shift_from_track:
        _shifts_from_tracks(connection, member_ids, fixes.at)
    on_duty, stored = repository.store_arrivals(connection, arrived.datum)
    off_shift = repository.off_shift(connection)
    findings += telling.off_shift(off_shift)
    touched = repository.touched_shifts(connection)
    dropped = _reduce(connection, touched, rules)
    findings += telling.dropped(dropped, fixes, member_ids)
    return LoadReport(
        file=path.name,
        rows=arrived.rows,
        stored=stored,
        known=on_duty - stored,
        off_shift=sum(row.fixes for row in off_shift),
        rejected={reason: n for reason, n in counts.items() if n},
        dropped={reason: len(who) for reason, (who, _) in dropped.items() if len(who)},
        shifts=len(touched),
        shifts_from_track=sum(shift.from_track for shift in touched),
        members_made=made,
        findings=findings,
        seconds=time.perf_counter() - began,
    )


def _us(moment: datetime) -> int:
    return (moment - EPOCH) // timedelta(microseconds=1)


def _moment(us: int) -> datetime:
    return EPOCH + timedelta(microseconds=us)


def _make_members(connection: Connection, team: str, fixes: Fixes) -> int:
    there = {member.code for member in teams.members(connection)}
    new = sorted(set(fixes.member.tolist()) - there)
    if new:
        of = teams.team(connection, team)
        teams.form_team(
            connection, team, of.name, [Member(code=code) for code in new], synthetic=of.synthetic
        )
    return len(new)


def _shifts_from_tracks(connection: Connection, member_ids: NDArray[np.int32], at: NDArray[np.int64]) -> None:
    for member_id in np.unique(member_ids).tolist():
        stored = teams.shifts(connection, [member_id])
        rostered = [(_us(s.start), _us(s.end)) for s in stored if not s.from_track]
        recorded = {(_us(s.start), _us(s.end)): s.id for s in stored if s.from_track}
        spans = track_shifts(at[member_ids == member_id], rostered, sorted(recorded))
        old = [shift for span, shift in recorded.items() if span not in spans]
        new = [(_moment(start), _moment(end)) for start, end in spans if (start, end) not in recorded]
        teams.replace_track_shifts(connection, member_id, old, new)


def _reduce(
    connection: Connection, shifts: Sequence[Any], rules: Rules
) -> dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Reduce shifts anew; return of the dropped fixes, by reason, whose (member ids) and when (microseconds)."""
    dropped: dict[str, list[tuple[int, int]]] = {}
    reaches: dict[int, tuple[Ground, Reach]] = {}
    for shift in shifts:
        edition = areas.edition_at(connection, shift.start)
        if edition.id not in reaches:
            ground = areas.ground(connection, edition.id)
            reaches[edition.id] = ground, Reach(ground.polygons)
        ground, reach = reaches[edition.id]
        t, x, y, accuracy = repository.shift_fixes(connection, shift).T
        beat = teams.beat_cells(connection, [shift.member_id], shift.start, shift.end).get(
            shift.member_id, []
        )
        reduced = reduce_shift(
            x,
            y,
            t,
            accuracy,
            start=0.0,
            end=(shift.end - shift.start).total_seconds(),
            beat=_indices(ground, beat),
            locator=ground.locator,
            reach=reach,
            rules=rules,
        )
        repository.replace_reduction(
            connection, shift, reduced, edition_id=edition.id, cell_ids=ground.ids, rules=rules
        )
        for reason, at in reduced.cleaned.dropped.items():
            moments = _us(shift.start) + np.round(t[at] * 1e6).astype(np.int64)
            dropped.setdefault(reason, []).extend((shift.member_id, moment) for moment in moments.tolist())
    return {
        reason: (np.array([m for m, _ in pairs], np.int64), np.array([us for _, us in pairs], np.int64))
        for reason, pairs in dropped.items()
    }


def _indices(ground: Ground, cell_ids: Sequence[int]) -> NDArray[np.int32]:
    """Return the positions of cells by id; cells of other editions are left out."""
    return np.flatnonzero(np.isin(ground.ids, np.asarray(cell_ids, np.int64))).astype(np.int32)


# --- coverage ---------------------------------------------------------------------------------------------------


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
        beats[i, _indices(ground, owns.get(member.id, []))] = True
    owed = anybody(beats)
    if not owed.any() and team.area_code:
        owed[repository.cells_under(connection, edition.id, team.area_code)] = True
    duty = repository.duty(connection, over)
    gaps = [
        (slot, member, _indices(ground, reachable))
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
