"""Areas (区域) and cells (单元网格) as they are stored: editions, one area, the place of a point, an edition's ground.

The rooms beside change them: loading a level from a file, laying the grid, publishing an edition.
"""

from __future__ import annotations

from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from app.areas import repository
from app.areas.editions import (
    Edition,
    NoEdition,
    UnknownEdition,
)
from app.areas.ground import Ground
from app.areas.levels import known
from app.core.errors import BadInput, NotFound
from app.core.keeping import Kept
from app.db.engine import database_of
from app.geo.crs import Metric
from app.geo.datum import to_wgs84

if TYPE_CHECKING:
    import pandas as pd
    from sqlalchemy import Connection

    from app.areas.repository import Box

CELLS_NAMED = 3000  # more than these are slower found by their ids than left to other conditions
GROUNDS_KEPT = 4  # editions in memory, some 100 MB each at most
_GROUNDS: Kept[tuple[str, int], Ground] = Kept(GROUNDS_KEPT)
_BUILDING = Lock()


class UnknownArea(NotFound):
    """There is no such area."""

    zh = "没有这个区域。"


class NoPlace(BadInput):
    """These coordinates are no place on Earth."""

    zh = "坐标无效。"


def metric_srid(connection: Connection) -> int:
    """Return the EPSG code of the metric CRS that geometries are stored in."""
    return repository.metric_srid(connection)


def editions(connection: Connection) -> list[Edition]:
    """Return all editions, oldest first, drafts last."""
    return repository.editions(connection)


def edition_at(connection: Connection, when: datetime | None = None) -> Edition:
    """Return the published edition that holds at a time, by default now.

    Raises:
        NoEdition: There is none.
    """
    moment = when or datetime.now(UTC)
    edition = repository.edition_at(connection, moment)
    if edition is None:
        raise NoEdition(
            f"Asked for {moment:%Y-%m-%d %H:%M %Z}.",
            remedy="Run: gridward areas load, then gridward areas lay-grid.",
        )
    return edition


def edition_named(connection: Connection, name: str) -> Edition:
    """Return an edition, published or draft.

    Raises:
        UnknownEdition: There is none of this name.
    """
    edition = repository.edition_named(connection, name)
    if edition is None:
        raise UnknownEdition(f"{name!r}.", remedy="See: gridward areas editions.")
    return edition


def areas(
    connection: Connection, edition: Edition, level: str, box: Box | None = None, limit: int | None = None
) -> pd.DataFrame:
    """Return a level of an edition in bytewise order of code, geometry in the metric CRS.

    Columns: code, name, parent_code, synthetic, geometry; cells also number, parent_level, area_m2, square_row,
    square_column, square_size. With a box (west, south, east, north in metres) only what meets it.
    """
    if known(level) == "cell":
        cells = repository.cells_of(connection, edition.id, box, limit)
        return cells.assign(synthetic=edition.synthetic)
    frame = repository.areas_of(connection, edition.id, level, box)
    return frame.assign(area_m2=shapely.area(frame["geometry"].to_numpy()))


def area(connection: Connection, edition: Edition, level: str, code: str) -> dict[str, Any]:
    """Return one area and those above it: level, code, name, synthetic, edition, parents.

    Raises:
        UnknownArea: The edition has no such area.
    """
    if known(level) == "cell":
        return cell(connection, edition, code)
    found = repository.chain(connection, edition.id, level, code)
    if not found:
        raise UnknownArea(f"{level} {code!r} in edition {edition.name!r}.")
    return {**found[0], "edition": edition.name, "parents": found[1:]}


def cell(connection: Connection, edition: Edition, code: str) -> dict[str, Any]:
    """Return a cell's card: code, number, name, area_m2, lattice row, column and size (None where drawn), parents.

    Raises:
        UnknownArea: The edition has no such cell.
    """
    row = repository.cell_named(connection, edition.id, code)
    if row is None:
        raise UnknownArea(f"Cell {code!r} in edition {edition.name!r}.")
    parents = repository.chain(connection, edition.id, row.pop("parent_level"), row.pop("parent_code"))
    return {
        **row,
        "level": "cell",
        "edition": edition.name,
        "synthetic": edition.synthetic,
        "parents": parents,
    }


