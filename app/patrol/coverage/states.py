"""Coverage (巡查覆盖率): which cells were patrolled, which can't be told, which were missed; as an interval.

With dwell d(c, m, W) of member m in cell c during window W, and P and U as sets of cells (patrol.md section 7):

    patrolled(c, W)  iff  sum over m of d(c, m, W) >= tau + slack, or somebody left a presence there (现场记录)
    unknown(c, W)    iff  not patrolled, and reachable for some member in a gap, or the sum >= tau - slack
    coverage in [ |P| / N, (|P| + |U|) / N ],   demand-weighted: sums of w_c in place of counts

The slack is how well a dwell is known: a cell whose time lies about the threshold is neither patrolled nor missed
(decision 15). A team is the union of its members, never a sum of their coverages. Nobody is ranked here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.patrol.rules import Rules

NOT_OWED, PATROLLED, UNKNOWN, MISSED = 0, 1, 2, 3


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of a ground was covered.

    Attributes:
        cells: Cells owed; for windows, pairs of cell and slot.
        patrolled: Of them patrolled.
        unknown: Of them unknown.
        demand: Weight of the cells owed.
        demand_patrolled: Weight of the patrolled ones.
        demand_unknown: Weight of the unknown ones.
    """

    cells: int
    patrolled: int
    unknown: int
    demand: float
    demand_patrolled: float
    demand_unknown: float

    @property
    def missed(self) -> int:
        """Cells neither patrolled nor unknown."""
        return self.cells - self.patrolled - self.unknown

    @property
    def interval(self) -> tuple[float, float] | None:
        """Lowest and highest share by count; None where nothing is owed."""
        return _interval(self.patrolled, self.unknown, self.cells)

    @property
    def demand_interval(self) -> tuple[float, float] | None:
        """Lowest and highest share by demand; None where there is no demand."""
        return _interval(self.demand_patrolled, self.demand_unknown, self.demand)

    def __add__(self, other: Coverage) -> Coverage:
        """Join the counts of two windows."""
        return Coverage(
            self.cells + other.cells,
            self.patrolled + other.patrolled,
            self.unknown + other.unknown,
            self.demand + other.demand,
            self.demand_patrolled + other.demand_patrolled,
            self.demand_unknown + other.demand_unknown,
        )

    def to_dict(self) -> dict[str, Any]:
        """Return counts and both intervals, ready for JSON."""
        return {
            "cells": self.cells,
            "patrolled": self.patrolled,
            "unknown": self.unknown,
            "missed": self.missed,
            "interval": self.interval,
            "demand": self.demand,
            "demand_interval": self.demand_interval,
        }


NOTHING = Coverage(0, 0, 0, 0.0, 0.0, 0.0)


def judge(
    dwell: NDArray[np.float64],
    reachable: NDArray[np.bool_],
    owed: NDArray[np.bool_],
    rules: Rules,
    present: NDArray[np.bool_] | None = None,
) -> NDArray[np.int8]:
    """Return each cell's state: NOT_OWED, PATROLLED, UNKNOWN or MISSED.

    Args:
        dwell: Seconds per cell and window, summed over the members that count; any shape.
        reachable: Some member could have patrolled it in a gap; same shape.
        owed: The cell is owed; same shape, or one that broadcasts.
        rules: What dwell makes a cell patrolled, and how well it is known.
        present: Somebody reported, handled or checked something there; same shape as `dwell`. None: nobody.
    """
    enough = dwell >= rules.enough_s
    if present is not None:
        enough |= present
    state = np.where(enough, PATROLLED, np.where(reachable | close(dwell, rules), UNKNOWN, MISSED))
    return np.where(owed, state, NOT_OWED).astype(np.int8)


def close(dwell: NDArray[np.float64], rules: Rules) -> NDArray[np.bool_]:
    """Return where a dwell lies too close to the threshold to tell on which side of it."""
    return (dwell >= rules.doubtful_s) & (dwell < rules.enough_s)


def measure(state: NDArray[np.int8], demand: NDArray[np.float64]) -> Coverage:
    """Count the states of one window's cells, plainly and by demand (weight per cell)."""
    patrolled, unknown, owed = state == PATROLLED, state == UNKNOWN, state != NOT_OWED
    return Coverage(
        cells=int(owed.sum()),
        patrolled=int(patrolled.sum()),
        unknown=int(unknown.sum()),
        demand=float(demand[owed].sum()),
        demand_patrolled=float(demand[patrolled].sum()),
        demand_unknown=float(demand[unknown].sum()),
    )


def _interval(patrolled: float, unknown: float, whole: float) -> tuple[float, float] | None:
    return (patrolled / whole, (patrolled + unknown) / whole) if whole > 0 else None
