"""Reads a line layer or an OSM extract into streets and barriers, feature by feature (路网导入). No database.

Good features are kept, every faulty one is named with what is wrong with it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyogrio
import shapely

from app.areas.reading import EmptyFile, MissingColumn, UnreadableFile, to_metric
from app.core.errors import BadInput
from app.core.findings import Finding
from app.geo.datum import parse_datum
from app.streets.kinds import KINDS, kind_of, level_of, tags_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from numpy.typing import NDArray
    from shapely.geometry.base import BaseGeometry

    from app.geo.crs import Metric

OSM_SUFFIXES = (".osm", ".pbf")
OSM_LAYER = "lines"
TAGS = (
    "kind", "highway", "fclass", "railway", "waterway", "barrier", "foot", "access", "sidewalk", "layer", "bridge",
    "tunnel", "other_tags",
)  # fmt: skip
NAMES = ("name", "name:zh", "name_zh", "名称", "路名")
LONGEST_NAME = 200
AROUND_M = 200.0
"""Streets along the district's border are walked, too: what lies farther out is cut off."""


class NoStreets(BadInput):
    """Nothing in the file can be walked along in this district; nothing was changed."""

    zh = "文件中没有本区可步行的道路，未作任何更改。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """How a file is read; None where it is to be guessed.

    Attributes:
        kind: The column that says what a line is: street, path, steps, barrier, or a value of OSM's `highway`.
        name: The column with its name.
        all_are: What every line is, for a file that doesn't say.
    """

    kind: str | None = None
    name: str | None = None
    all_are: str | None = None
    layer: str | None = None
    datum: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """What was read: lines in metres with kind, name and level; how many features there were; what was found."""

    lines: NDArray[np.object_]
    kinds: list[str]
    names: list[str]
    levels: list[int]
    features: int
    findings: tuple[Finding, ...]


def read(file: Path, metric: Metric, district: BaseGeometry, columns: Columns) -> Lines:
    """Read a file.

    Args:
        file: GeoJSON, GeoPackage, Shapefile or another line layer; `.osm`, `.osm.pbf`.
        metric: The deployment's metric CRS.
        district: Its ground in metres; lines are cut off 200 m beyond.
        columns: See there.

    Raises:
        UnreadableFile, EmptyFile, MissingColumn: It can't be read, has no features, or no column that says what they are.
        NoStreets: No feature is any good here.
    """
    if columns.all_are is not None and columns.all_are not in KINDS:
        raise BadInput(f"{columns.all_are!r} is no kind of line.", remedy=f"Kinds: {', '.join(KINDS)}.")
    frame, datum = _opened(file, columns)
    rows = _rows(frame, columns)
    original = np.asarray(frame["geometry"], dtype=object)
    metres = to_metric(shapely.force_2d(original), datum, metric)
    return sorted_out(metres, rows, district, columns.all_are)


def _opened(file: Path, columns: Columns) -> tuple[Any, str]:
    if not file.is_file():
        raise UnreadableFile(f"There is no file {file}.", remedy="Check the path.")
    if not file.stat().st_size:
        raise EmptyFile(f"{file.name} has 0 bytes.", remedy="Export it again.")
    layer = columns.layer
    if layer is None and file.suffix.lower() in OSM_SUFFIXES:
        layer = OSM_LAYER
    try:
        layers = [str(name) for name in pyogrio.list_layers(file)[:, 0]]
        if layer is None and len(layers) > 1:
            raise UnreadableFile(
                f"{file.name} has several layers: {', '.join(layers)}.", remedy="Name one with --layer."
            )
        frame = pyogrio.read_dataframe(file, layer=layer)
    except (RuntimeError, UnicodeDecodeError, ValueError) as error:
        raise UnreadableFile(
            f"{file.name}: {error}".rstrip(".") + ".",
            remedy="Give GeoJSON, GeoPackage, Shapefile, .osm or .osm.pbf.",
        ) from error
    if "geometry" not in frame:
        raise UnreadableFile(f"{file.name} holds no geometry.", remedy="Name its --layer.")
    if not len(frame):
        raise EmptyFile(f"{file.name} is empty.", remedy="Check the export that made it.")
    datum = parse_datum(columns.datum) if columns.datum else None
    if datum is None:
        code = frame.crs.to_epsg() if frame.crs is not None else None
        datum = "wgs84" if code in (None, 4326) else parse_datum(f"epsg:{code}")
    return frame, datum


def _rows(frame: Any, columns: Columns) -> list[dict[str, str]]:
    """Return each feature's tags, `name` among them."""
    known = [str(one) for one in frame.columns if one != "geometry"]
    for asked in (columns.kind, columns.name):
        if asked is not None and asked not in known:
            raise MissingColumn(f"{asked!r} is not among: {', '.join(known)}.", remedy="Name one of these.")
    lower = {one.lower(): one for one in known}
    taken = {tag: lower[tag] for tag in TAGS if tag in lower}
    if columns.kind:
        taken["kind"] = columns.kind
    if not taken and columns.all_are is None:
        raise MissingColumn(
            f"None of these says what a line is: {', '.join(known) or 'no columns at all'}.",
            remedy="Name it with --kind-col, or say what all are with --all-are street.",
        )
    name = columns.name or next((lower[one] for one in NAMES if one in lower), None)
    texts = {tag: _texts(frame[column]) for tag, column in taken.items()}
    names = _texts(frame[name]) if name else [""] * len(frame)
    return [
        {tag: values[at] for tag, values in texts.items()} | {"name": names[at][:LONGEST_NAME]}
        for at in range(len(frame))
    ]


