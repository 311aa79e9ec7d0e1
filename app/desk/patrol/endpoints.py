"""Pages of the patrol desk (巡查工作台): teams, beats, mornings, coverage; what their maps ask for."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

from fastapi import Query, Response
from fastapi.responses import JSONResponse

from app.auth.guards import Transaction
from app.core.errors import BadInput, GridwardError
from app.desk.drawing import Look
from app.desk.guards import Form, MyLook, Sent, page, seen
from app.desk.patrol import days, service
from app.patrol.beats import service as beats
from app.patrol.beats.asked import Asked
from app.patrol.beats.cutting import service as cutting
from app.patrol.beats.settings import ON_FOOT
from app.patrol.coverage import service as coverage
from app.patrol.leveling import service as leveling
from app.patrol.mornings import service as mornings
from app.teams import service as teams
from app.teams.levels import service as levels
from app.teams.levels.levels import Level
from app.teams.plans import service as stored
from app.web.problems import status_of
from app.web.routers import Branch

router = Branch(prefix="/desk/patrol", include_in_schema=False)
Id = Annotated[int | None, Query(ge=1, lt=2**31)]
Day = Annotated[str, Query(max_length=10)]
SPANS = {"day": (1, "hour"), "week": (7, "day")}


@router.get("")
def teams_page(connection: Transaction, look: MyLook) -> Response:
    """Show the teams of one's ground and their day."""
    look.asking.requires("coverage.read")
    return page(look, "patrol/teams.html", rows=service.days_of(connection, look))


@router.get("/{team}/beats")
def beats_page(
    connection: Transaction, look: MyLook, team: str, plan: Id = None, against: Id = None
) -> Response:
    """Show a team's plans of beats, and one of them on the map."""
    return _beats(connection, look, team, plan, against)


@router.get("/{team}/scene")
def scene(connection: Transaction, look: MyLook, team: str, plan: Id = None) -> Response:
    """Return a plan with the outlines of its cells, for the map."""
    found = service.must_see(connection, look, team)
    return JSONResponse(service.plan_scene(connection, found, plan, look.now))


@router.post("/{team}/plans")
def make_plan(connection: Transaction, look: MyLook, team: str, sent: Form) -> Response:
    """Cut the team's ground into beats, as a draft."""
    try:
        with connection.begin_nested():
            told = cutting.plan_beats(connection, look.asking, _asked(look, team, sent))
    except GridwardError as error:
        return _beats(connection, look, team, None, None, error)
    worst = [one for one in told.findings if one.severity != "note"]
    said = look.t(f"方案 {told.plan.id} 已生成（草案）。", f"Plan {told.plan.id} is made (a draft).")
    said += (
        look.t(f"有 {len(worst)} 条提示，见下。", f" {len(worst)} things to know, below.") if worst else ""
    )
    return seen(Look(path=f"/desk/patrol/{team}/beats").link(plan=told.plan.id, told=said))


@router.post("/{team}/plans/{plan_id}/copy")
def copy_plan(connection: Transaction, look: MyLook, team: str, plan_id: int) -> Response:
    """Copy a plan as a draft to change by hand."""
    try:
        with connection.begin_nested():
            told = service.plan_of(connection, team, plan_id)
            made = service.copy(connection, look, told, look.t("修改：", "Changed: ") + told.plan.name[:80])
    except GridwardError as error:
        return _beats(connection, look, team, plan_id, None, error)
    return seen(Look(path=f"/desk/patrol/{team}/beats").link(plan=made))


@router.post("/{team}/plans/{plan_id}/publication")
def publish(connection: Transaction, look: MyLook, team: str, plan_id: int, sent: Form) -> Response:
    """Let a plan hold from a day on, or to a day."""
    try:
        with connection.begin_nested():
            service.plan_of(connection, team, plan_id)
            first = days.said(sent.text("from"), look.zone, look.now)
            last = sent.text("to")
            start, _ = days.span(first, look.zone)
            end = days.span(days.said(last, look.zone, look.now), look.zone)[1] if last else None
            version = sent.whole("version") or 0
            whole = sent.text("replace") == "yes"
            beats.publish(connection, look.asking, plan_id, version, start, end, replace_others=whole)
    except GridwardError as error:
        return _beats(connection, look, team, plan_id, None, error)
    until = look.t(f"至 {last}", f" to {last}") if last else look.t("起", " on")
    said = look.t(f"方案 {plan_id} 已发布：{first} {until}。", f"Plan {plan_id} holds from {first}{until}.")
    return seen(Look(path=f"/desk/patrol/{team}/beats").link(plan=plan_id, told=said))


