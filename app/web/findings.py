"""What a check found, on the wire."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from pydantic import BaseModel

if TYPE_CHECKING:
    from app.core.findings import Finding


class FindingOut(BaseModel):
    """What is odd, and how to mend it."""

    code: str
    where: str
    message: str
    remedy: str = ""
    severity: str = "warning"
    zh: str = ""

    @classmethod
    def of(cls, finding: Finding) -> Self:
        return cls(
            code=finding.code, where=finding.where, message=finding.message, remedy=finding.remedy,
            severity=finding.severity, zh=finding.zh,
        )  # fmt: skip
