"""One member's tour of one shift, worked out (单人路线编排): from what could be visited to stops with times. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from app.patrol.tours import telling
from app.patrol.tours.choosing import choose
from app.patrol.tours.tour import BREAK, Stop

if TYPE_CHECKING:
    from datetime import datetime

    from app.geo.crs import Metric
    from app.patrol.tours.settings import Settings
    from app.patrol.walking import Walking

Point = tuple[float, float]
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What could be visited.

    Attributes:
        x: Metres east; so `y` north.
        stay_s: Seconds there.
        prize: What a visit is worth.
        must: It is to be visited whatever else is left out.
    """

    cell_id: int | None
    number: int | None
    code: str
    x: float
    y: float
    kind: str
    stay_s: float
    prize: float
    must: bool
    reason: tuple[str, str]
    case: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One member's shift, or what is left of it."""

    sites: list[Site]
    begin: datetime
    end: datetime
    start: Point
    finish: Point
    walking: Walking
    settings: Settings
    break_at: datetime | None = None
    first: Site | None = None


@dataclass(frozen=True, slots=True)
class Worked:
    """Stops in order, and what they came to."""

    stops: tuple[Stop, ...]
    figures: dict[str, Any] = field(default_factory=dict)


def prizes(reports: np.ndarray, hours: np.ndarray, settings: Settings) -> np.ndarray:
    """Return what a visit of each cell is worth: lambda (1 - exp(-I / theta)); NaN hours for never.

    Args:
        reports: Incidents of `settings.demand_days`, (n,).
        hours: Since the last visit, (n,).
        settings: See there.
    """
    a_day = (np.asarray(reports, np.float64) + settings.unreported) / settings.demand_days
    since = np.where(np.isnan(hours), np.inf, np.maximum(hours, 0.0))
    worth: np.ndarray = a_day * -np.expm1(-since / settings.theta_h)
    return worth


def worked_out(day: Day, metric: Metric) -> Worked:
    """Choose, order and time the stops of a day."""
    begin, start = day.begin, day.start
    stops: list[Stop] = []
    walked = 0.0
    if day.first is not None:
        there = day.walking.seconds_between(*start, day.first.x, day.first.y)[0]
        walked += float(there)
        arrive = begin + timedelta(seconds=float(there))
        stops.append(_stop(day.first, arrive, metric))
        begin, start = arrive + timedelta(seconds=day.first.stay_s), (day.first.x, day.first.y)
    breaks = day.settings.break_s if day.break_at is not None else 0.0
    budget = max((day.end - begin).total_seconds() - breaks, 0.0)
    sites = day.sites
    x = np.array([*(one.x for one in sites), start[0], day.finish[0]])
    y = np.array([*(one.y for one in sites), start[1], day.finish[1]])
    walk = day.walking.seconds(x, y)
    stay, prize = np.array([one.stay_s for one in sites]), np.array([one.prize for one in sites])
    must = np.array([one.must for one in sites], bool)
    chosen = choose(walk, stay, prize, [budget], must)
    order = chosen.tours[0]
    rest, more = _timed(day, begin, order.tolist(), walk, metric)
    left = [_left(sites[at], walk, at, budget, len(sites)) for at in chosen.left.tolist()]
    moving = walked + more
    end = begin + timedelta(seconds=breaks + float(chosen.used_s[0]))
    spare = (day.end - end).total_seconds()
    return Worked(
        tuple(stops + rest),
        {
            "stops": len(order) + len(stops),
            "musts": int(must.sum()),
            "musts_kept": int(must[order].sum()),
            "walk_minutes": round(moving / 60.0, 1),
            "metres": round(moving * day.walking.speed),
            "spare_minutes": round(max(spare, 0.0) / 60.0, 1),
            "over_minutes": round(max(-spare, 0.0) / 60.0, 1),
            "prize_share": round(float(prize[order].sum() / prize.sum()), 4) if prize.sum() > 0 else 1.0,
            "left": left,
        },
    )


def _timed(
    day: Day, begin: datetime, order: list[int], walk: np.ndarray, metric: Metric
) -> tuple[list[Stop], float]:
    """Return stops with their times, the break among them, and the seconds walked, back to the end included."""
    n = len(day.sites)
    clock, node, walked = begin, n, 0.0
    stops: list[Stop] = []
    rested = day.break_at is None
    for at in order:
        if not rested and day.break_at is not None and clock >= day.break_at:
            stops.append(_break(day, clock, node, metric))
            clock += timedelta(seconds=day.settings.break_s)
            rested = True
        walked += float(walk[node, at])
        clock += timedelta(seconds=float(walk[node, at]))
        stops.append(_stop(day.sites[at], clock, metric))
        clock += timedelta(seconds=day.sites[at].stay_s)
        node = at
    if not rested and day.break_at is not None:
        stops.append(_break(day, max(clock, day.break_at), node, metric))
    return stops, walked + float(walk[node, n + 1])


def _stop(site: Site, arrive: datetime, metric: Metric) -> Stop:
    lon, lat = metric.to_lonlat(site.x, site.y)
    return Stop(
        cell_id=site.cell_id, number=site.number, code=site.code, kind=site.kind,
        arrive=arrive.replace(microsecond=0), stay_s=site.stay_s, reason_zh=site.reason[0],
        reason_en=site.reason[1], worth=round(site.prize, 6), case=site.case,
        x=round(float(lon), 6), y=round(float(lat), 6),
    )  # fmt: skip


def _break(day: Day, at: datetime, node: int, metric: Metric) -> Stop:
    n = len(day.sites)
    x, y = (day.sites[node].x, day.sites[node].y) if node < n else day.start
    lon, lat = metric.to_lonlat(x, y)
    return Stop(
        cell_id=None, number=None, code="", kind=BREAK, arrive=at.replace(microsecond=0),
        stay_s=day.settings.break_s, reason_zh=telling.BREAK[0], reason_en=telling.BREAK[1],
        x=round(float(lon), 6), y=round(float(lat), 6),
    )  # fmt: skip


def _left(site: Site, walk: np.ndarray, at: int, budget: float, n: int) -> dict[str, str]:
    alone = float(walk[n, at] + site.stay_s + walk[at, n + 1])
    if alone > budget:
        zh = f"仅往返即需 {alone / 60:.0f} 分钟，可用 {budget / 60:.0f} 分钟"
        en = f"going there alone takes {alone / 60:.0f} of {budget / 60:.0f} minutes"
    else:
        zh, en = (
            "与其他必到点合计超出班次时长",
            "together with the other musts it is more than the shift holds",
        )
    return {
        "code": site.code,
        "case": site.case or "",
        "reason_zh": site.reason[0],
        "reason_en": site.reason[1],
        "why_zh": zh,
        "why_en": en,
    }
