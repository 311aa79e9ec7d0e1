"""What the patrol desk works out by itself: days, what changes hands, pictures to print."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely

from app.core.errors import BadInput
from app.desk.patrol import days, pictures, scenes
from app.patrol.beats.holding import Held

CITY = ZoneInfo("Asia/Shanghai")


def held(**holders: str) -> Held:
    codes = sorted(holders)
    return Held(
        np.array(codes, np.object_),
        np.array([holders[code] for code in codes], np.object_),
        np.array([10.0 + n for n in range(len(codes))]),
    )


def test_a_day_is_the_city_s() -> None:
    assert days.said("", CITY, datetime(2026, 3, 1, 17, tzinfo=UTC)) == date(2026, 3, 2)
    start, end = days.span(date(2026, 3, 2), CITY)
    assert (start.astimezone(UTC).hour, (end - start).total_seconds()) == (16, 86400)
    assert days.monday(date(2026, 3, 8)) == date(2026, 3, 2)
    with pytest.raises(BadInput):
        days.said("2026-13-01", CITY, start)


def test_what_changes_hands() -> None:
    shapes = {code: {"type": "Polygon", "coordinates": []} for code in "abcd"}
    before, after = held(a="m1", b="m1", c="m2", d="m3"), held(a="m1", b="m2", c="m2", d="m2")
    told = scenes.change(before, after, shapes, ["m3"])
    assert [(flow["from"], flow["to"], flow["cells"], flow["minutes"]) for flow in told["flows"]] == [
        ("m1", "m2", 1, 11.0),
        ("m3", "m2", 1, 13.0),
    ]
    assert [(one["member"], one["kept"], one["gained"], one["lost"]) for one in told["members"]] == [
        ("m1", 1, 0, 1),
        ("m2", 1, 2, 0),
        ("m3", 0, 0, 1),
    ]
    assert [one["away"] for one in told["members"]] == [False, False, True]
    assert [one["after"] for one in told["members"]] == [10.0, 36.0, 0]


def test_a_picture_of_beats() -> None:
    drawn = pictures.beats([shapely.box(0, 0, 200, 100), None, shapely.box(200, 0, 400, 100)])
    assert drawn is not None
    assert (drawn.height, drawn.metres) == (250.0, 40.0)
    assert [(one.number, one.x) for one in drawn.beats] == [(1, 250.0), (3, 750.0)]
    assert pictures.beats([None]) is None


def test_a_picture_of_a_tour() -> None:
    drawn = pictures.route([(116.0, 40.0), (116.0, 39.99)])
    assert drawn is not None
    assert drawn.points == [(0.0, 0.0), (0.0, pytest.approx(1000.0))]
    assert pictures.route([]) is None
