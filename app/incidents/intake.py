"""Rows of a file to points with a time (上报数据接收): what can be taken, what is rejected and why.

*Rejected* is only what is no place at all or no record: no number, beyond the poles, no readable time, no id.
Whether a point is on our ground is `placing`'s business; a latitude beyond 90 that would be a place with the
axes swapped is left for it to judge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from app.geo.datum import to_wgs84
from app.incidents import times

if TYPE_CHECKING:
    from collections.abc import Sequence
    from zoneinfo import ZoneInfo

    from numpy.typing import NDArray

    from app.incidents.columns import Columns
    from app.incidents.files import Batch

    Bools = NDArray[np.bool_]
    Floats = NDArray[np.float64]

MISSING = ("", "nan", "null", "none", "na", "n/a", "-", "nat")
DECIMAL_COMMA = r"^[+-]?\d+,\d+$"
LOOKS_METRIC = 1000.0  # a "degree" this large is a metre


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a row is rejected, and how to mend it."""

    code: str
    message: str
    remedy: str


REASONS = (
    Reason("missing-id", "The id is empty.", "Give the row an id; without one it could be loaded twice."),
    Reason("missing-coordinates", "A coordinate is missing.", "Fill in both coordinates."),
    Reason(
        "decimal-comma", "A coordinate is written with a decimal comma.", "Load the file with --decimal ','."
    ),
    Reason(
        "text-coordinates", "A coordinate isn't a number.", "Write plain decimal degrees, as in 116.4551."
    ),
    Reason(
        "metres-not-degrees",
        "The coordinates are too large for degrees.",
        "If they are metres, name their CRS, as in --datum epsg:4548.",
    ),
    Reason("latitude-beyond-90", "The latitude is beyond 90 degrees.", "Correct the coordinate."),
    Reason("longitude-beyond-180", "The longitude is beyond 180 degrees.", "Correct the coordinate."),
    Reason("no-such-place", "The coordinates are no place in the datum given.", "Check --datum."),
    Reason("missing-time", "The time is empty.", "Fill in when it was reported."),
    Reason(
        "time-never-was",
        "This time never was: clocks went forward over it.",
        "Correct the time, or write it with its offset, as in 2024-03-10T03:30:00-05:00.",
    ),
    Reason(
        "unreadable-time",
        "The time can't be read.",
        "Write it as 2024-01-31T08:30:00, or name its form, as in --time-format '%d/%m/%Y %H:%M'.",
    ),
    Reason(
        "malformed-line", "The line hasn't as many fields as the header.", "Quote fields with separators."
    ),
)
BY_CODE = {reason.code: reason for reason in REASONS}
_NUMBER = {reason.code: number for number, reason in enumerate(REASONS, 1)}


@dataclass(frozen=True, slots=True)
class Options:
    """How to read a file.

    Attributes:
        columns: Which column holds what.
        datum: Of the coordinates, as in `app.geo.datum.parse_datum`.
        zone: Time zone of times that don't say their own.
        time_form: As in `strptime`, or "unix", "unix-ms"; None for ISO 8601 and common Chinese forms.
        decimal: "." or ",".
    """

    columns: Columns
    datum: str
    zone: ZoneInfo | None = None
    time_form: str | None = None
    decimal: str = "."


@dataclass(frozen=True, slots=True)
class Points:
    """Rows that are a place and a record, shape (n,) each.

    Attributes:
        rows: Index in the batch.
        numbers: Row number in the file.
        ids: Source ids, text; empty where the file has no id column.
        microseconds: Reported at, since 1970-01-01 UTC.
        original_x: As written.
        original_y: As written.
        lon: WGS-84 degrees.
        lat: WGS-84 degrees; may be beyond 90 where `beyond`.
        beyond: The latitude is beyond 90, but the point would be a place with its axes swapped.
        accuracy_m: Metres, NaN if unknown.
        ambiguous: The time happened twice as clocks went back.
        bad_accuracy: An accuracy was given that isn't a positive number.
    """

    rows: NDArray[np.int64]
    numbers: NDArray[np.int64]
    ids: pa.Array
    microseconds: NDArray[np.int64]
    category: pa.Array
    description: pa.Array
    original_x: Floats
    original_y: Floats
    lon: Floats
    lat: Floats
    beyond: Bools
    accuracy_m: Floats
    ambiguous: Bools
    bad_accuracy: Bools

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, keep: Bools) -> Points:
        """Return the points where `keep`."""
        if keep.all():
            return self
        mask = pa.array(keep)
        values = {
            name: part.filter(mask) if isinstance(part, pa.Array) else part[keep]
            for name in self.__slots__
            for part in (getattr(self, name),)
        }
        return Points(**values)


@dataclass(frozen=True, slots=True)
class Rejected:
    """A row that wasn't taken: its number, why, and what it held (None for a malformed line's)."""

    number: int
    reason: Reason
    detail: str = ""
    held: dict[str, object] | None = None


