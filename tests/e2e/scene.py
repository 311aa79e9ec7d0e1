"""Tiny town with something to see: seven incidents of one day, and the walked shift of geodata/tiny_town.

On 2026-03-02: three incidents in the north-west cell (one of them 占道经营), one east of it, two in the south-east cell,
one outside. The team owes the whole town; what it covered is worked out in tests/integration/test_patrol.py:
four cells patrolled, three missed, nine unknown.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.core.settings import GEODATA
from app.db.engine import transaction
from app.incidents import service as incidents
from app.incidents.reporting import Report
from app.patrol.intake import service as intake
from app.teams import service as teams
from app.teams.roster import Member, Shift
from tests import tiny_town

if TYPE_CHECKING:
    from app.db.databases import Databases

DAY = "2026-03-02"
START = datetime(2026, 3, 2, tzinfo=UTC)  # 08:00 in Beijing
TEAM = "TT"
WASTE, STALL = "暴露垃圾", "占道经营"
INCIDENTS = [  # metres from the town's south-west corner
    (20, 380, WASTE),
    (40, 360, WASTE),
    (70, 330, STALL),
    (150, 350, WASTE),
    (350, 50, WASTE),
    (360, 40, WASTE),
    (-500, 50, WASTE),
]
NORTH_WEST, EAST_OF_IT, SOUTH_EAST = tiny_town.CELLS[0][0], tiny_town.CELLS[0][1], tiny_town.CELLS[3][3]


def fill(databases: Databases) -> None:
    """Load town, incidents, team and track, and commit."""
    with databases.owner.begin() as connection:
        tiny_town.load(connection)
    with transaction(databases.service, "system") as connection:
        for i, (x, y, category) in enumerate(INCIDENTS):
            incidents.report(
                connection,
                Report(
                    source="scene",
                    source_id=str(i),
                    x=tiny_town.WEST + x,
                    y=tiny_town.SOUTH + y,
                    datum="epsg:4548",
                    reported_at=START + timedelta(minutes=i),
                    category=category,
                    synthetic=True,
                ),
            )
        shift = Shift(member="TT-01", start=START, end=START + timedelta(minutes=10))
        teams.form_team(
            connection,
            TEAM,
            "示意队",
            [Member(code="TT-01")],
            [],
            [shift],
            area_code=tiny_town.DISTRICT,
            synthetic=True,
        )
        intake.load_fixes(connection, GEODATA / "tiny_town" / "fixes.csv")


def number_of(code: str) -> int:
    """Return a cell's number: its place among all codes, bytewise, from 1."""
    return sorted(code for row in tiny_town.CELLS for code in row).index(code) + 1
