"""The form of each legal move of a case: what it asks for, in which order, what it suggests (可办事项). Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from app.cases import workflow
from app.desk import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from app.cases.case import Case
    from app.cases.workflow import Move
    from app.categories.catalogue import Catalogue
    from app.desk.drawing import Look

Groups = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]

FORWARD: Final = (
    "accept", "verify", "file", "dispatch", "sign", "handle", "check_pass", "check_fail", "sample_fail", "close",
    "finish_task",
)  # fmt: skip
"""What takes a case on; shown first, the first of them as the next step."""
GRAVE: Final = frozenset(
    {"refuse", "not_file", "refuse_return", "apply_void", "approve_void", "check_fail", "sample_fail"}
)
OPTIONAL: Final[dict[str, tuple[str, ...]]] = {
    "handle": ("photo_after",),
    "check_pass": ("reason", "photo_check"),
    "check_fail": ("photo_check",),
    "verify": ("reason", "photo_before"),
    "dispatch": ("reason",),
    "hand_over": ("reason",),
    "urge": ("reason",),
    "close": ("reason",),
    "approve_return": ("reason",),
    "approve_postpone": ("reason",),
    "approve_suspend": ("reason",),
    "approve_void": ("reason",),
    "approve_appeal": ("reason",),
}
PHOTOS: Final = {"photo_before": "before", "photo_after": "after", "photo_check": "check"}
"""Field of a form: moment of the photo."""
WAITING: Final = frozenset({"urge", "hand_over", "resume", "reopen"})
"""What is left to do while a case is with somebody else."""
UNFOLDED: Final = frozenset({"dispatch", "handle"})


@dataclass(frozen=True, slots=True)
class Field:
    """One question of a form: kind is text, line, time, photo, degrees, choice or hidden."""

    name: str
    kind: str
    label: str
    needed: bool = True
    value: str = ""
    groups: Groups = ()
    search: bool = False


@dataclass(frozen=True, slots=True)
class MoveForm:
    """A legal move as a form."""

    name: str
    label: str
    kind: str
    fields: tuple[Field, ...]
    unfolded: bool = False

    @property
    def photos(self) -> bool:
        return any(field.kind == "photo" for field in self.fields)

    @property
    def located(self) -> bool:
        return any(field.name == "lon" for field in self.fields)


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What may be chosen from, by the question: groups of keys and names."""

    party: Groups = ()
    category: Groups = ()
    into: Groups = ()
    task: Groups = ()


def forms(
    moves: Iterable[Move], case: Case, look: Look, choices: Choices
) -> tuple[list[MoveForm], list[MoveForm]]:
    """Return the moves that take a case on or undo what one applied for, and all others."""
    made = [_form(move, case, look, choices) for move in moves]
    first = [form for form in made if _is_next(form.name, case)]
    first.sort(key=lambda form: FORWARD.index(form.name) if form.name in FORWARD else -1)
    if first and first[0].kind == "":
        first[0] = replace(first[0], kind="main")
    shown = {form.name for form in first}
    rest = [form for form in made if form.name not in shown]
    if not first:
        rest.sort(key=lambda form: form.name not in WAITING)
        return rest[:2], rest[2:]
    return first, rest


def _is_next(name: str, case: Case) -> bool:
    """Tell whether a move takes a case on from here, or decides or takes back what was applied for."""
    if name == "dispatch":
        return case.stage == "filed"
    return name in FORWARD or name.startswith(("withdraw_", "approve_", "refuse_"))


def _form(move: Move, case: Case, look: Look, choices: Choices) -> MoveForm:
    asked = list(workflow.needs(move, case))
    if move.name == "settle":
        choices = replace(choices, party=_both(case, choices))
    needed = [field for name in asked for field in _fields(name, move, case, look, choices, needed=True)]
    optional = [
        field
        for name in OPTIONAL.get(move.name, ())
        if name not in asked
        for field in _fields(name, move, case, look, choices, needed=False)
    ]
    again = move.name == "dispatch" and case.stage != "filed"
    label = look.t("改派", "Dispatch to another") if again else look.t(move.zh, move.en)
    kind = "grave" if move.name in GRAVE else ""
    return MoveForm(move.name, label, kind, (*needed, *optional), move.name in UNFOLDED and not again)


