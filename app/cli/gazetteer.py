"""`gridward gazetteer`: load places, look addresses up."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.cli.common import AsJson, out, print_json, service, show

app = typer.Typer(no_args_is_help=True, help="The gazetteer (地址库): places by address.")


@app.command()
def load(
    file: Annotated[
        Path, typer.Argument(help="CSV or GeoJSON: kind, code, name, parent, aliases, address, lon, lat.")
    ],
    datum: Annotated[str, typer.Option(help="wgs84, gcj02, bd09 or epsg:N.")] = "wgs84",
    synthetic: Annotated[bool, typer.Option(help="Invented.")] = False,
    as_json: AsJson = False,
) -> None:
    """Store the places of a file; faulty rows are told, the same file again changes nothing."""
    from app.auth.principal import SYSTEM
    from app.gazetteer import service as gazetteer

    with service() as connection:
        done = gazetteer.load(
            connection, SYSTEM, file.read_bytes(), file.name, datum=datum, synthetic=synthetic
        )
    if as_json:
        print_json(done.to_dict())
        return
    show(done.findings, out)
    out.print(f"{done.rows:,} rows, {done.changed:,} stored or changed, {len(done.findings):,} left out.")


@app.command()
def search(text: Annotated[str, typer.Argument(help="An address.")], as_json: AsJson = False) -> None:
    """Tell which place an address means, and why."""
    from app.gazetteer import service as gazetteer

    with service() as connection:
        match = gazetteer.search(connection, [text])[0]
    found = [one.to_dict() for one in match.candidates]
    if as_json:
        print_json({"status": match.status, "zh": match.zh, "en": match.en, "candidates": found})
        return
    out.print(f"{match.status}: {match.zh} {match.en}", markup=False)
    for one in found:
        out.print(f"  {one['score']:5.1f}  {one['label']}  {one['zh']}", markup=False)
