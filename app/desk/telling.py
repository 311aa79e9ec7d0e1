"""What a case's page tells of it in words: history, why this party, duplicates (办理经过、派遣依据). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.cases.workflow import MOVES
from app.desk import words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from app.desk.drawing import Look

_MOVES = {
    "report": ("上报", "Reported"), "comment": ("留言", "Comment"), "overdue": ("超期", "Overdue"),
    "escalate": ("逐级移交", "Handed on"), "merged": ("并案", "Merged"), "photo_alike": ("照片与他案相似", "A photo like another case's"),
}  # fmt: skip
_NOBODIES = {"system": ("系统", "the system"), "public": ("公众", "the public")}
FACTS = {
    "result": ("处置结果", "Result"), "outcome": ("结果", "Outcome"), "category": ("类别", "Category"),
    "until": ("延至", "Until"), "into": ("并入", "Into"), "against": ("申诉对象", "Against"),
}  # fmt: skip


def steps(history: Iterable[Mapping[str, Any]], look: Look, names: Mapping[int, str]) -> list[dict[str, Any]]:
    """Return the history, newest first: name, at, who, party, reason and facts, in words."""
    told = [
        {
            "name": move(step["move"], look),
            "at": step["at"],
            "who": who(step["who"], look),
            "party": step["party_zh"] or names.get(step["party_id"], ""),
            "reason": step["reason"],
            "facts": [
                f"{look.pair(FACTS[key])}: {value}"
                for key, value in step["facts"].items()
                if key in FACTS and value
            ],
        }
        for step in history
    ]
    return told[::-1]


def who(shown: str, look: Look) -> str:
    """Return how someone is shown who has no account."""
    return look.pair(_NOBODIES[shown]) if shown in _NOBODIES else shown


def move(name: str, look: Look) -> str:
    """Return what happened, in words, by the name that history keeps."""
    if name in MOVES:
        return look.t(MOVES[name].zh, MOVES[name].en)
    return look.pair(_MOVES[name]) if name in _MOVES else name


def sentence(answer: Mapping[str, Any], look: Look) -> str:
    """Return in one short sentence why the first candidate comes first."""
    lead = answer.get("lead")
    if not lead:
        return ""
    chain = answer.get("chain") or [{}]
    rule = look.t(answer["deciding_zh"], answer["deciding_en"])
    model = look.pair(words.MODELS[answer["model"]]) if answer.get("model") in words.MODELS else ""
    basis = chain[0].get("basis") or ""
    parts = [look.t(f"按“{rule}”确定", f"Decided by {rule}")]
    if model:
        parts.append(look.t(f"本社区为{model}", f"the community is {model}"))
    if basis:
        parts.append(look.t(f"依据：{basis}", f"basis: {basis}"))
    return look.t("，", "; ").join(parts) + look.t("。", ".")


def why(answer: Mapping[str, Any], look: Look) -> dict[str, Any]:
    """Return what the page 派遣依据 shows of an answer."""

    def named(party: Mapping[str, Any] | None) -> str:
        return look.t(party["zh"], party["en"] or party["zh"]) if party else ""

    def candidate(one: Mapping[str, Any]) -> dict[str, str]:
        rests = look.pair(words.BASES[one["basis_kind"]]) if one["basis_kind"] in words.BASES else ""
        instead = one.get("instead_of")
        parts = [
            rests,
            one["basis"],
            look.t(f"代 {named(instead)}", f"for {named(instead)}") if instead else "",
        ]
        return {"name": named(one["party"]), "basis": " · ".join(part for part in parts if part)}

    deciding = answer.get("deciding")
    used = [i for i, step in enumerate(answer.get("trace", ())) if step["used"] and step["rule"] == deciding]
    return {
        "lead": named(answer.get("lead")),
        "sentence": sentence(answer, look),
        "last_resort": answer.get("last_resort", False),
        "chain": [candidate(one) for one in answer.get("chain", ())],
        "others": [
            (look.pair(words.DUTIES[duty]), "、".join(named(one) for one in answer.get(duty, ())))
            for duty in ("assist", "supervise", "inform")
            if answer.get(duty)
        ],
        "trace": [
            {"said": look.t(step["zh"], step["en"]), "deciding": i in used[:1]}
            for i, step in enumerate(answer.get("trace", ()))
        ],
    }


def duplicates(
    found: Sequence[Any], linked: Sequence[Mapping[str, Any]], known: Mapping[str, Any], look: Look
) -> list[dict[str, Any]]:
    """Return the cases that are, or may be, the same."""
    metres = {one.number: one.distance_m for one in found}
    numbers = list(dict.fromkeys([*(one["number"] for one in linked), *metres]))
    return [
        {
            "number": number,
            "distance_m": metres.get(number),
            "category": look.t(
                known[number].category_zh, known[number].category_en or known[number].category_zh
            ),
            "stage": look.pair(words.STAGES[known[number].stage]),
            "reported_at": known[number].reported_at,
            "open": known[number].open,
        }
        for number in numbers
        if number in known
    ]


def photos(found: Iterable[Mapping[str, Any]]) -> list[tuple[str, list[Any]]]:
    """Return photos by moment, before and after always, side by side."""
    by_moment: dict[str, list[Any]] = {"before": [], "after": []}
    for photo in found:
        by_moment.setdefault(photo["moment"], []).append(photo)
    return list(by_moment.items())
