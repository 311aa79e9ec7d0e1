"""Makes today for the demo's team (今日演示数据): a plan in force and a draft, shifts, tracks up to now, tours, a case.

Through the services that anybody's team is led with. A day that was made is left as it is; a later one gets its own
shifts, tours, tracks, urgent case and a few new reports. Member 01 leaves no track: that phone is for whoever opens the demo.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

import numpy as np
import shapely

from app.areas import service as areas
from app.auth import service as auth
from app.auth.principal import SYSTEM
from app.cases import repository
from app.cases import service as cases
from app.cases.opening import service as opening
from app.cases.reporting import Said
from app.demo import files, lanes, patrols
from app.demo.caseload import service as caseload
from app.demo.chaoyang import YONGANLI_EAST
from app.demo.patrols import TEAM, TEAM_NAME, Duty
from app.demo.people import service as people
from app.demo.today import crews
from app.patrol.beats import service as beats
from app.patrol.beats.asked import Asked
from app.patrol.beats.cutting import service as cutting
from app.patrol.beats.settings import ON_FOOT
from app.patrol.intake import service as intake
from app.patrol.matching.streets import Streets
from app.patrol.simulation import observe, walk
from app.patrol.tours import service as tours
from app.streets import service as ways
from app.teams import service as teams
from app.teams.plans import service as plans
from app.teams.roster import Shift

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.areas.ground import Ground
    from app.geo.crs import Metric

NAMES: Final = ("冬季责任区·甲班（示意）", "冬季责任区·乙班（示意）")
DRAFT: Final = "十二人各管一片（草案，示意）"
LEAST: Final = timedelta(minutes=15)  # of a shift, before there is a track
BEHIND: Final = timedelta(minutes=2)  # the last fix
EVERY_S: Final = 15.0  # between fixes: enough to tell cells apart, a third of the work
URGENT: Final = "event:0102"
QUICKLY: Final = replace(ON_FOOT, starts=1)
"""Some thirty cells need no more tries, and whoever opens the demo is waiting."""
DETOUR: Final = 1.3  # along lanes, of the straight way: walkers are the slower by it


def settle(  # noqa: PLR0917
    connection: Connection, now: datetime, zone: ZoneInfo, metric: Metric, seed: int, streets: Sequence[str]
) -> dict[str, int] | None:
    """Make what is missing of today; the service role's transaction, as the system.

    Args:
        connection: With ground, day, places and people stored.
        now: What has happened lies before it.
        zone: The city's.
        metric: The CRS of the ground.
        seed: Of the tracks.
        streets: What the demo was made of; none for all.

    Returns:
        plans, shifts, fixes, tours, cases (an urgent one, and a few on a later day); None where today was there.
    """
    midnight = datetime.combine(now.astimezone(zone).date(), time(), zone)
    members = {one.id: one.code for one in teams.members(connection, TEAM)}
    led = people.LEADER in {one.name for one in auth.accounts(connection)}
    if not led:
        people.settle(connection, streets)
    made = 0 if beats.plans(connection, TEAM) else _plans(connection, midnight)
    if repository.case_of_source(connection, caseload.SYSTEM, _urgent_id(midnight)) is not None:
        return None if led and not made else {"plans": made}
    shifts = _shifts(connection, now, zone)
    fresh = caseload.renew(connection, areas.edition_at(connection, now).id, seed, now, metric)
    on_duty = [
        Shift(member=members[one.member_id], start=one.start, end=one.end)
        for one in teams.shifts(connection, list(members), midnight, midnight + timedelta(days=1))
        if one.start >= midnight and not one.from_track
    ]
    fixes = _tracks(connection, on_duty, now, metric, seed)
    planned = tours.plan_tours(connection, TEAM, midnight.date(), zone=zone)
    return {
        "plans": made, "shifts": len(shifts), "fixes": fixes, "tours": len(planned.tours),
        "cases": fresh + _urgent(connection, now, midnight, metric),
    }  # fmt: skip


def _plans(connection: Connection, midnight: datetime) -> int:
    """Plan both crews' beats and let them hold from today; leave a draft beside them to compare."""
    for crew, name in zip(crews.CREWS, NAMES, strict=True):
        asked = Asked(team=TEAM, name=name, members=crew, at=midnight, settings=QUICKLY)
        told = cutting.plan_beats(connection, SYSTEM, asked)
        beats.publish(connection, SYSTEM, told.plan.id, told.plan.version, midnight)
    cutting.plan_beats(connection, SYSTEM, Asked(team=TEAM, name=DRAFT, at=midnight, settings=QUICKLY))
    return 3


