"""An answer, and the sentences that say why it is so, Chinese and English (派遣依据). Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from app.parties.rulebook import BASES, MODELS, STEPS, PartyRef

if TYPE_CHECKING:
    from app.categories.catalogue import Category
    from app.parties.kinds import Group
    from app.parties.rulebook import Rulebook

RULE_OF_TIER: Final = {-1: "aside", 0: "enforcement", 1: "duty"}
RANKS: Final = ("model", "ground", "category", "basis")
"""What the parts of a rank are, in order; the first of them is the rule that a candidate stands under."""
DECIDING: Final = {
    "enforcement": ("执法权", "the power to enforce"),
    "duty": ("法定或合同责任", "duty by law or contract"),
    "model": ("协作模式", "the collaboration model"),
    "ground": ("责任地块更精确", "the more exact ground"),
    "category": ("问题类别更精确", "the more exact category"),
    "basis": ("依据更有力", "the stronger basis"),
    "double": ("两个主责并列，按编码先后", "two leads of equal rank, by code"),
    "last_resort": ("属地兜底", "the territorial last resort"),
    "district": ("区级兜底", "the district's own authority"),
    "nobody": ("无责任主体", "nobody answers"),
}
"""Names of deciding rules; stable."""


class Candidate(NamedTuple):
    """One who may be asked to lead, and by which rule."""

    party: PartyRef
    rule: str  # enforcement, duty, model, last_resort, district; aside: may not lead here
    responsibility_id: int | None
    ground: str  # code of an area or patch
    category: str  # scheme:code, kind:..., or nothing for all
    basis_kind: str
    basis: str
    instead_of: PartyRef | None = None


class Step(NamedTuple):
    """One rule considered, whether it was used, and why."""

    rule: str
    used: bool
    zh: str
    en: str
    party_id: int | None = None
    responsibility_id: int | None = None


class Setting(NamedTuple):
    """The model that holds at a place, and of which area it is; none: the default."""

    model: str
    step: str | None
    area_code: str | None
    basis: str


class Considered(NamedTuple):
    """A candidate with its rank: tier, ground, category, basis; the smaller goes first."""

    rank: tuple[int, int, int, int]
    candidate: Candidate
    group: Group


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Who answers.

    Attributes:
        lead: None where not even a street office is known.
        chain: Everyone who may lead, in the order in which they are asked; the lead first.
        assist, supervise, inform: Who else has a part (协办、监督、知会).
        trace: The rules considered, with a sentence each.
        deciding: The rule that put the first before the second, one of `DECIDING`.
        last_resort: Nobody but the street office or the district answers (属地兜底).
        doubles: Leads of equal rank, where there are two or more.
        model, step: The collaboration model that held there.
    """

    lead: PartyRef | None
    chain: tuple[Candidate, ...]
    assist: tuple[PartyRef, ...]
    supervise: tuple[PartyRef, ...]
    inform: tuple[PartyRef, ...]
    trace: tuple[Step, ...]
    deciding: str
    last_resort: bool
    doubles: tuple[PartyRef, ...]
    model: str
    step: str | None

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "lead": None if self.lead is None else self.lead._asdict(),
            "deciding": self.deciding,
            "deciding_zh": DECIDING[self.deciding][0],
            "deciding_en": DECIDING[self.deciding][1],
            "last_resort": self.last_resort,
            "model": self.model,
            "step": self.step,
            "chain": [_candidate(c) for c in self.chain],
            "assist": [p._asdict() for p in self.assist],
            "supervise": [p._asdict() for p in self.supervise],
            "inform": [p._asdict() for p in self.inform],
            "doubles": [p._asdict() for p in self.doubles],
            "trace": [s._asdict() for s in self.trace],
        }


def _candidate(candidate: Candidate) -> dict[str, Any]:
    told = candidate._asdict()
    told["party"] = candidate.party._asdict()
    told["instead_of"] = None if candidate.instead_of is None else candidate.instead_of._asdict()
    return told


