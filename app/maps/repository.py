"""Reads what the pages draw; `maps` writes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.db.queries import beside

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection, Row

SQL = beside(__file__)


def tile(connection: Connection, edition_id: int, z: int, x: int, y: int) -> bytes:
    """Return a vector tile of cells, empty where there is none."""
    found = connection.execute(
        SQL["tile_cells"], {"edition": edition_id, "z": z, "x": x, "y": y}
    ).scalar_one()
    return bytes(found or b"")


def outlines(connection: Connection, edition_id: int, level: str) -> Sequence[Row[Any]]:
    """Return the areas of a level: code, name, parent_code, synthetic, area_m2, geom (WKB, metric)."""
    return connection.execute(SQL["outlines"], {"edition": edition_id, "level": level}).all()


def setting(connection: Connection, edition_id: int) -> Row[Any]:
    """Return number of cells, levels and extent of an edition."""
    return connection.execute(SQL["setting"], {"edition": edition_id}).one()


def categories(connection: Connection, most: int) -> list[str]:
    """Return the categories of incidents, commonest first."""
    return [row.category for row in connection.execute(SQL["categories"], {"most": most})]


def cell(connection: Connection, edition_id: int, number: int) -> Row[Any] | None:
    """Return one cell."""
    return connection.execute(SQL["cell"], {"edition": edition_id, "number": number}).one_or_none()


def cells_by_number(connection: Connection, edition_id: int, numbers: Sequence[int]) -> Sequence[Row[Any]]:
    """Return some cells in the order of their numbers: number, code, geom (WKB, metric)."""
    return connection.execute(SQL["cells_by_number"], {"edition": edition_id, "numbers": list(numbers)}).all()


def ancestors(connection: Connection, edition_id: int, level: str, code: str) -> Sequence[Row[Any]]:
    """Return an area and those above it, nearest first: level, code, name, synthetic."""
    return connection.execute(SQL["ancestors"], {"edition": edition_id, "level": level, "code": code}).all()


def incidents_in_cell(
    connection: Connection,
    edition_id: int,
    number: int,
    *,
    start: datetime,
    end: datetime,
    category: str,
    most: int,
) -> Sequence[Row[Any]]:
    """Return a cell's newest incidents: reported_at, category, description, found, synthetic."""
    return connection.execute(
        SQL["incidents_in_cell"],
        {
            "edition": edition_id,
            "number": number,
            "start": start,
            "end": end,
            "category": category,
            "most": most,
        },
    ).all()


def find(connection: Connection, edition_id: int, words: str, most: int) -> Sequence[Row[Any]]:
    """Return areas and cells by code or name: kind, code, name, above, number, west, south, east, north."""
    plain = words.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return connection.execute(
        SQL["find"], {"edition": edition_id, "prefix": f"{plain}%", "part": f"%{plain}%", "most": most}
    ).all()


def incidents_in_view(
    connection: Connection,
    window: tuple[float, float, float, float],
    cells: Sequence[int] | None,
    *,
    start: datetime,
    end: datetime,
    category: str,
    square_m: float,
    most: int,
) -> Sequence[Row[Any]]:
    """Return incidents gathered by squares in a WGS-84 window: lon, lat, incidents, reported_at, category."""
    west, south, east, north = window
    return connection.execute(
        SQL["incidents_in_view"],
        {
            "west": west,
            "south": south,
            "east": east,
            "north": north,
            "cells": None if cells is None else list(cells),
            "start": start,
            "end": end,
            "category": category,
            "square_m": square_m,
            "most": most,
        },
    ).all()
