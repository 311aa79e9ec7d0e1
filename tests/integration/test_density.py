"""Density over tiny town, against numbers worked out by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import Connection

from app.areas.editions import NoEdition
from app.db.databases import Databases
from app.density import service
from tests.conftest import drop_database, make_database, rolled_back
from tests.e2e import scene

ZONE = "Asia/Shanghai"


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    databases, name = make_database(admin_url)
    scene.fill(databases)
    yield databases
    drop_database(admin_url, databases, name)


@pytest.fixture
def connection(town: Databases) -> Iterator[Connection]:
    yield from rolled_back(town.service, "system")


def density(connection: Connection, start: str | None = None, end: str | None = None, category: str = ""):
    asked = service.period_asked(connection, start, end, ZONE)
    return service.density(connection, service.edition_for(connection, asked), asked, category)


def test_counts_and_rates_by_cell_and_community(connection: Connection) -> None:
    found = density(connection, scene.DAY, scene.DAY)
    counts = dict(zip(found.numbers.tolist(), found.counts.tolist(), strict=True))
    assert counts == {
        scene.number_of(scene.NORTH_WEST): 3,
        scene.number_of(scene.EAST_OF_IT): 1,
        scene.number_of(scene.SOUTH_EAST): 2,
    }
    assert (found.total.incidents, found.total.outside, found.total.synthetic) == (7, 1, True)
    rates = dict(zip(found.numbers.tolist(), found.rates.tolist(), strict=True))
    assert rates[scene.number_of(scene.NORTH_WEST)] == pytest.approx(300)  # three on a hectare in a day
    areas = dict(zip(found.cells.parent_codes, found.area_counts.tolist(), strict=True))
    assert areas == {"990101001001": 4, "990101001002": 0, "990101002001": 0, "990101002002": 2}
    by_area = dict(zip(found.cells.parent_codes, found.area_rates.tolist(), strict=True))
    assert by_area["990101001001"] == pytest.approx(100)  # four on four hectares in a day
    assert found.cells.parent_level == "community"


def test_the_rate_is_a_days_whatever_the_period(connection: Connection) -> None:
    week = density(connection, "2026-03-01", "2026-03-07")
    north_west = week.numbers.tolist().index(scene.number_of(scene.NORTH_WEST))
    assert week.counts[north_west] == 3
    assert week.rates[north_west] == pytest.approx(300 / 7)


def test_one_category(connection: Connection) -> None:
    found = density(connection, scene.DAY, scene.DAY, scene.STALL)
    assert (found.numbers.tolist(), found.counts.tolist()) == ([scene.number_of(scene.NORTH_WEST)], [1])
    assert found.total.incidents == 1


def test_without_a_period_the_last_day_with_an_incident(connection: Connection) -> None:
    asked = service.period_asked(connection, None, None, ZONE)
    assert asked.start.isoformat() == "2026-03-02T00:00:00+08:00"
    assert asked.end - asked.start == timedelta(days=1)


def test_a_period_without_incidents_has_no_classes_and_no_surface(connection: Connection) -> None:
    found = density(connection, "2026-03-05", "2026-03-05")
    assert found.numbers.size == 0
    assert not any(scale.breaks for scale in found.scales.values())
    smooth = service.smooth(connection, found.edition, found.period, 300)
    assert (smooth.surface, smooth.png(), smooth.overlay, smooth.peak) == (None, None, None, 0)


def test_the_surface_holds_every_incident_near_the_ground(connection: Connection) -> None:
    found = density(connection, scene.DAY, scene.DAY)
    smooth = service.smooth(connection, found.edition, found.period, 300)
    assert smooth.surface is not None
    mass = smooth.surface.values.sum() * smooth.surface.step_m**2 / 1e6
    assert mass == pytest.approx(7)  # the one outside lies within four bandwidths
    narrow = service.smooth(connection, found.edition, found.period, 100)
    assert narrow.surface is not None
    assert narrow.surface.values.sum() * narrow.surface.step_m**2 / 1e6 == pytest.approx(6)
    west, south, _, _ = narrow.surface.bounds
    row, column = np.unravel_index(int(narrow.surface.values.argmax()), narrow.surface.values.shape)
    peak = (
        west + (column + 0.5) * narrow.surface.step_m - 450_000,
        south + (row + 0.5) * narrow.surface.step_m - 4_420_000,
    )
    assert 20 < peak[0] < 90  # among the three in the north-west cell
    assert 330 < peak[1] < 380


def test_a_ground_without_an_edition_is_not_ready(fresh_databases: Databases) -> None:
    with fresh_databases.service.connect() as connection, pytest.raises(NoEdition) as caught:
        service.edition_for(connection, service.period_asked(connection, "2026-01-01", None, ZONE))
    assert caught.value.remedy
