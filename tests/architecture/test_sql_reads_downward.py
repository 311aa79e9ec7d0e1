"""A package's SQL reads schemas of its own or of lower packages, writes only its own, says what it is for, and is used."""

from __future__ import annotations

import ast
import re
import tomllib
from functools import cache
from pathlib import Path

import pytest

from app.core.settings import ROOT

APP = ROOT / "app"
FILES = sorted(APP.glob("**/sql/*.sql"))
WRITES = (
    r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE(?:\s+TABLE)?|COPY)\s+(?:ONLY\s+)?(\w+)\."
)


def layers() -> list[set[str]]:
    """Return the packages from the top down, as import-linter's contract in pyproject.toml has them."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    lines = contracts["contracts"][0]["layers"]
    return [set(re.findall(r"\w+", line)) for line in lines]


def readable(package: str) -> set[str]:
    """Return the schemas whose facts a package may read."""
    depth = next(i for i, names in enumerate(layers()) if package in names)
    return {package}.union(*layers()[depth + 1 :])


def without_comments(source: str) -> str:
    return re.sub(r"--[^\n]*|/\*.*?\*/", "", source, flags=re.DOTALL)


def named(source: str) -> set[str]:
    """Return the schemas of ours that a statement names."""
    schemas = set().union(*layers())
    return {name for name in re.findall(r"\b(\w+)\.\w+", without_comments(source)) if name in schemas}


def written(source: str) -> set[str]:
    """Return the schemas of ours that a statement writes."""
    found = re.findall(WRITES, without_comments(source), re.IGNORECASE)
    return {name for name in found if name in set().union(*layers())}


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(APP)))
def test_downward_only_and_described(file: Path) -> None:
    package, source = file.relative_to(APP).parts[0], file.read_text(encoding="utf-8")
    assert source.lstrip().startswith("--"), "a query opens with what it is for"
    assert named(source) <= readable(package)
    assert written(source) <= {package}


@cache
def words_of(folder: Path) -> frozenset[str]:
    """Return every string, keyword and name in the Python below a folder."""
    said: set[str] = set()
    for file in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                said.add(node.value)
            elif isinstance(node, ast.keyword | ast.arg) and node.arg is not None:
                said.add(node.arg)
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                said.add(node.target.id)  # a dataclass's field: `asdict` gives it
    return frozenset(said)


def binds(source: str) -> set[str]:
    """Return the names of the values that a statement takes."""
    return set(re.findall(r"(?<![:\w]):([a-z_]\w*)", re.sub(r"'[^']*'", "''", without_comments(source))))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(APP)))
def test_every_query_is_asked_and_given_its_values(file: Path) -> None:
    users = [folder for folder in sorted(APP.iterdir()) if folder.is_dir() and file.stem in words_of(folder)]
    assert users, "no code names this query"
    said = frozenset().union(*(words_of(folder) for folder in users))
    assert binds(file.read_text(encoding="utf-8")) <= said


def test_the_rule_catches_what_it_should() -> None:
    assert binds("-- :no\nSELECT ':no', :yes::text, CAST(:also AS text), a.b::int") == {"yes", "also"}
    assert "patrol" not in readable("incidents")
    assert {"areas", "teams"} <= readable("incidents")
    assert named("-- patrol.visits\nSELECT * FROM patrol.fixes AS f JOIN areas.cells AS c ON f.x = c.x") == {
        "patrol",
        "areas",
    }
    assert written("INSERT INTO areas.cells SELECT * FROM incidents.incidents") == {"areas"}
    assert written("SELECT * FROM areas.cells") == set()
