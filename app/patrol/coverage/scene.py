"""A team, its ground and its presence in a window, and what they add up to: by slot, by member, on duty. Pure."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from operator import itemgetter
from typing import TYPE_CHECKING, Any

import numpy as np

from app.patrol.coverage.reports import HOUR_S, BeatReport, Duty, MemberReport, SpanCoverage
from app.patrol.coverage.states import NOT_OWED, NOTHING, Coverage, judge, measure

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from app.areas.editions import Edition
    from app.areas.ground import Ground
    from app.core.findings import Finding
    from app.patrol.coverage.reports import Interval
    from app.patrol.coverage.repository import Window
    from app.patrol.rules import Rules
    from app.teams.repository import StoredMember, StoredTeam


@dataclass(frozen=True, slots=True)
class Slot:
    """What is known of a slot of time, (members, cells) each."""

    seconds: NDArray[np.float64]  # in the cell, or on a street along its side
    reachable: NDArray[np.bool_]  # in gaps
    present: NDArray[np.bool_]  # by a report, a photo, a check, a door

    def team(self, owed: NDArray[np.bool_], rules: Rules) -> NDArray[np.int8]:
        """Return the state of cells as the whole team left them."""
        return judge(self.seconds.sum(axis=0), anybody(self.reachable), owed, rules, anybody(self.present))

    def member(self, i: int, owed: NDArray[np.bool_], rules: Rules) -> NDArray[np.int8]:
        """Return the state of cells as one member left them."""
        return judge(self.seconds[i], self.reachable[i], owed, rules, self.present[i])


@dataclass(frozen=True, slots=True)
class Scene:
    """A team, its ground and its presence in a window: arrays by cell of the edition, or (members, cells)."""

    team: StoredTeam
    edition: Edition
    ground: Ground
    members: list[StoredMember]
    window: Window
    beats: NDArray[np.bool_]
    owed: NDArray[np.bool_]
    demand: NDArray[np.float64]
    presence: NDArray[np.float64]  # rows of repository.dwell, by slot
    worked: NDArray[np.float64]  # rows of repository.presences
    gaps: list[tuple[int, int, NDArray[np.int32]]]  # slot, member, cells; by slot
    duty: list[Any]
    findings: list[Finding]

    def slot(self, number: int) -> Slot:
        """Return what is known of a slot."""
        place = {member.id: i for i, member in enumerate(self.members)}
        seconds = np.zeros(self.beats.shape)
        first, last = np.searchsorted(self.presence[:, 0], (number, number + 1))
        rows = self.presence[first:last]
        whose = np.array([place[int(m)] for m in rows[:, 1]], np.intp)
        seconds[whose, rows[:, 2].astype(np.intp)] = rows[:, 3] + rows[:, 5]
        reachable, present = np.zeros(seconds.shape, np.bool_), np.zeros(seconds.shape, np.bool_)
        by_slot = itemgetter(0)
        begun, ended = (find(self.gaps, number, key=by_slot) for find in (bisect_left, bisect_right))
        for _, member, cells in self.gaps[begun:ended]:
            reachable[place[member], cells] = True
        begin, end = self.seconds_of(number)
        rows = self.worked[(self.worked[:, 2] >= begin) & (self.worked[:, 2] < end)]
        present[[place[int(m)] for m in rows[:, 1]], rows[:, 0].astype(np.intp)] = True
        return Slot(seconds, reachable, present)

    def narrowed(self) -> Scene:
        """Return the same of the cells that are owed or in a beat: many slots over a whole city would take minutes."""
        kept = np.flatnonzero(self.owed | anybody(self.beats))
        place = np.full(len(self.owed), -1, np.int32)
        place[kept] = np.arange(len(kept))
        presence, worked = self.presence.copy(), self.worked.copy()
        presence[:, 2] = place[presence[:, 2].astype(np.intp)]
        worked[:, 0] = place[worked[:, 0].astype(np.intp)]
        gaps = [(slot, member, place[cells]) for slot, member, cells in self.gaps]
        return replace(
            self,
            beats=self.beats[:, kept],
            owed=self.owed[kept],
            demand=self.demand[kept],
            presence=presence[presence[:, 2] >= 0],
            worked=worked[worked[:, 0] >= 0],
            gaps=[(slot, member, cells[cells >= 0]) for slot, member, cells in gaps],
        )

    def seconds_of(self, number: int) -> tuple[float, float]:
        """Return begin and end of a slot, seconds since the window's start."""
        origin = self.window.starts[0]
        begin, end = self.window.starts[number], self.window.ends[number]
        return (begin - origin).total_seconds(), (end - origin).total_seconds()


def without_fixes(
    duty: Sequence[Any],
    members: Sequence[StoredMember],
    beats: NDArray[np.bool_],
    span: Window,
    rules: Rules,
) -> list[tuple[int, int, NDArray[np.int32]]]:
    """A shift without any fix leaves the member's whole beat unknown, in every slot that it leaves time to dwell in.

    So does one that was reduced on another edition: what was visited then is known, but not of these cells.
    """
    own = {member.id: np.flatnonzero(beats[i]).astype(np.int32) for i, member in enumerate(members)}
    return [
        (slot, shift.member_id, own[shift.member_id])
        for shift in unseen(duty, span.edition_id)
        for slot, (start, end) in enumerate(zip(span.starts, span.ends, strict=True))
        if (min(end, shift.end) - max(start, shift.start)).total_seconds() >= rules.tau_s
    ]


