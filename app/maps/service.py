"""What the page asks for: setting, outlines, tiles, cards, search. Tiles and outlines of an edition never change."""

from __future__ import annotations

import gzip
import json
import math
import threading
from collections import OrderedDict
from datetime import datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from app.areas import service as areas
from app.core.errors import NotFound
from app.db.engine import database_of
from app.db.migrate import deployment
from app.density import service as density
from app.geo.crs import Metric
from app.maps import outlines as shapes
from app.maps import palette, repository
from app.maps.facts import Facts
from app.patrol.coverage import service as coverage
from app.teams import service as teams

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Connection, Row

    from app.areas.editions import Edition
    from app.density.period import Period
    from app.patrol.coverage.reports import CellsReport

CELL_ZOOM = 14
EQUATOR_M = 40075016.686
TILES_KEPT_BYTES = 64 * 1024 * 1024
POINT_ZOOM = 16  # from here on incidents are gathered only where they lie on one another
SAME_PLACE_M = 0.5
NEAR_PIXELS, FAR_PIXELS = 24, 72  # sides of the squares
MOST_MARKS = 3000
GATHERED_M = 250.0
HITS = 12
CARD_INCIDENTS = 8
CATEGORIES = 60


class NoSuchEdition(NotFound):
    """There is no such published edition of boundaries."""

    zh = "没有这个已发布的网格版本。"


class NoSuchCell(NotFound):
    """There is no cell with this number in this edition."""

    zh = "该网格版本中没有这个单元网格。"


class Packed:
    """Gzipped answers of published editions, the longest unused dropped first; one a process, safe in threads."""

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._size = 0
        self._items: OrderedDict[tuple[object, ...], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[object, ...], make: Callable[[], bytes]) -> bytes:
        """Return what is kept under a key, made first if need be."""
        with self._lock:
            if key in self._items:
                self._items.move_to_end(key)
                return self._items[key]
        content = gzip.compress(make(), 6, mtime=0)
        with self._lock:
            if key not in self._items:
                self._items[key] = content
                self._size += len(content)
            while self._size > self._most:
                self._size -= len(self._items.popitem(last=False)[1])
        return content


_packed = Packed(TILES_KEPT_BYTES)


def edition_id(connection: Connection, key: str) -> int:
    """Return the id in an edition's key.

    Raises:
        NoSuchEdition: It isn't the key of a published edition of this database.
    """
    number = key.partition("-")[0]
    known = (edition for edition in areas.editions(connection) if not edition.draft)
    if not any(density.key_of(edition) == key for edition in known):
        raise NoSuchEdition(f"{key!r} isn't one.", remedy="Reload the page.")
    return int(number)


def tile(connection: Connection, key: str, x: int, y: int) -> bytes:
    """Return a gzipped vector tile of cells at zoom 14.

    Raises:
        NoSuchEdition: See `edition_id`.
        NotFound: There is no such tile in the world.
    """
    if not (0 <= x < 2**CELL_ZOOM and 0 <= y < 2**CELL_ZOOM):
        raise NotFound(f"Tile {x}, {y} is outside the world.")
    name = (database_of(connection), key, x, y)
    return _packed.get(
        name, lambda: repository.tile(connection, edition_id(connection, key), CELL_ZOOM, x, y)
    )


def outlines(connection: Connection, key: str, level: str) -> bytes:
    """Return gzipped GeoJSON of a level's areas, simplified; the level above the cells also says whose each cell is.

    Raises:
        NoSuchEdition: See `edition_id`.
    """
    return _packed.get((database_of(connection), key, level), lambda: _outlines(connection, key, level))


def _outlines(connection: Connection, key: str, level: str) -> bytes:
    collection = outline_features(connection, edition_id(connection, key), level)
    return json.dumps(collection, ensure_ascii=False, separators=(",", ":")).encode()


