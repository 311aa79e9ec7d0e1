"""What a check found: which row or feature, what is wrong, how to mend it.

Every loader reports in these, so that a person, a JSON reader and a page see the same thing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any, Literal

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing found in an input, with its place where it has one."""

    code: str  # kebab-case, stable, for machines: "overlap", "bad-time"
    where: str  # "row 12", "feature 3 (110105001001)", "file"
    message: str  # what is wrong, one sentence
    remedy: str = ""  # how to mend it, one sentence
    severity: Severity = "error"
    lon: float | None = None  # WGS-84 degrees
    lat: float | None = None
    square_metres: float | None = None
    repaired: bool = False
    zh: str = ""  # all of it in Chinese, its place and its remedy included, where a page shows it

    def to_dict(self) -> dict[str, Any]:
        """Return the finding without its empty fields, ready for JSON."""
        return {key: value for key, value in asdict(self).items() if value not in (None, "", False)}

    def __str__(self) -> str:
        place = f" at {self.lon:.6f}, {self.lat:.6f}" if self.lon is not None and self.lat is not None else ""
        size = f" ({self.square_metres:,.1f} m²)" if self.square_metres is not None else ""
        mended = " [repaired]" if self.repaired else ""
        said = f"{self.message.rstrip('.')}{place}{size}." if place or size else self.message
        return f"{self.severity}: {self.where}: {said}{mended} {self.remedy}".rstrip()


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a load came to: rows read, stored anew or changed, and what was found in the others."""

    rows: int
    changed: int
    findings: tuple[Finding, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "rows": self.rows,
            "changed": self.changed,
            "findings": [one.to_dict() for one in self.findings],
        }
