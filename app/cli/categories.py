"""`gridward categories`: kinds of incident, limits, the working calendar."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from app.cli.common import AsJson, err, out, print_json, service, show
from app.core.errors import BadInput

app = typer.Typer(no_args_is_help=True, help="Kinds of incident, their time limits, the working calendar.")


@app.command()
def defaults(as_json: AsJson = False) -> None:
    """Load the categories and limits that come with Gridward. Repeating it changes nothing."""
    from app.categories.service import load_defaults

    with service() as connection:
        kept = load_defaults(connection)
    if as_json:
        print_json(kept.to_dict())
    else:
        out.print(f"{kept.rows} rows read, {kept.changed} stored or changed.")


@app.command()
def load(
    file: Annotated[
        Path, typer.Argument(help="CSV (UTF-8) with the columns of geodata/categories.", exists=True)
    ],
    limits: Annotated[bool, typer.Option("--limits", help="The file holds limits, not categories.")] = False,
    as_json: AsJson = False,
) -> None:
    """Load categories, or limits, of your own city: good rows are kept, the others told."""
    from app.categories import service as categories

    try:
        with file.open(encoding="utf-8-sig", newline="") as lines, service() as connection:
            reader = csv.DictReader(lines)
            kept = (
                categories.load_limits(connection, reader)
                if limits
                else categories.load_categories(connection, reader)
            )
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{file.name}: {error}.", remedy="Save it as CSV in UTF-8.") from None
    if as_json:
        print_json(kept.to_dict())
        return
    show(kept.findings, err)
    out.print(f"{kept.rows} rows read, {kept.changed} stored or changed, {len(kept.findings)} left out.")


@app.command(name="area-class")
def area_class(
    area: Annotated[str, typer.Argument(help="Code of a district, street or community.")],
    of_class: Annotated[int, typer.Argument(help="1, 2 or 3: what limits go by.", min=1, max=3)],
    source: Annotated[str, typer.Option(help="Where it is laid down.")],
) -> None:
    """Say which class an area is of, for the limits that differ by class; the smallest area that has one decides."""
    from app.categories.service import set_area_class

    with service() as connection:
        changed = set_area_class(connection, area, of_class, source)
    out.print("Stored." if changed else "It is stored already.")


@app.command(name="list")
def list_(
    word: Annotated[str, typer.Argument(help="Part of a name or of a key.")] = "", as_json: AsJson = False
) -> None:
    """List categories with their limits."""
    from app.categories.service import catalogue

    with service() as connection:
        known = catalogue(connection)
    found = [
        one
        for one in known.leaves()
        if word.casefold() in f"{one.key} {one.name_zh} {one.name_en}".casefold()
    ]
    if as_json:
        print_json(
            [
                {"key": one.key, "name_zh": one.name_zh, "name_en": one.name_en, "source": one.source}
                for one in found
            ]
        )
        return
    table = Table("key", "类别", "category", "handle", "source")
    for one in found:
        limit = known.limit(one, 1, "handle")
        table.add_row(
            one.key,
            one.name_zh,
            one.name_en,
            f"{limit.amount.normalize():f} {limit.unit}" if limit else "",
            one.source,
        )
    out.print(table)


@app.command()
def calendar(year: Annotated[int, typer.Argument(min=1990, max=2200)], as_json: AsJson = False) -> None:
    """Show which days of a year differ from Monday to Friday."""
    from app.categories.service import calendar as working

    with service() as connection:
        days = working(connection)
    first = date(year, 1, 1)
    odd = [
        day
        for day in (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
        if days.works(day) != (day.weekday() < 5)
    ]
    if as_json:
        print_json(
            {"year": year, "known": days.known(first), "days": {str(day): days.works(day) for day in odd}}
        )
        return
    if not days.known(first):
        out.print(
            f"The holidays of {year} are not published here 节假日安排未公布: Monday to Friday are taken to work."
        )
    for day in odd:
        out.print(f"{day} {day:%a} {'works 上班' if days.works(day) else 'off 休息'}")
