"""Ground without an owner, ground with two, rules that never apply: found before rules go live (责任空白、重叠检查). Pure.

Every cell times every category would be ten million questions for a district. Places that the same rules hold are one
place, categories that no rule tells apart are one category: what is left is asked of the very function that answers.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from app.parties.answering import tokens_of, verdict
from app.parties.rulebook import ALWAYS, EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from app.categories.catalogue import Category
    from app.parties.answering import Verdict
    from app.parties.rulebook import Patch, Place, Responsibility, Rulebook

MOST_EXAMPLES = 3
MOST_ROWS = 500
ANY_STREET = "*"


class Spot(NamedTuple):
    """A point of a cell to ask about; a cell that polygons divide has several."""

    cell: str
    place: Place


class Row(NamedTuple):
    """A community's cells with the same fault in one category."""

    community: str
    category: str
    cells: int
    examples: tuple[str, ...]
    parties: tuple[str, ...] = ()


class Shadowed(NamedTuple):
    """A rule that never decides anything."""

    responsibility_id: int
    party: str
    ground: str
    categories: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LintReport:
    """What is wrong with the rules, in pairs of cell and leaf category.

    Attributes:
        unowned: Pairs decided only by the last resort, or by nobody.
        doubly_owned: Pairs with two leads of equal rank.
        shadowed: Lead rules that never decide anything anywhere in their period.
    """

    cells: int
    categories: int
    unowned: int
    doubly_owned: int
    unowned_rows: tuple[Row, ...]
    double_rows: tuple[Row, ...]
    shadowed_rules: tuple[Shadowed, ...]

    @property
    def shadowed(self) -> int:
        return len(self.shadowed_rules)

    def to_dict(self, most: int = MOST_ROWS) -> dict[str, Any]:
        """Return it ready for JSON, with at most so many rows of each kind."""
        return {
            "unowned": self.unowned,
            "doubly_owned": self.doubly_owned,
            "shadowed": self.shadowed,
            "cells": self.cells,
            "categories": self.categories,
            "unowned_rows": [r._asdict() for r in self.unowned_rows[:most]],
            "double_rows": [r._asdict() for r in self.double_rows[:most]],
            "shadowed_rules": [r._asdict() for r in self.shadowed_rules[:most]],
            "rows_left_out": sum(
                max(0, len(rows) - most)
                for rows in (self.unowned_rows, self.double_rows, self.shadowed_rules)
            ),
        }


@dataclass(slots=True)
class _Site:
    """Spots that the same rules hold; any of them stands for all."""

    place: Place
    patches: tuple[Patch, ...]
    cells: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))


class _Alike(NamedTuple):
    """Leaf categories that no rule tells apart; any of them stands for all."""

    one: Category
    tokens: frozenset[str]
    keys: tuple[str, ...]


def lint(rulebook: Rulebook, spots: Iterable[Spot], leaves: Sequence[Category], at: datetime) -> LintReport:
    """Return what is wrong with the rules at a time.

    Args:
        rulebook: All rules.
        spots: At least one for each cell, and one for each piece that polygons cut out of it.
        leaves: The categories that incidents have.
        at: Gaps and doubles are those of this time; a shadowed rule decides at no time of its period.
    """
    sites, cells = _sites(rulebook, spots)
    alike = _alike(rulebook, leaves)
    unowned: defaultdict[tuple[str, str, tuple[str, ...]], list[list[str]]] = defaultdict(list)
    double: defaultdict[tuple[str, str, tuple[str, ...]], list[list[str]]] = defaultdict(list)
    deciding: set[int] = set()
    for site in sites:
        for category in alike:
            found = verdict(rulebook, site.place, category.one, at, site.patches)
            deciding |= _decided(found)
            if not found.chain or found.last_resort:
                _note(unowned, site, category, ())
            elif found.found.doubles:
                codes = {c.candidate.party.code for c in found.found.doubles}
                _note(double, site, category, tuple(sorted(codes)))
    unowned_rows, double_rows = _rows(unowned), _rows(double)
    return LintReport(
        cells=cells,
        categories=len(leaves),
        unowned=sum(row.cells for row in unowned_rows),
        doubly_owned=sum(row.cells for row in double_rows),
        unowned_rows=unowned_rows,
        double_rows=double_rows,
        shadowed_rules=tuple(_shadowed(rulebook, sites, alike, deciding, at)),
    )


def _sites(rulebook: Rulebook, spots: Iterable[Spot]) -> tuple[list[_Site], int]:
    """Return the distinct sites, and the number of cells."""
    special = rulebook.by_area.keys() | rulebook.models_of.keys() | _odd_offices(rulebook)
    found: dict[tuple[str | None, str | None, str | None, tuple[int, ...]], _Site] = {}
    cells: set[str] = set()
    for cell, place in spots:
        cells.add(cell)
        patches = () if place.cell_id is None else tuple(rulebook.patches_at(place))
        community = place.community if place.community in special else None
        street = (
            place.street
            if place.street in special
            else ANY_STREET
            if place.street in rulebook.offices
            else None
        )
        key = (community, street, place.district, tuple(patch.id for patch in patches))
        site = found.setdefault(key, _Site(place, patches))
        site.cells[place.community or place.street or place.district or ""].append(cell)
    return list(found.values()), len(cells)


