"""`gridward patrol levels|doors|presences`: what is owed how often, and what members leave by working (现场记录)."""

from __future__ import annotations

import csv
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from app.cli.common import AsJson, err, out, print_json, service, show

app = typer.Typer(no_args_is_help=True)
levels_app = typer.Typer(no_args_is_help=True, help="Management levels (管理等级) of a team's cells.")
doors_app = typer.Typer(
    no_args_is_help=True, help="Codes at doors (门牌码) that members read while working there."
)
app.add_typer(levels_app, name="levels")
app.add_typer(doors_app, name="doors")

Team = Annotated[str, typer.Option(help="Code of the team.")]
EditionName = Annotated[str | None, typer.Option(help="Edition of the cells; default: today's.")]


@levels_app.command("load")
def load_levels(
    file: Annotated[
        Path, typer.Argument(help="CSV or xlsx: cell, level, visits and, if there is one, name.")
    ],
    *,
    team: Team,
    edition: EditionName = None,
    as_json: AsJson = False,
) -> None:
    """Store which cells have which level, and the visits owed to each in every shift, in place of what was there."""
    from app.areas import service as areas
    from app.patrol.rosters import read_levels
    from app.teams.levels import service as levels

    with service() as connection:
        holds = areas.edition_named(connection, edition) if edition else areas.edition_at(connection)
        ground = areas.ground(connection, holds.id)
        given, cells = read_levels(file, dict(zip(ground.codes.tolist(), ground.ids.tolist(), strict=True)))
        levels.put(connection, team, holds.id, given, cells)
        stored = levels.levels(connection, team)
    if as_json:
        print_json([{"level": o.level, "name": o.name, "visits": o.visits, "cells": o.cells} for o in stored])
        return
    for one in stored:
        out.print(f"{one.level} {one.name}: {one.visits} visits a shift, {one.cells} cells", markup=False)


@levels_app.command("show")
def show_levels(*, team: Team, edition: EditionName = None, as_json: AsJson = False) -> None:
    """Print the levels of a team's cells as CSV, as `levels load` takes it."""
    from app.areas import service as areas
    from app.teams import service as teams
    from app.teams.levels import service as levels

    with service() as connection:
        holds = areas.edition_named(connection, edition) if edition else areas.edition_at(connection)
        codes = areas.ground(connection, holds.id).codes
        names = {one.level: one.name for one in levels.levels(connection, team)}
        cells = levels.cell_levels(connection, teams.team(connection, team).id, holds.id)
    rows = [
        {"cell": str(codes[c.cell - 1]), "level": c.level, "visits": c.visits, "name": names[c.level]}
        for c in cells
    ]
    if as_json:
        print_json(rows)
        return
    writer = csv.DictWriter(sys.stdout, ["cell", "level", "visits", "name"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)


@doors_app.command("load")
def load_doors(
    file: Annotated[Path, typer.Argument(help="CSV or xlsx: code, lon, lat and, if there is one, name.")],
    *,
    datum: Annotated[str, typer.Option(help="wgs84, cgcs2000, gcj02, bd09 or an EPSG code.")] = "wgs84",
    synthetic: Annotated[bool, typer.Option(help="The doors are invented.")] = False,
    as_json: AsJson = False,
) -> None:
    """Store doors by their codes: every good row is kept, every other one told."""
    from app.patrol.presences import service as presences

    with service() as connection:
        loaded = presences.load_doors(connection, file, datum=datum, synthetic=synthetic)
    if as_json:
        print_json(loaded.to_dict())
    else:
        show(loaded.findings, err)
        out.print(f"{loaded.rows} rows: {loaded.changed} doors new or changed")
    if (
        loaded.rows
        and all(f.severity == "error" for f in loaded.findings)
        and len(loaded.findings) == loaded.rows
    ):
        raise typer.Exit(1)


@doors_app.command("list")
def list_doors(*, as_json: AsJson = False) -> None:
    """List doors by code."""
    from app.patrol.presences import service as presences

    with service() as connection:
        known = presences.doors(connection)
    if as_json:
        print_json([{"code": d.code, "name": d.name, "synthetic": d.synthetic} for d in known])
        return
    for door in known:
        out.print(f"{door.code}  {door.name}{'  synthetic 示意' if door.synthetic else ''}", markup=False)


@app.command("presences")
def gather(
    *,
    days: Annotated[int, typer.Option(min=1, max=3660, help="What came in since so many days.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Gather what members left in cells by working there (现场记录); the server does it by itself every few minutes."""
    from app.patrol.presences import service as presences

    with service() as connection:
        new = presences.gather(connection, datetime.now(UTC) - timedelta(days=days))
    if as_json:
        print_json({"new": new})
    else:
        out.print(f"{new} new")
