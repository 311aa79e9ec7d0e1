"""Plans tours (巡查路线): each member's order of stops within the shift, and one member's anew when something comes in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
import shapely

from app.areas import service as areas
from app.auth import service as auth
from app.cases import service as cases
from app.geo.crs import Metric
from app.incidents import service as incidents
from app.patrol import walking as ways
from app.patrol.coverage import repository as visits
from app.patrol.coverage.repository import Window
from app.patrol.rules import ON_FOOT as BY_FOOT
from app.patrol.tours import repository, telling
from app.patrol.tours.attending import present
from app.patrol.tours.day import Day, Site, worked_out
from app.patrol.tours.errors import CaseOver, NoBeat, NoPlace, NotOnShift, NoTour, PostOutside
from app.patrol.tours.scene import Scene, sites
from app.patrol.tours.settings import ON_FOOT, Settings
from app.patrol.tours.tour import BREAK, CASE, Planned, Tour
from app.streets import service as streets
from app.teams import service as teams
from app.teams.duty import service as duty
from app.teams.levels import service as levels
from app.teams.plans import service as plans

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.cases.case import Case
    from app.patrol.tours.day import Point
    from app.patrol.tours.tour import Stop
    from app.patrol.walking import Walking
    from app.teams.plans.plan import Absence
    from app.teams.repository import StoredMember, StoredShift

CITY = ZoneInfo("Asia/Shanghai")
A_DAY = timedelta(days=1)
AHEAD = timedelta(days=31)
MOMENT = timedelta(seconds=1)
POST_AWAY_M = 20_000.0
ABOUT_M = 200.0
"""A position is used no finer than the square of this side that it lies in: whoever asks for arrivals at one place after
another, or has a tour made anew for each, would otherwise find where somebody stands to the metre."""


def walking(connection: Connection, settings: Settings = ON_FOOT) -> Walking:
    """Return how members walk: over the streets that are loaded, else straight with a detour."""
    network = streets.network(connection)
    if network is None:
        return ways.straight(settings.detour, settings.speed_mps)
    return ways.over(network, settings.speed_mps)


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


def may_replan(connection: Connection, asking: Principal, team: str) -> bool:
    """Tell whether one may put an urgent case into a tour of the team's: who plans it, and who dispatches on its ground."""
    ground = ground_of(connection, team)
    return asking.may("patrol.edit", within=ground) or asking.may("tours.replan", within=ground)


def must_replan(
    connection: Connection, asking: Principal, member: str, urgent_case: str | None = None
) -> None:
    """Refuse who may not plan for a member: that is who may for the team, the member, and for a case who dispatches it.

    Raises:
        UnknownMember: There is none for the asker.
        UnknownCase: There is no such case for the asker.
        NotAllowed: It takes patrol.edit on the team's ground; or tours.replan there and case.dispatch where the case is; or
            to be the member (with a token: made for coverage.read).
    """
    asking.requires_scope("coverage.read")
    found = next((one for one in teams.members(connection) if one.code == member), None)
    if found is None:
        asking.requires("coverage.read")
        raise duty.UnknownMember(f"{member}.")
    ground = ground_of(connection, found.team)
    if member in teams.mine(connection) or asking.may("patrol.edit", within=ground):
        return
    if urgent_case is None:
        asking.requires("patrol.edit", within=ground)
        return
    asking.requires("tours.replan", within=ground)
    case = cases.case(connection, urgent_case)
    asking.requires("case.dispatch", within=[case.community, case.street, case.district])


