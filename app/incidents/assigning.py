"""Points to cells, file to file, without a database: the same rule, for whoever has two files and a question.

Nothing is stored, so nothing is checked as strictly as by `gridward areas load`: invalid cells are rebuilt and cells
of one code joined, with a word about each.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import pyogrio
import shapely

from app.areas import mending, reading
from app.areas.ground import FOUND, IN_A_CELL, OUTSIDE, SNAPPED, Ground
from app.core.errors import BadInput
from app.core.findings import Finding
from app.geo.crs import Metric
from app.geo.datum import CHINA, parse_datum, to_wgs84
from app.incidents import intake, placing
from app.incidents.files import Seen, Unreadable, datum_of
from app.incidents.placing import ALWAYS, Span
from app.incidents.summary import CannotWrite, Outcome, RejectedFile, Tally

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    from app.areas.reading import Features
    from app.incidents.files import PointFile
    from app.incidents.intake import Options, Points
    from app.incidents.placing import Placed

DRIVERS = {".gpkg": "GPKG", ".geojson": "GeoJSON", ".json": "GeoJSON", ".fgb": "FlatGeobuf"}
TABLES = {".csv", ".parquet"}
OVERLAP_M2 = 1.0  # smaller ones are rounding along a border
CELL, FOUND_BY, SNAPPED_M = "cell", "found", "snapped_m"


class UnknownFormat(BadInput):
    """The output's suffix names no format that Gridward writes."""

    zh = "无法识别输出文件格式。"


@dataclass(frozen=True, slots=True)
class Cells:
    """Cells of a file, ready to be asked."""

    ground: Ground
    metric: Metric
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Assigned(Outcome):
    """What an assignment came to; rows = in a cell + snapped + outside + rejected."""

    cells: int
    crs: str

    def counts(self) -> dict[str, Any]:
        """Return the summary ready for JSON, without the findings."""
        return Outcome.counts(self) | {"cells": self.cells, "crs": self.crs}


def read_cells(
    path: Path, *, code: str | None = None, datum: str | None = None, crs: str | None = None
) -> Cells:
    """Read cells from any vector file.

    Args:
        path: The file.
        code: Column with the codes; guessed if None.
        datum: Of the file; None for what it says, else WGS-84.
        crs: Metric CRS as "EPSG:N"; None for the zone that the cells lie in.

    Raises:
        BadInput: See `app.areas.reading.read` and `app.geo.crs.Metric`.
    """
    metric = Metric(_srid(crs) if crs else _zone_of(path, datum))
    features = reading.read(path, metric, columns=reading.Columns(code=code), datum=datum)
    findings = [*features.notes, *_faults(features)]
    named = features.take([index for index, name in enumerate(features.code) if name])
    whole = mending.dissolve(mending.rebuild(named))
    order = sorted(range(len(whole)), key=lambda index: whole.code[index].encode())
    cells = whole.take(order)
    findings += _overlaps(cells)
    ground = Ground.of(np.arange(len(cells)), cells.code, cells.parent, cells.polygons)
    return Cells(ground, metric, tuple(findings))


