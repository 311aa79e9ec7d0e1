"""`gridward patrol tours|dispatch`: the day's tours of a team; who could take a case."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from app.cli.common import AsJson, out, print_json, service, settings, show
from app.core.errors import BadInput

if TYPE_CHECKING:
    from app.patrol.tours.tour import Tour

app = typer.Typer()


@app.command("tours")
def tours(
    *,
    team: Annotated[str, typer.Option(help="Code of the team.")],
    day: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="2026-11-24; default: today.")
    ] = None,
    member: Annotated[list[str] | None, typer.Option(help="Only these; repeat it.")] = None,
    post: Annotated[
        str | None, typer.Option(help="LON,LAT where tours begin and end; default: middle of each beat.")
    ] = None,
    shown: Annotated[bool, typer.Option("--show", help="Show what is planned; plan nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Plan the day's tours of a team (巡查路线), or show those that are planned."""
    from app.patrol.tours import service as planning
    from app.patrol.tours.tour import Planned

    zone = ZoneInfo(settings().timezone)
    date = day.date() if day is not None else datetime.now(zone).date()
    with service() as connection:
        if shown:
            planned = Planned(tours=planning.tours(connection, team, date, zone))
        else:
            planned = planning.plan_tours(connection, team, date, member, zone=zone, post=_place(post))
    if as_json:
        print_json(
            {
                "tours": [tour.to_dict() for tour in planned.tours],
                "findings": [one.to_dict() for one in planned.findings],
            }
        )
        return
    show(planned.findings, out)
    for tour in planned.tours:
        _show(tour, zone)


def _show(tour: Tour, zone: ZoneInfo) -> None:
    figures, ways = tour.figures, tour.settings["walking"]
    invented = " 示意 synthetic" if tour.synthetic else ""
    walked = "along streets" if ways["how"] == "streets" else f"straight x {ways['detour']}"
    out.print(
        f"{tour.member}: {tour.start.astimezone(zone):%H:%M}-{tour.end.astimezone(zone):%H:%M}, {figures['stops']} stops, "
        f"{figures['musts_kept']} of {figures['musts']} musts, {figures['metres']:,} m {walked}, "
        f"{figures['prize_share']:.0%} of what it is worth{invented}",
        markup=False,
    )
    for stop in tour.stops:
        out.print(
            f"  {stop.arrive.astimezone(zone):%H:%M} {stop.code or '-':16} {stop.reason_zh} ({stop.reason_en})",
            markup=False,
        )


def _place(said: str | None) -> tuple[float, float] | None:
    if said is None:
        return None
    try:
        lon, lat = (float(part) for part in said.split(","))
    except ValueError:
        raise BadInput(f"{said!r} is no place.", remedy="Write it as 116.4551,39.9087.") from None
    return lon, lat


@app.command("dispatch")
def dispatch(
    case: Annotated[str, typer.Argument(help="Number of the case.")], *, as_json: AsJson = False
) -> None:
    """Suggest who could take a case (派单建议): members on shift by time of arrival, with reasons."""
    from dataclasses import asdict

    from app.auth.principal import SYSTEM
    from app.patrol.dispatch import service as dispatching

    with service() as connection:
        found = dispatching.suggest(connection, SYSTEM, case, datetime.now(UTC))
    if as_json:
        print_json(asdict(found))
        return
    out.print(
        f"{found.order_zh}\n{found.order_en}" + ("\n示意 synthetic" if found.synthetic else ""), markup=False
    )
    if not found.members:
        out.print("Nobody is on shift now.")
    for one in found.members:
        out.print(f"{one.member}: {'; '.join(one.reasons_en)} ({'；'.join(one.reasons_zh)})", markup=False)
