"""A day of incidents over the district (一天的问题上报), synthetic and seeded.

How many: Chaoyang handles some 1.29 million cases a year, about 80 a day per street. Where: every community has its own
rate and its own hot spots, whose weights have a heavy tail and which stay from day to day. When: mostly 07-22. What:
event and component codes of the national style with plausible shares of our own. Nothing here happened.
"""

from __future__ import annotations

from datetime import datetime, time
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import shapely

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

CASES_A_YEAR = 1_290_000
COMMUNITIES = 768
VILLAGE_SHARE = 0.8  # of a residents' community's rate
RATE_SPREAD = 0.5  # sigma of the communities' lognormal rates
IN_HOT_SPOTS = 0.6
SPOT_M = 35.0  # spread of a hot spot, metres per axis
SAME_PLACE = 0.03  # reported from exactly the place of an earlier report
NO_ACCURACY = 0.05
COARSE = 0.01  # placed by network, 100-300 m
HOURS = (2, 1, 1, 1, 1, 3, 10, 45, 85, 100, 95, 75, 55, 65, 85, 90, 80, 65, 55, 50, 40, 25, 10, 4)

# Subclass codes of the national style, by scheme; shares in per cent are ours.
KINDS = (
    ("event:0101", "私搭乱建", 1.0),
    ("event:0102", "暴露垃圾", 14.0),
    ("event:0103", "积存垃圾渣土", 9.0),
    ("event:0104", "道路不洁", 9.0),
    ("event:0106", "绿地脏乱", 4.0),
    ("event:0107", "废弃车辆", 1.0),
    ("event:0108", "废弃家具设备", 3.0),
    ("event:0109", "非装饰性树挂", 2.0),
    ("event:0110", "道路破损", 3.0),
    ("event:0112", "道路遗撒", 2.0),
    ("event:0201", "非法小广告", 13.0),
    ("event:0202", "违规悬挂牌匾", 2.0),
    ("event:0203", "占道广告牌", 4.0),
    ("event:0301", "施工扰民", 1.5),
    ("event:0302", "工地扬尘", 1.0),
    ("event:0404", "污水管堵塞", 0.8),
    ("event:0406", "道路积水", 0.7),
    ("event:0501", "无照经营游商", 5.0),
    ("event:0504", "店外经营", 5.0),
    ("event:0505", "机动车乱停放", 4.0),
    ("event:0506", "非机动车乱停放", 6.0),
    ("event:0507", "乱堆物堆料", 4.0),
    ("event:0511", "沿街晾挂", 1.5),
    ("component:0102", "污水井盖", 0.6),
    ("component:0118", "路灯", 0.7),
    ("component:0211", "护栏", 0.6),
    ("component:0305", "果皮箱", 0.8),
    ("component:0402", "行道树", 0.8),
)


def a_day(
    day: date,
    zone: ZoneInfo,
    codes: Sequence[str],
    polygons: NDArray[np.object_],
    villages: NDArray[np.bool_],
    *,
    seed: int,
    found: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Return one day's incidents of some communities, by time.

    A community's incidents depend on nothing but the seed, the day, its code and its polygon.

    Args:
        day: The local day.
        zone: The city's time zone.
        codes: Codes of the communities, decimal.
        polygons: Their polygons, metres.
        villages: Which of them are villages.
        seed: Of the generator.
        found: By code, how many more a patrol team of the community's own finds on a day, on average.

    Returns:
        Columns id, reported_at (datetime with zone), x, y (metres), accuracy_m (NaN where the phone gave none),
        category, description.
    """
    shapely.prepare(polygons)
    rows = [
        _community(
            int(code),
            polygon,
            VILLAGE_SHARE if village else 1.0,
            day,
            seed=seed,
            found=(found or {}).get(code, 0.0),
        )
        for code, polygon, village in zip(codes, polygons, villages, strict=True)
    ]
    table = pd.concat(rows, ignore_index=True).sort_values(["second", "x", "y"], ignore_index=True)
    midnight = datetime.combine(day, time(), zone)
    table.insert(0, "id", [f"synthetic-{day:%Y%m%d}-{n:05d}" for n in range(1, len(table) + 1)])
    table.insert(1, "reported_at", pd.Timestamp(midnight) + pd.to_timedelta(table.pop("second"), unit="s"))
    return table


def _community(
    code: int, polygon: shapely.Polygon, share: float, day: date, *, seed: int, found: float
) -> pd.DataFrame:
    lasting = np.random.default_rng((seed, code))
    rate = CASES_A_YEAR / 365 / COMMUNITIES * lasting.lognormal(-(RATE_SPREAD**2) / 2, RATE_SPREAD)
    count_of_spots = 1 + lasting.poisson(2 + 4 * polygon.area / 1e6)
    spots = _anywhere(polygon, count_of_spots, lasting)
    weight = lasting.pareto(1.2, count_of_spots) + 0.05

    today = np.random.default_rng((seed, code, day.toordinal()))
    n = int(today.poisson(rate * share + found))
    place = _anywhere(polygon, n, today)
    spot = spots[today.choice(count_of_spots, n, p=weight / weight.sum())] + today.normal(0, SPOT_M, (n, 2))
    at_spot = (today.random(n) < IN_HOT_SPOTS) & shapely.contains_xy(polygon, spot[:, 0], spot[:, 1])
    place = np.where(at_spot[:, None], spot, place)

    accuracy = 8.0 * today.lognormal(0.0, 0.45, n)
    coarse = today.random(n) < COARSE
    accuracy[coarse] = today.uniform(100.0, 300.0, int(coarse.sum()))
    place += today.normal(0.0, 1.0, (n, 2)) * (accuracy / 1.515)[:, None]  # stated: radius of 68 %
    accuracy[today.random(n) < NO_ACCURACY] = np.nan
    same = np.flatnonzero(today.random(n) < SAME_PLACE)
    same = same[same > 0]
    place[same] = place[same - 1]

    kind = today.choice(len(KINDS), n, p=np.array([each for _, _, each in KINDS]) / 100)
    hour = today.choice(24, n, p=np.array(HOURS) / sum(HOURS))
    return pd.DataFrame(
        {
            "second": hour * 3600 + today.integers(0, 3600, n),
            "x": place[:, 0],
            "y": place[:, 1],
            "accuracy_m": accuracy,
            "category": np.array([each for each, _, _ in KINDS], dtype=object)[kind],
            "description": np.array([f"{name}（示例）" for _, name, _ in KINDS], dtype=object)[kind],
        }
    )


def _anywhere(polygon: shapely.Polygon, count: int, rng: np.random.Generator) -> Floats:
    """Return `count` places anywhere in a polygon, (count, 2) metres."""
    west, south, east, north = polygon.bounds
    found = np.empty((0, 2))
    while len(found) < count:
        tried = rng.uniform((west, south), (east, north), (4 * count, 2))
        found = np.vstack([found, tried[shapely.contains_xy(polygon, tried[:, 0], tried[:, 1])]])
    return found[:count]
