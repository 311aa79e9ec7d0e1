"""Patches (地块): zones, responsibility grids, sites and drawn ground that a party can answer for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import shapely

from app.parties import repository
from app.parties import service as parties
from app.parties.errors import CodeTaken, NoSuchCells, OutsideItsArea, UnknownPatch

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.parties.drafts import (
        PatchDraft,
    )
    from app.parties.rulebook import Patch

TOLERANCE_M = 5.0


LEAST_BEYOND_M2 = 1.0


def patches(connection: Connection) -> list[Patch]:
    """Return all patches, by code."""
    return repository.patches(connection)


def patch(connection: Connection, patch_id: int) -> Patch:
    """Return one patch.

    Raises:
        UnknownPatch: There is none.
    """
    found = repository.patches(connection, patch_id)
    if not found:
        raise UnknownPatch(f"Patch {patch_id}.")
    return found[0]


def patch_named(connection: Connection, code: str) -> Patch:
    """Return the patch of a code.

    Raises:
        UnknownPatch: There is none.
    """
    found = repository.patch_ids(connection, [code]).get(code)
    if found is None:
        raise UnknownPatch(f"Patch {code[:80]!r}.", remedy="Draw it first.")
    return patch(connection, found)


def cell_codes(connection: Connection, patch_id: int) -> list[str]:
    """Return the codes of the cells that a patch was made of; none for a polygon."""
    return repository.cell_codes_of_patch(connection, patch_id)


def add_patch(connection: Connection, asking: Principal, draft: PatchDraft) -> int:
    """Store a zone, a responsibility grid, a site or drawn ground; return its id.

    Raises:
        CodeTaken: There is a patch of this code.
        NoSuchCells, OutsideItsArea: It isn't in its area (a polygon may be off by a few metres).
    """
    asking.requires("parties.edit", within=parties.chain(connection, draft.area_code))
    cells = _ground(connection, draft)
    made = repository.write_period(
        connection, "add_patch", draft.period, synthetic=draft.synthetic, code=draft.code, **_drawn(draft)
    )
    if made is None:
        raise CodeTaken(f"Patch {draft.code}.", remedy="Change that one, or take another code.")
    repository.put_patch_cells(connection, made, cells)
    return made


def change_patch(
    connection: Connection, asking: Principal, patch_id: int, version: int, draft: PatchDraft
) -> Patch:
    """Store another ground of a patch that is still at a version; its code stays.

    Raises:
        Outdated: Somebody changed it meanwhile.
        OutsideItsGround: A party answers for it that belongs to another area than the new one.
    """
    before = patch(connection, patch_id)
    asking.requires("parties.edit", within=parties.chain(connection, before.area_code))
    asking.requires("parties.edit", within=parties.chain(connection, draft.area_code))
    cells = _ground(connection, draft)
    for rule in repository.responsibilities(connection):
        if rule.patch_id == patch_id:
            parties.must_be_in_its_area(connection, parties.party(connection, rule.party_id), draft.area_code)
    done = repository.write_period(
        connection, "change_patch", draft.period, id=patch_id, version=version, **_drawn(draft)
    )
    if done is None:
        raise parties.outdated(connection, "parties.patches", patch_id)
    repository.put_patch_cells(connection, patch_id, cells)
    return patch(connection, patch_id)


def _drawn(draft: PatchDraft) -> dict[str, Any]:
    return {
        "kind": draft.kind, "area_code": draft.area_code, "name_zh": draft.zh, "name_en": draft.en,
        "shape": None if draft.shape is None else shapely.to_wkb(draft.shape),
    }  # fmt: skip


def _ground(connection: Connection, draft: PatchDraft) -> list[int]:
    """Return the ids of the draft's cells, once cells or polygon are known to lie in its area."""
    if draft.shape is not None:
        beyond = repository.beyond_area(connection, shapely.to_wkb(draft.shape), draft.area_code, TOLERANCE_M)
        if beyond is not None and beyond > LEAST_BEYOND_M2:
            raise OutsideItsArea(
                f"{beyond:,.0f} m² of it lie outside {draft.area_code}.",
                remedy=f"Draw it within the area (up to {TOLERANCE_M:g} m beyond are let pass), or name a larger area.",
            )
        return []
    known = repository.cells_by_code(connection, draft.cells)
    homes = repository.places(connection, list(known.values()))
    strange = [c for c in draft.cells if c not in known or draft.area_code not in homes[known[c]].areas]
    if strange:
        more = f" and {len(strange) - 5} more" if len(strange) > 5 else ""
        raise NoSuchCells(f"{', '.join(strange[:5])}{more}.", remedy=f"Name cells of {draft.area_code}.")
    return sorted(known.values())
