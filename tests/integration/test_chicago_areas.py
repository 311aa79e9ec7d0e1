"""Another city, with another metric CRS and other codes: Chicago's districts and beats, drawn and laid."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import shapely
from sqlalchemy import Connection

from app.areas import service as areas
from app.areas.accepting import BoundariesRefused
from app.areas.gridding import service as gridding
from app.areas.loading import service as loading
from app.areas.reading import Columns
from app.areas.reports import Asked
from app.geo.crs import Metric
from tests.conftest import drop_database, make_database

ILLINOIS_EAST = 26971
pytestmark = pytest.mark.shared_data


@pytest.fixture(scope="module")
def city(admin_url: str) -> Iterator[Connection]:
    databases, name = make_database(admin_url, ILLINOIS_EAST)
    with databases.owner.connect() as connection:
        yield connection
    drop_database(admin_url, databases, name)


@pytest.fixture
def chicago(city: Connection) -> Iterator[Connection]:
    outer = city.begin()
    yield city
    outer.rollback()


@pytest.fixture(scope="module")
def incidents(shared_data: Path) -> pd.DataFrame:
    table = pd.read_csv(shared_data / "chicago" / "incidents.csv", dtype={"gt_beat": str})
    x, y = Metric(ILLINOIS_EAST).from_lonlat(table.longitude, table.latitude)
    return table.assign(x=x, y=y)


def load_districts(connection: Connection, folder: Path) -> None:
    columns = Columns(code="DIST_NUM", name="DIST_LABEL")
    file = folder / "chicago" / "police_districts.geojson"
    report = loading.load(connection, file, Asked(level="district", columns=columns, repair=True))
    assert report.features == 23  # the 31st comes in three parts


def beats(level: str, *, repair: bool) -> Asked:
    columns = Columns(code="BEAT_NUM")  # its DISTRICT says 01 for the districts' 1: by place, then
    return Asked(level=level, columns=columns, repair=repair, source="City of Chicago")


def test_beats_as_drawn_cells(chicago: Connection, shared_data: Path, incidents: pd.DataFrame) -> None:
    load_districts(chicago, shared_data)
    file = shared_data / "chicago" / "police_beats.geojson"
    with pytest.raises(BoundariesRefused) as refused:
        loading.load(chicago, file, beats("cell", repair=False))
    assert {f.code for f in refused.value.findings if f.severity == "error"} == {"duplicate-code"}

    report = loading.load(chicago, file, beats("cell", repair=True))
    assert sum(f.code == "duplicate-code" and f.repaired for f in report.findings) == 277 - report.features
    assert report.published
    ground = areas.ground(chicago, areas.edition_at(chicago).id)
    assert len(ground) == report.features == 275

    placed = ground.place(incidents.x.to_numpy(), incidents.y.to_numpy())
    labelled = incidents.gt_beat.notna().to_numpy()
    codes = np.array([ground.codes[i] if i >= 0 else "" for i in placed.cell])
    assert labelled.sum() == 9891
    assert (codes[labelled] == incidents.gt_beat[labelled]).all()
    assert (placed.found[labelled] == 0).all()
    assert set(placed.found[~labelled]) <= {1, 2}


def test_a_lattice_laid_in_the_beats(chicago: Connection, shared_data: Path, incidents: pd.DataFrame) -> None:
    load_districts(chicago, shared_data)
    loading.load(chicago, shared_data / "chicago" / "police_beats.geojson", beats("community", repair=True))
    laid = gridding.lay_grid(chicago)
    edition = areas.edition_at(chicago)
    big = areas.areas(chicago, edition, "community").set_index("code").area_m2
    assert laid.laid.doubled == dict.fromkeys(big[big > 9.99e6].index, 200)
    assert len(laid.laid.doubled) == 3

    cells = areas.areas(chicago, edition, "cell")
    assert shapely.coverage_is_valid(cells.geometry.to_numpy())
    assert (
        cells.code
        == [f"{parent}{code[-3:]}" for parent, code in zip(cells.parent_code, cells.code, strict=True)]
    ).all()
    ground = areas.ground(chicago, edition.id)
    labelled = incidents[incidents.gt_beat.notna()]
    placed = ground.place(labelled.x.to_numpy(), labelled.y.to_numpy())
    assert (placed.found == 0).all()
    assert (ground.parent_codes[placed.cell] == labelled.gt_beat).all()
    assert gridding.lay_grid(chicago).outcome == "unchanged"
