"""`/api/gazetteer`: look addresses up, add a place, load a file of them."""

from __future__ import annotations

import hashlib
from typing import Annotated

from fastapi import File, Form, Query, Response, UploadFile

from app.auth.guards import Me, OnceKey, Transaction, once
from app.gazetteer import service
from app.gazetteer.schemas import LoadedOut, MatchOut, PlaceIn, PlaceMade
from app.web import problems
from app.web.routers import Branch
from app.web.texts import Text

router = Branch(prefix="/api/gazetteer", tags=["gazetteer"])
CREATING = problems.SENDING | problems.documented(409)


@router.get("")
def search(
    connection: Transaction,
    me: Me,
    q: Annotated[Text, Query(min_length=1, max_length=300, examples=["芍药居北里三号楼"])],
) -> MatchOut:
    """Return which place an address means, and what speaks for it."""
    me.requires("case.read")
    return MatchOut.of(service.search(connection, [q])[0])


@router.post("/places", status_code=201, response_model=PlaceMade, responses=CREATING)
def add(connection: Transaction, me: Me, place: PlaceIn, key: OnceKey = None) -> Response:
    """Store one place; one with the same code is changed."""
    me.requires("gazetteer.edit")

    def make() -> tuple[int, PlaceMade, dict[str, str]]:
        return 201, PlaceMade(id=service.add(connection, me, place.draft(), place.datum)), {}

    return once(connection, me, key, ["POST /api/gazetteer/places", place.model_dump(mode="json")], make)


@router.post("/load", response_model=LoadedOut, responses=CREATING)
def load(
    connection: Transaction,
    me: Me,
    file: Annotated[UploadFile, File(description="CSV or GeoJSON.")],
    datum: Annotated[Text, Form(max_length=30)] = "wgs84",
    key: OnceKey = None,
) -> Response:
    """Store the places of a file: good rows are kept, faulty ones come back with the reason."""
    me.requires("gazetteer.edit")
    content = file.file.read()
    name = (file.filename or "places.csv")[-100:]

    def make() -> tuple[int, LoadedOut, dict[str, str]]:
        return 200, LoadedOut.of(service.load(connection, me, content, name, datum=datum)), {}

    sent = ["POST /api/gazetteer/load", hashlib.sha256(content).hexdigest(), name, datum]
    return once(connection, me, key, sent, make)
