"""What is told of a team's coverage: what is odd, how to mend it. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.core.findings import Finding

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from app.areas.editions import Edition
    from app.teams.repository import StoredTeam


def notes(team: StoredTeam, edition: Edition, owed: NDArray[np.bool_], duty: Sequence[Any]) -> list[Finding]:
    """Tell what is odd about a team's coverage as a whole; rows of duty as in `sql/duty.sql`."""
    found = []
    if not owed.any():
        found.append(
            Finding(
                code="nothing-owed",
                where=f"team {team.code}",
                message=f"It has no beats in this period, and no cells of {edition.name} lie in its area.",
                remedy=f"Give it an area: gridward patrol team add {team.code} --area CODE",
                severity="warning",
            )
        )
    if not duty:
        found.append(
            Finding(
                code="no-shifts",
                where=f"team {team.code}",
                message="Nobody of it was on duty in this period.",
                remedy="Check --from and --to, or add shifts.",
                severity="warning",
            )
        )
    from_track = sum(shift.from_track for shift in duty)
    if from_track:
        found.append(
            Finding(
                code="shifts-from-track",
                where=f"team {team.code}",
                message=f"{from_track} shifts were taken from recorded tracks, for want of a roster: what lies "
                "before and after them isn't known to have been duty.",
                severity="note",
            )
        )
    other = [shift for shift in duty if shift.edition_id not in {None, edition.id}]
    stay = sum(shift.settled for shift in other)
    if len(other) > stay:
        found.append(
            Finding(
                code="other-edition",
                where=f"team {team.code}",
                message=f"{len(other) - stay} shifts were reduced on another edition than {edition.name}: their visits don't "
                "count here, the members' beats are unknown.",
                remedy=f"Reduce them anew while their fixes are kept: gridward patrol reduce --edition {edition.name}; "
                "or ask for their own edition with --edition.",
                severity="warning",
            )
        )
    if stay:
        found.append(
            Finding(
                code="stays-on-its-edition",
                where=f"team {team.code}",
                message=f"{stay} shifts stay on another edition than {edition.name}, for their fixes were deleted: their "
                "visits don't count here, the members' beats are unknown.",
                remedy="Ask for their own edition with --edition.",
                severity="warning",
            )
        )
    return found
