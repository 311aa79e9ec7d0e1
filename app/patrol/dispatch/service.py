"""Suggests who could take a case (派单建议): members on shift by time of arrival, with reasons. Decides nothing.

Where somebody is stays in here: only when they would arrive is told, and by what that was worked out. Positions of who has
withdrawn consent aren't used.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from app.auth import service as auth
from app.cases import service as cases
from app.core.errors import Conflict
from app.patrol.dispatch import telling
from app.patrol.dispatch.weighing import weighed
from app.patrol.tours import service as planning
from app.patrol.tours.errors import NoPlace
from app.patrol.tours.settings import ON_FOOT, Settings
from app.teams import service as teams
from app.teams.duty import service as duty

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.cases.case import Case
    from app.patrol.tours.scene import Scene
    from app.patrol.tours.tour import Tour
    from app.teams.duty.repository import StoredDuty
    from app.teams.repository import StoredMember

MOST = 20
LONGEST_SHIFT = timedelta(hours=8)


class NothingToSuggest(Conflict):
    """Nobody is suggested for this case."""

    zh = "此案件不提供派单建议。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A member on shift.

    Attributes:
        basis: What the place was taken from: fix, tour or beat.
        suitable: Nothing stands against it.
        unvisited: Codes of cells that would stay unvisited in this shift.
    """

    member: str
    name: str
    team: str
    arrive: datetime
    minutes: float
    basis: str
    suitable: bool
    stops_left: int
    musts_left: int
    spare_minutes: float
    unvisited: tuple[str, ...]
    reasons_zh: list[str]
    reasons_en: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """Who could take a case; members by arrival."""

    case: str
    at: datetime
    walking: dict[str, Any]
    synthetic: bool
    on_shift: int
    members: list[Candidate]
    order_zh: str = telling.ORDER[0]
    order_en: str = telling.ORDER[1]


def suggest(
    connection: Connection, asking: Principal, number: str, now: datetime, settings: Settings = ON_FOOT
) -> Suggestion:
    """Return the members on shift by their arrival at a case; suitable ones first. Each look is logged.

    Raises:
        UnknownCase: There is no such case for the asker.
        NotAllowed: It takes case.dispatch where the case is.
        NothingToSuggest: It is confidential, or over.
        NoPlace: It has no place.
    """
    case = cases.case(connection, number)
    asking.requires(
        "case.dispatch", within=[one for one in (case.community, case.street, case.district) if one]
    )
    _fit(case)
    known = teams.teams(connection)
    walking = planning.walking(connection, settings)
    found: list[Candidate] = []
    synthetic = case.synthetic
    with auth.as_system(connection):
        for team in known:
            members = teams.members(connection, team.code)
            shifts = duty.on_shift(connection, [one.id for one in members], now)
            if not shifts:
                continue
            scene = planning.scene(connection, team.code, now, settings)
            synthetic = synthetic or scene.synthetic
            found += [
                _candidate(connection, scene, one, shifts[one.id], case, now)
                for one in members
                if one.id in shifts
            ]
        auth.audit(connection, asking, "suggest", "cases.cases", number, ["arrival"])
    found.sort(key=lambda one: (not one.suitable, one.arrive, one.member))
    return Suggestion(
        case=number,
        at=now,
        walking=walking.to_dict(),
        synthetic=synthetic,
        on_shift=len(found),
        members=found[:MOST],
    )


def _fit(case: Case) -> None:
    if case.confidential:
        raise NothingToSuggest(f"Case {case.number} is confidential.", remedy="Ask the mediators.")
    if case.ended_at is not None:
        raise NothingToSuggest(f"Case {case.number} is over.")
    if case.x is None or case.y is None:
        raise NoPlace(f"Case {case.number}.", remedy="Give the case a place first.")


def _candidate(  # noqa: PLR0917
    connection: Connection, scene: Scene, member: StoredMember, shift: StoredDuty, case: Case, now: datetime
) -> Candidate:
    tour: Tour | None = planning.tour_of(connection, member.code, now)
    if tour is not None and tour.start > now:
        tour = None
    cells = planning.beat(connection, scene, member.id, now)
    here, basis = planning.where_now(connection, scene, member, cells, tour, now)
    there = (float(case.x or 0.0), float(case.y or 0.0))
    seconds = float(scene.walking.seconds_between(*here, *there)[0])
    end = shift.expected_end or shift.start + LONGEST_SHIFT
    rest = [] if tour is None else [one for one in tour.stops if one.arrive > now]
    finish = (tour is not None and planning.finish_of(scene, tour)) or here
    load = weighed(
        rest,
        [planning.metres(scene, one) for one in rest],
        here,
        finish,
        there,
        scene.settings.case_s,
        now,
        end,
        scene.walking,
    )
    paused = any(start <= now and (until is None or now < until) for start, until in shift.pauses)
    arrive = now + timedelta(seconds=seconds)
    account = scene.accounts.get(member.id)
    handled = case.stage == "handled" and account is not None and case.handled_by == account
    late = arrive >= end
    zh, en = telling.reasons(
        seconds / 60.0, basis, scene.walking.how, load,
        own=case.cell_id is not None and case.cell_id in set(scene.ground.ids[cells].tolist()),
        paused=paused, late=late, handled=handled,
    )  # fmt: skip
    return Candidate(
        member=member.code,
        name=member.name,
        team=member.team,
        arrive=arrive.replace(microsecond=0),
        minutes=round(seconds / 60.0, 1),
        basis=basis,
        suitable=not (paused or late or handled),
        stops_left=load.stops,
        musts_left=load.musts,
        spare_minutes=round(max(load.spare_s, 0.0) / 60.0, 1),
        unvisited=load.unvisited,
        reasons_zh=zh,
        reasons_en=en,
    )
