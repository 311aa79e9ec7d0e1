"""`gridward patrol`: teams, their recorded tracks, and how they covered their ground."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.console import Console

from app.cli import patrol_beats, patrol_coverage, patrol_duty, patrol_reduction, patrol_tours
from app.cli.common import AsJson, err, out, print_json, service, settings, show

if TYPE_CHECKING:
    from app.patrol.coverage.reports import CoverageReport
    from app.patrol.coverage.states import Coverage
    from app.patrol.intake.reports import LoadReport

app = typer.Typer(no_args_is_help=True, help="Patrol (巡查): teams, tracks and coverage.")
team_app = typer.Typer(no_args_is_help=True, help="Teams (巡逻队): members, beats, shifts.")
app.add_typer(team_app, name="team")
app.add_typer(patrol_duty.app)
app.add_typer(patrol_reduction.app)
app.add_typer(patrol_beats.app)
app.add_typer(patrol_coverage.app)
app.add_typer(patrol_tours.app)
team_app.add_typer(patrol_duty.team_app)
TABLE_WIDTH = 110  # codes and names are not broken, whatever the terminal


@app.callback()
def about() -> None:
    """Patrol (巡查): teams, tracks and coverage."""


@app.command("load-fixes")
def load_fixes(
    file: Annotated[Path, typer.Argument(help="CSV, Parquet, GPX or another format GDAL reads.")],
    *,
    team: Annotated[str | None, typer.Option(help="Take only this team's members.")] = None,
    member: Annotated[
        str | None, typer.Option(help="Whose fixes they all are, for a file of one member.")
    ] = None,
    member_col: Annotated[str | None, typer.Option(help="Column with the member's code.")] = None,
    device_col: Annotated[str | None, typer.Option(help="Column with the device.")] = None,
    time_col: Annotated[
        str | None, typer.Option("--time", "--time-col", help="Column with the time.")
    ] = None,
    lon: Annotated[str | None, typer.Option(help="Column with the longitude or easting.")] = None,
    lat: Annotated[str | None, typer.Option(help="Column with the latitude or northing.")] = None,
    accuracy: Annotated[str | None, typer.Option(help="Column with the accuracy in metres (68 %).")] = None,
    datum: Annotated[str | None, typer.Option(help="wgs84, cgcs2000, gcj02, bd09 or an EPSG code.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Zone of times without their own.")] = None,
    time_format: Annotated[
        str | None, typer.Option(help="As in '%d/%m/%Y %H:%M:%S', or unix, unix-ms.")
    ] = None,
    decimal: Annotated[str, typer.Option(help="Decimal mark: . or ,")] = ".",
    delimiter: Annotated[
        str | None, typer.Option(help="Separator of a CSV file; default: looked at.")
    ] = None,
    encoding: Annotated[str | None, typer.Option(help="Of a CSV file; default: UTF-8, else GBK.")] = None,
    layer: Annotated[str | None, typer.Option(help="Layer of a file with several.")] = None,
    create_members: Annotated[bool, typer.Option(help="Make members of --team of unknown codes.")] = False,
    shift_from_track: Annotated[
        bool, typer.Option(help="Take shifts from the tracks where no roster gives any; they are marked.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Store a file of fixes, each once and only in shifts, and reduce them to visits; all or nothing."""
    from app.patrol.intake import service as intake
    from app.patrol.intake.arrivals import Asked

    asked = Asked(
        columns={
            "member": member_col, "device": device_col, "time": time_col,
            "lon": lon, "lat": lat, "accuracy": accuracy,
        },
        member=member,
        datum=datum,
        timezone=timezone,
        layer=layer,
        delimiter=delimiter,
        time_form=time_format,
        decimal=decimal,
        encoding=encoding,
    )  # fmt: skip
    with service() as connection:
        report = intake.load_fixes(
            connection,
            file,
            asked,
            team=team,
            create_members=create_members,
            shift_from_track=shift_from_track,
        )
    if as_json:
        print_json(report.to_dict())
    else:
        _show_load(report)
    if sum(report.rejected.values()) == report.rows:
        raise typer.Exit(1)  # a script must not take this for a load