def outline_features(connection: Connection, edition: int, level: str) -> dict[str, Any]:
    """Return a level's areas as simplified GeoJSON in WGS-84."""
    rows = repository.outlines(connection, edition, level)
    properties = [
        {
            "code": row.code,
            "name": row.name,
            "parent": row.parent_code,
            "synthetic": row.synthetic,
            "km2": round(row.area_m2 / 1e6, 4),
        }
        for row in rows
    ]
    return shapes.features(_polygons(rows), properties, Metric(deployment(connection)[0]))


def setting(connection: Connection, start: str | None, end: str | None, timezone: str) -> dict[str, Any]:
    """Return all that the page needs to begin: edition, extent, levels, teams, categories, period.

    Raises:
        NoEdition: No edition of boundaries is published for the period.
    """
    asked = density.period_asked(connection, start, end, timezone)
    edition = density.edition_for(connection, asked)
    ground = _ground(connection, edition)
    cells = density.cells(connection, edition)
    span = density.reported(connection)
    return {
        "edition": edition_facts(edition),
        "bounds": [[ground.south, ground.west], [ground.north, ground.east]],
        "cells": ground.cells,
        "lattice": ground.lattice,
        "levels": list(ground.levels),
        "synthetic_areas": ground.synthetic or edition.synthetic,
        "parents": {
            "level": cells.parent_level,
            "codes": list(cells.parent_codes),
            "runs": shapes.runs(cells.parent),
        },
        "teams": [
            {"code": team.code, "name": team.name, "synthetic": team.synthetic, "members": team.members}
            for team in teams.teams(connection)
        ],
        "first_day": span[0].astimezone(ZoneInfo(timezone)).date() if span else None,
        "period": period_days(asked),
        "timezone": timezone,
        "cell_zoom": CELL_ZOOM,
        "palette": palette.on_the_wire(),
    }


def categories(connection: Connection) -> list[str]:
    """Return the categories that incidents carry, commonest first."""
    return repository.categories(connection, CATEGORIES)


_grounds: dict[tuple[str, str], Row[Any]] = {}


def _ground(connection: Connection, edition: Edition) -> Row[Any]:
    """Return an edition's extent, levels and number of cells, kept in the process for they never change."""
    key = (database_of(connection), density.key_of(edition))
    if key not in _grounds:
        _grounds[key] = repository.setting(connection, edition.id)
    return _grounds[key]


def edition_facts(edition: Edition) -> dict[str, Any]:
    """Return what a map must say about its boundaries."""
    return {
        "key": density.key_of(edition),
        "name": edition.name,
        "synthetic": edition.synthetic,
        "source": edition.source,
        "licence": edition.licence,
        "published_at": edition.published_at,
    }


def period_days(asked: Period) -> dict[str, Any]:
    """Return a period as moments and as first and last day."""
    return {
        "start": asked.start,
        "end": asked.end,
        "first_day": asked.start.date().isoformat(),
        "last_day": asked.last_day.isoformat(),
    }


def card(connection: Connection, key: str, number: int, asked: Period, category: str) -> dict[str, Any]:
    """Return a cell for its card: where it is, under whom, its newest incidents.

    Raises:
        NoSuchEdition: See `edition_id`.
        NoSuchCell: The edition has no cell with this number.
    """
    edition = edition_id(connection, key)
    cell = repository.cell(connection, edition, number)
    if cell is None:
        raise NoSuchCell(f"Number {number}.")
    newest = repository.incidents_in_cell(
        connection,
        edition,
        number,
        start=asked.start,
        end=asked.end,
        category=category,
        most=CARD_INCIDENTS,
    )
    return {
        "number": number,
        "code": cell.code,
        "name": cell.name,
        "area_m2": round(cell.area_m2, 1),
        "row": cell.square_row,
        "column": cell.square_column,
        "size_m": cell.square_size,
        "lon": cell.lon,
        "lat": cell.lat,
        "above": [
            dict(row._mapping)  # noqa: SLF001
            for row in repository.ancestors(connection, edition, cell.parent_level, cell.parent_code)
        ],
        "geometry": json.loads(cell.geojson),
        "incidents": [dict(row._mapping) for row in newest],  # noqa: SLF001
    }