def locate(
    connection: Connection, x: float, y: float, datum: str = "wgs84", at: datetime | None = None
) -> dict[str, Any]:
    """Find the cell and the areas of a place, as they were at a time, by default now.

    Args:
        connection: Any role's.
        x: Longitude (degrees) or easting, in `datum`.
        y: Latitude or northing.
        datum: As in `app.geo.datum.parse_datum`.
        at: The time; the edition that held then decides.

    Returns:
        edition, found ("in a cell", "snapped", "outside"), snapped_m, lon, lat (WGS-84), cell (its card, or None),
        areas (from the lowest level; of a snapped place those of its cell).

    Raises:
        NoPlace: It is no place on Earth.
        NoEdition: No edition held then.
    """
    edition = edition_at(connection, at)
    lon, lat = (float(number) for number in to_wgs84(x, y, datum))
    east, north = (float(m) for m in Metric(repository.metric_srid(connection)).from_lonlat(lon, lat))
    if not np.isfinite([lon, lat]).all() or abs(lat) > 90 or abs(lon) > 180:
        raise NoPlace(f"{x:g}, {y:g} in {datum}.", remedy="Give longitude first, and the right datum.")
    place = {"edition": edition.name, "synthetic": edition.synthetic, "lon": lon, "lat": lat}
    nowhere = {**place, "found": "outside", "snapped_m": None, "cell": None, "areas": []}
    if not np.isfinite([east, north]).all():
        return nowhere
    row = repository.cell_at_point(connection, east, north, at or datetime.now(UTC))
    if row is None or row["code"] is None:
        return {**nowhere, "areas": repository.areas_at_point(connection, edition.id, east, north)}
    card = cell(connection, edition, row["code"])
    return {
        **place,
        "found": row["found"],
        "snapped_m": row["snapped_m"],
        "cell": card,
        "areas": card["parents"],
    }


def lineage(connection: Connection, code: str | None) -> frozenset[str]:
    """Return the codes of an area and of those above it, in any edition, for `Principal.requires(within=...)`.

    Args:
        connection: Any role's.
        code: Of any level; None: what belongs to no area of its own is the district's.
    """
    return repository.lineage(connection, code)


def cells_in_box(connection: Connection, box: Box, most: int = CELLS_NAMED) -> tuple[bytes, list[int] | None]:
    """Return a box and the cells, of any edition, that things in it may belong to; by these protected rows are found.

    Args:
        connection: Any role's.
        box: West, south, east, north, WGS-84 degrees.
        most: Cells that are worth naming.

    Returns:
        The box as EWKB in the metric CRS; ids of `areas.cells`, None where they are more.
    """
    shape, cells = repository.cells_in_box(connection, box, most + 1)
    return shape, None if len(cells) > most else cells


def ground(connection: Connection, edition_id: int) -> Ground:
    """Return an edition's ground; a published one is built once per process, for it never changes."""
    edition = repository.edition_by_id(connection, edition_id)
    if edition is None:
        raise UnknownEdition(f"id {edition_id}.")
    if edition.draft:
        return _ground(connection, edition_id)
    key = (database_of(connection), edition_id)
    with _BUILDING:
        kept = _GROUNDS.get(key)
        return _GROUNDS.put(key, _ground(connection, edition_id)) if kept is None else kept


def _ground(connection: Connection, edition_id: int) -> Ground:
    cells = repository.cells_of(connection, edition_id)
    neighbours = repository.areas_of(connection, edition_id, "neighbour")
    return Ground.of(
        cells["id"].to_numpy(),
        cells["code"].tolist(),
        cells["parent_code"].tolist(),
        cells["geometry"].to_numpy(),
        neighbours["geometry"].to_numpy(),
    )
