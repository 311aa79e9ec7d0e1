"""Ground of the five places that no register draws (示意地块): zones, grids, sites, frontages, a main road. Pure, synthetic.

Made from the cells of the demo's own division, so that the same division gives the same plots; no real border is meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import shapely
from shapely import ops

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Shapes = NDArray[np.object_]

COLUMN_M: Final = 100.0
FRONT_DEPTH_M: Final = 6.0  # from the building line to the kerb, about
FRONT_SHARE: Final = 0.8  # of its share of the street: a gap stays between neighbours
ROAD_WIDTH_M: Final = 40.0
BLOCK_M: Final = 20.0


def in_strips(cells: Shapes, parts: int) -> list[NDArray[np.int64]]:
    """Divide cells into contiguous parts: strips from west to east, every other one backwards, cut into equal lengths."""
    middle = shapely.get_coordinates(shapely.centroid(cells))
    column = np.floor(middle[:, 0] / COLUMN_M).astype(np.int64)
    northward = np.where(column % 2 == 0, middle[:, 1], -middle[:, 1])
    return [np.sort(part) for part in np.array_split(np.lexsort((northward, column)), parts)]


def fronts(ground: shapely.Geometry, count: int) -> list[shapely.MultiPolygon]:
    """Cut the inner side of an area's outer border, where its streets run, into plots of shop fronts.

    Args:
        ground: The area in metres; of several parts the largest counts.
        count: How many; none of them overlaps another.
    """
    largest = max(shapely.get_parts(ground), key=shapely.area)
    ring = shapely.LinearRing(largest.exterior)
    length = ring.length / count
    made: list[shapely.Geometry] = []
    for n in range(count):
        line = ops.substring(ring, n * length, (n + FRONT_SHARE) * length)
        plot = shapely.intersection(line.buffer(FRONT_DEPTH_M, cap_style="flat"), largest)
        near = [each for each in made if shapely.intersects(each, plot)]
        made.append(shapely.difference(plot, shapely.union_all(near)) if near else plot)
    return [_multi(each) for each in made]


def blocks(cells: Shapes, count: int) -> list[shapely.MultiPolygon]:
    """Return a small square in each of `count` cells, evenly chosen."""
    chosen = cells[np.linspace(0, len(cells) - 1, count).astype(np.int64)]
    squares = shapely.buffer(shapely.point_on_surface(chosen), BLOCK_M, cap_style="square")
    return [_multi(each) for each in shapely.intersection(squares, chosen)]


def road(ground: shapely.Geometry) -> shapely.MultiPolygon:
    """Return a main road through the middle of an area, from west to east."""
    west, _south, east, _north = shapely.bounds(ground)
    y = shapely.centroid(ground).y
    line = shapely.LineString([(west, y), (east, y)])
    return _multi(shapely.intersection(line.buffer(ROAD_WIDTH_M / 2, cap_style="flat"), ground))


def together(cells: Shapes) -> shapely.MultiPolygon:
    """Return cells as one plot."""
    return _multi(shapely.union_all(cells))


def _multi(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Return the polygons of a shape; lines and points that an overlay leaves are dropped."""
    parts = shapely.get_parts(shape)
    return shapely.MultiPolygon([each for each in parts if each.geom_type == "Polygon"])