def assign(
    file: PointFile,
    options: Options,
    cells: Cells,
    output: Path,
    *,
    rejected_path: Path,
    on_progress: Callable[[float, int], None] = lambda _share, _rows: None,
) -> Assigned:
    """Write a file's rows with their cells: columns cell, found and snapped_m added.

    Raises:
        BadInput: See `files`, `intake`; the output can't be written.
    """
    began = time.perf_counter()
    spans = [Span(*ALWAYS, cells.ground)]
    tally, seen, found, sample = Tally(), Seen(), np.zeros(len(FOUND), np.int64), []
    with RejectedFile(rejected_path, file.columns) as rejected, _Output(output) as out:
        for batch in file.batches():
            points, refused = placing.judge_beyond(
                batch, *intake.read(batch, options), spans=spans, datum=options.datum, metric=cells.metric
            )
            placed = placing.place(points, spans, options.datum, cells.metric)
            rejected.add(refused)
            tally.reject(refused)
            tally.rows += len(points) + len(refused)
            tally.warn_placed(points, placed, time.time_ns() // 1000)
            found += np.bincount(placed.found, minlength=len(FOUND))
            if options.columns.id is not None:
                seen.add(pd.util.hash_array(points.ids.to_pandas().to_numpy(object)))
            sample.append(placing.sample(points))
            out.write(_with_cells(batch.columns, points, placed), points)
            on_progress(file.progress(), tally.rows)
        out.finish()
        kept = rejected.finish()
    reference = cells.metric.geometry_to_lonlat(shapely.union_all(cells.ground.polygons))
    return Assigned(
        rows=tally.rows,
        in_a_cell=int(found[IN_A_CELL]),
        snapped=int(found[SNAPPED]),
        outside=int(found[OUTSIDE]),
        rejected=tally.rejected.total(),
        duplicate=seen.repeats(),
        cells=len(cells.ground),
        crs=f"EPSG:{cells.metric.srid}",
        reasons=dict(tally.rejected),
        warnings=dict(tally.warned),
        rejected_file=kept,
        seconds=time.perf_counter() - began,
        findings=(
            *tally.all_findings(),
            *placing.wrong_datum(np.concatenate(sample), options.datum, reference),
        ),
    )


def _srid(crs: str) -> int:
    datum = parse_datum(crs if ":" in crs else f"epsg:{crs}")
    return int(datum.removeprefix("epsg:")) if datum.startswith("epsg:") else 4326  # Metric refuses degrees


def _zone_of(path: Path, datum: str | None) -> int:
    """Return the EPSG code of the zone a file's middle lies in: CGCS2000 3-degree in China, else UTM."""
    try:
        info = pyogrio.read_info(path, force_total_bounds=True)
    except pyogrio.errors.DataSourceError as error:
        raise Unreadable(f"{path.name}: {error}", remedy="Give a vector file of cells.") from None
    if info["total_bounds"] is None or not np.isfinite(info["total_bounds"]).all():
        raise Unreadable(f"{path.name} has no geometry.", remedy="Give a vector file of cells.")
    west, south, east, north = info["total_bounds"]
    used = parse_datum(datum or datum_of(info["crs"]) or "wgs84")
    (lon,), (lat,) = to_wgs84([(west + east) / 2], [(south + north) / 2], used)
    return metric_zone(float(lon), float(lat))


def metric_zone(lon: float, lat: float) -> int:
    """Return the EPSG code of a metric CRS that fits a place: CGCS2000 3-degree zones in China, else UTM.

    >>> metric_zone(116.5, 39.9), metric_zone(-87.6, 41.9), metric_zone(151.2, -33.9)
    (4548, 32616, 32756)
    """
    if CHINA[0] <= lon <= CHINA[2] and CHINA[1] <= lat <= CHINA[3] and 73.5 <= lon <= 136.5:
        return 4534 + round((lon - 75) / 3)  # EPSG:4534 has its central meridian at 75 E
    return (32600 if lat >= 0 else 32700) + min(int((lon + 180) // 6) + 1, 60)


def _faults(features: Features) -> list[Finding]:
    """Say which cells have no code, are invalid, or share a code."""
    codes = pd.Series(features.code)
    findings = [
        _warning("no-code", features.where(int(index)), "The cell has no code and is left out.")
        for index in np.flatnonzero((codes == "").to_numpy())
    ]
    findings += [
        _warning("invalid-ring", features.where(int(index)), "The polygon is invalid; it is rebuilt.")
        for index in np.flatnonzero(~shapely.is_valid(features.polygons))
    ]
    counts = codes[codes != ""].value_counts(sort=False)
    findings += [
        _warning("duplicate-code", f"code {code}", f"{count} features have this code; they are joined.")
        for code, count in counts[counts > 1].items()
    ]
    return findings


def _overlaps(cells: Features) -> list[Finding]:
    """Say which cells overlap by more than `OVERLAP_M2`."""
    if shapely.coverage_is_valid(cells.polygons):
        return []
    a, b = shapely.STRtree(cells.polygons).query(cells.polygons, predicate="intersects")
    a, b = a[a < b], b[a < b]
    common = shapely.area(shapely.intersection(cells.polygons[a], cells.polygons[b]))
    return [
        Finding(
            code="overlap",
            where=f"cells {cells.code[a[k]]} and {cells.code[b[k]]}",
            message="They overlap; points there go to the smaller code.",
            remedy="gridward areas load --repair mends it.",
            severity="warning",
            square_metres=float(common[k]),
        )
        for k in np.flatnonzero(common > OVERLAP_M2)
    ]


def _warning(code: str, where: str, message: str) -> Finding:
    return Finding(code=code, where=where, message=message, remedy="", severity="warning")


def _with_cells(columns: pa.RecordBatch, points: Points, placed: Placed) -> pa.Table:
    """Return the rows that are points, with where they are."""
    out = pa.Table.from_batches([columns]).take(pa.array(points.rows))
    inside = placed.found != OUTSIDE
    added = {
        CELL: pa.array(placed.codes, pa.string(), mask=~inside),
        FOUND_BY: pa.array(np.array(FOUND, object)[placed.found], pa.string()),
        SNAPPED_M: pa.array(np.round(placed.snapped_m, 3), mask=np.isnan(placed.snapped_m)),
    }
    for name, values in added.items():
        out = out.append_column(name if name not in out.column_names else f"{name} (gridward)", values)
    return out


class _Output:
    """The file of assigned points, written under another name until it is whole."""

    def __init__(self, path: Path) -> None:
        self.suffix = path.suffix.lower()
        if self.suffix not in TABLES | DRIVERS.keys():
            known = ", ".join(sorted(TABLES | DRIVERS.keys()))
            raise UnknownFormat(f"{path.name}.", remedy=f"End its name in one of {known}.")
        if not path.parent.is_dir():
            raise CannotWrite(f"There is no folder {path.parent}.", remedy="Make it, or name another.")
        self.path = path
        self.part = path.with_name(f"{path.stem}.part{path.suffix}")
        self.writer: Any = None
        self.kept: list[pa.Table] = []

    def write(self, rows: pa.Table, points: Points) -> None:
        if self.suffix in DRIVERS:
            dots = shapely.to_wkb(shapely.points(points.lon, points.lat))
            self.kept.append(rows.append_column("geometry", pa.array(dots, pa.binary())))
            return
        if self.writer is None:
            make = pyarrow.csv.CSVWriter if self.suffix == ".csv" else pyarrow.parquet.ParquetWriter
            self.writer = make(self.part, rows.schema)
        self.writer.write_table(rows)

    def finish(self) -> None:
        if self.kept:
            pyogrio.write_arrow(
                pa.concat_tables(self.kept),
                self.part,
                driver=DRIVERS[self.suffix],
                geometry_name="geometry",
                geometry_type="Point",
                crs="EPSG:4326",
            )
        elif self.writer is not None:
            self.writer.close()
        self.part.replace(self.path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is not None and self.writer is not None:
            self.writer.close()
        self.part.unlink(missing_ok=True)
