"""Clocks, notices, fixes as phones and recorders send them, files: what is taken, what is refused and why."""

from __future__ import annotations

import gzip
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.exceptions import HTTPException

from app.patrol.duty import clock, notices
from app.patrol.intake import sent, uploads
from app.patrol.recorders import protocol
from app.web.bodies import CutOff, inflated

NOW = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NOW_MS = NOW.timestamp() * 1000
LON, LAT = 116.4551, 39.9219


@pytest.mark.parametrize(
    ("off_s", "held", "offset"),
    [
        (0, None, 0), (1.5, None, 0), (-1.9, None, 0), (5, None, 5), (3600, None, 3600), (-3600, None, -3600),
        (3601.2, 3600.0, 3600), (3680, 3600.0, 3680), (1, 0.0, 0), (8, 0.0, 0), (80, 0.0, 80), (0.5, 3600.0, 0),
        (3640, 3600.0, 3600), (40, 0.0, 0), (-20, 0.0, -20),
    ],
)  # fmt: skip
def test_a_clock_is_corrected_by_ours(off_s: float, held: float | None, offset: float) -> None:
    assert clock.offset_s(NOW - timedelta(seconds=off_s), NOW, held) == offset


@given(st.floats(-1e6, 1e6), st.lists(st.floats(0, 45), min_size=1))
def test_what_a_weak_network_holds_up_is_no_clock_that_is_slow(off_s: float, delays: list[float]) -> None:
    """A request that came late was taken for a slow clock; sent again for want of its answer, its fixes were there twice."""
    held = first = clock.offset_s(NOW - timedelta(seconds=off_s), NOW, None)
    for delay in delays:
        held = clock.offset_s(NOW - timedelta(seconds=off_s), NOW + timedelta(seconds=delay), held)
        assert held == first


def test_a_clock_that_was_set_between_shifts_is_measured_anew() -> None:
    assert clock.offset_s(NOW - timedelta(seconds=40), NOW, 0.0, lately=False) == 40
    assert clock.offset_s(NOW - timedelta(seconds=8), NOW, 0.0, lately=False) == 0


@given(st.floats(-1e6, 1e6), st.lists(st.floats(0, 5), min_size=1))
def test_what_is_sent_again_is_corrected_the_same(off_s: float, delays: list[float]) -> None:
    held = None
    offsets = []
    for delay in delays:
        held = clock.offset_s(NOW - timedelta(seconds=off_s), NOW + timedelta(seconds=delay), held)
        offsets.append(held)
    assert len(set(offsets)) == 1


def test_a_correction_is_told() -> None:
    assert clock.told(0) == ("", "")
    zh, en = clock.told(3600)
    assert "慢了60 分钟" in zh
    assert "60 min slow" in en
    assert "fast" in clock.told(-20)[1]
    assert "3 h" in clock.told(10_800)[1]
    assert "56 days" in clock.told(56 * 86_400)[1]


def test_a_notice_is_known_by_its_words() -> None:
    week, at_once = notices.notice(7, 14), notices.notice(0, 14)
    assert week == notices.notice(7, 14)
    assert len({week.version, at_once.version, notices.notice(7, 12).version}) == 3
    assert "7 天" in week.zh
    assert "7 days" in week.en
    for notice in (week, at_once):
        assert "{" not in notice.zh + notice.en
    for word in ("不排名", "工资", "撤回", "队长", "无法判定"):
        assert word in week.zh
    for word in ("No ranking", "pay", "withdraw", "leader", "unknown"):
        assert word in week.en


@pytest.mark.parametrize(
    ("latest", "state"),
    [(None, "none"), (("v1", True), "none"), (("v2", True), "given"), (("v2", False), "withdrawn"), (("v1", False), "withdrawn")],
)  # fmt: skip
def test_a_consent_holds_for_the_words_it_was_given_to(latest: tuple[str, bool] | None, state: str) -> None:
    assert notices.consent(latest, "v2") == state


