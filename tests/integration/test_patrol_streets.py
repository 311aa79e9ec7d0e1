"""A street along the side of two rows of tiny town's cells, from the file to coverage: walked once, it counts for both."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import text

from app.areas import service as areas
from app.db.databases import Databases
from app.db.engine import transaction
from app.patrol.coverage import service as coverage
from app.patrol.intake import service as intake
from app.streets import service as streets
from app.teams import service as teams
from app.teams.roster import Member, Shift
from tests import tiny_town
from tests.conftest import drop_database, make_database

START = datetime(2026, 3, 2, tzinfo=UTC)
TEAM, WALKER = "TT", "TT-01"


@pytest.fixture
def town(admin_url: str, tmp_path: Path) -> Iterator[Databases]:
    databases, name = make_database(admin_url)
    with transaction(databases.owner) as connection:
        tiny_town.load(connection)
    yield databases
    drop_database(admin_url, databases, name)


def along_the_side(path: Path) -> Path:
    """East along y = 200 at 1.2 m/s for 300 s, seen on either side of the line in turns of a minute, 12 m off."""
    t = np.arange(0, 301, 5)
    off = 12 * np.sign(np.sin(2 * np.pi * (t + 1) / 120))
    places = [tiny_town.lonlat(20 + 1.2 * s, 200 + o) for s, o in zip(t, off, strict=True)]
    pd.DataFrame(
        {
            "member": WALKER,
            "time": [(START + timedelta(seconds=int(s))).isoformat() for s in t],
            "lon": [lon for lon, _ in places],
            "lat": [lat for _, lat in places],
            "accuracy": 20,
        }
    ).to_csv(path, index=False)
    return path


def test_a_street_between_cells_counts_for_both(town: Databases, tmp_path: Path) -> None:
    (west, south), (east, _) = tiny_town.lonlat(0, 200), tiny_town.lonlat(400, 200)
    _, north = tiny_town.lonlat(200, 400)
    middle = tiny_town.lonlat(200, 200)
    line = tmp_path / "streets.geojson"
    line.write_text(
        '{"type":"FeatureCollection","features":['
        f'{{"type":"Feature","properties":{{"kind":"street"}},"geometry":{{"type":"LineString","coordinates":[[{west},{south}],[{middle[0]},{middle[1]}],[{east},{south}]]}}}},'
        f'{{"type":"Feature","properties":{{"kind":"street"}},"geometry":{{"type":"LineString","coordinates":[[{middle[0]},{middle[1]}],[{middle[0]},{north}]]}}}}'
        "]}"
    )
    with transaction(town.service, "system") as connection:
        shift = Shift(member=WALKER, start=START, end=START + timedelta(seconds=301))
        teams.form_team(
            connection, TEAM, members=[Member(code=WALKER)], shifts=[shift], area_code=tiny_town.DISTRICT
        )
    with transaction(town.owner) as connection:
        streets.load(connection, line, synthetic=True)
    with transaction(town.service, "system") as connection:
        intake.load_fixes(connection, along_the_side(tmp_path / "fixes.csv"))
        ground = areas.ground(connection, areas.edition_at(connection).id)
        report = coverage.coverage_cells(connection, TEAM, START, START + timedelta(seconds=301))
        patrolled = {
            str(ground.codes[n - 1])
            for n, state in zip(report.numbers, report.states, strict=True)
            if state == "patrolled"
        }
        assert patrolled == {code for row in tiny_town.CELLS[1:3] for code in row}
        seen, beside = connection.execute(
            text("SELECT sum(patrol.seconds(seen)), sum(patrol.seconds(shared)) FROM patrol.visits")
        ).one()
        assert seen == pytest.approx(300, abs=5)
        assert beside == pytest.approx(300, abs=20)
        (member,) = coverage.coverage(connection, TEAM, START, START + timedelta(seconds=301)).members
        assert member.dwell_s == pytest.approx(300, abs=5)  # shared time is nobody's twice
