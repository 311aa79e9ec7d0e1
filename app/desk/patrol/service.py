"""Gathers what the patrol desk shows of a team: its day, its plans, what changes hands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from app.areas import service as areas
from app.core.errors import BadInput, GridwardError
from app.desk.patrol import days, pictures, scenes
from app.geo.crs import Metric
from app.patrol.beats import holding as crewing
from app.patrol.beats import service as beats
from app.patrol.beats import work
from app.patrol.beats.holding import Held
from app.patrol.beats.outlines import outlines
from app.patrol.coverage import service as coverage
from app.patrol.mornings import service as mornings
from app.teams import service as teams
from app.teams.plans import service as stored
from app.teams.plans.plan import PlanCells, PlanDraft

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date, datetime

    from sqlalchemy import Connection

    from app.areas.ground import Ground
    from app.desk.drawing import Look
    from app.patrol.beats.asked import Told
    from app.teams.plans.plan import StoredPlan
    from app.teams.repository import StoredMember, StoredTeam

MEASURED = 8  # teams whose coverage is on the first page; more would make it slow


@dataclass(frozen=True, slots=True, kw_only=True)
class TeamDay:
    """A team on a day: who is on duty when, who is away, what holds, how its ground was covered so far.

    Attributes:
        plans: That hold now, each with who has a beat by it: early and late shift may have one each.
    """

    team: StoredTeam
    members: list[StoredMember]
    shifts: list[tuple[datetime, datetime, list[str]]]
    away: list[str]
    plans: list[tuple[StoredPlan, list[str]]]
    covered: dict[str, Any] | None


def must_see(connection: Connection, look: Look, team: str) -> StoredTeam:
    """Return a team whose patrol the reader may see.

    Raises:
        UnknownTeam: There is none for them.
        NotAllowed: It takes coverage.read on its ground.
    """
    found = teams.team(connection, team)
    look.asking.requires("coverage.read", within=beats.ground_of(connection, team))
    return found


def must_have(connection: Connection, team: str, member: str) -> None:
    """Refuse a member who isn't in the team.

    Raises:
        UnknownMembers: See there.
    """
    teams.must_know(connection, team, [member])


def may_edit(connection: Connection, look: Look, team: str) -> bool:
    """Tell whether the reader may plan for a team."""
    return look.asking.may("patrol.edit", within=beats.ground_of(connection, team))


def seen(connection: Connection, look: Look) -> list[StoredTeam]:
    """Return the teams whose patrol the reader may see, by code."""
    return [
        team
        for team in teams.teams(connection)
        if look.asking.may("coverage.read", within=areas.lineage(connection, team.area_code))
    ]


def days_of(connection: Connection, look: Look) -> list[TeamDay]:
    """Return the day of every team the reader may see; the coverage of the first `MEASURED` only."""
    found = seen(connection, look)
    return [team_day(connection, look, team, measured=at < MEASURED) for at, team in enumerate(found)]


def team_day(connection: Connection, look: Look, team: StoredTeam, *, measured: bool = True) -> TeamDay:
    """Return a team's day so far."""
    start, end = days.span(days.said("", look.zone, look.now), look.zone)
    members = teams.members(connection, team.code)
    codes = {member.id: member.code for member in members}
    spans: dict[tuple[datetime, datetime], set[str]] = {}
    for shift in teams.shifts(connection, list(codes), start, end):
        spans.setdefault((shift.start, shift.end), set()).add(codes[shift.member_id])
    return TeamDay(
        team=team,
        members=members,
        shifts=[(a, b, sorted(who)) for (a, b), who in sorted(spans.items())],
        away=sorted({one.member for one in stored.absences(connection, team.code, look.now, end)}),
        plans=holding(connection, team.code, look.now),
        covered=_covered(connection, team.code, start, look.now) if measured else None,
    )


def _covered(connection: Connection, team: str, start: datetime, now: datetime) -> dict[str, Any] | None:
    try:
        with connection.begin_nested():
            found: dict[str, Any] = coverage.coverage(connection, team, start, now).to_dict()["coverage"]
    except GridwardError:  # no ground, or no edition yet: the page says that nothing is measured
        return None
    return found


