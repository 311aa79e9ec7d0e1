"""Cuts a ground into beats (责任区划分) and stores them as a draft: which ground, whose anchors, who gets which beat."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from app.areas import service as areas
from app.incidents import service as incidents
from app.parties.errors import UnknownPatch
from app.parties.grounds import service as patches
from app.patrol.beats import grounds, holding, planning, repository, telling
from app.patrol.beats import service as beats
from app.patrol.beats.errors import NobodyToPlanFor, NoGround, TooManyAnchored, UnknownCells
from app.patrol.beats.figures import measured
from app.patrol.beats.handing_over import handed_over
from app.patrol.beats.holding import Held
from app.patrol.beats.work import minutes
from app.streets import service as streets
from app.teams import service as teams
from app.teams.plans import service as stored
from app.teams.plans.plan import PlanBeat, PlanCells, PlanDraft

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.areas.editions import Edition
    from app.areas.ground import Ground
    from app.auth.principal import Principal
    from app.patrol.beats.asked import Asked, Told
    from app.patrol.beats.holding import Difference
    from app.patrol.beats.patch import Patch
    from app.patrol.beats.planning import Cut
    from app.patrol.beats.settings import Settings


def plan_beats(connection: Connection, asking: Principal, asked: Asked) -> Told:
    """Cut a ground into beats and store them as a draft.

    Each beat goes to the member who knows most of it: what is anchored first, then what is held when the plan is to begin.

    Raises:
        UnknownTeam, UnknownMembers: There are none such.
        NotAllowed: It takes patrol.edit, on the team's ground and on all that is planned.
        NoGround, UnknownCells: The ground isn't there.
        NobodyToPlanFor: The team has no members, and no number of beats is said.
        MoreBeatsThanCells, AnchorsApart: See `planning`.
    """
    beats.must_edit(connection, asking, asked.team)
    asked = _walking(connection, asked)
    team = teams.team(connection, asked.team)
    at = asked.at or datetime.now(UTC)
    edition = (
        areas.edition_named(connection, asked.edition) if asked.edition else areas.edition_at(connection, at)
    )
    ground = areas.ground(connection, edition.id)
    who = _members(connection, asked)
    cells = ground_asked(connection, asked, team.area_code, edition, ground)
    for parent in sorted(set(ground.parent_codes[cells].tolist())):
        asking.requires("patrol.edit", within=areas.lineage(connection, parent))
    patch = _patch(connection, edition, ground, cells, asked.settings)
    codes = ground.codes[cells].tolist()
    held = (
        _held_in(connection, asked.based_on)
        if asked.based_on
        else _held_now(connection, asked.team, [*who, *asked.away], at)
    )
    cut, holders = _cut(
        asked, who, patch, _old(held, who, codes), _anchors(asked, who, ground, cells, edition)
    )
    plan_id = stored.add_plan(
        connection,
        PlanDraft(
            team_id=team.id,
            name=asked.name or f"{at:%Y-%m-%d} ({len(holders)})",
            edition_id=edition.id,
            beats=[PlanBeat(number=n, member=member) for n, member in enumerate(holders, 1)],
            cells=PlanCells(ground.ids[cells], cut.labels.astype(np.int64) + 1, patch.minutes),
            settings=asked.settings.to_dict()
            | {"members": who, "away": list(asked.away)}
            | _bridges(cut, ground.ids[cells]),
            figures=cut.figures.to_dict(),
            based_on=asked.based_on,
        ),
    )
    told = beats.plan(connection, plan_id)
    chosen = {member for member in holders if member is not None}
    away = stored.absences(connection, asked.team, at, at + timedelta(days=1))
    findings = (
        telling.of_cut(cut, codes)
        + told.findings
        + telling.of_members(sorted(set(who) - chosen), [one for one in away if one.member in chosen])
    )
    return replace(told, findings=findings, change=_change(held, told))


def _walking(connection: Connection, asked: Asked) -> Asked:
    """Return what is asked with the detour that is measured on the streets, where they are loaded and nobody says one."""
    network = None if asked.settings.detour is not None else streets.network(connection)
    if network is None:
        return asked
    return replace(asked, settings=replace(asked.settings, detour=round(network.detour(), 3)))


def _members(connection: Connection, asked: Asked) -> list[str]:
    known = [member.code for member in teams.members(connection, asked.team)]
    if asked.members is None:
        if not known and asked.beats is None:
            raise NobodyToPlanFor(
                f"{asked.team} has no members.", remedy="Add some, or say how many beats there are to be."
            )
        return known
    teams.must_know(connection, asked.team, asked.members)
    if not asked.members:
        raise NobodyToPlanFor(
            "No member is named.", remedy="Name some, or leave them out for the whole team."
        )
    return sorted(set(asked.members))


def ground_asked(
    connection: Connection, asked: Asked, home: str | None, edition: Edition, ground: Ground
) -> NDArray[np.int32]:
    """Return the cells that are asked for: named, drawn, of an area or a patch, or the team's own."""
    if asked.cells:
        found = np.unique(grounds.named(ground, asked.cells, f"Edition {edition.name}"))
    elif asked.shape is not None:
        found = grounds.within(ground, asked.shape)
    else:
        found = _area_cells(connection, asked.area or home, edition, ground)
    if not len(found):
        raise NoGround(
            f"No cell of edition {edition.name} lies in {asked.area or 'what was drawn'}.",
            remedy="Name an area, draw a patch, or name cells.",
        )
    return found.astype(np.int32)


