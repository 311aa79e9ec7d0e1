"""A street grid (示意): straight streets of a lattice, with what real layers have beside them. All of it is invented."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from app.streets.network import Network
from tests.tiny_town import lonlat

if TYPE_CHECKING:
    from pathlib import Path


def lines(columns: int = 5, rows: int = 5, side: float = 100.0) -> list[shapely.LineString]:
    """Return the blocks' sides, metres from the corner: cut at every crossing."""
    found = []
    for i in range(columns):
        for j in range(rows):
            x, y = side * i, side * j
            if i < columns - 1:
                found.append(shapely.LineString([(x, y), (x + side, y)]))
            if j < rows - 1:
                found.append(shapely.LineString([(x, y), (x, y + side)]))
    return found


def network(columns: int = 5, rows: int = 5, side: float = 100.0) -> Network:
    shapes = lines(columns, rows, side)
    return Network.of(shapes, ["street"] * len(shapes))


def feature(points: list[tuple[float, float]] | None, **tags: Any) -> dict[str, Any]:
    """Return a line of GeoJSON; points in metres from tiny town's corner."""
    shape = None
    if points is not None:
        places = [lonlat(*point) for point in points]
        shape = {"type": "LineString", "coordinates": [[round(v, 9) for v in place] for place in places]}
    return {"type": "Feature", "properties": tags, "geometry": shape}


def town_streets() -> list[dict[str, Any]]:
    """Return tiny town's streets, uncut: five from south to north, five from west to east, as OSM would tag them."""
    found = []
    for at in np.arange(0.0, 401.0, 100.0):
        found.append(feature([(at, 0), (at, 400)], highway="residential", name=f"纵{at:.0f}路"))
        found.append(feature([(0, at), (400, at)], highway="footway", name=""))
    return found


def write(path: Path, features: list[dict[str, Any]]) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False))
    return path


def write_osm(path: Path) -> Path:
    """Write tiny town's streets, a motorway and a railway bridge as an OSM XML extract."""
    nodes: dict[tuple[float, float], int] = {}
    ways = []
    told = [
        *(([(x, 0.0), (x, 400.0)], {"highway": "residential"}) for x in (0.0, 200.0, 400.0)),
        *(([(0.0, y), (400.0, y)], {"highway": "steps"}) for y in (0.0, 400.0)),
        ([(50.0, -100.0), (50.0, 500.0)], {"highway": "motorway"}),
        ([(60.0, -100.0), (60.0, 500.0)], {"railway": "rail", "bridge": "yes"}),
        ([(70.0, -100.0), (70.0, 500.0)], {"railway": "subway", "tunnel": "yes"}),
        ([(300.0, 0.0), (300.0, 400.0)], {"highway": "trunk", "foot": "yes"}),
    ]
    for points, tags in told:
        refs = [nodes.setdefault(point, len(nodes) + 1) for point in points]
        ways.append((refs, tags))
    body = ['<?xml version="1.0" encoding="UTF-8"?>', '<osm version="0.6" generator="tests">']
    for point, number in nodes.items():
        lon, lat = lonlat(*point)
        body.append(f'<node id="{number}" version="1" lat="{lat:.9f}" lon="{lon:.9f}"/>')
    for number, (refs, tags) in enumerate(ways, 1):
        body.append(f'<way id="{number}" version="1">')
        body += [f'<nd ref="{ref}"/>' for ref in refs]
        body += [f'<tag k="{key}" v="{value}"/>' for key, value in tags.items()]
        body.append("</way>")
    body.append("</osm>")
    path.write_text("\n".join(body))
    return path
