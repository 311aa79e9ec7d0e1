"""Reads and writes management levels."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.db.queries import beside
from app.teams.levels.levels import CellLevel, Level

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

SQL = beside(__file__)


def levels(connection: Connection, team_id: int) -> list[Level]:
    """Return a team's levels, the first first."""
    return [Level(**row) for row in connection.execute(SQL["levels"], {"team_id": team_id}).mappings()]


def cell_levels(connection: Connection, team_id: int, edition_id: int) -> list[CellLevel]:
    """Return the cells of an edition that have a level for a team."""
    values = {"team_id": team_id, "edition_id": edition_id}
    return [CellLevel(**row) for row in connection.execute(SQL["cell_levels"], values).mappings()]


def put(
    connection: Connection, team_id: int, edition_id: int, given: Sequence[Level], cells: Mapping[int, int]
) -> None:
    """Store a team's levels and those of its cells in one edition (ids of cells), in place of what was there."""
    team = {"team_id": team_id}
    connection.execute(
        SQL["put_levels"],
        team
        | {
            "levels": [one.level for one in given],
            "names": [one.name for one in given],
            "visits": [one.visits for one in given],
        },
    )
    connection.execute(SQL["clear_cell_levels"], team | {"edition_id": edition_id})
    connection.execute(SQL["put_cell_levels"], team | {"cells": list(cells), "levels": list(cells.values())})
    connection.execute(SQL["drop_levels"], team | {"kept": [one.level for one in given]})


def give(connection: Connection, team_id: int, level: Level, cells: Sequence[int]) -> None:
    """Give cells (ids) a level, and say what it owes; levels that no cell has any more are forgotten."""
    team = {"team_id": team_id}
    one = {"levels": [level.level], "names": [level.name], "visits": [level.visits]}
    connection.execute(SQL["put_levels"], team | one)
    connection.execute(
        SQL["put_cell_levels"], team | {"cells": list(cells), "levels": [level.level] * len(cells)}
    )
    connection.execute(SQL["drop_levels"], team | {"kept": [level.level]})


def clear(connection: Connection, team_id: int, cells: Sequence[int]) -> None:
    """Take the level of cells (ids) away; levels that no cell has any more are forgotten."""
    connection.execute(SQL["take_cell_levels"], {"team_id": team_id, "cells": list(cells)})
    connection.execute(SQL["drop_levels"], {"team_id": team_id, "kept": []})
