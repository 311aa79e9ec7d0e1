"""Carries presences (现场记录) to a new edition of the grid, as long as what they stand beside is carried, too.

A report, a photo or a check lies where its case does, a door's code where the door is: in whichever cell of the edition
that holds at their time that is. One whose point lies in no cell of it stays where it was, as do those of shifts whose raw
fixes were deleted: their visits stay on their edition, too.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from app.areas import service as areas
from app.areas.ground import IN_A_CELL
from app.patrol.carrying import repository

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection


def carry(
    connection: Connection,
    *,
    member_ids: Sequence[int] | None = None,
    team: str | None = None,
    start: datetime | None = None,
    end: datetime | None = None,
) -> int:
    """Put presences into the cells of the edition that holds at their time; return how many changed theirs.

    Args:
        connection: As the system.
        member_ids: Whose; None for everybody's.
        team: Code; None for all.
        start: Presences from then on.
        end: Presences up to then.
    """
    found = repository.elsewhere(connection, member_ids, team, start, end)
    moves: list[tuple[int, int, int]] = []
    for edition_id, rows in groupby(
        sorted(found, key=lambda one: one.edition_id), lambda one: one.edition_id
    ):
        ground, lying = areas.ground(connection, edition_id), list(rows)
        placed = ground.place([one.x for one in lying], [one.y for one in lying])
        moves += [
            (one.id, int(ground.ids[cell]), edition_id)
            for one, cell, how in zip(lying, placed.cell.tolist(), placed.found.tolist(), strict=True)
            if cell >= 0
            and (how == IN_A_CELL or not one.door)  # a case beside the grid counts for the nearest cell
        ]
    return repository.carry(connection, moves) if moves else 0