def difference(first: Considered, second: Considered) -> str:
    """Return what puts one candidate before another; double if nothing but the code does."""
    for name, one, other in zip(RANKS, first.rank, second.rank, strict=True):
        if one != other:
            return first.candidate.rule if name == "model" else name
    return "double"


class Findings(NamedTuple):
    """All that was weighed: candidates in order, those kept from leading, those away, the last resort, doubles."""

    setting: Setting
    ranked: list[Considered]
    aside: list[Considered]
    away: list[Considered]
    last: Candidate | None
    doubles: list[Considered]


def trace(rulebook: Rulebook, category: Category, found: Findings, deciding: str) -> tuple[Step, ...]:
    """Return the rules considered: model, power, duty, then one candidate after the other, then the last resort."""
    ranked = found.ranked
    steps = [_model(rulebook, found.setting), _power(category), _duty(ranked, category)]
    for considered in ranked:
        if considered is ranked[0]:
            steps.append(_chosen(rulebook, considered.candidate, deciding))
        elif considered.candidate.party.id == ranked[0].candidate.party.id:
            steps.append(_passed(rulebook, considered, "same"))
        else:
            steps.append(_passed(rulebook, considered, difference(ranked[0], considered)))
    steps += [_kept(rulebook, considered, category) for considered in found.aside]
    steps += [_missing(considered.candidate) for considered in found.away]
    if found.doubles:
        steps.append(_double(found.doubles))
    steps.append(_final(found.last, used=not ranked))
    return tuple(steps)


def _used(rule: str, zh: str, en: str, party_id: int | None = None, rule_id: int | None = None) -> Step:
    return Step(rule=rule, used=True, zh=zh, en=en, party_id=party_id, responsibility_id=rule_id)


def _passed_over(
    rule: str, zh: str, en: str, party_id: int | None = None, rule_id: int | None = None
) -> Step:
    return Step(rule=rule, used=False, zh=zh, en=en, party_id=party_id, responsibility_id=rule_id)


def _model(rulebook: Rulebook, setting: Setting) -> Step:
    zh, en = MODELS[setting.model]
    if setting.area_code is None:
        return _passed_over(
            "model",
            f"未设置协作模式，按默认：{zh}。",
            f"No collaboration model is set; by default: {en}.",
        )
    if setting.step is not None:
        zh, en = f"{zh}（{STEPS[setting.step][0]}）", f"{en} ({STEPS[setting.step][1]})"
    name = rulebook.area_names.get(setting.area_code, setting.area_code)
    return _used("model", f"{name}的协作模式：{zh}。", f"The model of {name} is {en}.")


def _power(category: Category) -> Step:
    if category.enforcement:
        return _used(
            "enforcement",
            "此类问题须由有执法权的单位主责，其他主体发现、劝阻、报告、调解。",
            "It needs the power to enforce: a body that has it leads; the others find, dissuade, report, mediate.",
        )
    return _passed_over("enforcement", "此类问题无须执法权。", "It doesn't need the power to enforce.")


def _duty(ranked: list[Considered], category: Category) -> Step:
    if ranked and ranked[0].candidate.rule == "duty":
        return _used(
            "duty",
            "此处有法定或合同责任单位，由其主责。",
            "Law or contract puts this ground on somebody, who leads.",
        )
    if category.enforcement:
        return _passed_over(
            "duty",
            "须由执法单位主责，法定或合同责任不决定主责。",
            "The power to enforce goes before duty.",
        )
    return _passed_over(
        "duty",
        "此处没有此类问题的法定或合同责任单位。",
        "Nobody has this by law or contract on this very ground.",
    )


