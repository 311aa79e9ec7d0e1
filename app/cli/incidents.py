"""`gridward incidents` and `gridward assign`: incidents from files into their cells."""

from __future__ import annotations

import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from app.cli.common import err, print_json, service, show

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from app.incidents.files import PointFile
    from app.incidents.intake import Options

app = typer.Typer(no_args_is_help=True, help="Incidents (问题): load files of them, each in its cell.")

File = Annotated[Path, typer.Argument(help="CSV, Parquet, GeoPackage, GeoJSON or another format GDAL reads.")]
Id = Annotated[str | None, typer.Option("--id", help="Column with the source's own id.")]
Lon = Annotated[str | None, typer.Option("--lon", help="Column with the longitude or easting.")]
Lat = Annotated[str | None, typer.Option("--lat", help="Column with the latitude or northing.")]
Time = Annotated[str | None, typer.Option("--time", help="Column with the time of the report.")]
Category = Annotated[str | None, typer.Option("--category", help="Column with the category.")]
Description = Annotated[str | None, typer.Option("--description", help="Column with the description.")]
Accuracy = Annotated[str | None, typer.Option("--accuracy", help="Column with the accuracy in metres.")]
Datum = Annotated[
    str | None,
    typer.Option(
        help="wgs84, cgcs2000, gcj02, bd09 or an EPSG code; default: what the file says, else wgs84."
    ),
]
Zone = Annotated[
    str | None,
    typer.Option("--timezone", help="Zone of times without their own, as in Asia/Shanghai."),
]
TimeForm = Annotated[
    str | None, typer.Option("--time-format", help="As in '%d/%m/%Y %H:%M', or unix, or unix-ms.")
]
Decimal = Annotated[str, typer.Option(help="Decimal mark: . or ,")]
Delimiter = Annotated[str | None, typer.Option(help="Separator of a CSV file; default: looked at.")]
Encoding = Annotated[str | None, typer.Option(help="Of a CSV file; default: UTF-8, else GBK.")]
Layer = Annotated[str | None, typer.Option(help="Layer of a file with several.")]
RejectedTo = Annotated[
    Path | None, typer.Option("--rejected", help="File for rejected rows; default FILE.rejected.csv.")
]


@app.callback()
def about() -> None:
    """Incidents (问题): load files of them, each in its cell."""


@app.command()
def load(
    file: File,
    *,
    id_: Id = None,
    lon: Lon = None,
    lat: Lat = None,
    time: Time = None,
    category: Category = None,
    description: Description = None,
    accuracy: Accuracy = None,
    datum: Datum = None,
    timezone: Zone = None,
    time_format: TimeForm = None,
    decimal: Decimal = ".",
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    layer: Layer = None,
    source: Annotated[str | None, typer.Option(help="System the ids come from; default: file name.")] = None,
    rejected: RejectedTo = None,
    synthetic: Annotated[bool, typer.Option(help="These incidents are invented.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Put the findings into the JSON summary.")] = False,
) -> None:
    """Load a file of incidents: each in its cell, each (source, id) once, all or nothing.

    The last line on standard output is a JSON summary. Rejected rows are kept in a file with reasons; exit code 1 if
    every row was rejected.
    """
    from app.incidents import files
    from app.incidents import service as incidents

    _apart(rejected, file)
    points = files.open_points(file, delimiter=delimiter, encoding=encoding, layer=layer)
    named = {
        "id": id_, "lon": lon, "lat": lat, "time": time,
        "category": category, "description": description, "accuracy": accuracy,
    }  # fmt: skip
    options = _options(
        points,
        named,
        ("id", "lon", "lat", "time"),
        datum=datum,
        timezone=timezone,
        time_format=time_format,
        decimal=decimal,
    )
    request = incidents.Request(
        path=file,
        source=source or _source(file),
        options=options,
        rejected=rejected or file.with_name(f"{file.name}.rejected.csv"),
        synthetic=synthetic,
    )
    with _bar(f"Loading {file.name}") as on_progress, service() as connection:
        loaded = incidents.load(connection, points, request, on_progress)
    findings = list(loaded.findings)
    if not as_json:
        show(findings, err)
        err.print(
            f"{loaded.rows:,} rows: {loaded.in_a_cell:,} in a cell, {loaded.snapped:,} snapped, {loaded.outside:,} "
            f"outside, {loaded.duplicate:,} loaded before or twice in the file, {loaded.rejected:,} rejected"
        )
        if loaded.rejected_file:
            err.print(f"Rejected rows, with reasons: {loaded.rejected_file}")
    extra = {"findings": [finding.to_dict() for finding in findings]} if as_json else {}
    print_json({**loaded.counts(), "datum": options.datum, "columns": options.columns.to_dict(), **extra})
    if loaded.rejected == loaded.rows:
        raise typer.Exit(1)  # a script must not take this for a load


