"""What must be said of a morning, in English and Chinese: absentees without ground, crews of whom nobody is left. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from app.core.errors import GridwardError


def groundless(member: str) -> Finding:
    """Say that somebody who is away leaves nothing to share out."""
    return Finding(
        code="no-ground",
        where=f"member {member}",
        message="Is away, and had no beat that day: there is nothing to share out.",
        severity="note",
        zh=f"队员 {member} 缺勤，当天本无责任区，无需分摊。",
    )


def nobody_left(missing: Sequence[str]) -> Finding:
    """Say that a whole crew is away."""
    return Finding(
        code="nobody-left",
        where=f"members {', '.join(missing)}",
        message="Nobody is left of this crew: its beats stay as they are and will not be walked that day.",
        remedy="Plan the ground for members of another crew.",
        severity="warning",
        zh=f"队员 {'、'.join(missing)} 全部缺勤，本班无人：责任区不变，当天无人巡查。请由其他班的队员承担。",
    )


def gone(cells: int) -> list[Finding]:
    """Say that cells of the beats aren't in the edition of the day."""
    if not cells:
        return []
    return [
        Finding(
            code="other-edition",
            where="beats",
            message=f"{cells} cells of these beats aren't in the edition that holds that day; they were left out.",
            remedy="Plan the beats anew on that edition.",
            severity="warning",
            zh=f"责任区中有 {cells} 个网格不在当天有效的网格版本内，未计入。请按该版本重新划分。",
        )
    ]


def no_tours(team: str, error: GridwardError) -> Finding:
    """Say why the day's tours could not be made."""
    return Finding(
        code="no-tours",
        where=f"team {team}",
        message=f"Tours were not made: {error}",
        remedy="Make them again: POST /api/patrol/tours",
        severity="warning",
        zh=f"未能安排路线：{error.zh}请稍后重新安排。",
    )
