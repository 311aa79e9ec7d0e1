"""What a load or an assignment comes to: counts, findings for people, the file of rejected rows."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Self

from app.core.errors import BadInput
from app.core.findings import Finding, Severity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path
    from types import TracebackType

    import numpy as np
    from numpy.typing import NDArray

    from app.incidents.intake import Points, Rejected
    from app.incidents.placing import Placed

NAMED_ROWS = 20  # of a kind; the rest are counted
FIXED = ("row", "reason", "message", "remedy", "line")

WARNINGS = {
    "null-island": (
        "The coordinates are 0,0: the point is outside.",
        "Give the true place; 0,0 usually means that the device had none.",
    ),
    "swapped-axes": (
        "The point is outside, but with longitude and latitude swapped it would be in a cell.",
        "Swap the two columns (--lon, --lat).",
    ),
    "next-district": (
        "The point lies in a neighbouring district; it is stored as outside.",
        "Correct the place, or hand the incident to that district.",
    ),
    "outside": (
        "The point is in no cell, nor within 50 m of one; it is stored as outside.",
        "Correct the place, or the file's --datum.",
    ),
    "no-edition": (
        "No edition of the grid held at this time: the point is outside.",
        "Load an edition that holds then, or correct the time.",
    ),
    "ambiguous-time": (
        "This time happened twice, as clocks went back; the earlier one is taken.",
        "Write it with its offset, as in 2024-11-03T01:30:00-05:00.",
    ),
    "future-time": ("The time lies in the future.", "Correct the time, or the file's --timezone."),
    "bad-accuracy": (
        "The accuracy isn't a positive number of metres; none is kept.",
        "Correct it, or leave it empty.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a file's rows."""

    rows: int
    in_a_cell: int
    snapped: int
    outside: int
    rejected: int
    duplicate: int
    reasons: dict[str, int]
    warnings: dict[str, int]
    rejected_file: Path | None
    seconds: float
    findings: tuple[Finding, ...]

    def counts(self) -> dict[str, Any]:
        """Return the summary ready for JSON, without the findings."""
        return {
            "rows": self.rows,
            "in_a_cell": self.in_a_cell,
            "snapped": self.snapped,
            "outside": self.outside,
            "rejected": self.rejected,
            "duplicate": self.duplicate,
            "seconds": round(self.seconds, 2),
            "rejected_file": str(self.rejected_file) if self.rejected_file else None,
            "reasons": self.reasons,
            "warnings": self.warnings,
        }


class CannotWrite(BadInput):
    """The file of rejected rows can't be written."""

    zh = "无法写入被拒行文件。"


@dataclass(slots=True)
class Tally:
    """Counts of a file's rows as they pass, with the first rows of each kind by number."""

    rows: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    warned: Counter[str] = field(default_factory=Counter)
    findings: list[Finding] = field(default_factory=list)

    def reject(self, rows: Sequence[Rejected]) -> None:
        """Count rejected rows."""
        for row in rows:
            code = row.reason.code
            self.rejected[code] += 1
            if self.rejected[code] <= NAMED_ROWS:
                message = f"{row.reason.message} {row.detail}".strip()
                self.findings.append(
                    Finding(code=code, where=f"row {row.number}", message=message, remedy=row.reason.remedy)
                )

    def warn(self, code: str, numbers: Iterable[int]) -> None:
        """Count rows that are stored with a warning."""
        message, remedy = WARNINGS[code]
        for number in numbers:
            self.warned[code] += 1
            if self.warned[code] <= NAMED_ROWS:
                self.findings.append(
                    Finding(
                        code=code, where=f"row {number}", message=message, remedy=remedy, severity="warning"
                    )
                )

    def warn_placed(self, points: Points, placed: Placed, now: int) -> None:
        """Count what is odd about placed points; `now` in microseconds since 1970-01-01 UTC."""
        for code, mask in (
            ("null-island", placed.null_island),
            ("swapped-axes", placed.swapped),
            ("next-district", placed.next_door),
            ("outside", placed.astray),
            ("no-edition", placed.no_edition),
            ("ambiguous-time", points.ambiguous),
            ("future-time", points.microseconds > now),
            ("bad-accuracy", points.bad_accuracy),
        ):
            if mask.any():
                self.warn(code, _numbers(points.numbers, mask))

    def all_findings(self) -> list[Finding]:
        """Return the findings, kinds with more rows than are named closed by how many more."""
        kinds: tuple[tuple[Counter[str], Severity], ...] = (
            (self.rejected, "error"),
            (self.warned, "warning"),
        )
        rest = [
            Finding(
                code=code,
                where="file",
                message=f"{count - NAMED_ROWS:,} more rows: {code}.",
                severity=severity,
            )
            for counts, severity in kinds
            for code, count in counts.items()
            if count > NAMED_ROWS
        ]
        return [*self.findings, *rest]


def _numbers(numbers: NDArray[np.int64], mask: NDArray[np.bool_]) -> list[int]:
    return [int(number) for number in numbers[mask]]


class RejectedFile:
    """The rejected rows as CSV (UTF-8 with a mark, so that Excel reads it): why, and what they held.

    Written beside under another name first, and only given its name at the end; without rows there is no file.
    """

    def __init__(self, path: Path, columns: Sequence[str]) -> None:
        self.path = path
        self.rows = 0
        self._columns = tuple(columns)
        self._part = path.with_name(f"{path.name}.part")
        self._file: Any = None
        self._writer: Any = None

    def add(self, rows: Sequence[Rejected]) -> None:
        """Write rejected rows.

        Raises:
            CannotWrite: The folder can't be written to.
        """
        if rows and self._file is None:
            try:
                self._file = self._part.open("w", encoding="utf-8-sig", newline="")
            except OSError as error:
                raise CannotWrite(
                    f"{self.path}: {error.strerror}.", remedy="Name another: --rejected FILE"
                ) from None
            self._writer = csv.writer(self._file)
            self._writer.writerow([*FIXED, *self._columns])
        for row in rows:
            kept = row.held or {}
            reason = row.reason
            held = [kept.get(name) for name in self._columns]
            self._writer.writerow([row.number, reason.code, reason.message, reason.remedy, row.detail, *held])
            self.rows += 1

    def finish(self) -> Path | None:
        """Give the file its name; return it, None if no row was rejected."""
        if self._file is None:
            return None
        self._file.close()
        self._part.replace(self.path)
        return self.path

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.close()
            self._part.unlink(missing_ok=True)
