"""Reads a boundary file of any vector format GDAL knows into features on metric ground.

Guesses columns, encoding and datum where they aren't given, and says what it guessed. Judges no geometry:
that is `app.areas.boundaries`. File to arrays, no database.
"""

from __future__ import annotations

import re
import zipfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyogrio
import pyproj
import shapely

from app.areas.levels import LEVELS
from app.areas.levels import above as levels_above
from app.core.errors import BadInput
from app.core.findings import Finding
from app.geo.datum import parse_datum, to_wgs84

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from app.geo.crs import Metric

CODE = (r"code", r".*_?code", r"dm", r"adcode", r"代码|编码|区划代码", r".*_num", r".*_numbe?r?", r"id")
NAME = (r"name", r"name_zh|mc|名称", r".*_?name", r".*_label", r".*名称")
PARENT = (
    r"parent_code",
    r"parent",
    r"pcode|parentcode|parent_id|pid",
    r"上级(代码|编码|编号)?|所属.*(代码|编码|编号)",
)
CHINESE_WORDS = {
    "district": "(市辖)?区县?|县",
    "street": "街道(办事处)?|街镇|街乡|乡镇",
    "community": "社区|居委会|村居",
    "zone": "分区",
    "cell": "(单元)?网格",
}  # of levels, in names of columns: 社区代码, 街道名称
CHINESE = "gb18030"  # holds GBK and GB2312
IN_ZIPS = {".shp", ".geojson", ".json", ".gpkg", ".fgb"}


class UnreadableFile(BadInput):
    """The file can't be read as a vector file."""

    zh = "无法读取该矢量文件。"


class EmptyFile(BadInput):
    """The file has no features."""

    zh = "文件中没有要素。"


