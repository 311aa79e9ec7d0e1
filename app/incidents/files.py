"""Files of points in batches: CSV, Parquet, and every vector format GDAL reads (GeoPackage, GeoJSON, Shapefile).

A batch is columns by name with the numbers of its rows (1 is the first data row). Nothing is interpreted here:
text stays as it was written, so that a rejected row can be given back unchanged.
"""

from __future__ import annotations

import codecs
import csv
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet
import pyogrio
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from app.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

BATCH_ROWS = 100_000
CSV_BLOCK = 8 << 20  # bytes
TEXT_SUFFIXES = {".csv", ".tsv", ".txt"}
PARQUET_SUFFIXES = {".parquet", ".geoparquet", ".pq"}
GEOMETRY_X, GEOMETRY_Y = "geometry.x", "geometry.y"  # where a vector file's points go


class Unreadable(BadInput):
    """The file can't be read."""

    zh = "无法读取文件。"


class EmptyFile(BadInput):
    """The file holds no rows."""

    zh = "文件中没有数据行。"


@dataclass(frozen=True, slots=True)
class Malformed:
    """A line of a CSV file that hasn't as many fields as the header."""

    row: int
    expected: int
    found: int
    text: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a file.

    Attributes:
        numbers: Row numbers in the file, int64, shape (n,), first data row 1.
        columns: The columns, as they are in the file.
        malformed: Lines left out of this batch.
    """

    numbers: NDArray[np.int64]
    columns: pa.RecordBatch
    malformed: tuple[Malformed, ...] = ()


@dataclass(frozen=True, slots=True)
class PointFile:
    """A file opened for reading once.

    Attributes:
        columns: Names of its columns, in order.
        datum: The datum the file itself declares ("wgs84", "epsg:N"), None if it doesn't.
        has_geometry: Its points are geometries, given as columns `GEOMETRY_X` and `GEOMETRY_Y`.
        batches: Reads the file.
        progress: Share (0..1) of the file that has been read.
    """

    columns: tuple[str, ...]
    datum: str | None
    has_geometry: bool
    batches: Callable[[], Iterator[Batch]]
    progress: Callable[[], float]


@dataclass(slots=True)
class _Meter:
    total: int
    done: int = 0

    def share(self) -> float:
        return min(1.0, self.done / self.total) if self.total else 0.0


def open_points(
    path: Path, *, delimiter: str | None = None, encoding: str | None = None, layer: str | None = None
) -> PointFile:
    """Open a file of points by its suffix: .csv/.tsv/.txt, .parquet, else whatever GDAL makes of it.

    Raises:
        EmptyFile: It has no bytes or no rows.
        Unreadable: It isn't there, or isn't what its suffix says.
    """
    if not path.is_file():
        raise Unreadable(f"There is no file {path}.", remedy="Check the path.")
    if path.stat().st_size == 0:
        raise EmptyFile(f"{path.name} has 0 bytes.", remedy="Export it again, or choose another file.")
    suffix = path.suffix.lower()
    if suffix in TEXT_SUFFIXES:
        return _open_csv(path, delimiter, encoding)
    if suffix in PARQUET_SUFFIXES:
        return _open_parquet(path)
    return _open_vector(path, layer)


# --- CSV ---------------------------------------------------------------------------------------------------


def _open_csv(path: Path, delimiter: str | None, encoding: str | None) -> PointFile:
    encoding = encoding or _encoding(path)
    with path.open(encoding=encoding, newline="", errors="replace") as file:
        first = file.readline()
        separator = delimiter or _delimiter(first)
        file.seek(0)
        header = next(csv.reader(file, delimiter=separator), [])
    names = _distinct([name.strip().lstrip("\ufeff") for name in header])
    meter = _Meter(path.stat().st_size)

    def batches() -> Iterator[Batch]:
        bad: list[Malformed] = []

        def malformed(row: Any) -> str:
            bad.append(Malformed(row.number - 1, row.expected_columns, row.actual_columns, row.text))
            return "skip"

        with path.open("rb") as raw:
            try:
                reader = pyarrow.csv.open_csv(
                    raw,
                    read_options=pyarrow.csv.ReadOptions(
                        use_threads=False,  # with threads, pyarrow doesn't number malformed lines
                        block_size=CSV_BLOCK,
                        skip_rows=1,
                        column_names=list(names),
                        encoding="utf8" if encoding == "utf-8-sig" else encoding,
                    ),
                    parse_options=pyarrow.csv.ParseOptions(
                        delimiter=separator, newlines_in_values=True, invalid_row_handler=malformed
                    ),
                    convert_options=pyarrow.csv.ConvertOptions(
                        column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False
                    ),
                )
                empty = True
                for batch in _numbered(reader, bad, raw, meter):
                    empty = False
                    yield batch
                if empty:
                    raise _only_header(path)
            except pa.ArrowInvalid as error:
                raise _csv_error(path, error) from None

    return PointFile(names, None, has_geometry=False, batches=batches, progress=meter.share)


def _only_header(path: Path) -> EmptyFile:
    return EmptyFile(f"{path.name} has a header and nothing else.", remedy="Choose a file with rows.")


def _csv_error(path: Path, error: Exception) -> BadInput:
    if "Empty CSV" in str(error):
        return _only_header(path)
    return Unreadable(
        f"{path.name}: {error}", remedy="Give --delimiter or --encoding, or save it as UTF-8 CSV."
    )


def _numbered(reader: Any, bad: list[Malformed], raw: Any, meter: _Meter) -> Iterator[Batch]:
    """Number the batches' rows as the file has them, left out lines counted."""
    next_row, used = 1, 0
    while True:
        try:
            columns = reader.read_next_batch()
        except StopIteration:
            if used < len(bad):
                empty = pa.RecordBatch.from_pylist([], schema=reader.schema)
                yield Batch(np.empty(0, np.int64), empty, tuple(bad[used:]))
            return
        if not columns.num_rows and used == len(bad):
            continue
        count, left_out = columns.num_rows, []
        end = next_row + count
        while used < len(bad) and bad[used].row < end:
            left_out.append(bad[used])
            used += 1
            end += 1
        numbers = np.setdiff1d(
            np.arange(next_row, end), [row.row for row in left_out], assume_unique=True
        ).astype(np.int64)
        next_row = end
        meter.done = raw.tell() if not raw.closed else meter.total
        yield Batch(numbers, columns, tuple(left_out))


