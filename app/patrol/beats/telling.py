"""What a plan's reader must know of it, as findings: small parts joined, beats broken, empty or without a member. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

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
            )
        )
    return found


def of_beats(figures: Figures, beats: Sequence[PlanBeat], tolerance: float) -> list[Finding]:
    """Return what keeps a plan from being published (errors), and how even it is."""
    found = []
    for i, beat in enumerate(beats):
        where = f"beat {beat.number}"
        if not figures.cells[i]:
            found.append(
                _error("empty-beat", where, "It has no cell.", "Give it cells, or plan fewer beats.")
            )
        elif figures.pieces[i] > 1:
            said = f"It is in {figures.pieces[i]} pieces that don't touch."
            found.append(
                _error("broken-beat", where, said, "Move the cells between, or give the smaller piece away.")
            )
        if not beat.taken:
            found.append(
                _error("nobodys-beat", where, "Nobody has it.", "Say whose it is, or plan fewer beats.")
            )
    if figures.balance > max(figures.floor + NEAR, 1.0 + tolerance):
        found.append(
            Finding(
                code="uneven",
                where="plan",
                message=f"The busiest beat has {100 * (figures.balance - 1):.1f} % more work than the mean"
                + (
                    f"; {100 * (figures.floor - 1):.1f} % can't be avoided." if figures.floor > 1.001 else "."
                ),
                severity="warning",
            )
        )
    elif figures.balance > 1.0 + tolerance:
        found.append(
            Finding(
                code="floor",
                where="plan",
                message=f"One cell, or one part of the ground, holds {100 * (figures.floor - 1):.1f} % more work than a mean "
                "beat: no plan with as many beats is more even.",
                severity="note",
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
        )
        for code in left
    ]
    found += [
        Finding(
            code="away",
            where=f"member {one.member}",
            message=f"Away from {one.start:%Y-%m-%d %H:%M %Z}"
            + (f" to {one.end:%Y-%m-%d %H:%M %Z}." if one.end else "."),
            remedy="Cut the beats anew for that time.",
            severity="warning",
        )
        for one in away
    ]
    return found


def unknown_cells(codes: Sequence[str], edition: str) -> list[Finding]:
    """Return a finding for each cell that an edition, or a plan, doesn't have."""
    remedy = "Correct the code, or take the edition that it is of."
    return [_error("unknown-cell", f"cell {code}", f"{edition} has no such cell.", remedy) for code in codes]


def _error(code: str, where: str, message: str, remedy: str) -> Finding:
    return Finding(code=code, where=where, message=message, remedy=remedy)
