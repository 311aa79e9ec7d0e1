"""`gridward areas`: load boundaries, lay the grid, publish editions, give levels back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from zoneinfo import ZoneInfo

import typer
from rich.progress import Progress
from rich.table import Table

from app.cli.common import AsJson, err, out, owner, print_json, service, settings, show

if TYPE_CHECKING:
    from app.areas.editions import Edition
    from app.areas.reports import GridReport, LoadReport

app = typer.Typer(no_args_is_help=True, help="Boundaries, cells and editions (区、街道、社区、单元网格).")

EditionName = Annotated[
    str | None, typer.Option("--edition", help="Edition 网格版本; default: the newest draft.")
]
From = Annotated[
    datetime | None,
    typer.Option(
        "--from", formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%S"], help="When the edition begins, local time."
    ),
]
Draft = Annotated[bool, typer.Option("--draft", help="Leave the edition a draft; publish it later.")]


@app.command("load")
def load(
    file: Annotated[
        Path, typer.Argument(help="GeoJSON, GeoPackage, Shapefile, FlatGeobuf ...; also zipped.")
    ],
    *,
    level: Annotated[str, typer.Option(help="district, street, community, zone, cell or neighbour.")],
    edition: EditionName = None,
    starts: From = None,
    code: Annotated[str | None, typer.Option(help="Column of the code; default: guessed.")] = None,
    name: Annotated[str | None, typer.Option(help="Column of the name; default: guessed.")] = None,
    parent: Annotated[
        str | None, typer.Option(help="Column of the parent's code; default: by code or place.")
    ] = None,
    datum: Annotated[
        str | None, typer.Option(help="wgs84, cgcs2000, gcj02, bd09 or epsg:N; default: the file's own.")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Layer, where the file has several.")] = None,
    encoding: Annotated[str | None, typer.Option(help="Of the text; default: found out.")] = None,
    source: Annotated[str, typer.Option(help="Where the data comes from.")] = "",
    licence: Annotated[str, typer.Option(help="Under which terms.")] = "",
    synthetic: Annotated[
        bool, typer.Option("--synthetic", help="Not legal boundaries 示意分区，非法定界线.")
    ] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what can be mended, and list it.")] = False,
    trust_datum: Annotated[
        bool, typer.Option("--trust-datum", help="The datum is right although it looks wrong.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; store nothing.")] = False,
    draft: Draft = False,
    as_json: AsJson = False,
) -> None:
    """Check a boundary file, and store it as one level of an edition."""
    from app.areas.loading import service as loading
    from app.areas.reading import Columns
    from app.areas.reports import Asked

    asked = Asked(
        level=level,
        edition=edition,
        starts=_moment(starts),
        columns=Columns(code, name, parent),
        datum=datum,
        layer=layer,
        encoding=encoding,
        source=source,
        licence=licence,
        synthetic=synthetic,
        repair=repair,
        trust_datum=trust_datum,
        dry_run=dry_run,
        publish=not draft,
        known_districts=_known_districts,
    )
    with owner() as connection:
        report = loading.load(connection, file, asked)
    if as_json:
        print_json(report.to_dict())
    else:
        _show_load(report)


@app.command("lay-grid")
def lay_grid(
    *,
    edition: EditionName = None,
    size: Annotated[int, typer.Option(min=10, max=10_000, help="Side of a square, metres.")] = 100,
    level: Annotated[str, typer.Option(help="Level to lay cells in.")] = "community",
    starts: From = None,
    renumber: Annotated[
        bool, typer.Option("--renumber", help="Number an area anew when its numbers have run out.")
    ] = False,
    draft: Draft = False,
    as_json: AsJson = False,
) -> None:
    """Lay the default lattice 规则格网 in every community, and publish the edition."""
    from app.areas.gridding import service as gridding

    with owner() as connection, Progress(console=err, transient=True) as progress:
        task = progress.add_task("Laying the grid", total=None)
        report = gridding.lay_grid(
            connection,
            edition=edition,
            level=level,
            size=size,
            starts=_moment(starts),
            renumber=renumber,
            publish_it=not draft,
            step=lambda: progress.advance(task),
        )
    if as_json:
        print_json(report.to_dict())
    else:
        _show_grid(report)


@app.command("publish")
def publish(
    edition: Annotated[str, typer.Argument(help="Edition 网格版本.")],
    starts: From = None,
    as_json: AsJson = False,
) -> None:
    """Publish a draft; it never changes afterwards."""
    from app.areas import service as areas
    from app.areas.publishing import service as publishing

    with owner() as connection:
        published = publishing.publish(connection, areas.edition_named(connection, edition), _moment(starts))
    if as_json:
        print_json(published.to_dict())
    else:
        out.print(f"Published {published.name}, {_period(published)}.")


@app.command("editions")
def editions(as_json: AsJson = False) -> None:
    """List all editions, oldest first, drafts last."""
    from app.areas import service as areas

    with service() as connection:
        found = areas.editions(connection)
    if as_json:
        print_json([edition.to_dict() for edition in found])
        return
    table = Table("edition 网格版本", "holds", "source", "")
    for edition in found:
        table.add_row(
            edition.name,
            _period(edition),
            edition.source,
            "synthetic 示意分区，非法定界线" if edition.synthetic else "",
        )
    out.print(table)


@app.command("export")
def export(
    level: Annotated[str, typer.Option(help="district, street, community, zone, cell or neighbour.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="File to write: .geojson, .gpkg, .fgb or .shp.")
    ],
    edition: Annotated[str | None, typer.Option(help="Edition; default: the one that holds now.")] = None,
    datum: Annotated[str, typer.Option(help="wgs84, cgcs2000, gcj02, bd09, epsg:N, or metric.")] = "wgs84",
    as_json: AsJson = False,
) -> None:
    """Write any level to a file."""
    from app.areas import exporting
    from app.areas import service as areas
    from app.core.errors import NotFound
    from app.geo.crs import Metric

    with service() as connection:
        asked = areas.edition_named(connection, edition) if edition else areas.edition_at(connection)
        frame = areas.areas(connection, asked, level)
    if not len(frame):
        raise NotFound(
            f"Edition {asked.name!r} has no {level} areas.", remedy="See: gridward areas editions."
        )
    exporting.write(frame, output, Metric(settings().metric_srid), datum)
    if as_json:
        print_json(
            {
                "edition": asked.name,
                "level": level,
                "features": len(frame),
                "file": str(output),
                "datum": datum,
            }
        )
    else:
        out.print(f"Wrote {len(frame):,} {level} areas of edition {asked.name} to {output}.")


def _known_districts() -> dict[str, Any]:
    """Return the districts whose boundaries are at hand, WGS-84 by code, for the datum check."""
    from app.demo import boundary

    real = boundary.read(lambda _: None)
    return {named.code: named.polygon for named in (real.district, *real.neighbours)}


def _moment(local: datetime | None) -> datetime | None:
    """Return a moment given in the deployment's local time."""
    return local.replace(tzinfo=ZoneInfo(settings().timezone)) if local else None