def unseen(duty: Sequence[Any], edition_id: int) -> list[Any]:
    """Return the shifts begun of which nothing is known on an edition; rows as in `sql/duty.sql`."""
    now = datetime.now(UTC)
    return [
        shift for shift in duty if (not shift.reduced or shift.edition_id != edition_id) and shift.start < now
    ]


def by_slot(scene: Scene, numbers: Iterable[int], rules: Rules) -> Coverage:
    """Return the coverage of all pairs of cell and slot."""
    total = NOTHING
    for number in numbers:
        total += measure(scene.slot(number).team(scene.owed, rules), scene.demand)
    return total


def in_series(
    scene: Scene, numbers: Sequence[int], rules: Rules
) -> tuple[list[SpanCoverage], dict[int, list[Interval]], dict[int, list[Interval]]]:
    """Return the team's coverage by slots, and as intervals that of each beat (all members) and each member (own beat).

    Beats and members by the member's place in the scene.
    """
    spans: list[SpanCoverage] = []
    beats: dict[int, list[Interval]] = {i: [] for i in range(len(scene.members))}
    members: dict[int, list[Interval]] = {i: [] for i in range(len(scene.members))}
    for number in numbers:
        slot = scene.slot(number)
        state = slot.team(scene.owed, rules)
        spans.append(
            SpanCoverage(scene.window.starts[number], scene.window.ends[number], measure(state, scene.demand))
        )
        for i, beat in enumerate(scene.beats):
            beats[i].append(measure(np.where(beat, state, NOT_OWED), scene.demand).interval)
            own = beat if beat.any() else scene.owed
            members[i].append(measure(slot.member(i, own, rules), scene.demand).interval)
    return spans, beats, members


def by_beat(
    scene: Scene, state: NDArray[np.int8], names: dict[int, str], series: dict[int, list[Interval]]
) -> list[BeatReport]:
    """Return how each beat was covered, by whomever; members of different shifts who share a beat are one beat."""
    found: dict[bytes, int] = {}
    for i, beat in enumerate(scene.beats):
        if beat.any():
            found.setdefault(beat.tobytes(), i)
    return [
        BeatReport(
            number=number,
            name=names.get(scene.members[i].id, ""),
            covered=measure(np.where(scene.beats[i], state, NOT_OWED), scene.demand),
            series=series.get(i, []),
        )
        for number, i in enumerate(found.values(), 1)
    ]


def by_member(
    scene: Scene, slot: Slot, rules: Rules, series: dict[int, list[Interval]]
) -> list[MemberReport]:
    """Return each member's own coverage over the whole window, by code."""
    first, last = np.searchsorted(scene.presence[:, 0], (0, 1))
    rows = scene.presence[first:last]
    return [
        MemberReport(
            code=member.code,
            name=member.name,
            beat=measure(slot.member(i, scene.beats[i], rules), scene.demand),
            ground=measure(slot.member(i, scene.owed, rules), scene.demand),
            dwell_s=float(rows[rows[:, 1] == member.id, 3].sum()),
            dwell_inferred_s=float(rows[rows[:, 1] == member.id, 4].sum()),
            presences=int((scene.worked[:, 1] == member.id).sum()),
            duty=summed([shift for shift in scene.duty if shift.member_id == member.id]),
            series=series.get(i, []),
        )
        for i, member in enumerate(scene.members)
    ]


def summed(shifts: Sequence[Any]) -> Duty:
    """Return how well shifts were tracked; rows as in `sql/duty.sql`."""
    dropped: dict[str, int] = {}
    for shift in shifts:
        for reason, count in shift.dropped.items():
            dropped[reason] = dropped.get(reason, 0) + count
    return Duty(
        shifts=len(shifts),
        from_track=sum(shift.from_track for shift in shifts),
        without_fixes=sum(not shift.reduced for shift in shifts),
        duty_s=sum(shift.duty_s for shift in shifts),
        tracked_s=sum(shift.tracked_s for shift in shifts),
        inferred_s=sum(shift.inferred_s for shift in shifts),
        fixes=sum(shift.fixes for shift in shifts),
        dropped=dict(sorted(dropped.items())),
        without_accuracy=sum(shift.without_accuracy for shift in shifts),
    )


def anybody(flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return by cell whether it holds for some member; flags by member and cell."""
    return np.asarray(flags.any(axis=0), np.bool_)


def hours(seconds: float | None) -> float | None:
    """Return seconds as hours."""
    return None if seconds is None else seconds / HOUR_S


def median_hours(seconds: NDArray[np.float64]) -> float | None:
    """Return the middle of seconds as hours; None without any."""
    return float(np.median(seconds)) / HOUR_S if len(seconds) else None
