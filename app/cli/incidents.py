"""`gridward incidents`."""

from __future__ import annotations

import typer

app = typer.Typer(no_args_is_help=True)


@app.callback()
def about() -> None:
    """To be written."""


def assign() -> None:
    """To be written."""
