"""Columns as PostgreSQL's binary COPY stream: no object per row, so a million rows take half a second.

Knows nothing of incidents or databases. Format: PostgreSQL manual, COPY, "Binary Format";
points as EWKB, which PostGIS's binary input takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from app.geo.kernel import kernel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

HEADER = b"PGCOPY\n\xff\r\n\0" + bytes(8)
TRAILER = b"\xff\xff"

_EPOCH_2000_US = 946_684_800_000_000  # PostgreSQL counts microseconds from 2000-01-01 UTC
_POINT_WITH_SRID = 0x20000001


@dataclass(frozen=True, slots=True)
class Field:
    """One column, encoded: row `i` is `data[starts[i] : starts[i + 1]]`, NULL where `valid` is false."""

    starts: NDArray[np.int64]
    data: NDArray[np.uint8]
    valid: NDArray[np.bool_]

    def sizes(self) -> NDArray[np.int64]:
        """Return each row's bytes in the stream, its length word included."""
        return np.where(self.valid, np.diff(self.starts), 0) + 4


def _fixed(values: NDArray[np.generic], valid: NDArray[np.bool_] | None) -> Field:
    count, width = len(values), values.dtype.itemsize
    data = np.ascontiguousarray(values).view(np.uint8)
    starts = np.arange(count + 1, dtype=np.int64) * width
    return Field(starts, data, np.ones(count, bool) if valid is None else valid)


def float8(values: NDArray[np.float64]) -> Field:
    """Encode `double precision`; NaN is NULL."""
    return _fixed(values.astype(">f8"), ~np.isnan(values))


def float4(values: NDArray[np.floating]) -> Field:
    """Encode `real`; NaN is NULL."""
    return _fixed(values.astype(">f4"), ~np.isnan(values))


def int4(values: NDArray[np.integer], valid: NDArray[np.bool_] | None = None) -> Field:
    """Encode `integer`."""
    return _fixed(values.astype(">i4"), valid)


def timestamptz(microseconds: NDArray[np.int64]) -> Field:
    """Encode `timestamptz` from microseconds since 1970-01-01 UTC."""
    return _fixed((microseconds - _EPOCH_2000_US).astype(">i8"), None)


def text(values: pa.Array) -> Field:
    """Encode `text`; NUL characters, which PostgreSQL can't hold, are left out."""
    strings = pc.cast(values, pa.large_string())
    field = _binary(strings)
    if (field.data == 0).any():
        field = _binary(pc.replace_substring(strings, "\0", ""))
    return field


def _binary(values: pa.Array) -> Field:
    _, offsets, data = values.buffers()
    count = len(values)
    starts = np.frombuffer(offsets, np.int64, count + 1, values.offset * 8)
    valid = np.asarray(values.is_valid().to_numpy(zero_copy_only=False), bool)
    used = np.frombuffer(data, np.uint8) if data is not None else np.zeros(0, np.uint8)
    return Field(starts - starts[0], used[starts[0] : starts[-1]], valid)


def point(x: NDArray[np.float64], y: NDArray[np.float64], srid: int) -> Field:
    """Encode `geometry(Point, srid)`; a point that isn't finite is NULL."""
    ewkb = np.zeros(len(x), [("order", "u1"), ("kind", ">u4"), ("srid", ">u4"), ("x", ">f8"), ("y", ">f8")])
    ewkb["kind"], ewkb["srid"], ewkb["x"], ewkb["y"] = _POINT_WITH_SRID, srid, x, y
    return _fixed(ewkb, np.isfinite(x) & np.isfinite(y))


def int4_arrays(values: NDArray[np.int32], starts: NDArray[np.int64]) -> Field:
    """Encode `integer[]`: row `i` holds `values[starts[i] : starts[i + 1]]`; an empty one is NULL."""
    counts = np.diff(starts)
    # header of a 1-d array without nulls: dimensions, flags, element type 23 (int4), length, lower bound
    sizes = np.where(counts > 0, 20 + 8 * counts, 0)
    ends = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    words = np.zeros(ends[-1] // 4, ">i4")
    filled = np.flatnonzero(counts)
    heads = ends[filled] // 4
    words[heads], words[heads + 2], words[heads + 3], words[heads + 4] = 1, 23, counts[filled], 1
    places = np.repeat(heads + 5, counts[filled]) + 2 * _ranks(counts[filled])
    words[places], words[places + 1] = 4, values
    return Field(ends, words.view(np.uint8), counts > 0)


def _ranks(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    ends = np.cumsum(counts)
    return np.arange(ends[-1] if len(ends) else 0) - np.repeat(ends - counts, counts)


def rows(fields: Sequence[Field]) -> NDArray[np.uint8]:
    """Return the stream's bytes for these columns' rows, without `HEADER` and `TRAILER`."""
    count = len(fields[0].valid)
    sizes = np.full(count, 2, np.int64)
    for field in fields:
        sizes += field.sizes()
    ends = np.cumsum(sizes)
    at = ends - sizes
    out = np.empty(ends[-1] if count else 0, np.uint8)
    _count(out, at, len(fields))
    for field in fields:
        _put(out, at, field.starts, field.data, field.valid)
    return out


@kernel
def _count(out: NDArray[np.uint8], at: NDArray[np.int64], fields: int) -> None:
    """Write the number of fields at the head of each row, and move `at` behind it."""
    for row in range(len(at)):
        out[at[row]] = fields >> 8
        out[at[row] + 1] = fields & 255
        at[row] += 2


@kernel
def _put(
    out: NDArray[np.uint8],
    at: NDArray[np.int64],
    starts: NDArray[np.int64],
    data: NDArray[np.uint8],
    valid: NDArray[np.bool_],
) -> None:
    """Write one field of each row at `at`, length first, and move `at` behind it."""
    for row in range(len(at)):
        place = at[row]
        size = starts[row + 1] - starts[row]
        length = size if valid[row] else -1
        out[place] = (length >> 24) & 255
        out[place + 1] = (length >> 16) & 255
        out[place + 2] = (length >> 8) & 255
        out[place + 3] = length & 255
        place += 4
        if valid[row]:
            first = starts[row]
            for byte in range(size):
                out[place + byte] = data[first + byte]
            place += size
        at[row] = place