def holding(connection: Connection, team: str, at: datetime) -> list[tuple[StoredPlan, list[str]]]:
    """Return every plan that holds at a time with who has a beat by it then, the one with the first member first."""
    who: dict[int, list[str]] = {}
    for row in stored.held(connection, team, at):
        if row.plan_id is not None:
            who.setdefault(row.plan_id, []).append(row.member)
    known = {one.id: one for one in stored.plans(connection, team)}
    return [(known[plan_id], members) for plan_id, members in who.items() if plan_id in known]


def plan_of(connection: Connection, team: str, plan_id: int) -> Told:
    """Return a plan of this team.

    Raises:
        UnknownPlan: The team has none such.
    """
    told = beats.plan(connection, plan_id)
    if told.plan.team != team:
        raise stored.UnknownPlan(f"Plan {plan_id} of {team}.")
    return told


def plan_scene(
    connection: Connection, team: StoredTeam, plan_id: int | None, now: datetime
) -> dict[str, Any]:
    """Return a plan for a map; without one, the ground that the team owes today."""
    metric = Metric(areas.metric_srid(connection))
    if plan_id is not None:
        return scenes.plan(plan_of(connection, team.code, plan_id), metric)
    edition = areas.edition_at(connection, now)
    report = coverage.coverage_cells(connection, team.code, now - timedelta(minutes=1), now)
    owed = np.array(report.numbers, np.int32) - 1
    return scenes.ground(owed, areas.ground(connection, edition.id), metric)


def state_scene(connection: Connection, team: StoredTeam, start: datetime, end: datetime) -> dict[str, Any]:
    """Return how each cell that a team owes was covered, with its outline."""
    report = coverage.coverage_cells(connection, team.code, start, end).without_minutes()
    edition = areas.edition_named(connection, report.edition)
    ground = areas.ground(connection, edition.id)
    at = np.array(report.numbers, np.int64) - 1
    shapes = scenes.outlines(ground.polygons[at], Metric(areas.metric_srid(connection)))
    rows = zip(ground.codes[at].tolist(), report.states, report.hours, shapes, strict=True)
    return {
        "edition": report.edition,
        "cells": [
            {"code": code, "state": state, "hours": hours, "shape": shape}
            for code, state, hours, shape in rows
        ],
    }


def picture(told: Told) -> pictures.Picture | None:
    """Return a plan's beats to print."""
    return pictures.beats(outlines(told))


def copy(connection: Connection, look: Look, told: Told, name: str) -> int:
    """Copy a plan as a draft, to be changed by hand; return its id.

    Raises:
        NotAllowed: It takes patrol.edit on the team's ground.
    """
    beats.must_edit(connection, look.asking, told.plan.team)
    cells = PlanCells(told.ground.ids[told.cells], told.labels.astype(np.int64) + 1, told.patch.minutes)
    return stored.add_plan(
        connection,
        PlanDraft(
            team_id=told.plan.team_id,
            name=name,
            edition_id=told.plan.edition_id,
            beats=told.beats,
            cells=cells,
            settings=told.plan.settings,
            figures=told.figures.to_dict(),
            based_on=told.plan.id,
        ),
    )


def plans_change(connection: Connection, team: str, before: int, after: int) -> dict[str, Any]:
    """Return what changes hands between two plans of a team, for a map."""
    was, now = plan_of(connection, team, before), plan_of(connection, team, after)
    metric = Metric(areas.metric_srid(connection))
    shapes: dict[str, dict[str, Any]] = {}
    for told in (was, now):
        codes = told.ground.codes[told.cells].tolist()
        shapes |= dict(zip(codes, scenes.outlines(told.ground.polygons[told.cells], metric), strict=True))
    seen_by = {member.code for member in teams.members(connection, team)}
    away = [code for code in now.plan.settings.get("away", []) if code in seen_by]
    return scenes.change(beats.held(was), beats.held(now), shapes, away)


