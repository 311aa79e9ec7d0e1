"""Why a cell counts as patrolled, unknown or missed (依据): gaps that leave it open, a time too near the threshold. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.patrol.coverage.open_ends import reached
from app.patrol.coverage.scene import unseen
from app.patrol.coverage.states import UNKNOWN, close

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from app.patrol.coverage.scene import Scene, Slot
    from app.patrol.rules import Rules


@dataclass(frozen=True, slots=True)
class GapTold:
    """A time without a position in which a cell could have been patrolled.

    Attributes:
        member_id: Whose.
        start: Its begin, in the window.
        end: Its end, in the window.
        kind: gap: it is over, or the shift is; since: no position since, and the shift goes on; none: nothing is known
            of the whole shift.
    """

    member_id: int
    start: datetime
    end: datetime
    kind: str


def gaps(
    scene: Scene, at: int, stored: Iterable[Any], open_ends: Sequence[Any], rules: Rules
) -> list[GapTold]:
    """Return the gaps in which one cell of a scene could have been patrolled, by time.

    Args:
        scene: Of one slot, the whole window.
        at: The cell's position in the ground.
        stored: Rows of `sql/cell_gaps.sql`.
        open_ends: Rows of `sql/open_ends.sql`.
        rules: How long a gap is at least.
    """
    place = {member.id: i for i, member in enumerate(scene.members)}
    own = {member_id: np.flatnonzero(scene.beats[i]).astype(np.int32) for member_id, i in place.items()}
    within = reached(open_ends, scene.ground, np.array([at], np.int32), own)
    since = [
        GapTold(one.member_id, span.lower, span.upper, "since")
        for one, cells in zip(open_ends, within, strict=True)
        if len(cells)
        for span in one.span
    ]
    start, end = scene.window.starts[0], scene.window.ends[0]
    whole = [
        GapTold(shift.member_id, max(shift.start, start), min(shift.end, end), "none")
        for shift in unseen(scene.duty, scene.edition.id)
        if scene.beats[place[shift.member_id], at]
    ]
    found = since + [one for one in whole if (one.end - one.start).total_seconds() >= rules.tau_s]
    # what was open when fixes last came is stored, too, up to that moment
    over = [
        GapTold(one.member_id, one.start, one.end, "gap")
        for one in stored
        if not any(s.member_id == one.member_id and s.start <= one.start and one.end <= s.end for s in since)
    ]
    return sorted(over + found, key=lambda one: (one.start, one.end))


def because(slot: Slot, state: int, at: int, rules: Rules) -> Sequence[str]:
    """Return why a cell is unknown: `gap`, `close`, or both; nothing for other states."""
    if state != UNKNOWN:
        return []
    reasons = {
        "gap": slot.reachable[:, at].any(),
        "close": close(np.asarray(slot.seconds[:, at].sum()), rules),
    }
    return [reason for reason, holds in reasons.items() if holds]