def _delimiter(line: str) -> str:
    """Return the separator that the header uses most, outside quotes."""
    outside = "".join(line.split('"')[::2])
    return max(",;\t|", key=outside.count)


def _encoding(path: Path) -> str:
    """Return the first of UTF-8, UTF-16 (by its mark) and GBK that the whole file decodes in.

    Raises:
        Unreadable: None of them.
    """
    with path.open("rb") as file:
        head = file.read(4)
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    for encoding in ("utf-8-sig", "gb18030"):
        decoder = codecs.getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    decoder.decode(block)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            continue
        return encoding
    raise Unreadable(
        f"{path.name} is neither UTF-8 nor GBK.", remedy="Give its --encoding, or save it as UTF-8."
    )


def _distinct(names: list[str]) -> tuple[str, ...]:
    seen: dict[str, int] = {}
    out = []
    for position, name in enumerate(names, 1):
        plain = name or f"column {position}"
        seen[plain] = seen.get(plain, 0) + 1
        out.append(plain if seen[plain] == 1 else f"{plain} ({seen[plain]})")
    return tuple(out)


# --- Parquet -----------------------------------------------------------------------------------------------


def _open_parquet(path: Path) -> PointFile:
    try:
        file = pyarrow.parquet.ParquetFile(path)
    except (pa.ArrowInvalid, OSError) as error:
        raise Unreadable(f"{path.name}: {error}", remedy="Write the Parquet file again.") from None
    if file.metadata.num_rows == 0:
        raise EmptyFile(f"{path.name} is a Parquet file of 0 rows.", remedy="Choose a file with rows.")
    meter = _Meter(file.metadata.num_rows)
    geo = json.loads((file.schema_arrow.metadata or {}).get(b"geo", b"{}"))
    geometry = geo.get("primary_column")
    names = tuple(file.schema_arrow.names)

    def batches() -> Iterator[Batch]:
        yield from _counted(file.iter_batches(BATCH_ROWS), meter, geometry)

    if geometry is None:
        return PointFile(names, None, has_geometry=False, batches=batches, progress=meter.share)
    crs = geo["columns"][geometry].get("crs", "OGC:CRS84")
    shown = (*(name for name in names if name != geometry), GEOMETRY_X, GEOMETRY_Y)
    return PointFile(shown, datum_of(crs), has_geometry=True, batches=batches, progress=meter.share)