def away_on(connection: Connection, team: str, day: date, look: Look) -> set[str]:
    """Return the codes of members who are away for the whole of a day."""
    start, end = days.span(day, look.zone)
    return {
        one.member
        for one in stored.absences(connection, team, start, end)
        if one.start <= start and (one.end is None or one.end >= end)
    }


def day_change(connection: Connection, look: Look, team: str, day: date) -> list[dict[str, Any]]:
    """Return by crew what a day's change moves, against what would hold that day without it; nothing where none was made."""
    changed = mornings.for_the_day(connection, team, day, look.zone)
    if not changed:
        return []
    ground = areas.ground(connection, changed[0].edition_id)
    metric = Metric(areas.metric_srid(connection))
    usual = mornings.usual(connection, team, day, look.zone)
    today = _held(connection, team, mornings.noon(day, look.zone))
    out = []
    for crew in crewing.crews(usual):
        gave = {who: usual[who] for who in crew}
        has = {who: cells for who, cells in today.items() if who in gave}
        if gave == has:
            continue
        codes = sorted(set().union(*gave.values(), *has.values()))
        cost = _minutes(connection, changed, ground, codes)
        shapes = _shapes(ground, codes, metric)
        away = [who for who in crew if who not in has]
        out.append(scenes.change(_as_held(gave, cost), _as_held(has, cost), shapes, away))
    return out


def _held(connection: Connection, team: str, at: datetime) -> dict[str, set[Any]]:
    return {row.member: set(row.cells) for row in stored.held(connection, team, at)}


def _as_held(grounds: Mapping[str, set[str]], cost: Mapping[str, float]) -> Held:
    pairs = [(code, who) for who in sorted(grounds) for code in sorted(grounds[who])]
    return Held(
        np.array([code for code, _ in pairs], np.object_),
        np.array([who for _, who in pairs], np.object_),
        np.array([cost[code] for code, _ in pairs], np.float64),
    )


def _shapes(ground: Ground, codes: Sequence[str], metric: Metric) -> dict[str, dict[str, Any]]:
    at = np.searchsorted(ground.codes, np.array(codes, np.object_))
    known = (at < len(ground)) & (
        ground.codes[np.minimum(at, len(ground) - 1)] == np.array(codes, np.object_)
    )
    drawn = scenes.outlines(ground.polygons[at[known]], metric)
    return dict(zip(ground.codes[at[known]].tolist(), drawn, strict=True))


def _minutes(
    connection: Connection, plans: Sequence[StoredPlan], ground: Ground, codes: Sequence[str]
) -> dict[str, float]:
    """Return the work of cells as the day's plans see it; a cell of none of them without its reports."""
    out: dict[str, float] = {}
    for one in plans:
        own = stored.cells(connection, one.id)
        at = ground.indices(own.ids)
        known = dict(zip(own.ids.tolist(), own.minutes.tolist(), strict=True))
        out |= {str(ground.codes[i]): known[int(ground.ids[i])] for i in at}
    size = dict(zip(ground.codes.tolist(), ground.areas_m2.tolist(), strict=True))
    plain = beats.settings_of(plans[0])
    for code in codes:
        if code not in out:
            sizes = np.array([size.get(code, 1e4)])
            out[code] = float(work.minutes(sizes, np.zeros(1, np.int64), plain)[0])
    return out


def usable(settings: Any, said: Mapping[str, float | None]) -> Any:
    """Return settings with what a form says; what it leaves open keeps its default.

    Raises:
        BadInput: A number can't be.
    """
    limits = {"speed_mps": (0.1, 10), "look_s": (0, 3600), "handle_s": (0, 86400), "rounds_a_day": (0.1, 100)}
    given = {name: value for name, value in said.items() if value is not None}
    for name, value in given.items():
        low, high = limits[name]
        if not low <= value <= high:
            raise BadInput(f"{name}: {value:g} is not within {low:g} to {high:g}. 数值超出范围。")
    return replace(settings, **given)
