"""Command line: every job of Gridward, one sub-command per package.

Commands read settings from the environment, open one transaction, call a service, and report: a table for people,
one JSON document with `--json` for machines. A known error ends with exit code 1 and its message, never a traceback;
with `--json` it is a document too.
"""

from __future__ import annotations

import sys

import typer

from app.cli import (
    admin,
    areas,
    cases,
    categories,
    common,
    db,
    demo,
    gazetteer,
    hotline,
    incidents,
    parties,
    patrol,
    serve,
    streets,
)
from app.core.errors import GridwardError

app = typer.Typer(
    name="gridward",
    help="Grid-based city management (网格化城市管理): cells, incidents, patrol coverage, maps.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(db.app, name="db")
app.add_typer(admin.app, name="admin")
app.add_typer(areas.app, name="areas")
app.add_typer(categories.app, name="categories")
app.add_typer(parties.app, name="parties")
app.add_typer(incidents.app, name="incidents")
app.add_typer(cases.app, name="cases")
app.add_typer(patrol.app, name="patrol")
app.add_typer(gazetteer.app, name="gazetteer")
app.add_typer(hotline.app, name="hotline")
app.add_typer(streets.app, name="streets")
app.add_typer(demo.app, name="demo")
app.command("serve")(serve.serve)
app.command("assign")(incidents.assign)


def main() -> None:
    """Run the command line; known errors become one message and exit code 1."""
    try:
        app()
    except GridwardError as error:
        common.refuse(error, as_json="--json" in sys.argv)
        sys.exit(1)
    except OSError as error:  # a folder that can't be written to, a full disk
        common.refuse(common.FileTrouble(f"{error}."), as_json="--json" in sys.argv)
        sys.exit(1)
