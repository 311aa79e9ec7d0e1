"""What is told of a load of fixes: which rows, what is odd, how to mend it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from app.core.findings import Finding
from app.patrol.intake.arrivals import fixes_text, rows_text
from app.patrol.reduction.cleaning import MEANINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from app.patrol.intake.arrivals import Fixes

REFUSED = {
    "future": ("from the future", "Set the phone's clock, and check --timezone."),
    "no-such-place": ("beyond the metric CRS", "Check --datum, --lon and --lat."),
}


def told_apart(
    fixes: Fixes, good: NDArray[np.bool_], code: str, findings: list[Finding], counts: dict[str, int]
) -> Fixes:
    """Return the good fixes; tell of the others."""
    if not good.all():
        words, remedy = REFUSED[code]
        rows = fixes.row[~good].tolist()
        findings.append(
            Finding(
                code=code,
                where=rows_text(rows),
                message=f"{fixes_text(len(rows), 'is', 'are')} {words}.",
                remedy=remedy,
            )
        )
        counts[code] = counts.get(code, 0) + len(rows)
    return fixes.take(good)


def strangers(fixes: Fixes, team: str | None) -> list[Finding]:
    """Tell whose fixes they are that nobody in the team, or in any, is known by."""
    findings = []
    for code in sorted(set(fixes.member.tolist())):
        rows = fixes.row[fixes.member == code].tolist()
        where = f"in team {team}" if team else "in any team"
        findings.append(
            Finding(
                code="unknown-member",
                where=rows_text(rows),
                message=f"Nobody {where} has the code {code!r}; {fixes_text(len(rows), 'was', 'were')} left out.",
                remedy=f"Add the member (gridward patrol team add {team or 'TEAM'} --member {code}) and load the "
                "file again, or load it with --create-members.",
            )
        )
    return findings


OFF_DUTY = {
    "off-shift": (
        "outside every shift", "nothing is recorded off shift",
        "Add the shift and load the file again, or take shifts from the track with --shift-from-track.",
    ),
    "paused": ("in a pause", "nothing is recorded off duty", ""),
    "objected": ("in a stretch that the member had deleted", "nothing of it is stored again", ""),
    "withdrawn": ("in a time when consent was withdrawn", "nothing of it is stored", ""),
    "settled": ("in a shift whose raw fixes were deleted in time", "its visits stand", ""),
}  # fmt: skip


def off_shift(rows: Sequence[Any]) -> list[Finding]:
    """Tell of fixes that aren't stored, by member and reason; see `sql/off_shift.sql`."""
    return [
        Finding(
            code=row.why,
            where=f"row {row.first_row}",
            message=f"{row.code}: {fixes_text(row.fixes, 'lies', 'lie')} {OFF_DUTY[row.why][0]}, first at "
            f"{row.first_at:%Y-%m-%d %H:%M %Z}; {OFF_DUTY[row.why][1]}.",
            remedy=OFF_DUTY[row.why][2],
            severity="warning",
        )
        for row in rows
    ]


def dropped(
    reasons: dict[str, tuple[NDArray[np.int64], NDArray[np.int64]]],
    fixes: Fixes,
    member_ids: NDArray[np.int32],
) -> list[Finding]:
    """Tell which of the file's fixes cleaning dropped; inaccurate ones have been told by their accuracy."""
    findings = []
    for reason in ("duplicate", "jump", "spike"):
        who, when = reasons.get(reason, (np.empty(0, np.int64), np.empty(0, np.int64)))
        pairs = set(zip(who.tolist(), when.tolist(), strict=True))
        here = [pair in pairs for pair in zip(member_ids.tolist(), fixes.at.tolist(), strict=True)]
        rows = fixes.row[np.array(here, np.bool_)].tolist() if pairs else []
        if rows:
            findings.append(
                Finding(
                    code=reason,
                    where=rows_text(rows),
                    message=f"{fixes_text(len(rows), 'is', 'are')} stored, but not used: {MEANINGS[reason]}.",
                    severity="warning" if reason == "jump" else "note",
                )
            )
    return findings
