"""Reads and writes editions, areas and cells; bulk rows go in by COPY. Judges nothing, commits nothing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from sqlalchemy import delete, func, insert, select

from app.areas.editions import Edition
from app.areas.tables import AreaRow, CellRow, EditionRow, LoadRow
from app.db.engine import driver
from app.db.migrate import deployment
from app.db.queries import beside

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from numpy.typing import NDArray
    from sqlalchemy import Connection, Row

SQL = beside(__file__)
Box = tuple[float, float, float, float]
CELL_COLUMNS = (
    "number", "code", "parent_level", "parent_code", "name",
    "square_row", "square_column", "square_size", "area_m2",
)  # fmt: skip


def metric_srid(connection: Connection) -> int:
    """Return the EPSG code that geometries are stored in."""
    return deployment(connection)[0]


def one_at_a_time(connection: Connection) -> None:
    """Wait until no other transaction loads areas or lays a grid here."""
    connection.execute(select(func.pg_advisory_xact_lock(func.hashtext("areas.editions"))))


# --- editions ---------------------------------------------------------------------------------------------------

_EDITION = select(
    EditionRow.id,
    EditionRow.name,
    func.lower(EditionRow.validity).label("starts"),
    func.upper(EditionRow.validity).label("ends"),
    EditionRow.published_at,
    EditionRow.synthetic,
    EditionRow.source,
    EditionRow.licence,
)


def _edition(row: Row[Any] | None) -> Edition | None:
    return None if row is None else Edition(**row._mapping)  # noqa: SLF001  SQLAlchemy's public name for it


def editions(connection: Connection) -> list[Edition]:
    """Return all editions, oldest first, drafts last."""
    order = _EDITION.order_by(EditionRow.published_at.asc().nulls_last(), EditionRow.id)
    return [Edition(**row._mapping) for row in connection.execute(order)]  # noqa: SLF001


def edition_named(connection: Connection, name: str) -> Edition | None:
    """Return the edition of a name."""
    return _edition(connection.execute(_EDITION.where(EditionRow.name == name)).one_or_none())


def edition_by_id(connection: Connection, edition_id: int) -> Edition | None:
    """Return the edition of an id."""
    return _edition(connection.execute(_EDITION.where(EditionRow.id == edition_id)).one_or_none())


def edition_at(connection: Connection, when: datetime) -> Edition | None:
    """Return the published edition that holds at a time."""
    return _edition(connection.execute(_EDITION.where(EditionRow.validity.op("@>")(when))).one_or_none())


def newest_edition(connection: Connection, *, draft: bool) -> Edition | None:
    """Return the newest draft, or the published edition that no other follows."""
    query = _EDITION.where(
        EditionRow.published_at.is_(None) if draft else func.upper_inf(EditionRow.validity)
    ).order_by(EditionRow.id.desc())
    return _edition(connection.execute(query.limit(1)).one_or_none())


def add_edition(connection: Connection, name: str, source: str, licence: str) -> int:
    """Make a draft; return its id."""
    statement = insert(EditionRow).values(name=name, source=source, licence=licence).returning(EditionRow.id)
    return int(connection.execute(statement).scalar_one())


def carry_over(connection: Connection, from_id: int, to_id: int) -> list[str]:
    """Copy all areas of one edition into another; return the levels copied."""
    return list(connection.execute(SQL["carry_over"], {"from_id": from_id, "to_id": to_id}).scalars())


def end(connection: Connection, edition_id: int, starts: datetime | None) -> None:
    """Let a published edition hold no longer from when the next one `starts`."""
    for name in ("end_edition", "end_areas", "end_cells"):
        connection.execute(SQL[name], {"before_id": edition_id, "starts": starts})


def start(connection: Connection, edition_id: int, starts: datetime | None) -> None:
    """Publish a draft: it holds from `starts`; None if it always did."""
    for name in ("start_edition", "start_areas", "start_cells"):
        connection.execute(SQL[name], {"edition_id": edition_id, "starts": starts})


def orphans(connection: Connection, edition_id: int) -> list[tuple[str, str, str]]:
    """Return the areas and cells whose parent is not in the edition: level, code, parent's code."""
    return [
        (row[0], row[1], row[2]) for row in connection.execute(SQL["orphans"], {"edition_id": edition_id})
    ]


# --- areas ------------------------------------------------------------------------------------------------------


