"""Names of stages, kinds and lights on the pages, Chinese and English (see the words of the standards). Pure."""

from __future__ import annotations

from typing import Final

from app.cases import reporting, workflow
from app.categories import catalogue
from app.parties import rulebook

Names = tuple[str, str]

STAGES: Final[dict[str, Names]] = {key: (zh, key.replace("_", " ")) for key, zh in workflow.STAGES.items()}
SOURCES: Final[dict[str, Names]] = reporting.SOURCES
LIGHTS: Final[dict[str, Names]] = {
    "green": ("正常", "in time"),
    "yellow": ("临期", "nearly due"),
    "red": ("超期", "late"),
    "paused": ("暂停计时", "paused"),
    "none": ("无时限", "no limit"),
}
LOOPS: Final[dict[str, Names]] = {
    "street": ("街乡小循环", "street loop"),
    "district": ("区级大循环", "district loop"),
}
MODELS: Final[dict[str, Names]] = rulebook.MODELS
STEPS: Final[dict[str, Names]] = rulebook.STEPS
DUTIES: Final[dict[str, Names]] = {
    "lead": ("主责", "lead"),
    "assist": ("协办", "assist"),
    "supervise": ("监督", "supervise"),
    "inform": ("知会", "inform"),
}
BASES: Final[dict[str, Names]] = rulebook.BASES
MOMENTS: Final[dict[str, Names]] = {
    "before": ("处置前", "before"),
    "after": ("处置后", "after"),
    "check": ("核查", "at the check"),
    "other": ("其他", "other"),
}
TASKS: Final[dict[str, Names]] = {
    "dispatched": ("待签收", "dispatched"),
    "signed": ("处置中", "signed for"),
    "handled": ("已处置", "handled"),
    "done": ("完成", "done"),
    "withdrawn": ("撤回", "withdrawn"),
}
APPLICATIONS: Final[dict[str, Names]] = {
    what: (zh, en) for what, (zh, en, *_) in workflow.APPLICATIONS.items()
}
DECISIONS: Final[dict[str, Names]] = {
    "approved": ("同意", "approved"),
    "refused": ("不同意", "refused"),
    "withdrawn": ("已撤回", "withdrawn"),
}
MEANS: Final[dict[str, Names]] = {
    "phone": ("电话", "phone"),
    "email": ("邮箱", "email"),
    "address": ("地址", "address"),
    "other": ("其他", "other"),
}
KINDS: Final[dict[str, Names]] = catalogue.KINDS
OUTCOMES: Final[dict[str, Names]] = {
    "declined": ("当事人不接受调解", "mediation declined"),
    "impossible": ("无法办理", "impossible"),
}
