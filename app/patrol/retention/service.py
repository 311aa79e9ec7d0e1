"""Deletes raw fixes when their time is over (原始轨迹到期删除). What they were reduced to stays, on its edition.

Months that become empty are left: an empty partition costs nothing, and the service role owns no table to drop.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from app.areas.editions import NoEdition
from app.patrol.reduction import service as reduction
from app.patrol.retention import repository
from app.patrol.rules import ON_FOOT
from app.teams.duty import service as duty

if TYPE_CHECKING:
    from sqlalchemy import Connection

AT_ONCE = timedelta(hours=1)
"""With 0 days to keep, phones that were offline may still be sending so long."""
STRAY = timedelta(days=1)
MOST = 500


@dataclass(frozen=True, slots=True)
class Deleted:
    """What was deleted: of how many shifts, how many fixes, and how many that belonged to no shift."""

    shifts: int
    fixes: int
    stray: int

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return asdict(self)


def delete_due(
    connection: Connection, days: int, now: datetime | None = None, *, most: int = MOST
) -> Deleted:
    """Delete the raw fixes of shifts that ended `days` ago or earlier, once they are reduced to visits.

    Fixes that came late are kept as long from when they came, so that there is time to object to them.

    Args:
        connection: As the system.
        days: To keep them; 0: an hour after the end of the shift.
        now: None for the clock's time.
        most: Shifts in one transaction; the next one goes on.
    """
    now = now or datetime.now(UTC)
    kept = max(timedelta(days=days), AT_ONCE)
    members = repository.due_members(connection, now - kept)
    for member in (
        members
    ):  # what comes just now is judged before or after: else it would stand for all that is deleted
        duty.hold(connection, member)
    due = repository.due_shifts(connection, members, now - kept, most)
    fixes = 0
    for shift in due:
        if shift.reduced != shift.fixes:
            _reduce(connection, shift)
        fixes += repository.delete_of_shift(connection, shift, now)
    return Deleted(len(due), fixes, repository.delete_stray(connection, now - kept - STRAY))


def _reduce(connection: Connection, shift: Any) -> None:
    """Reduce a shift at the last moment; where no grid held then, there is nothing to measure on."""
    try:
        reduction.reduce_shifts(connection, [shift], ON_FOOT)
    except NoEdition:
        return
