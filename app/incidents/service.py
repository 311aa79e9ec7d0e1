"""Loads incidents from files, and tells other packages the demand per cell."""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from app.areas import service as areas
from app.areas.ground import FOUND, IN_A_CELL, OUTSIDE, SNAPPED
from app.auth import service as auth
from app.auth.principal import SYSTEM
from app.core.errors import Conflict, NotFound
from app.core.findings import Finding
from app.db.migrate import deployment
from app.geo.crs import Metric
from app.geo.datum import parse_datum
from app.incidents import encoding, intake, placing, reporting, repository
from app.incidents.ahead import ahead
from app.incidents.demand import Demand, by_cell, rates
from app.incidents.files import Seen
from app.incidents.placing import ALWAYS, Span
from app.incidents.summary import Outcome, RejectedFile, Tally

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from numpy.typing import NDArray
    from sqlalchemy import Connection

    from app.areas.ground import Ground
    from app.auth.principal import Principal
    from app.incidents.files import Batch, PointFile
    from app.incidents.intake import Options, Points
    from app.incidents.placing import Placed
    from app.incidents.reporting import Report


class UnknownIncident(NotFound):
    """There is no such incident."""

    zh = "没有这条问题记录。"


class KnownElsewhere(Conflict):
    """This source and id were reported by somebody else, where you may not see it; nothing was changed."""

    zh = "该来源与编号已由他人上报且不在您的查看范围内，未作任何更改。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One bulk load.

    Attributes:
        path: The file, for its name and hash.
        source: The system the ids come from; an id is stored once per source.
        options: How to read it.
        rejected: Where rejected rows go.
        synthetic: The incidents are invented.
    """

    path: Path
    source: str
    options: Options
    rejected: Path
    synthetic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded(Outcome):
    """What a load came to; rows = in a cell + snapped + outside (new ones) + duplicate + rejected."""

    load_id: int
    source: str

    @property
    def new(self) -> int:
        """Rows that were stored."""
        return self.in_a_cell + self.snapped + self.outside

    def counts(self) -> dict[str, Any]:
        """Return the summary ready for JSON, without the findings."""
        return Outcome.counts(self) | {"new": self.new, "load_id": self.load_id, "source": self.source}


def load(
    connection: Connection,
    file: PointFile,
    request: Request,
    on_progress: Callable[[float, int], None] = lambda _share, _rows: None,
    asking: Principal = SYSTEM,
) -> Loaded:
    """Store a file's incidents, each in its cell, each (source, id) once; all or nothing, one line in the audit log.

    Args:
        connection: The service role's, in a transaction that the caller commits.
        file: Opened by `files.open_points`.
        request: What to load, and how.
        on_progress: Told the share of the file that was read, and its rows, after each batch.
        asking: Who loads it.

    Raises:
        BadInput: See `files`, `columns`, `times`, `summary`.
        NotReady: There is no published edition.
    """
    began = time.perf_counter()
    known = repository.source_has_rows(connection, request.source)
    file_hash = _hash(request.path)
    load_id = repository.start_load(
        connection, request.source, request.path.name, file_hash, synthetic=request.synthetic
    )
    grounds = _Grounds(connection)
    tally, seen, sample = Tally(), Seen(), []
    with RejectedFile(request.rejected, file.columns) as rejected:
        for read in ahead(_read(file, request.options)):
            points, refused = grounds.judge(read, request.options)
            placed = placing.place(points, grounds.spans, request.options.datum, grounds.metric)
            rejected.add(refused)
            tally.reject(refused)
            tally.rows += len(points) + len(refused)
            tally.warn_placed(points, placed, time.time_ns() // 1000)
            seen.add(read.hashes)
            sample.append(placing.sample(points))
            if len(points):
                repository.copy_arrivals(connection, _fields(points, placed, grounds.metric))
            on_progress(read.share, tally.rows)
        duplicate = repository.drop_repeated(connection) if seen.may_repeat() else 0
        duplicate += repository.drop_known(connection, request.source) if known else 0
        found = repository.count_arrivals(connection)
        repository.store_arrivals(
            connection, load_id, request.source, request.options.datum, synthetic=request.synthetic
        )
        loaded = Loaded(
            load_id=load_id,
            source=request.source,
            rows=tally.rows,
            in_a_cell=found.get(IN_A_CELL, 0),
            snapped=found.get(SNAPPED, 0),
            outside=found.get(OUTSIDE, 0),
            rejected=tally.rejected.total(),
            duplicate=duplicate,
            reasons=dict(tally.rejected),
            warnings=dict(tally.warned),
            rejected_file=rejected.finish(),
            seconds=time.perf_counter() - began,
            findings=(*tally.all_findings(), *grounds.suspicion(sample, request.options.datum)),
        )
    if loaded.rows and not loaded.new and duplicate:
        loaded = replace(loaded, findings=(*loaded.findings, _NOTHING_NEW))
    repository.finish_load(connection, load_id, json.dumps(loaded.counts()))
    counts = (f"{name}={loaded.counts()[name]}" for name in ("rows", "new", "duplicate", "rejected"))
    auth.audit(connection, asking, "load", "incidents.loads", load_id, [f"sha256={file_hash}", *counts])
    return loaded


_NOTHING_NEW = Finding(
    code="nothing-new",
    where="file",
    message="Every good row was loaded before; nothing was added.",
    severity="note",
)


@dataclass(frozen=True, slots=True)
class _Read:
    """A batch as far as it can be read without the database; `share` of the file, `hashes` of the points' ids."""

    batch: Batch
    points: Points
    refused: list[intake.Rejected]
    hashes: NDArray[np.uint64]
    share: float


