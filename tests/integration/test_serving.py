"""Serving in two processes: each gets its part of the connections, and an address in use is refused."""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

import pytest

from app.core.settings import ROOT

SERVE = "import sys; from app.web import serving; serving.run(sys.argv[1], '127.0.0.1', int(sys.argv[2]), 2)"
SLOW_S = 60
Message = MutableMapping[str, Any]


async def _tell(
    scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    if scope["type"] == "lifespan":
        for _ in range(2):
            said = await receive()
            await send({"type": said["type"] + ".complete"})
        return
    body = str(os.getpid()).encode()
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"%d" % len(body))]}
    )
    await send({"type": "http.response.body", "body": body})


def telling() -> object:
    """Return an app that tells which process answers."""
    return _tell


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def begun(port: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-c", SERVE, "tests.integration.test_serving:telling", str(port)], cwd=ROOT
    )


@pytest.fixture
def port() -> Iterator[int]:
    chosen = free_port()
    server = begun(chosen)
    try:
        yield chosen
    finally:
        server.terminate()
        server.wait(SLOW_S)


def asked(port: int, times: int) -> Counter[str]:
    """Ask over connections of their own, all open at once, and count who answers."""
    connections = [http.client.HTTPConnection("127.0.0.1", port, timeout=SLOW_S) for _ in range(times)]
    for one in connections:
        one.connect()
    found: Counter[str] = Counter()
    for one in connections:
        one.request("GET", "/")
        found[one.getresponse().read().decode()] += 1
    for one in connections:
        one.close()
    return found


def test_each_process_gets_its_part_of_the_connections(port: int) -> None:
    until = time.monotonic() + SLOW_S
    while True:  # a worker that has not begun yet has no part
        try:
            found = asked(port, 64)
        except OSError:
            found = Counter()
        if len(found) == 2 or time.monotonic() > until:
            break
        time.sleep(0.1)
    found = asked(port, 64)
    assert sum(found.values()) == 64
    assert len(found) == 2
    assert min(found.values()) >= 8, found  # fewer: by chance less than once in 100 million


def test_an_address_in_use_is_refused(port: int) -> None:
    until = time.monotonic() + SLOW_S
    while not _listens(port) and time.monotonic() < until:
        time.sleep(0.1)
    second = begun(port)
    assert second.wait(SLOW_S) != 0


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