def _period(edition: Edition) -> str:
    if edition.draft:
        return "draft"
    return f"from {_day(edition.starts) or 'always'}" + (
        f" until {_day(edition.ends)}" if edition.ends else ""
    )


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone(ZoneInfo(settings().timezone)):%Y-%m-%d %H:%M}" if moment else ""


def _show_load(report: LoadReport) -> None:
    show(report.findings, out)
    if report.carried_over:
        out.print(f"Carried over from the edition before: {', '.join(report.carried_over)}.")
    out.print(
        f"{report.outcome.capitalize()}: {report.features:,} {report.level} areas, edition {report.edition}"
        f"{' (published)' if report.published else ' (draft)'}, {report.seconds:.1f} s."
    )


def _show_grid(report: GridReport) -> None:
    laid = report.laid
    show(report.findings, out)
    for community, size in laid.doubled.items():
        out.print(f"{community} is laid at {size} m, to stay within 999 cells.")
    for old, new in laid.renumbered.items():
        out.print(f"{old} -> {', '.join(new)}")
    if laid.islands:
        out.print(f"Small cells without an edge neighbour: {', '.join(laid.islands)}.")
    out.print(
        f"{report.outcome.capitalize()}: {laid.cells:,} cells in {laid.communities:,} communities, "
        f"{laid.whole_squares:,} of them whole squares; {laid.merged_fragments:,} fragments joined a neighbour; "
        f"{laid.kept:,} codes kept, {len(laid.retired):,} retired. Edition {report.edition}"
        f"{' (published)' if report.published else ' (draft)'}, {report.seconds:.1f} s."
    )