def _odd_offices(rulebook: Rulebook) -> set[str | None]:
    """Return the streets whose office isn't always there."""
    return {
        code
        for code, offices in rulebook.offices.items()
        if any(office.period != ALWAYS or office.id in rulebook.absences_of for office in offices)
    }


def _alike(rulebook: Rulebook, leaves: Sequence[Category]) -> list[_Alike]:
    used = {token for rule in rulebook.responsibilities for token in rule.categories or (EVERYTHING,)}
    groups: defaultdict[tuple[tuple[str, ...], bool], list[Category]] = defaultdict(list)
    for category in leaves:
        tokens = tuple(token for token in tokens_of(category) if token in used)
        groups[tokens, category.enforcement].append(category)
    return [
        _Alike(members[0], frozenset(tokens), tuple(c.key for c in members))
        for (tokens, _enforcement), members in groups.items()
    ]


def _note(
    found: defaultdict[tuple[str, str, tuple[str, ...]], list[list[str]]],
    site: _Site,
    category: _Alike,
    parties: tuple[str, ...],
) -> None:
    for community, cells in site.cells.items():
        for key in category.keys:
            found[community, key, parties].append(cells)


def _rows(found: dict[tuple[str, str, tuple[str, ...]], list[list[str]]]) -> tuple[Row, ...]:
    rows = []
    for (community, category, parties), lists in found.items():
        cells = lists[0] if len(lists) == 1 else [code for some in lists for code in some]
        distinct = sorted(set(cells))
        rows.append(Row(community, category, len(distinct), tuple(distinct[:MOST_EXAMPLES]), parties))
    return tuple(sorted(rows))


def _decided(found: Verdict) -> set[int]:
    """Return the rules that put the lead where it is: with a double, each of them did."""
    first = (c.candidate for c in found.found.doubles or found.found.ranked[:1])
    return {c.responsibility_id for c in first if c.responsibility_id is not None}


def _shadowed(
    rulebook: Rulebook, sites: list[_Site], alike: list[_Alike], deciding: set[int], at: datetime
) -> list[Shadowed]:
    """Return the lead rules that decide nothing now, nor at any other moment of their period."""
    found = []
    moments = [_other_moments(rulebook, site, at) for site in sites]
    changing = [(site, others) for site, others in zip(sites, moments, strict=True) if others]
    for rule in rulebook.responsibilities:
        party = rulebook.parties.get(rule.party_id)
        if rule.role != "lead" or rule.id in deciding or party is None:
            continue
        if party.kind == "street_office" and not rule.categories:
            continue  # the last resort, said once more
        if not _ever(rulebook, rule, changing, alike):
            patch = None if rule.patch_id is None else rulebook.patches.get(rule.patch_id)
            ground = rule.area_code if patch is None else patch.code
            found.append(Shadowed(rule.id, party.code, ground or "", rule.categories))
    return found


def _other_moments(rulebook: Rulebook, site: _Site, at: datetime) -> list[datetime]:
    """Return a moment, other than `at`, of every stretch in which nothing that holds a site begins or ends."""
    rules = {
        rule.id: rule
        for ruled in (
            *(rulebook.by_area.get(code, {}) for code in site.place.areas),
            *(rulebook.by_patch.get(patch.id, {}) for patch in site.patches),
        )
        for some in ruled.values()
        for rule in some
    }
    parties = {rule.party_id for rule in rules.values()}
    parties |= {absence.delegate_id for absence in rulebook.absences if absence.delegate_id is not None}
    periods = [
        *(rule.period for rule in rules.values()),
        *(patch.period for patch in site.patches),
        *(party.period for party in map(rulebook.parties.get, parties) if party is not None),
        *(model.period for code in site.place.areas for model in rulebook.models_of.get(code, ())),
        *(absence.period for absence in rulebook.absences),
    ]
    edges = {edge for period in periods for edge in period if edge is not None}
    return sorted({*edges, min(edges) - timedelta(days=1)} - {at}) if edges else []


def _ever(
    rulebook: Rulebook,
    rule: Responsibility,
    changing: list[tuple[_Site, list[datetime]]],
    alike: list[_Alike],
) -> bool:
    tokens = set(rule.categories or (EVERYTHING,))
    categories = [category.one for category in alike if category.tokens & tokens]
    return any(
        rule.id in _decided(verdict(rulebook, site.place, category, moment, site.patches))
        for site, moments in changing
        if _covers(rule, site)
        for moment in moments
        if rule.period.holds(moment)
        for category in categories
    )


def _covers(rule: Responsibility, site: _Site) -> bool:
    if rule.patch_id is not None:
        return any(patch.id == rule.patch_id for patch in site.patches)
    return rule.area_code in site.place.areas
