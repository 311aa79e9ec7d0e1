"""`/api/areas`: editions, levels as GeoJSON, cell cards, and where a place belongs."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from fastapi import Header, Query, Response
from pydantic import AwareDatetime

from app.areas import geojson, service
from app.areas.editions import Edition, UnknownEdition
from app.areas.schemas import AreaCard, CellCard, EditionOut, Located
from app.auth.guards import Me, Transaction
from app.core.errors import BadInput
from app.geo.crs import Metric
from app.web.routers import Branch

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = Branch(prefix="/api/areas", tags=["areas"])

MOST_CELLS = 10_000
FOREVER = "private, max-age=31536000, immutable"  # a published edition never changes
Level = Literal["district", "street", "community", "zone", "neighbour", "cell"]
EditionQuery = Annotated[
    str | None, Query(description="Name of a published edition; default: the one that holds.")
]
AtQuery = Annotated[AwareDatetime | None, Query(description="The edition that held then; default: now.")]


class BadBox(BadInput):
    """The bbox can't be read."""

    zh = "范围参数有误。"


class TooManyCells(BadInput):
    """These are too many cells for one answer."""

    zh = "单次查询的网格过多。"


@router.get("/editions")
def editions(connection: Transaction, me: Me) -> list[EditionOut]:
    """List published editions, oldest first."""
    me.requires("areas.read")
    found = service.editions(connection)
    return [EditionOut.model_validate(edition.to_dict()) for edition in found if not edition.draft]


@router.get("/locate")
def locate(
    connection: Transaction,
    me: Me,
    lon: Annotated[float, Query(description="Longitude or easting, in `datum`.", examples=[116.4352])],
    lat: Annotated[float, Query(description="Latitude or northing, in `datum`.", examples=[39.9095])],
    *,
    datum: Annotated[str, Query(description="wgs84, cgcs2000, gcj02, bd09 or epsg:N")] = "wgs84",
    at: AtQuery = None,
) -> Located:
    """Find the cell, community, street and district of a place, as they were at a time."""
    me.requires("areas.read")
    return Located.model_validate(service.locate(connection, lon, lat, datum, at))


@router.get("/cells/{code}")
def cell(
    connection: Transaction, me: Me, code: str, edition: EditionQuery = None, at: AtQuery = None
) -> CellCard:
    """Return one cell with the names of the areas above it."""
    me.requires("areas.read")
    return CellCard.model_validate(service.cell(connection, _edition(connection, edition, at), code))


@router.get(
    "/{level}",
    responses={200: {"content": {"application/geo+json": {}}}, 304: {"description": "Not modified."}},
)
def level_areas(
    connection: Transaction,
    me: Me,
    level: Level,
    *,
    edition: EditionQuery = None,
    at: AtQuery = None,
    bbox: Annotated[
        str | None,
        Query(description="west,south,east,north in WGS-84", examples=["116.43,39.90,116.45,39.92"]),
    ] = None,
    tolerance_m: Annotated[float, Query(ge=0, le=10_000, description="Simplify for far zooms, metres.")] = 0,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    """Return a level as a GeoJSON FeatureCollection in WGS-84. With `edition` named it may be cached for good."""
    me.requires("areas.read")
    holding = _edition(connection, edition, at)
    asked = f"{holding.id} {holding.published_at} {level} {bbox} {tolerance_m}"
    headers = {
        "ETag": f'"{hashlib.sha256(asked.encode()).hexdigest()[:24]}"',
        "Cache-Control": FOREVER if edition else "no-cache",
    }
    if if_none_match and headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    metric = Metric(service.metric_srid(connection))
    frame = service.areas(connection, holding, level, _box(bbox, metric), MOST_CELLS + 1)
    if len(frame) > MOST_CELLS:
        raise TooManyCells(
            f"At most {MOST_CELLS:,}.", remedy="Ask for a smaller bbox, or use the vector tiles."
        )
    body = geojson.collection(frame, metric, tolerance_m)
    return Response(body, media_type="application/geo+json", headers=headers)


@router.get("/{level}/{code}")
def one_area(
    connection: Transaction,
    me: Me,
    level: Level,
    code: str,
    *,
    edition: EditionQuery = None,
    at: AtQuery = None,
) -> AreaCard | CellCard:
    """Return one area with those above it, without its border."""
    me.requires("areas.read")
    found = service.area(connection, _edition(connection, edition, at), level, code)
    kind: type[AreaCard | CellCard] = CellCard if level == "cell" else AreaCard
    return kind.model_validate(found)


def _edition(connection: Connection, name: str | None, at: Any) -> Edition:
    if name is None:
        return service.edition_at(connection, at)
    edition = service.edition_named(connection, name)
    if edition.draft:
        raise UnknownEdition(f"{name!r} is not published.")
    return edition


def _box(bbox: str | None, metric: Metric) -> tuple[float, float, float, float] | None:
    """Return the metric bounding box of a WGS-84 one, whose edges are curved there."""
    if bbox is None:
        return None
    try:
        west, south, east, north = (float(part) for part in bbox.split(","))
    except ValueError:
        raise BadBox(f"{bbox!r}.", remedy="Give west,south,east,north in degrees.") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BadBox(f"{bbox!r}.", remedy="Give west < east and south < north, in degrees.")
    share = np.linspace(0, 1, 9)
    lon, lat = np.meshgrid(west + share * (east - west), south + share * (north - south))
    x, y = metric.from_lonlat(lon, lat)
    if not np.isfinite(x).all() or not np.isfinite(y).all():
        raise BadBox(f"{bbox!r} is no place here.", remedy="Give west,south,east,north in degrees.")
    return float(x.min()), float(y.min()), float(x.max()), float(y.max())