def _counted(tables: Any, meter: _Meter, geometry: str | None) -> Iterator[Batch]:
    for columns in tables:
        numbers = np.arange(meter.done + 1, meter.done + 1 + columns.num_rows, dtype=np.int64)
        meter.done += columns.num_rows
        yield Batch(numbers, _with_xy(columns, geometry) if geometry else columns)


# --- vector files ------------------------------------------------------------------------------------------


def _open_vector(path: Path, layer: str | None) -> PointFile:
    try:
        info = pyogrio.read_info(path, layer=layer, force_feature_count=True)
    except (pyogrio.errors.DataSourceError, pyogrio.errors.DataLayerError) as error:
        raise Unreadable(
            f"{path.name}: {error}",
            remedy="Gridward reads CSV, Parquet, GeoPackage, GeoJSON and what else GDAL reads.",
        ) from None
    if info["features"] == 0:
        raise EmptyFile(f"{path.name} holds 0 features.", remedy="Choose another file or --layer.")
    meter = _Meter(max(info["features"], 0))
    fields = tuple(info["fields"])
    geometry = info["geometry_type"] is not None

    def batches() -> Iterator[Batch]:
        try:
            with pyogrio.open_arrow(
                path, layer=layer, batch_size=BATCH_ROWS, use_pyarrow=True, datetime_as_string=True
            ) as (meta, reader):
                name = meta["geometry_name"] or "wkb_geometry"
                yield from _counted(reader, meter, name if geometry else None)
        except (pyogrio.errors.DataSourceError, pa.ArrowException, OSError) as error:
            raise Unreadable(f"{path.name}: {error}", remedy="Check that the file is complete.") from None

    if not geometry:
        return PointFile(fields, None, has_geometry=False, batches=batches, progress=meter.share)
    return PointFile(
        (*fields, GEOMETRY_X, GEOMETRY_Y),
        datum_of(info["crs"]),
        has_geometry=True,
        batches=batches,
        progress=meter.share,
    )


def _with_xy(columns: pa.RecordBatch, geometry: str) -> pa.RecordBatch:
    """Return the columns with a geometry's x and y in its place; NaN where it is no point."""
    wkb = columns.column(geometry)
    shapes = shapely.from_wkb(np.asarray(pc.cast(wkb, pa.binary()).to_pylist(), object), on_invalid="ignore")
    rest = columns.drop_columns([geometry])
    x, y = shapely.get_x(shapes), shapely.get_y(shapes)
    return rest.append_column(GEOMETRY_X, pa.array(x)).append_column(GEOMETRY_Y, pa.array(y))


def datum_of(crs: Any) -> str | None:
    """Return a file's CRS as a datum word; None where it declares none that has an EPSG code."""
    if crs is None:
        return None
    try:
        known = CRS.from_user_input(crs)
    except CRSError:
        return None
    if known.to_authority() == ("OGC", "CRS84"):
        return "wgs84"
    code = known.to_epsg()
    return None if code is None else "wgs84" if code == 4326 else f"epsg:{code}"


@dataclass(slots=True)
class Seen:
    """Tells whether values repeat, across batches, by their 64-bit hashes: unequal hashes are unequal values."""

    hashes: list[NDArray[np.uint64]] = field(default_factory=list)

    def add(self, hashes: NDArray[np.uint64]) -> None:
        self.hashes.append(hashes)

    def may_repeat(self) -> bool:
        """Return False only if no value occurred twice."""
        return self.repeats() > 0

    def repeats(self) -> int:
        """Return how many values came after an equal one; too many only if two hashes meet by chance."""
        everything = np.concatenate(self.hashes) if self.hashes else np.empty(0, np.uint64)
        return len(everything) - len(np.unique(everything))
