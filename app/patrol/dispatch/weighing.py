"""What sending a member to a case would cost (派单影响): when they arrive, and what they could no longer visit. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.patrol.tours.tour import BREAK, PRIZE

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from app.patrol.tours.tour import Stop
    from app.patrol.walking import Walking

Point = tuple[float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a member still has before them.

    Attributes:
        stops: Stops left, breaks not counted.
        musts: Must-visits among them.
        spare_s: Seconds of the shift that nothing is planned for.
        unvisited: Codes of the stops that would have to be left out, the least worth first.
        over_s: Seconds by which even the musts would overrun the shift.
    """

    stops: int
    musts: int
    spare_s: float
    unvisited: tuple[str, ...]
    over_s: float


def weighed(  # noqa: PLR0917
    rest: Sequence[Stop],
    places: Sequence[Point],
    here: Point,
    finish: Point,
    case: Point,
    case_s: float,
    now: datetime,
    end: datetime,
    walking: Walking,
) -> Load:
    """Return what is left for a member, and what a case in between would push out.

    Args:
        rest: Stops still before the member, in order.
        places: Where they are, metres.
        here: Where the member is taken to be.
        finish: Where the tour ends.
        case: Where the case is.
        case_s: Seconds it takes there.
        now: Now.
        end: When the shift ends.
        walking: How ways are walked.
    """
    stops = [stop for stop in rest if stop.kind != BREAK]
    spots = [place for stop, place in zip(rest, places, strict=True) if stop.kind != BREAK]
    stay = np.array([stop.stay_s for stop in stops])
    rests = sum(stop.stay_s for stop in rest if stop.kind == BREAK)
    line = np.array([here, *spots, finish, case])
    seconds = walking.seconds(line[:, 0], line[:, 1])
    n = len(stops)
    budget = (end - now).total_seconds() - rests
    spare = budget - _used(seconds, stay, list(range(1, n + 1)), 0, n + 1)
    to_case = float(seconds[0, n + 2]) + case_s
    kept = list(range(1, n + 1))
    out: list[str] = []
    over = to_case + _used(seconds, stay, kept, n + 2, n + 1) - budget
    least = sorted((at for at in kept if stops[at - 1].kind == PRIZE), key=lambda at: stops[at - 1].worth)
    for at in least:
        if over <= 0:
            break
        kept.remove(at)
        out.append(stops[at - 1].code)
        over = to_case + _used(seconds, stay, kept, n + 2, n + 1) - budget
    musts = sum(stop.kind != PRIZE for stop in stops)
    return Load(stops=n, musts=musts, spare_s=spare, unvisited=tuple(out), over_s=max(over, 0.0))


def _used(seconds: np.ndarray, stay: np.ndarray, order: Sequence[int], start: int, finish: int) -> float:
    nodes = np.array([start, *order, finish])
    return float(seconds[nodes[:-1], nodes[1:]].sum()) + float(stay[np.array(order, int) - 1].sum())
