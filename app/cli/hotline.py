"""`gridward hotline`: orders in and out, the three rates."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from app.cli.common import AsJson, out, print_json, service, show

app = typer.Typer(no_args_is_help=True, help="Hotline orders (12345 工单): in, out, the three rates.")
Home = Annotated[str | None, typer.Option("--area", help="Code of the office's street or district.")]
Since = Annotated[datetime | None, typer.Option(help="Received from, China's time.")]
Until = Annotated[datetime | None, typer.Option(help="Received before, China's time.")]


@app.command("import")
def import_(  # noqa: PLR0917
    file: Annotated[Path, typer.Argument(help=".xlsx or CSV as the office keeps it.")],
    area: Home = None,
    column: Annotated[list[str] | None, typer.Option(help="field=heading, as in address=问题点位.")] = None,
    source: Annotated[str, typer.Option(help="Whose numbers they are.")] = "12345",
    default: Annotated[str, typer.Option(help="Category of unknown words.")] = "",
    synthetic: Annotated[bool, typer.Option(help="Invented.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Tell, store nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring orders in: each opens its case or waits for somebody to pick its place; none twice."""
    from app.auth.principal import SYSTEM
    from app.hotline.importing import service as importing

    pairs = [one.partition("=") for one in column or ()]
    choices = importing.Choices(
        home=area, source=source, columns={field: heading for field, _, heading in pairs}, default=default,
        synthetic=synthetic,
    )  # fmt: skip
    with service() as connection:
        done = importing.import_file(
            connection, SYSTEM, file.read_bytes(), file.name, choices, dry_run=dry_run
        )
    if as_json:
        print_json(done.to_dict())
        return
    out.print(
        "Columns: " + ", ".join(f"{field} = {name}" for field, name in done.columns.items()), markup=False
    )
    show(done.findings, out)
    out.print(
        f"{done.rows:,} orders: {done.opened:,} opened, {done.waiting:,} wait for a place, {done.known:,} known "
        f"({done.changed:,} changed, left as they were), {done.bad:,} can't be taken; {done.skipped:,} other rows."
    )


@app.command()
def orders(
    state: Annotated[str | None, typer.Option(help="waiting_for_place, matched or opened.")] = None,
    area: Home = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List orders, newest first, without who called."""
    from app.auth.principal import SYSTEM
    from app.hotline import service as hotline

    with service() as connection:
        found = hotline.orders(connection, SYSTEM, hotline.Filter(state=state, home=area, limit=limit))
    if as_json:
        print_json(found)
        return
    table = Table("id", "number", "state", "case", "address", "why")
    for one in found:
        told = (
            str(one["id"]),
            one["number"],
            one["state"],
            one["case_number"] or "",
            one["address"],
            one["why_zh"],
        )
        table.add_row(*told)
    out.print(table)


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="The .xlsx to write.")],
    area: Home = None,
    since: Since = None,
    until: Until = None,
) -> None:
    """Write orders as .xlsx in the office's own columns, with what became of each."""
    from app.auth.principal import SYSTEM
    from app.hotline import service as hotline
    from app.hotline.cells import ZONE

    asked = hotline.Filter(
        home=area, since=since and since.replace(tzinfo=ZONE), until=until and until.replace(tzinfo=ZONE)
    )
    with service() as connection:
        content = hotline.export(connection, SYSTEM, asked)
    file.write_bytes(content)
    out.print(f"Wrote {file} ({len(content):,} bytes).", markup=False)


@app.command()
def rates(area: Home = None, since: Since = None, until: Until = None, as_json: AsJson = False) -> None:
    """Tell the raw counts of the three rates (三率) by street."""
    from app.auth.principal import SYSTEM
    from app.hotline import service as hotline
    from app.hotline.cells import ZONE

    with service() as connection:
        found = hotline.rates(
            connection, SYSTEM, home=area, since=since and since.replace(tzinfo=ZONE),
            until=until and until.replace(tzinfo=ZONE),
        )  # fmt: skip
    if as_json:
        print_json(found)
        return
    table = Table("street", "orders", "contacted", "solved", "satisfied", "returned")
    for one in found:
        table.add_row(
            one["street"], str(one["orders"]), f"{one['contacted']}/{one['should_contact']}",
            f"{one['solved']}/{one['solved_asked']}", f"{one['satisfied']}/{one['satisfied_asked']}", str(one["returned"]),
        )  # fmt: skip
    out.print(table)