def _area_cells(
    connection: Connection, code: str | None, edition: Edition, ground: Ground
) -> NDArray[np.int32]:
    if code is None:
        raise NoGround(
            "The team has no area of its own.", remedy="Name an area, draw a patch, or name cells."
        )
    found = repository.cells_by_area(connection, edition.id, code)
    if len(found):
        return found
    try:
        patch = patches.patch_named(connection, code)
    except UnknownPatch:
        raise NoGround(
            f"Edition {edition.name} has no area {code!r}, and nobody drew a patch of this code.",
            remedy="See: gridward areas list.",
        ) from None
    if patch.shape is not None:
        return grounds.within(ground, patch.shape)
    return ground.indices(sorted(patch.cells))


def _patch(
    connection: Connection, edition: Edition, ground: Ground, cells: NDArray[np.int32], settings: Settings
) -> Patch:
    now = datetime.now(UTC)
    reports = incidents.counts_per_cell(
        connection, edition.id, now - timedelta(days=settings.demand_days), now
    )
    work = minutes(ground.areas_m2[cells], reports[cells], settings)
    return replace(beats.patch(connection, edition, ground, cells), minutes=work)


def _anchors(
    asked: Asked, who: Sequence[str], ground: Ground, cells: NDArray[np.int32], edition: Edition
) -> dict[int, str]:
    """Return members by the positions (among `cells`) that stay with them."""
    teams_of = {member for member, _ in asked.anchors}
    if strange := sorted(teams_of - set(who)):
        raise teams.UnknownMembers(
            f"{', '.join(strange)} of the anchors.", remedy="Name members who are to have a beat."
        )
    found = grounds.named(ground, [code for _, code in asked.anchors], f"Edition {edition.name}")
    place = {int(cell): at for at, cell in enumerate(cells)}
    outside = [
        code for (_, code), cell in zip(asked.anchors, found.tolist(), strict=True) if cell not in place
    ]
    if outside:
        raise UnknownCells(
            f"{', '.join(outside[:5])} of the anchors.",
            findings=telling.unknown_cells(outside, "The planned ground"),
        )
    return {place[int(cell)]: member for (member, _), cell in zip(asked.anchors, found.tolist(), strict=True)}


def _cut(
    asked: Asked, who: Sequence[str], patch: Patch, old: NDArray[np.int32], anchors: Mapping[int, str]
) -> tuple[Cut, list[str | None]]:
    """Return the cut, its labels in the order of who has them, and who that is."""
    number = {member: i for i, member in enumerate(who)}
    if asked.little:
        mine = {cell: number[member] for cell, member in anchors.items()}
        way = handed_over if asked.away else planning.recut
        return way(patch, old, len(who), asked.settings, anchors=mine), list(who)
    wanted = asked.beats or len(who)
    anchored = sorted(set(anchors.values()))
    if len(anchored) > wanted:
        raise TooManyAnchored(f"{len(anchored)} members, {wanted} beats.", remedy="Plan more beats.")
    cut = planning.plan(
        patch,
        wanted,
        asked.settings,
        anchors={cell: anchored.index(member) for cell, member in anchors.items()},
    )
    fixed = {label: number[member] for label, member in enumerate(anchored)}
    taken = holding.matched(cut.labels, wanted, old, len(who), patch.minutes, fixed=fixed)
    order = sorted(range(wanted), key=lambda beat: (taken[beat] is None, taken[beat] or 0, beat))
    place = np.empty(wanted, np.int32)
    place[order] = np.arange(wanted, dtype=np.int32)
    labels = place[cut.labels]
    figures = measured(cut.patch, labels, wanted, cut.figures.floor)
    chosen = [taken[beat] for beat in order]
    return replace(cut, labels=labels, figures=figures), [None if m is None else who[m] for m in chosen]


def _bridges(cut: Cut, ids: NDArray[np.int64]) -> dict[str, Any]:
    """Return the pairs of cells (ids) over which small parts were joined: they count as touching later, too."""
    edges = cut.patch.edges
    bridge = edges.metres == 0
    pairs = zip(ids[edges.a[bridge]].tolist(), ids[edges.b[bridge]].tolist(), strict=True)
    return {"bridges": [list(pair) for pair in pairs]}


def _held_now(connection: Connection, team: str, who: Sequence[str], at: datetime) -> dict[str, list[str]]:
    """Return codes of cells by member, of the beats that hold at a time."""
    return {row.member: row.cells for row in stored.held(connection, team, at) if row.member in who}


def _held_in(connection: Connection, plan_id: int) -> dict[str, list[str]]:
    """Return codes of cells by member, of a plan."""
    before = beats.held(beats.plan(connection, plan_id))
    return {who: before.codes[before.holders == who].tolist() for who in set(before.holders.tolist())}


def _old(held: Mapping[str, Sequence[str]], who: Sequence[str], codes: Sequence[str]) -> NDArray[np.int32]:
    """Return by cell the member (place in `who`) who holds it, -1 for nobody; where two do, the first one by code."""
    owner = {code: i for i in reversed(range(len(who))) for code in held.get(who[i], ())}
    return np.array([owner.get(code, -1) for code in codes], np.int32)


def _change(held: Mapping[str, Sequence[str]], told: Told) -> Difference:
    """Return how a plan differs from what was held; a cell's work is what the plan expects of it, else of any."""
    after = beats.held(told)
    work = dict(zip(after.codes.tolist(), after.minutes.tolist(), strict=True))
    pairs = [(code, who) for who, codes in held.items() for code in codes]
    usual = float(np.median(after.minutes))
    before = Held(
        np.array([code for code, _ in pairs], np.object_),
        np.array([who for _, who in pairs], np.object_),
        np.array([work.get(code, usual) for code, _ in pairs]),
    )
    return holding.compared(before, after)
