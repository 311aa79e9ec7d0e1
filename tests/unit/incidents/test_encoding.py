"""PostgreSQL's binary COPY stream, byte by byte."""

from __future__ import annotations

import struct

import numpy as np
import pyarrow as pa
import shapely
from hypothesis import given
from hypothesis import strategies as st

from app.incidents import encoding


def decoded(stream: np.ndarray, fields: int) -> list[list[bytes | None]]:
    """Read a stream back, as the manual describes it."""
    data, at, out = stream.tobytes(), 0, []
    while at < len(data):
        (count,) = struct.unpack_from(">h", data, at)
        assert count == fields
        at += 2
        row: list[bytes | None] = []
        for _ in range(count):
            (size,) = struct.unpack_from(">i", data, at)
            at += 4
            row.append(None if size < 0 else data[at : at + size])
            at += max(size, 0)
        out.append(row)
    return out


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"]), max_size=20) | st.none(), max_size=30))
def test_texts_come_back(texts: list[str | None]) -> None:
    rows = decoded(encoding.rows([encoding.text(pa.array(texts, pa.string()))]), 1)
    expected = [None if text is None else text.replace("\0", "").encode() for text in texts]
    assert [row[0] for row in rows] == expected


def test_a_slice_of_texts_is_that_slice() -> None:
    texts = pa.array(["a", "bb", None, "dddd"]).slice(1, 3)
    assert decoded(encoding.rows([encoding.text(texts)]), 1) == [[b"bb"], [None], [b"dddd"]]


def test_numbers_times_and_nulls() -> None:
    stream = encoding.rows(
        [
            encoding.float8(np.array([1.5, np.nan])),
            encoding.float4(np.array([np.nan, 2.5])),
            encoding.int4(np.array([7, 8]), np.array([True, False])),
            encoding.timestamptz(np.array([946_684_800_000_001, 0])),
        ]
    )
    (a, b, c, d), (e, f, g, h) = decoded(stream, 4)
    assert (a, b, c, d) == (struct.pack(">d", 1.5), None, struct.pack(">i", 7), struct.pack(">q", 1))
    assert (e, f, g) == (None, struct.pack(">f", 2.5), None)
    assert h == struct.pack(">q", -946_684_800_000_000)


def test_points_are_ewkb_and_no_place_is_null() -> None:
    stream = encoding.rows([encoding.point(np.array([1.0, np.nan]), np.array([2.0, 2.0]), 4548)])
    (first,), (second,) = decoded(stream, 1)
    assert first is not None
    point = shapely.from_wkb(first)
    assert (point.x, point.y, shapely.get_srid(point)) == (1.0, 2.0, 4548)
    assert second is None


def test_arrays_of_numbers() -> None:
    stream = encoding.rows([encoding.int4_arrays(np.array([4, 5, 6], np.int32), np.array([0, 2, 2, 3]))])
    (first,), (second,), (third,) = decoded(stream, 1)
    assert first == struct.pack(">5i4i", 1, 0, 23, 2, 1, 4, 4, 4, 5)
    assert second is None
    assert third == struct.pack(">5i2i", 1, 0, 23, 1, 1, 4, 6)


def test_no_rows_are_no_bytes() -> None:
    assert (
        len(encoding.rows([encoding.int4(np.empty(0, np.int32)), encoding.text(pa.array([], pa.string()))]))
        == 0
    )
