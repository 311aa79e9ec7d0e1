"""`gridward serve` really serves: says when it is ready, ends tidily on Ctrl-C, and names a taken port's remedy."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from app.core.settings import ROOT
from app.db.databases import Databases


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def serve(databases: Databases, port: int) -> subprocess.Popen[str]:
    address = databases.service.url.set(drivername="postgresql").render_as_string(hide_password=False)
    return subprocess.Popen(
        [str(Path(sys.executable).with_name("gridward")), "serve", "--port", str(port)],
        env=os.environ | {"GRIDWARD_DATABASE_URL": address, "GRIDWARD_METRIC_CRS": "EPSG:4548"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        text=True,
    )


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_says_when_it_is_ready_and_ends_tidily(databases: Databases, how: signal.Signals) -> None:
    port = free_port()
    server = serve(databases, port)
    assert server.stdout is not None
    assert server.stdout.readline() == f"Gridward is ready: http://127.0.0.1:{port}/  (Ctrl-C stops it)\n"
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/openapi.json", timeout=30) as answer:
        assert answer.status == 200
    os.killpg(server.pid, how)  # a terminal's Ctrl-C reaches the whole group
    said, complaints = server.communicate(timeout=30)
    assert (server.returncode, said, complaints) == (0, "", "")
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_taken_port_is_named_with_its_remedy(databases: Databases) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        server = serve(databases, port)
        said, complaints = server.communicate(timeout=30)
    assert server.returncode == 1
    assert said == ""
    assert complaints.startswith("gridward: Gridward can't listen there.")
    assert f"make run PORT={port + 1}" in complaints