@router.post("/{team}/plans/{plan_id}/withdrawal")
def withdraw(connection: Transaction, look: MyLook, team: str, plan_id: int, sent: Form) -> Response:
    """Withdraw a publication: what held before it holds again from today on."""
    try:
        with connection.begin_nested():
            service.plan_of(connection, team, plan_id)
            today, _ = days.span(days.said("", look.zone, look.now), look.zone)
            done = beats.withdraw(connection, look.asking, plan_id, sent.whole("version") or 0, today)
    except GridwardError as error:
        return _beats(connection, look, team, plan_id, None, error)
    said = look.t(
        f"方案 {plan_id} 已撤回，此前的责任区恢复执行。",
        f"Plan {plan_id} is withdrawn; what held before holds again.",
    )
    said += " ".join(look.t(one.zh, f"{one.where}: {one.message}") for one in done.findings)[:150]
    return seen(Look(path=f"/desk/patrol/{team}/beats").link(plan=plan_id, told=said))


@router.post("/{team}/levels")
def give_level(connection: Transaction, look: MyLook, team: str, sent: Form) -> Response:
    """Give cells a management level: those picked on the map, of an area, or all of the team's."""
    try:
        with connection.begin_nested():
            where = Asked(
                team=team, area=sent.text("area", longest=80) or None, cells=tuple(sent.texts("cell"))
            )
            said = sent.text("level", longest=4)
            level = None
            if said != "none":
                visits = sent.whole("visits")
                level = Level(sent.whole("level") or 0, sent.text("name", longest=60), visits or 0)
            leveling.give(connection, look.asking, where, level)
    except GridwardError as error:
        return _beats(connection, look, team, sent.whole("plan"), None, error)
    told = look.t("管理等级已更新。", "The levels are up to date.")
    return seen(Look(path=f"/desk/patrol/{team}/beats").link(plan=sent.whole("plan"), told=told))


@router.get("/{team}/changes")
def changes(
    connection: Transaction,
    look: MyLook,
    team: str,
    before: Annotated[int, Query(ge=1, lt=2**31)],
    after: Annotated[int, Query(ge=1, lt=2**31)],
) -> Response:
    """Show what changes hands between two plans."""
    found = service.must_see(connection, look, team)
    told = [service.plan_of(connection, team, one).plan for one in (before, after)]
    scene = service.plans_change(connection, team, before, after)
    return page(
        look, "patrol/changes.html", team=found, before=told[0], after=told[1], changes=[scene], error=None
    )


@router.get("/{team}/print")
def print_plan(
    connection: Transaction, look: MyLook, team: str, plan: Annotated[int, Query(ge=1, lt=2**31)]
) -> Response:
    """Show a plan on one page to print."""
    found = service.must_see(connection, look, team)
    told = service.plan_of(connection, team, plan)
    facts = {"plan": told.plan, "beats": told.to_dict()["beats"], "picture": service.picture(told)}
    return page(look, "patrol/print.html", team=found, figures=told.figures, **facts)


@router.get("/{team}/morning")
def morning_page(connection: Transaction, look: MyLook, team: str, day: Day = "") -> Response:
    """Show who is there today, and what was changed for it."""
    return _morning(connection, look, team, day)


@router.post("/{team}/morning")
def morning(connection: Transaction, look: MyLook, team: str, sent: Form) -> Response:
    """Members are away: cut anew, publish for the day, make new tours."""
    try:
        with connection.begin_nested():
            beats.must_edit(connection, look.asking, team)
            day = days.said(sent.text("day"), look.zone, look.now)
            absent = sent.texts("absent")
            if not absent:
                raise BadInput(
                    "没有勾选缺勤队员。 Nobody is ticked.", remedy="勾选缺勤的人。 Tick who is away."
                )
            done = mornings.morning(connection, look.asking, team, absent, day, look.zone)
    except GridwardError as error:
        return _morning(connection, look, team, sent.text("day")[:10], error)
    said = look.t(
        f"已为 {day} 调整：缺勤 {len(done.away)} 人，新责任区 {len(done.plans)} 组。",
        f"Changed for {day}: {len(done.away)} away, {len(done.plans)} crew(s) cut anew.",
    )
    if done.tours:
        said += look.t(f"新路线 {done.tours} 条。", f" {done.tours} new tours.")
    worst = [one for one in done.findings if one.severity != "note"]
    said += " ".join(look.t(one.zh or one.message, one.message) for one in worst)[:120]
    return seen(Look(path=f"/desk/patrol/{team}/morning").link(day=day, told=said))


@router.post("/{team}/morning/undo")
def undo(connection: Transaction, look: MyLook, team: str, sent: Form) -> Response:
    """Take a day's change back: the usual beats hold again."""
    try:
        with connection.begin_nested():
            day = days.said(sent.text("day"), look.zone, look.now)
            gone = mornings.take_back(connection, look.asking, team, day, look.zone)
    except GridwardError as error:
        return _morning(connection, look, team, sent.text("day")[:10], error)
    said = look.t(f"已撤回 {day} 的调整，恢复原责任区。", f"The change for {day} is taken back.")
    if gone.back:
        said += look.t("取消缺勤：", " No longer away: ") + " ".join(gone.back)
    return seen(Look(path=f"/desk/patrol/{team}/morning").link(day=day, told=said))


