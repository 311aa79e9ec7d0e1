"""Takes fixes in (轨迹接收): each once, only those in shifts, and has the shifts concerned reduced anew."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from app.core.errors import BadInput
from app.core.moments import microseconds, moment
from app.geo.crs import Metric
from app.patrol.intake import repository, telling
from app.patrol.intake.arrivals import Asked, Fixes, read_fixes
from app.patrol.intake.recorded import track_shifts
from app.patrol.intake.reports import LoadReport
from app.patrol.reduction import service as reduction
from app.patrol.rules import ON_FOOT, Rules
from app.teams import service as teams
from app.teams.roster import Member

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray
    from sqlalchemy import Connection


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
    fixes = telling.told_apart(
        arrived.fixes, arrived.fixes.at <= microseconds(latest), "future", findings, counts
    )
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
    dropped = reduction.reduce_shifts(connection, touched, rules)
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
        rostered = [(microseconds(s.start), microseconds(s.end)) for s in stored if not s.from_track]
        recorded = {(microseconds(s.start), microseconds(s.end)): s.id for s in stored if s.from_track}
        spans = track_shifts(at[member_ids == member_id], rostered, sorted(recorded))
        old = [shift for span, shift in recorded.items() if span not in spans]
        new = [(moment(start), moment(end)) for start, end in spans if (start, end) not in recorded]
        teams.replace_track_shifts(connection, member_id, old, new)
