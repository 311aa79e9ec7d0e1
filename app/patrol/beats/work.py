"""How long one round of a cell takes (巡查用时): walking through, looking, and handling what is found there. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.patrol.walking import DETOUR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.patrol.beats.settings import Settings


def minutes(
    areas_m2: NDArray[np.float64], reports: NDArray[np.int64], settings: Settings
) -> NDArray[np.float64]:
    """Return the minutes of work of one round of each cell.

    walk x detour / speed + look + (reports a round) x handle: a round enters a cell once and leaves it on the other side,
    so it walks about the side of a square of its size.

    Args:
        areas_m2: Size of the cells.
        reports: Incidents of `settings.demand_days` in them.
        settings: See there.
    """
    detour = DETOUR if settings.detour is None else settings.detour
    walk_s = np.sqrt(areas_m2) * detour / settings.speed_mps
    a_round = reports / settings.demand_days / settings.rounds_a_day
    return (walk_s + settings.look_s + a_round * settings.handle_s) / 60.0
