"""A team, its ground and its presence in a window, and what they add up to: by slot, by member, on duty. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from app.patrol.coverage.reports import HOUR_S, Duty, MemberReport
from app.patrol.coverage.states import NOTHING, Coverage, judge, measure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from app.areas.editions import Edition
    from app.areas.ground import Ground
    from app.core.findings import Finding
    from app.patrol.coverage.repository import Window
    from app.patrol.rules import Rules
    from app.teams.repository import StoredMember, StoredTeam


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
    presence: NDArray[np.float64]  # rows of repository.dwell
    gaps: list[tuple[int, int, NDArray[np.int32]]]  # slot, member, cells
    duty: list[Any]
    findings: list[Finding]

    def slot(self, number: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Return seconds dwelt in a slot, and what was within reach in gaps, (members, cells) each."""
        place = {member.id: i for i, member in enumerate(self.members)}
        seconds = np.zeros((len(self.members), len(self.ground)))
        rows = self.presence[self.presence[:, 0] == number]
        whose = np.array([place[int(m)] for m in rows[:, 1]], np.intp)
        seconds[whose, rows[:, 2].astype(np.intp)] = rows[:, 3]
        reachable = np.zeros(seconds.shape, np.bool_)
        for slot, member, cells in self.gaps:
            if slot == number:
                reachable[place[member], cells] = True
        return seconds, reachable


def without_fixes(
    duty: Sequence[Any],
    members: Sequence[StoredMember],
    beats: NDArray[np.bool_],
    span: Window,
    rules: Rules,
) -> list[tuple[int, int, NDArray[np.int32]]]:
    """A shift without any fix leaves the member's whole beat unknown, in every slot that it leaves time to dwell in."""
    now = datetime.now(UTC)
    own = {member.id: np.flatnonzero(beats[i]).astype(np.int32) for i, member in enumerate(members)}
    return [
        (slot, shift.member_id, own[shift.member_id])
        for shift in duty
        if not shift.reduced and shift.start < now
        for slot, (start, end) in enumerate(zip(span.starts, span.ends, strict=True))
        if (min(end, shift.end) - max(start, shift.start)).total_seconds() >= rules.tau_s
    ]


def by_slot(scene: Scene, rules: Rules) -> Coverage:
    """Return the coverage of all pairs of cell and slot."""
    total = NOTHING
    for slot in range(1, len(scene.window.starts)):
        seconds, reachable = scene.slot(slot)
        state = judge(seconds.sum(axis=0), anybody(reachable), scene.owed, rules.tau_s)
        total += measure(state, scene.demand)
    return total


def by_member(
    scene: Scene, seconds: NDArray[np.float64], reachable: NDArray[np.bool_], rules: Rules
) -> list[MemberReport]:
    """Return each member's own coverage over the whole window, by code."""
    inferred = scene.presence[scene.presence[:, 0] == 0]
    return [
        MemberReport(
            code=member.code,
            name=member.name,
            beat=measure(judge(seconds[i], reachable[i], scene.beats[i], rules.tau_s), scene.demand),
            ground=measure(judge(seconds[i], reachable[i], scene.owed, rules.tau_s), scene.demand),
            dwell_s=float(seconds[i].sum()),
            dwell_inferred_s=float(inferred[inferred[:, 1] == member.id, 4].sum()),
            duty=summed([shift for shift in scene.duty if shift.member_id == member.id]),
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
