"""Chaoyang as the demo shows it: the real boundary, official codes and names, synthetic streets and communities.

示意分区，非法定界线. Two communities that the mission names lie where they lie: Yonganli East and Xinglong Jiayuan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import geopandas as gpd
import numpy as np

from app.demo import places
from app.demo.partition import Held, StreetSeat, divide

if TYPE_CHECKING:
    from collections.abc import Collection

    import shapely

    from app.demo.boundary import Boundary, Named
    from app.demo.partition import Partition
    from app.geo.crs import Metric

Level = Literal["district", "neighbour", "street", "community"]

YONGANLI_EAST = "110105001034"  # 永安里东社区, home of the 12-person team
XINGLONG_JIAYUAN = "110105022019"  # 兴隆家园社区, 0.6 km2

HELD = {  # lon, lat (WGS-84) and square metres: own estimates, but for Xinglong Jiayuan's published 0.6 km2
    YONGANLI_EAST: (116.447, 39.908, 250_000.0),
    XINGLONG_JIAYUAN: (116.512, 39.912, 600_000.0),
}


@dataclass(frozen=True, slots=True, eq=False)
class Chaoyang:
    """The partition in metres with the names that belong to it."""

    partition: Partition
    boundary: Boundary
    neighbours: tuple[tuple[Named, shapely.MultiPolygon], ...]  # in metres

    def frame(self, level: Level, metric: Metric, streets: Collection[str] = ()) -> gpd.GeoDataFrame:
        """Return one level as a table of code, name, parent_code and geometry in metres.

        Args:
            level: Which level.
            metric: The CRS that the partition was made in.
            streets: Only these street offices and their communities; none for all.
        """
        part = self.partition
        if level == "district":
            rows: list[tuple[str, str, str | None, Any]] = [
                (places.DISTRICT_CODE, places.DISTRICT_NAME, None, part.district)
            ]
        elif level == "neighbour":
            rows = [(each.code, each.name, None, shape) for each, shape in self.neighbours]
        elif level == "street":
            name = {street.code: street.name for street in places.streets()}
            rows = [
                (code, name[code], places.DISTRICT_CODE, shape)
                for code, shape in zip(part.street_codes, part.streets, strict=True)
            ]
        else:
            known = {community.code: community for community in places.communities()}
            rows = [
                (code, known[code].name, known[code].street_code, shape)
                for code, shape in zip(part.community_codes, part.communities, strict=True)
            ]
        if streets and level in {"street", "community"}:
            rows = [row for row in rows if row[0][:9] in streets]
        codes, names, parents, shapes = zip(*rows, strict=True)
        return gpd.GeoDataFrame(
            {"code": codes, "name": names, "parent_code": parents},
            geometry=np.array(shapes, dtype=object),
            crs=metric.srid,
        )


def chaoyang(boundary: Boundary, metric: Metric, seed: int) -> Chaoyang:
    """Divide the real district; the same seed gives the same polygons."""
    seats = [
        StreetSeat(street.code, *_metres(metric, street.lon, street.lat), street.about_km2 * 1e6)
        for street in places.streets()
    ]
    held = [Held(code, *_metres(metric, lon, lat), area) for code, (lon, lat, area) in HELD.items()]
    district = metric.geometry_from_lonlat(boundary.district.polygon)
    partition = divide(district, seats, places.communities(), held, seed)
    neighbours = tuple((each, metric.geometry_from_lonlat(each.polygon)) for each in boundary.neighbours)
    return Chaoyang(partition, boundary, neighbours)


def _metres(metric: Metric, lon: float, lat: float) -> tuple[float, float]:
    x, y = metric.from_lonlat(lon, lat)
    return float(x), float(y)