def judged(*items: Any, offset_s: float = 0.0) -> sent.Batch:
    latest = round((NOW_MS + 120_000) * 1000)
    return sent.judged(items, member="m", device="d", offset_s=offset_s, latest_us=latest)


@pytest.mark.parametrize(
    ("item", "code"),
    [
        ("nonsense", "unreadable"), (None, "unreadable"), ([], "unreadable"), ([NOW_MS, LON], "unreadable"),
        ([NOW_MS, LON, LAT, 5, 0, 1], "unreadable"), ([NOW_MS, "116", LAT, 5, 0], "unreadable"),
        ([NOW_MS, LON, LAT, "5", 0], "unreadable"), ([NOW_MS, LON, LAT, 5, 7], "unreadable"),
        ([True, LON, LAT], "unreadable"), ([10**400, LON, LAT], "unreadable"), ([math.nan, LON, LAT], "unreadable"),
        ([-1, LON, LAT], "bad-time"), ([5, LON, LAT], "bad-time"), ([1e17, LON, LAT], "bad-time"),
        ([NOW_MS + 121_000, LON, LAT], "future"), ([NOW_MS, LAT, LON], "swapped-axes"), ([NOW_MS, 0, 0], "zero-zero"),
        ([NOW_MS, 200, 39], "no-such-place"), ([NOW_MS, math.inf, 39], "unreadable"),
    ],
)  # fmt: skip
def test_a_bad_fix_is_named_and_costs_no_good_one(item: Any, code: str) -> None:
    batch = judged([NOW_MS, LON, LAT, 5, 0], item, [NOW_MS - 5000, LON, LAT])
    assert [(one.index, one.code) for one in batch.refused] == [(1, code)]
    assert batch.refused[0].message
    assert batch.fixes.row.tolist() == [0, 2]


def test_good_fixes_are_read() -> None:
    batch = judged(
        [NOW_MS, LON, LAT, 5, 1], [NOW_MS, LON, LAT, None, 0], [NOW_MS, LON, LAT, -3], offset_s=-3600.0
    )
    assert batch.refused == []
    assert set(batch.fixes.at.tolist()) == {round((NOW_MS - 3_600_000) * 1000)}
    assert batch.mock.tolist() == [True, False, False]
    np.testing.assert_array_equal(batch.fixes.accuracy, [5, np.nan, np.nan])
    assert (batch.fixes.member[0], batch.fixes.device[0]) == ("m", "d")
    assert len(judged().fixes) == 0


def test_a_clock_that_is_slow_by_years_is_no_obstacle() -> None:
    batch = judged([5000, LON, LAT], offset_s=NOW.timestamp() - 10)
    assert batch.fixes.at.tolist() == [round((NOW_MS - 5000) * 1000)]


def test_every_reason_is_told_in_both_languages() -> None:
    assert set(sent.MESSAGES) == set(sent.MESSAGES_ZH)
    assert set(sent.OFF_DUTY) < set(sent.MESSAGES)


def test_too_many_say_how_to_split() -> None:
    sent.check_count(10_000)
    with pytest.raises(sent.TooManyFixes, match=r"at most 10,000.*in 10 requests"):
        sent.check_count(100_000)