def plan_tours(
    connection: Connection,
    team: str,
    day: date,
    members: Sequence[str] | None = None,
    why: str = "planned",
    *,
    zone: ZoneInfo = CITY,
    post: Point | None = None,
    settings: Settings = ON_FOOT,
) -> Planned:
    """Plan the tours of a team's shifts of a day, and store them in place of those before. The caller has judged.

    Who is away for part of a shift has a tour for the rest of it; who is away for all of it loses the one they had.

    Args:
        connection: A transaction of whoever asks.
        team: Its code.
        day: The local day that shifts begin in.
        members: Codes; default: everybody who has a shift.
        why: planned, absence or asked.
        zone: The city's.
        post: WGS-84 longitude and latitude of the team's post, where tours begin and end; default: the beat's middle.
        settings: See there.

    Raises:
        UnknownTeam, UnknownMembers: There are none such.
        NoEdition: No edition holds that day.
        PostOutside: The post is nowhere near.
    """
    begin = datetime.combine(day, time(), zone)
    end = datetime.combine(day + A_DAY, time(), zone)
    teams.team(connection, team)
    if members is not None:
        teams.must_know(connection, team, list(members))
    with auth.as_system(connection):
        everybody = teams.members(connection, team)
        wanted = [one for one in everybody if members is None or one.code in set(members)]
        shifts = teams.shifts(connection, [one.id for one in wanted], begin, end)
        shifts = [one for one in shifts if begin <= one.start < end]
        absent = _absences(connection, team, begin, max((one.end for one in shifts), default=end))
        repository.end(connection, [one.id for one in wanted if one.code in absent], begin, end)
        named = {one.id: one for one in wanted}
        there: list[StoredShift] = []
        findings = [
            telling.no_shift(one.code, str(day))
            for one in wanted
            if one.id not in {shift.member_id for shift in shifts} and one.code not in absent
        ]
        for shift in shifts:
            code = named[shift.member_id].code
            spans = present(shift.start, shift.end, absent.get(code, []))
            if spans != [(shift.start, shift.end)]:
                findings.append(telling.away(code, spans, zone))
            there += [replace(shift, start=one, end=other) for one, other in spans]
        planned: list[Tour] = []
        for start in sorted({one.start for one in there}):
            due = [one for one in there if one.start == start]
            scene = _scene(connection, team, start, start, max(one.end for one in due), settings)
            place = _post(scene, post)
            for shift in due:
                member = named[shift.member_id]
                cells = beat(connection, scene, member.id, start)
                if not len(cells):
                    findings.append(telling.no_beat(member.code))
                    continue
                tour = _planned(connection, scene, member, shift, cells, place, why)
                planned.append(tour)
                findings += telling.left_out(member.code, tour.figures["left"])
    return Planned(tours=sorted(planned, key=lambda one: (one.member, one.start)), findings=findings)


def _absences(connection: Connection, team: str, start: datetime, end: datetime) -> dict[str, list[Absence]]:
    """Return the absences of a team's members that touch a time, by member."""
    found: dict[str, list[Absence]] = {}
    for one in plans.absences(connection, team, start, end):
        found.setdefault(one.member, []).append(one)
    return found


def end_tours(
    connection: Connection, team: str, day: date, members: Sequence[str], *, zone: ZoneInfo = CITY
) -> None:
    """End the tours of members who are away on a day: they have none then. The caller has judged."""
    begin, end = datetime.combine(day, time(), zone), datetime.combine(day + A_DAY, time(), zone)
    with auth.as_system(connection):
        away = [one.id for one in teams.members(connection, team) if one.code in set(members)]
        repository.end(connection, away, begin, end)


def replan(
    connection: Connection,
    member: str,
    now: datetime,
    urgent_case: str | None = None,
    *,
    settings: Settings = ON_FOOT,
) -> Tour:
    """Plan the rest of a member's shift anew, an urgent case first; the caller has judged.

    The stops of the tour before that aren't on the new one are in its figures as `dropped`; musts that no longer fit as
    `left`, for neighbours to take.

    Raises:
        UnknownMember: There is none.
        NotOnShift: The member is on no shift now.
        NoBeat: The member has no ground.
        UnknownCase: There is no such case for the asker.
        NoPlace: The case has none.
        CaseOver: There is nothing to go there for.
    """
    case = None if urgent_case is None else cases.case(connection, urgent_case)
    if case is not None and case.ended_at is not None:
        raise CaseOver(f"Case {urgent_case}.")
    if case is not None and (case.x is None or case.y is None or case.confidential):
        raise NoPlace(f"Case {urgent_case}.", remedy="Give the case a place first.")
    found = next((one for one in teams.members(connection) if one.code == member), None)
    if found is None:
        raise duty.UnknownMember(f"{member}.")
    with auth.as_system(connection):
        shift = _without_absences(connection, found, _shift(connection, found, now), now)
        scene = _scene(connection, found.team, shift.start, now, shift.end, settings)
        cells = beat(connection, scene, found.id, now)
        if not len(cells) and case is None:
            raise NoBeat(f"{member}.", remedy="Plan beats: gridward patrol beats --team TEAM")
        old = next(iter(repository.tours(connection, [found.id], now, now + MOMENT)), None)
        return _replanned(connection, scene, found, shift, cells, old, now, case)


