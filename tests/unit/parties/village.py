"""A small rulebook, all of it invented (示意): one street with two communities, its office, posts, companies and groups.

Riverside (R) has a compound that a property company keeps by contract (cell 1) and an association; Hillside (H) has a
zone (cell 3) with a committee, and a mediation group. Both have a committee with four directors and a seconded officer.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from app.categories.catalogue import Category
from app.parties.rulebook import (
    CommunityModel,
    DatedName,
    Party,
    Patch,
    Place,
    Responsibility,
    Rulebook,
)

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
DISTRICT, STREET, RIVERSIDE, HILLSIDE = "990101", "990101001", "990101001001", "990101001002"
COMPOUND = Place(1, RIVERSIDE, STREET, DISTRICT)
ZONE = Place(3, HILLSIDE, STREET, DISTRICT)


def sort(key: str, *, enforcement: bool = False) -> Category:
    """A category of two-digit levels, as event:0102 under event:01."""
    scheme, _, code = key.partition(":")
    return Category(
        id=0, scheme=scheme, code=code, lineage=tuple(f"{scheme}:{code[:n]}" for n in range(len(code), 0, -2)),
        kind={"social": "social_service"}.get(scheme, scheme), name_zh=key, name_en=key, source="invented",
        enforcement=enforcement,
    )  # fmt: skip


def party(number: int, code: str, kind: str, area: str | None) -> Party:
    return Party(
        id=number, code=code, kind=kind, names=(DatedName(code, code),), area_code=area, synthetic=True
    )


PARTIES = [
    party(1, "office", "street_office", STREET),
    party(2, "city_section", "street_department", STREET),
    party(3, "safety_section", "street_department", STREET),
    party(4, "enforcers", "enforcement_team", STREET),
    party(5, "drains", "utility", None),
    party(10, "R_committee", "community_committee", RIVERSIDE),
    party(11, "R_environment", "committee_post", RIVERSIDE),
    party(12, "R_security", "committee_post", RIVERSIDE),
    party(13, "R_culture", "committee_post", RIVERSIDE),
    party(14, "R_welfare", "committee_post", RIVERSIDE),
    party(15, "R_officer", "seconded_officer", RIVERSIDE),
    party(16, "R_association", "association", RIVERSIDE),
    party(17, "R_company", "property_company", RIVERSIDE),
    party(20, "H_committee", "community_committee", HILLSIDE),
    party(21, "H_environment", "committee_post", HILLSIDE),
    party(22, "H_security", "committee_post", HILLSIDE),
    party(23, "H_culture", "committee_post", HILLSIDE),
    party(24, "H_welfare", "committee_post", HILLSIDE),
    party(25, "H_officer", "seconded_officer", HILLSIDE),
    party(26, "H_zone", "zone_committee", HILLSIDE),
    party(27, "H_mediators", "mediation_group", HILLSIDE),
]
PATCHES = [
    Patch(id=1, code="compound", kind="site", area_code=RIVERSIDE, cells=frozenset({1})),
    Patch(id=2, code="zone", kind="zone", area_code=HILLSIDE, cells=frozenset({3})),
]
_RULES: list[tuple[str, str, str | int, tuple[str, ...], str]] = [  # party, role, ground, categories, basis
    ("city_section", "lead", STREET, ("event:01", "event:02"), "assignment"),
    ("safety_section", "lead", STREET, ("social:05",), "assignment"),
    ("enforcers", "lead", STREET, ("event:03",), "law"),
    ("drains", "lead", DISTRICT, ("component:01",), "law"),
    ("R_company", "lead", 1, ("event:01", "social:02"), "contract"),
    ("R_association", "lead", RIVERSIDE, ("event:02",), "charter"),
    ("H_zone", "lead", 2, ("event:01", "event:02"), "charter"),
    ("H_zone", "assist", 2, ("social:01",), "charter"),
    ("H_mediators", "lead", HILLSIDE, ("social:01", "social:09"), "charter"),
]
for _letter, _code in (("R", RIVERSIDE), ("H", HILLSIDE)):
    _RULES += [
        (f"{_letter}_committee", "lead", _code, (), "charter"),
        (f"{_letter}_environment", "lead", _code, ("event:01", "event:02", "social:06"), "agreement"),
        (f"{_letter}_security", "lead", _code, ("social:01", "social:05"), "agreement"),
        (f"{_letter}_culture", "lead", _code, ("social:04",), "agreement"),
        (f"{_letter}_welfare", "lead", _code, ("social:07",), "agreement"),
        (f"{_letter}_officer", "lead", _code, ("event:01", "event:02"), "assignment"),
    ]


def book(model: str | None = None, step: str | None = None, *, only: str | None = None) -> Rulebook:
    """The rulebook with a model in both communities, or in one of them only; None: no model at all."""
    by_code = {p.code: p for p in PARTIES}
    rules = [
        Responsibility(
            id=number, party_id=by_code[who].id, role=role,  # type: ignore[arg-type]
            area_code=ground if isinstance(ground, str) else None,
            patch_id=ground if isinstance(ground, int) else None, categories=categories, basis_kind=basis,
        )
        for number, (who, role, ground, categories, basis) in enumerate(_RULES, 1)
    ]  # fmt: skip
    models = [
        CommunityModel(id=i, area_code=code, model=model, step=step)  # type: ignore[arg-type]
        for i, code in enumerate((RIVERSIDE, HILLSIDE))
        if model is not None and only in {None, code}
    ]
    return Rulebook(
        parties={p.id: p for p in PARTIES}, patches={p.id: p for p in PATCHES}, responsibilities=tuple(rules),
        models=tuple(models),
    )  # fmt: skip


def changed(rules: Rulebook, **fields: object) -> Rulebook:
    return replace(rules, **fields)  # type: ignore[arg-type]
