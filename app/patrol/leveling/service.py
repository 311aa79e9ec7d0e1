"""Gives cells a management level (设置管理等级): which cells an area, a drawing or a list means, and who may say so."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from app.areas import service as areas
from app.patrol.beats import service as beats
from app.patrol.beats.cutting import service as cutting
from app.teams import service as teams
from app.teams.levels import service as levels

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.patrol.beats.asked import Asked
    from app.teams.levels.levels import Level


def give(connection: Connection, asking: Principal, where: Asked, level: Level | None) -> list[Level]:
    """Give cells of a team's ground a level, whatever they had; twice is the same as once. Return the team's levels.

    Args:
        connection: A transaction of whoever asks.
        asking: Who asks.
        where: Its team, and its ground: an area, a shape or cells; without any the team's own area.
        level: With the visits that it owes in each shift from now on; None: these cells have none any more.

    Raises:
        UnknownTeam: There is none for the asker.
        NotAllowed: It takes patrol.edit, on the team's ground and on all of the cells'.
        NoGround, UnknownCells: The ground isn't there.
        BadLevels: The level or its visits are out of range.
    """
    beats.must_edit(connection, asking, where.team)
    team = teams.team(connection, where.team)
    edition = (
        areas.edition_named(connection, where.edition)
        if where.edition
        else areas.edition_at(connection, datetime.now(UTC))
    )
    ground = areas.ground(connection, edition.id)
    cells = cutting.ground_asked(connection, where, team.area_code, edition, ground)
    for parent in sorted(set(ground.parent_codes[cells].tolist())):
        asking.requires("patrol.edit", within=areas.lineage(connection, parent))
    ids = ground.ids[cells].tolist()
    if level is None:
        levels.clear(connection, where.team, ids)
    else:
        levels.give(connection, where.team, level, ids)
    return levels.levels(connection, where.team)