def _texts(column: Any) -> list[str]:
    return [str(one).replace("\0", "").strip() for one in column.fillna("").tolist()]


def sorted_out(
    metres: NDArray[np.object_], rows: list[dict[str, str]], district: BaseGeometry, all_are: str | None
) -> Lines:
    """Keep what is good of some features in metres, clipped to the district, and say what is wrong with the others.

    Raises:
        NoStreets: Nothing to walk along is left.
    """
    ground = shapely.buffer(district, AROUND_M)
    shapely.prepare(ground)
    lines: list[BaseGeometry] = []
    kinds: list[str] = []
    names: list[str] = []
    levels: list[int] = []
    findings: list[Finding] = []
    passed: Counter[str] = Counter()
    seen: dict[bytes, int] = {}
    for number, (shape, row) in enumerate(zip(metres, rows, strict=True), 1):
        tags = tags_of(row)
        wrong = _wrong(shape)
        kind = all_are or kind_of(tags)
        if wrong:
            findings.append(_finding("bad-line", number, tags, wrong, "Draw it again, or leave it out."))
            continue
        if kind is None:
            passed[_said(tags)] += 1
            continue
        key = shapely.to_wkb(shapely.normalize(shape)) + kind.encode()
        if key in seen:
            findings.append(_finding("duplicate", number, tags, f"It is the same as feature {seen[key]}"))
            continue
        seen[key] = number
        if not shapely.intersects(ground, shape):
            passed["outside the district"] += 1
            continue
        inside = shape if shapely.covers(ground, shape) else shapely.intersection(shape, ground)
        for part in shapely.get_parts(shapely.get_parts(inside)):
            if part.geom_type == "LineString" and part.length > 0:
                lines.append(part)
                kinds.append(kind)
                names.append(tags.get("name", ""))
                levels.append(level_of(tags))
    findings += [_passed(what, count) for what, count in sorted(passed.items())]
    if not set(kinds) - {"barrier"}:
        raise NoStreets(
            f"{len(rows)} features were read.", remedy="See what was found in them.", findings=findings
        )
    return Lines(np.array(lines, np.object_), kinds, names, levels, len(rows), tuple(findings))


def _wrong(shape: BaseGeometry | None) -> str:
    if shape is None or shapely.is_empty(shape):
        return "It has no geometry"
    if shape.geom_type not in ("LineString", "MultiLineString", "LinearRing"):
        return f"It is a {shape.geom_type}, not a line"
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return "It has coordinates that are no place"
    return "" if shapely.length(shape) > 0 else "It has no length"


def _finding(code: str, number: int, tags: Mapping[str, str], message: str, remedy: str = "") -> Finding:
    name = tags.get("name", "")
    where = f"feature {number} ({name})" if name else f"feature {number}"
    return Finding(code=code, where=where, message=f"{message}; left out.", remedy=remedy, severity="warning")


def _said(tags: Mapping[str, str]) -> str:
    for tag in ("kind", "highway", "fclass", "railway", "waterway", "barrier"):
        if tags.get(tag):
            return f"{tag}={tags[tag][:40]}"
    return "nothing said"


def _passed(what: str, count: int) -> Finding:
    return Finding(
        code="not-taken",
        where=what,
        message=f"{count:,} features are neither walked along nor in the way here.",
        severity="note",
    )
