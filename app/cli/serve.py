"""`gridward serve`: the web server."""

from __future__ import annotations

import http.client
import os
import socket
import sys
import threading
import time
from typing import Annotated

import typer

from app.cli.common import settings
from app.core.errors import NotReady
from app.core.settings import LOOPBACK

FACTORY = "app.main:from_environment"


class PortTaken(NotReady):
    """Gridward can't listen there."""

    zh = "端口已被占用或不可用。"


def serve(
    host: Annotated[
        str, typer.Option(help="Address to listen on; others than loopback also want GRIDWARD_HOSTS.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(envvar="PORT", help="Port to listen on.", min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="Server processes.", min=1)] = 2,
) -> None:
    """Serve the pages and the API in the foreground, until Ctrl-C."""
    from app.db.databases import Databases
    from app.web import serving

    chosen = settings()
    Databases.open(chosen).service.dispose()  # says what is wrong once, here, and not in every worker
    _check_free(host, port)
    if host not in (*LOOPBACK, "0.0.0.0", "::"):  # noqa: S104  # names of no host
        os.environ["GRIDWARD_HOSTS"] = ",".join((*chosen.hosts, host))
    os.environ.setdefault("NUMBA_NUM_THREADS", "1")  # the server computes serially (design section 1)
    threading.Thread(target=_announce, args=(host, port), daemon=True).start()
    serving.run(FACTORY, host, port, workers)


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"{host}:{port}: {error.strerror}.",
                remedy=f"Choose another port: make run PORT={port + 1} (or gridward serve --port {port + 1}).",
            ) from error


def _announce(host: str, port: int) -> None:
    """Say where to look, once, when the first page has answered."""
    while True:
        connection = http.client.HTTPConnection(host, port, timeout=30)
        try:
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            print(f"Gridward is ready: http://{host}:{port}/  (Ctrl-C stops it)", flush=True, file=sys.stdout)
            return
        finally:
            connection.close()
