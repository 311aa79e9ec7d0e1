"""Reads and writes of parties, patches, responsibilities, models and absences. Judges nothing."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import shapely

from app.db.queries import beside
from app.parties.rulebook import (
    Absence,
    CommunityModel,
    DatedName,
    Party,
    Patch,
    Period,
    Place,
    Responsibility,
    Rulebook,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

SQL = beside(__file__)


def state(connection: Connection) -> str:
    """Return which state of the rules this transaction sees."""
    return str(connection.execute(SQL["rulebook_version"]).scalar_one())


def load_rulebook(connection: Connection, version: str) -> Rulebook:
    """Return all rules."""
    return Rulebook(
        version=version,
        parties={party.id: party for party in parties(connection)},
        patches={patch.id: patch for patch in patches(connection)},
        responsibilities=tuple(responsibilities(connection)),
        models=tuple(models(connection)),
        absences=tuple(absences(connection)),
        area_names=area_names(connection),
    )


def area_names(connection: Connection) -> dict[str, str]:
    """Return how areas are called."""
    return {row.code: row.name for row in connection.execute(SQL["area_names"])}


def parties(connection: Connection, party_id: int | None = None) -> list[Party]:
    """Return all parties, or one, by code."""
    names: defaultdict[int, list[DatedName]] = defaultdict(list)
    for row in connection.execute(SQL["names"], {"id": party_id}):
        names[row.party_id].append(DatedName(row.zh, row.en, _period(row)))
    return [
        Party(
            id=row.id, code=row.code, kind=row.kind, names=tuple(names[row.id]), area_code=row.area_code,
            parent_id=row.parent_id, period=_period(row), synthetic=row.synthetic, version=row.version,
        )
        for row in connection.execute(SQL["parties"], {"id": party_id})
    ]  # fmt: skip


def party_ids(connection: Connection, codes: Sequence[str]) -> dict[str, int]:
    """Return the ids of parties by code; those unknown are left out."""
    return {row.code: row.id for row in connection.execute(SQL["party_ids"], {"codes": list(codes)})}


def patches(connection: Connection, patch_id: int | None = None) -> list[Patch]:
    """Return all patches, or one, by code."""
    asked = {"id": patch_id}
    cells = {
        row.patch_id: (frozenset(row.cells), frozenset(row.whole))
        for row in connection.execute(SQL["cells_of_patches"], asked)
    }
    nothing: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())
    return [
        Patch(
            id=row.id, code=row.code, kind=row.kind, area_code=row.area_code, zh=row.name_zh, en=row.name_en,
            period=_period(row), cells=cells.get(row.id, nothing)[0], whole=cells.get(row.id, nothing)[1],
            shape=None if row.shape is None else shapely.from_wkb(bytes(row.shape)), synthetic=row.synthetic,
            version=row.version,
        )
        for row in connection.execute(SQL["patches"], asked)
    ]  # fmt: skip


def patch_ids(connection: Connection, codes: Sequence[str]) -> dict[str, int]:
    """Return the ids of patches by code; those unknown are left out."""
    return {row.code: row.id for row in connection.execute(SQL["patch_ids"], {"codes": list(codes)})}


def responsibilities(
    connection: Connection, responsibility_id: int | None = None, party_id: int | None = None
) -> list[Responsibility]:
    """Return all responsibilities, one, or a party's."""
    asked = {"id": responsibility_id, "party_id": party_id}
    return [
        Responsibility(
            id=row.id, party_id=row.party_id, role=row.role, area_code=row.area_code, patch_id=row.patch_id,
            categories=tuple(row.categories), period=_period(row), basis_kind=row.basis_kind, basis=row.basis,
            synthetic=row.synthetic, version=row.version,
        )
        for row in connection.execute(SQL["responsibilities"], asked)
    ]  # fmt: skip


def models(connection: Connection, area_code: str | None = None) -> list[CommunityModel]:
    """Return the models of all areas or one, the latest first."""
    return [
        CommunityModel(
            id=row.id,
            area_code=row.area_code,
            model=row.model,
            step=row.step,
            period=_period(row),
            basis=row.basis,
        )
        for row in connection.execute(SQL["models"], {"area_code": area_code})
    ]


