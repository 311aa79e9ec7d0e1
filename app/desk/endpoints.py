"""Joins the plain pages (工作台): their static files, their rooms, errors as pages."""

from __future__ import annotations

from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles

from app.desk.case import endpoints as case
from app.desk.duties import endpoints as duties
from app.desk.entrance import endpoints as entrance
from app.desk.guards import ErrorPages
from app.desk.intake import endpoints as intake
from app.desk.work import endpoints as work

STATIC = Path(__file__).parent / "static"
ROOMS = (entrance.router, work.router, intake.router, duties.router, case.router)


def install(app: FastAPI) -> None:
    """Give `app` the pages; asked for last, so that errors of everything inside become pages, too."""
    app.mount("/desk/static", StaticFiles(directory=STATIC), name="desk-static")
    for router in ROOMS:
        app.include_router(router)
    app.add_middleware(ErrorPages)
