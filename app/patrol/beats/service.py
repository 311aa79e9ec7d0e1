"""Plans beats (巡查责任区): cuts a ground, keeps it editable, compares, publishes, and cuts it anew when members are away."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import shapely

from app.areas import service as areas
from app.core.keeping import Kept
from app.db.engine import database_of
from app.patrol.beats import grounds, holding, telling
from app.patrol.beats.adjacency import touching, without_crossing
from app.patrol.beats.asked import Told
from app.patrol.beats.errors import (
    AnotherEdition,
    NotFit,
    UnknownBeats,
    UnknownCells,
)
from app.patrol.beats.figures import measured
from app.patrol.beats.holding import Held
from app.patrol.beats.patch import Edges, Patch
from app.patrol.beats.settings import ON_FOOT, Settings
from app.streets import service as streets
from app.teams import service as teams
from app.teams.plans import service as stored

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.areas.editions import Edition
    from app.areas.ground import Ground
    from app.auth.principal import Principal
    from app.patrol.beats.holding import Difference
    from app.streets.network import Network
    from app.teams.plans.plan import Absence, PlanBeat, StoredPlan

KEPT = 64
_PATCHES: Kept[tuple[str, int, bytes], tuple[Network | None, Patch]] = Kept(KEPT)
"""Patches by their cells, with the streets that they were made on."""


def ground_of(connection: Connection, team: str) -> frozenset[str]:
    """Return the codes of the areas that a team's ground lies in, to judge rights by.

    Raises:
        UnknownTeam: There is no such team for the asker.
    """
    return areas.lineage(connection, teams.team(connection, team).area_code)


def must_edit(connection: Connection, asking: Principal, team: str) -> None:
    """Refuse who may not plan for a team.

    Raises:
        UnknownTeam: There is no such team for the asker.
        NotAllowed: It takes patrol.edit on the team's ground.
    """
    asking.requires("patrol.edit", within=ground_of(connection, team))


def plans(connection: Connection, team: str) -> list[StoredPlan]:
    """Return a team's plans, the newest first."""
    return stored.plans(connection, team)


def plan(connection: Connection, plan_id: int) -> Told:
    """Return a plan with its cells, its figures and what is to be known of it.

    Raises:
        UnknownPlan: There is none.
    """
    found = stored.plan(connection, plan_id)
    beats = stored.beats(connection, plan_id)
    own = stored.cells(connection, plan_id)
    edition = areas.edition_named(connection, found.edition)
    ground = areas.ground(connection, edition.id)
    cells = ground.indices(own.ids)
    order = np.searchsorted(own.ids, ground.ids[cells])
    whole = patch(connection, edition, ground, cells).bridged(_bridges(found, ground, cells))
    around = replace(whole, minutes=own.minutes[order])
    labels = (own.numbers[order] - 1).astype(np.int32)
    figures = measured(around, labels, len(beats), found.figures.get("floor"))
    rules = settings_of(found)
    tolerance = rules.day_tolerance if found.settings.get("away") else rules.recut_tolerance
    return Told(
        found, beats, ground, cells, labels, around, figures, telling.of_beats(figures, beats, tolerance)
    )


def _bridges(found: StoredPlan, ground: Ground, cells: NDArray[np.int32]) -> Edges:
    place = {int(cell): at for at, cell in enumerate(ground.ids[cells])}
    known = [pair for pair in found.settings.get("bridges", []) if place.keys() >= set(pair)]
    pairs = np.array([sorted((place[a], place[b])) for a, b in known], np.int32).reshape(-1, 2)
    return Edges(pairs[:, 0], pairs[:, 1], np.zeros(len(pairs)))


def settings_of(found: StoredPlan) -> Settings:
    """Return the settings that a plan was made with."""
    known = ON_FOOT.to_dict()
    return Settings(**{name: found.settings.get(name, value) for name, value in known.items()})


