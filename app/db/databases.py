"""The deployment's database under its two roles: given by address, or in the private cluster."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import make_url, text
from sqlalchemy.exc import ArgumentError, OperationalError

from app.core.errors import NotReady
from app.db import migrate
from app.db.cluster import Cluster
from app.db.engine import make_engine

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.core.settings import Settings


class DatabaseUnreachable(NotReady):
    """The database can't be reached."""

    zh = "无法连接数据库。"


class DatabaseLost(NotReady):
    """The database broke off; nothing was changed."""

    zh = "与数据库的连接中断，未作任何更改。"


class NoOwnerAddress(NotReady):
    """This needs the database's owner, whose address is not set."""

    zh = "此操作需要数据库所有者角色，但未设置其地址。"


class BadAddress(NotReady):
    """A database address in the environment can't be used."""

    zh = "环境变量中的数据库地址无法使用。"


@dataclass(frozen=True, slots=True)
class Databases:
    """One database, two roles: the owner migrates and loads areas; the service owns nothing."""

    owner_or_none: Engine | None
    service: Engine
    service_role: str

    @property
    def owner(self) -> Engine:
        """The owner's engine.

        Raises:
            NoOwnerAddress: Only the service's address is set, as it should be where pages are served.
        """
        if self.owner_or_none is None:
            raise NoOwnerAddress(remedy="Set GRIDWARD_OWNER_URL beside GRIDWARD_DATABASE_URL.")
        return self.owner_or_none

    @classmethod
    def connect(cls, owner_url: str | None, service_url: str) -> Databases:
        """Make engines for two addresses of one database; nothing is opened yet."""
        owner = make_engine(owner_url) if owner_url else None
        return cls(owner, make_engine(service_url), str(make_url(service_url).username))

    @classmethod
    def open(cls, settings: Settings) -> Databases:
        """Return the deployment's database, starting the private cluster where no address is given.

        Raises:
            GridwardError: It can't be reached or started, isn't migrated, or has another metric CRS.
        """
        databases = cls.reachable(settings)
        with databases.service.connect() as connection:
            migrate.check(connection, settings.metric_srid)
        return databases

    @classmethod
    def reachable(cls, settings: Settings) -> Databases:
        """Return the same without looking at its schema, for `gridward db upgrade`."""
        databases = cls.given(settings)
        if databases is None:
            addresses = Cluster.of(settings).start()
            return cls.connect(addresses.owner_url, addresses.service_url)
        for engine in filter(None, (databases.owner_or_none, databases.service)):
            _knock(engine)
        return databases

    @classmethod
    def given(cls, settings: Settings) -> Databases | None:
        """Return the database that the settings name, unopened; None where they name none."""
        if not settings.database_url:
            if settings.owner_url:
                raise BadAddress(
                    "GRIDWARD_OWNER_URL is set, GRIDWARD_DATABASE_URL is not.",
                    remedy="Set both (two roles of one database), or neither for Gridward's own server.",
                )
            return None
        try:
            return cls.connect(settings.owner_url, settings.database_url)
        except ArgumentError as error:
            raise BadAddress(
                "GRIDWARD_DATABASE_URL or GRIDWARD_OWNER_URL is no address.",
                remedy="Write it like postgresql://role:password@host:5432/database.",
            ) from error


def _knock(engine: Engine) -> None:
    try:
        with engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except OperationalError as error:
        said = " ".join(str(error.orig).split())
        raise DatabaseUnreachable(
            f"{engine.url.render_as_string()}: {said}",
            remedy="Start that server, or unset GRIDWARD_DATABASE_URL and GRIDWARD_OWNER_URL to use Gridward's own.",
        ) from error