def tour_of(connection: Connection, member: str, now: datetime) -> Tour | None:
    """Return a member's tour of the shift that goes on now, else of the next one, as far as the asker may see it."""
    found = next((one for one in teams.members(connection) if one.code == member), None)
    if found is None:
        return None
    return next(iter(repository.tours(connection, [found.id], now, now + AHEAD)), None)


def my_tour(connection: Connection, asking: Principal, now: datetime) -> Tour:
    """Return the asker's own tour.

    Raises:
        NotAllowed: A machine's token asks that was made for something else.
        NotAMember: The asker walks as nobody.
        NoTour: There is none now, nor for a shift to come.
    """
    asking.requires_scope("coverage.read")
    tour = tour_of(connection, duty.walker(connection, asking.account_id).code, now)
    if tour is None:
        raise NoTour(remedy="Tours are planned by the supervisor for shifts of the roster.")
    return tour


def tours(connection: Connection, team: str, day: date, zone: ZoneInfo = CITY) -> list[Tour]:
    """Return a team's tours of a day, by member's code.

    Raises:
        UnknownTeam: There is no such team for the asker.
    """
    teams.team(connection, team)
    begin = datetime.combine(day, time(), zone)
    ids = [one.id for one in teams.members(connection, team)]
    found = repository.tours(connection, ids, begin, datetime.combine(day + A_DAY, time(), zone))
    return [one for one in found if one.start >= begin or one.why in ("urgent", "asked")]


def _shift(connection: Connection, member: StoredMember, now: datetime) -> StoredShift:
    for shift in teams.shifts(connection, [member.id], now, now):
        if shift.start <= now < shift.end:
            return shift
    raise NotOnShift(f"{member.code}.", remedy="Start the shift first, or enter it in the roster.")


def _without_absences(
    connection: Connection, member: StoredMember, shift: StoredShift, now: datetime
) -> StoredShift:
    """Return the shift up to when its member leaves; who is on duty in spite of an absence has all of it."""
    absent = _absences(connection, member.team, shift.start, shift.end).get(member.code, [])
    for start, end in present(shift.start, shift.end, absent):
        if start <= now < end:
            return replace(shift, start=start, end=end)
    return shift


def _scene(  # noqa: PLR0917
    connection: Connection, team: str, shift_start: datetime, now: datetime, end: datetime, settings: Settings
) -> Scene:
    """Return what a team's tours are made of; asked as the system."""
    found = teams.team(connection, team)
    members = teams.members(connection, team)
    edition = areas.edition_at(connection, now)
    ground = areas.ground(connection, edition.id)
    ids = [one.id for one in members]
    held = teams.beat_cells(connection, ids, now, now + MOMENT)
    own = sorted(set().union(*held.values())) if held else []
    past = Window(ids, edition.id, [min(shift_start, now - MOMENT)], [now])
    _, last = visits.last_visits(connection, past, BY_FOOT.enough_s, len(ground), own)
    cell, began, _ = visits.visits(connection, past, BY_FOOT.enough_s)
    seen = np.bincount(cell[began >= 0], minlength=len(ground))
    middles = np.full((len(ground), 2), np.nan)
    at = ground.indices(own)
    middles[at] = shapely.get_coordinates(shapely.point_on_surface(ground.polygons[at]))
    network = walking(connection, settings)
    return Scene(
        team=found,
        members=members,
        accounts=_accounts(connection, ids),
        edition=edition,
        ground=ground,
        metric=Metric(areas.metric_srid(connection)),
        walking=network,
        settings=settings,
        x=middles[:, 0],
        y=middles[:, 1],
        reports=incidents.counts_per_cell(
            connection, edition.id, now - timedelta(days=settings.demand_days), now
        ),
        since_s=(now - past.starts[0]).total_seconds() - last,
        seen=seen,
        levels={one.cell - 1: one for one in levels.cell_levels(connection, found.id, edition.id)},
        cases=repository.open_cases(connection, own, end),
        synthetic=found.synthetic or edition.synthetic or streets.synthetic(connection),
    )


