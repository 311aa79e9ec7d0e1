"""Times as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest

from app.incidents import times

CHINA = times.parse_zone("Asia/Shanghai")
CHICAGO = times.parse_zone("America/Chicago")


def moments(instants: times.Instants) -> list[datetime | None]:
    return [
        datetime.fromtimestamp(value / 1e6, UTC) if known else None
        for value, known in zip(instants.microseconds.tolist(), instants.known, strict=True)
    ]


@pytest.mark.parametrize(
    "written",
    [
        "2026-01-05T08:30:00+08:00",
        "2026-01-05T00:30:00Z",
        "2026-01-05 08:30:00.000 +0800",
        "2026-01-05 08:30",
        "2026/1/5 8:30",
        "2026年1月5日 08:30",
        "20260105T083000",
        "20260105T083000+0800",
    ],
)
def test_one_moment_in_many_forms(written: str) -> None:
    assert moments(times.read(pa.array([written]), CHINA)) == [datetime(2026, 1, 5, 0, 30, tzinfo=UTC)]


def test_an_offset_is_taken_as_it_is_and_beside_it_the_zone_holds() -> None:
    read = times.read(pa.array(["2026-01-05T08:30:00-05:00", "2026-01-05T08:30:00"]), CHINA)
    assert moments(read) == [
        datetime(2026, 1, 5, 13, 30, tzinfo=UTC),
        datetime(2026, 1, 5, 0, 30, tzinfo=UTC),
    ]


def test_what_is_no_time_is_not_known() -> None:
    read = times.read(pa.array(["", "yesterday", None, "2026-13-01", "2026-01-05"]), CHINA)
    assert read.known.tolist() == [False, False, False, False, True]


def test_the_hour_that_happens_twice_and_the_one_that_never_does() -> None:
    read = times.read(pa.array(["2024-11-03 01:30", "2024-03-10 02:30", "2024-11-03 03:30"]), CHICAGO)
    assert moments(read)[0] == datetime(2024, 11, 3, 6, 30, tzinfo=UTC)  # the earlier, in summer time
    assert read.ambiguous.tolist() == [True, False, False]
    assert read.skipped.tolist() == [False, True, False]
    assert read.known.tolist() == [True, False, True]


@pytest.mark.parametrize(
    "column",
    [
        pa.array(["2026-01-05T08:30:00+08:00", "2026-01-05 08:30"]),
        pa.array([datetime(2026, 1, 5)]),  # noqa: DTZ001  a naive time is the point
        pa.array([datetime(2026, 1, 5)]).cast(pa.date32()),  # noqa: DTZ001
    ],
)
def test_a_time_without_a_zone_is_an_error(column: pa.Array) -> None:
    with pytest.raises(times.NaiveTimes, match="Asia/Shanghai"):
        times.read(column, None)


def test_timestamps_of_parquet() -> None:
    aware = pa.array([datetime(2026, 1, 5, 0, 30, tzinfo=UTC), None]).cast(
        pa.timestamp("ns", "Asia/Shanghai")
    )
    assert moments(times.read(aware, None)) == [datetime(2026, 1, 5, 0, 30, tzinfo=UTC), None]
    naive = pa.array([datetime(2026, 1, 5, 8, 30)])  # noqa: DTZ001
    assert moments(times.read(naive, CHINA)) == [datetime(2026, 1, 5, 0, 30, tzinfo=UTC)]


def test_other_forms_are_named() -> None:
    moment = datetime(2026, 5, 1, 0, 30, tzinfo=UTC)
    assert moments(times.read(pa.array(["01/05/2026 08:30", "x"]), CHINA, "%d/%m/%Y %H:%M")) == [moment, None]
    seconds = int(moment.timestamp())
    assert moments(times.read(pa.array([seconds]), None, "unix")) == [moment]
    assert moments(times.read(pa.array([f"{seconds}000", "x"]), None, "unix-ms")) == [moment, None]
    assert times.read(pa.array(["x"]), None, "unix").known.tolist() == [False]
    assert moments(times.read(pa.array(["05.01.2026 0830 +0800"]), None, "%d.%m.%Y %H%M %z")) == [
        datetime(2026, 1, 5, 0, 30, tzinfo=UTC)
    ]


def test_an_unknown_zone_is_an_error() -> None:
    with pytest.raises(times.UnknownTimezone, match="Mars"):
        times.parse_zone("Mars/Olympus")


def test_an_empty_column_needs_no_zone() -> None:
    read = times.read(pa.array(["", ""]), None)
    assert not read.known.any()
    assert np.array_equal(read.microseconds, [times.NEVER] * 2)
