"""Parties, grounds, responsibilities and models as values (责任规则), indexed by ground. Pure.

It holds every rule of the deployment, past and future ones, too: whoever asks says for which time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeVar

import shapely

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from shapely.geometry.base import BaseGeometry

K = TypeVar("K")
V = TypeVar("V")

Role = Literal["lead", "assist", "supervise", "inform"]
Model = Literal["government_led", "community_led", "self_governed"]
Step = Literal["lead", "follow", "hand_over"]

ROLES: Final = {
    "lead": ("主责", "leads"),
    "assist": ("协办", "assists"),
    "supervise": ("监督", "supervises"),
    "inform": ("知会", "is informed"),
}
MODELS: Final = {
    "government_led": ("政府主导、社区配合", "government-led"),
    "community_led": ("政府指导、社区主体", "community-led"),
    "self_governed": ("社区居民自治", "self-governed"),
}
STEPS: Final = {
    "lead": ("领着干", "lead"),
    "follow": ("跟着干", "follow"),
    "hand_over": ("放手干", "hand over"),
}
BASES: Final = {
    "law": ("法律法规", "law"),
    "contract": ("合同", "contract"),
    "agreement": ("协议", "agreement"),
    "assignment": ("指派", "assignment"),
    "charter": ("章程", "charter"),
}
"""What a responsibility rests on, the stronger first."""
PATCH_KINDS: Final = {
    "zone": ("分区", "zone"),
    "responsibility_grid": ("责任网格", "responsibility grid"),
    "site": ("责任场所", "site"),
    "drawn": ("划定地块", "drawn ground"),
}
EVERYTHING: Final = ""
"""The token of a responsibility for all categories."""


class Period(NamedTuple):
    """A time from `start` (included) to `end` (not included); None: without that end."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Tell whether a moment lies in it."""
        return (self.start is None or self.start <= at) and (self.end is None or at < self.end)


ALWAYS: Final = Period()


class Place(NamedTuple):
    """Where something is: the cell (`areas.cells.id`), codes of its areas, metres in the metric CRS where known."""

    cell_id: int | None = None
    community: str | None = None
    street: str | None = None
    district: str | None = None
    x: float | None = None
    y: float | None = None

    @property
    def areas(self) -> tuple[str, ...]:
        """Codes of the areas that hold it, the smallest first."""
        return tuple(code for code in (self.community, self.street, self.district) if code is not None)


class PartyRef(NamedTuple):
    """A party as it is named in an answer."""

    id: int
    code: str
    kind: str
    zh: str
    en: str
    synthetic: bool


class DatedName(NamedTuple):
    """A name and when it held."""

    zh: str
    en: str = ""
    period: Period = ALWAYS


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """Anything that can answer (主体); `area_code` is its home ground, `parent_id` the body that it belongs to."""

    id: int
    code: str
    kind: str
    names: tuple[DatedName, ...] = ()
    area_code: str | None = None
    parent_id: int | None = None
    period: Period = ALWAYS
    synthetic: bool = False
    version: int = 1

    def named(self, at: datetime) -> PartyRef:
        """Return it under the name of a time; under its last one where none held then."""
        name = next((n for n in self.names if n.period.holds(at)), None)
        name = name or (self.names[-1] if self.names else DatedName(self.code, self.code))
        return PartyRef(self.id, self.code, self.kind, name.zh, name.en or name.zh, self.synthetic)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """Ground that is no area: a zone or responsibility grid (cells), a site or something drawn (a polygon).

    Attributes:
        cells: Of a set of cells: those; of a polygon: those that it touches (`areas.cells` ids, of every edition).
        whole: Of a polygon: the cells that lie wholly in it.
        shape: Of a polygon, in the metric CRS.
    """

    id: int
    code: str
    kind: str
    area_code: str
    zh: str = ""
    en: str = ""
    period: Period = ALWAYS
    cells: frozenset[int] = frozenset()
    whole: frozenset[int] = frozenset()
    shape: BaseGeometry | None = None
    synthetic: bool = False
    version: int = 1

    def holds(self, place: Place) -> bool:
        """Tell whether a place lies in it: a polygon by the exact point, by the whole cell where there is none."""
        if self.shape is None:
            return place.cell_id in self.cells
        if place.x is None or place.y is None:
            return place.cell_id in self.whole
        return bool(shapely.intersects_xy(self.shape, place.x, place.y))