def _accounts(connection: Connection, ids: Sequence[int]) -> dict[int, int | None]:
    return {one: duty.walker_of(connection, one).account_id for one in ids}


def scene(connection: Connection, team: str, now: datetime, settings: Settings = ON_FOOT) -> Scene:
    """Return a team's ground and state now; to be asked as the system."""
    return _scene(connection, team, now, now, now, settings)


def beat(connection: Connection, scene: Scene, member_id: int, at: datetime) -> NDArray[np.int32]:
    """Return the positions of a member's cells at a time."""
    held = teams.beat_cells(connection, [member_id], at, at + MOMENT)
    return scene.ground.indices(held.get(member_id, []))


def _post(scene: Scene, post: Point | None) -> Point | None:
    """Return the post in metres.

    Raises:
        PostOutside: It is nowhere near the ground.
    """
    if post is None:
        return None
    x, y = (float(one) for one in scene.metric.from_lonlat(*post))
    west, south, east, north = shapely.total_bounds(scene.ground.polygons)
    near = west - POST_AWAY_M <= x <= east + POST_AWAY_M and south - POST_AWAY_M <= y <= north + POST_AWAY_M
    if not near:
        raise PostOutside(
            f"{post[0]:.5f}, {post[1]:.5f}.", remedy="Give longitude first, then latitude (WGS-84)."
        )
    return x, y


def _planned(  # noqa: PLR0917
    connection: Connection,
    scene: Scene,
    member: StoredMember,
    shift: StoredShift,
    cells: NDArray[np.int32],
    post: Point | None,
    why: str,
) -> Tour:
    """Plan and store one member's tour of a whole shift."""
    middle = _middle(scene, cells)
    length = shift.end - shift.start
    rest = scene.settings.break_s > 0 and length >= timedelta(hours=scene.settings.break_from_h)
    day = Day(
        sites=sites(scene, member.id, cells, shift.end),
        begin=shift.start,
        end=shift.end,
        start=post or middle,
        finish=post or middle,
        walking=scene.walking,
        settings=scene.settings,
        break_at=shift.start + length / 2 if rest else None,
    )
    return _stored(connection, scene, member, day, why, {"ends": "post" if post else "beat"})


def _replanned(  # noqa: PLR0917
    connection: Connection,
    scene: Scene,
    member: StoredMember,
    shift: StoredShift,
    cells: NDArray[np.int32],
    old: Tour | None,
    now: datetime,
    case: Case | None,
) -> Tour:
    """Plan and store the rest of one member's shift."""
    remaining = [] if old is None else [one for one in old.stops if one.arrive > now]
    done = {one.cell_id for one in old.stops if one.arrive <= now} if old else set()
    seen = np.isin(scene.ground.ids[cells], [one for one in done if one is not None])
    fresh = cells[~seen | (scene.since_s[cells] > (now - shift.start).total_seconds())]
    start, basis = where_now(connection, scene, member, cells, old, now)
    first = None if case is None else _urgent(scene, case)
    todo = [
        one for one in sites(scene, member.id, fresh, shift.end) if case is None or one.case != case.number
    ]
    rest = next((one.arrive for one in remaining if one.kind == BREAK), None)
    finish = finish_of(scene, old) or (_middle(scene, cells) if len(cells) else start)
    day = Day(
        sites=todo,
        begin=now,
        end=shift.end,
        start=start,
        finish=finish,
        walking=scene.walking,
        settings=scene.settings,
        break_at=rest,
        first=first,
    )
    told = {"from": basis, "ends": old.settings.get("ends", "beat") if old else "beat"}
    if old is not None and "finish" in old.settings:
        told["finish"] = old.settings["finish"]
    return _stored(connection, scene, member, day, "urgent" if case else "asked", told, remaining)


