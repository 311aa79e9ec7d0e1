"""Gathers what the pages of parties show."""

from __future__ import annotations

import csv
import io
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
    from sqlalchemy import Connection

    from app.desk.drawing import Look
    from app.parties.rulebook import Party

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


def of_party(connection: Connection, look: Look, who: Party) -> dict[str, Any]:
    """Return everything that a party's page shows."""
    known = {one.id: one for one in parties.parties(connection)}
    patches = {patch.id: patch for patch in grounds.patches(connection)}
    catalogue = categories.catalogue(connection)
    names = {one.key: look.t(one.name_zh, one.name_en or one.name_zh) for one in catalogue.all()}
    rules = duties.responsibilities(connection, who.id)
    codes = {rule.area_code for rule in rules if rule.area_code} | (
        {who.area_code} if who.area_code else set()
    )
    areas = repository.area_names(connection, sorted(codes))

    def named(party_id: int | None) -> dict[str, str] | None:
        if party_id is None or party_id not in known:
            return None
        ref = known[party_id].named(look.now)
        return {"code": ref.code, "name": look.t(ref.zh, ref.en)}

    def category(token: str) -> str:
        kind = token.removeprefix("kind:")
        return names.get(token) or (look.pair(words.KINDS[kind]) if kind in words.KINDS else token)

    def ground(area_code: str | None, patch_id: int | None) -> str:
        if patch_id is not None and patch_id in patches:
            patch = patches[patch_id]
            return look.t(patch.zh, patch.en) or patch.code
        return areas.get(area_code or "", area_code or "")

    ref = who.named(look.now)
    may_edit = look.asking.may("parties.edit", within=lineage(connection, who.area_code))
    return {
        "who": who,
        "name": look.t(ref.zh, ref.en),
        "area": areas.get(who.area_code or "", look.t("全区", "the whole district")),
        "parent": named(who.parent_id),
        "children": [named(one.id) for one in known.values() if one.parent_id == who.id],
        "rules": [
            {
                "duty": look.pair(words.DUTIES[rule.role]),
                "ground": ground(rule.area_code, rule.patch_id),
                "categories": [category(token) for token in rule.categories],
                "basis": look.pair(words.BASES[rule.basis_kind]),
                "said": rule.basis,
                "period": rule.period,
                "now": rule.period.holds(look.now),
            }
            for rule in rules
        ],
        "absences": [
            {"id": one.id, "period": one.period, "delegate": named(one.delegate_id), "reason": one.reason,
             "over": one.period.end is not None and one.period.end <= look.now}
            for one in duties.absences(connection, who.id)
        ],
        "members": contacts.members(connection, look.asking, who.id) if may_edit else None,
        "may_edit": may_edit,
        "others": sorted((one.code, named(one.id)["name"]) for one in known.values() if one.id != who.id and _near(one, who)),  # type: ignore[index]
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
