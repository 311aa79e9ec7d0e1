"""Incident density over HTTP: counts and rates by cell number, a kernel surface as image and as numbers."""

from __future__ import annotations

from typing import Annotated, NamedTuple

from fastapi import Depends, Query, Request, Response
from fastapi.responses import JSONResponse

from app.auth.guards import Me, Transaction
from app.density import service
from app.density.palette import Scale
from app.density.period import Period
from app.density.schemas import (
    AreaNumbers,
    CellNumbers,
    DensityOut,
    PeriodOut,
    ScaleOut,
    SurfaceOut,
)
from app.web.routers import Branch

router = Branch(prefix="/api/density", tags=["density"])

From = Annotated[
    str | None,
    Query(alias="from", description="First day, or a moment with its offset", examples=["2026-06-01"]),
]
To = Annotated[
    str | None,
    Query(alias="to", description="Last day (included), or a moment (not included)", examples=["2026-06-07"]),
]
Category = Annotated[str, Query(description="One category; all when empty", max_length=200)]
Bandwidth = Annotated[float, Query(ge=100, le=3000, description="Metres")]


class Wanted(NamedTuple):
    """Which incidents: of a period, of one category or all (empty)."""

    period: Period
    category: str


def wanted(
    request: Request,
    connection: Transaction,
    me: Me,
    *,
    start: From = None,
    end: To = None,
    category: Category = "",
) -> Wanted:
    """Read the period and category that a request asks for; by default the last day with an incident to be seen."""
    me.requires("density.read")
    zone = request.app.state.settings.timezone
    return Wanted(service.period_asked(connection, start, end, zone), category)


Asked = Annotated[Wanted, Depends(wanted)]


@router.get("/counts", response_model=DensityOut)
def counts(connection: Transaction, asked: Asked) -> Response:
    """Return incidents per cell and per parent area, as counts and as rates (incidents per km2 and day).

    Without a period: the last day that has an incident.
    """
    edition = service.edition_for(connection, asked.period)
    found = service.density(connection, edition, asked.period, asked.category)
    answer = DensityOut(
        edition=service.key_of(found.edition),
        period=_period(asked.period),
        total=found.total.incidents,
        outside=found.total.outside,
        synthetic=found.total.synthetic,
        cells=CellNumbers(
            numbers=found.numbers.tolist(), counts=found.counts.tolist(), rates=_short(found.rates.tolist())
        ),
        areas=AreaNumbers(
            level=found.cells.parent_level,
            codes=list(found.cells.parent_codes),
            counts=found.area_counts.tolist(),
            rates=_short(found.area_rates.tolist()),
        ),
        scales={name: _scale(scale) for name, scale in found.scales.items()},
    )
    return JSONResponse(answer.model_dump(mode="json"), headers={"Cache-Control": "no-cache"})


@router.get("/surface.json")
def surface(connection: Transaction, asked: Asked, bandwidth_m: Bandwidth = 500) -> SurfaceOut:
    """Return where the kernel surface's image lies, its classes, its peak and its bandwidth."""
    found = _smooth(connection, asked, bandwidth_m)
    place = found.overlay
    return SurfaceOut(
        period=_period(found.period),
        bandwidth_m=bandwidth_m,
        bounds=[[place.south, place.west], [place.north, place.east]] if place else None,
        width=place.width if place else 0,
        height=place.height if place else 0,
        peak=found.peak,
        scale=_scale(found.scale),
    )


@router.get("/surface.png", responses={200: {"content": {"image/png": {}}}, 204: {}}, response_class=Response)
def surface_png(connection: Transaction, asked: Asked, bandwidth_m: Bandwidth = 500) -> Response:
    """Return the kernel surface as a PNG in Web Mercator; nothing (204) where the period has no incident."""
    image = _smooth(connection, asked, bandwidth_m).png()
    if image is None:
        return Response(status_code=204)
    return Response(image, media_type="image/png", headers={"Cache-Control": "private, max-age=60"})


def _smooth(connection: Transaction, asked: Wanted, bandwidth_m: float) -> service.Smooth:
    edition = service.edition_for(connection, asked.period)
    return service.smooth(connection, edition, asked.period, bandwidth_m, asked.category)


def _period(asked: Period) -> PeriodOut:
    return PeriodOut(start=asked.start, end=asked.end, days=asked.days)


def _scale(scale: Scale) -> ScaleOut:
    return ScaleOut(breaks=list(scale.breaks), colours=list(scale.colours), unit=scale.unit)


def _short(values: list[float]) -> list[float]:
    """Keep four digits: what a map can show, a third of the bytes."""
    return [float(f"{value:.4g}") for value in values]
