"""What the commands share: the databases of this deployment, JSON and tables out."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import psycopg
import typer
from rich.console import Console
from sqlalchemy.exc import OperationalError

from app.core.errors import BadInput, GridwardError
from app.core.settings import Settings
from app.db.databases import DatabaseLost, Databases
from app.db.engine import transaction

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from app.core.findings import Finding

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]

out = Console(highlight=False, soft_wrap=True)
err = Console(
    stderr=True, highlight=False, soft_wrap=True
)  # progress and messages: never in the way of --json


SHOWN = 40  # findings as text; --json has all


class FileTrouble(BadInput):
    """A file can't be read or written."""

    zh = "无法读取或写入文件。"


def refuse(error: GridwardError, *, as_json: bool) -> None:
    """Tell why nothing was done: findings and message on standard error; with --json a document, too."""
    if as_json:
        findings = [finding.to_dict() for finding in error.findings]
        print_json({"outcome": "refused", "error": str(error), "findings": findings})
    show(error.findings, err)
    err.print(f"gridward: {error}", markup=False)


def show(findings: Sequence[Finding], console: Console) -> None:
    """Print findings, a line each; the first ones only where they are many."""
    for finding in findings[:SHOWN]:
        console.print(str(finding), markup=False)
    if len(findings) > SHOWN:
        console.print(f"... and {len(findings) - SHOWN:,} more: see --json.")


def settings() -> Settings:
    """Return the deployment's settings."""
    return Settings.from_env(os.environ)


@contextmanager
def owner() -> Iterator[Connection]:
    """Open one transaction as the owner role: loads areas, lays the grid."""
    with _opened() as databases, transaction(databases.owner, principal="system") as connection:
        yield connection


@contextmanager
def service() -> Iterator[Connection]:
    """Open one transaction as the service role: everything that isn't reference data."""
    with _opened() as databases, transaction(databases.service, principal="system") as connection:
        yield connection


@contextmanager
def _opened() -> Iterator[Databases]:
    """Open the deployment's database, and close its connections afterwards."""
    databases = Databases.open(settings())
    try:
        yield databases
    except KeyboardInterrupt:
        err.print("Stopped: what was under way is undone, nothing of it is stored.")
        raise
    except (OperationalError, psycopg.OperationalError) as error:  # of COPY, which SQLAlchemy doesn't wrap
        said = " ".join(str(getattr(error, "orig", None) or error).split())
        raise DatabaseLost(
            f"It said: {said}.", remedy="See: gridward db status. Then do it again."
        ) from error
    finally:
        for engine in filter(None, (databases.owner_or_none, databases.service)):
            engine.dispose()


def print_json(document: Any) -> None:
    """Print one JSON document on one line of standard output."""
    print(json.dumps(document, ensure_ascii=False, default=str))  # rich would wrap it
