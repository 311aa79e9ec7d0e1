"""`gridward patrol reduce`: shifts reduced anew from their stored fixes, after new rules or a new edition of the grid."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from app.cli.common import AsJson, err, out, print_json, service, settings


def reduce(
    *,
    team: Annotated[str | None, typer.Option(help="Code of the team; default: all.")] = None,
    from_: Annotated[
        str | None,
        typer.Option("--from", help="Shifts that end later: 2026-11-20, or 2026-11-20T07:30[+08:00]."),
    ] = None,
    to: Annotated[str | None, typer.Option("--to", help="Shifts that begin before.")] = None,
    edition: Annotated[
        str | None,
        typer.Option(
            help="Only shifts in this edition's time that are measured on another one: after publishing it."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Reduce shifts anew from their stored fixes to visits and gaps, on the edition that holds at their time.

    Presences (现场记录) made meanwhile go to that edition's cells, too: each lies where its case or its door does. Shifts whose raw fixes were deleted stay as they are, on their edition. Each part is stored as it is done: stopped half
    way, nothing is lost, and the next run does the rest.
    """
    from app.patrol.carrying import service as carrying
    from app.patrol.coverage.periods import parse_moment
    from app.patrol.reduction import service as reduction
    from app.patrol.rules import ON_FOOT

    zone = ZoneInfo(settings().timezone)
    start, end = (parse_moment(text, zone) if text else None for text in (from_, to))
    began = time.perf_counter()
    with service() as connection:
        wanted = reduction.wanted(connection, team, start, end, edition)

    def reduced(part: list[int]) -> tuple[int, int, int]:
        with service() as connection:
            return reduction.reduce_chunk(connection, part, ON_FOOT)

    shifts = fixes = visits = 0
    with ThreadPoolExecutor(
        os.cpu_count()
    ) as pool:  # beside each other: one reads and writes while another one reckons
        for done in pool.map(reduced, reduction.chunks(wanted)):
            shifts, fixes, visits = shifts + done[0], fixes + done[1], visits + done[2]
            err.print(f"{shifts:,} of {len(wanted):,} shifts, {fixes:,} fixes")
    with service() as connection:
        presences = carrying.carry(connection, team=team, start=start, end=end)
    seconds = round(time.perf_counter() - began, 2)
    if as_json:
        print_json(
            {"shifts": shifts, "fixes": fixes, "visits": visits, "presences": presences, "seconds": seconds}
        )
    else:
        out.print(f"{shifts:,} shifts reduced: {fixes:,} fixes to {visits:,} visits in {seconds} s")
        if presences:
            out.print(f"{presences:,} presences went to cells of the edition that holds at their time")


app = typer.Typer()
app.command("reduce")(reduce)