def _both(case: Case, choices: Choices) -> Groups:
    wanted = {str(party) for party in case.both}
    kept = {key: name for _, options in choices.party for key, name in options if key in wanted}
    return (("", tuple(kept.items())),)


def _fields(name: str, move: Move, case: Case, look: Look, choices: Choices, *, needed: bool) -> list[Field]:
    t = look.t
    if name in PHOTOS:
        moment = look.pair(words.MOMENTS[PHOTOS[name]])
        there = PHOTOS[name] in case.moments
        return [Field(name, "photo", t(f"照片（{moment}）", f"Photo ({moment})"), needed and not there)]
    if name == "place":
        return [
            Field("lon", "degrees", t("经度（WGS-84）", "Longitude (WGS-84)")),
            Field("lat", "degrees", t("纬度", "Latitude")),
        ]
    if name == "party":
        lead = case.answer.get("lead")
        suggested = str(lead["id"]) if lead and move.name == "dispatch" else ""
        return [Field("party", "choice", t("主体", "Party"), needed, suggested, choices.party, search=True)]
    simple = {
        "reason": Field("reason", "text", _reason(move, look), needed),
        "result": Field("result", "text", _result(move, look), needed),
        "until": Field("until", "time", t("延至", "Until"), needed),
        "category": Field(
            "category", "choice", t("新类别", "New category"), needed, "", choices.category, search=True
        ),
        "into": Field(
            "into",
            "line" if not choices.into else "choice",
            t("并入案件", "Into case"),
            needed,
            "",
            choices.into,
        ),
        "task": Field("task", "choice", t("任务", "Task"), needed, "", choices.task),
        "against": Field("against", "choice", t("申诉对象", "Against"), needed, "", _against(look)),
    }
    return [simple[name]]


def _reason(move: Move, look: Look) -> str:
    if move.name in ("check_pass", "verify", "close"):
        return look.t("意见", "Remark")
    return look.t("理由", "Reason")


def _result(move: Move, look: Look) -> str:
    if move.name == "assign":
        return look.t("请其办理的事项", "What it is asked to do")
    return look.t("处置结果", "What was done")


def _against(look: Look) -> Groups:
    names = {
        "rework": ("返工", "rework"),
        "supervision": ("督办", "supervision"),
        "overdue": ("超期", "the overdue mark"),
    }
    return (("", tuple((key, look.pair(names[key])) for key in workflow.APPEALS)),)


def party_groups(answer: Mapping[str, Any], others: Sequence[Any], look: Look) -> Groups:
    """Return the parties to choose from: by the rules in their order, with another part, and others of the ground.

    Args:
        answer: Why this party, as the case keeps it.
        others: Parties at home there: id, zh.
        look: For the words.
    """
    chain = {
        str(one["party"]["id"]): look.t(one["party"]["zh"], one["party"]["en"])
        for one in answer.get("chain", ())
    }
    parts = {
        str(one["id"]): look.t(one["zh"], one["en"])
        for duty in ("assist", "supervise", "inform")
        for one in answer.get(duty, ())
        if str(one["id"]) not in chain
    }
    rest = {str(one.id): one.zh for one in others if str(one.id) not in chain and str(one.id) not in parts}
    groups = (
        (look.t("按规则的顺序", "By the rules, in order"), chain),
        (look.t("协办、监督、知会", "Assist, supervise, inform"), parts),
        (look.t("本地其他主体", "Others of this ground"), rest),
    )
    return tuple((name, tuple(found.items())) for name, found in groups if found)


def category_groups(catalogue: Catalogue, look: Look) -> Groups:
    """Return the categories to choose from (those without others under them), by kind and by the one above."""
    found: dict[str, list[tuple[str, str]]] = {}
    for one in catalogue.leaves():
        above = catalogue.find(one.lineage[1]) if len(one.lineage) > 1 else None
        kind = look.pair(words.KINDS[one.kind])
        group = f"{kind} · {look.t(above.name_zh, above.name_en or above.name_zh)}" if above else kind
        found.setdefault(group, []).append(
            (one.key, f"{look.t(one.name_zh, one.name_en or one.name_zh)} {one.code}")
        )
    return tuple((group, tuple(options)) for group, options in found.items())
