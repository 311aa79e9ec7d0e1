"""Takes fixes in (轨迹接收): each once, only those in shifts, and has the shifts concerned reduced anew."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from app.auth import service as auth
from app.core.errors import BadInput
from app.core.moments import microseconds, moment
from app.geo.crs import Metric
from app.patrol.duty import service as duty
from app.patrol.intake import repository, sent, telling, uploads
from app.patrol.intake.arrivals import Asked, Fixes, read_fixes
from app.patrol.intake.recorded import track_shifts
from app.patrol.intake.reports import LoadReport
from app.patrol.reduction import service as reduction
from app.patrol.rules import ON_FOOT, Rules
from app.teams import service as teams
from app.teams.roster import Member

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.teams.duty.repository import Walker


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a phone's fixes.

    Attributes:
        stored: Stored now.
        known: Stored before.
        off_shift: Outside shifts or in pauses: not stored, and among the refused.
        refused: One by one, by place in the request.
        unused: Stored, but not used by the reduction, by reason.
        offset_s: Seconds added to the phone's times.
    """

    stored: int
    known: int
    off_shift: int
    refused: list[sent.Refused]
    unused: dict[str, int]
    offset_s: float


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
    repository.judge_arrivals(connection)
    on_duty, stored = repository.store_arrivals(connection, arrived.datum, "file")
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


def take(
    connection: Connection,
    asking: Principal,
    rules: duty.Rules,
    *,
    device: str,
    sent_at: datetime,
    came_at: datetime,
    items: Sequence[Any],
) -> Taken:
    """Store what a phone sends of its fixes, each once and only on duty, and reduce the shifts concerned anew.

    Args:
        connection: In a transaction of the asker.
        asking: Whose fixes they are.
        rules: The deployment's.
        device: Which of the member's phones.
        sent_at: When it sent them, by its own clock.
        came_at: When the request began to come, by ours.
        items: Each [ms since 1970 by the phone's clock, lon, lat, accuracy in metres or null, made up 0 or 1].

    Raises:
        TooManyFixes: More than `sent.MOST`.
        NotAMember: The asker walks as nobody.
        NotAllowed: They may not add fixes any more.
        ConsentMissing: They don't agree; nothing was stored.
        NoEdition: No grid holds at the time of a shift.
    """
    sent.check_count(len(items))
    walker = duty.walker(connection, asking)
    asking.requires("fixes.add")
    with auth.as_system(connection):
        offset = duty.heard_of(connection, walker.id, device, sent_at, came_at)
        duty.require_consent(
            connection, asking.account_id, rules
        )  # held: who withdraws at once, does so before or after
        batch = sent.judged(
            items, member=walker.code, device=device, offset_s=offset, latest_us=_latest(came_at, ON_FOOT)
        )
        return _taken(connection, walker.id, rules, batch, offset_s=offset, source="phone")


def take_recorded(  # noqa: PLR0917
    connection: Connection,
    walker: Walker,
    rules: duty.Rules,
    device: str,
    items: Sequence[Any],
    now: datetime,
) -> Taken:
    """Store what a recorder sends, as the system, its times as they are; the caller has judged, and has it reduced later.

    Raises:
        TooManyFixes: More than `sent.MOST`.
    """
    sent.check_count(len(items))
    batch = sent.judged(
        items, member=walker.code, device=device, offset_s=0.0, latest_us=_latest(now, ON_FOOT)
    )
    return _taken(connection, walker.id, rules, batch, offset_s=0.0, source="recorder")


def take_file(  # noqa: PLR0917
    connection: Connection, asking: Principal, rules: duty.Rules, path: Path, asked: Asked, now: datetime
) -> LoadReport:
    """Store a file that the asker has recorded of themselves, as `load_fixes` does.

    Raises:
        NotAMember: The asker walks as nobody.
        NotAllowed: They may not add fixes any more.
        ConsentMissing: They don't agree; nothing was stored.
        BadInput: It is neither GPX nor CSV, or can't be read.
    """
    walker = duty.walker(connection, asking)
    asking.requires("fixes.add")
    duty.require_consent(connection, asking.account_id, rules)
    uploads.check(path)
    with auth.as_system(connection):
        duty.hold(connection, walker.id)
        duty.require_consent(connection, asking.account_id, rules)
        return load_fixes(connection, path, replace(asked, member=walker.code), now=now)


def _latest(now: datetime, rules: Rules) -> int:
    return microseconds(now + timedelta(seconds=rules.future_s))


def _taken(
    connection: Connection,
    member_id: int,
    rules: duty.Rules,
    batch: sent.Batch,
    *,
    offset_s: float,
    source: str,
) -> Taken:
    """Store a batch of one member's, as the system; what a phone sent is reduced at once, a recorder's later."""
    refused = list(batch.refused)
    x, y = Metric(repository.metric_srid(connection)).from_lonlat(batch.fixes.lon, batch.fixes.lat)
    placed = np.isfinite(x) & np.isfinite(y)
    refused += [sent.Refused(row, "no-such-place") for row in batch.fixes.row[~placed].tolist()]
    fixes = batch.fixes.take(placed)
    on_duty = stored = 0
    unused: dict[str, int] = {}
    if len(fixes):
        revived = duty.revive(connection, member_id, moment(int(fixes.at.max())), rules)
        member_ids = np.full(len(fixes), member_id, np.int32)
        repository.copy_fixes(connection, fixes, member_ids, x[placed], y[placed], batch.mock[placed])
        repository.judge_arrivals(connection)
        on_duty, stored = repository.store_arrivals(connection, "wgs84", source)
        refused += [sent.Refused(row.row_number, row.why) for row in repository.refused_arrivals(connection)]
        touched = repository.touched_shifts(connection) if stored and source == "phone" else []
        dropped = reduction.reduce_shifts(connection, touched, ON_FOOT)
        unused = {
            reason: found
            for reason, (_, at) in dropped.items()
            if (found := int(np.isin(fixes.at, at).sum()))
        }
        if revived:
            duty.close_forgotten(connection, rules)
    off_shift = sum(one.code in sent.OFF_DUTY for one in refused)
    refused.sort(key=lambda one: one.index)
    return Taken(stored, on_duty - stored, off_shift, refused, unused, offset_s)


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
