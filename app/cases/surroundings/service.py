"""Surroundings: the ground and the rules that a report is placed and judged by, kept in memory, and the open cases near it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.areas import service as areas
from app.cases import repository, timing
from app.cases import service as cases
from app.cases.duplicates import REACH, REACH_M, Told, likely
from app.cases.placing import Terrain
from app.categories import service as categories
from app.core.keeping import Kept
from app.db.engine import database_of
from app.geo.crs import Metric
from app.parties.answers import service as answers

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.cases.duplicates import Duplicate
    from app.categories.catalogue import Catalogue
    from app.parties.rulebook import Rulebook

TERRAINS_KEPT = 4
DATABASES_KEPT = 8  # of one process; more than one only in tests
_TERRAINS: Kept[tuple[str, int], Terrain] = Kept(TERRAINS_KEPT)


@dataclass(frozen=True, slots=True)
class Bearings:
    """What a report is placed and judged by; `state` names the version of the rules (`sql/bearings.sql`)."""

    state: str
    terrain: Terrain
    metric: Metric
    rules: timing.Rules
    rulebook: Rulebook

    def same_as(self, other: Bearings) -> bool:
        """Tell whether a report would be judged the same by both."""
        return self.state == other.state and self.terrain.edition_id == other.terrain.edition_id


_LATEST: Kept[str, Bearings] = Kept(DATABASES_KEPT)


def bearings(connection: Connection, at: datetime) -> Bearings:
    """Return what a report of a time is placed and judged by: one question to the database where nothing has changed."""
    found = repository.bearings(connection, at)
    if found.edition_id is None:
        areas.edition_at(connection, at)  # raises NoEdition
    terrain = terrain_of(connection, int(found.edition_id))
    known = _LATEST.get(database := database_of(connection))
    if known is None or known.state != found.state:
        known = Bearings(
            found.state, terrain, Metric(found.metric_srid), rules(connection), answers.rulebook(connection)
        )
        if repository.bearings(connection, at).state != found.state:  # it changed while it was read
            return known
    elif known.terrain.edition_id != terrain.edition_id:
        known = replace(known, terrain=terrain)
    return _LATEST.put(database, known)


def lately(connection: Connection) -> Bearings | None:
    """Return what the last report was judged by, without a question: it may hold no longer."""
    return _LATEST.get(database_of(connection))


def terrain_of(connection: Connection, edition_id: int) -> Terrain:
    """Return an edition's ground as cases read it; a few editions are kept."""
    key = (database_of(connection), edition_id)
    known = _TERRAINS.get(key)
    if known is None:
        ground = areas.ground(connection, edition_id)
        known = Terrain.of(edition_id, ground, repository.areas_of_edition(connection, edition_id))
        _TERRAINS.put(key, known)
    return known


def rules(connection: Connection) -> timing.Rules:
    """Return what the clock of a case goes by: limits and the working calendar."""
    return timing.Rules(categories.catalogue(connection), categories.calendar(connection))


def alike(connection: Connection, terrain: Terrain, catalogue: Catalogue, mine: Told) -> list[Duplicate]:
    """Return open cases nearby that may be the same, as far as whoever asks may see them."""
    cells = terrain.cells_around(mine.x, mine.y, REACH_M)
    rows = repository.rows(
        connection,
        "nearby_open",
        cells=cells,
        x=mine.x,
        y=mine.y,
        reach=REACH_M,
        but=mine.id,
        since=mine.at - REACH,
    )
    others = (
        Told(
            x=row["x"], y=row["y"], lineage=catalogue.by_id(row["category_id"]).lineage, at=row["reported_at"],
            text=row["description"], number=row["number"], id=row["id"], stage=row["stage"],
        )
        for row in rows
    )  # fmt: skip
    return likely(mine, others)


def duplicates_of(connection: Connection, asking: Principal, number: str) -> list[Duplicate]:
    """Return open cases nearby that may be the same as one."""
    asking.requires("case.read")
    one = cases.case(connection, number)
    if one.edition_id is None or one.x is None or one.y is None:
        return []
    terrain, catalogue = terrain_of(connection, one.edition_id), categories.catalogue(connection)
    lineage = catalogue.by_id(one.category_id).lineage
    mine = Told(x=one.x, y=one.y, lineage=lineage, at=one.reported_at, text=one.description, id=one.id)
    return alike(connection, terrain, catalogue, mine)
