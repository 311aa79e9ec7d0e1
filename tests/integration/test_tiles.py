"""Vector tiles of cells, read back by GDAL: every cell, its number, its place; and the plan uses the index."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyogrio
import pytest
import shapely
from sqlalchemy import Connection, text

from app.core.errors import NotFound
from app.db.databases import Databases
from app.maps import repository, service
from tests import tiny_town
from tests.conftest import drop_database, make_database

ZOOM = service.CELL_ZOOM
SIDE = 2 * math.pi * 6378137 / 2**ZOOM


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    databases, name = make_database(admin_url)
    with databases.owner.begin() as connection:
        tiny_town.load(connection)
    yield databases
    drop_database(admin_url, databases, name)


@pytest.fixture
def connection(town: Databases) -> Iterator[Connection]:
    with town.service.connect() as connection:
        yield connection


def tile_of(x: float, y: float) -> tuple[int, int]:
    lon, lat = tiny_town.lonlat(x, y)
    across = (lon + 180) / 360 * 2**ZOOM
    down = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**ZOOM
    return int(across), int(down)


def tiles() -> set[tuple[int, int]]:
    """Every tile that the town touches."""
    corners = [tile_of(x, y) for x in (-1, 401) for y in (-1, 401)]
    (left, right), (top, bottom) = ((min(v), max(v)) for v in zip(*corners, strict=True))
    return {(x, y) for x in range(left, right + 1) for y in range(top, bottom + 1)}


def read(content: bytes, x: int, y: int, folder: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return cell numbers and polygons in Web Mercator, as GDAL understands the tile."""
    file = folder / str(ZOOM) / str(x) / f"{y}.mvt"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    _, fids, geometry, fields = pyogrio.raw.read(file, layer="cells", return_fids=True)
    assert len(fields) <= 1  # nothing but the number
    numbers = fields[0] if fields else fids
    return np.asarray(numbers), shapely.from_wkb(geometry)


def test_every_cell_is_in_the_tiles_at_its_place(connection: Connection, tmp_path: Path) -> None:
    edition = connection.execute(text("SELECT id FROM areas.editions")).scalar_one()
    seen: dict[int, float] = {}
    for x, y in tiles():
        content = repository.tile(connection, edition, ZOOM, x, y)
        numbers, polygons = read(content, x, y, tmp_path)
        left, top = x * SIDE - math.pi * 6378137, math.pi * 6378137 - y * SIDE
        inside = shapely.intersection(
            shapely.make_valid(polygons), shapely.box(left, top - SIDE, left + SIDE, top)
        )
        for number, area in zip(numbers.tolist(), shapely.area(inside).tolist(), strict=True):
            seen[number] = seen.get(number, 0) + area
    assert sorted(seen) == list(range(1, 17))
    stretch = 1 / math.cos(math.radians(tiny_town.lonlat(200, 200)[1]))
    for area in seen.values():
        assert area / stretch**2 == pytest.approx(10_000, rel=0.02)  # a tile's unit is 0.6 m


def test_a_tile_without_cells_is_empty(connection: Connection) -> None:
    edition = connection.execute(text("SELECT id FROM areas.editions")).scalar_one()
    assert repository.tile(connection, edition, ZOOM, 0, 0) == b""


def test_the_index_on_cells_is_used(connection: Connection) -> None:
    connection.execute(text("SET LOCAL enable_seqscan = off"))
    query = (Path(service.__file__).parent / "sql" / "tile_cells.sql").read_text(encoding="utf-8")
    x, y = tile_of(200, 200)
    plan = connection.execute(text(f"EXPLAIN {query}"), {"edition": 1, "z": ZOOM, "x": x, "y": y}).scalars()
    assert any("cells_geom" in line for line in plan)


@pytest.mark.parametrize("key", ["1-0", "999-abc", "x", "", "1"])
def test_only_a_published_editions_key_names_tiles(connection: Connection, key: str) -> None:
    with pytest.raises(service.NoSuchEdition):
        service.tile(connection, key, 1, 1)


def test_a_tile_beyond_the_world_is_not_found(connection: Connection) -> None:
    with pytest.raises(NotFound):
        service.tile(connection, "1-0", 2**ZOOM, 0)