def read(batch: Batch, options: Options) -> tuple[Points, list[Rejected]]:
    """Return a batch's points, and its rejected rows in order.

    Raises:
        NaiveTimes: Times without a zone, and no zone given.
    """
    columns, count = options.columns, batch.columns.num_rows
    verdict = np.zeros(count, np.uint8)

    def reject(mask: Bools, code: str) -> None:
        verdict[mask & (verdict == 0)] = _NUMBER[code]

    ids = _texts(batch, columns.id)
    if columns.id is not None:
        reject(_is_empty(ids), "missing-id")
    x, y = (_numbers(batch.columns.column(name), options.decimal) for name in (columns.lon, columns.lat))
    reject(x.missing | y.missing, "missing-coordinates")
    reject(x.comma | y.comma, "decimal-comma")
    reject(x.text | y.text, "text-coordinates")
    beyond = np.zeros(count, bool)
    if options.datum.startswith("epsg:"):
        lon, lat = to_wgs84(x.numbers, y.numbers, options.datum)
        reject(np.isnan(lon) | np.isnan(lat), "no-such-place")
    else:
        large = np.fmax(np.abs(x.numbers), np.abs(y.numbers))
        reject(large > LOOKS_METRIC, "metres-not-degrees")
        beyond = (np.abs(y.numbers) > 90) & (np.abs(y.numbers) <= 180) & (np.abs(x.numbers) <= 90)
        reject((np.abs(y.numbers) > 90) & ~beyond, "latitude-beyond-90")
        reject(np.abs(x.numbers) > 180, "longitude-beyond-180")
        lon, lat = to_wgs84(x.numbers, y.numbers, options.datum)
    instants = _instants(batch, options, count)
    if columns.time is not None:
        missing = _is_missing(batch, columns.time)
        reject(missing, "missing-time")
        reject(instants.skipped, "time-never-was")
        reject(~instants.known, "unreadable-time")
    accuracy, bad_accuracy = _accuracy(batch, columns.accuracy, options.decimal)
    good = verdict == 0
    everything = Points(
        np.arange(count), batch.numbers, ids, instants.microseconds, _texts(batch, columns.category),
        _texts(batch, columns.description), x.numbers, y.numbers, lon, lat, beyond, accuracy,
        instants.ambiguous, bad_accuracy,
    )  # fmt: skip
    return everything.take(good), rejected_rows(batch, verdict)


def rejected_rows(batch: Batch, verdict: NDArray[np.uint8]) -> list[Rejected]:
    """Return the rows that a verdict (number in `REASONS` from 1, 0 = good) rejects, and malformed lines."""
    rows = np.flatnonzero(verdict)
    values = batch.columns.take(pa.array(rows)).to_pylist() if len(rows) else []
    out = [
        Rejected(int(batch.numbers[row]), REASONS[verdict[row] - 1], held=held)
        for row, held in zip(rows, values, strict=True)
    ]
    out += [
        Rejected(bad.row, BY_CODE["malformed-line"], f"{bad.found} fields for {bad.expected}: {bad.text}")
        for bad in batch.malformed
    ]
    return sorted(out, key=lambda row: row.number)


def reject_as(batch: Batch, points: Points, where: Bools, code: str) -> list[Rejected]:
    """Return the points `where` as rejected rows of their batch."""
    verdict = np.zeros(batch.columns.num_rows, np.uint8)
    verdict[points.rows[where]] = _NUMBER[code]
    return [row for row in rejected_rows(batch, verdict) if row.held is not None]


@dataclass(frozen=True, slots=True)
class _Numbers:
    numbers: Floats  # NaN where one of the others is true
    missing: Bools
    comma: Bools
    text: Bools


def _numbers(column: pa.Array, decimal: str) -> _Numbers:
    no = np.zeros(len(column), bool)
    if not pa.types.is_string(column.type) and not pa.types.is_large_string(column.type):
        values = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
        endless = np.isinf(values)
        return _Numbers(np.where(endless, np.nan, values), np.isnan(values), no, endless)
    texts = pd.Series(column.to_pandas(), dtype="str").fillna("").str.strip()
    missing = texts.str.lower().isin(MISSING).to_numpy(bool)
    comma = texts.str.contains(DECIMAL_COMMA, regex=True).to_numpy(bool)
    if decimal == ",":
        texts, comma = texts.str.replace(",", ".", regex=False), no
    values = pd.to_numeric(texts, errors="coerce").to_numpy(np.float64)
    values = np.where(np.isinf(values), np.nan, values)
    return _Numbers(values, missing, comma, np.isnan(values) & ~missing & ~comma)


def _texts(batch: Batch, name: str | None) -> pa.Array:
    if name is None:
        return pa.repeat(pa.scalar("", pa.large_string()), batch.columns.num_rows)
    texts = batch.columns.column(name).cast(pa.large_string(), safe=False)
    return pc.utf8_trim_whitespace(pc.fill_null(texts, ""))


def _is_empty(texts: pa.Array) -> Bools:
    return np.asarray(pc.is_in(pc.utf8_lower(texts), pa.array(MISSING, pa.large_string())), bool)


def _is_missing(batch: Batch, name: str) -> Bools:
    """Return where a column holds nothing; only text says so in other ways than null, and casting times is slow."""
    column = batch.columns.column(name)
    if pa.types.is_temporal(column.type):
        return np.asarray(column.is_null().to_numpy(zero_copy_only=False), bool)
    return _is_empty(_texts(batch, name))


def _instants(batch: Batch, options: Options, count: int) -> times.Instants:
    if options.columns.time is None:
        no = np.zeros(count, bool)
        return times.Instants(np.zeros(count, np.int64), ~no, no, no)
    return times.read(batch.columns.column(options.columns.time), options.zone, options.time_form)


def _accuracy(batch: Batch, name: str | None, decimal: str) -> tuple[Floats, Bools]:
    if name is None:
        count = batch.columns.num_rows
        return np.full(count, np.nan), np.zeros(count, bool)
    parsed = _numbers(batch.columns.column(name), decimal)
    bad = parsed.text | parsed.comma | (parsed.numbers <= 0)
    return np.where(bad, np.nan, parsed.numbers), bad


def reasons_counted(rejected: Sequence[Rejected]) -> dict[str, int]:
    """Return how many rows each reason rejected."""
    codes = [row.reason.code for row in rejected]
    return {code: codes.count(code) for code in dict.fromkeys(codes)}
