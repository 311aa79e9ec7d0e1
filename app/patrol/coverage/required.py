"""Required visits (应巡次数): what each management level owes in each shift of the day, and whether it was met. Pure.

Shifts of members who are on duty together are one shift of the day: those that overlap by more than half of the shorter
one. A pair of cell and shift is *met* when there were as many visits as the level owes, *open* while the shift lasts,
*unknown* when the visits that are missing could have been made in gaps, else *unmet*.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from numpy.typing import NDArray

    Span = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelReport:
    """Pairs of cell and shift of one management level, by what became of them."""

    level: int
    name: str
    visits: int
    cells: int
    slots: int
    met: int
    unmet: int
    unknown: int
    open: int

    def to_dict(self) -> dict[str, Any]:
        """Return the counts ready for JSON."""
        return {name: getattr(self, name) for name in self.__slots__}


def shifts_of_the_day(spans: Iterable[Span]) -> list[Span]:
    """Return the shifts of the day that members' shifts make up, in order of time."""
    found: list[Span] = []
    for start, end in sorted(spans):
        for k, (begun, ended) in enumerate(found):
            together = min(end, ended) - max(start, begun)
            if together > min(end - start, ended - begun) / 2:
                found[k] = min(start, begun), max(end, ended)
                break
        else:
            found.append((start, end))
    return sorted(found)


def counted(
    cell: NDArray[np.int32], at: NDArray[np.float64], slots: Sequence[tuple[float, float]], cells: int
) -> NDArray[np.int64]:
    """Return how many visits began in each slot, (slots, cells); moments and slots in seconds."""
    return np.array(
        [np.bincount(cell[(at >= start) & (at < end)], minlength=cells) for start, end in slots], np.int64
    ).reshape(len(slots), cells)


def judged(
    visits: NDArray[np.int64],
    possible: NDArray[np.int64],
    owed: NDArray[np.int64],
    lasting: NDArray[np.bool_],
) -> dict[str, NDArray[np.bool_]]:
    """Return what became of each pair of shift and cell, (shifts, cells); what owes nothing is none of it.

    Args:
        visits: Made, (shifts, cells).
        possible: Gaps in which one more could have been made, (shifts, cells).
        owed: Visits owed in each shift, (cells,).
        lasting: The shift isn't over at the period's end, (shifts,).
    """
    due = np.broadcast_to(owed > 0, visits.shape)
    met = due & (visits >= owed)
    still = due & ~met & lasting[:, None]
    unknown = due & ~met & ~still & (visits + possible >= owed)
    return {"met": met, "open": still, "unknown": unknown, "unmet": due & ~met & ~still & ~unknown}


def with_presences(
    visits: tuple[NDArray[np.int32], NDArray[np.float64], NDArray[np.float64]],
    presences: NDArray[np.float64],
    join_s: float,
) -> tuple[NDArray[np.int32], NDArray[np.float64]]:
    """Return cells and beginnings of visits, presences among them that belong to no visit of their cell.

    Args:
        visits: Cell, begin and end (seconds) of each.
        presences: Cell, member and seconds of each, (n, 3).
        join_s: Presence interrupted for less than this is one visit.
    """
    cell, began, ended = visits
    by_cell = np.argsort(cell, kind="stable")
    where_visited, since, until = cell[by_cell], began[by_cell] - join_s, ended[by_cell] + join_s
    order = np.lexsort((presences[:, 2], presences[:, 0]))
    alone: list[tuple[int, float]] = []
    last: dict[int, float] = {}
    for where, _, at in presences[order].tolist():
        mine = slice(*np.searchsorted(where_visited, (where, where + 1)))
        within = (since[mine] < at) & (at < until[mine])
        if not within.any() and at - last.get(int(where), -np.inf) >= join_s:
            alone.append((int(where), at))
        last[int(where)] = at
    cells = np.array([one for one, _ in alone], np.int32)
    return np.concatenate((cell, cells)), np.concatenate((began, [at for _, at in alone]))
