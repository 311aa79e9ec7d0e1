"""Dependencies of endpoints: one transaction a request, as the service role."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy import Connection, Engine, text


def _transaction(request: Request) -> Iterator[Connection]:
    engine: Engine = request.app.state.engine
    with engine.begin() as connection:
        connection.execute(text("SELECT set_config('gridward.principal', 'public', true)"))
        yield connection


Transaction = Annotated[Connection, Depends(_transaction, scope="function")]
"""A connection in a transaction of its own, committed before the answer is sent, rolled back on an error."""
