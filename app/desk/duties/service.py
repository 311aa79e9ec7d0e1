"""Gathers what the pages of parties show."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.areas.levels import DIGITS
from app.areas.service import lineage
from app.categories import service as categories
from app.core.sheets import harmless
from app.desk import repository, service, words
from app.parties import service as parties
from app.parties.answers import service as answers
from app.parties.contacts import service as contacts
from app.parties.duties import service as duties
from app.parties.grounds import service as grounds
from app.parties.kinds import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from app.desk.drawing import Look
    from app.parties.rulebook import Party, Patch, Responsibility

MOST = 500


def listed(connection: Connection, look: Look, text: str, kind: str, area: str) -> dict[str, Any]:
    """Return the parties of an area (and below), of a kind, whose name or code holds some words; the area's model."""
    rows = []
    for one in parties.parties(connection):
        ref = one.named(look.now)
        named = f"{ref.code} {ref.zh} {ref.en}".lower()
        if not all(word in named for word in text.lower().split()) or kind not in ("", one.kind):
            continue
        if area and not (one.area_code or "").startswith(area):
            continue
        rows.append({"code": one.code, "name": look.t(ref.zh, ref.en), "kind": look.t(KINDS[one.kind].zh, KINDS[one.kind].en),
                     "area": one.area_code, "synthetic": one.synthetic, "ended": not one.period.holds(look.now)})  # fmt: skip
    homes = {str(row["area"]) for row in rows if row["area"]} | {area}
    names = repository.area_names(connection, sorted(homes))
    return {
        "error": None,
        "found": rows[:MOST],
        "total": len(rows),
        "names": names,
        "areas": own_areas(connection, look),
        "models": duties.models(connection, area) if area else [],
        "may_edit": bool(area) and look.asking.may("parties.edit", within=lineage(connection, area)),
    }


@dataclass(frozen=True, slots=True)
class _Names:
    """How parties, categories and grounds are called on a page."""

    look: Look
    parties: Mapping[int, Party]
    patches: Mapping[int, Patch]
    areas: Mapping[str, str]
    categories: Mapping[str, str]

    def shown(self, party: Party) -> dict[str, str]:
        """Return code and name of a party."""
        ref = party.named(self.look.now)
        return {"code": ref.code, "name": self.look.t(ref.zh, ref.en)}

    def party(self, party_id: int | None) -> dict[str, str] | None:
        """Return the same by its id; None for one that is not known."""
        known = None if party_id is None else self.parties.get(party_id)
        return None if known is None else self.shown(known)

    def category(self, token: str) -> str:
        """Return the name of a category, or of a kind of categories."""
        kind = token.removeprefix("kind:")
        return self.categories.get(token) or (
            self.look.pair(words.KINDS[kind]) if kind in words.KINDS else token
        )

    def ground(self, rule: Responsibility) -> str:
        """Return the name of a rule's patch or area."""
        patch = None if rule.patch_id is None else self.patches.get(rule.patch_id)
        if patch is not None:
            return self.look.t(patch.zh, patch.en) or patch.code
        return self.areas.get(rule.area_code or "", rule.area_code or "")

    def rule(self, rule: Responsibility) -> dict[str, Any]:
        """Return a responsibility in words."""
        return {
            "duty": self.look.pair(words.DUTIES[rule.role]),
            "ground": self.ground(rule),
            "categories": [self.category(token) for token in rule.categories],
            "basis": self.look.pair(words.BASES[rule.basis_kind]),
            "said": rule.basis,
            "period": rule.period,
            "now": rule.period.holds(self.look.now),
        }


