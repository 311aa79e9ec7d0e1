"""Composition root: `create_app` joins every package; nothing else knows them all."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING
from weakref import WeakValueDictionary

from fastapi import FastAPI, Request
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.middleware.gzip import GZipMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from app.areas import endpoints as areas
from app.areas.service import edition_at, ground
from app.auth import endpoints as auth
from app.auth import guards
from app.auth import service as auth_service
from app.cases import endpoints as cases
from app.cases.moves import service as moves
from app.cases.talk import service as talk
from app.categories import endpoints as categories
from app.core.errors import GridwardError
from app.core.settings import Settings
from app.db import migrate
from app.db.databases import Databases
from app.db.engine import transaction
from app.density import endpoints as density
from app.desk import endpoints as desk
from app.gazetteer import endpoints as gazetteer
from app.hotline import endpoints as hotline
from app.incidents import endpoints as incidents
from app.maps import endpoints as maps
from app.parties import endpoints as parties
from app.patrol.area import endpoints as area
from app.patrol.beats import endpoints as beats
from app.patrol.coverage import endpoints as coverage
from app.patrol.dispatch import endpoints as dispatch
from app.patrol.duty import endpoints as duty
from app.patrol.duty import service as duty_service
from app.patrol.intake import endpoints as intake
from app.patrol.leveling import endpoints as leveling
from app.patrol.mornings import endpoints as mornings
from app.patrol.presences import endpoints as presences
from app.patrol.presences import service as presences_service
from app.patrol.recorders import endpoints as recorders
from app.patrol.recorders import service as recorders_service
from app.patrol.reduction import service as reduction
from app.patrol.retention import service as retention
from app.patrol.rules import ON_FOOT
from app.patrol.tours import endpoints as tours
from app.phone import endpoints as phone
from app.web import deps, problems
from app.web.guard import Guard

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from sqlalchemy import Connection, Engine

TIDIED_EVERY_S = 6 * 3600
ESCALATED_EVERY_S = 300
GATHERED_S = 300  # how late a report or a check may credit its cell in coverage
RECORDED_S = 60  # how late what recorders send may be seen in coverage
FIXES_TIDIED_S = (60, 3600)  # the first time, so that a start isn't slowed down, and then

log = logging.getLogger("gridward")


def create_app(engine: Engine, settings: Settings) -> FastAPI:
    """Return the service over a migrated database, as the service role."""
    app = FastAPI(
        title="Gridward",
        description="Grid-based city management: cells, incidents, patrol coverage (网格化城市管理).",
        version="0.1.0",
        docs_url=None,  # FastAPI's pages of the API load their scripts from another host
        redoc_url=None,
        responses=problems.ANY,
        lifespan=_warmed,
    )
    app.state.engine = engine
    app.state.settings = settings
    app.state.seats, app.state.turns = asyncio.Semaphore(deps.SEATS), asyncio.Semaphore(deps.TURNS)
    app.state.lines = WeakValueDictionary()  # of who is in the line for seats now, by what they show
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    app.add_middleware(Guard)
    problems.install(app)
    app.get("/", include_in_schema=False)(home)
    app.get("/healthz", tags=["health"])(health)
    app.include_router(auth.router)
    app.include_router(areas.router)
    app.include_router(categories.router)
    app.include_router(parties.router)
    app.include_router(incidents.router)
    app.include_router(cases.router)
    app.include_router(density.router)
    app.include_router(coverage.router)
    app.include_router(area.router)
    app.include_router(presences.router)
    app.include_router(beats.router)
    app.include_router(mornings.router)
    app.include_router(leveling.router)
    app.include_router(tours.router)
    app.include_router(dispatch.router)
    app.include_router(duty.router)
    app.include_router(intake.router)
    app.include_router(recorders.router)
    app.include_router(gazetteer.router)
    app.include_router(hotline.router)
    maps.install(app)
    phone.install(app)
    desk.install(app)
    return app


def from_environment() -> FastAPI:
    """Return the service for the deployment that the environment describes."""
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    settings = Settings.from_env(os.environ)
    app = create_app(Databases.open(settings).service, settings)
    # any name that resolves to this machine reaches it; only these may be meant (DNS rebinding)
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(settings.hosts), www_redirect=False)
    return app


BEGINS = {"patroller": "/phone/", "planner": "/map"}  # where work begins; everybody else's on the desk


def home(asking: guards.Asking) -> RedirectResponse:
    """Send everyone to where their work begins."""
    if not asking.signed_in:
        return RedirectResponse("/sign-in?next=/", 303)
    roles = {grant.role for grant in asking.grants}
    begins = {BEGINS.get(role, "/desk") for role in roles}
    return RedirectResponse(begins.pop() if len(begins) == 1 else "/desk", 303)


def health(request: Request, connection: deps.Transaction) -> dict[str, str]:
    """Tell a supervisor that the service and its database answer; 503 where they don't."""
    migrate.check(connection, request.app.state.settings.metric_srid)
    return {"status": "ok", "database": "ok", "schema": migrate.head()}


