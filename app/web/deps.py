"""The line that requests wait in, and a transaction of nobody's; endpoints take `app.auth.guards.Transaction`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from sqlalchemy import Connection, Engine, text

PATIENCE_S = 10.0
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


async def _seat(request: Request) -> AsyncIterator[None]:
    """Wait in line before a thread and a connection are taken: requests that hold one never wait for the other.

    There are as many seats as connections that are kept open, fewer than the 40 threads.
    """
    seats: asyncio.Semaphore = request.app.state.seats
    try:
        await asyncio.wait_for(seats.acquire(), PATIENCE_S)
    except TimeoutError:
        raise HTTPException(503, "Too many requests at once.", headers={"Retry-After": "5"}) from None
    try:
        yield
    finally:
        seats.release()


Seat = Annotated[None, Depends(_seat, scope="function")]
"""A place in the line; who has one may take a thread and a connection."""


def _transaction(request: Request, _seat: Seat) -> Iterator[Connection]:
    with public(request.app.state.engine) as connection:
        yield connection


Transaction = Annotated[Connection, Depends(_transaction, scope="function")]
"""A transaction of nobody's, for what tells a supervisor that the service is alive; everything else asks who asks."""
