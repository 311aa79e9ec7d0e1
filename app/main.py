"""Composition root: `create_app` joins every package; nothing else knows them all."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from app.areas import endpoints as areas
from app.core.settings import Settings
from app.db.databases import Databases
from app.density import endpoints as density
from app.incidents import endpoints as incidents
from app.maps import endpoints as maps
from app.patrol import endpoints as patrol
from app.web import problems

if TYPE_CHECKING:
    from sqlalchemy import Engine


def create_app(engine: Engine, settings: Settings) -> FastAPI:
    """Return the service over a migrated database, as the service role."""
    app = FastAPI(
        title="Gridward",
        description="Grid-based city management: cells, incidents, patrol coverage (网格化城市管理).",
        version="0.1.0",
    )
    app.state.engine = engine
    app.state.settings = settings
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=5)
    problems.install(app)
    app.include_router(areas.router)
    app.include_router(incidents.router)
    app.include_router(density.router)
    app.include_router(patrol.router)
    maps.install(app)
    return app


def from_environment() -> FastAPI:
    """Return the service for the deployment that the environment describes."""
    settings = Settings.from_env(os.environ)
    return create_app(Databases.open(settings).service, settings)
