"""`gridward serve`: the web server."""

from __future__ import annotations

import os
from typing import Annotated

import typer


def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PORT", help="Port to listen on.")] = 8000,
    workers: Annotated[int, typer.Option(help="Server processes.")] = 2,
) -> None:
    """Serve the pages and the API in the foreground, until Ctrl-C."""
    import uvicorn

    os.environ.setdefault("NUMBA_NUM_THREADS", "1")
    uvicorn.run(
        "app.main:from_environment",
        factory=True,
        host=host,
        port=port,
        workers=workers,
        log_level="warning",
    )