@dataclass(frozen=True, slots=True, kw_only=True)
class Responsibility:
    """Joins a party to a ground (an area's code or a patch's id) and categories, in a role.

    `categories` holds `scheme:code` (a node and all under it) or `kind:event`; empty means all.
    """

    id: int
    party_id: int
    role: Role = "lead"
    area_code: str | None = None
    patch_id: int | None = None
    categories: tuple[str, ...] = ()
    period: Period = ALWAYS
    basis_kind: str = "assignment"
    basis: str = ""
    synthetic: bool = False
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CommunityModel:
    """The collaboration model of a community, or of a street for its communities without one of their own."""

    id: int
    area_code: str
    model: Model
    step: Step | None = None
    period: Period = ALWAYS
    basis: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """While a party is away, its delegate answers; without one, the next candidate does."""

    id: int
    party_id: int
    period: Period
    delegate_id: int | None = None
    reason: str = ""


ByCategory = dict[str, list[Responsibility]]
"""A category's token: the responsibilities that name it."""


@dataclass(frozen=True, kw_only=True)
class Rulebook:
    """All rules, with indexes by ground and category, so that a question looks at a handful of them."""

    version: str = ""
    parties: Mapping[int, Party] = field(default_factory=dict)
    patches: Mapping[int, Patch] = field(default_factory=dict)
    responsibilities: tuple[Responsibility, ...] = ()
    models: tuple[CommunityModel, ...] = ()
    absences: tuple[Absence, ...] = ()
    area_names: Mapping[str, str] = field(default_factory=dict)

    by_area: dict[str, ByCategory] = field(init=False, repr=False, compare=False)
    by_patch: dict[int, ByCategory] = field(init=False, repr=False, compare=False)
    patches_of_cell: dict[int, list[Patch]] = field(init=False, repr=False, compare=False)
    polygons: list[Patch] = field(init=False, repr=False, compare=False)
    models_of: dict[str, list[CommunityModel]] = field(init=False, repr=False, compare=False)
    absences_of: dict[int, list[Absence]] = field(init=False, repr=False, compare=False)
    offices: dict[str | None, list[Party]] = field(init=False, repr=False, compare=False)
    authorities: list[Party] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rules = sorted(self.responsibilities, key=lambda r: r.id)  # answers do not depend on the order given
        ruled = {rule.patch_id for rule in rules}
        patches = [self.patches[i] for i in sorted(self.patches) if i in ruled]
        own = object.__setattr__
        own(self, "by_area", _by_ground((r.area_code, r) for r in rules if r.area_code is not None))
        own(self, "by_patch", _by_ground((r.patch_id, r) for r in rules if r.patch_id is not None))
        own(self, "patches_of_cell", _grouped((cell, p) for p in patches for cell in p.cells))
        own(self, "polygons", [p for p in patches if p.shape is not None])
        for patch in patches:
            if patch.shape is not None:
                shapely.prepare(patch.shape)
                # the first question builds an index, which threads must not do at once
                shapely.intersects_xy(patch.shape, *shapely.get_coordinates(patch.shape)[0])
        own(self, "models_of", _grouped((m.area_code, m) for m in self.models))
        own(self, "absences_of", _grouped((a.party_id, a) for a in self.absences))
        parties = sorted(self.parties.values(), key=lambda p: p.code.encode())
        own(self, "offices", _grouped((p.area_code, p) for p in parties if p.kind == "street_office"))
        own(self, "authorities", [p for p in parties if p.kind == "district_department"])

    def patches_at(self, place: Place, at: datetime | None = None) -> list[Patch]:
        """Return the patches with rules that hold a place, at a time or at any."""
        near = self.polygons if place.cell_id is None else self.patches_of_cell.get(place.cell_id, ())
        return [patch for patch in near if (at is None or patch.period.holds(at)) and patch.holds(place)]

    def model_at(self, place: Place, at: datetime) -> CommunityModel | None:
        """Return the model of the smallest area around a place that has one at that time."""
        for code in place.areas:
            for model in self.models_of.get(code, ()):
                if model.period.holds(at):
                    return model
        return None

    def absence_at(self, party_id: int, at: datetime) -> Absence | None:
        """Return the absence of a party at a time."""
        return next((a for a in self.absences_of.get(party_id, ()) if a.period.holds(at)), None)


def _by_ground(pairs: Iterable[tuple[K, Responsibility]]) -> dict[K, ByCategory]:
    found: dict[K, ByCategory] = {}
    for ground, rule in pairs:
        tokens = found.setdefault(ground, {})
        for token in rule.categories or (EVERYTHING,):
            tokens.setdefault(token, []).append(rule)
    return found


def _grouped(pairs: Iterable[tuple[K, V]]) -> dict[K, list[V]]:
    found: defaultdict[K, list[V]] = defaultdict(list)
    for key, value in pairs:
        found[key].append(value)
    return dict(found)