def _read(file: PointFile, options: Options) -> Iterator[_Read]:
    for batch in file.batches():
        points, refused = intake.read(batch, options)
        hashes = pd.util.hash_array(points.ids.to_pandas().to_numpy(object), categorize=False)
        yield _Read(batch, points, refused, hashes, file.progress())


class _Grounds:
    """The published editions, their ground fetched when a row first needs it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.metric = Metric(deployment(connection)[0])
        self.periods = [
            (row.id, _micros(row.starts, ALWAYS[0]), _micros(row.ends, ALWAYS[1]))
            for row in repository.editions_published(connection)
        ]
        if not self.periods:
            areas.edition_at(connection, None)  # raises NotReady in the words of areas
        self.fetched: dict[int, Span] = {}

    @property
    def spans(self) -> list[Span]:
        return list(self.fetched.values())

    def judge(self, read: _Read, options: Options) -> tuple[Points, list[intake.Rejected]]:
        """Fetch the grounds that a batch's times need, and reject latitudes that swapping doesn't explain."""
        points = read.points
        for edition_id, start, end in self.periods:
            at = points.microseconds
            if edition_id not in self.fetched and ((at >= start) & (at < end)).any():
                self.fetched[edition_id] = Span(start, end, self._ground(edition_id))
        return placing.judge_beyond(
            read.batch, points, read.refused, spans=self.spans, datum=options.datum, metric=self.metric
        )

    def _ground(self, edition_id: int) -> Ground:
        return areas.ground(self.connection, edition_id)

    def suspicion(self, sample: list[NDArray[np.float64]], datum: str) -> list[Finding]:
        """Return a warning if the points fit the ground better in another datum."""
        if not self.fetched or not sample:
            return []
        wkb = repository.known_ground(self.connection, max(self.fetched))
        if wkb is None:
            return []
        reference = self.metric.geometry_to_lonlat(shapely.from_wkb(bytes(wkb)))
        return placing.wrong_datum(np.concatenate(sample), datum, reference)


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _micros(moment: datetime | None, otherwise: int) -> int:
    if moment is None:
        return otherwise
    since = moment.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds


def _fields(points: Points, placed: Placed, metric: Metric) -> list[encoding.Field]:
    """Return the columns of the temporary table, in its order."""
    return [
        encoding.int4(points.numbers),
        encoding.text(points.ids),
        encoding.timestamptz(points.microseconds),
        encoding.text(points.category),
        encoding.text(points.description),
        encoding.float8(points.original_x),
        encoding.float8(points.original_y),
        encoding.float4(points.accuracy_m),
        encoding.int4(placed.found),
        encoding.int4(placed.cell_ids, placed.found != OUTSIDE),
        encoding.float4(placed.snapped_m),
        encoding.int4_arrays(placed.candidates, placed.candidate_starts),
        encoding.point(placed.x, placed.y, metric.srid),
    ]


# --- one report -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """An incident as it is stored; `lon`, `lat` None where it has no place."""

    id: int
    source: str
    reported_at: datetime
    category: str
    found: str
    cell: str | None
    snapped_m: float | None
    synthetic: bool
    lon: float | None
    lat: float | None
    accuracy_m: float | None = None
    candidates: tuple[str, ...] = ()


def report(connection: Connection, said: Report) -> tuple[Stored, bool, list[Finding]]:
    """Store one report in its cell; the same (source, id) again returns what is stored.

    Returns:
        The incident, whether it is new, and what is odd about it.

    Raises:
        NoPlace: The coordinates are no place.
        NoEdition: No edition holds at its time.
        KnownElsewhere: It is stored where the asker may not see it.
    """
    metric = Metric(deployment(connection)[0])
    place = reporting.where(said, metric)
    turned = reporting.swapped(said, metric)
    if place is None and not (turned and repository.is_in_a_cell(connection, *turned, said.reported_at)):
        raise reporting.no_place_beyond()
    x, y = place or (reporting.NOWHERE, reporting.NOWHERE)
    answer = repository.report(
        connection,
        {
            "x": x,
            "y": y,
            "has_place": abs(x) < reporting.NOWHERE,
            "at": said.reported_at,
            "source": said.source,
            "source_id": said.source_id,
            "category": said.category,
            "description": said.description,
            "original_x": said.x,
            "original_y": said.y,
            "datum": parse_datum(said.datum),
            "accuracy_m": said.accuracy_m,
            "widest": placing.WIDEST_CIRCLE_M,
            "synthetic": said.synthetic,
            "reported_by": said.reported_by,
            "confidential": said.confidential,
        },
    )
    if answer is None:
        areas.edition_at(connection, said.reported_at)  # raises NoEdition
        raise KnownElsewhere(f"{said.source}: {said.source_id}.", remedy="Give it an id of your own.")
    stored = incident(connection, answer[0])
    outside = stored.found == FOUND[OUTSIDE]
    fits = False
    if outside and turned:
        fits = repository.is_in_a_cell(connection, *turned, said.reported_at)
    odd = reporting.warnings(said, outside=outside, in_a_cell_if_swapped=fits, now=datetime.now(UTC))
    return stored, answer[1], odd


def hide(connection: Connection, incident_id: int, *, hidden: bool) -> None:
    """Make an incident confidential, or no longer so, as its case turned out to be; as the system."""
    repository.hide(connection, incident_id, hidden=hidden)


def incident(connection: Connection, incident_id: int) -> Stored:
    """Return one incident.

    Raises:
        UnknownIncident: There is none with this id.
    """
    row = repository.incident(connection, incident_id)
    if row is None:
        raise UnknownIncident(f"id {incident_id}.")
    return _stored([row], Metric(deployment(connection)[0]))[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which incidents: `bbox` is west, south, east, north in WGS-84; the period is [start, end)."""

    bbox: tuple[float, float, float, float] | None = None
    start: datetime | None = None
    end: datetime | None = None
    cell: str | None = None
    category: str | None = None
    limit: int = 1000


