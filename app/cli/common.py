"""What the commands share: the databases of this deployment, JSON and tables out."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from app.core.settings import Settings
from app.db.databases import Databases
from app.db.engine import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]

out = Console(highlight=False, soft_wrap=True)
err = Console(
    stderr=True, highlight=False, soft_wrap=True
)  # progress and messages: never in the way of --json


def settings() -> Settings:
    """Return the deployment's settings."""
    return Settings.from_env(os.environ)


@contextmanager
def owner() -> Iterator[Connection]:
    """Open one transaction as the owner role: loads areas, lays the grid."""
    with _opened() as databases, transaction(databases.owner, principal="cli") as connection:
        yield connection


@contextmanager
def service() -> Iterator[Connection]:
    """Open one transaction as the service role: everything that isn't reference data."""
    with _opened() as databases, transaction(databases.service, principal="cli") as connection:
        yield connection


@contextmanager
def _opened() -> Iterator[Databases]:
    """Open the deployment's database, and close its connections afterwards."""
    databases = Databases.open(settings())
    try:
        yield databases
    finally:
        for engine in filter(None, (databases.owner_or_none, databases.service)):
            engine.dispose()


def print_json(document: Any) -> None:
    """Print one JSON document on one line of standard output."""
    print(json.dumps(document, ensure_ascii=False, default=str))  # rich would wrap it
