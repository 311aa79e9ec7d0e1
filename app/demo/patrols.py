"""A day of the 12-person environment inspection team (环境整治巡逻队) of Yonganli East, synthetic and seeded.

Two shifts of six have six beats between them. A member makes three rounds a shift and stands between them, putting
right what was found: about 1.5 km/h over the whole shift. Phones give noisy fixes with drop-outs and gaps. One member is
on leave and the outermost corners are passed over, so that patrolled, missed and unknown can all be seen. Gaps are kept
short: on ground this small, walkable end to end in eight minutes, a long one would leave every cell unknown. Posts instead
of names; nobody walked here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

import numpy as np
import shapely

from app.patrol.simulation import Observed, Path, observe, walk
from app.teams.levels.levels import Level

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    Shapes = NDArray[np.object_]

TEAM = "yonganli-east"
TEAM_NAME = "永安里东社区环境整治巡逻队（示例）"
MEMBERS = 12
BEATS = 6
SHIFTS = ((time(7, 30), time(14, 30)), (time(14, 0), time(21, 0)))  # members 1-6, members 7-12
ON_LEAVE = 9  # this member has no shift today
PASSED_OVER = 0.15  # of the cells, the outermost: nobody goes there
ROUNDS = 3
ROUND_S = (2700.0, 3300.0)  # walking
SPEED = 1.2  # m/s between stops
STOP_S = 12.0  # mean stop in a cell on a round
GAPS, GAP_S = 1, (60.0, 180.0)
LEVELS = (Level(1, "严格管控（示意）", 2), Level(2, "一般（示意）", 1))
FOUND_A_DAY = 40.0  # reports of the team itself: 0.5 an hour on duty (Kunming: 1.3, on far larger ground)


@dataclass(frozen=True, slots=True)
class Duty:
    """A member's day: the beat (indices of cells), the shift, and the fixes of the phone in metres and epoch seconds."""

    member: str
    name: str
    beat: NDArray[np.int64]
    start: datetime | None  # None for a day of leave
    end: datetime | None
    fixes: Observed | None


def level_of(place: int) -> int:
    """Return the management level of a cell by its place in order of code: every fourth is strict."""
    return 1 if place % 4 == 0 else 2


def beats(cells: Shapes) -> list[NDArray[np.int64]]:
    """Divide cells among the beats: strips from west to east, every other one backwards, cut into equal lengths."""
    middle = shapely.get_coordinates(shapely.centroid(cells))
    column = np.floor(middle[:, 0] / 100.0).astype(np.int64)
    northward = np.where(column % 2 == 0, middle[:, 1], -middle[:, 1])
    return [np.sort(part) for part in np.array_split(np.lexsort((northward, column)), BEATS)]


def a_day(day: date, zone: ZoneInfo, cells: Shapes, seed: int) -> list[Duty]:
    """Return the day of all twelve members.

    Args:
        day: The local day.
        zone: The city's time zone.
        cells: The community's cells, polygons in metres, in order of code.
        seed: Of the generator.
    """
    ground = beats(cells)
    walked = ~outermost(cells)
    duties = []
    for number in range(1, MEMBERS + 1):
        member, name = f"ya-{number:02d}", f"巡逻队员 {number:02d}"
        beat = ground[(number - 1) % BEATS]
        if number == ON_LEAVE:
            duties.append(Duty(member, name, beat, None, None, None))
            continue
        start, end = (datetime.combine(day, at, zone) for at in SHIFTS[(number - 1) // BEATS])
        on_the_way = beat[walked[beat]] if walked[beat].any() else beat
        rng = np.random.default_rng((seed, day.toordinal(), number))
        path = _shift(
            cells[on_the_way], start.timestamp(), end.timestamp() - 1.0, rng
        )  # a shift's end isn't in it
        fixes = observe(path, rng, noise="correlated", gaps=GAPS, gap=GAP_S)
        duties.append(Duty(member, name, beat, start, end, fixes))
    return duties


def outermost(cells: Shapes) -> NDArray[np.bool_]:
    """Return which cells lie farthest from the middle of the ground: `PASSED_OVER` of them."""
    middle = shapely.get_coordinates(shapely.centroid(cells))
    away = np.hypot(*(middle - middle.mean(axis=0)).T)
    found: NDArray[np.bool_] = away > np.quantile(away, 1 - PASSED_OVER)
    return found


def _shift(cells: Shapes, start: float, end: float, rng: np.random.Generator) -> Path:
    """Stand and walk in turns from the start of a shift to its end, standing in the middle of one of the cells."""
    rounds = rng.uniform(*ROUND_S, ROUNDS)
    stands = rng.dirichlet(np.full(ROUNDS + 1, 8.0)) * (end - start - rounds.sum())
    posts = shapely.get_coordinates(shapely.point_on_surface(rng.choice(cells, ROUNDS + 1)))
    xs, ys, ts = [posts[:1, 0]], [posts[:1, 1]], [np.array([start])]
    now = start
    for post, stand, length in zip(posts[1:], stands, rounds, strict=False):
        now += stand
        tour = walk(cells, rng, start=now, duration=length, speed=SPEED, pause=STOP_S)
        leave = now - np.hypot(tour.x[0] - xs[-1][-1], tour.y[0] - ys[-1][-1]) / SPEED
        now += length
        arrive = now + np.hypot(tour.x[-1] - post[0], tour.y[-1] - post[1]) / SPEED
        xs += [xs[-1][-1:], tour.x, post[:1]]
        ys += [ys[-1][-1:], tour.y, post[1:]]
        ts += [np.array([leave]), tour.t, np.array([arrive])]
    return Path(
        np.concatenate([*xs, xs[-1]]), np.concatenate([*ys, ys[-1]]), np.concatenate([*ts, np.array([end])])
    )
