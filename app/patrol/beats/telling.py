"""What a plan's reader must know of it, as findings in English and Chinese: parts joined, beats broken, empty, nobody's. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from app.patrol.beats.figures import Figures
    from app.patrol.beats.planning import Cut
    from app.teams.plans.plan import Absence, PlanBeat


NEAR = 0.01
"""How near to the least balance there is no plan could be better in a way that matters."""


def of_cut(cut: Cut, codes: Sequence[str]) -> list[Finding]:
    """Return what is to be said of how the ground was cut; `codes` of its cells."""
    found = [
        Finding(
            code="part-joined",
            where=f"cell {codes[part.cells[0]]}",
            message=f"{len(part.cells)} cells lie apart, too few for a beat of their own; they were joined to the "
            f"beat of cell {codes[part.to]}, {part.metres:.0f} m away.",
            remedy="Walk there over the nearest crossing, or plan this part for itself.",
            severity="note",
            zh=f"网格 {codes[part.cells[0]]} 一带：{len(part.cells)} 个网格与其余部分不相连，不足以单独成区，已并入相距"
            f" {part.metres:.0f} 米的网格 {codes[part.to]} 所在责任区。请由最近的通道步行前往，或将该片单独划分。",
        )
        for part in cut.joined
    ]
    if cut.parts - len(cut.joined) > 1:
        found.append(
            Finding(
                code="parts",
                where="ground",
                message=f"The ground is in {cut.parts} parts that don't touch; beats were shared out among them by work.",
                remedy="",
                severity="note",
                zh=f"范围由 {cut.parts} 片互不相连的区域组成，责任区已按工作量分配到各片。",
            )
        )
    return found


def of_beats(figures: Figures, beats: Sequence[PlanBeat], tolerance: float) -> list[Finding]:
    """Return what keeps a plan from being published (errors), and how even it is."""
    found = []
    for i, beat in enumerate(beats):
        where, zh = f"beat {beat.number}", f"责任区 {beat.number}"
        if not figures.cells[i]:
            said = f"{zh} 没有网格。请划入网格，或减少责任区数量。"
            found.append(
                _error("empty-beat", where, "It has no cell.", "Give it cells, or plan fewer beats.", said)
            )
        elif figures.pieces[i] > 1:
            said = f"{zh} 分成互不相连的 {figures.pieces[i]} 块。请补入中间的网格，或把较小的一块划给他人。"
            remedy = "Move the cells between, or give the smaller piece away."
            message = f"It is in {figures.pieces[i]} pieces that don't touch."
            found.append(_error("broken-beat", where, message, remedy, said))
        if not beat.taken:
            said = f"{zh} 没有责任人。请指定责任人，或减少责任区数量。"
            found.append(
                _error("nobodys-beat", where, "Nobody has it.", "Say whose it is, or plan fewer beats.", said)
            )
    over, least = 100 * (figures.balance - 1), 100 * (figures.floor - 1)
    if figures.balance > max(figures.floor + NEAR, 1.0 + tolerance):
        avoidable = figures.floor <= 1.001
        found.append(
            Finding(
                code="uneven",
                where="plan",
                message=f"The busiest beat has {over:.1f} % more work than the mean"
                + ("." if avoidable else f"; {least:.1f} % can't be avoided."),
                severity="warning",
                zh=f"最忙的责任区工作量比平均多 {over:.1f}%"
                + ("。" if avoidable else f"，其中 {least:.1f}% 无法避免。"),
            )
        )
    elif figures.balance > 1.0 + tolerance:
        found.append(
            Finding(
                code="floor",
                where="plan",
                message=f"One cell, or one part of the ground, holds {least:.1f} % more work than a mean "
                "beat: no plan with as many beats is more even.",
                severity="note",
                zh=f"某个网格或某一片区的工作量就比平均多 {least:.1f}%：责任区数量不变时无法更均衡。",
            )
        )
    return found


def of_members(left: Sequence[str], away: Sequence[Absence]) -> list[Finding]:
    """Return who has no beat, and who is away when the plan begins."""
    found = [
        Finding(
            code="without-beat",
            where=f"member {code}",
            message="There are fewer beats than members; this one has none.",
            severity="warning",
            zh=f"队员 {code} 没有责任区：责任区少于队员。",
        )
        for code in left
    ]
    found += [
        Finding(
            code="away",
            where=f"member {one.member}",
            message=f"Away from {_moment(one.start)}" + (f" to {_moment(one.end)}." if one.end else "."),
            remedy="Cut the beats anew for that time.",
            severity="warning",
            zh=f"队员 {one.member} 自 {one.start:%Y-%m-%d %H:%M} "
            + (f"至 {one.end:%Y-%m-%d %H:%M} 缺勤" if one.end else "起缺勤")
            + "。请为该时段重新划分责任区。",
        )
        for one in away
    ]
    return found


def of_withdrawal(left: Sequence[str]) -> list[Finding]:
    """Return who had a beat in a withdrawn publication, and had none before it."""
    return [
        Finding(
            code="without-beat",
            where=f"member {code}",
            message="Had no beat before this plan, so has none now.",
            remedy="Publish a plan that gives them one.",
            severity="warning",
            zh=f"队员 {code} 在该方案之前没有责任区，撤回后也没有。请发布含其责任区的方案。",
        )
        for code in left
    ]


def unknown_cells(codes: Sequence[str], edition: str) -> list[Finding]:
    """Return a finding for each cell that an edition, or a plan, doesn't have."""
    remedy = "Correct the code, or take the edition that it is of."
    return [
        _error(
            "unknown-cell", f"cell {code}", f"{edition} has no such cell.", remedy,
            f"{edition} 中没有网格 {code}。请核对编码，或选用其所属版本。",
        )
        for code in codes
    ]  # fmt: skip


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M %Z}"


def _error(code: str, where: str, message: str, remedy: str, zh: str) -> Finding:
    return Finding(code=code, where=where, message=message, remedy=remedy, zh=zh)
