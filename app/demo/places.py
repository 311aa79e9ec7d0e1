"""What the demo knows of the district before any polygon: official codes and names, and seats of our own estimate.

Chinese: 街道、社区名录. Codes and names are facts with source and date (`geodata/manifest.toml`); seats are approximate
and ours. Holds no polygon: see `boundary` (real) and `partition` (synthetic).
"""

from __future__ import annotations

import csv
import hashlib
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.core.errors import NotReady
from app.core.settings import GEODATA

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DISTRICT_CODE = "110105"
DISTRICT_NAME = "朝阳区"


class GeodataChanged(NotReady):
    """A file of geodata isn't the one that the manifest describes."""

    zh = "地理数据文件与清单不符。"


@dataclass(frozen=True, slots=True)
class Street:
    """A street office's ground (街道、地区): code, name, an approximate seat (WGS-84 degrees) and size."""

    code: str
    name: str
    lon: float
    lat: float
    about_km2: float


@dataclass(frozen=True, slots=True)
class Community:
    """A community or village (社区、村); `kind` is residents, village or other."""

    code: str
    name: str
    street_code: str
    kind: str


def manifest() -> dict[str, Any]:
    """Return `geodata/manifest.toml`: every file with its source, licence, date, CRS and checksum."""
    return tomllib.loads((GEODATA / "manifest.toml").read_text(encoding="utf-8"))


def check(path: Path, sha256: str, remedy: str) -> None:
    """Compare a file with the checksum that the manifest states.

    Raises:
        GeodataChanged: It is missing, or another one.
    """
    if not path.is_file():
        raise GeodataChanged(f"{path.name} is missing.", remedy=remedy)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise GeodataChanged(
            f"{path.name} has checksum {found[:12]}..., wanted {sha256[:12]}...", remedy=remedy
        )


def streets() -> list[Street]:
    """Return the 43 street offices by code, each with its estimated seat."""
    seats = {row["street_code"]: row for row in _rows("seats.csv")}
    return [
        Street(
            code=row["code"],
            name=row["name"],
            lon=float(seats[row["code"]]["lon"]),
            lat=float(seats[row["code"]]["lat"]),
            about_km2=float(seats[row["code"]]["about_km2"]),
        )
        for row in _rows("streets.csv")
    ]


def communities() -> list[Community]:
    """Return the 768 communities by code."""
    return [
        Community(code=row["code"], name=row["name"], street_code=row["street_code"], kind=row["kind"])
        for row in _rows("communities.csv")
    ]


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (GEODATA / "chaoyang" / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)
