"""Joins the plain pages (工作台): their static files, their rooms, errors as pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI, Response
from fastapi.staticfiles import StaticFiles

from app.core.errors import NotFound
from app.desk.case import endpoints as case
from app.desk.duties import endpoints as duties
from app.desk.entrance import endpoints as entrance
from app.desk.guards import ErrorPages, MyLook
from app.desk.hotline import endpoints as hotline
from app.desk.intake import endpoints as intake
from app.desk.notices import endpoints as notices
from app.desk.patrol import endpoints as patrol
from app.desk.patrol.nearby import endpoints as patrol_nearby
from app.desk.patrol.tours import endpoints as patrol_tours
from app.desk.work import endpoints as work

STATIC = Path(__file__).parent / "static"
PATROL_STATIC = Path(__file__).parent / "patrol" / "static"  # modules that import each other: asked for anew
ROOMS = (
    entrance.router,
    work.router,
    intake.router,
    hotline.router,
    duties.router,
    case.router,
    notices.router,
    patrol.router,
    patrol_tours.router,
    patrol_nearby.router,
)
nowhere = APIRouter(include_in_schema=False)


@nowhere.get("/desk/{rest:path}")
def missing(look: MyLook, rest: str) -> Response:  # noqa: ARG001
    """Tell who is signed in that there is no such page, with the way back."""
    raise NotFound


class Files(StaticFiles):
    """Static files that may rest in the browser: pages ask for them with a mark of their content."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def install(app: FastAPI) -> None:
    """Give `app` the pages; asked for last, so that errors of everything inside become pages, too."""
    app.mount("/desk/patrol/static", StaticFiles(directory=PATROL_STATIC), name="desk-patrol-static")
    app.mount("/desk/static", Files(directory=STATIC), name="desk-static")
    for router in ROOMS:
        app.include_router(router)
    app.include_router(nowhere)
    app.add_middleware(ErrorPages)
