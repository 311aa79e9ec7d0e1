"""Joins the plain pages (工作台): their static files, their rooms, errors as pages."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from app.desk.entrance import endpoints as entrance
from app.desk.guards import ErrorPages

STATIC = Path(__file__).parent / "static"
ROOMS = (entrance.router,)


def install(app: FastAPI) -> None:
    """Give `app` the pages; asked for last, so that errors of everything inside become pages, too."""
    app.mount("/desk/static", StaticFiles(directory=STATIC), name="desk-static")
    for router in ROOMS:
        app.include_router(router)
    app.add_middleware(ErrorPages)
