"""The cell of a point lives in SQL and in the fast path: here they are held together."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest
import shapely
from sqlalchemy import Connection, text

import app.areas
from app.areas.ground import FOUND, Ground
from app.db.queries import beside
from tests.conftest import METRIC_SRID
from tests.unit.geo.town import irregular_town, telling_points

CELL_AT_POINT = beside(app.areas.__file__)["cell_at_point"]
CHANGE = datetime(2026, 1, 1, tzinfo=UTC)
BEFORE, AFTER = datetime(2025, 7, 1, tzinfo=UTC), datetime(2026, 7, 1, tzinfo=UTC)


def lay_edition(
    owner: Connection, name: str, valid: str, cells: np.ndarray, neighbours: list[shapely.Geometry]
) -> int:
    edition = owner.execute(
        text("""
            INSERT INTO areas.editions (name, validity, published_at)
            VALUES (:name, CAST(:valid AS tstzrange), now()) RETURNING id
        """),
        {"name": name, "valid": valid},
    ).scalar_one()
    for i, shape in enumerate(neighbours):
        owner.execute(
            text("""
                INSERT INTO areas.areas (edition_id, level, code, validity, geom)
                VALUES (:edition, 'neighbour', :code, CAST(:valid AS tstzrange),
                        ST_Multi(ST_GeomFromWKB(:wkb, :srid)))
            """),
            {
                "edition": edition,
                "valid": valid,
                "code": f"{i}",
                "wkb": shapely.to_wkb(shape),
                "srid": METRIC_SRID,
            },
        )
    owner.execute(
        text("""
            INSERT INTO areas.cells (edition_id, number, code, parent_level, parent_code, area_m2, validity, geom)
            VALUES (:edition, :number, :code, 'community', :parent, :area, CAST(:valid AS tstzrange),
                    ST_Multi(ST_GeomFromWKB(:wkb, :srid)))
        """),
        [
            {
                "edition": edition, "number": i + 1, "code": code(i), "parent": code(i)[:-3], "area": shape.area,
                "valid": valid, "wkb": shapely.to_wkb(shape), "srid": METRIC_SRID,
            }
            for i, shape in enumerate(cells)
        ],
    )  # fmt: skip
    return edition


def code(index: int) -> str:
    return f"110105001{index // 900 + 1:03}{index % 900 + 1:03}"


@pytest.fixture
def town(owner: Connection) -> tuple[Connection, Ground]:
    """An irregular town with holes in it, a neighbour to the west, and one overlapping drawn cell."""
    cells = irregular_town()[::-1].copy()
    cells = np.delete(cells, slice(200, 800, 9))
    cells[0] = shapely.box(*shapely.bounds(cells[400])).buffer(37)
    west, south, east, north = shapely.total_bounds(cells)
    town = shapely.union_all(cells).buffer(0.5).buffer(-0.5)
    neighbour = shapely.box(west - 300, south - 300, (west + east) / 2, north + 300) - town
    neighbour = shapely.MultiPolygon([g for g in shapely.get_parts(neighbour) if g.geom_type == "Polygon"])
    lay_edition(
        owner, "old", f"[,{CHANGE.isoformat()})", np.array([shapely.box(west, south, east, north)]), []
    )
    edition = lay_edition(owner, "new", f"[{CHANGE.isoformat()},)", cells, [neighbour])
    owner.execute(text("ANALYZE areas.cells"))
    rows = owner.execute(
        text(
            "SELECT id, code, parent_code, ST_AsBinary(geom) FROM areas.cells WHERE edition_id = :e ORDER BY code"
        ),
        {"e": edition},
    ).all()
    ids, codes, parents, shapes = zip(*rows, strict=True)
    return owner, Ground.of(ids, codes, parents, shapely.from_wkb([bytes(s) for s in shapes]), [neighbour])


def test_sql_and_fast_path_agree_on_every_kind_of_point(town: tuple[Connection, Ground]) -> None:
    owner, ground = town
    x, y = telling_points(ground.polygons, 600)
    placed = ground.place(x, y)
    assert np.bincount(placed.found, minlength=3).min() > 50
    for k in range(len(x)):
        row = owner.execute(CELL_AT_POINT, {"x": x[k], "y": y[k], "at": AFTER}).one()
        cell = placed.cell[k]
        expected = (
            (None, None, None)
            if cell < 0
            else (ground.ids[cell], ground.codes[cell], ground.parent_codes[cell])
        )
        at = (x[k], y[k])
        assert (*at, row.found) == (*at, FOUND[placed.found[k]])
        assert (*at, row.cell_id, row.code, row.parent_code) == (*at, *expected)
        metres = placed.snapped_m[k] if row.found == "snapped" else None
        assert row.snapped_m == pytest.approx(metres, abs=1e-6)


def test_the_edition_of_the_time_decides(town: tuple[Connection, Ground]) -> None:
    owner, ground = town
    x, y = (float(v) for v in shapely.get_coordinates(ground.polygons[600].representative_point())[0])
    before, on_the_day, after = (
        owner.execute(CELL_AT_POINT, {"x": x, "y": y, "at": at}).one() for at in (BEFORE, CHANGE, AFTER)
    )
    assert (before.found, before.code) == ("in a cell", code(0))
    assert on_the_day == after
    assert after.edition_id != before.edition_id


def test_without_an_edition_there_is_no_row(owner: Connection) -> None:
    assert owner.execute(CELL_AT_POINT, {"x": 0.0, "y": 0.0, "at": AFTER}).one_or_none() is None


def test_it_reads_cells_by_their_index(town: tuple[Connection, Ground]) -> None:
    owner, _ = town
    plan = owner.execute(
        text("EXPLAIN " + CELL_AT_POINT.text), {"x": 480_000.0, "y": 4_420_000.0, "at": AFTER}
    )
    lines = "\n".join(row[0] for row in plan)
    assert "Index Scan using cells_geom" in lines or "Bitmap Index Scan on cells_geom" in lines
    assert "Seq Scan on cells" not in lines
