"""Sends requests to a running server over kept-open connections, as fast as it answers or at a fixed rate.

Written over bare streams: a full HTTP client would take more of a two-core machine than the server that it measures.
"""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import uvloop


@dataclass(slots=True)
class Run:
    """What one run saw: seconds from when a request was due to its answer, the statuses, the last answer beyond 299."""

    seconds: float = 0.0
    waits: list[float] = field(default_factory=list)
    statuses: Counter[int] = field(default_factory=Counter)
    odd: bytes = b""

    @property
    def rate(self) -> float:
        """Answers a second."""
        return len(self.waits) / self.seconds

    def quantile(self, share: float) -> float:
        """Return the wait that this share of the requests stayed under, in milliseconds."""
        ordered = sorted(self.waits)
        return 1000 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where requests go; `body` makes the n-th one's JSON."""

    port: int
    path: str
    headers: dict[str, str]
    body: Callable[[int], bytes]

    def request(self, n: int) -> bytes:
        """Return the n-th request, ready to send."""
        body = self.body(n)
        lines = [
            f"POST {self.path} HTTP/1.1",
            f"Host: 127.0.0.1:{self.port}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value.format(n=n)}" for name, value in self.headers.items()),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def _answer(reader: asyncio.StreamReader, run: Run) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.partition(b":")[2])
    body = await reader.readexactly(length)
    status = int(head[9:12])
    run.statuses[status] += 1
    if status > 299:
        run.odd = body


def closed_loop(target: Target, connections: int, seconds: float, first: int = 0) -> Run:
    """Send the next request of each connection as soon as the last one is answered."""
    return uvloop.run(_closed_loop(target, connections, seconds, first))


async def _closed_loop(target: Target, connections: int, seconds: float, first: int) -> Run:
    run, numbers = Run(), iter(range(first, first + 10_000_000))
    began = time.perf_counter()

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
        while time.perf_counter() - began < seconds:
            sent = time.perf_counter()
            writer.write(target.request(next(numbers)))
            await _answer(reader, run)
            run.waits.append(time.perf_counter() - sent)
        writer.close()

    await asyncio.gather(*(one() for _ in range(connections)))
    run.seconds = time.perf_counter() - began
    return run


def open_loop(target: Target, connections: int, rate: float, seconds: float, first: int = 0) -> Run:
    """Send requests when they are due, however long the earlier ones take; waits count from when each was due."""
    return uvloop.run(_open_loop(target, connections, rate, seconds, first))


async def _open_loop(target: Target, connections: int, rate: float, seconds: float, first: int) -> Run:
    run, due = Run(), asyncio.Queue[tuple[int, float] | None]()
    began = time.perf_counter()
    total = int(rate * seconds)

    async def clock() -> None:
        for n in range(total):
            at = began + n / rate
            await asyncio.sleep(max(0.0, at - time.perf_counter()))
            due.put_nowait((first + n, at))
        for _ in range(connections):
            due.put_nowait(None)  # no more

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
        while (next_one := await due.get()) is not None:
            n, at = next_one
            writer.write(target.request(n))
            await _answer(reader, run)
            run.waits.append(time.perf_counter() - at)
        writer.close()

    await asyncio.gather(clock(), *(one() for _ in range(connections)))
    run.seconds = time.perf_counter() - began
    return run
