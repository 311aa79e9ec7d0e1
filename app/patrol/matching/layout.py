"""A ground's streets, ready for laying tracks on them: the streets, and whose sides they run along."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.patrol.matching.matcher import match

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from app.patrol.matching.sides import Sides
    from app.patrol.matching.streets import Streets
    from app.patrol.rules import Rules

    Floats = NDArray[np.float64]
    Kinds = NDArray[np.int8]
    Stays = tuple[NDArray[np.int32], Floats, Floats, NDArray[np.int64]]  # cell, enter, leave, segment


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Streets, and the cells along whose sides they run."""

    streets: Streets
    sides: Sides

    def lay(  # noqa: PLR0917
        self, x: Floats, y: Floats, t: Floats, joined: Kinds, sigma: Floats, rules: Rules
    ) -> tuple[Floats, Floats, Floats, Kinds, NDArray[np.bool_]]:
        """Return a track's moments laid on the streets; see `match`."""
        return match(self.streets, x, y, t, joined, sigma, rules)