def areas_of(connection: Connection, edition_id: int, level: str, box: Box | None = None) -> pd.DataFrame:
    """Return a level's areas in bytewise order: code, name, parent_code ("" for none), synthetic, geometry.

    With a box (west, south, east, north in metres) only those whose bounding box meets it.
    """
    query = (
        select(
            AreaRow.code,
            AreaRow.name,
            func.coalesce(AreaRow.parent_code, "").label("parent_code"),
            AreaRow.synthetic,
            func.ST_AsBinary(AreaRow.geom).label("geometry"),
        )
        .where(AreaRow.edition_id == edition_id, AreaRow.level == level)
        .order_by(AreaRow.code)
    )
    if box is not None:
        query = query.where(AreaRow.geom.op("&&")(_envelope(connection, box)))
    return _frame(connection, query, ("code", "name", "parent_code", "synthetic", "geometry"))


def levels_of(connection: Connection, edition_id: int) -> dict[str, int]:
    """Return how many areas an edition has, by level; cells included."""
    areas = (
        select(AreaRow.level, func.count()).where(AreaRow.edition_id == edition_id).group_by(AreaRow.level)
    )
    counts = {str(level): int(count) for level, count in connection.execute(areas)}
    cells = connection.execute(select(func.count()).where(CellRow.edition_id == edition_id)).scalar_one()
    return counts | ({"cell": int(cells)} if cells else {})


def replace_areas(connection: Connection, edition_id: int, level: str, areas: pd.DataFrame) -> None:
    """Store a level of a draft, in place of what it had. Columns as `areas_of` gives them."""
    connection.execute(delete(AreaRow).where(AreaRow.edition_id == edition_id, AreaRow.level == level))
    rows = zip(
        areas["code"], areas["name"], (parent or None for parent in areas["parent_code"]), areas["synthetic"],
        _ewkb(areas["geometry"].to_numpy(), metric_srid(connection)), strict=True,
    )  # fmt: skip
    into = "COPY areas.areas (edition_id, level, code, name, parent_code, synthetic, geom) FROM STDIN"
    with driver(connection).cursor() as cursor, cursor.copy(into) as copy:
        for row in rows:
            copy.write_row((edition_id, level, *row))


# --- cells ------------------------------------------------------------------------------------------------------


def cells_of(
    connection: Connection, edition_id: int, box: Box | None = None, limit: int | None = None
) -> pd.DataFrame:
    """Return an edition's cells by number, with id, all columns of the table and geometry.

    With a box (west, south, east, north in metres) only those whose bounding box meets it.
    """
    columns = [getattr(CellRow, name) for name in CELL_COLUMNS]
    query = (
        select(CellRow.id, *columns, func.ST_AsBinary(CellRow.geom).label("geometry"))
        .where(CellRow.edition_id == edition_id)
        .order_by(CellRow.number)
        .limit(limit)
    )
    if box is not None:
        query = query.where(CellRow.geom.op("&&")(_envelope(connection, box)))
    return _frame(connection, query, ("id", *CELL_COLUMNS, "geometry"))


def cell_named(connection: Connection, edition_id: int, code: str) -> dict[str, Any] | None:
    """Return one cell's row without geometry."""
    columns = [getattr(CellRow, name) for name in CELL_COLUMNS]
    query = select(CellRow.id, *columns).where(CellRow.edition_id == edition_id, CellRow.code == code)
    row = connection.execute(query).mappings().one_or_none()
    return dict(row) if row else None


def cell_at_point(connection: Connection, x: float, y: float, at: datetime) -> dict[str, Any] | None:
    """Return the cell of a point in metres by the one rule; None when no edition holds at the time."""
    row = connection.execute(SQL["cell_at_point"], {"x": x, "y": y, "at": at}).mappings().one_or_none()
    return dict(row) if row else None


def cells_in_box(connection: Connection, box: Box, most: int) -> tuple[bytes, list[int]]:
    """Return a WGS-84 box as EWKB in the metric CRS, and at most so many ids of the cells in it; see the query."""
    west, south, east, north = box
    values = {"west": west, "south": south, "east": east, "north": north, "most": most}
    row = connection.execute(SQL["cells_in_box"], values).one()
    return bytes(row.box), list(row.cells)


def lineage(connection: Connection, code: str | None) -> frozenset[str]:
    """Return the codes of an area and of those above it, in any edition; None: of the districts."""
    return frozenset(connection.execute(SQL["lineage"], {"code": code}).scalars())


def chain(connection: Connection, edition_id: int, level: str, code: str) -> list[dict[str, Any]]:
    """Return an area and those above it, from the lowest: level, code, name, synthetic."""
    values = {"edition_id": edition_id, "level": level, "code": code}
    return [dict(row) for row in connection.execute(SQL["chain"], values).mappings()]