def of_party(connection: Connection, look: Look, who: Party) -> dict[str, Any]:
    """Return everything that a party's page shows."""
    rules = duties.responsibilities(connection, who.id)
    codes = {code for code in (who.area_code, *(rule.area_code for rule in rules)) if code}
    everyone = parties.parties(connection)
    names = _Names(
        look=look,
        parties={one.id: one for one in everyone},
        patches={patch.id: patch for patch in grounds.patches(connection)},
        areas=repository.area_names(connection, sorted(codes)),
        categories={
            one.key: look.t(one.name_zh, one.name_en or one.name_zh)
            for one in categories.catalogue(connection).all()
        },
    )
    may_edit = look.asking.may("parties.edit", within=lineage(connection, who.area_code))
    return {
        "who": who,
        "name": names.shown(who)["name"],
        "area": names.areas.get(who.area_code or "", look.t("全区", "the whole district")),
        "parent": names.party(who.parent_id),
        "children": [names.shown(one) for one in everyone if one.parent_id == who.id],
        "rules": [names.rule(rule) for rule in rules],
        "absences": [
            {"id": one.id, "period": one.period, "delegate": names.party(one.delegate_id), "reason": one.reason,
             "over": one.period.end is not None and one.period.end <= look.now}
            for one in duties.absences(connection, who.id)
        ],
        "members": contacts.members(connection, look.asking, who.id) if may_edit else None,
        "may_edit": may_edit,
        "others": sorted((one.code, names.shown(one)["name"]) for one in everyone if one.id != who.id and _near(one, who)),
    }  # fmt: skip


def gaps(connection: Connection, look: Look, area: str) -> dict[str, Any]:
    """Return what is wrong with the rules of an area, by community, in words."""
    areas = own_areas(connection, look)
    chosen = area or next((code for code, _ in areas), "")
    found = answers.lint(connection, chosen or None, look.now)
    names = dict(areas) | service.community_names(
        connection, [row.community for row in (*found.unowned_rows, *found.double_rows)]
    )
    catalogue = categories.catalogue(connection)

    def told(row: Any) -> dict[str, Any]:
        category = catalogue.find(row.category)
        return {"community": names.get(row.community, row.community), "cells": row.cells, "examples": row.examples,
                "category": look.t(category.name_zh, category.name_en or category.name_zh), "key": row.category,
                "parties": row.parties}  # fmt: skip

    return {
        "chosen": chosen,
        "areas": areas,
        "report": found,
        "unowned": [told(row) for row in found.unowned_rows[:MOST]],
        "doubles": [told(row) for row in found.double_rows[:MOST]],
        "shadowed": found.shadowed_rules[:MOST],
    }


def gaps_table(connection: Connection, look: Look, area: str) -> str:
    """Return the same as CSV, with a mark by which spreadsheets know the encoding."""
    told = gaps(connection, look, area)
    table = io.StringIO()
    out = csv.writer(table)
    out.writerow(["fault", "community", "category", "key", "cells", "examples", "parties"])
    for fault, rows in (("unowned", told["unowned"]), ("doubly_owned", told["doubles"])):
        for row in rows:
            line = [
                fault,
                row["community"],
                row["category"],
                row["key"],
                row["cells"],
                " ".join(row["examples"]),
                " ".join(row["parties"]),
            ]
            out.writerow([harmless(str(cell)) for cell in line])
    for rule in told["shadowed"]:
        out.writerow(
            [
                harmless(str(cell))
                for cell in ["shadowed", rule.ground, " ".join(rule.categories), "", "", "", rule.party]
            ]
        )
    return "\ufeff" + table.getvalue()


def own_areas(connection: Connection, look: Look) -> list[tuple[str, str]]:
    """Return code and name of the streets and communities of one's own ground; all for who has none."""
    codes = tuple(grant.area_code for grant in look.asking.grants if grant.area_code) or ("",)
    return sorted(
        (row.code, row.name)
        for level in ("street", "community")
        for row in service.areas(connection, level)
        if row.code.startswith(codes)
    )


def _near(one: Party, who: Party) -> bool:
    """Tell whether two parties have their home in the same street, or one of them everywhere."""
    street = DIGITS["street"]
    return one.area_code is None or who.area_code is None or one.area_code[:street] == who.area_code[:street]
