"""The map page, its static files, tiles and what it asks for while it is used."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, FastAPI, Query, Request, Response
from fastapi.encoders import jsonable_encoder
from fastapi.responses import JSONResponse, RedirectResponse
from fastapi.staticfiles import StaticFiles

from app.auth.guards import Me, Transaction
from app.density.endpoints import Asked, Bandwidth, From, To
from app.maps import report, service
from app.maps.schemas import Window
from app.patrol.coverage import service as coverage
from app.web.guard import COOKIE
from app.web.routers import Branch

HERE = Path(__file__).parent
STATIC = HERE / "static"
FOREVER = "private, max-age=31536000, immutable"  # of one who signed in; never in a shared cache
POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self'; object-src 'none'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'self'"
)
DOCS_POLICY = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self' data:; "
    "style-src 'self' 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)  # Swagger UI sets styles on its elements
REPORT_POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:"

pages = APIRouter(include_in_schema=False)
tiles = Branch(prefix="/tiles", tags=["tiles"])
router = Branch(prefix="/api/maps", tags=["maps"])

Level = Literal["district", "street", "community", "zone", "neighbour"]


@pages.get("/map")
def page(request: Request) -> Response:
    """Return the map to whoever has signed in.

    It holds nothing but its frame: words, numbers and who is signed in come by script, each asked for with its right,
    so that it opens without a database and says so.
    """
    if COOKIE not in request.cookies:
        return RedirectResponse("/sign-in?next=/map", 303)
    # with no referrer a form would be sent without its origin, and refused
    return _page("map.html", POLICY, {"Referrer-Policy": "same-origin"})


@pages.get("/docs")
def docs() -> Response:
    """Return the page of the API, served from here alone; what it tells is no secret."""
    return _page("docs.html", DOCS_POLICY)


@pages.get("/maps/report")
def mailed_map(
    request: Request,
    connection: Transaction,
    me: Me,
    asked: Asked,
    *,
    team: Annotated[str, Query(max_length=100)] = "",
    bandwidth_m: Bandwidth = 500,
) -> Response:
    """Return the map of a period as one HTML file that opens without a network."""
    me.requires("map.read")
    if team:
        me.requires("coverage.read", within=coverage.ground_of(connection, team))
    zone = request.app.state.settings.timezone
    facts = service.report(connection, asked.period, team, bandwidth_m, zone)
    return Response(
        report.draw(facts),
        media_type="text/html; charset=utf-8",
        headers={
            "Content-Security-Policy": REPORT_POLICY,
            "Content-Disposition": f'inline; filename="gridward-{asked.period.start:%Y%m%d}.html"',
            "Cache-Control": "no-cache",
        },
    )


@tiles.get(
    "/{edition}/cells/14/{x}/{y}.mvt",
    responses={200: {"content": {"application/vnd.mapbox-vector-tile": {}}}},
    response_class=Response,
)
def tile(request: Request, connection: Transaction, me: Me, *, edition: str, x: int, y: int) -> Response:
    """Return a vector tile of cells: layer `cells`, feature ids are cell numbers; never changes."""
    me.requires("map.read")
    content = service.tile(connection, edition, x, y)
    return _gzipped(request, content, "application/vnd.mapbox-vector-tile")


@tiles.get(
    "/{edition}/outlines/{level}.json",
    responses={200: {"content": {"application/geo+json": {}}}},
    response_class=Response,
)
def outlines(request: Request, connection: Transaction, me: Me, *, edition: str, level: Level) -> Response:
    """Return the areas of one level as simplified GeoJSON; never changes."""
    me.requires("map.read")
    return _gzipped(request, service.outlines(connection, edition, level), "application/geo+json")


@router.get("/setting")
def setting(
    request: Request, connection: Transaction, me: Me, *, start: From = None, end: To = None
) -> Response:
    """Return what the page begins with: who is signed in, edition, extent, levels, teams, period."""
    me.requires("map.read")
    facts = service.setting(connection, start, end, request.app.state.settings.timezone)
    return _json({"account": {"name": me.name, "shown": me.shown}, **facts})


@router.get("/categories")
def categories(connection: Transaction, me: Me) -> list[str]:
    """Return the categories that incidents carry, commonest first."""
    me.requires("incidents.read")
    return service.categories(connection)


@router.get("/cells/{edition}/{number}")
def cell(connection: Transaction, me: Me, edition: str, number: int, asked: Asked) -> Response:
    """Return a cell's card: place, areas above it, newest incidents of the period, outline."""
    me.requires("map.read")
    return _json(service.card(connection, edition, number, asked.period, asked.category))


@router.get("/find")
def find(
    connection: Transaction,
    me: Me,
    edition: str,
    q: Annotated[str, Query(max_length=60, description="Code or name", examples=["永安里"])],
) -> Response:
    """Return areas and cells whose code begins with `q`, and areas whose name holds it."""
    me.requires("areas.read")
    return _json(service.find(connection, edition, q))


@router.get("/incidents")
def incidents(connection: Transaction, me: Me, window: Annotated[Window, Query()], asked: Asked) -> Response:
    """Return incidents in a window: [lon, lat, how many], for a single one also its category and time."""
    me.requires("incidents.read")
    return _json(
        service.incidents(
            connection,
            (window.west, window.south, window.east, window.north),
            window.zoom,
            asked.period,
            asked.category,
        )
    )


def install(app: FastAPI) -> None:
    """Give `app` the page, its files, tiles and API."""
    app.include_router(pages)
    app.include_router(tiles)
    app.include_router(router)
    app.mount("/static", Files(directory=STATIC), name="static")


class Files(StaticFiles):
    """Static files that browsers ask about again, so that a new version is seen at once; vendored ones may rest."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        vendored = "vendor" in Path(str(args[0])).parts
        response.headers["Cache-Control"] = "public, max-age=86400" if vendored else "no-cache"
        return response


def _page(template: str, policy: str, more: dict[str, str] | None = None) -> Response:
    return Response(
        (HERE / "templates" / template).read_bytes(),
        media_type="text/html; charset=utf-8",
        headers={"Content-Security-Policy": policy, "Cache-Control": "no-cache", **(more or {})},
    )


def _json(content: Any) -> Response:
    return JSONResponse(jsonable_encoder(content), headers={"Cache-Control": "no-cache"})


def _gzipped(request: Request, content: bytes, media_type: str) -> Response:
    """Answer with what is kept gzipped, unpacked for the rare client that can't."""
    headers = {"Cache-Control": FOREVER, "Vary": "Accept-Encoding"}
    if "gzip" not in request.headers.get("Accept-Encoding", ""):
        return Response(gzip.decompress(content), media_type=media_type, headers=headers)
    return Response(content, media_type=media_type, headers={**headers, "Content-Encoding": "gzip"})
