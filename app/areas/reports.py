"""What a load or a laying is asked to do, and what it did: for people, for JSON. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.areas.reading import Columns

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from app.areas.laying import LayingReport
    from app.core.findings import Finding


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a load is asked to do; see `gridward areas load --help`.

    Attributes:
        edition: None for the newest draft, else a new one named for today.
        starts: When the edition begins, should it be published by this load.
        known_districts: Gives districts' polygons in WGS-84 by code, for the datum check while the edition has no
            district itself.
        publish: Publish after loading cells.
    """

    level: str
    edition: str | None = None
    starts: datetime | None = None
    columns: Columns = field(default_factory=Columns)
    datum: str | None = None
    layer: str | None = None
    encoding: str | None = None
    source: str = ""
    licence: str = ""
    synthetic: bool = False
    repair: bool = False
    trust_datum: bool = False
    dry_run: bool = False
    known_districts: Callable[[], Mapping[str, Any]] = dict
    publish: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadReport:
    """What a load did: `outcome` is loaded, replaced, unchanged or checked (a dry run)."""

    edition: str
    level: str
    outcome: str
    features: int
    datum: str
    columns: Columns
    findings: tuple[Finding, ...]
    carried_over: tuple[str, ...] = ()
    published: bool = False
    seconds: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return the report ready for JSON."""
        return {
            "edition": self.edition,
            "level": self.level,
            "outcome": self.outcome,
            "features": self.features,
            "datum": self.datum,
            "columns": {"code": self.columns.code, "name": self.columns.name, "parent": self.columns.parent},
            "repaired": sum(finding.repaired for finding in self.findings),
            "findings": [finding.to_dict() for finding in self.findings],
            "carried_over": list(self.carried_over),
            "published": self.published,
            "seconds": round(self.seconds, 2),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class GridReport:
    """What laying did: `outcome` is laid or unchanged."""

    edition: str
    outcome: str
    laid: LayingReport
    published: bool
    findings: tuple[Finding, ...]
    seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Return the report ready for JSON."""
        return {
            "edition": self.edition,
            "outcome": self.outcome,
            **self.laid.to_dict(),
            "published": self.published,
            "findings": [finding.to_dict() for finding in self.findings],
            "seconds": round(self.seconds, 2),
        }
