"""What somebody asks to be stored of parties, checked as far as it goes without the database (责任规则草稿). Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from app.core.errors import BadInput
from app.parties.kinds import known
from app.parties.rulebook import ALWAYS, BASES, MODELS, PATCH_KINDS, ROLES, STEPS, Period

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from shapely.geometry.base import BaseGeometry

LONGEST_NAME = 200
LONGEST_BASIS = 500
LONGEST_CONTACT = 500
MOST_CATEGORIES = 200
MOST_CELLS = 20_000
_CODE: Final = re.compile(r"[^\s,;|]{1,80}")
_TOKEN: Final = re.compile(r"[a-z][a-z0-9_-]{0,39}:[^\s,;|]{1,40}")
CATEGORY_KINDS: Final = ("component", "event", "social_service")
MEANS: Final = ("phone", "email", "address", "other")


class BadRule(BadInput):
    """A rule about who answers isn't right."""

    zh = "责任规则有误。"


class BadPeriod(BadRule):
    """A period ends before it starts."""

    zh = "期限的结束早于开始。"


@dataclass(frozen=True, slots=True, kw_only=True)
class PartyDraft:
    """A party to make; `parent` is the code of the body that it belongs to, `since` when its name begins."""

    code: str
    kind: str
    zh: str
    en: str = ""
    area_code: str | None = None
    parent: str | None = None
    period: Period = ALWAYS
    synthetic: bool = False

    def __post_init__(self) -> None:
        checked_code(self.code)
        known(self.kind)
        checked_period(self.period)
        checked_name(self.zh, self.en)


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponsibilityDraft:
    """A responsibility to make: a party's code, and the code of an area or of a patch; no categories: all."""

    party: str
    role: str = "lead"
    area_code: str | None = None
    patch: str | None = None
    categories: tuple[str, ...] = ()
    period: Period = ALWAYS
    basis_kind: str = "assignment"
    basis: str = ""
    synthetic: bool = False

    def __post_init__(self) -> None:
        one_of("role", self.role, ROLES)
        one_of("basis", self.basis_kind, BASES)
        checked_period(self.period)
        if (self.area_code is None) == (self.patch is None):
            raise BadRule("It has no ground, or two.", remedy="Give an area's code, or a patch's.")
        if len(self.categories) > MOST_CATEGORIES:
            raise BadRule(
                f"It names {len(self.categories)} categories.", remedy="Name their parents instead."
            )
        for token in self.categories:
            checked_token(token)
        no_longer("basis", self.basis, LONGEST_BASIS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelDraft:
    """A collaboration model from a time on; `since` None: it always held."""

    area_code: str
    model: str
    step: str | None = None
    since: datetime | None = None
    basis: str = ""

    def __post_init__(self) -> None:
        one_of("model", self.model, MODELS)
        if self.step is not None:
            one_of("step", self.step, STEPS)
            if self.model != "government_led":
                raise BadRule(
                    f"{self.model} has no steps.",
                    remedy="Steps belong to the government-led model: leave it out.",
                )
        no_longer("basis", self.basis, LONGEST_BASIS)


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchDraft:
    """Ground to draw within an area: the codes of its cells, or a polygon in the metric CRS."""

    code: str
    kind: str
    area_code: str
    zh: str = ""
    en: str = ""
    period: Period = ALWAYS
    cells: tuple[str, ...] = ()
    shape: BaseGeometry | None = None
    synthetic: bool = False

    def __post_init__(self) -> None:
        checked_code(self.code)
        one_of("kind of patch", self.kind, PATCH_KINDS)
        checked_period(self.period)
        if bool(self.cells) == (self.shape is not None):
            raise BadRule("It has neither cells nor a polygon, or both.", remedy="Give one of them.")
        if len(self.cells) > MOST_CELLS:
            raise BadRule(f"It has {len(self.cells)} cells.", remedy=f"Take at most {MOST_CELLS}.")
        no_longer("name", self.zh + self.en, 2 * LONGEST_NAME)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDraft:
    """A way to reach a party: personal data."""

    means: str
    value: str
    post: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        one_of("means", self.means, MEANS)
        if not self.value.strip():
            raise BadRule("The contact is empty.", remedy="Give a number or an address.")
        no_longer("contact", self.value + self.post + self.note, LONGEST_CONTACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceDraft:
    """A time for which a party is away; `delegate` is the code of who answers for it."""

    period: Period
    delegate: str | None = None
    reason: str = ""

    def __post_init__(self) -> None:
        checked_period(self.period)
        no_longer("reason", self.reason, LONGEST_BASIS)


def checked_code(code: str) -> str:
    """Return a code as it is, if it can be one: no blanks, commas, semicolons or bars, 80 characters at most."""
    if not _CODE.fullmatch(code):
        raise BadRule(
            f"The code is {code[:80]!r}.", remedy="Take 1 to 80 characters without blanks, commas, ; or |."
        )
    return code


def checked_name(zh: str, en: str) -> None:
    """Refuse a name that is empty or too long."""
    if not zh.strip():
        raise BadRule("The name is empty.", remedy="Give a Chinese name.")
    no_longer("name", zh, LONGEST_NAME)
    no_longer("name", en, LONGEST_NAME)


def checked_period(period: Period) -> None:
    """Refuse a period that is empty."""
    if period.start is not None and period.end is not None and period.end <= period.start:
        raise BadPeriod(f"{period.start} to {period.end}.", remedy="Give an end after the start.")


def checked_token(token: str) -> None:
    """Refuse what can't name categories."""
    scheme, _, code = token.partition(":")
    if not _TOKEN.fullmatch(token) or (scheme == "kind" and code not in CATEGORY_KINDS):
        raise BadRule(
            f"{token[:80]!r} names no category.",
            remedy="Write scheme:code as in event:0102, or kind:event, kind:component, kind:social_service.",
        )


def one_of(what: str, value: str, allowed: Collection[str]) -> None:
    """Refuse a word that isn't one of those known."""
    if value not in allowed:
        raise BadRule(f"There is no {what} {value[:60]!r}.", remedy=f"Take one of {', '.join(allowed)}.")


def no_longer(what: str, text: str, most: int) -> None:
    """Refuse a text that is too long."""
    if len(text) > most:
        raise BadRule(f"The {what} has {len(text)} characters.", remedy=f"Take at most {most}.")
