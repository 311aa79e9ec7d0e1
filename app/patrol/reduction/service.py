"""Reduces the fixes of shifts to visits (到访) and gaps, and stores them in place of what was there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from app.areas import service as areas
from app.core.moments import microseconds
from app.patrol.reduction import repository
from app.patrol.reduction.reach import Reach
from app.patrol.reduction.shift import reduce_shift
from app.teams import service as teams

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.areas.ground import Ground
    from app.patrol.rules import Rules


def reduce_shifts(
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
            beat=ground.indices(beat),
            locator=ground.locator,
            reach=reach,
            rules=rules,
        )
        repository.replace_reduction(
            connection, shift, reduced, edition_id=edition.id, cell_ids=ground.ids, rules=rules
        )
        for reason, at in reduced.cleaned.dropped.items():
            moments = microseconds(shift.start) + np.round(t[at] * 1e6).astype(np.int64)
            dropped.setdefault(reason, []).extend((shift.member_id, moment) for moment in moments.tolist())
    return {
        reason: (np.array([m for m, _ in pairs], np.int64), np.array([us for _, us in pairs], np.int64))
        for reason, pairs in dropped.items()
    }
