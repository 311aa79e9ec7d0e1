"""How lists of cases look (今日工作、案件): tiles, rows, filters, what may be done with several at once. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from app.cases.workflow import MOVES
from app.desk import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import datetime

    from app.cases.finding import Listed
    from app.desk.drawing import Look

ON_A_PAGE: Final = 50
SOON: Final = frozenset({"due_today", "returned", "to_check", "to_decide"})
BULK: Final = ("accept", "verify", "file", "dispatch", "sign", "urge", "hand_over", "check_pass", "close")
"""Moves that need nothing that the case itself doesn't know."""
OF_LIST: Final[dict[str, tuple[str, ...]]] = {
    "to_accept": ("accept", "verify", "file"),
    "unassigned": ("dispatch",),
    "unsigned": ("sign", "urge", "hand_over"),
    "to_handle": ("urge",),
    "returned": ("dispatch",),
    "to_check": ("check_pass",),
    "to_close": ("close",),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a list is limited to."""

    list: str = ""
    text: str = ""
    community: str = ""
    category: str = ""
    stage: str = ""

    def holds(self, case: Listed) -> bool:
        """Tell whether a case belongs to it."""
        said = f"{case.number} {case.description} {case.address} {case.category_zh} {case.party_zh or ''}".lower()
        return (
            all(word in said for word in self.text.lower().split())
            and self.community in ("", case.community)
            and self.category in ("", case.category)
            and self.stage in ("", case.stage)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A case as a line of a list, in words."""

    number: str
    version: int
    stage: str
    category: str
    description: str
    address: str
    community: str
    cell: str
    party: str
    suggested: str
    light: str
    due: datetime | None
    left: str
    tags: tuple[tuple[str, str], ...]


def next_due(case: Any) -> datetime | None:
    """Return the nearer of a case's deadlines: of its stage, or overall."""
    return min((due for due in (case.stage_due_at, case.due_at) if due is not None), default=None)


def row(case: Listed, look: Look, communities: Mapping[str, str], light: str, suggested: str = "") -> Row:
    """Return a case as a line."""
    due = None if case.ended_at or case.suspended else next_due(case)
    left = look.left(due)
    if case.ended_at:
        left = look.when(case.ended_at)
    elif case.suspended:
        left = look.t("已挂账", "suspended")
    return Row(
        number=case.number,
        version=case.version,
        stage=look.pair(words.STAGES[case.stage]),
        category=look.t(case.category_zh, case.category_en or case.category_zh),
        description=case.description,
        address=case.address,
        community=communities.get(
            case.community or "", case.community or look.t("网格外", "outside the grid")
        ),
        cell=case.cell or "",
        party=look.t(case.party_zh or "", case.party_en or case.party_zh or ""),
        suggested=suggested,
        light=light,
        due=due,
        left=left,
        tags=tags(case, look),
    )


def tags(case: Any, look: Look) -> tuple[tuple[str, str], ...]:
    """Return what is special about a case, a name and how loud it is told."""
    told = [
        (case.urgent, look.t("紧急", "urgent"), "strong"),
        (case.supervised, look.t("督办", "supervised"), "strong"),
        (case.confidential, look.t("保密", "confidential"), "mild"),
        (case.returned, look.t(f"退回 {case.returned} 次", f"returned {case.returned}×"), "mild"),
        (case.reworked, look.t(f"返工 {case.reworked} 次", f"rework {case.reworked}×"), "mild"),
        (case.urged, look.t(f"催办 {case.urged} 次", f"urged {case.urged}×"), ""),
        (case.self_handled, look.t("自行处置", "on the spot"), ""),
        (case.synthetic and not look.synthetic, look.t("示意", "synthetic"), ""),  # else the banner says so
    ]
    waiting = [
        (look.t(f"申请{zh}", f"{en} asked"), "mild")
        for what in case.pending
        for zh, en in [words.APPLICATIONS[what]]
    ]
    return (*((name, kind) for said, name, kind in told if said), *waiting)


def tiles(
    lists: Mapping[str, Sequence[Any]], names: Mapping[str, tuple[str, str]], look: Look, here: str
) -> list[dict[str, Any]]:
    """Return the lists of today with their counts."""
    return [
        {
            "key": key,
            "name": look.pair(names[key]),
            "count": len(found),
            "here": key == here,
            "kind": "late" if key == "overdue" else "soon" if key in SOON else "",
        }
        for key, found in lists.items()
    ]


def choices(cases: Iterable[Listed], look: Look, communities: Mapping[str, str]) -> dict[str, Any]:
    """Return what the cases at hand could be limited to: communities, categories, stages."""
    listed = list(cases)
    found = {case.community for case in listed if case.community}
    kinds = {case.category: look.t(case.category_zh, case.category_en or case.category_zh) for case in listed}
    held = {case.stage for case in listed}
    return {
        "communities": sorted((code, communities.get(code, code)) for code in found),
        "categories": sorted(kinds.items()),
        "stages": [(key, look.pair(names)) for key, names in words.STAGES.items() if key in held],
    }


def actions(look: Look, shown: str = "") -> list[tuple[str, str]]:
    """Return the moves that someone may make of several cases at once: name and label."""
    wanted = OF_LIST.get(shown, BULK)
    labels = {"dispatch": look.t("按建议派遣", "Dispatch as suggested")}
    return [
        (name, labels.get(name, look.t(MOVES[name].zh, MOVES[name].en)))
        for name in wanted
        if any(look.asking.may(by.permission) for by in MOVES[name].by)
    ]
