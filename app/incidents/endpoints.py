"""`/api/incidents`: report one or many, find them again."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Body, Path, Query, Response
from fastapi.responses import JSONResponse
from pydantic import AwareDatetime, ValidationError

from app.auth.guards import Me, OnceKey, Transaction, once
from app.auth.principal import Principal
from app.core.errors import BadInput, GridwardError
from app.incidents import service
from app.incidents.reporting import Report
from app.incidents.schemas import (
    EXAMPLE,
    MOST_IN_A_BATCH,
    BatchOut,
    IncidentIn,
    IncidentOut,
    Refused,
    Reported,
    collection,
)
from app.web import problems
from app.web.routers import Branch

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = Branch(prefix="/api/incidents", tags=["incidents"])


class GeoJson(JSONResponse):
    """GeoJSON under its own name."""

    media_type = "application/geo+json"


class BadBox(BadInput):
    """The bbox can't be read."""

    zh = "范围参数有误。"


@router.post(
    "",
    status_code=201,
    response_model=Reported,
    responses=problems.SENDING
    | problems.documented(409)
    | {200: {"model": Reported, "description": "Stored before."}},
)
def report(connection: Transaction, me: Me, incident: IncidentIn, key: OnceKey = None) -> Response:
    """Store one incident in its cell (上报). The same source and id again answers 200 with what is stored.

    The first report of a source and id stands: sent again with other content, it changes nothing.
    """
    me.requires("incidents.add")

    def make() -> tuple[int, Reported, dict[str, str]]:
        stored, new, odd = service.report(connection, _said(incident, me))
        return 201 if new else 200, Reported.told(stored, odd, new=new), {}

    return once(connection, me, key, incident.model_dump(mode="json"), make)


@router.post("/batch", response_model=BatchOut, responses=problems.SENDING | problems.documented(409))
def batch(
    connection: Transaction,
    me: Me,
    incidents: Annotated[
        list[Any],
        Body(
            max_length=MOST_IN_A_BATCH,
            description="Incidents as for POST /api/incidents.",
            examples=[[EXAMPLE]],
        ),
    ],
    key: OnceKey = None,
) -> Response:
    """Store many incidents: good ones are kept, bad ones come back by index (from 0) with the reason."""
    me.requires("incidents.add")
    return once(connection, me, key, incidents, lambda: (200, _batch(connection, me, incidents), {}))


def _batch(connection: Connection, me: Principal, incidents: list[Any]) -> BatchOut:
    stored: list[Reported] = []
    refused: list[Refused] = []
    for index, item in enumerate(incidents):
        try:
            said = _said(IncidentIn.model_validate(item), me)
            one, new, odd = service.report(connection, said)
        except ValidationError as error:
            refused.append(Refused(index=index, message=_told(error)))
        except GridwardError as error:
            refused.append(Refused(index=index, message=f"{error.title} {error.detail}", remedy=error.remedy))
        else:
            stored.append(Reported.told(one, odd, new=new))
    new_ones = sum(one.new for one in stored)
    return BatchOut(
        items=len(incidents), new=new_ones, known=len(stored) - new_ones, stored=stored, refused=refused
    )


@router.get("", response_class=GeoJson)
def find(
    connection: Transaction,
    me: Me,
    *,
    bbox: Annotated[
        str | None, Query(description="west,south,east,north in WGS-84", examples=["116.4,39.9,116.5,40.0"])
    ] = None,
    from_: Annotated[AwareDatetime | None, Query(alias="from", description="Included.")] = None,
    to: Annotated[AwareDatetime | None, Query(description="Not included.")] = None,
    cell: Annotated[str | None, Query(description="Code of a cell.")] = None,
    category: Annotated[str | None, Query()] = None,
    limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
) -> GeoJson:
    """Incidents as GeoJSON, newest first; public fields only; those that the asker may see."""
    me.requires("incidents.read")
    asked = service.Filter(bbox=_box(bbox), start=from_, end=to, cell=cell, category=category, limit=limit)
    return GeoJson(collection(service.incidents(connection, asked)))


@router.get("/{incident_id}")
def one(
    connection: Transaction, me: Me, incident_id: Annotated[int, Path(ge=1, lt=2**63, examples=[17])]
) -> IncidentOut:
    """One incident, public fields only."""
    me.requires("incidents.read")
    return IncidentOut.of(service.incident(connection, incident_id))


def _said(incident: IncidentIn, me: Principal) -> Report:
    return replace(incident.report(), reported_by=me.account_id)


def _told(error: ValidationError) -> str:
    return "; ".join(f"{'.'.join(map(str, e['loc'])) or 'item'}: {e['msg']}" for e in error.errors())


def _box(text: str | None) -> tuple[float, float, float, float] | None:
    if text is None:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise BadBox(f"It is {text!r}.", remedy="Give west,south,east,north in degrees.") from None
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise BadBox(f"It is {text!r}.", remedy="Give west < east and south < north, in degrees.")
    return west, south, east, north