def _said(rulebook: Rulebook, candidate: Candidate) -> tuple[str, str]:
    """Return a candidate with the ground, categories and basis of its rule."""
    ground = rulebook.area_names.get(candidate.ground, candidate.ground)
    basis = BASES.get(candidate.basis_kind, ("", ""))
    by = f"{basis[0]}《{candidate.basis}》" if candidate.basis else basis[0]
    token = candidate.category
    zh = f"{candidate.party.zh}（{ground}，{token or '全部类别'}，{by}）"
    en = f"{candidate.party.en} ({ground}, {token or 'all categories'}, {candidate.basis or basis[1]})"
    if candidate.instead_of is not None:
        zh += f"，代{candidate.instead_of.zh}"
        en += f", for {candidate.instead_of.en}, who is absent"
    return zh, en


def _chosen(rulebook: Rulebook, candidate: Candidate, deciding: str) -> Step:
    zh, en = _said(rulebook, candidate)
    why = DECIDING[deciding]
    return _used(
        deciding,
        f"采用：{zh}。理由：{why[0]}。",
        f"Used: {en}. By {why[1]}.",
        candidate.party.id,
        candidate.responsibility_id,
    )


_PASSED = {
    "enforcement": ("无执法权者在后", "those with the power to enforce go first"),
    "duty": ("有法定或合同责任者在先", "who has the duty goes first"),
    "model": ("按协作模式在后", "the collaboration model puts it later"),
    "ground": ("责任地块较大", "its ground is less exact"),
    "category": ("问题类别较宽", "its category is less exact"),
    "basis": ("依据较弱", "its basis is weaker"),
    "double": ("并列，编码在后", "of equal rank, later by code"),
    "same": ("同一主体的另一条规则", "another rule of the same party"),
}


def _passed(rulebook: Rulebook, considered: Considered, why: str) -> Step:
    candidate = considered.candidate
    zh, en = _said(rulebook, candidate)
    zh_why, en_why = _PASSED[why]
    return _passed_over(
        why,
        f"未采用：{zh}。{zh_why}。",
        f"Not used: {en}: {en_why}.",
        candidate.party.id,
        candidate.responsibility_id,
    )


def _kept(rulebook: Rulebook, considered: Considered, category: Category) -> Step:
    candidate = considered.candidate
    zh, en = _said(rulebook, candidate)
    if category.enforcement:
        rule, zh_why, en_why = "enforcement", "没有执法权，协办", "it has no power to enforce, and assists"
    else:
        rule, zh_why, en_why = "model", "现阶段由社区主责", "in this step the community leads"
    return _passed_over(
        rule,
        f"未采用：{zh}。{zh_why}。",
        f"Not used: {en}: {en_why}.",
        candidate.party.id,
        candidate.responsibility_id,
    )


def _missing(candidate: Candidate) -> Step:
    zh, en = candidate.party.zh, candidate.party.en
    return _passed_over(
        "absence",
        f"未采用：{zh}缺位且无人代理，顺延。",
        f"Not used: {en} is absent without a delegate; the next answers.",
        candidate.party.id,
        candidate.responsibility_id,
    )


def _double(doubles: list[Considered]) -> Step:
    parties = [c.candidate.party for c in doubles]
    return _used(
        "double",
        f"主责并列：{'、'.join(p.zh for p in parties)}，按编码先后，请修订规则。",
        f"Leads of equal rank: {', '.join(p.en for p in parties)}; settled by code. The rules want mending.",
    )


def _final(last: Candidate | None, *, used: bool) -> Step:
    if last is None:
        return (_used if used else _passed_over)(
            "nobody",
            "没有可兜底的街道办事处或区级部门。",
            "No street office or district authority is known for the last resort.",
        )
    name = last.party
    if used:
        zh, en = (
            f"采用：{name.zh}兜底，没有其他主责。",
            f"Used: {name.en} as the last resort; nobody else leads.",
        )
    else:
        zh, en = f"兜底：{name.zh}，未用到。", f"The last resort, {name.en}, isn't needed."
    return (_used if used else _passed_over)(last.rule, zh, en, name.id)
