"""The deployment's database under its two roles: given by address, or in the private cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import make_url

from app.db import migrate
from app.db.cluster import Cluster
from app.db.engine import make_engine

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Databases:
    """One database, two roles: the owner migrates and loads areas; the service owns nothing."""

    owner: Engine
    service: Engine
    service_role: str

    @classmethod
    def connect(cls, owner_url: str, service_url: str) -> Databases:
        """Make engines for two addresses of one database; nothing is opened yet."""
        return cls(make_engine(owner_url), make_engine(service_url), str(make_url(service_url).username))

    @classmethod
    def open(cls, settings: Settings) -> Databases:
        """Return the deployment's database, starting the private cluster where no address is given.

        Raises:
            GridwardError: It can't be reached or started, isn't migrated, or has another metric CRS.
        """
        databases = cls.unchecked(settings)
        with databases.service.connect() as connection:
            migrate.check(connection, settings.metric_srid)
        return databases

    @classmethod
    def unchecked(cls, settings: Settings) -> Databases:
        """Return the same without looking at its schema, for `gridward db upgrade`."""
        if settings.database_url:
            return cls.connect(settings.owner_url or settings.database_url, settings.database_url)
        addresses = Cluster.of(settings).start()
        return cls.connect(addresses.owner_url, addresses.service_url)
