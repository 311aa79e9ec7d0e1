"""`gridward streets`: load a walking network, see what is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from app.cli.common import AsJson, out, owner, print_json, service, show

app = typer.Typer(no_args_is_help=True, help="The walking network (路网): streets, paths, steps, barriers.")


@app.callback()
def about() -> None:
    """The walking network (路网)."""


@app.command("load")
def load(
    file: Annotated[Path, typer.Argument(help="GeoJSON, GeoPackage, Shapefile, .osm or .osm.pbf, of lines.")],
    *,
    kind_col: Annotated[
        str | None, typer.Option(help="Column that says what a line is; default: OSM's tags, fclass, kind.")
    ] = None,
    name_col: Annotated[str | None, typer.Option(help="Column of the name; default: guessed.")] = None,
    all_are: Annotated[
        str | None, typer.Option(help="What all lines are: street, path, steps or barrier.")
    ] = None,
    layer: Annotated[str | None, typer.Option(help="Layer, where the file has several.")] = None,
    datum: Annotated[
        str | None, typer.Option(help="wgs84, cgcs2000, gcj02, bd09 or epsg:N; default: the file's own.")
    ] = None,
    synthetic: Annotated[bool, typer.Option("--synthetic", help="The streets are invented 示意.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check only; store nothing.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check a line layer, clip it to the district, cut it at crossings, and store it in place of the one before."""
    from app.streets import service as streets
    from app.streets.reading import Columns

    columns = Columns(kind=kind_col, name=name_col, all_are=all_are, layer=layer, datum=datum)
    with owner() as connection:
        report = streets.load(connection, file, columns, synthetic=synthetic, dry_run=dry_run)
    if as_json:
        print_json(report.to_dict())
        return
    show(report.findings, out)
    done = "Stored" if report.stored else "Checked only"
    invented = " 示意 synthetic." if report.synthetic else ""
    out.print(f"{done}: {report.source}, {report.features:,} features.{invented}", markup=False)
    _show(report.figures)


@app.command("status")
def status(*, as_json: AsJson = False) -> None:
    """Say which walking network is loaded, how long it is, and its detour."""
    from app.streets import service as streets

    with service() as connection:
        found = streets.status(connection)
    if as_json:
        print_json(found)
    elif not found["loaded"]:
        out.print(
            "No streets are loaded: ways are straight lines times 1.3. Load some: gridward streets load FILE"
        )
    else:
        invented = " 示意 synthetic." if found["synthetic"] else ""
        out.print(f"{found['source']}, loaded {found['loaded_at']}.{invented}", markup=False)
        _show(found)


def _show(figures: dict[str, Any]) -> None:
    out.print(
        f"{figures['ways']:,} pieces between crossings; "
        + ", ".join(f"{kind} {km:,} km" for kind, km in figures["km"].items())
        + f"; {figures['in_one_piece']:.1%} of the length hangs together; detour {figures['detour']}."
    )