def _shifts(connection: Connection, now: datetime, zone: ZoneInfo) -> list[Shift]:
    """Put both crews on duty today and tomorrow, except where somebody is already, or on leave; return what is new."""
    known = teams.shifts(
        connection, [one.id for one in teams.members(connection, TEAM)], now - timedelta(days=2), now + timedelta(days=3)
    )  # fmt: skip
    code = {one.id: one.code for one in teams.members(connection, TEAM)}
    taken = [(code[one.member_id], one.start, one.end) for one in known]
    wanted = [
        Shift(member=member, start=start, end=end)
        for day in (crews.duties(now, zone), crews.tomorrow(now, zone))
        for crew, (start, end) in zip(crews.CREWS, day, strict=True)
        for member in crew
        if not any(who == member and start < until and since < end for who, since, until in taken)
    ]
    teams.form_team(connection, TEAM, TEAM_NAME, shifts=wanted, area_code=YONGANLI_EAST, synthetic=True)
    return wanted


def _tracks(connection: Connection, shifts: Sequence[Shift], now: datetime, metric: Metric, seed: int) -> int:
    """Walk the beats up to now, along the demo's lanes, all but the first member's; return how many fixes that makes."""
    ground = areas.ground(connection, areas.edition_at(connection, now).id)
    held = {row.member: row.cells for row in plans.held(connection, TEAM, now)}
    passed_over = _passed_over(ground)
    network = ways.network(connection) if ways.synthetic(connection) else None
    along = None if network is None else Streets.of(network.geometry)
    walked = []
    for number, shift in enumerate(shifts):
        until = min(shift.end - timedelta(seconds=1), now - BEHIND)
        if shift.member == people.MEMBER or shift.member not in held or until - shift.start < LEAST:
            continue
        rng = np.random.default_rng((seed, shift.start.toordinal(), number, 4))
        at = np.flatnonzero(np.isin(ground.codes, held[shift.member]))
        on_the_way = at[~passed_over[at]] if not passed_over[at].all() else at
        path = walk(
            ground.polygons[on_the_way], rng, start=shift.start.timestamp(), pause=patrols.STOP_S,
            speed=patrols.SPEED / (1.0 if along is None else DETOUR), duration=(until - shift.start).total_seconds(),
        )  # fmt: skip
        path = path if along is None else lanes.kept_to(path, along)
        seen = observe(path, rng, noise="correlated", every=EVERY_S, gaps=patrols.GAPS, gap=patrols.GAP_S)
        walked.append(Duty(shift.member, "", at.astype(np.int64), shift.start, shift.end, seen))
    if not walked:
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path_ = files.write_fixes(Path(folder) / "fixes.csv", walked, metric)
        return int(intake.load_fixes(connection, path_, team=TEAM).stored)


def _passed_over(ground: Ground) -> NDArray[np.bool_]:
    """Return which cells nobody goes to."""
    mine = np.flatnonzero(ground.parent_codes == YONGANLI_EAST)
    found = np.zeros(len(ground.codes), bool)
    found[mine] = patrols.outermost(ground.polygons[mine])
    return found


def _urgent(connection: Connection, now: datetime, midnight: datetime, metric: Metric) -> int:
    """Report the day's urgent case, in the first member's beat."""
    ground = areas.ground(connection, areas.edition_at(connection, now).id)
    held = {row.member: row.cells for row in plans.held(connection, TEAM, now)}
    x, y = _place(ground, held[people.MEMBER])
    lon, lat = metric.to_lonlat(np.array([x]), np.array([y]))
    dispatcher = auth.account_named(connection, caseload.STAFF["dispatcher"])
    said = Said(
        category=URGENT, x=float(lon[0]), y=float(lat[0]), source="staff", reported_at=now - timedelta(minutes=10),
        system=caseload.SYSTEM, source_id=_urgent_id(midnight), description="大风吹倒垃圾桶，垃圾散落路面，请尽快清理（示意）",
        address="永安里东社区（示意）", accuracy_m=8.0, urgent=True, synthetic=True,
    )  # fmt: skip
    opened = opening.report(
        connection, auth.principal_of(connection, dispatcher.id), said, now - timedelta(minutes=10)
    )
    return int(opened.new and not cases.case(connection, opened.number).ended)


def _urgent_id(midnight: datetime) -> str:
    """Return what the urgent case of a day is known by; where there is one, the day has been made."""
    return f"urgent-{midnight:%Y%m%d}"


def _place(ground: Ground, codes: Sequence[str]) -> NDArray[np.float64]:
    """Return a place in the last of some cells, metres."""
    cell = ground.polygons[np.flatnonzero(np.isin(ground.codes, codes))[-1]]
    place: NDArray[np.float64] = shapely.get_coordinates(shapely.point_on_surface(cell))[0]
    return place