def absences(connection: Connection, party_id: int | None = None) -> list[Absence]:
    """Return the absences of all parties or one, the latest first."""
    return [
        Absence(
            id=row.id,
            party_id=row.party_id,
            period=_period(row),
            delegate_id=row.delegate_id,
            reason=row.reason,
        )
        for row in connection.execute(SQL["absences"], {"party_id": party_id})
    ]


def places(connection: Connection, cell_ids: Sequence[int]) -> dict[int, Place]:
    """Return cells as places, without exact points."""
    rows = connection.execute(SQL["cell_places"], {"ids": list(cell_ids)})
    return {row.cell_id: Place(row.cell_id, row.community, row.street, row.district) for row in rows}


def cells_by_code(connection: Connection, codes: Sequence[str]) -> dict[str, int]:
    """Return ids of cells by code; those unknown are left out."""
    return {row.code: row.id for row in connection.execute(SQL["cells_by_code"], {"codes": list(codes)})}


def cell_codes_of_patch(connection: Connection, patch_id: int) -> list[str]:
    """Return the codes of the cells that a patch was made of."""
    return list(connection.execute(SQL["cell_codes_of_patch"], {"id": patch_id}).scalars())


def beyond_area(connection: Connection, shape: bytes, area_code: str, tolerance: float) -> float | None:
    """Return the square metres of a polygon beyond an area; None if there is no such area."""
    asked = {"shape": shape, "area_code": area_code, "tolerance": tolerance}
    found = connection.execute(SQL["beyond_area"], asked).scalar_one()
    return None if found is None else float(found)


def write(connection: Connection, name: str, **values: Any) -> int | None:
    """Run one of the writing statements; return the id or version that it tells, None if it touched nothing."""
    found = connection.execute(SQL[name], values)
    return found.scalar_one_or_none() if found.returns_rows else None


def write_period(connection: Connection, name: str, period: Period, **values: Any) -> int | None:
    """Run a writing statement that takes a period."""
    return write(connection, name, starts=period.start, ends=period.end, **values)


def put_patch_cells(connection: Connection, patch_id: int, cells: Sequence[int]) -> None:
    """Let a patch have these cells, and no others."""
    connection.execute(SQL["drop_patch_cells"], {"id": patch_id})
    if cells:
        connection.execute(SQL["add_patch_cells"], {"id": patch_id, "cells": list(cells)})


def put_name(connection: Connection, party_id: int, zh: str, en: str, since: datetime | None) -> None:
    """Let a party have a name from a time on; the name before ends then."""
    if since is not None:
        connection.execute(SQL["end_name"], {"party_id": party_id, "starts": since})
    connection.execute(SQL["put_name"], {"party_id": party_id, "zh": zh, "en": en, "starts": since})


def contacts(connection: Connection, party_id: int) -> Sequence[Row[Any]]:
    """Return id, post, means, value, note of a party's contacts that the asker may see."""
    return connection.execute(SQL["contacts"], {"party_id": party_id}).all()


def members(connection: Connection, party_id: int) -> Sequence[Row[Any]]:
    """Return account_id, shown, since of a party's members."""
    return connection.execute(SQL["members"], {"party_id": party_id}).all()


def lint_cells(connection: Connection, at: datetime) -> Sequence[Row[Any]]:
    """Return id, code, parent_level, parent_code of the cells of a time."""
    return connection.execute(SQL["lint_cells"], {"at": at}).all()


def lint_parents(connection: Connection, at: datetime) -> dict[tuple[str, str], str | None]:
    """Return the parent's code of each area (level, code) of a time."""
    rows = connection.execute(SQL["lint_areas"], {"at": at})
    return {(row.level, row.code): row.parent_code for row in rows}


def lint_pieces(connection: Connection, at: datetime) -> dict[int, list[tuple[float, float]]]:
    """Return points (metres) of the pieces of cells that drawn ground divides, by cell."""
    found: defaultdict[int, list[tuple[float, float]]] = defaultdict(list)
    for row in connection.execute(SQL["lint_pieces"], {"at": at}):
        found[row.cell_id].append((row.x, row.y))
    return dict(found)


def _period(row: Row[Any]) -> Period:
    return Period(row.starts, row.ends)