def test_gzip_is_taken_whole_or_not_at_all() -> None:
    content = b"[" + b"1," * 10_000 + b"1]"
    packed = gzip.compress(content)
    assert inflated(packed) == content
    for cut in (1, 10, len(packed) // 2, len(packed) - 1):
        with pytest.raises(CutOff):
            inflated(packed[:cut])
    with pytest.raises(CutOff):
        inflated(packed[:30] + bytes([packed[30] ^ 255]) + packed[31:])
    with pytest.raises(CutOff):
        inflated(packed + b"more")
    with pytest.raises(CutOff):
        inflated(b"")


def test_a_zip_bomb_is_refused_before_it_is_inflated() -> None:
    bomb = gzip.compress(bytes(100 * 2**20))
    assert len(bomb) < 2**17
    with pytest.raises(HTTPException) as refused:
        inflated(bomb)
    assert refused.value.status_code == 413
    assert inflated(gzip.compress(bytes(1000)), 1000) == bytes(1000)
    with pytest.raises(HTTPException):
        inflated(gzip.compress(bytes(1001)), 1000)


@pytest.mark.parametrize(
    ("query", "item"),
    [
        ({"lat": "39.9", "lon": "116.4", "timestamp": "1763856300"}, [1763856300000, 116.4, 39.9, None, 0]),
        ({"lat": "39.9", "lon": "116.4", "timestamp": "1763856300000", "accuracy": "8"}, [1763856300000, 116.4, 39.9, 8, 0]),
        ({"lat": "39.9", "lon": "116.4", "timestamp": "2025-11-23T00:05:00Z", "hdop": "1.2"}, [1763856300000, 116.4, 39.9, 6, 0]),
        ({"lat": "39.9", "lon": "116.4", "timestamp": "2025-11-23 08:05:00+08:00"}, [1763856300000, 116.4, 39.9, None, 0]),
        ({"location": "39.9,116.4"}, [NOW_MS, 116.4, 39.9, None, 0]),
        ({"lat": "x", "lon": "nan", "timestamp": "soon"}, [None, None, None, None, 0]),
        ({}, [NOW_MS, None, None, None, 0]),
    ],
)  # fmt: skip
def test_osmand(query: dict[str, str], item: list[Any]) -> None:
    told = protocol.from_query(
        query | {"id": "s", "batt": "80", "speed": "1", "bearing": "9", "altitude": "40"}, NOW
    )
    assert told.secret == "s"
    assert told.items == [pytest.approx(item) if None not in item else item]


def test_traccar() -> None:
    coords = {"latitude": 39.9, "longitude": 116.4, "accuracy": 8, "speed": 1, "heading": 2, "altitude": 40}
    one = {"timestamp": "2025-11-23T00:05:00.000Z", "coords": coords, "mock": True, "battery": {"level": 0.5}}
    told = protocol.from_json({"device_id": "s", "location": one}, {}, NOW)
    assert (told.secret, told.items) == ("s", [[1763856300000, 116.4, 39.9, 8, 1]])
    several = protocol.from_json({"location": [one, {}, "x", None]}, {"id": "q"}, NOW)
    assert (several.secret, len(several.items), several.items[1:]) == ("q", 4, [[], [], []])
    unreadable: list[Any] = [None, [], "x", 5, {"device_id": 7}, {"location": {"coords": 3}}]
    for nonsense in unreadable:
        told = protocol.from_json(nonsense, {}, NOW)
        assert told.secret == ""
        assert told.items == [[]]


GPX = '<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><trk/></gpx>'


@pytest.mark.parametrize(
    ("name", "content", "good"),
    [
        ("a.gpx", GPX, True), ("a.GPX", GPX, True), ("a.csv", "time,lon,lat\n", True), ("a.gpx", "time,lon,lat\n", False),
        ("a.vrt", "<OGRVRTDataSource/>", False), ("a.gpx", "<OGRVRTDataSource/>", False), ("a.csv", "<gpx/>", False),
        ("a.gpx", f"<!-- <OGRVRTDataSource> -->{GPX[21:]}", False), ("a.gpx", "", False), ("a", GPX, False),
        ("a.gpx", '<!DOCTYPE gpx [<!ENTITY a "b">]><gpx>&a;</gpx>', False), ("a.csv", "PK\3\4\0", False),
        ("a.gpx", "<kml><gpx/></kml>", False),
    ],
)  # fmt: skip
def test_a_file_is_what_its_name_says(name: str, content: str, good: bool, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(content)
    if good:
        uploads.check(path)
    else:
        with pytest.raises(uploads.NotATrackFile):
            uploads.check(path)
