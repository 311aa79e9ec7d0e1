"""Categories of incidents (问题类别) and their time limits (办理时限), as one value to look things up in. Pure.

Codes differ from city to city: a category is known by scheme and code together, its *key*, as in `event:0102`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final, Literal

from app.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from decimal import Decimal

    from app.core.worktime import Unit

Stage = Literal["overall", "accept", "verify", "file", "dispatch", "sign", "handle", "check"]
STAGES: Final[tuple[Stage, ...]] = (
    "overall",
    "accept",
    "verify",
    "file",
    "dispatch",
    "sign",
    "handle",
    "check",
)
KINDS: Final = {
    "component": ("部件", "Component"),
    "event": ("事件", "Event"),
    "social_service": ("社会服务事项", "Social service"),
}
"""Kind: its Chinese and English names."""
UNGRADED = 1  # the class of an area that nobody has graded: the strictest


class UnknownCategory(BadInput):
    """There is no such category; nothing was changed."""

    zh = "没有该问题类别，未作任何更改。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Category:
    """One category, a leaf or an inner node of its scheme's tree.

    Attributes:
        key: `scheme:code`.
        lineage: Its key, its parent's, and so on up.
        kind: component, event or social_service.
        source: Where it was seen, with its confidence mark.
        confidential: Only who mediates and who is concerned sees its cases.
        enforcement: Takes the power to enforce.
        party_kind: Who usually answers; "" unknown.
        filing_zh: When it is filed (立案条件).
        closing_zh: When it is closed (结案条件).
    """

    id: int
    scheme: str
    code: str
    lineage: tuple[str, ...]
    kind: str
    name_zh: str
    name_en: str
    source: str
    confidential: bool = False
    enforcement: bool = False
    party_kind: str = ""
    filing_zh: str = ""
    closing_zh: str = ""

    @property
    def key(self) -> str:
        return self.lineage[0]


@dataclass(frozen=True, slots=True)
class Limit:
    """How long one stage, or all of it, may take: `amount` of `unit`."""

    amount: Decimal
    unit: Unit
    stage: Stage
    source: str


@dataclass(frozen=True)
class Catalogue:
    """All categories, limits and classes of areas.

    Attributes:
        categories: By key.
        limits: By (category key or "" for any, area class or 0 for any, stage).
        classes: Class of an area, by its code.
    """

    categories: Mapping[str, Category]
    limits: Mapping[tuple[str, int, str], Limit] = field(default_factory=dict)
    classes: Mapping[str, int] = field(default_factory=dict)

    def find(self, key: str) -> Category:
        """Return a category by its key.

        Raises:
            UnknownCategory: There is none.
        """
        found = self.categories.get(key)
        if found is None:
            raise UnknownCategory(
                f"It is {key[:60]!r}.", remedy="Choose one of /api/categories, as in event:0102."
            )
        return found

    @cached_property
    def _by_id(self) -> dict[int, Category]:
        return {category.id: category for category in self.categories.values()}

    def by_id(self, category_id: int) -> Category:
        """Return a category by its id in the database.

        Raises:
            UnknownCategory: There is none.
        """
        found = self._by_id.get(category_id)
        if found is None:
            raise UnknownCategory(f"Its id is {category_id}.")
        return found

    def all(self) -> Sequence[Category]:
        """Return every category, in order of scheme and code."""
        return tuple(self.categories.values())

    @cached_property
    def _parents(self) -> frozenset[str]:
        return frozenset(
            category.lineage[1] for category in self.categories.values() if len(category.lineage) > 1
        )

    def leaves(self) -> Sequence[Category]:
        """Return the categories without others under them: what an incident can be."""
        return tuple(
            category
            for category in self.categories.values()
            if category.key not in self._parents and len(category.lineage) > 1
        )

    def limit(self, category: Category, area_class: int, stage: Stage) -> Limit | None:
        """Return the most exact limit: the category's before its parents' before any's, the class's before any's."""
        for key in (*category.lineage, ""):
            for of_class in (area_class, 0):
                found = self.limits.get((key, of_class, stage))
                if found is not None:
                    return found
        return None

    def area_class(self, codes: Iterable[str | None]) -> int:
        """Return the class of the first of these areas that has one; smallest area first."""
        return next(
            (self.classes[code] for code in codes if code is not None and code in self.classes), UNGRADED
        )


def lineages(parents: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """Return each key with those above it, from child to parent; `parents` has "" for the roots.

    Raises:
        BadInput: A category is above itself, or its parent is missing.
    """
    found: dict[str, tuple[str, ...]] = {}
    for key in parents:
        line: list[str] = []
        above = key
        while above:
            if above in line:
                raise BadInput(f"Category {key} is above itself.", remedy="Mend its parent_code.")
            if above not in parents:
                raise BadInput(
                    f"The parent {above} of {key} is missing.", remedy="Add it before its children."
                )
            line.append(above)
            above = parents[above]
        found[key] = tuple(line)
    return found


def as_stage(text: str) -> Stage:
    """Return a stage that has limits.

    Raises:
        BadInput: It is none.
    """
    if text not in STAGES:
        raise BadInput(f"The stage is {text!r}.", remedy=f"One of: {', '.join(STAGES)}.")
    return text
