"""Reads a package's `sql/*.sql` files into named statements.

A query is a file: its name is the query's, its opening comment says purpose, in and out.
Values go in as `:name` parameters, never by formatting text.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import TextClause, text
from sqlalchemy.dialects import postgresql


class Queries:
    """The queries of one folder, by file name: `Queries(folder)["cell_at_point"]`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._read: dict[str, TextClause] = {}

    def __getitem__(self, name: str) -> TextClause:
        """Return the statement in `<name>.sql`.

        Raises:
            FileNotFoundError: There is no such file: a mistake in the calling code.
        """
        known = self._read.get(name)
        if known is None:
            known = self._read[name] = text((self.folder / f"{name}.sql").read_text(encoding="utf-8"))
        return known


class Numbered(NamedTuple):
    """A statement as the server takes it, with the names of $1, $2 and so on."""

    sql: str
    names: tuple[str, ...]


@cache
def numbered(statement: TextClause) -> Numbered:
    """Return a statement for `app.db.engine.first`: there is nothing left to be translated for each run."""
    dialect = postgresql.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
    compiled = statement.compile(dialect=dialect)
    return Numbered(str(compiled), tuple(compiled.positiontup or ()))


def beside(module_file: str) -> Queries:
    """Return the queries in the `sql` folder beside a module; its own `__file__` is the argument."""
    return Queries(Path(module_file).parent / "sql")
