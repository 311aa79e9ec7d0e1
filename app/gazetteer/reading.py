"""A file of places (地址库导入), CSV or GeoJSON, row by row: good ones as drafts, faulty ones reported. Pure."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from app.core.errors import BadInput
from app.core.findings import Finding
from app.core.sheets import decoded
from app.gazetteer.addresses import core, parse, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

KINDS: Final = {
    "compound": ("小区", "Compound"),
    "building": ("楼栋", "Building"),
    "unit": ("单元", "Unit"),
    "shop": ("商铺", "Shop"),
    "road": ("道路", "Road"),
    "landmark": ("地标", "Landmark"),
    "community": ("社区", "Community"),
}
COLUMNS: Final = ("kind", "code", "name", "parent", "aliases", "address", "community", "lon", "lat")
_NAMED: Final = {
    "类型": "kind", "编号": "code", "编码": "code", "名称": "name", "上级": "parent", "所属小区": "parent", "别名": "aliases",
    "地址": "address", "社区": "community", "经度": "lon", "纬度": "lat", "x": "lon", "y": "lat",
}  # fmt: skip
_KIND_OF: Final = {zh: kind for kind, (zh, _) in KINDS.items()} | {
    "楼": "building",
    "店铺": "shop",
    "门店": "shop",
}
LONGEST: Final = {"code": 100, "name": 100, "address": 300, "aliases": 500, "parent": 100, "community": 30}
MOST_ROWS: Final = 200_000
REMEDY: Final = f"Columns: {', '.join(COLUMNS)}; kinds: {', '.join(KINDS)}; aliases parted by ;"


class NotAGazetteer(BadInput):
    """The file is no list of places; nothing was stored."""

    zh = "文件不是地址清单，未保存。"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceDraft:
    """A place as it is told.

    Attributes:
        code: Its own id in its source: stored again under the same code, it is changed.
        parent: Code of the place it stands in, "" for none.
        x: Longitude, or easting in the datum of the file; so `y`.
        community: Code of the community; "" for the one it lies in.
    """

    kind: str
    name: str
    x: float
    y: float
    code: str = ""
    parent: str = ""
    aliases: tuple[str, ...] = ()
    address: str = ""
    community: str = ""

    @property
    def own_heads(self) -> tuple[str, ...]:
        """Normal forms of its names; none for a building or unit, which is found by its compound."""
        if self.kind in ("building", "unit"):
            return tuple(dict.fromkeys(core(alias) for alias in self.aliases))
        names = [core(name) for name in (self.name, *self.aliases)]
        road = parse(self.address).road if self.address and self.kind in ("compound", "landmark") else ""
        return tuple(dict.fromkeys(name for name in (*names, road) if name))

    @property
    def building(self) -> str:
        """Its building's number or letter alone."""
        return _number(self.name, "号楼") if self.kind == "building" else ""

    @property
    def unit(self) -> str:
        """Its unit's number or letter alone."""
        return _number(self.name, "单元") if self.kind == "unit" else ""


def _number(name: str, thing: str) -> str:
    plain = tidy(name)
    found = re.fullmatch(
        r"(?:第)?([甲乙丙丁]?\d{1,4}[A-Z]?|[A-Z]\d{0,2})(?:号楼|号|楼|栋|幢|座|单元|门)?", plain
    )
    return re.sub(r"^0+(?=.)", "", found[1]) if found else plain.removesuffix(thing)


def read(content: bytes, file_name: str) -> tuple[list[tuple[str, PlaceDraft]], list[Finding]]:
    """Return the good rows with where they stand, and findings for the others.

    Raises:
        NotAGazetteer: It isn't CSV or GeoJSON, or has no rows, or far too many.
    """
    rows = _geojson(content) if file_name.lower().endswith((".geojson", ".json")) else _csv(content)
    good: list[tuple[str, PlaceDraft]] = []
    findings: list[Finding] = []
    for count, (where, row) in enumerate(rows, 1):
        if count > MOST_ROWS:
            raise NotAGazetteer(f"It has more than {MOST_ROWS:,} rows.", remedy="Load it in parts.")
        try:
            good.append((where, draft(row)))
        except ValueError as error:
            findings.append(Finding(code="bad-place", where=where, message=f"{error}.", remedy=REMEDY))
    if not good and not findings:
        raise NotAGazetteer("It has no rows.", remedy=REMEDY)
    return good, findings


def draft(row: Mapping[str, Any]) -> PlaceDraft:
    """Return one row as a draft.

    Raises:
        ValueError: Says what is wrong.
    """
    said = {_NAMED.get(str(k).strip(), str(k).strip().lower()): v for k, v in row.items()}
    texts = {name: str(said.get(name) or "").strip() for name in LONGEST}
    for name, text in texts.items():
        if len(text) > LONGEST[name]:
            raise ValueError(f"{name} has {len(text)} characters, at most {LONGEST[name]} are kept")
        if "\0" in text:
            raise ValueError(f"{name} holds a NUL character")
    kind = str(said.get("kind") or "").strip()
    kind = _KIND_OF.get(kind, kind.lower())
    if kind not in KINDS:
        raise ValueError(f"kind is {kind[:40]!r}")
    if not texts["name"]:
        raise ValueError("name is empty")
    if kind in ("building", "unit") and not texts["parent"]:
        raise ValueError(f"a {kind} wants a parent")
    try:
        x, y = float(said.get("lon") or "nan"), float(said.get("lat") or "nan")
    except (TypeError, ValueError):
        x = y = math.nan
    if not (math.isfinite(x) and math.isfinite(y)):
        raise ValueError("lon and lat are no numbers")
    aliases = tuple(part for part in re.split(r"[;；|、]", texts["aliases"]) if part.strip())
    return PlaceDraft(
        kind=kind, name=texts["name"], x=x, y=y, code=texts["code"], parent=texts["parent"], aliases=aliases,
        address=texts["address"], community=texts["community"],
    )  # fmt: skip


def _csv(content: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    reader = csv.DictReader(io.StringIO(decoded(content), newline=""))
    names = {_NAMED.get(name.strip(), name.strip().lower()) for name in reader.fieldnames or ()}
    if not {"kind", "name", "lon", "lat"} <= names:
        raise NotAGazetteer("The first line lacks kind, name, lon or lat.", remedy=REMEDY)
    for row in reader:
        if any(value for value in row.values()):
            yield f"row {reader.line_num}", row


def _geojson(content: bytes) -> Iterator[tuple[str, dict[str, Any]]]:
    try:
        features = json.loads(content)["features"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise NotAGazetteer("It isn't a GeoJSON FeatureCollection.", remedy=REMEDY) from None
    for number, feature in enumerate(features if isinstance(features, list) else [], 1):
        held = feature if isinstance(feature, dict) else {}
        geometry = held.get("geometry") or {}
        at = (
            geometry.get("coordinates")
            if isinstance(geometry, dict) and geometry.get("type") == "Point"
            else None
        )
        place = dict(zip(("lon", "lat"), at, strict=False)) if isinstance(at, list) else {}
        properties = held.get("properties")
        yield f"feature {number}", {**(properties if isinstance(properties, dict) else {}), **place}