@router.get("/{team}/coverage")
def coverage_page(
    connection: Transaction,
    look: MyLook,
    team: str,
    day: Day = "",
    by: Annotated[str, Query(max_length=8)] = "day",
) -> Response:
    """Show how a team covered its ground on a day or in a week."""
    found = service.must_see(connection, look, team)
    first = days.said(day, look.zone, look.now)
    long, step = SPANS.get(by, SPANS["day"])
    if long > 1:
        first = days.monday(first)
    start, end = days.span(first, look.zone, long)
    until = min(end, max(look.now, start + timedelta(minutes=1)))
    report, error, series = None, None, []
    try:
        with connection.begin_nested():
            measured = coverage.coverage(connection, team, start, until, by=step, zone=look.zone)
            report = measured.to_dict()
            series = [(one.start, one.covered.to_dict()) for one in measured.series]
    except GridwardError as trouble:
        error = trouble
    facts: dict[str, Any] = {
        "by": by if by in SPANS else "day",
        "day": first,
        "before": first - timedelta(days=long),
        "after": first + timedelta(days=long),
        "start": start,
        "end": until,
        "report": report,
        "series": series,
        "levels": levels.levels(connection, team),
    }
    return page(look, "patrol/coverage.html", team=found, error=error, **facts)


@router.get("/{team}/cells")
def cells(
    connection: Transaction,
    look: MyLook,
    team: str,
    day: Day = "",
    by: Annotated[str, Query(max_length=8)] = "day",
) -> Response:
    """Return the state of each cell that is owed, with its outline, for the map."""
    found = service.must_see(connection, look, team)
    long, _ = SPANS.get(by, SPANS["day"])
    first = days.said(day, look.zone, look.now)
    start, end = days.span(days.monday(first) if long > 1 else first, look.zone, long)
    until = min(end, max(look.now, start + timedelta(minutes=1)))
    return JSONResponse(service.state_scene(connection, found, start, until))


def _asked(look: Look, team: str, sent: Sent) -> Asked:
    """Return the plan that a form asks for."""
    speed, look_min, handle_min = sent.number("speed_kmh"), sent.number("look_min"), sent.number("handle_min")
    settings = service.usable(
        ON_FOOT,
        {
            "speed_mps": None if speed is None else speed / 3.6,
            "look_s": None if look_min is None else look_min * 60,
            "handle_s": None if handle_min is None else handle_min * 60,
            "rounds_a_day": sent.number("rounds"),
        },
    )
    pairs = [text.split(" ", 1) for text in sent.texts("anchor") if " " in text]
    first = days.said(sent.text("from"), look.zone, look.now)
    today = look.now.astimezone(look.zone).date()
    return Asked(
        team=team,
        name=sent.text("name", longest=100),
        members=tuple(sent.texts("member")) or None,
        beats=sent.whole("beats"),
        area=sent.text("area", longest=80) or None,
        anchors=tuple((pair[0], pair[1]) for pair in pairs),
        at=look.now if first == today else days.span(first, look.zone)[0],
        little=sent.text("little") == "yes",
        settings=settings,
    )


def _beats(  # noqa: PLR0917
    connection: Transaction,
    look: Look,
    team: str,
    plan: int | None,
    against: int | None,
    error: GridwardError | None = None,
) -> Response:
    found = service.must_see(connection, look, team)
    known = stored.plans(connection, team)
    holding = service.holding(connection, team, look.now)
    chosen = plan or (holding[0][0].id if holding else known[0].id if known else None)
    told = service.plan_of(connection, team, chosen) if chosen is not None else None
    facts: dict[str, Any] = {
        "plans": known,
        "told": told,
        "beats": told.to_dict()["beats"] if told else [],
        "findings": told.findings if told else [],
        "members": teams.members(connection, team),
        "levels": levels.levels(connection, team),
        "holding": holding,
        "holds": {one.id for one, _ in holding},
        "against": against,
        "editor": service.may_edit(connection, look, team),
        "defaults": ON_FOOT,
        "tomorrow": look.now.astimezone(look.zone).date() + timedelta(days=1),
    }
    return page(
        look, "patrol/beats.html", status_of(error) if error else 200, team=found, error=error, **facts
    )


def _morning(
    connection: Transaction, look: Look, team: str, day: str, error: GridwardError | None = None
) -> Response:
    found = service.must_see(connection, look, team)
    try:
        which = days.said(day, look.zone, look.now)
    except GridwardError as trouble:
        which, error = days.said("", look.zone, look.now), error or trouble
    start, _ = days.span(which, look.zone)
    facts: dict[str, Any] = {
        "day": which,
        "members": teams.members(connection, team),
        "away": service.away_on(connection, team, which, look),
        "held": {row.member for row in stored.held(connection, team, start)},
        "changes": service.day_change(connection, look, team, which),
        "editor": service.may_edit(connection, look, team),
    }
    return page(
        look, "patrol/morning.html", status_of(error) if error else 200, team=found, error=error, **facts
    )
