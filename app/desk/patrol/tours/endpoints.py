"""Pages of a team's tours (今日路线): the day on the map with the reason of each stop, one member's anew, print."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Response

from app.auth.guards import Transaction
from app.core.errors import GridwardError
from app.desk.drawing import Look
from app.desk.guards import Form, MyLook, page, seen
from app.desk.patrol import days, pictures, service
from app.patrol.tours import service as tours
from app.patrol.tours.tour import Tour
from app.web.problems import status_of
from app.web.routers import Branch

router = Branch(prefix="/desk/patrol", include_in_schema=False)
Day = Annotated[str, Query(max_length=10)]
Member = Annotated[str, Query(max_length=80)]


@router.get("/{team}/tours")
def tours_page(
    connection: Transaction, look: MyLook, team: str, day: Day = "", member: Member = ""
) -> Response:
    """Show a team's tours of a day."""
    return _page(connection, look, team, day, member)


@router.post("/{team}/tours")
def plan(connection: Transaction, look: MyLook, team: str, sent: Form) -> Response:
    """Plan the tours of a team's day."""
    try:
        with connection.begin_nested():
            tours.must_edit(connection, look.asking, team)
            day = days.said(sent.text("day"), look.zone, look.now)
            done = tours.plan_tours(connection, team, day, zone=look.zone)
    except GridwardError as error:
        return _page(connection, look, team, sent.text("day")[:10], "", error)
    told = look.t(f"已安排 {len(done.tours)} 条路线。", f"{len(done.tours)} tours are planned.")
    told += " ".join(look.t(one.zh or one.message, f"{one.where}: {one.message}") for one in done.findings)[
        :150
    ]
    return seen(Look(path=f"/desk/patrol/{team}/tours").link(day=day, told=told))


@router.post("/{team}/tours/replan")
def replan(connection: Transaction, look: MyLook, team: str, sent: Form) -> Response:
    """Plan the rest of one member's shift anew, with an urgent case if one is named."""
    member, day = sent.text("member", longest=80), sent.text("day")[:10]
    case = sent.text("case", longest=40) or None
    try:
        with connection.begin_nested():
            if not tours.may_replan(connection, look.asking, team):
                tours.must_edit(connection, look.asking, team)
            service.must_have(connection, team, member)
            tours.must_replan(connection, look.asking, member, case)
            tours.replan(connection, member, look.now, case)
    except GridwardError as error:
        return _page(connection, look, team, day, member, error)
    told = look.t(f"{member} 的路线已从现在起重排。", f"The tour of {member} is planned anew from now.")
    return seen(Look(path=f"/desk/patrol/{team}/tours").link(day=day, member=member, told=told))


@router.get("/{team}/tours/print")
def print_tour(connection: Transaction, look: MyLook, team: str, member: Member, day: Day = "") -> Response:
    """Show one member's tour on a page to print."""
    found = service.must_see(connection, look, team)
    which = days.said(day, look.zone, look.now)
    own = [one for one in tours.tours(connection, team, which, look.zone) if one.member == member]
    if not own:
        return seen(Look(path=f"/desk/patrol/{team}/tours").link(day=which))
    route = pictures.route([(stop.x, stop.y) for stop in own[-1].stops])
    return page(look, "patrol/tour_print.html", team=found, tour=own[-1], day=which, route=route)


def _page(  # noqa: PLR0917
    connection: Transaction, look: Look, team: str, day: str, member: str, error: GridwardError | None = None
) -> Response:
    found = service.must_see(connection, look, team)
    try:
        which = days.said(day, look.zone, look.now)
    except GridwardError as trouble:
        which, error = days.said("", look.zone, look.now), error or trouble
    away = service.away_on(connection, team, which, look)  # who fell away later keeps the tour planned before
    known = [one for one in tours.tours(connection, team, which, look.zone) if one.member not in away]
    shown = [one for one in known if one.member == member] or known
    facts: dict[str, Any] = {
        "day": which,
        "today": which == look.now.astimezone(look.zone).date(),
        "member": member,
        "tours": known,
        "shown": shown,
        "scene": {
            "members": sorted({one.member for one in known}),
            "shown": [_drawn(one, look) for one in shown],
        },
        "editor": service.may_edit(connection, look, team),
        "replanner": tours.may_replan(connection, look.asking, team),
    }
    return page(
        look, "patrol/tours.html", status_of(error) if error else 200, team=found, error=error, **facts
    )


def _drawn(tour: Tour, look: Look) -> dict[str, Any]:
    """Return a tour for the map, its stops in order."""
    return {
        "member": tour.member,
        "stops": [
            {
                "x": stop.x,
                "y": stop.y,
                "kind": stop.kind,
                "code": stop.case or stop.code,
                "at": f"{stop.arrive.astimezone(look.zone):%H:%M}",
                "reason": look.t(stop.reason_zh, stop.reason_en),
            }
            for stop in tour.stops
        ],
    }
