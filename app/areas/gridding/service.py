"""Gridding (划分网格): lays the lattice in every area of a level, and stores the sewn borders with the cells.

One transaction is the caller's. The rules live in `app.areas.laying` and what it uses. Needs the owner's connection.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pandas as pd
import shapely

from app.areas import laying, repository
from app.areas import service as areas
from app.areas.editions import (
    Edition,
    EditionPublished,
)
from app.areas.levels import above, parent_of_cells
from app.areas.numbering import DIGITS, Past
from app.areas.publishing import service as publishing
from app.areas.remaking import remake
from app.areas.reports import GridReport
from app.core.errors import NotReady
from app.geo.crs import Metric

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy import Connection

    from app.areas.laying import Laid
    from app.core.findings import Finding


class NoAreas(NotReady):
    """There are no areas to lay cells in."""

    zh = "没有可划分网格的区域。"


def lay_grid(
    connection: Connection,
    *,
    edition: str | None = None,
    level: str = "community",
    size: int = 100,
    starts: datetime | None = None,
    renumber: bool = False,
    publish_it: bool = True,
    step: Callable[[], object] = lambda: None,
) -> GridReport:
    """Lay the lattice in every area of a level, store the sewn borders and the cells, and publish the edition.

    Laying again on unchanged ground changes nothing and says so.

    Args:
        connection: The owner's.
        edition: By default the newest draft, else the newest published edition; a new name carries that one over.
        level: The level to lay cells in.
        size: Side of a square, metres.
        starts: When the edition begins, see `publish`.
        renumber: Number an area anew when its numbers have run out.
        publish_it: Publish the edition afterwards.
        step: Called after each area, for a progress bar.

    Raises:
        NotReady: There is no edition, or it has no areas of the level.
        EditionPublished: The edition is published and laying would change it.
        NumbersRunOut, NotSewn: See `app.areas.laying.lay`.
    """
    began = time.monotonic()
    parent_of_cells(level)
    repository.one_at_a_time(connection)
    target = _edition_to_lay(connection, edition)
    areas = repository.areas_of(connection, target.id, level)
    if not len(areas):
        raise NoAreas(
            f"Edition {target.name!r} has no {level} areas.",
            remedy=f"Load them first: gridward areas load FILE --level {level}.",
        )
    own = repository.cells_of(connection, target.id)
    past = _past(connection, own if not target.draft else None)
    laid = laying.lay(
        areas["code"].tolist(),
        areas["geometry"].to_numpy(),
        size=size,
        past=past,
        renumber=renumber,
        step=step,
    )
    same = _same_cells(own, laid.cells)
    if not target.draft and not same:
        raise EditionPublished(
            f"Laying would change the cells of {target.name!r}.", remedy="Name a new edition with --edition."
        )
    to_publish = target.draft and publish_it
    begins = publishing.end_before(connection, starts) if to_publish else None
    findings = []
    if not same:
        sewn = areas.assign(geometry=laid.borders)
        findings = _store_grid(connection, target, sewn, laid, level)
        cells = laid.cells.assign(parent_level=level, name="")
        repository.replace_cells(connection, target.id, cells, holds_from=(begins,) if to_publish else None)
    if to_publish:
        publishing.start(connection, target, begins)
    return GridReport(
        edition=target.name,
        outcome="unchanged" if same else "laid",
        laid=laid.report,
        published=to_publish or not target.draft,
        findings=tuple(findings),
        seconds=time.monotonic() - began,
    )


def _edition_to_lay(connection: Connection, name: str | None) -> Edition:
    newest = repository.newest_edition(connection, draft=False)
    edition = publishing.target(connection, name)
    if edition is not None:
        return edition
    if newest is None:
        raise NoAreas(
            "There is no edition.", remedy="Load areas first: gridward areas load FILE --level community."
        )
    if name is None:
        return newest
    repository.carry_over(connection, newest.id, repository.add_edition(connection, name, "", ""))
    made = areas.edition_named(connection, name)
    repository.mark_edition(connection, made.id)
    return made


def _past(connection: Connection, own: pd.DataFrame | None) -> dict[str, Past]:
    """Return what the areas' cells are held against: the edition's own when published, else the newest published one's."""
    cells = own
    if cells is None:
        newest = repository.newest_edition(connection, draft=False)
        cells = repository.cells_of(connection, newest.id) if newest else pd.DataFrame()
    if not len(cells):
        return {}
    highest = repository.highest_numbers(connection)
    laid = cells[cells["square_size"].notna()]
    return {
        str(parent): Past(dict(zip(of["code"], of["geometry"], strict=True)), highest.get(str(parent), 0))
        for parent, of in laid.groupby("parent_code")
    }


def _same_cells(own: pd.DataFrame, cells: pd.DataFrame) -> bool:
    """Say whether an edition already has these very cells."""
    return (
        own["code"].tolist() == cells["code"].tolist()
        and own["square_size"].tolist() == cells["square_size"].tolist()
        and bool(shapely.equals(own["geometry"].to_numpy(), cells["geometry"].to_numpy()).all())
    )


def _store_grid(
    connection: Connection, edition: Edition, sewn: pd.DataFrame, laid: Laid, level: str
) -> list[Finding]:
    """Store the sewn areas, the levels above as unions of them where they are, and which cells were renumbered."""
    repository.replace_areas(connection, edition.id, level, sewn)
    findings: list[Finding] = []
    metric = Metric(repository.metric_srid(connection))
    below = sewn
    for upper in above(level):
        areas = repository.areas_of(connection, edition.id, upper)
        if len(areas):
            below, found = remake(areas, below, upper, metric)
            findings += found
            repository.replace_areas(connection, edition.id, upper, below)
    table = {old: [old[:-DIGITS], *new] for old, new in laid.report.renumbered.items()}
    repository.replace_renumberings(connection, edition.id, table)
    return findings
