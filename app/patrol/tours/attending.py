"""When somebody is there in a shift (在岗时段): the shift without their absences. Pure."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from app.teams.plans.plan import Absence

LEAST = timedelta(minutes=15)
"""A shorter rest of a shift is not worth a tour."""


def present(start: datetime, end: datetime, absences: Iterable[Absence]) -> list[tuple[datetime, datetime]]:
    """Return the parts of a shift in which a member is there, in order; parts shorter than `LEAST` are left out.

    Args:
        start: Of the shift.
        end: Of the shift, not included.
        absences: Of this member, in any order; without an end: until further notice.
    """
    found, at = [], start
    for one in sorted(absences, key=lambda one: one.start):
        if one.start >= end:
            break
        if one.start > at:
            found.append((at, one.start))
        if one.end is None:
            at = end
            break
        at = max(at, one.end)
    if at < end:
        found.append((at, end))
    return [span for span in found if span[1] - span[0] >= LEAST]
