"""Streets of the team's community (示意路网): invented, so that walking along streets can be seen. Pure.

Streets on every other side of the cells, lanes through the middle of the cells between them. No real street runs there,
and no name is a real one. Walkers of the demo are led along them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import geopandas as gpd
import numpy as np
import shapely

from app.patrol.simulation import Path

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from app.geo.crs import Metric
    from app.patrol.matching.streets import Streets

SIDE_M: Final = 100.0
MARK: Final = "（示意）"
SHORTEST_M: Final = 150.0  # so that each crosses another

Line = tuple[str, str, shapely.LineString]
"""Kind, name, shape in metres."""


def lanes(ground: shapely.Geometry) -> list[Line]:
    """Return the streets of a ground in metres: sides of cells every 200 m, middles of the rows and columns between."""
    west, south, east, north = shapely.bounds(ground).tolist()
    found: list[Line] = []
    for way, low, high, ends in (("南北", west, east, (south, north)), ("东西", south, north, (west, east))):
        first, last = int(np.floor(low / SIDE_M)), int(np.ceil(high / SIDE_M))
        for number, at in enumerate(range(first, last + 1), 1):
            kind, said, place = ("street", "街", at) if at % 2 == 0 else ("path", "巷", at + 0.5)
            across = place * SIDE_M
            line = shapely.LineString([(across, end) if way == "南北" else (end, across) for end in ends])
            found += [
                (kind, f"{way}{number}{said}{MARK}", part)
                for part in shapely.get_parts(shapely.intersection(line, ground))
                if part.length >= SHORTEST_M
            ]
    return found


def frame(lines: Sequence[Line], metric: Metric) -> gpd.GeoDataFrame:
    """Return streets as a table that `streets load` takes."""
    kinds, names, shapes = zip(*lines, strict=True)
    return gpd.GeoDataFrame({"kind": kinds, "name": names}, geometry=list(shapes), crs=metric.srid)


def kept_to(path: Path, streets: Streets) -> Path:
    """Return a walk along streets: every vertex moved to the nearest street, the shortest way between, at the same times."""
    points = shapely.points(np.column_stack((path.x, path.y)))
    pieces = np.asarray(streets.tree.nearest(points))
    lines = np.asarray(streets.tree.geometries)[pieces]
    offsets = shapely.line_locate_point(lines, points)
    stops = shapely.get_coordinates(shapely.line_interpolate_point(lines, offsets))
    metres, before = streets.ways(np.inf)
    xy, t = [stops[:1]], [path.t[:1]]
    for k in range(len(pieces) - 1):
        way = np.vstack(
            (stops[k], _corners(streets, metres, before, pieces[k : k + 2], offsets[k : k + 2]), stops[k + 1])
        )
        far = np.concatenate(([0.0], np.cumsum(np.hypot(*np.diff(way, axis=0).T))))
        share = far / far[-1] if far[-1] else np.linspace(0.0, 1.0, len(far))
        xy.append(way[1:])
        t.append(path.t[k] + share[1:] * (path.t[k + 1] - path.t[k]))
    every = np.concatenate(xy)
    return Path(every[:, 0], every[:, 1], np.concatenate(t))


def _corners(
    streets: Streets,
    metres: NDArray[np.float64],
    before: NDArray[np.int32],
    pieces: NDArray[np.intp],
    offsets: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the points passed on the shortest way between places on two pieces, (n, 2)."""
    if pieces[0] == pieces[1]:
        return np.empty((0, 2))
    start, end = (
        ((int(streets.a[p]), o), (int(streets.b[p]), float(streets.length[p]) - o))
        for p, o in zip(pieces, offsets, strict=True)
    )
    _, a, b = min((d + metres[a, b] + e, a, b) for a, d in start for b, e in end)
    way = [b]
    while way[-1] != a and before[a, way[-1]] >= 0:
        way.append(int(before[a, way[-1]]))
    return np.column_stack((streets.x[way[::-1]], streets.y[way[::-1]]))
