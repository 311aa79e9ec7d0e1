"""Gridward's own private PostGIS, for machines where nobody runs one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from app.core.settings import Settings


@dataclass(frozen=True, slots=True)
class Addresses:
    """Addresses of the private cluster's one database, by role."""

    admin_url: str
    owner_url: str
    service_url: str


@dataclass(frozen=True, slots=True)
class Cluster:
    """A PostgreSQL cluster in a folder of its own."""

    home: Path

    @classmethod
    def of(cls, settings: Settings) -> Cluster:
        raise NotImplementedError

    def start(self) -> Addresses:
        raise NotImplementedError
