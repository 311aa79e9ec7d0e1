"""`gridward serve` really serves: says when it is ready, ends tidily on Ctrl-C, and names a taken port's remedy."""

from __future__ import annotations

import http.client
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


def asked_as(host: str, port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request("GET", "/healthz", headers={"Host": f"{host}:{port}"})
    status = connection.getresponse().status
    connection.close()
    return status


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_says_when_it_is_ready_and_ends_tidily(databases: Databases, how: signal.Signals) -> None:
    port = free_port()
    server = serve(databases, port)
    assert server.stdout is not None
    assert server.stdout.readline() == f"Gridward is ready: http://127.0.0.1:{port}/  (Ctrl-C stops it)\n"
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/openapi.json", timeout=30) as answer:
        assert answer.status == 200
    assert asked_as("localhost", port) == 200
    assert asked_as("evil.example", port) == 400  # a foreign name that was made to resolve to this machine
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


@pytest.mark.parametrize("option", ["--port=99999", "--port=0", "--workers=0"])
def test_numbers_out_of_range_are_refused(option: str) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("gridward")), "serve", option],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert "Invalid value for" in done.stderr
