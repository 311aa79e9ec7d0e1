"""A phone's clock against ours (手机时钟校正). Pure.

What a phone sends says when it was sent by the phone's clock; ours says when it came. The difference, less the way
through the network, is how far the phone is off. The way is a second or two, so what is smaller is no error of a clock;
and a measure that agrees with the one that holds changes nothing, so that what is sent again gets the same times.
A weak network or a busy server takes longer, and that always makes the phone seem slower than it is, never faster: a
request that is late by less than a minute is just late, or what is sent again for want of its answer would be there twice.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

SMALL_S = 2.0
AGREES_S = 15.0
LATE_S = 60.0
SET_BACK = (
    "手机时间在此期间被调回，此操作按发送时间记录。",
    "The phone's clock was set back since; this counts from when it was sent.",
)


def offset_s(
    sent_at: datetime, came_at: datetime, held: float | None = None, *, lately: bool = True
) -> float:
    """Return the seconds to add to what the phone says.

    Args:
        sent_at: By the phone's clock.
        came_at: By ours.
        held: What this phone was corrected by last; None for a new one.
        lately: It was heard of within this shift; a clock that was set in between is measured anew.
    """
    measured = (came_at - sent_at).total_seconds()
    if held is not None and -AGREES_S <= measured - held <= (LATE_S if lately else AGREES_S):
        return held
    return 0.0 if abs(measured) <= SMALL_S else round(measured, 1)


def corrected(at: datetime, offset: float) -> datetime:
    """Return when something truly was."""
    return at + timedelta(seconds=offset)


def told(offset: float) -> tuple[str, str]:
    """Say in Chinese and English how far a phone's clock was off; empty where it was right."""
    if not offset:
        return "", ""
    seconds = abs(round(offset))
    zh, en = _length(seconds)
    if offset > 0:
        return (
            f"手机时间慢了{zh}，已按服务器时间校正。",
            f"The phone's clock is {en} slow; corrected by the server's.",
        )
    return (
        f"手机时间快了{zh}，已按服务器时间校正。",
        f"The phone's clock is {en} fast; corrected by the server's.",
    )


def _length(seconds: int) -> tuple[str, str]:
    if seconds < 120:
        return f"{seconds} 秒", f"{seconds} s"
    if seconds < 7200:
        return f"{round(seconds / 60)} 分钟", f"{round(seconds / 60)} min"
    if seconds < 172_800:
        return f"{round(seconds / 3600)} 小时", f"{round(seconds / 3600)} h"
    return f"{round(seconds / 86_400)} 天", f"{round(seconds / 86_400)} days"