def assign(
    file: File,
    *,
    cells: Annotated[Path, typer.Option(help="File of cells: any vector format GDAL reads.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="CSV, Parquet, GeoPackage or GeoJSON.")],
    code: Annotated[str | None, typer.Option(help="Column of the cells with their codes.")] = None,
    id_: Id = None,
    lon: Lon = None,
    lat: Lat = None,
    datum: Datum = None,
    cells_datum: Annotated[
        str | None, typer.Option(help="Datum of the cells; default: what the file says.")
    ] = None,
    crs: Annotated[
        str | None,
        typer.Option(envvar="GRIDWARD_METRIC_CRS", help="Metric CRS; default: the UTM zone of the cells."),
    ] = None,
    decimal: Decimal = ".",
    delimiter: Delimiter = None,
    encoding: Encoding = None,
    layer: Layer = None,
    rejected: RejectedTo = None,
    as_json: Annotated[bool, typer.Option("--json", help="Put the findings into the JSON summary.")] = False,
) -> None:
    """Give each point of a file its cell, file to file, without a database; same rule as everywhere.

    OUT has all columns of FILE and: cell, found (in a cell, snapped, outside), snapped_m.
    """
    from app.incidents import assigning, files

    _apart(output, file, cells)
    _apart(rejected, file, cells)
    points = files.open_points(file, delimiter=delimiter, encoding=encoding, layer=layer)
    named = {"id": id_, "lon": lon, "lat": lat}
    options = _options(points, named, ("lon", "lat"), datum=datum, decimal=decimal, only=("id", "lon", "lat"))
    ground = assigning.read_cells(cells, code=code, datum=cells_datum, crs=crs)
    with _bar(f"Assigning {file.name}") as on_progress:
        result = assigning.assign(
            points,
            options,
            ground,
            output,
            rejected_path=rejected or file.with_name(f"{file.name}.rejected.csv"),
            on_progress=on_progress,
        )
    findings = [*ground.findings, *result.findings]
    if not as_json:
        show(findings, err)
    extra = {"findings": [finding.to_dict() for finding in findings]} if as_json else {}
    print_json({**result.counts(), "output": str(output), **extra})
    if result.rejected == result.rows:
        raise typer.Exit(1)


def _options(
    points: PointFile,
    named: dict[str, str | None],
    needed: tuple[str, ...],
    *,
    datum: str | None,
    decimal: str,
    timezone: str | None = None,
    time_format: str | None = None,
    only: tuple[str, ...] | None = None,
) -> Options:
    from app.geo.datum import parse_datum
    from app.incidents import columns, files, intake, times

    if decimal not in {".", ","}:
        raise typer.BadParameter("must be . or ,", param_hint="--decimal")
    chosen = columns.choose(points.columns, named, needed, only)
    err.print(f"Columns: {chosen}")
    own = points.datum if chosen.lon == files.GEOMETRY_X else None
    return intake.Options(
        columns=chosen,
        datum=parse_datum(datum or own or "wgs84"),
        zone=times.parse_zone(timezone) if timezone else None,
        time_form=time_format,
        decimal=decimal,
    )


def _apart(written: Path | None, *read: Path) -> None:
    """Refuse to write over what is read: its rejected rows would be lost."""
    for file in read:
        if written is not None and written.resolve() == file.resolve():
            raise typer.BadParameter(f"{written} is what is read. Name another file to write.")


def _source(file: Path) -> str:
    """Return the file's name without suffix; that of the first file for its mended rejected rows."""
    return re.sub(r"\.[^.]+\.rejected$", "", file.stem)


@contextmanager
def _bar(title: str) -> Iterator[Callable[[float, int], None]]:
    """Show a progress bar on standard error; yields what moves it."""
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns: tuple[Any, ...] = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.fields[rows]:,} rows"),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err) as progress:
        task = progress.add_task(title, total=1.0, rows=0)

        def move(share: float, rows: int) -> None:
            storing = share >= 1.0
            progress.update(
                task, completed=share, rows=rows, description=f"{title}: storing" if storing else title
            )

        yield move
