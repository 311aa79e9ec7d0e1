"""Stores the five places (五个示范地): parties, plots, responsibilities, models. Everything of it is marked synthetic.

It writes through the statements of `parties` without its checks of one row at a time: 2,000 rows would take minutes, and
`gridward parties lint` checks them afterwards. It loads no category and no case.
"""

from __future__ import annotations

from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
import shapely

from app.areas import service as areas
from app.categories import service as categories
from app.demo import plan as plans
from app.demo import plots
from app.demo.society.repository import write_many
from app.parties import repository as parties

if TYPE_CHECKING:
    from collections.abc import Collection
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.areas.ground import Ground
    from app.demo.plan import Plan

FIRST = "110105-0-command"  # a party that no demo is without
ALWAYS_BINDS = {"starts": None, "ends": None}


def settled(connection: Connection) -> bool:
    """Tell whether the places are stored."""
    return FIRST in parties.party_ids(connection, [FIRST])


def settle(
    connection: Connection, edition_id: int, streets: Collection[str], zone: ZoneInfo
) -> dict[str, int]:
    """Store the places on an edition of the demo; the service role's transaction, as the system.

    Returns:
        How many parties, plots, duties and models.
    """
    enforced = [one.key for one in categories.catalogue(connection).all() if one.enforcement]
    plan = plans.read(streets, enforced)
    _add_parties(connection, plan)
    _add_plots(connection, plan, areas.ground(connection, edition_id))
    _add_duties(connection, plan)
    write_many(
        connection,
        "add_model",
        [
            {
                "area_code": model.area, "model": model.model, "step": model.step, "basis": model.basis,
                "starts": _day(model.since, zone), "ends": _day(model.until, zone),
            }
            for model in plan.models
        ],
    )  # fmt: skip
    return {
        "parties": len(plan.parties),
        "plots": len(plan.plots),
        "duties": len(plan.duties),
        "models": len(plan.models),
    }


def _day(text: str | None, zone: ZoneInfo) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=zone)


def _add_parties(connection: Connection, plan: Plan) -> None:
    ids: dict[str, int] = {}
    waiting = plan.parties
    while waiting:  # a body before what belongs to it
        now = [party for party in waiting if party.parent is None or party.parent in ids]
        waiting = [party for party in waiting if not (party.parent is None or party.parent in ids)]
        rows = [
            {
                "code": party.code, "kind": party.kind, "area_code": party.area, "synthetic": True,
                "parent_id": None if party.parent is None else ids[party.parent], **ALWAYS_BINDS,
            }
            for party in now
        ]  # fmt: skip
        write_many(connection, "add_party", rows)
        ids |= parties.party_ids(connection, [party.code for party in now])
        names = [
            {"party_id": ids[party.code], "zh": party.zh, "en": party.en, "starts": None} for party in now
        ]
        write_many(connection, "put_name", names)


def _add_plots(connection: Connection, plan: Plan, ground: Ground) -> None:
    rows, cells_of = [], {}
    for (area, how, count), group in groupby(plan.plots, key=lambda one: (one.area, one.how, one.count)):
        mine = np.array([code.startswith(area) for code in ground.parent_codes])
        drawn = _drawn(how, count, ground.polygons[mine])
        for plot in group:
            cells, shape = drawn[plot.n - 1]
            of_cells = plot.kind in {"zone", "responsibility_grid"}
            if of_cells:
                cells_of[plot.code] = ground.ids[mine][cells].tolist()
            rows.append(
                {
                    "code": plot.code, "kind": plot.kind, "area_code": plot.area, "name_zh": plot.zh,
                    "name_en": plot.en, "shape": None if of_cells else shapely.to_wkb(shape), "synthetic": True,
                    **ALWAYS_BINDS,
                }
            )  # fmt: skip
    write_many(connection, "add_patch", rows)
    for patch in parties.patches(connection):
        if patch.code in cells_of:
            parties.put_patch_cells(connection, patch.id, cells_of[patch.code])


def _drawn(
    how: str, count: int, polygons: NDArray[np.object_]
) -> list[tuple[NDArray[np.int64], shapely.MultiPolygon]]:
    """Return the cells and the shape of every plot of one kind in one area."""
    none = np.empty(0, dtype=np.int64)
    if how == "part":
        return [(part, plots.together(polygons[part])) for part in plots.in_strips(polygons, count)]
    if how == "block":
        return [(none, shape) for shape in plots.blocks(polygons, count)]
    whole = shapely.union_all(polygons)
    if how == "front":
        return [(none, shape) for shape in plots.fronts(whole, count)]
    return [(none, plots.road(whole))]


def _add_duties(connection: Connection, plan: Plan) -> None:
    who = parties.party_ids(connection, [party.code for party in plan.parties])
    where = {patch.code: patch.id for patch in parties.patches(connection)}
    rows = [
        {
            "party_id": who[duty.party], "role": duty.role, "area_code": duty.area,
            "patch_id": None if duty.plot is None else where[duty.plot],
            "categories": sorted(set(duty.categories)), "basis_kind": duty.basis_kind, "basis": duty.basis,
            "synthetic": True, **ALWAYS_BINDS,
        }
        for duty in plan.duties
    ]  # fmt: skip
    write_many(connection, "add_responsibility", rows)
