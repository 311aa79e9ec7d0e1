"""A report that opens a case (上报立案): what is said, who may say so, and how it stands at once. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from app.cases.workflow import ROUTED_AT_ONCE
from app.core.errors import BadInput, NotAllowed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from app.auth.principal import Principal
    from app.core.findings import Finding

SOURCES: Final = {
    "patrol": ("巡查上报", "Patrol"),
    "grid_officer": ("网格员上报", "Grid officer"),
    "staff": ("工作人员上报", "Staff"),
    "resident": ("居民上报", "Resident"),
    "hotline": ("12345 热线", "Hotline"),
    "media": ("媒体反映", "Media"),
    "open311": ("Open311", "Open311"),
    "inspection": ("检查发现", "Inspection"),
    "file": ("批量导入", "File"),
}
TRUSTED: Final = {
    "patrol": ("case.self_handle", "case.file"),
    "grid_officer": ("case.self_handle", "case.file"),
    "staff": ("case.file",),
    "inspection": ("case.file", "case.verify", "case.self_handle"),
    "hotline": ("hotline.edit", "case.accept"),
    "media": ("case.accept",),
    "file": ("incidents.add",),
}
"""Sources that not everybody may claim: one of these permissions there is needed."""


class UnknownSource(BadInput):
    """There is no such source of reports; nothing was stored."""

    zh = "来源类型有误，未保存。"


class PastDeadline(BadInput):
    """The deadline has passed already; nothing was changed."""

    zh = "时限早于当前时间，未作任何更改。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What is reported.

    Attributes:
        source: Where from: see `SOURCES`; None for what fits whoever reports.
        category: Key, as in "event:0102".
        x: Longitude or easting in `datum`; None with `y` where the place is not known yet.
        reported_at: With a zone; None for now.
        system: The system that `source_id` comes from.
        source_id: That system's own id: stored once; None for one of ours.
        accuracy_m: Radius of the circle it lies in.
        due_at: A deadline that was set elsewhere (a hotline order's); None for the category's.
        name: Of whoever complained; personal data. So is `phone`.
        on_the_spot: The finder means to put it right at once: it is not dispatched.
    """

    category: str
    x: float | None = None
    y: float | None = None
    datum: str = "wgs84"
    source: str | None = None
    reported_at: datetime | None = None
    system: str = "gridward"
    source_id: str | None = None
    description: str = ""
    address: str = ""
    accuracy_m: float | None = None
    due_at: datetime | None = None
    urgent: bool = False
    name: str = ""
    phone: str = ""
    on_the_spot: bool = False
    synthetic: bool = False


class ConfidentialNeedsPlace(BadInput):
    """A confidential report needs its place: nobody else may see it to add one; nothing was stored."""

    zh = "保密事项须注明地点：他人无权查看，无法代为补充，未保存。"


@dataclass(frozen=True, slots=True)
class Answering:
    """How the answer to a report is kept under the Idempotency-Key that was claimed for it, in the report's own statement.

    Attributes:
        address: Of the case, without its number.
        body: The answer, JSON; its `number` is put in as the case gets one.
    """

    key: str
    address: str
    body: Callable[[Opened], str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a report came to.

    Attributes:
        number: Of the case.
        stage: Of the case.
        new: It was not reported before by the same id.
        code: By which somebody without an account follows it; told once, "" for others.
        party_zh: Who leads, None for nobody yet.
        warnings: What is odd about it.
        kept: Its answer is kept: see `Answering`.
    """

    number: str
    stage: str
    new: bool
    code: str = ""
    party_zh: str | None = None
    due_at: datetime | None = None
    warnings: tuple[Finding, ...] = ()
    kept: bool = False


def source_of(said: Said, asking: Principal, areas: Iterable[str | None]) -> str:
    """Return the source that a report counts as.

    Raises:
        UnknownSource: There is none of this name.
        NotAllowed: Whoever asks can't speak for it there.
    """
    ground = tuple(areas)
    if said.source is None:
        if asking.may("case.self_handle", within=ground) and not asking.system:
            return "patrol"
        return "staff" if _may("staff", asking, ground) else "resident"
    if said.source not in SOURCES:
        raise UnknownSource(f"It is {said.source[:60]!r}.", remedy=f"Take one of {', '.join(SOURCES)}.")
    if not _may(said.source, asking, ground):
        raise NotAllowed(
            f"The source {said.source} takes {' or '.join(TRUSTED[said.source])} at that place.",
            remedy="Report it as resident.",
        )
    return said.source


def _may(source: str, asking: Principal, ground: tuple[str | None, ...]) -> bool:
    wanted = TRUSTED.get(source)
    return wanted is None or any(asking.may(permission, within=ground) for permission in wanted)


def opening(
    source: str, lead: int | None, *, on_the_spot: bool, has_place: bool, confidential: bool = False
) -> list[dict[str, Any]]:
    """Return the moves that a report comes with: what needs nobody's look is filed and dispatched at once.

    So is what nobody may look at: a confidential report goes straight to whoever answers.

    >>> [move["move"] for move in opening("patrol", 7, on_the_spot=False, has_place=True)]
    ['report', 'file', 'dispatch']
    >>> [move["move"] for move in opening("resident", 7, on_the_spot=False, has_place=True)]
    ['report']
    >>> [move["move"] for move in opening("resident", 7, on_the_spot=False, has_place=True, confidential=True)]
    ['report', 'file', 'dispatch']
    """
    moves = [_step("report", None, "reported")]
    if (confidential or source in ROUTED_AT_ONCE) and has_place and not on_the_spot:
        moves.append(_step("file", "reported", "filed"))
        if lead is not None:
            moves.append(_step("dispatch", "filed", "dispatched", lead))
    return moves


def _step(move: str, before: str | None, after: str, party: int | None = None) -> dict[str, Any]:
    return {"move": move, "from_stage": before, "to_stage": after, "party_id": party}