@app.command()
def coverage(
    *,
    team: Annotated[str, typer.Option(help="Code of the team.")],
    from_: Annotated[str, typer.Option("--from", help="Included: 2026-11-20, or 2026-11-20T07:30[+08:00].")],
    to: Annotated[
        str, typer.Option("--to", help="Not included; in the city's time zone unless it says its own.")
    ],
    window: Annotated[
        str | None, typer.Option(help="Slots in each of which every cell is owed: 4h, 30m.")
    ] = None,
    by: Annotated[str | None, typer.Option(help="A series by the city's clock: hour, day or week.")] = None,
    edition: Annotated[
        str | None, typer.Option(help="Edition to measure on; default: the one at --from.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure how a team covered the ground it owes, as an interval: what can't be told is neither patrolled nor missed."""
    from app.patrol.coverage import service as covering
    from app.patrol.coverage.periods import parse_moment, parse_window

    zone = ZoneInfo(settings().timezone)
    start, end = parse_moment(from_, zone), parse_moment(to, zone)
    length = parse_window(window) if window else None
    with service() as connection:
        report = covering.coverage(
            connection, team, start, end, window=length, by=by, zone=zone, edition=edition
        )
    if as_json:
        print_json(report.to_dict())
    else:
        _show_coverage(report)


@team_app.command("list")
def list_teams(*, as_json: AsJson = False) -> None:
    """List teams by code."""
    from dataclasses import asdict

    from app.teams import service as teams

    with service() as connection:
        known = teams.teams(connection)
    if as_json:
        print_json([asdict(one) for one in known])
        return
    for one in known:
        synthetic = " synthetic 示意" if one.synthetic else ""
        out.print(
            f"{one.code}  {one.name}  members {one.members}, beats {one.beats}, shifts {one.shifts}{synthetic}"
        )
    if not known:
        out.print("There is no team yet. Make one: gridward patrol team add CODE --member CODE")


@team_app.command("add")
def add_team(
    code: Annotated[str, typer.Argument(help="The team's code.")],
    *,
    name: Annotated[str | None, typer.Option(help="The team's name.")] = None,
    area: Annotated[str | None, typer.Option(help="Area whose cells it owes where no beats are set.")] = None,
    member: Annotated[list[str] | None, typer.Option(help="Code of a member; may be repeated.")] = None,
    members: Annotated[Path | None, typer.Option(help="CSV of members: code, name.")] = None,
    beats: Annotated[Path | None, typer.Option(help="CSV of beats: member, cell.")] = None,
    shifts: Annotated[Path | None, typer.Option(help="CSV of shifts: member, start, end.")] = None,
    timezone: Annotated[
        str | None, typer.Option(help="Zone of the shifts' times; default: the city's.")
    ] = None,
    edition: Annotated[
        str | None, typer.Option(help="Edition the beats are planned on; default: today's.")
    ] = None,
    synthetic: Annotated[bool, typer.Option(help="The team is invented.")] = False,
    as_json: AsJson = False,
) -> None:
    """Make a team or add to it: members, beats, shifts. Doing it twice changes nothing."""
    from app.areas import service as areas
    from app.patrol.rosters import read_beats, read_members, read_shifts
    from app.teams import service as teams
    from app.teams.roster import Member

    given = [Member(code=one) for one in member or ()] + (read_members(members) if members else [])
    planned = read_shifts(shifts, timezone or settings().timezone) if shifts else []
    with service() as connection:
        there = {one.code: one for one in teams.teams(connection)}.get(code)
        ids: dict[str, int] = {}
        if beats:
            holds = areas.edition_named(connection, edition) if edition else areas.edition_at(connection)
            ground = areas.ground(connection, holds.id)
            ids = dict(zip(ground.codes.tolist(), ground.ids.tolist(), strict=True))
        teams.form_team(
            connection,
            code,
            name if name is not None else (there.name if there else ""),
            given,
            read_beats(beats, ids) if beats else [],
            planned,
            area_code=area,
            synthetic=synthetic or bool(there and there.synthetic),
        )
        team = teams.team(connection, code)
    if as_json:
        print_json({"code": code, "members": team.members, "beats": team.beats, "shifts": team.shifts})
    else:
        out.print(f"{code}: {team.members} members, {team.beats} beats, {team.shifts} shifts")


@team_app.command("account")
def member_account(
    member: Annotated[str, typer.Argument(help="Code of the member.")],
    account: Annotated[str, typer.Argument(help="Name of the account; empty for nobody any more.")],
    *,
    as_json: AsJson = False,
) -> None:
    """Say who signs in as a member: they see their own track, fixes included."""
    from app.auth import service as auth
    from app.teams import service as teams

    with service() as connection:
        teams.give_account(
            connection, member, auth.account_named(connection, account).id if account else None
        )
    if as_json:
        print_json({"member": member, "account": account or None})
    else:
        out.print(f"{member}: {account or 'nobody signs in as this member'}", markup=False)


def _show_load(report: LoadReport) -> None:
    show(report.findings, err)
    out.print(
        f"{report.rows:,} rows: {report.stored:,} fixes stored, {report.known:,} known before, "
        f"{report.off_shift:,} off shift, {sum(report.rejected.values()):,} left out; "
        f"{report.shifts} shifts reduced in {report.seconds:.1f} s"
    )
    for reason, count in report.dropped.items():
        out.print(f"  not used: {count:,} {reason}")


def _show_coverage(report: CoverageReport) -> None:
    from rich.table import Table

    synthetic = "  synthetic 示意分区，非法定界线" if report.synthetic else ""
    out.print(
        f"{report.name or report.code}  {report.start:%Y-%m-%d %H:%M} to {report.end:%Y-%m-%d %H:%M}{synthetic}"
    )
    out.print(
        f"Edition {report.edition}; a cell is patrolled 已巡 from {report.rules.enough_s:g} s of presence on, unknown 无法判定 "
        f"from {report.rules.doubtful_s:g} s on, or where a gap leaves it open."
    )
    table = Table(box=None, pad_edge=False)
    for title in (
        "",
        "cells",
        "patrolled\n已巡",
        "unknown\n无法判定",
        "missed\n未巡",
        "coverage\n覆盖率",
        "by\ndemand",
        "tracked",
    ):
        table.add_column(title, justify="right" if title else "left", no_wrap=True)
    table.add_row("team", *_row(report.team), _percent(report.duty.completeness))
    if report.windows:
        table.add_row(f"{report.slots} windows", *_row(report.windows), "")
    for span in report.series:
        table.add_row(f"{span.start:%m-%d %H:%M}", *_row(span.covered), "")
    for beat in report.beats:
        table.add_row(f"beat {beat.number} {beat.name}", *_row(beat.covered), "")
    for member in report.members:  # by code; never by a figure
        own = member.beat if member.beat.cells else member.ground
        table.add_row(f"{member.code} {member.name}", *_row(own), _percent(member.duty.completeness))
    Console(width=max(out.width, TABLE_WIDTH), highlight=False).print(table)
    out.print(
        f"Idleness 巡查空档: mean {_number(report.idle_mean_h)} h, by demand {_number(report.idle_mean_demand_h)} h, "
        f"worst {_number(report.idle_worst_h)} h; time since visit 距上次巡查: {_number(report.since_median_h)} h (median); "
        f"never visited: {report.never_visited}"
    )
    for level in report.required:
        out.print(
            f"Level {level.level} {level.name}: {level.visits} visits to {level.cells} cells in each of "
            f"{report.shifts_of_day} shifts: met 达标 {level.met}, unmet {level.unmet}, unknown {level.unknown}, "
            f"open {level.open} of {level.slots}"
        )
    if report.presences:
        out.print(f"Left by working 现场记录: {report.presences}")
    out.print(
        f"Track: {_number(report.duty.tracked_s / 3600)} of {_number(report.duty.duty_s / 3600)} h on duty, "
        f"{report.duty.inferred_s:.0f} s inferred; fixes not used: "
        + (", ".join(f"{count} {reason}" for reason, count in report.duty.dropped.items()) or "none")
    )
    show(report.findings, err)


def _row(covered: Coverage) -> list[Any]:
    counts = (covered.cells, covered.patrolled, covered.unknown, covered.missed)
    return [*map(str, counts), _range(covered.interval), _range(covered.demand_interval)]


def _range(interval: tuple[float, float] | None) -> str:
    return "-" if interval is None else f"{100 * interval[0]:.1f}-{100 * interval[1]:.1f}%"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f}%"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
