"""What phones send of their fixes (手机定位): judged one by one, so that one bad fix costs no good one. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from app.core.errors import BadInput
from app.patrol.intake.arrivals import Fixes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

MOST = 10_000
EARLIEST_US = 946_684_800 * 1_000_000  # 2000-01-01: no phone of ours is older
LATEST_MS = 1e15
PARTS = 5
MESSAGES = {
    "unreadable": "It must be [ms since 1970, lon, lat, accuracy in metres or null, 1 if made up else 0].",
    "bad-time": "It has no possible time.",
    "future": "It is from the future by the server's clock, after the correction of the phone's.",
    "swapped-axes": "Its latitude is beyond 90: longitude and latitude are swapped.",
    "zero-zero": "It is at 0, 0: the phone had no position.",
    "no-such-place": "It is nowhere on this map.",
    "off-shift": "It lies outside every shift: nothing is recorded off duty.",
    "paused": "It lies in a pause: nothing is recorded off duty.",
    "objected": "It lies in a stretch that you had deleted.",
    "withdrawn": "It is from while your consent was withdrawn.",
    "settled": "The raw track of this shift has been deleted in time; its visits stand.",
}
MESSAGES_ZH = {
    "unreadable": "格式无法识别。",
    "bad-time": "时间无效。",
    "future": "按服务器时间属于未来。",
    "swapped-axes": "经度和纬度颠倒。",
    "zero-zero": "位置为 0, 0：手机当时没有定位。",
    "no-such-place": "位置不在地图范围内。",
    "off-shift": "不在班次内，下班时间不记录。",
    "paused": "在暂停时间内，不记录。",
    "objected": "属于您已要求删除的一段。",
    "withdrawn": "属于您撤回同意的期间。",
    "settled": "该班原始轨迹已到期删除，到访记录不变。",
}
OFF_DUTY = ("off-shift", "paused")


class TooManyFixes(BadInput):
    """That is too many fixes in one request; nothing was stored."""

    zh = "单次请求的定位点过多，未保存任何内容。"


@dataclass(frozen=True, slots=True)
class Refused:
    """A fix that is not taken: its place in the request, from 0, and why."""

    index: int
    code: str

    @property
    def message(self) -> str:
        return MESSAGES[self.code]

    @property
    def message_zh(self) -> str:
        return MESSAGES_ZH[self.code]


@dataclass(frozen=True, slots=True)
class Batch:
    """Fixes of one phone that can be placed in time and on earth; `row` is the place in the request."""

    fixes: Fixes
    mock: NDArray[np.bool_]
    refused: list[Refused]


def check_count(count: int) -> None:
    """Refuse a request with more than `MOST` fixes.

    Raises:
        TooManyFixes: Says how to split it.
    """
    if count > MOST:
        raise TooManyFixes(
            f"It has {count:,} fixes; at most {MOST:,} are taken at once.",
            remedy=f"Send them in {math.ceil(count / MOST)} requests of at most {MOST:,}, oldest first.",
        )


def judged(items: Sequence[Any], *, member: str, device: str, offset_s: float, latest_us: int) -> Batch:
    """Return the fixes of a request that can be taken, corrected by the phone's clock, and why others can't.

    Args:
        items: Each [ms since 1970 by the phone's clock, lon, lat, accuracy in metres or null, made up 0 or 1].
        member: Whose they are.
        device: Which phone.
        offset_s: Seconds to add to the phone's times.
        latest_us: No fix is later; microseconds since 1970.
    """
    rows, refused = [], []
    for index, item in enumerate(items):
        read = _read(item, offset_s, latest_us)
        if isinstance(read, str):
            refused.append(Refused(index, read))
        else:
            rows.append((index, *read))
    table = np.array(rows, np.float64).reshape(-1, 1 + PARTS)
    at = np.array([row[1] for row in rows], np.int64)
    row, _, lon, lat, accuracy, mock = table.T
    fixes = Fixes(
        row=row.astype(np.int64),
        member=np.full(len(rows), member, object),
        device=np.full(len(rows), device, object),
        at=at,
        original_x=lon,
        original_y=lat,
        lon=lon,
        lat=lat,
        accuracy=accuracy,
    )
    return Batch(fixes, mock == 1, refused)


def _read(item: Any, offset_s: float, latest_us: int) -> tuple[int, float, float, float, float] | str:
    """Return a fix's time (microseconds), lon, lat, accuracy (NaN: none) and 1 if made up; or why it can't be taken."""
    if not isinstance(item, list) or not 3 <= len(item) <= PARTS or not all(map(_number, item[:3])):
        return "unreadable"
    ms, lon, lat = map(float, item[:3])
    stated = item[3] if len(item) > 3 else None
    mock = item[4] if len(item) > 4 else 0
    if (stated is not None and not _number(stated)) or mock not in (0, 1, None):
        return "unreadable"
    if not 0 <= ms < LATEST_MS:
        return "bad-time"
    at = round(ms * 1000) + round(offset_s * 1e6)
    trouble = _time(at, latest_us) or _place(lon, lat)
    if trouble:
        return trouble
    accuracy = float(stated) if stated is not None and math.isfinite(stated) and stated > 0 else math.nan
    return at, lon, lat, min(accuracy, 1e7), float(bool(mock))


def _time(at: int, latest_us: int) -> str:
    if at < EARLIEST_US:
        return "bad-time"
    return "future" if at > latest_us else ""


def _place(lon: float, lat: float) -> str:
    if not (math.isfinite(lon) and math.isfinite(lat)) or abs(lon) > 180:
        return "no-such-place"
    if abs(lat) > 90:
        return "swapped-axes" if abs(lon) <= 90 else "no-such-place"
    return "zero-zero" if lon == 0 and lat == 0 else ""


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
