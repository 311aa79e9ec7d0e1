"""`gridward patrol beats|plans|morning`: beats planned, compared, published; a morning with members away."""

from __future__ import annotations

from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from app.cli.common import AsJson, err, out, print_json, service, settings, show
from app.core.errors import BadInput

if TYPE_CHECKING:
    from app.patrol.beats.asked import Told
    from app.patrol.beats.holding import Difference

plans_app = typer.Typer(no_args_is_help=True, help="Plans of beats (责任区方案): drafts and publications.")
Team = Annotated[str, typer.Option(help="Code of the team.")]
PlanId = Annotated[int, typer.Argument(help="Number of the plan.")]
From = Annotated[str, typer.Option("--from", help="2026-12-01, or 2026-12-01T07:00[+08:00].")]
To = Annotated[
    str | None,
    typer.Option("--to", help="Not included; then the beats before hold again. Default: without end."),
]
Replace = Annotated[bool, typer.Option("--replace", help="End publications that lie within this time.")]


def beats(
    *,
    team: Team,
    beats: Annotated[int | None, typer.Option(min=1, help="How many; default: one a member.")] = None,
    area: Annotated[str | None, typer.Option(help="Community, street, zone or drawn patch.")] = None,
    patch: Annotated[
        Path | None, typer.Option(help="GeoJSON polygons, or codes of cells, one a line.")
    ] = None,
    member: Annotated[
        list[str] | None, typer.Option(help="Who is to have a beat; repeat it. Default: all.")
    ] = None,
    anchor: Annotated[
        list[str] | None, typer.Option(help="MEMBER=CELL: a cell that stays with a member; repeat it.")
    ] = None,
    name: Annotated[str, typer.Option(help="What the plan is called.")] = "",
    little: Annotated[
        bool, typer.Option("--little", help="As little change as possible from what is held.")
    ] = False,
    seed: Annotated[int, typer.Option(help="The same seed gives the same plan.")] = 1,
    edition: Annotated[
        str | None, typer.Option(help="Edition to plan on; default: the one that holds.")
    ] = None,
    publish_from: Annotated[
        str | None, typer.Option(help="Publish at once, from this date on; else it is a draft.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Cut a ground into beats (责任区): contiguous, compact, even in minutes of work."""
    from dataclasses import replace

    from app.areas import service as areas
    from app.auth.principal import SYSTEM
    from app.geo.crs import Metric
    from app.patrol.beats import service as planned
    from app.patrol.beats.asked import Asked
    from app.patrol.beats.cutting import service as cutting
    from app.patrol.beats.patchfile import read_patch
    from app.patrol.beats.settings import ON_FOOT

    start = _moment(publish_from) if publish_from else None
    with service() as connection:
        shape, cells = (
            read_patch(patch, Metric(areas.metric_srid(connection))) if patch is not None else (None, ())
        )
        asked = Asked(
            team=team, name=name, members=tuple(member) if member else None, beats=beats, area=area, shape=shape,
            cells=cells, anchors=tuple(_anchor(one) for one in anchor or ()), edition=edition, at=start, little=little,
            settings=replace(ON_FOOT, seed=seed),
        )  # fmt: skip
        told = cutting.plan_beats(connection, SYSTEM, asked)
        if start is not None:
            done = planned.publish(connection, SYSTEM, told.plan.id, told.plan.version, start)
            told = replace(
                done, findings=[*told.findings, *done.findings[len(told.findings) :]], change=told.change
            )
    _tell(told, as_json=as_json)


def morning(
    *,
    team: Team,
    away: Annotated[list[str] | None, typer.Option(help="Code of a member who is away; repeat it.")] = None,
    day: Annotated[str | None, typer.Option(help="2026-11-24; default: today.")] = None,
    take_back: Annotated[
        bool, typer.Option("--take-back", help="Withdraw the day's change: the usual beats hold again.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Members are away: store it, hand their ground over to the others for the day, make new tours."""
    from app.auth.principal import SYSTEM
    from app.patrol.mornings import service as mornings

    zone = ZoneInfo(settings().timezone)
    when = _moment(day).date() if day else datetime.now(zone).date()
    with service() as connection:
        if take_back:
            gone = mornings.take_back(connection, SYSTEM, team, when, zone)
            if as_json:
                print_json(gone.to_dict())
                return
            out.print(
                f"{team} {when}: taken back; no longer away: {', '.join(gone.back) or 'nobody'}; tours: {gone.tours}",
                markup=False,
            )
            show(gone.findings, err)
            return
        done = mornings.morning(connection, SYSTEM, team, away or [], when, zone)
    if as_json:
        print_json(done.to_dict())
        return
    out.print(f"{team} {when}: away {', '.join(done.away) or 'nobody'}; tours: {done.tours}", markup=False)
    for told in done.plans:
        _tell(told, as_json=False)
    show(done.findings, err)


@plans_app.command("list")
def list_plans(*, team: Team, as_json: AsJson = False) -> None:
    """List a team's plans, the newest first."""
    from dataclasses import asdict

    from app.patrol.beats import service as planned
    from app.teams import service as teams

    with service() as connection:
        teams.team(connection, team)
        found = planned.plans(connection, team)
    if as_json:
        print_json([asdict(one) for one in found])
        return
    zone = ZoneInfo(settings().timezone)
    for one in found:
        since = "" if one.start is None else f" from {one.start.astimezone(zone):%Y-%m-%d %H:%M}"
        until = "" if one.end is None else f" to {one.end.astimezone(zone):%Y-%m-%d %H:%M}"
        out.print(
            f"{one.id}  {one.state}{since}{until}  {one.name}  {one.figures['beats']} beats, "
            f"balance {one.figures['balance']}",
            markup=False,
        )


@plans_app.command("show")
def show_plan(plan: PlanId, *, as_json: AsJson = False) -> None:
    """Show a plan: its beats by number, and what keeps it from being published."""
    from app.patrol.beats import service as planned

    with service() as connection:
        told = planned.plan(connection, plan)
    _tell(told, as_json=as_json)


@plans_app.command("compare")
def compare(
    plan: PlanId,
    with_: Annotated[int, typer.Argument(metavar="WITH", help="The plan that it would take the place of.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Tell what a plan would change against another one, by member."""
    from app.patrol.beats import service as planned

    with service() as connection:
        found = planned.compare(connection, with_, plan)
    if as_json:
        print_json(found.to_dict())
    else:
        _tell_change(found)


@plans_app.command("move")
def move(
    plan: PlanId,
    cells: Annotated[list[str], typer.Argument(help="CELL=BEAT, as in 110105001022001=3.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Move cells of a draft to other beats; a beat that breaks is flagged, and isn't published."""
    from app.auth.principal import SYSTEM
    from app.patrol.beats import service as planned

    moves = [(cell, _number(beat)) for cell, beat in (_pair(one, "CELL=BEAT") for one in cells)]
    with service() as connection:
        version = planned.plan(connection, plan).plan.version
        told = planned.edit(connection, SYSTEM, plan, version, moves)
    _tell(told, as_json=as_json)


@plans_app.command("withdraw")
def withdraw(plan: PlanId, *, as_json: AsJson = False) -> None:
    """Withdraw a publication (撤回): what held before it holds again from today on."""
    from app.auth.principal import SYSTEM
    from app.patrol.beats import service as planned

    zone = ZoneInfo(settings().timezone)
    today = datetime.combine(datetime.now(zone).date(), time(), zone)
    with service() as connection:
        version = planned.plan(connection, plan).plan.version
        told = planned.withdraw(connection, SYSTEM, plan, version, today)
    _tell(told, as_json=as_json)


@plans_app.command("publish")
def publish(
    plan: PlanId, *, from_: From, to: To = None, replace: Replace = False, as_json: AsJson = False
) -> None:
    """Let a draft hold from a date on, or for a time only."""
    from app.auth.principal import SYSTEM
    from app.patrol.beats import service as planned

    end = _moment(to) if to else None
    with service() as connection:
        version = planned.plan(connection, plan).plan.version
        told = planned.publish(connection, SYSTEM, plan, version, _moment(from_), end, replace_others=replace)
    _tell(told, as_json=as_json)


def _moment(said: str) -> datetime:
    zone = ZoneInfo(settings().timezone)
    try:
        moment = (
            datetime.combine(date.fromisoformat(said), time())
            if len(said) == 10
            else datetime.fromisoformat(said)
        )
    except ValueError:
        raise BadInput(
            f"{said!r} is no time.", remedy="Write it as 2026-12-01 or 2026-12-01T07:00."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)


def _pair(said: str, form: str) -> tuple[str, str]:
    left, sign, right = said.partition("=")
    if not (sign and left and right):
        raise BadInput(f"{said!r} isn't {form}.", remedy=f"Write it as {form}.")
    return left, right


def _anchor(said: str) -> tuple[str, str]:
    return _pair(said, "MEMBER=CELL")


def _number(said: str) -> int:
    if not said.isdecimal():
        raise BadInput(f"{said!r} is no number of a beat.", remedy="See: gridward patrol plans show PLAN.")
    return int(said)


def _tell(told: Told, *, as_json: bool) -> None:
    if as_json:
        print_json(told.to_dict())
        return
    plan, figures = told.plan, told.figures
    synthetic = "  synthetic 示意" if plan.synthetic else ""
    out.print(f"Plan {plan.id} ({plan.state}) {plan.name}, edition {plan.edition}{synthetic}", markup=False)
    out.print(
        f"{len(told.beats)} beats of {len(told.labels)} cells, {figures.minutes.sum():.0f} minutes a round; "
        f"balance {figures.balance:.3f} (floor {figures.floor:.3f}), compactness {figures.to_dict()['compactness']}"
    )
    for beat, line in zip(told.beats, told.to_dict()["beats"], strict=True):  # by number, never by a figure
        pieces = f", {line['pieces']} pieces" if line["pieces"] > 1 else ""
        out.print(
            f"{beat.number:3}  {beat.member or '-'}  {line['cells']} cells, {line['minutes']} minutes{pieces}",
            markup=False,
        )
    if told.change is not None and told.change.cells:
        _tell_change(told.change)
    show(told.findings, err)


def _tell_change(change: Difference) -> None:
    out.print(
        f"{change.changed} of {change.cells} cells change hands ({100 * change.share_changed:.1f} %"
        + (f", of which {100 * change.share_floor:.1f} % had to" if change.floor else "")
        + "); "
        f"{change.new} new, {change.gone} gone"
    )
    for one in change.members:  # by code
        out.print(
            f"  {one.member}: {one.minutes_before:.0f} -> {one.minutes_after:.0f} minutes, "
            f"{len(one.kept)} cells kept, {len(one.gained)} gained, {len(one.lost)} lost",
            markup=False,
        )


app = typer.Typer()
app.command("beats")(beats)
app.command("morning")(morning)
app.add_typer(plans_app, name="plans")
