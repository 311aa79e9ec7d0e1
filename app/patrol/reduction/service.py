"""Reduces the fixes of shifts to visits (到访) and gaps, and stores them in place of what was there.

A shift is always reduced as a whole, from all its stored fixes: so the order and the batches they came in don't matter. One
whose raw fixes were deleted is never reduced again: its visits stand, on their edition.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from itertools import groupby
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from app.areas import service as areas
from app.core.moments import microseconds, moment
from app.geo.crs import Metric
from app.patrol.carrying import service as carrying
from app.patrol.matching import service as matching
from app.patrol.reduction import repository
from app.patrol.reduction.batch import Batch, Done
from app.patrol.reduction.reach import Reach
from app.patrol.reduction.shift import reduce_shift
from app.teams import service as teams

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.areas.ground import Ground
    from app.patrol.matching.layout import Layout
    from app.patrol.reduction.decoding import Fixes
    from app.patrol.rules import Rules

    Dropped = dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]]

CHUNK_S = 2_500_000.0  # of duty: two weeks of seven members; at a fix a second some 150 MB
WALK_S = 300.0  # that is reckoned through to make ready
OPEN_MOST = timedelta(hours=24)  # that a shift which nobody ended is followed
MOMENT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class _Task:
    """One shift with all that its reduction needs; seconds count from its start."""

    shift: Any
    start: int
    until: float
    edition_id: int
    ground: Ground
    reach: Reach
    layout: Layout | None
    pauses: list[tuple[float, float]]
    fixes: Fixes
    own: slice
    beat: NDArray[np.int32]


def reduce_shifts(
    connection: Connection,
    shifts: Sequence[Any],
    rules: Rules,
    *,
    now: datetime | None = None,
) -> Dropped:
    """Reduce shifts anew; return of the dropped fixes, by reason, whose (member ids) and when (microseconds).

    Args:
        connection: As the system.
        shifts: Anything with an `id` and a `start`.
        rules: Thresholds.
        now: Until when a shift that goes on is followed; None for the clock's time.

    Raises:
        NoEdition: No grid holds at the time of a shift.
    """
    now = now or datetime.now(UTC)
    dropped: dict[str, list[tuple[NDArray[np.int64], NDArray[np.int64]]]] = {}
    for part in chunks([(shift.id, _seconds(shift, now)) for shift in sorted(shifts, key=lambda s: s.start)]):
        for one in _reduce(connection, part, rules, now):
            for reason, at in one.reduced.cleaned.dropped.items():
                dropped.setdefault(reason, []).append((np.full(len(at), one.member_id), one.moments[at]))
    return {
        reason: (np.concatenate([who for who, _ in parts]), np.concatenate([at for _, at in parts]))
        for reason, parts in dropped.items()
    }


def warm(connection: Connection, rules: Rules) -> None:
    """Make ready all that the first batch of fixes needs: the ground that holds and its streets, the kernels, the CRS.

    Raises:
        NoEdition: None holds now.
    """
    ground = areas.ground(connection, areas.edition_at(connection).id)
    place = shapely.get_coordinates(ground.polygons[:1].tolist()).mean(axis=0)
    Metric(areas.metric_srid(connection)).to_lonlat(place[:1], place[1:])
    t = np.arange(0.0, WALK_S, 5.0)
    reduce_shift(
        place[0] + t,
        np.full(len(t), place[1]),
        t,
        np.full(len(t), 5.0),
        start=0.0,
        end=WALK_S,
        beat=np.zeros(0, np.int32),
        locator=ground.locator,
        reach=_reach(ground),
        rules=rules,
        layout=matching.layout(connection, ground),
        mock=np.zeros(len(t), np.bool_),
        device=np.zeros(len(t), np.int64),
    )


def wanted(
    connection: Connection,
    team: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
    edition: str | None = None,
) -> list[tuple[int, float]]:
    """Return the shifts whose raw fixes are kept, as ids and seconds in order of time.

    Args:
        connection: As the system.
        team: Code; None for all.
        start: Shifts that end later.
        end: Shifts that begin before.
        edition: Only shifts in this edition's time that are measured on another one, or not yet.

    Raises:
        UnknownTeam: There is no such team.
        UnknownEdition: None has this name.
    """
    if team is not None:
        teams.team(connection, team)
    of = areas.edition_named(connection, edition) if edition else None
    rows = repository.choose_shifts(connection, team, start, end, of.id if of else None)
    if of:
        rows = [
            row
            for row in rows
            if not of.draft
            and (of.starts is None or of.starts <= row.start)
            and (of.ends is None or row.start < of.ends)
        ]
    return [(row.id, row.seconds) for row in rows]


def chunks(shifts: Sequence[tuple[int, float]]) -> Iterator[list[int]]:
    """Cut shifts (ids, seconds), in order of time, into parts that memory holds."""
    total, parts = 0.0, []
    for shift_id, seconds in shifts:
        parts.append((int(total // CHUNK_S), shift_id))
        total += seconds
    for _, part in groupby(parts, key=lambda one: one[0]):
        yield [shift_id for _, shift_id in part]


def reduce_chunk(connection: Connection, shift_ids: Sequence[int], rules: Rules) -> tuple[int, int, int]:
    """Reduce one part of what a command asks for; return shifts, fixes and visits. Parts may run beside each other."""
    done = _reduce(connection, shift_ids, rules, datetime.now(UTC))
    visits = sum(int(one.reduced.visit[-1]) + 1 for one in done if len(one.reduced.visit))
    return len(done), sum(len(one.moments) for one in done), visits


def _reduce(connection: Connection, shift_ids: Sequence[int], rules: Rules, now: datetime) -> list[Done]:
    shifts = [shift for shift in repository.held_shifts(connection, shift_ids) if not shift.settled]
    if not shifts:
        return []
    tasks = _tasks(connection, shifts, now)
    done = [_done(task, rules) for task in tasks]
    done = [
        one if len(one.reduced.track.t) else _with_beat(connection, task, rules)
        for one, task in zip(done, tasks, strict=True)
    ]
    repository.replace_reductions(connection, Batch.of(done), rules)
    if any(
        task.shift.edition_id not in {None, task.edition_id} for task in tasks
    ):  # presences go with the visits
        carrying.carry(
            connection,
            member_ids=sorted({shift.member_id for shift in shifts}),
            start=min(shift.began for shift in shifts),
            end=max(shift.ended or now for shift in shifts),
        )
    return done


def _tasks(connection: Connection, shifts: Sequence[Any], now: datetime) -> list[_Task]:
    members = sorted({shift.member_id for shift in shifts})
    begin = min(shift.began for shift in shifts)
    end = max(shift.ended or shift.began + OPEN_MOST for shift in shifts)
    fixes = repository.fixes(connection, members, begin, end)
    editions = {began: areas.edition_at(connection, began).id for began in {shift.began for shift in shifts}}
    grounds = {edition: areas.ground(connection, edition) for edition in set(editions.values())}
    layouts = {edition: matching.layout(connection, ground) for edition, ground in grounds.items()}
    tasks = []
    for shift in shifts:
        ground = grounds[editions[shift.began]]
        start = microseconds(shift.began)
        known_end = (
            microseconds(shift.ended + MOMENT * shift.last_in)
            if shift.ended
            else microseconds(now + OPEN_MOST)
        )
        own = fixes.of(shift.member_id, start, known_end)
        last = int(fixes.at[own][-1]) if own.start < own.stop else start
        until = _until(shift, moment(last), now)
        tasks.append(
            _Task(
                shift=shift,
                start=start,
                until=(until - shift.began).total_seconds(),
                edition_id=editions[shift.began],
                ground=ground,
                reach=_reach(ground),
                layout=layouts[editions[shift.began]],
                pauses=_pauses(shift, until),
                fixes=fixes,
                own=own,
                beat=np.zeros(0, np.int32),
            )
        )
    return tasks


def _seconds(shift: Any, now: datetime) -> float:
    """Return how long a shift lasts, as far as its row tells."""
    end: datetime = getattr(shift, "end", None) or now
    start: datetime = shift.start
    return max(0.0, (end - start).total_seconds())


def _until(shift: Any, last: datetime, now: datetime) -> datetime:
    """Return the moment up to which a shift is judged: its end, or while it goes on now, not before its last fix."""
    if not shift.open and shift.ended:
        return shift.ended  # type: ignore[no-any-return]  # a row of the database
    began: datetime = shift.began
    known = min(now, began + OPEN_MOST, shift.ended or datetime.max.replace(tzinfo=UTC))
    return max(known, last, began + MOMENT)


def _pauses(shift: Any, until: datetime) -> list[tuple[float, float]]:
    return [
        ((start - shift.began).total_seconds(), ((end or until) - shift.began).total_seconds())
        for start, end in zip(shift.pauses or (), shift.resumes or (), strict=True)
        if start < until
    ]


@lru_cache(4)
def _reach(ground: Ground) -> Reach:
    """Return the index for gaps, built once per ground: a published one is kept by its room, too."""
    return Reach(ground.polygons)


def _with_beat(connection: Connection, task: _Task, rules: Rules) -> Done:
    """Reduce a shift without any usable fix: it leaves the member's beat unknown."""
    until = task.shift.began + timedelta(seconds=task.until)
    owned = teams.beat_cells(connection, [task.shift.member_id], task.shift.began, until)
    return _done(replace(task, beat=task.ground.indices(owned.get(task.shift.member_id, []))), rules)


def _done(task: _Task, rules: Rules) -> Done:
    own, fixes = task.own, task.fixes
    reduced = reduce_shift(
        fixes.x[own],
        fixes.y[own],
        (fixes.at[own] - task.start) / 1e6,
        fixes.accuracy[own],
        start=0.0,
        end=task.until,
        beat=task.beat,
        locator=task.ground.locator,
        reach=task.reach,
        rules=rules,
        layout=task.layout,
        mock=fixes.mock[own],
        device=fixes.device[own],
        pauses=task.pauses,
    )
    return Done(
        shift_id=task.shift.id,
        member_id=task.shift.member_id,
        start=task.start,
        edition_id=task.edition_id,
        cell_ids=task.ground.ids,
        moments=fixes.at[own],
        reduced=reduced,
    )