def areas_at_point(connection: Connection, edition_id: int, x: float, y: float) -> list[dict[str, Any]]:
    """Return the areas that hold a point in metres, from the lowest level: level, code, name, synthetic."""
    values = {"edition_id": edition_id, "x": x, "y": y}
    return [dict(row) for row in connection.execute(SQL["areas_at_point"], values).mappings()]


def replace_cells(
    connection: Connection,
    edition_id: int,
    cells: pd.DataFrame,
    holds_from: tuple[datetime | None] | None = None,
) -> None:
    """Store a draft's cells, in place of those it had.

    Args:
        connection: The owner's.
        edition_id: The draft.
        cells: In bytewise order of code: code, parent_level, parent_code, name, square_row, square_column,
            square_size (None where drawn), area_m2, geometry.
        holds_from: Where the draft is published in this very transaction, when it begins (None: it always held):
            dating the cells as they are stored saves writing them, and all their index entries, a second time.
    """
    connection.execute(delete(CellRow).where(CellRow.edition_id == edition_id))
    values = [cells[column].tolist() for column in CELL_COLUMNS[1:]]
    polygons = _ewkb(cells["geometry"].to_numpy(), metric_srid(connection))
    into = f"COPY areas.cells (edition_id, validity, {', '.join(CELL_COLUMNS)}, geom) FROM STDIN"
    validity = "empty" if holds_from is None else f"[{holds_from[0].isoformat() if holds_from[0] else ''},)"
    with driver(connection).cursor() as cursor, cursor.copy(into) as copy:
        for number, row in enumerate(zip(*values, polygons, strict=True), start=1):
            copy.write_row((edition_id, validity, number, *row))


def drop_laid_cells(connection: Connection, edition_id: int) -> int:
    """Delete a draft's laid cells (drawn ones stay); return how many there were."""
    laid = delete(CellRow).where(CellRow.edition_id == edition_id, CellRow.square_size.is_not(None))
    return connection.execute(laid).rowcount


def highest_numbers(connection: Connection) -> Mapping[str, int]:
    """Return the highest number that laid cells of each parent ever had in a published edition."""
    return {str(code): int(highest) for code, highest in connection.execute(SQL["highest_numbers"])}


def replace_renumberings(connection: Connection, edition_id: int, table: Mapping[str, Sequence[str]]) -> None:
    """Keep old cell codes with their parent and new codes: `{old: [parent, new, ...]}`; an empty table clears."""
    connection.execute(SQL["replace_renumberings"], {"edition_id": edition_id, "table": json.dumps(table)})


# --- loads ------------------------------------------------------------------------------------------------------


def load_hash(connection: Connection, edition_id: int, level: str) -> str | None:
    """Return the content hash of what was last loaded into a level."""
    query = select(LoadRow.content_hash).where(LoadRow.edition_id == edition_id, LoadRow.level == level)
    return connection.execute(query).scalar_one_or_none()


def record_load(connection: Connection, **values: Any) -> None:
    """Keep what was loaded into a level, in place of the load before; mark the edition accordingly."""
    same = (LoadRow.edition_id == values["edition_id"], LoadRow.level == values["level"])
    connection.execute(delete(LoadRow).where(*same))
    connection.execute(insert(LoadRow).values(**values))


def mark_edition(connection: Connection, edition_id: int) -> None:
    """Make a draft synthetic if any of its areas is, with all sources and licences of its loads."""
    connection.execute(SQL["mark_edition"], {"edition_id": edition_id})


# --- shared -----------------------------------------------------------------------------------------------------


def _envelope(connection: Connection, box: Box) -> Any:
    return func.ST_MakeEnvelope(*box, metric_srid(connection))


def _frame(connection: Connection, query: Any, columns: Sequence[str]) -> pd.DataFrame:
    rows = connection.execute(query).all()
    frame = pd.DataFrame.from_records([tuple(row) for row in rows], columns=list(columns))
    binary = np.array([bytes(wkb) for wkb in frame["geometry"]], dtype=object)
    return frame.assign(geometry=pd.Series(shapely.from_wkb(binary), dtype=object, index=frame.index))


def _ewkb(polygons: NDArray[np.object_], srid: int) -> list[str]:
    several = [p if p.geom_type == "MultiPolygon" else shapely.MultiPolygon([p]) for p in polygons]
    stamped = shapely.set_srid(np.array(several, dtype=object), srid)
    return list(shapely.to_wkb(stamped, hex=True, include_srid=True))