@asynccontextmanager
async def _warmed(app: FastAPI) -> AsyncIterator[None]:
    """Fetch today's ground while the first pages are served: the first report of coverage wants it at once."""
    warming = threading.Thread(target=warm, args=(app.state.engine,), daemon=True)
    warming.start()
    app.state.warming = warming
    jobs = [
        asyncio.create_task(
            _repeated(partial(tidy, settings=app.state.settings), app.state.engine, 0, TIDIED_EVERY_S)
        ),
        asyncio.create_task(
            _repeated(partial(tidy_patrol, settings=app.state.settings), app.state.engine, *FIXES_TIDIED_S)
        ),
        asyncio.create_task(_repeated(catch_up, app.state.engine, RECORDED_S, RECORDED_S)),
        asyncio.create_task(_repeated(presences_service.gather, app.state.engine, GATHERED_S, GATHERED_S)),
        asyncio.create_task(_repeated(escalate, app.state.engine, ESCALATED_EVERY_S, ESCALATED_EVERY_S)),
    ]
    yield
    for job in jobs:
        job.cancel()
    await asyncio.gather(*jobs, return_exceptions=True)
    await asyncio.to_thread(warming.join)
    app.state.engine.dispose()  # nothing holds a connection any more: one that came back later would never be closed


async def _repeated(job: Callable[[Connection], object], engine: Engine, first: float, every: float) -> None:
    """Do a job as the system every so many seconds; the next time will do where the database is away."""

    def once() -> None:
        try:
            with transaction(engine, "system") as connection:
                job(connection)
        except (GridwardError, SQLAlchemyError) as error:
            log.info("Not done (%s): %s", getattr(job, "func", job), error)

    await asyncio.sleep(first)
    while True:
        doing = asyncio.create_task(asyncio.to_thread(once))
        try:
            await asyncio.shield(doing)
        except asyncio.CancelledError:
            await doing  # a thread can't be stopped; what it has begun ends, its connection with it
            raise
        await asyncio.sleep(every)


def tidy(connection: Connection, settings: Settings) -> None:
    """Delete ended sessions, old tries and kept answers, and voice notes whose time is over."""
    auth_service.tidy(connection)
    talk.forget_voices(connection, settings.voice_days)


def tidy_patrol(connection: Connection, settings: Settings) -> None:
    """Close shifts that nobody has ended, and delete raw fixes whose time is over."""
    duty_service.close_forgotten(connection, duty_service.Rules.of(settings))
    retention.delete_due(connection, settings.fix_days)


def catch_up(connection: Connection) -> None:
    """Reduce the shifts that recorders have sent fixes of."""
    recorders_service.catch_up(connection)


def escalate(connection: Connection) -> None:
    """Hand on what nobody signed for in time; the demonstration's own cases stand still."""
    moves.escalate(connection, synthetic=False)


def warm(engine: Engine) -> None:
    """Fetch the ground of the edition that holds, load its kernels and those of patrol; no edition, no warming."""
    try:
        with deps.public(engine) as connection:
            ground(connection, edition_at(connection).id).place([0.0], [0.0])
            reduction.warm(connection, ON_FOOT)
    except (GridwardError, SQLAlchemyError) as error:
        log.info("Not warmed: %s", error)
