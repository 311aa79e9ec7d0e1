"""What a load of fixes answers with, ready for JSON and tables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.core.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load of fixes did.

    Attributes:
        rows: Rows in the file.
        stored: Fixes stored that weren't there before.
        known: Fixes that were there already.
        off_shift: Fixes outside every shift of their member: not stored.
        rejected: Rows that couldn't be taken, by reason.
        dropped: Fixes of the shifts concerned that are stored but not used, by reason.
        shifts: Shifts that were reduced anew.
        shifts_from_track: Of them taken from the tracks.
        members_made: Members that were made.
    """

    file: str
    rows: int
    stored: int
    known: int
    off_shift: int
    rejected: dict[str, int]
    dropped: dict[str, int]
    shifts: int
    shifts_from_track: int
    members_made: int
    findings: list[Finding] = field(default_factory=list)
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the report ready for JSON."""
        plain = {name: getattr(self, name) for name in self.__slots__ if name not in {"findings", "seconds"}}
        return plain | {
            "findings": [finding.to_dict() for finding in self.findings],
            "seconds": round(self.seconds, 2),
        }
