"""Which column holds what."""

from __future__ import annotations

import pytest

from app.incidents.columns import Columns, MissingColumns, choose
from app.incidents.files import GEOMETRY_X, GEOMETRY_Y


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        (["case_number", "date", "latitude", "longitude"], ("case_number", "longitude", "latitude", "date")),
        (["ID", "Lng", "Lat", "Reported At"], ("ID", "Lng", "Lat", "Reported At")),
        (["问题编号", "经度", "纬度", "上报时间"], ("问题编号", "经度", "纬度", "上报时间")),
        (["id", "x", "y", "time"], ("id", "x", "y", "time")),
        (["fid", "x", "id", "lon", "lat", "y", "date"], ("id", "lon", "lat", "date")),
        (["id", "time", GEOMETRY_X, GEOMETRY_Y, "x", "y"], ("id", GEOMETRY_X, GEOMETRY_Y, "time")),
    ],
)
def test_common_names_are_guessed(names: list[str], chosen: tuple[str, ...]) -> None:
    got = choose(names, {})
    assert (got.id, got.lon, got.lat, got.time) == chosen


def test_what_is_named_goes_before_what_is_guessed() -> None:
    got = choose(["id", "number", "lon", "lat", "time", "小类名称"], {"id": "number"})
    assert got == Columns("number", "lon", "lat", "time", "小类名称", None, None)
    assert str(got) == "id = number, lon = lon, lat = lat, time = time, category = 小类名称"


def test_missing_columns_are_one_error_with_what_there_is() -> None:
    with pytest.raises(MissingColumns) as caught:
        choose(["a", "lat"], {})
    assert "id, lon, time" in caught.value.detail
    assert "a, lat" in caught.value.detail
    assert caught.value.remedy == "Name them: --id COLUMN --lon COLUMN --time COLUMN"


def test_a_named_column_that_is_not_there_is_an_error() -> None:
    with pytest.raises(MissingColumns, match=r"'lonn'.*id, lon"):
        choose(["id", "lon", "lat", "time"], {"lon": "lonn"})


def test_only_some_parts_may_be_looked_for() -> None:
    got = choose(["lon", "lat", "date"], {}, ("lon", "lat"), ("id", "lon", "lat"))
    assert (got.id, got.time) == (None, None)
