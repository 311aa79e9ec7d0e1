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
from app.parties import repository as parties
from app.parties.rulebook import ALWAYS, Period

if TYPE_CHECKING:
    from collections.abc import Collection
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.areas.ground import Ground
    from app.demo.plan import Plan, Plot

FIRST = "110105-0-command"  # a party that no demo is without


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
    for model in plan.models:
        parties.write_period(
            connection, "add_model", Period(_day(model.since, zone), _day(model.until, zone)),
            area_code=model.area, model=model.model, step=model.step, basis=model.basis,
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
    ids: dict[str, int | None] = {}
    for party in plan.parties:  # a body stands before what belongs to it
        ids[party.code] = made = parties.write_period(
            connection, "add_party", ALWAYS, code=party.code, kind=party.kind, area_code=party.area,
            parent_id=None if party.parent is None else ids[party.parent], synthetic=True,
        )  # fmt: skip
        if made is not None:
            parties.put_name(connection, made, party.zh, party.en, None)


def _add_plots(connection: Connection, plan: Plan, ground: Ground) -> None:
    for (area, how, count), group in groupby(plan.plots, key=lambda one: (one.area, one.how, one.count)):
        mine = np.array([code.startswith(area) for code in ground.parent_codes])
        drawn = _drawn(how, count, ground.polygons[mine])
        for plot in group:
            cells, shape = drawn[plot.n - 1]
            _add_plot(connection, plot, ground.ids[mine][cells], shape)


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


def _add_plot(
    connection: Connection, plot: Plot, cells: NDArray[np.int64], shape: shapely.MultiPolygon
) -> None:
    of_cells = plot.kind in {"zone", "responsibility_grid"}
    made = parties.write_period(
        connection, "add_patch", ALWAYS, code=plot.code, kind=plot.kind, area_code=plot.area, name_zh=plot.zh,
        name_en=plot.en, shape=None if of_cells else shapely.to_wkb(shape), synthetic=True,
    )  # fmt: skip
    if made is not None and of_cells:
        parties.put_patch_cells(connection, made, cells.tolist())


def _add_duties(connection: Connection, plan: Plan) -> None:
    who = parties.party_ids(connection, [party.code for party in plan.parties])
    where = {patch.code: patch.id for patch in parties.patches(connection)}
    for duty in plan.duties:
        parties.write_period(
            connection, "add_responsibility", ALWAYS, party_id=who[duty.party], role=duty.role,
            area_code=duty.area, patch_id=None if duty.plot is None else where[duty.plot],
            categories=sorted(set(duty.categories)), basis_kind=duty.basis_kind, basis=duty.basis, synthetic=True,
        )  # fmt: skip