def find(connection: Connection, key: str, words: str) -> list[dict[str, Any]]:
    """Return areas and cells whose code begins with the words, or whose name holds them."""
    words = words.strip()
    if not words:
        return []
    rows = repository.find(connection, edition_id(connection, key), words, HITS)
    return [
        {
            "kind": row.kind,
            "code": row.code,
            "name": row.name,
            "above": row.above,
            "number": row.number,
            "bounds": [[row.south, row.west], [row.north, row.east]],
        }
        for row in rows
    ]


def incidents(
    connection: Connection,
    window: tuple[float, float, float, float],
    zoom: int,
    asked: Period,
    category: str = "",
) -> dict[str, Any]:
    """Return incidents in a window of the map, gathered in squares of some pixels below zoom 16."""
    latitude = math.radians(
        round((window[1] + window[3]) / 2)
    )  # whole degrees: the squares stay while one pans
    pixel_m = EQUATOR_M * math.cos(latitude) / (256 * 2**zoom)
    square = (
        SAME_PLACE_M if zoom >= POINT_ZOOM else pixel_m * (NEAR_PIXELS if zoom >= CELL_ZOOM else FAR_PIXELS)
    )
    near = zoom > CELL_ZOOM  # a window this small lies on few cells
    rows = repository.incidents_in_view(
        connection,
        window,
        areas.cells_in_box(connection, window)[1] if near else None,
        start=asked.start,
        end=asked.end,
        category=category,
        square_m=square,
        most=MOST_MARKS,
    )
    return {
        "square_m": round(square, 1),
        "more": len(rows) == MOST_MARKS,
        "marks": [_mark(row) for row in rows],
    }


def report(connection: Connection, asked: Period, team: str, bandwidth_m: float, timezone: str) -> Facts:
    """Return all that the mailed map shows.

    Raises:
        NoEdition: No edition of boundaries is published for the period.
        NotFound: There is no such team.
    """
    edition = density.edition_for(connection, asked)
    facts = _ground(connection, edition)
    found = density.density(connection, edition, asked)
    cells = repository.cells_by_number(connection, edition.id, found.numbers.tolist())
    window = (facts.west - 0.1, facts.south - 0.1, facts.east + 0.1, facts.north + 0.1)
    rows = repository.incidents_in_view(
        connection,
        window,
        None,
        start=asked.start,
        end=asked.end,
        category="",
        square_m=SAME_PLACE_M if found.total.incidents <= MOST_MARKS else GATHERED_M,
        most=MOST_MARKS,
    )
    who = teams.team(connection, team) if team else None
    walked = (
        coverage.coverage_cells(connection, team, asked.start, asked.end, edition=edition.name)
        if team
        else None
    )
    return Facts(
        edition=edition,
        synthetic_areas=facts.synthetic or edition.synthetic,
        density=found,
        smooth=density.smooth(connection, edition, asked, bandwidth_m),
        outlines={
            level: outline_features(connection, edition.id, level)
            for level in facts.levels
            if level != "neighbour"
        },
        cell_codes=[cell.code for cell in cells],
        cell_polygons=_polygons(cells),
        marks=[_mark(row) for row in rows],
        team=(who.name or team) if who else "",
        team_synthetic=bool(who and who.synthetic),
        states=_by_state(connection, edition.id, walked) if walked else {},
        bounds=[[facts.south, facts.west], [facts.north, facts.east]],
        metric=Metric(deployment(connection)[0]),
        made=datetime.now(ZoneInfo(timezone)),
    )


def _by_state(connection: Connection, edition: int, walked: CellsReport) -> dict[str, NDArray[np.object_]]:
    polygons = _polygons(repository.cells_by_number(connection, edition, walked.numbers))
    states = np.array(walked.states)
    return {name: polygons[states == name] for name in palette.COVERAGE}


def _polygons(rows: Sequence[Row[Any]]) -> NDArray[np.object_]:
    return np.asarray(shapely.from_wkb([bytes(row.geom) for row in rows]), dtype=object)


def _mark(row: Row[Any]) -> list[Any]:
    place = [round(row.lon, 6), round(row.lat, 6), row.incidents]
    return [*place, row.category, row.reported_at.isoformat()] if row.incidents == 1 else place
