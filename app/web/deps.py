"""The lines that requests wait in, and a transaction of nobody's; endpoints take `app.auth.guards.Transaction`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated, TypeVar
from weakref import WeakValueDictionary

from fastapi import Depends, HTTPException, Request
from sqlalchemy import Connection, Engine, text

from app.web.guard import COOKIE

T = TypeVar("T")
PATIENCE_S = 10.0
SEATS = 12
TURNS = 4
"""How many requests work at once in one process, and beside them how many short ones (`app.auth.guards.Turn`): a process
computes one at a time, and more threads only take turns more often. Each may hold a connection: `app.db.engine.POOL_SIZE`.
"""
OF_ONE = 8
"""How many of these seats one token or session (without one: one address) has at once: the others are for everybody else."""
BEGIN = text(
    "SELECT set_config('gridward.principal', 'public', true), set_config('statement_timeout', '30s', true),"
    " set_config('idle_in_transaction_session_timeout', '60s', true)"
)  # a runaway query, or a request that hangs, must not hold a connection for ever


@contextmanager
def public(engine: Engine) -> Iterator[Connection]:
    """Open one transaction of nobody signed in, with a request's limits: for health and for warming, which see the ground."""
    with engine.begin() as connection:
        connection.execute(BEGIN)
        yield connection


@asynccontextmanager
async def seated(seats: asyncio.Semaphore) -> AsyncIterator[None]:
    """Wait in line before a thread and a connection are taken: requests that hold one never wait for the other."""
    if seats.locked():  # a timer only for who must wait: it costs more than the seat
        try:
            await asyncio.wait_for(seats.acquire(), PATIENCE_S)
        except TimeoutError:
            raise HTTPException(503, "Too many requests at once.", headers={"Retry-After": "5"}) from None
    else:
        await seats.acquire()
    try:
        yield
    finally:
        seats.release()


async def _seat(request: Request) -> AsyncIterator[None]:
    lines: WeakValueDictionary[str, asyncio.Semaphore] = request.app.state.lines
    who = request.headers.get("authorization") or request.cookies.get(COOKIE) or ""
    who = who or (request.client.host if request.client else "")
    line = lines.get(who)
    if line is None:
        line = lines[who] = asyncio.Semaphore(OF_ONE)
    async with seated(line), seated(request.app.state.seats):
        yield


async def in_a_thread(work: Callable[[], T]) -> T:
    """Do blocking work in a thread, to its end whatever becomes of the request: it holds a connection."""
    doing = asyncio.get_running_loop().run_in_executor(None, work)
    try:
        return await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        raise


Seat = Annotated[None, Depends(_seat, scope="function")]
"""A place in the line; who has one may take a thread and a connection."""


def _transaction(request: Request, _seat: Seat) -> Iterator[Connection]:
    with public(request.app.state.engine) as connection:
        yield connection


Transaction = Annotated[Connection, Depends(_transaction, scope="function")]
"""A transaction of nobody's, for what tells a supervisor that the service is alive; everything else asks who asks."""