class MissingColumn(BadInput):
    """The file has no such column."""

    zh = "文件缺少所需的列。"


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns hold what; None where it is to be guessed."""

    code: str | None = None
    name: str | None = None
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Features:
    """What a boundary file holds, feature by feature.

    Attributes:
        number: The feature's place in the file, from 1.
        code: Its code; "" where there is none.
        name: Its name, or "".
        parent: Its parent's code as the file has it; "" where it has none.
        polygons: Geometry in metric coordinates, unjudged: may be None, invalid or no polygon.
        original: The same in the file's own numbers.
        datum: What the file's numbers were taken for.
        columns: The columns used.
        notes: What was guessed.
    """

    number: NDArray[np.int64]
    code: list[str]
    name: list[str]
    parent: list[str]
    polygons: NDArray[np.object_]
    original: NDArray[np.object_]
    datum: str = "wgs84"
    columns: Columns = field(default_factory=Columns)
    notes: tuple[Finding, ...] = ()

    def __len__(self) -> int:
        return len(self.code)

    def where(self, index: int) -> str:
        """Name a feature for a finding."""
        return f"feature {self.number[index]} ({self.code[index] or 'no code'})"

    def take(self, indices: Sequence[int] | NDArray[np.intp]) -> Features:
        """Return some of the features, in the order asked."""
        at = [int(i) for i in indices]
        return replace(
            self,
            number=self.number[at],
            code=[self.code[i] for i in at],
            name=[self.name[i] for i in at],
            parent=[self.parent[i] for i in at],
            polygons=self.polygons[at],
            original=self.original[at],
        )


def read(
    file: Path,
    metric: Metric,
    *,
    level: str = "",
    columns: Columns | None = None,
    datum: str | None = None,
    layer: str | None = None,
    encoding: str | None = None,
) -> Features:
    """Read a boundary file.

    Args:
        file: GeoJSON, GeoPackage, Shapefile, FlatGeobuf or any other, also zipped.
        metric: The deployment's metric CRS.
        level: In a file with a column "level" that holds names of levels, only these rows are taken; "" for cells
            of a file that holds nothing else.
        columns: Columns that are known; others are guessed.
        datum: As in `app.geo.datum.parse_datum`; None for what the file says of itself, else WGS-84.
        layer: The layer, where the file has several.
        encoding: Of the text; None to find out.

    Raises:
        UnreadableFile: GDAL can't read it, or the layer doesn't exist.
        EmptyFile: There is nothing in it.
        MissingColumn: A column that was asked for, or any that looks like a code, isn't there.
    """
    if not file.exists():
        raise UnreadableFile(f"There is no file {file}.", remedy="Check the path.")
    if file.is_dir() and file.suffix.lower() != ".gdb":
        raise UnreadableFile(f"{file} is a folder.", remedy="Name the file in it.")
    if file.is_file() and not file.stat().st_size:
        raise EmptyFile(f"{file.name} has 0 bytes.", remedy="Export it again, or choose another file.")
    with _unpacked(file) as unpacked:
        frame, encoding_note = _open(unpacked, _layer(unpacked, layer, level), encoding)
    if "geometry" not in frame:
        raise UnreadableFile(
            f"{file.name} holds a table without geometry.",
            remedy="Give a boundary file, or name its --layer.",
        )
    if not len(frame):
        raise EmptyFile(
            f"{file.name} is empty.", remedy="Check the export that made it, or name its --layer."
        )
    number = np.arange(1, len(frame) + 1)
    of_level = _of_level(frame, level)
    if of_level is not None:
        frame, number = frame[of_level], number[of_level]
    found = _columns(frame, columns or Columns(), level or LEVELS[-1])
    used, datum_note = _datum(frame, datum)
    original = shapely.force_2d(np.asarray(frame["geometry"], dtype=object))
    return Features(
        number=number,
        code=_texts(frame, found.code),
        name=_texts(frame, found.name),
        parent=_texts(frame, found.parent),
        polygons=to_metric(original, used, metric),
        original=original,
        datum=used,
        columns=found,
        notes=tuple(note for note in (_column_note(found, columns), encoding_note, datum_note) if note),
    )


def to_metric(geometries: NDArray[np.object_], datum: str, metric: Metric) -> NDArray[np.object_]:
    """Return geometries of a datum in metric coordinates; infinite where there is no place."""
    if datum == f"epsg:{metric.srid}":
        return geometries

    def convert(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        metres = np.column_stack(metric.from_lonlat(*to_wgs84(xy[:, 0], xy[:, 1], datum)))
        return np.where(np.isfinite(metres), metres, np.inf)  # a ring with NaN is not closed

    moved: NDArray[np.object_] = shapely.transform(geometries, convert)
    return moved


def _open(file: Path, layer: str | None, encoding: str | None) -> tuple[Any, Finding | None]:
    try:
        if encoding is not None or not _shapefile_of_unknown_encoding(file):
            return pyogrio.read_dataframe(file, layer=layer, encoding=encoding), None
        try:
            return pyogrio.read_dataframe(file, layer=layer, encoding="UTF-8"), None
        except UnicodeDecodeError:
            frame = pyogrio.read_dataframe(file, layer=layer, encoding=CHINESE)
            message = "The shapefile doesn't name its encoding and isn't UTF-8: read as GBK."
            return frame, _note("encoding", message)
    except UnicodeDecodeError as error:
        raise UnreadableFile(
            f"{file.name}: its text isn't {encoding or 'UTF-8'}.",
            remedy="Give the right --encoding, as in GBK.",
        ) from error
    except (RuntimeError, ValueError, LookupError) as error:  # GDAL's own; no such encoding
        raise _unreadable(file, error) from error


@contextmanager
def _unpacked(file: Path) -> Iterator[Path]:
    """Give what to read of a file: itself; of a zip whose only data lies in a folder, that, unpacked.

    GDAL looks into a zip's root only, and names that Windows wrote in GBK it doesn't find.
    """
    if file.is_dir() or not zipfile.is_zipfile(file):
        yield file
        return
    with zipfile.ZipFile(file) as archive, TemporaryDirectory(prefix="gridward-") as folder:
        data = [name for name in archive.namelist() if Path(name).suffix.lower() in IN_ZIPS]
        data = [name for name in data if not name.startswith("__MACOSX/")]
        if len(data) != 1 or len(Path(data[0]).parts) == 1:
            yield file
            return
        archive.extractall(folder)
        yield Path(folder, data[0])


def _unreadable(file: Path, error: Exception) -> UnreadableFile:
    """Say in our words what GDAL says in its own, where that is only that it knows no such format."""
    if "not recognized as" in str(error):
        return UnreadableFile(
            f"{file.name} is in no format that is known here, or is damaged.",
            remedy="Give a GeoPackage, GeoJSON, FlatGeobuf or Shapefile (.shp beside its .dbf, .shx and .prj; or zipped).",
        )
    return UnreadableFile(f"{file.name}: {error}", remedy="Open it in a GIS program and export it again.")


def _layer(file: Path, asked: str | None, level: str) -> str | None:
    """Return the layer to read: the one asked for, the only one, or the one that is called like the level."""
    try:
        layers = [str(name) for name in pyogrio.list_layers(file)[:, 0]]
    except (RuntimeError, UnicodeDecodeError) as error:
        raise _unreadable(file, error) from error
    if asked is not None or len(layers) < 2:
        return asked
    if level in layers:
        return level
    raise UnreadableFile(
        f"{file.name} has several layers: {', '.join(layers)}.", remedy="Name one with --layer."
    )


def _shapefile_of_unknown_encoding(file: Path) -> bool:
    if file.suffix.lower() == ".shp":
        return not any(file.with_suffix(suffix).exists() for suffix in (".cpg", ".CPG"))
    if zipfile.is_zipfile(file):
        suffixes = {Path(name).suffix.lower() for name in zipfile.ZipFile(file).namelist()}
        return ".shp" in suffixes and ".cpg" not in suffixes
    return False


def _of_level(frame: pd.DataFrame, level: str) -> NDArray[np.bool_] | None:
    """Return which rows are of a level, in a file that holds several; None where the file doesn't say."""
    if "level" not in frame or not frame["level"].isin(LEVELS).all():
        return None
    rows: NDArray[np.bool_] = frame["level"].eq(level).to_numpy(dtype=bool)
    if not rows.any():
        held = ", ".join(sorted(frame["level"].unique()))
        raise EmptyFile(f"It has no rows of level {level!r}, only of {held}.")
    return rows


