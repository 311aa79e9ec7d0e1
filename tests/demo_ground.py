"""The demo's ground with the five places on it, for tests: five street offices, no day of life, no cases."""

from __future__ import annotations

import atexit
from dataclasses import dataclass
from functools import cache
from zoneinfo import ZoneInfo

import shapely

from app.areas import service as areas
from app.categories import service as categories
from app.db.databases import Databases
from app.db.engine import transaction
from app.demo.service import Demo, Wanted
from app.demo.society import service as society
from app.geo.crs import Metric
from app.parties import repository as parties
from tests.conftest import METRIC_SRID, drop_database, make_database

ZONE = ZoneInfo("Asia/Shanghai")
JIANWAI, XIANGHEYUAN, XIAOGUAN, SHUANGJING, GAOBEIDIAN = (
    "110105001", "110105006", "110105010", "110105016", "110105022",
)  # fmt: skip
STREETS = (JIANWAI, XIANGHEYUAN, XIAOGUAN, SHUANGJING, GAOBEIDIAN)


@dataclass(frozen=True, slots=True)
class Places:
    """The database, ids of parties and a point (metres) of every plot and every community, by code."""

    databases: Databases
    party: dict[str, int]
    spot: dict[str, tuple[float, float]]


@cache
def places(admin_url: str) -> Places:
    """Return a database with the places, made once per process: whoever writes to it leaves 110105010022 as it is."""
    databases, name = make_database(admin_url)
    atexit.register(drop_database, admin_url, databases, name)
    return load(databases)


def load(databases: Databases) -> Places:
    """Load ground, categories and places into an empty database."""
    demo = Demo(Wanted(seed=1, metric=Metric(METRIC_SRID), zone=ZONE, streets=STREETS), lambda _line: None)
    with transaction(databases.owner, "system") as connection:
        demo.load_ground(connection)
    with transaction(databases.service, "system") as connection:
        categories.load_defaults(connection)
        edition = areas.edition_at(connection).id
        society.settle(connection, edition, STREETS, ZONE)
        ground = areas.ground(connection, edition)
        cells = dict(zip(ground.ids.tolist(), ground.polygons, strict=True))
        drawn = parties.patches(connection)
        spot = {plot.code: _inside(plot.shape or cells[min(plot.cells)]) for plot in drawn}
        built = shapely.union_all([plot.shape for plot in drawn if plot.shape is not None])
        for code in sorted(set(ground.parent_codes.tolist())):
            whole = shapely.union_all(ground.polygons[ground.parent_codes == code])
            open_ground = shapely.difference(whole, built)
            spot[code] = _inside(whole if open_ground.is_empty else open_ground)
        return Places(databases, {party.code: party.id for party in parties.parties(connection)}, spot)


def _inside(shape: shapely.Geometry) -> tuple[float, float]:
    """Return a point well inside a shape."""
    x, y = shapely.get_coordinates(shapely.maximum_inscribed_circle(shape))[0]
    return float(x), float(y)
