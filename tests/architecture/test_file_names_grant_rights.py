"""A file's name says which outside libraries, and which neighbours, it may import (design section 1)."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from app.core.settings import ROOT

APP = ROOT / "app"
DATABASE = {"sqlalchemy", "geoalchemy2", "psycopg", "alembic"}
WEB = {"fastapi", "starlette"}
WIRE = {"pydantic"}
RIGHTS = {
    "tables": DATABASE,
    "repository": DATABASE,
    "schemas": WIRE,
    "endpoints": WEB | WIRE,
    "guards": WEB | {"sqlalchemy"},
    "service": set[str](),
}
PLUMBING = {"core", "db", "web", "cli"}
DOMAIN_FILES = [
    file
    for file in sorted(APP.glob("*/**/*.py"))
    if file.relative_to(APP).parts[0] not in PLUMBING and file.stem != "__init__"
]
PURE_FILES = [file for file in DOMAIN_FILES if file.stem not in RIGHTS]


def imported(source: str) -> set[str]:
    """Return every dotted name that a file imports when it runs; `if TYPE_CHECKING:` gives no rights away."""
    names: set[str] = set()
    skipped: set[ast.AST] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            skipped |= {inner for statement in node.body for inner in ast.walk(statement)}
        if node in skipped:
            continue
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def not_granted(stem: str, source: str) -> set[str]:
    """Return the outside libraries that a file of this name may not import, and does."""
    return {name.split(".")[0] for name in imported(source)} & (DATABASE | WEB | WIRE) - RIGHTS.get(
        stem, set()
    )


def impure(source: str) -> list[str]:
    """Return the imports of ours that a pure file may not have."""
    ours = [name for name in imported(source) if name.startswith("app.")]
    return [name for name in ours if set(RIGHTS) & set(name.split(".")[2:]) or name.startswith("app.db.")]


def name_of(file: Path) -> str:
    return str(file.relative_to(APP))


@pytest.mark.parametrize("file", DOMAIN_FILES, ids=name_of)
def test_only_granted_libraries(file: Path) -> None:
    assert not_granted(file.stem, file.read_text(encoding="utf-8")) == set()


@pytest.mark.parametrize("file", PURE_FILES, ids=name_of)
def test_pure_files_import_only_pure_files(file: Path) -> None:
    assert impure(file.read_text(encoding="utf-8")) == []


def test_the_rule_catches_what_it_should() -> None:
    assert not_granted("coverage", "import sqlalchemy") == {"sqlalchemy"}
    assert not_granted("service", "from fastapi import Depends") == {"fastapi"}
    assert not_granted("service", "if TYPE_CHECKING:\n    from sqlalchemy import Connection") == set()
    assert not_granted("repository", "from sqlalchemy import text") == set()
    assert impure("from app.areas.repository import cells") == ["app.areas.repository.cells"]
    assert impure("from app.areas import service") == ["app.areas.service"]
    assert impure("from app.geo.lattice import squares") == []