def _columns(frame: pd.DataFrame, asked: Columns, level: str) -> Columns:
    attributes = [str(column) for column in frame.columns if column != "geometry"]
    for column in (asked.code, asked.name, asked.parent):
        if column is not None and column not in attributes:
            raise MissingColumn(
                f"{column!r} is not among: {', '.join(attributes)}.", remedy="Name one of these."
            )
    own, *uppers = (CHINESE_WORDS.get(one, r"\b\B") for one in (level, *levels_above(level)))
    parents = (*PARENT, *(f"({upper})(代码|编码|编号)" for upper in uppers))
    parent = asked.parent or _guess(attributes, parents, (asked.code,))
    code = asked.code or _guess(attributes, (f"({own})(代码|编码|编号)", *CODE), (parent,))
    if code is None:
        raise MissingColumn(
            f"None of these looks like a code: {', '.join(attributes) or 'no columns at all'}.",
            remedy="Name it with --code.",
        )
    name = asked.name or _guess(attributes, (f"({own})名称?", *NAME), (code, parent))
    return Columns(code, name, parent)


def _guess(attributes: Sequence[str], patterns: Sequence[str], taken: Sequence[str | None]) -> str | None:
    free = [column for column in attributes if column not in taken]
    return next(
        (column for pattern in patterns for column in free if re.fullmatch(pattern, column, re.IGNORECASE)),
        None,
    )


def _column_note(found: Columns, asked: Columns | None) -> Finding | None:
    if asked is not None and asked.code and asked.name and asked.parent:
        return None
    return _note(
        "columns",
        "Columns taken: "
        + ", ".join(
            f"{part} from {column!r}" if column else f"no {part}"
            for part, column in (("code", found.code), ("name", found.name), ("parent", found.parent))
        )
        + ".",
    )


def _texts(frame: pd.DataFrame, column: str | None) -> list[str]:
    """Return a column as text: whole numbers without a decimal point, nothing as ""."""
    if column is None:
        return [""] * len(frame)
    return [_text(value) for value in frame[column].tolist()]


def _text(value: Any) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


def _datum(frame: Any, asked: str | None) -> tuple[str, Finding | None]:
    """Return the datum to read by: what was asked, else the file's own CRS, else WGS-84."""
    own = frame.crs
    if asked is not None:
        return parse_datum(asked), None
    if own is None:
        return "wgs84", _note(
            "datum", "The file names no CRS: read as WGS-84.", "Give --datum if it is another."
        )
    code = pyproj.CRS(own).to_epsg()
    if code is None:
        if pyproj.CRS(own).is_geographic:
            return "wgs84", _note(
                "datum", "The file's CRS is geographic without an EPSG code: read as WGS-84."
            )
        raise UnreadableFile("Its CRS has no EPSG code.", remedy="Name it with --datum epsg:N.")
    used = parse_datum(f"epsg:{code}")
    return used, _note("datum", f"Read as {used}, as the file says.") if used != "wgs84" else None


def _note(code: str, message: str, remedy: str = "") -> Finding:
    return Finding(code=code, where="file", message=message, remedy=remedy, severity="note")
