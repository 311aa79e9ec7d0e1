"""A day of the 12-person environment inspection team (环境整治巡逻队) of Yonganli East, synthetic and seeded.

Two shifts of six walk six beats, a break in the middle, at about 1.5 km/h over all. Phones give noisy fixes with
drop-outs and gaps. One member is on leave, one phone is off for a while, and some cells are passed over by both shifts:
so that patrolled, missed and unknown can all be seen. Posts instead of names; nobody walked here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time
from typing import TYPE_CHECKING

import numpy as np
import shapely

from app.patrol.simulation import Observed, Path, observe, walk

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    Shapes = NDArray[np.object_]

TEAM = "yonganli-east-patrol"
TEAM_NAME = "永安里东社区环境整治巡逻队（示例）"
MEMBERS = 12
BEATS = 6
SHIFTS = ((time(7, 30), time(14, 30)), (time(14, 0), time(21, 0)))  # members 1-6, members 7-12
BREAK_S = (2700.0, 3600.0)
ON_LEAVE = 9  # this member has no shift today
PHONE_OFF = 4  # this one's phone is off for a while ...
PHONE_OFF_S = 5400.0  # ... this long
PASSED_OVER = 0.06  # of the cells: nobody goes there
SPEED = 1.2  # m/s between stops
STOP_S = 150.0  # mean stop in a cell: looking, talking, putting right; with the walk about 1.5 km/h


@dataclass(frozen=True, slots=True)
class Duty:
    """A member's day: the beat (indices of cells), the shift, and the fixes of the phone in metres and epoch seconds."""

    member: str
    name: str
    beat: NDArray[np.int64]
    start: datetime | None  # None for a day of leave
    end: datetime | None
    fixes: Observed | None


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
    lasting = np.random.default_rng(seed)
    passed_over = lasting.random(len(cells)) < PASSED_OVER
    duties = []
    for number in range(1, MEMBERS + 1):
        member, name = f"{TEAM}-{number:02d}", f"巡逻队员 {number:02d}"
        beat = ground[(number - 1) % BEATS]
        if number == ON_LEAVE:
            duties.append(Duty(member, name, beat, None, None, None))
            continue
        start, end = (datetime.combine(day, at, zone) for at in SHIFTS[(number - 1) // BEATS])
        walked = cells[beat[~passed_over[beat]]]
        rng = np.random.default_rng((seed, day.toordinal(), number))
        path = _shift(walked if len(walked) else cells[beat], start.timestamp(), end.timestamp(), rng)
        fixes = observe(path, rng, noise="correlated", gaps=4, gap=(60.0, 900.0))
        if number == PHONE_OFF:
            fixes = _switched_off(fixes, rng)
        duties.append(Duty(member, name, beat, start, end, fixes))
    return duties


def _shift(cells: Shapes, start: float, end: float, rng: np.random.Generator) -> Path:
    """Walk, stand still for a break near the middle of the shift, walk again."""
    rest = rng.uniform(*BREAK_S)
    noon = start + (end - start) * rng.uniform(0.45, 0.55)
    before = walk(cells, rng, start=start, duration=noon - start, speed=SPEED, pause=STOP_S)
    after = walk(cells, rng, start=noon + rest, duration=end - noon - rest, speed=SPEED, pause=STOP_S)
    back = np.hypot(after.x[0] - before.x[-1], after.y[0] - before.y[-1]) / SPEED
    return Path(
        np.concatenate([before.x, before.x[-1:], after.x]),
        np.concatenate([before.y, before.y[-1:], after.y]),
        np.concatenate([before.t, [after.t[0] - back], after.t]),
    )


def _switched_off(fixes: Observed, rng: np.random.Generator) -> Observed:
    begin = rng.uniform(fixes.t[0] + 3600.0, fixes.t[-1] - PHONE_OFF_S - 3600.0)
    keep = (fixes.t <= begin) | (fixes.t >= begin + PHONE_OFF_S)
    return Observed(fixes.x[keep], fixes.y[keep], fixes.t[keep], fixes.accuracy[keep])
