"""A package's SQL reads schemas of its own or of lower packages, writes only its own, and says what it is for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from app.core.settings import ROOT

FILES = sorted((ROOT / "app").glob("*/sql/*.sql"))
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


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT / "app")))
def test_downward_only_and_described(file: Path) -> None:
    package, source = file.parent.parent.name, file.read_text(encoding="utf-8")
    assert source.lstrip().startswith("--"), "a query opens with what it is for"
    assert named(source) <= readable(package)
    assert written(source) <= {package}


def test_the_rule_catches_what_it_should() -> None:
    assert "patrol" not in readable("incidents")
    assert {"areas", "teams"} <= readable("incidents")
    assert named("-- patrol.visits\nSELECT * FROM patrol.fixes AS f JOIN areas.cells AS c ON f.x = c.x") == {
        "patrol",
        "areas",
    }
    assert written("INSERT INTO areas.cells SELECT * FROM incidents.incidents") == {"areas"}
    assert written("SELECT * FROM areas.cells") == set()