def incidents(connection: Connection, asked: Filter) -> list[Stored]:
    """Return incidents, newest first, at most `limit`."""
    box, cells = areas.cells_in_box(connection, asked.bbox) if asked.bbox else (None, None)
    if asked.cell is not None:
        named = repository.cells_named(connection, asked.cell)
        cells = named if cells is None else sorted(set(named) & set(cells))
    values = {
        "box": box, "start": asked.start, "end_": asked.end, "category": asked.category, "most": asked.limit,
    }  # fmt: skip
    rows = (
        repository.incidents_newest(connection, **values)
        if cells is None
        else repository.incidents_in_cells(connection, cells, outside=asked.cell is None, **values)
    )
    return _stored(rows, Metric(deployment(connection)[0]))


def _stored(rows: Sequence[Any], metric: Metric) -> list[Stored]:
    place = np.array([(row.x, row.y) for row in rows], np.float64).reshape(-1, 2)  # None becomes NaN
    lon, lat = metric.to_lonlat(place[:, 0], place[:, 1])
    return [
        Stored(
            id=row.id,
            source=row.source,
            reported_at=row.reported_at,
            category=row.category,
            found=row.found,
            cell=row.cell,
            snapped_m=row.snapped_m,
            synthetic=row.synthetic,
            lon=None if np.isnan(lon[at]) else round(float(lon[at]), 7),
            lat=None if np.isnan(lat[at]) else round(float(lat[at]), 7),
            accuracy_m=getattr(row, "accuracy_m", None),
            candidates=tuple(getattr(row, "candidates", None) or ()),
        )
        for at, row in enumerate(rows)
    ]


# --- demand -----------------------------------------------------------------------------------------------------


def counts_per_cell(
    connection: Connection, edition_id: int, start: datetime, end: datetime, category: str | None = None
) -> NDArray[np.int64]:
    """Return how many incidents were reported in each cell of an edition in [start, end).

    Args:
        connection: Any role.
        edition_id: A published edition; incidents count in the edition that held at their own time.
        start: With a zone, included.
        end: With a zone, not included.
        category: One category, None for all.

    Returns:
        int64, shape (cells,), index = cell number - 1, zeros included.
    """
    cells = repository.cell_count(connection, edition_id)
    return by_cell(*repository.demand_per_cell(connection, edition_id, start, end, category), cells)


def demand(
    connection: Connection, edition_id: int, start: datetime, end: datetime, category: str | None = None
) -> Demand:
    """Return `counts_per_cell` with its rates per day and per hectare and day."""
    areas_m2 = repository.cell_areas(connection, edition_id)
    numbers, counts = repository.demand_per_cell(connection, edition_id, start, end, category)
    return rates(by_cell(numbers, counts, len(areas_m2)), areas_m2, start, end)
