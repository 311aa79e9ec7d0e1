"""Why a member could take a case, in Chinese and English (派单理由). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.patrol.dispatch.weighing import Load

ORDER = (
    "按预计到达本案件的时间先后排列，只供本案派单参考，不是对人员的评价；由派遣员决定。",
    "In order of arrival at this case; it is for this case only and says nothing of people. The dispatcher decides.",
)
BASES = {
    "fix": ("按最近的定位推算", "by the latest position on record"),
    "tour": ("按巡查路线的进度推算", "by how far the tour should be"),
    "beat": ("按责任区中心推算", "from the middle of the beat"),
}
SHOWN = 3


def reasons(
    minutes: float, basis: str, how: str, load: Load, *, own: bool, paused: bool, late: bool, handled: bool
) -> tuple[list[str], list[str]]:
    """Say when a member arrives and by what, what is before them, and what stands against it."""
    way = ("沿道路", "along streets") if how == "streets" else ("直线折算", "straight with a detour")
    zh = [f"约 {minutes:.0f} 分钟到达（{BASES[basis][0]}，{way[0]}）"]
    en = [f"arrives in about {minutes:.0f} min ({BASES[basis][1]}, {way[1]})"]
    if own:
        zh.append("案件在其责任区内")
        en.append("the case lies in their beat")
    zh.append(f"本班尚余 {load.stops} 个停留点，其中必到 {load.musts} 个")
    en.append(f"{load.stops} stops left in this shift, {load.musts} of them musts")
    if load.unvisited:
        named = "、".join(load.unvisited[:SHOWN])
        more = len(load.unvisited) - SHOWN
        zh.append(f"前往后约有 {len(load.unvisited)} 个网格本班巡不到：{named}" + ("等" if more > 0 else ""))
        en.append(
            f"about {len(load.unvisited)} cells would stay unvisited: {', '.join(load.unvisited[:SHOWN])}"
            + (" ..." if more > 0 else "")
        )
    elif load.stops:
        zh.append("余下的停留点仍可走完")
        en.append("the stops that are left can still be made")
    if load.over_s > 0 and load.musts:
        zh.append(f"必到点将超出班次约 {load.over_s / 60:.0f} 分钟")
        en.append(f"the musts would overrun the shift by about {load.over_s / 60:.0f} min")
    for is_so, chinese, english in (
        (paused, "正在休息", "is pausing now"),
        (late, "到达前班次已结束", "the shift ends before the arrival"),
        (handled, "本案由其处置，不能由其核查", "handled this case, so cannot check it"),
    ):
        if is_so:
            zh.append(chinese)
            en.append(english)
    return zh, en
