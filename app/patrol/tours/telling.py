"""Why a stop is on a tour, and why something isn't (停留理由), in Chinese and English. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime
    from zoneinfo import ZoneInfo

HIGH, LOW = 1.5, 0.5  # demand over the mean of the beat that is called high, and low
STAGES = {"handled": ("核查", "check of"), "accepted": ("核实", "verification of")}
Reason = tuple[str, str]


def of_case(number: str, stage: str, due: datetime | None, before: datetime) -> Reason:
    """Say what is to be done about a case."""
    zh, en = STAGES.get(stage, ("到期查看", "look at"))
    late = due is not None and due < before
    return (
        f"必到：{zh}案件 {number}" + ("，本班内到期" if late else ""),
        f"Must: {en} case {number}" + (", due within this shift" if late else ""),
    )


def of_urgent(number: str) -> Reason:
    """Say that a case came in between."""
    return f"紧急：案件 {number}，优先前往", f"Urgent: case {number}, go there first"


def of_owed(level: int, owed: int, seen: int) -> Reason:
    """Say what a management level owes."""
    return (
        f"必到：{level} 级网格，本班应巡 {owed} 次，已巡 {seen} 次",
        f"Must: level {level} cell, {owed} visits owed in this shift, {seen} made",
    )


def of_prize(hours: float | None, demand: float, mean: float) -> Reason:
    """Say how long a cell wasn't visited, and how much is reported there beside the mean cell of the beat."""
    since = (
        ("尚无巡查记录", "no visit on record")
        if hours is None
        else (f"距上次巡查 {hours:.1f} 小时", f"{hours:.1f} h since the last visit")
    )
    if mean > 0 and demand >= HIGH * mean:
        level = ("需求高", "high demand")
    elif demand <= LOW * mean:
        level = ("需求低", "low demand")
    else:
        level = ("需求中等", "medium demand")
    return f"{since[0]}，{level[0]}", f"{since[1]}, {level[1]}"


BREAK = ("休息", "Break")


def no_shift(member: str, day: str) -> Finding:
    """Say that a member isn't on duty."""
    return Finding(
        code="no-shift",
        where=f"member {member}",
        message=f"Has no shift on {day}, so there is no tour.",
        remedy="Enter the shift: gridward patrol team add TEAM --shifts FILE",
        severity="note",
        zh=f"队员 {member} 在 {day} 没有排班，未安排路线。请先录入班次。",
    )


def away(
    member: str, rest: Sequence[tuple[datetime, datetime]] = (), zone: ZoneInfo | None = None
) -> Finding:
    """Say that a member is away, and for which rest of the shift there is a tour all the same."""
    if rest:
        spans = [f"{start.astimezone(zone):%H:%M}–{end.astimezone(zone):%H:%M}" for start, end in rest]
        return Finding(
            code="partly-away",
            where=f"member {member}",
            message=f"Is away for part of the shift; there is a tour for {', '.join(spans)}.",
            severity="note",
            zh=f"队员 {member} 本班部分时间缺勤，路线只安排 {'、'.join(spans)}。",
        )
    return Finding(
        code="away",
        where=f"member {member}",
        message="Is away, so there is no tour.",
        severity="note",
        zh=f"队员 {member} 缺勤，未安排路线。",
    )


def no_beat(member: str) -> Finding:
    """Say that a member has no ground."""
    return Finding(
        code="no-beat",
        where=f"member {member}",
        message="Has no beat in this shift, so there is no tour.",
        remedy="Plan beats: gridward patrol beats --team TEAM",
        severity="warning",
        zh=f"队员 {member} 本班没有责任区，未安排路线。请先划分并发布责任区。",
    )


def left_out(member: str, musts: Sequence[dict[str, str]]) -> list[Finding]:
    """Name the must-visits that don't fit into a shift."""
    return [
        Finding(
            code="must-left",
            where=f"member {member}, cell {one['code']}",
            message=f"{one['reason_en']}: {one['why_en']}",
            remedy="Give it to a neighbour, or to the next shift.",
            severity="warning",
            zh=f"队员 {member}，网格 {one['code']}：{one['reason_zh']}；{one['why_zh']}。请交由邻近队员或下一班。",
        )
        for one in musts
    ]