def edit(  # noqa: PLR0917
    connection: Connection,
    asking: Principal,
    plan_id: int,
    version: int,
    moves: Sequence[tuple[str, int]] = (),
    holders: Mapping[int, str | None] | None = None,
) -> Told:
    """Move cells (code, number of the beat) in a draft, or say who has which beat; a beat that breaks is flagged.

    Raises:
        UnknownPlan, UnknownCells, UnknownBeats, UnknownMembers: There are none such.
        NotAllowed: It takes patrol.edit on the team's ground.
        NotADraft: It was published.
        Outdated: Somebody changed it meanwhile.
    """
    told = plan(connection, plan_id)
    must_edit(connection, asking, told.plan.team)
    given = dict(holders or {})
    numbers = {beat.number for beat in told.beats}
    if strange := sorted(({number for _, number in moves} | set(given)) - numbers):
        raise UnknownBeats(f"{', '.join(map(str, strange))}.", remedy=f"Name 1 to {len(numbers)}.")
    teams.must_know(connection, told.plan.team, [member for member in given.values() if member is not None])
    at = grounds.named(told.ground, [code for code, _ in moves], f"Edition {told.plan.edition}")
    place = {int(cell): i for i, cell in enumerate(told.cells)}
    if outside := [code for (code, _), cell in zip(moves, at.tolist(), strict=True) if cell not in place]:
        raise UnknownCells(
            f"{', '.join(outside[:5])}.", findings=telling.unknown_cells(outside, f"Plan {plan_id}")
        )
    labels = told.labels.copy()
    for (_, number), cell in zip(moves, at.tolist(), strict=True):
        labels[place[cell]] = number - 1
    figures = measured(told.patch, labels, len(told.beats), told.figures.floor)
    stored.change(
        connection,
        plan_id,
        version,
        figures.to_dict(),
        moves=[
            (int(told.ground.ids[cell]), number) for (_, number), cell in zip(moves, at.tolist(), strict=True)
        ],
        holders=_swapped(told.beats, given),
    )
    return plan(connection, plan_id)


def _swapped(beats: Sequence[PlanBeat], given: Mapping[int, str | None]) -> list[PlanBeat]:
    """Return the beats that change hands; who gets another one leaves theirs to nobody, unless it is given, too."""
    taken = {member for member in given.values() if member is not None}
    changed = []
    for beat in beats:
        if beat.number in given:
            changed.append(replace(beat, member=given[beat.number]))
        elif beat.member in taken:
            changed.append(replace(beat, member=None))
    return changed


def relieved(told: Told) -> list[str]:
    """Return who was planned for, or is away, and has no beat in the plan: what they held ends with its publication."""
    meant = {*told.plan.settings.get("members", ()), *told.plan.settings.get("away", ())}
    return sorted(meant - {beat.member for beat in told.beats})


def compare(connection: Connection, before: int, after: int) -> Difference:
    """Return how one plan differs from another, by member.

    Raises:
        UnknownPlan: There is none.
    """
    return holding.compared(held(plan(connection, before)), held(plan(connection, after)))


def publish(  # noqa: PLR0917
    connection: Connection,
    asking: Principal,
    plan_id: int,
    version: int,
    start: datetime,
    end: datetime | None = None,
    *,
    replace_others: bool = False,
) -> Told:
    """Let a plan hold from a time on, or for a time only: afterwards the beats before hold again.

    Raises:
        UnknownPlan: There is none.
        NotAllowed: It takes patrol.edit on the team's ground.
        NotFit: A beat is broken, empty, or nobody's.
        AnotherEdition: Another edition holds then.
        PublicationInTheWay, BadTime, NotADraft, Outdated: See `app.teams.plans`.
    """
    told = plan(connection, plan_id)
    must_edit(connection, asking, told.plan.team)
    wrong = [one for one in told.findings if one.severity == "error"]
    if wrong and told.plan.state == "draft":
        raise NotFit(f"{len(wrong)} things are wrong with it.", remedy="Mend them first.", findings=wrong)
    holds = areas.edition_at(connection, start)
    if holds.id != told.plan.edition_id:
        raise AnotherEdition(
            f"It is of {told.plan.edition}; on {start:%Y-%m-%d} {holds.name} holds.",
            remedy=f"Plan anew on edition {holds.name}, based on this plan.",
        )
    stored.publish(
        connection,
        plan_id,
        version,
        start,
        end,
        relieved=relieved(told),
        replace=replace_others,
    )
    away = stored.absences(connection, told.plan.team, start, end or start + timedelta(days=1))
    holding_one = {beat.member for beat in told.beats}
    done = plan(connection, plan_id)
    return replace(
        done,
        findings=done.findings + telling.of_members([], [one for one in away if one.member in holding_one]),
    )


