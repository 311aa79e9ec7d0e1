"""Management levels (管理等级): which cells have which, and how often they are owed in each shift. Counts no visits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.auth import service as auth
from app.core.errors import BadInput
from app.teams import service as teams
from app.teams.levels import repository

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sqlalchemy import Connection

    from app.teams.levels.levels import CellLevel, Level

LEVELS, VISITS = range(1, 10), range(1, 100)


class BadLevels(BadInput):
    """The levels can't be taken; nothing was changed."""

    zh = "管理等级有误，未作任何更改。"


def levels(connection: Connection, team: str) -> list[Level]:
    """Return a team's levels.

    Raises:
        UnknownTeam: There is no such team.
    """
    return repository.levels(connection, teams.team(connection, team).id)


def cell_levels(connection: Connection, team_id: int, edition_id: int) -> list[CellLevel]:
    """Return the cells of an edition that have a level for a team."""
    return repository.cell_levels(connection, team_id, edition_id)


def put(
    connection: Connection, team: str, edition_id: int, given: Sequence[Level], cells: Mapping[int, int]
) -> None:
    """Store a team's levels and those of its cells (level by `areas.cells` id), in place of what was there.

    Raises:
        UnknownTeam: There is no such team.
        BadLevels: A level or a number of visits is out of range, or a cell has a level that isn't given.
    """
    _must_be_usable(given)
    unknown = set(cells.values()) - {one.level for one in given}
    if unknown:
        raise BadLevels(f"Nothing says what level {min(unknown)} owes.", remedy="Give its visits.")
    repository.put(connection, teams.team(connection, team).id, edition_id, given, cells)


def give(connection: Connection, team: str, level: Level, cells: Sequence[int]) -> None:
    """Give cells (`areas.cells` ids) a level, and say what it owes. Who may was judged by the caller.

    Raises:
        UnknownTeam: There is no such team.
        BadLevels: The level or its visits are out of range.
    """
    _must_be_usable([level])
    with auth.as_system(connection):
        repository.give(connection, teams.team(connection, team).id, level, cells)


def clear(connection: Connection, team: str, cells: Sequence[int]) -> None:
    """Take the level of cells (`areas.cells` ids) away. Who may was judged by the caller.

    Raises:
        UnknownTeam: There is no such team.
    """
    with auth.as_system(connection):
        repository.clear(connection, teams.team(connection, team).id, cells)


def _must_be_usable(given: Sequence[Level]) -> None:
    wrong = [one for one in given if one.level not in LEVELS or one.visits not in VISITS]
    if wrong:
        raise BadLevels(
            f"Level {wrong[0].level} with {wrong[0].visits} visits.", remedy="Levels are 1-9, visits 1-99."
        )
