"""Reduced shifts as columns, ready to be stored in three statements."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from app.patrol.reduction.shift import Reduced

    Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Done:
    """One shift, reduced.

    Attributes:
        shift_id: Which.
        member_id: Whose.
        start: Microseconds since 1970 of second 0 of the reduction.
        edition_id: What it was measured on.
        cell_ids: `areas.cells.id` by position in that edition.
        moments: Of all its fixes, microseconds since 1970.
        reduced: What became of them.
    """

    shift_id: int
    member_id: int
    start: int
    edition_id: int
    cell_ids: NDArray[np.int64]
    moments: NDArray[np.int64]
    reduced: Reduced

    def at(self, seconds: NDArray[np.float64]) -> NDArray[np.int64]:
        """Return microseconds since 1970."""
        return self.start + np.round(seconds * 1e6).astype(np.int64)


@dataclass(frozen=True, slots=True)
class Batch:
    """Columns of `sql/put_visits.sql`, `put_gaps.sql` and `put_reductions.sql`."""

    visits: Columns
    gaps: Columns
    shifts: Columns

    @classmethod
    def of(cls, done: Sequence[Done]) -> Batch:
        """Put the shifts together."""
        return cls(_visits(done), _gaps(done), _shifts(done))


def _visits(done: Sequence[Done]) -> Columns:
    columns: Columns = {name: [] for name in (
        "shift_ids", "member_ids", "cells", "fixes", "accuracies", "visits", "begins", "ends", "inferred", "shared",
    )}  # fmt: skip
    for one in done:
        stays, visit = one.reduced.presence, one.reduced.visit
        first = np.flatnonzero(np.diff(visit, prepend=-1))
        accuracy = one.reduced.evidence.accuracy
        columns["visits"] += (visit + len(columns["cells"]) + 1).tolist()
        columns["shift_ids"] += [one.shift_id] * len(first)
        columns["member_ids"] += [one.member_id] * len(first)
        columns["cells"] += one.cell_ids[stays.cell[first]].tolist()
        columns["fixes"] += one.reduced.evidence.fixes.tolist()
        columns["accuracies"] += [None if a != a else a for a in accuracy.tolist()]  # noqa: PLR0124 - NaN
        columns["begins"] += one.at(stays.enter).tolist()
        columns["ends"] += one.at(stays.leave).tolist()
        columns["inferred"] += stays.inferred.tolist()
        columns["shared"] += stays.shared.tolist()
    return columns


def _gaps(done: Sequence[Done]) -> Columns:
    columns: Columns = {name: [] for name in ("shift_ids", "member_ids", "begins", "ends", "cells")}
    for one in done:
        gaps = one.reduced.gaps
        columns["shift_ids"] += [one.shift_id] * len(gaps)
        columns["member_ids"] += [one.member_id] * len(gaps)
        columns["begins"] += one.at(np.array([gap.start for gap in gaps])).tolist()
        columns["ends"] += one.at(np.array([gap.end for gap in gaps])).tolist()
        columns["cells"] += ["{" + ",".join(map(str, one.cell_ids[gap.cells].tolist())) + "}" for gap in gaps]
    return columns


def _shifts(done: Sequence[Done]) -> Columns:
    columns: Columns = {
        "shift_ids": [one.shift_id for one in done],
        "edition_ids": [one.edition_id for one in done],
        "fixes": [len(one.moments) for one in done],
        "dropped": [json.dumps(one.reduced.cleaned.counts()) for one in done],
        "without_accuracy": [one.reduced.cleaned.without_accuracy for one in done],
        "shifts": [], "begins": [], "ends": [], "inferred": [],
    }  # fmt: skip
    for number, one in enumerate(done, 1):
        begins, ends, inferred = one.reduced.track.stretches()
        columns["shifts"] += [number] * len(begins)
        columns["begins"] += one.at(begins).tolist()
        columns["ends"] += one.at(ends).tolist()
        columns["inferred"] += inferred.tolist()
    return columns
