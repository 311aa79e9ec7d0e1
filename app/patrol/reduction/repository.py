"""Reads the fixes of shifts, and writes what they are reduced to."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from app.db.queries import beside
from app.patrol.reduction.tracks import BROKEN, INFERRED

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.patrol.reduction.shift import Reduced
    from app.patrol.rules import Rules

SQL = beside(__file__)


def shift_fixes(connection: Connection, shift: Any) -> NDArray[np.float64]:
    """Return a shift's fixes, (n, 4): seconds since its start, x, y, accuracy (NaN where there is none)."""
    values = {
        "shift_id": shift.id,
        "member_id": shift.member_id,
        "start": shift.start,
        "end": shift.end,
    }
    rows = connection.execute(SQL["shift_fixes"], values).all()
    table = np.array([tuple(row) for row in rows], np.float64)
    return table.reshape(-1, 4)


def replace_reduction(
    connection: Connection,
    shift: Any,
    reduced: Reduced,
    *,
    edition_id: int,
    cell_ids: NDArray[np.int64],
    rules: Rules,
) -> None:
    """Store what a shift was reduced to, in place of what was there."""
    of_shift = {"shift_id": shift.id, "member_id": shift.member_id, "start": shift.start}
    connection.execute(SQL["clear_shift"], {"shift_id": shift.id})
    connection.execute(SQL["put_visits"], of_shift | _spans(reduced, cell_ids))
    if reduced.gaps:
        connection.execute(
            SQL["put_gap"],
            [
                of_shift | {"begin": gap.start, "end": gap.end, "cells": cell_ids[gap.cells].tolist()}
                for gap in reduced.gaps
            ],
        )
    track = reduced.track
    joined = track.joined != BROKEN
    connection.execute(
        SQL["put_reduction"],
        {
            "shift_id": shift.id,
            "edition_id": edition_id,
            "start": shift.start,
            "rules": json.dumps(rules.to_dict()),
            "dropped": json.dumps(reduced.cleaned.counts()),
            "fixes": len(reduced.cleaned.kept) + sum(reduced.cleaned.counts().values()),
            "without_accuracy": reduced.cleaned.without_accuracy,
            "begins": track.t[:-1][joined].tolist(),
            "ends": track.t[1:][joined].tolist(),
            "inferred": (track.joined[joined] == INFERRED).tolist(),
        },
    )


def _spans(reduced: Reduced, cell_ids: NDArray[np.int64]) -> dict[str, list[Any]]:
    presence = reduced.presence
    return {
        "visits": reduced.visit.tolist(),
        "cells": cell_ids[presence.cell].tolist(),
        "begins": presence.enter.tolist(),
        "ends": presence.leave.tolist(),
        "inferred": presence.inferred.tolist(),
        "shared": presence.shared.tolist(),
    }
