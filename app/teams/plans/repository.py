"""Reads and writes plans of beats, the beats that follow from them, and absences."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from app.db.queries import beside
from app.teams.plans.plan import Absence, PlanBeat, PlanCells, StoredPlan

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from app.teams.plans.plan import PlanDraft

SQL = beside(__file__)


def plans(connection: Connection, team: str | None = None, plan_id: int | None = None) -> list[StoredPlan]:
    """Return a team's plans, the newest first; or one by its id."""
    rows = connection.execute(SQL["plans"], {"team": team, "id": plan_id}).mappings()
    return [StoredPlan(**row) for row in rows]


def beats(connection: Connection, plan_id: int) -> list[PlanBeat]:
    """Return a plan's beats by number."""
    return [PlanBeat(**row) for row in connection.execute(SQL["plan_beats"], {"id": plan_id}).mappings()]


def cells(connection: Connection, plan_id: int) -> PlanCells:
    """Return a plan's cells."""
    row = connection.execute(SQL["plan_cells"], {"id": plan_id}).one()
    return PlanCells(
        np.array(row.ids, np.int64), np.array(row.numbers, np.int64), np.array(row.minutes, np.float64)
    )


def add_plan(connection: Connection, draft: PlanDraft) -> int:
    """Store a plan with its beats and cells; return its id."""
    plan_id = connection.execute(
        SQL["add_plan"],
        {
            "team_id": draft.team_id,
            "name": draft.name,
            "edition_id": draft.edition_id,
            "settings": json.dumps(draft.settings),
            "figures": json.dumps(draft.figures),
            "based_on": draft.based_on,
        },
    ).scalar_one()
    put_beats(connection, plan_id, draft.beats)
    connection.execute(
        SQL["add_plan_cells"],
        {
            "id": plan_id,
            "cells": draft.cells.ids.tolist(),
            "numbers": draft.cells.numbers.tolist(),
            "minutes": draft.cells.minutes.tolist(),
        },
    )
    return int(plan_id)


def put_beats(connection: Connection, plan_id: int, given: Sequence[PlanBeat]) -> None:
    """Store beats of a plan, or who has them and what they are called."""
    values = {
        "id": plan_id,
        "numbers": [beat.number for beat in given],
        "members": [beat.member for beat in given],
        "names": [beat.name for beat in given],
    }
    connection.execute(SQL["free_plan_beats"], {"id": plan_id, "numbers": values["numbers"]})
    connection.execute(SQL["put_plan_beats"], values)


def touch(connection: Connection, plan_id: int, version: int, figures: dict[str, Any]) -> int | None:
    """Raise the version of a draft that is still at one, with its new figures; None if it isn't."""
    values = {"id": plan_id, "version": version, "figures": json.dumps(figures)}
    found = connection.execute(SQL["touch_plan"], values).scalar_one_or_none()
    return None if found is None else int(found)


def move_cells(connection: Connection, plan_id: int, cells: Sequence[int], numbers: Sequence[int]) -> None:
    """Give cells of a plan to other beats of it."""
    connection.execute(
        SQL["move_plan_cells"], {"id": plan_id, "cells": list(cells), "numbers": list(numbers)}
    )


def publish(
    connection: Connection, plan_id: int, version: int, start: datetime, end: datetime | None
) -> int | None:
    """Make a draft that is still at a version published for a time; return its version, None if it isn't."""
    values = {"id": plan_id, "version": version, "start": start, "end": end}
    found = connection.execute(SQL["publish_plan"], values).scalar_one_or_none()
    return None if found is None else int(found)


def cut_beats(
    connection: Connection, plan_id: int, members: Sequence[str], start: datetime, end: datetime | None
) -> None:
    """Take a time out of the beats of members for a plan; what lies before and behind it stays, what is taken is kept."""
    values = {"members": list(members), "start": start, "end": end}
    connection.execute(SQL["keep_cut_beats"], values | {"id": plan_id})
    for row in connection.execute(SQL["beats_to_cut"], values).all():
        if not row.rests:
            connection.execute(SQL["delete_beat"], {"id": row.id})
            continue
        connection.execute(SQL["set_beat_period"], {"id": row.id, "period": row.rests[0]})
        for rest in row.rests[1:]:
            connection.execute(SQL["copy_beat"], {"id": row.id, "period": rest})


def add_beats(connection: Connection, plan_id: int) -> int:
    """Store the beats that follow from a published plan; return how many."""
    return connection.execute(SQL["add_beats_of_plan"], {"id": plan_id}).rowcount


def overlapping(
    connection: Connection, members: Sequence[str], start: datetime, end: datetime | None
) -> list[Any]:
    """Return the published plans whose beats of these members a publication would end; see the query."""
    values = {"members": list(members), "start": start, "end": end}
    return list(connection.execute(SQL["overlapping_plans"], values))


def replaced_without_beats(connection: Connection) -> None:
    """Call plans replaced of which no beat holds any more."""
    connection.execute(SQL["replaced_plans"])


def withdraw(connection: Connection, plan_id: int, version: int) -> int | None:
    """Call a publication that is still at a version withdrawn; return its version, None if it isn't."""
    found = connection.execute(SQL["withdraw_plan"], {"id": plan_id, "version": version}).scalar_one_or_none()
    return None if found is None else int(found)


def published_over(connection: Connection, plan_id: int, since: datetime) -> list[Any]:
    """Return the plans that were published over one and hold within its time: id, name, start, end."""
    return list(connection.execute(SQL["published_over"], {"id": plan_id, "since": since}))


def restore(connection: Connection, plan_id: int, since: datetime) -> list[str]:
    """End a plan's beats at a time, and let those hold again that it had cut; return who has one again."""
    values = {"id": plan_id, "since": since}
    connection.execute(SQL["end_beats_of_plan"], values)
    return list(connection.execute(SQL["restore_beats"], values).scalars())


def held(connection: Connection, team: str, at: datetime) -> list[Any]:
    """Return the beats of a team at a time: member (code), plan_id, name, cells (codes)."""
    return list(connection.execute(SQL["held_beats"], {"team": team, "at": at}))


def held_without(connection: Connection, team: str, at: datetime, plan_ids: Sequence[int]) -> list[Any]:
    """Return what a team's members would have at a time without some plans: member (code), cells (codes)."""
    values = {"team": team, "at": at, "plan_ids": list(plan_ids)}
    return list(connection.execute(SQL["held_without"], values))


def absences(
    connection: Connection, team: str, start: datetime | None, end: datetime | None
) -> list[Absence]:
    """Return the absences of a team's members that touch a time, by member and time."""
    values = {"team": team, "start": start, "end": end}
    return [Absence(**row) for row in connection.execute(SQL["absences"], values).mappings()]


def add_absence(connection: Connection, member: str, start: datetime, end: datetime | None) -> None:
    """Store when a member is away; absences of theirs that it meets become one with it."""
    values = {"member": member, "start": start, "end": end}
    merged = connection.execute(SQL["take_absences"], values).scalar_one()
    connection.execute(SQL["add_absence"], {"member": member, "period": merged})


def end_absence(connection: Connection, absence_id: int) -> bool:
    """Remove an absence; tell whether there was one."""
    return connection.execute(SQL["delete_absence"], {"id": absence_id}).rowcount > 0