def where_now(  # noqa: PLR0917
    connection: Connection,
    scene: Scene,
    member: StoredMember,
    cells: NDArray[np.int32],
    tour: Tour | None,
    now: datetime,
) -> tuple[Point, str]:
    """Return where a member is about, in metres, and by what: fix, tour or beat. As the system; tell nobody where."""
    seen = repository.positions(connection, [member.id], now, scene.settings.fix_minutes)
    if member.id in seen:
        return about(*seen[member.id]), "fix"
    passed = [one for one in tour.stops if one.arrive <= now] if tour is not None else []
    if passed:
        return metres(scene, passed[-1]), "tour"
    return _middle(scene, cells), "beat"


def about(x: float, y: float) -> Point:
    """Return the middle of the square of `ABOUT_M` that a position lies in."""
    return (x // ABOUT_M + 0.5) * ABOUT_M, (y // ABOUT_M + 0.5) * ABOUT_M


def metres(scene: Scene, stop: Stop) -> Point:
    """Return where a stop is, in metres."""
    x, y = scene.metric.from_lonlat(stop.x, stop.y)
    return float(x), float(y)


def finish_of(scene: Scene, old: Tour | None) -> Point | None:
    """Return where a tour ends, in metres, if that is known."""
    if old is None or "finish" not in old.settings:
        return None
    x, y = scene.metric.from_lonlat(*old.settings["finish"])
    return float(x), float(y)


def _middle(scene: Scene, cells: NDArray[np.int32]) -> Point:
    if not len(cells):
        west, south, east, north = shapely.total_bounds(scene.ground.polygons)
        return float(west + east) / 2, float(south + north) / 2
    return float(scene.x[cells].mean()), float(scene.y[cells].mean())


def _urgent(scene: Scene, case: Case) -> Site:
    found = scene.ground.indices([case.cell_id] if case.cell_id is not None else [])
    cell = int(found[0]) if len(found) else None
    return Site(
        cell_id=case.cell_id if cell is not None else None,
        number=None if cell is None else cell + 1,
        code="" if cell is None else str(scene.ground.codes[cell]),
        x=float(case.x or 0.0),
        y=float(case.y or 0.0),
        kind=CASE,
        stay_s=scene.settings.case_s,
        prize=0.0,
        must=True,
        reason=telling.of_urgent(case.number),
        case=case.number,
    )


def _stored(  # noqa: PLR0917
    connection: Connection,
    scene: Scene,
    member: StoredMember,
    day: Day,
    why: str,
    told: dict[str, object],
    before: Sequence[Stop] = (),
) -> Tour:
    done = worked_out(day, scene.metric)
    lon, lat = scene.metric.to_lonlat(*day.finish)
    kept = {(one.code, one.case) for one in done.stops}
    dropped = [
        {"code": one.code, "kind": one.kind, "reason_zh": one.reason_zh, "reason_en": one.reason_en}
        for one in before
        if one.kind != BREAK and (one.code, one.case) not in kept
    ]  # fmt: skip
    tour = Tour(
        id=0,
        member=member.code,
        team=member.team,
        synthetic=scene.synthetic,
        edition=scene.edition.name,
        start=day.begin,
        end=day.end,
        why=why,
        made_at=datetime.now(UTC),
        settings=scene.settings.to_dict()
        | {"walking": scene.walking.to_dict(), "finish": [round(float(lon), 6), round(float(lat), 6)]}
        | told,
        stops=done.stops,
        figures=done.figures | ({"dropped": dropped} if before else {}),
    )
    return repository.put(connection, member.id, scene.edition.id, tour)
