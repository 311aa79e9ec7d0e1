"""Reads a package's `sql/*.sql` files into named statements.

A query is a file: its name is the query's, its opening comment says purpose, in and out.
Values go in as `:name` parameters, never by formatting text.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from sqlalchemy import TextClause, text


class Queries:
    """The queries of one folder, by file name: `Queries(folder)["cell_at_point"]`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __getitem__(self, name: str) -> TextClause:
        """Return the statement in `<name>.sql`.

        Raises:
            FileNotFoundError: There is no such file: a mistake in the calling code.
        """
        return _read(self.folder / f"{name}.sql")


@cache
def _read(file: Path) -> TextClause:
    return text(file.read_text(encoding="utf-8"))


def beside(module_file: str) -> Queries:
    """Return the queries in the `sql` folder beside a module; its own `__file__` is the argument."""
    return Queries(Path(module_file).parent / "sql")
