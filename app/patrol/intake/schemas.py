"""Wire shapes of fixes that phones send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field

from app.web.findings import FindingOut
from app.web.texts import Text
from app.web.times import Moment

if TYPE_CHECKING:
    from app.patrol.intake import service
    from app.patrol.intake.reports import LoadReport

FIXES_EXAMPLE: dict[str, Any] = {
    "device": "phone-3f9c",
    "sent_at": "2026-11-23T08:05:00+08:00",
    "fixes": [[1763856300000, 116.4551, 39.9219, 8, 0], [1763856305000, 116.4552, 39.9219, None, 0]],
}


class FixesIn(BaseModel):
    """Fixes (定位点) of one phone, oldest first or not; sent again, each counts once."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [FIXES_EXAMPLE]})

    device: Annotated[Text, Field(min_length=1, max_length=100, description="As in POST /me/duty")]
    sent_at: Moment = Field(description="By the phone's clock: tells how far it is off")
    fixes: list[Any] = Field(
        description="At most 10,000: [ms since 1970 by the phone's clock, lon, lat (WGS-84), accuracy in metres or null, "
        "1 if the position was made up else 0]"
    )


class FileTakenOut(BaseModel):
    """What became of a file's fixes."""

    model_config = ConfigDict(from_attributes=True)

    rows: int = Field(description="In the file", examples=[1204])
    stored: int
    known: int = Field(description="Stored before: sent again")
    off_shift: int = Field(description="Off duty, or deleted at one's own wish: not stored")
    rejected: dict[str, int] = Field(description="Rows that couldn't be taken, by reason")
    dropped: dict[str, int] = Field(description="Fixes stored but not used, by reason")
    findings: list[FindingOut]

    @classmethod
    def of(cls, report: LoadReport) -> Self:
        return cls(
            rows=report.rows, stored=report.stored, known=report.known, off_shift=report.off_shift,
            rejected=report.rejected, dropped=report.dropped,
            findings=[FindingOut.of(finding) for finding in report.findings],
        )  # fmt: skip


class RefusedOut(BaseModel):
    """A fix that was not taken."""

    index: int = Field(description="Its place in the request, from 0")
    code: str = Field(
        description="unreadable, bad-time, future, swapped-axes, zero-zero, no-such-place, off-shift, paused, objected, "
        "settled"
    )
    message: str
    message_zh: str


class TakenOut(BaseModel):
    """What became of the fixes: stored + known + refused are all of them."""

    stored: int
    known: int = Field(description="Stored before: sent again")
    off_shift: int = Field(
        description="Outside shifts or in pauses: not stored; they are among the refused. Send what was said of duty "
        "before the fixes"
    )
    refused: list[RefusedOut]
    unused: dict[str, int] = Field(
        description="Stored, but not used: duplicate, inaccurate, jump, spike, mock", examples=[{"jump": 1}]
    )
    clock_offset_s: float = Field(description="Seconds added to the phone's times; 0 below 2 s")

    @classmethod
    def of(cls, taken: service.Taken) -> Self:
        refused = [
            RefusedOut(index=one.index, code=one.code, message=one.message, message_zh=one.message_zh)
            for one in taken.refused
        ]
        return cls(
            stored=taken.stored, known=taken.known, off_shift=taken.off_shift, refused=refused, unused=taken.unused,
            clock_offset_s=taken.offset_s,
        )  # fmt: skip
