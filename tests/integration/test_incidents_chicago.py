"""Another city, other CRS, other codes: Chicago's incidents find the beats that their publisher gave them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text

from app.areas.loading import service as loading
from app.areas.reading import Columns
from app.areas.reports import Asked
from app.db.databases import Databases
from app.db.engine import transaction
from app.incidents import assigning, columns, files, intake, times
from app.incidents import service as incidents
from tests.conftest import drop_database, make_database

pytestmark = pytest.mark.shared_data
LABELLED = 9891
ROWS = 9913


@pytest.fixture(scope="module")
def chicago(admin_url: str, shared_data: Path) -> Iterator[Databases]:
    """A database in EPSG:26971 with the beats as drawn cells under the police districts."""
    databases, name = make_database(admin_url, 26971)
    folder = shared_data / "chicago"
    with databases.owner.begin() as connection:
        for level, file, code in (
            ("district", "police_districts.geojson", "DIST_NUM"),
            ("cell", "police_beats.geojson", "BEAT_NUM"),
        ):
            loading.load(connection, folder / file, Asked(level=level, columns=Columns(code), repair=True))
    yield databases
    drop_database(admin_url, databases, name)


def options(file: files.PointFile) -> intake.Options:
    return intake.Options(columns.choose(file.columns, {}), "wgs84", times.parse_zone("America/Chicago"))


def test_every_labelled_incident_is_loaded_into_its_beat(
    chicago: Databases, shared_data: Path, tmp_path: Path
) -> None:
    path = shared_data / "chicago" / "incidents.csv"
    file = files.open_points(path)
    request = incidents.Request(
        path=path, source="police", options=options(file), rejected=tmp_path / "rejected.csv"
    )
    with transaction(chicago.service, "system") as connection:
        loaded = incidents.load(connection, file, request)
        rows = connection.execute(
            text("""
                SELECT i.source_id, c.code, i.found, i.snapped_m FROM incidents.incidents AS i
                  LEFT JOIN areas.cells AS c ON c.id = i.cell_id
            """)
        )
        stored = {row.source_id: row for row in rows}
    assert (loaded.rows, loaded.new, loaded.duplicate, loaded.rejected) == (ROWS, ROWS - 1, 1, 0)
    assert len(stored) == ROWS - 1
    with path.open(encoding="utf-8") as lines:
        asked = list(csv.DictReader(lines))
    labelled = [row for row in asked if row["gt_beat"]]
    assert len(labelled) == LABELLED
    wrong = [
        row
        for row in labelled
        if (stored[row["case_number"]].found, stored[row["case_number"]].code)
        != ("in a cell", row["gt_beat"])
    ]
    assert wrong == []
    unlabelled = [stored[row["case_number"]] for row in asked if not row["gt_beat"]]
    assert {one.found for one in unlabelled} == {"snapped", "outside"}
    assert max(one.snapped_m for one in unlabelled if one.found == "snapped") <= 50
    junk = next(row for row in asked if float(row["latitude"]) < 41)
    assert stored[junk["case_number"]].found == "outside"


def test_assign_gives_every_labelled_incident_its_beat(shared_data: Path, tmp_path: Path) -> None:
    folder = shared_data / "chicago"
    cells = assigning.read_cells(folder / "police_beats.geojson", code="BEAT_NUM")
    assert cells.metric.srid == 32616
    assert [finding.code for finding in cells.findings if finding.severity == "warning"] == ["duplicate-code"]
    file = files.open_points(folder / "incidents.csv")
    out = tmp_path / "out.csv"
    assigned = assigning.assign(file, options(file), cells, out, rejected_path=tmp_path / "rejected.csv")
    assert (assigned.rows, assigned.in_a_cell, assigned.rejected) == (ROWS, LABELLED, 0)
    assert assigned.duplicate == 1
    frame = pd.read_csv(out, dtype=str)
    assert len(frame) == ROWS
    labelled = frame[frame.gt_beat.notna()]
    assert (labelled.cell == labelled.gt_beat).all()
    assert set(frame[frame.gt_beat.isna()].found) == {"snapped", "outside"}
