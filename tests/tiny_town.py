"""Tiny town (示意): 16 cells of 100 m near Beijing, worked out by hand; every test may start from it.

One district, 990101, of 400 m x 400 m; two streets, west 990101001 and east 990101002; in each two communities of
200 m x 200 m, 001 in the north and 002 in the south. East of it lies the known neighbouring district 990102, 200 m wide.
Its south-west corner is at x 450000, y 4420000 of EPSG:4548, so its borders run along lattice lines.
All of it is invented; `python -m tests.tiny_town` writes geodata/tiny_town/areas.geojson anew.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import shapely

from app.areas import service as areas
from app.areas.gridding import service as gridding
from app.areas.loading import service as loading
from app.areas.reports import Asked
from app.core.settings import GEODATA
from app.geo.crs import Metric

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from app.areas.editions import Edition

FILE = GEODATA / "tiny_town" / "areas.geojson"
METRIC = Metric(4548)
WEST, SOUTH = 450_000.0, 4_420_000.0
DISTRICT = "990101"
LEVELS = ("district", "street", "community", "neighbour")
CELLS = [  # as on the map: rows from north to south, each from west to east
    ["990101001001001", "990101001001002", "990101002001001", "990101002001002"],
    ["990101001001003", "990101001001004", "990101002001003", "990101002001004"],
    ["990101001002001", "990101001002002", "990101002002001", "990101002002002"],
    ["990101001002003", "990101001002004", "990101002002003", "990101002002004"],
]
AREAS = [  # level, code, name, west, south, east, north (metres from the corner)
    ("district", "990101", "示意区", 0, 0, 400, 400),
    ("street", "990101001", "西街道", 0, 0, 200, 400),
    ("street", "990101002", "东街道", 200, 0, 400, 400),
    ("community", "990101001001", "西北社区", 0, 200, 200, 400),
    ("community", "990101001002", "西南社区", 0, 0, 200, 200),
    ("community", "990101002001", "东北社区", 200, 200, 400, 400),
    ("community", "990101002002", "东南社区", 200, 0, 400, 200),
    ("neighbour", "990102", "示意邻区", 400, -200, 600, 600),
]


def lonlat(x: float, y: float) -> tuple[float, float]:
    """Return WGS-84 degrees of a place given in metres from the town's south-west corner."""
    lon, lat = METRIC.to_lonlat(WEST + x, SOUTH + y)
    return float(lon), float(lat)


def cell_at(x: float, y: float) -> str | None:
    """Return the code of the cell that holds a place, in metres from the corner; on shared edges the smallest."""
    holding = [
        code
        for row, codes in enumerate(CELLS)
        for column, code in enumerate(codes)
        if 100 * column <= x <= 100 * column + 100 and 300 - 100 * row <= y <= 400 - 100 * row
    ]
    return min(holding, default=None)


def load(owner: Connection, *, edition: str = "tiny", starts: datetime | None = None) -> Edition:
    """Load the town, lay its grid and publish it, all in the caller's transaction as the owner."""
    for level in LEVELS:
        loading.load(
            owner, FILE, Asked(level=level, edition=edition, synthetic=True, source="invented for tests")
        )
    gridding.lay_grid(owner, edition=edition, starts=starts)
    return areas.edition_named(owner, edition)


def write() -> None:
    """Write the town's file."""
    features = []
    for level, code, name, west, south, east, north in AREAS:
        corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
        ring = [[round(degrees, 9) for degrees in lonlat(x, y)] for x, y in corners]
        features.append(
            {
                "type": "Feature",
                "properties": {"level": level, "code": code, "name": name, "synthetic": True},
                "geometry": {"type": "Polygon", "coordinates": [ring]},
            }
        )
    lines = ",\n".join(json.dumps(feature, ensure_ascii=False) for feature in features)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    FILE.write_text(f'{{"type": "FeatureCollection", "features": [\n{lines}\n]}}\n', encoding="utf-8")


def polygon(west: float, south: float, east: float, north: float) -> shapely.Polygon:
    """Return a rectangle in the metric CRS, given in metres from the corner."""
    return shapely.box(WEST + west, SOUTH + south, WEST + east, SOUTH + north)


if __name__ == "__main__":
    write()