def withdraw(connection: Connection, asking: Principal, plan_id: int, version: int, since: datetime) -> Told:
    """Withdraw a publication: what held before it holds again, from its start on or from `since` if that is later.

    Raises:
        UnknownPlan: There is none.
        NotAllowed: It takes patrol.edit on the team's ground.
        NothingToWithdraw, PublishedOver, Outdated: See `app.teams.plans`.
    """
    found = stored.plan(connection, plan_id)
    must_edit(connection, asking, found.team)
    back = stored.withdraw(connection, plan_id, version, since)
    done = plan(connection, plan_id)
    left = sorted({beat.member for beat in done.beats if beat.member is not None} - set(back))
    return replace(done, findings=telling.of_withdrawal(left))


def absences(
    connection: Connection, team: str, start: datetime | None = None, end: datetime | None = None
) -> list[Absence]:
    """Return when a team's members are away, by member and time."""
    return stored.absences(connection, team, start, end)


def add_absences(  # noqa: PLR0917
    connection: Connection,
    asking: Principal,
    team: str,
    members: Sequence[str],
    start: datetime,
    end: datetime | None,
) -> list[Absence]:
    """Store that members are away, and return their absences that touch this time; plans stay as they are.

    Raises:
        UnknownTeam, UnknownMembers, BadTime: See `app.teams.plans`.
        NotAllowed: It takes patrol.edit on the team's ground.
    """
    must_edit(connection, asking, team)
    stored.add_absences(connection, team, members, start, end)
    return [one for one in stored.absences(connection, team, start, end) if one.member in members]


def end_absence(connection: Connection, asking: Principal, team: str, absence_id: int) -> None:
    """Remove an absence of one of a team's members.

    Raises:
        UnknownAbsence: The team has none such.
        NotAllowed: It takes patrol.edit on the team's ground.
    """
    must_edit(connection, asking, team)
    if absence_id not in {one.id for one in stored.absences(connection, team)}:
        raise stored.UnknownAbsence(f"Absence {absence_id}.")
    stored.end_absence(connection, absence_id)


def held(told: Told) -> Held:
    """Return who holds which cell in a plan."""
    names = np.array([beat.member or f"#{beat.number}" for beat in told.beats], np.object_)
    return Held(told.ground.codes[told.cells], names[told.labels], told.patch.minutes)


def patch(connection: Connection, edition: Edition, ground: Ground, cells: NDArray[np.int32]) -> Patch:
    """Return cells of an edition as a patch without any work; of a published edition it is kept for the next time.

    Cells touch where they share a side and no barrier lies between them, or a way crosses it there.
    """
    network, across = streets.network(connection), streets.barriers(connection)
    key = (database_of(connection), edition.id, cells.tobytes())
    kept = None if edition.draft else _PATCHES.get(key)
    if kept is not None and kept[0] is network:
        return kept[1]
    polygons = ground.polygons[cells]
    edges = touching(polygons)
    if network is not None and len(across):
        here = shapely.box(*shapely.total_bounds(polygons))
        near = across[shapely.intersects(across, here)]
        edges = without_crossing(edges, polygons, near, network.geometry[network.tree.query(here)])
    found = Patch.of(polygons, np.zeros(len(cells)), edges)
    if not edition.draft:
        _PATCHES.put(key, (network, found))
    return found
