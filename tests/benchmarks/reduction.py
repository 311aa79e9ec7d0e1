"""From stored fixes to stored visits: `gridward patrol reduce` as a user runs it, beside PostGIS counting fixes per cell.

Ground: the real district's lattice. Twelve members walk for eight hours on fourteen days, a fix every 5 s: a million fixes
stored, one more community's worth of cells to walk. A year is the same repeated. The peer counts fixes per member, day and
cell in one statement (what most systems show as coverage; no gaps, no dwell, no cleaning): least work that could be done,
in the same database, with its own parallel workers.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from sqlalchemy import text

from app.areas import service as areas
from app.core.settings import ROOT, Settings
from app.db.cluster import Cluster
from app.db.databases import Databases
from app.db.engine import driver, transaction
from app.demo.service import Demo, Wanted
from app.geo.crs import Metric
from app.incidents import encoding
from app.patrol.simulation import observe, walk
from app.teams import service as teams
from app.teams.roster import Beat, Member, Shift
from tests.benchmarks import batches
from tests.benchmarks.chaoyang import say
from tests.conftest import METRIC_SRID, drop_database, make_database
from tests.demo_ground import ZONE

if TYPE_CHECKING:
    from collections.abc import Iterator

MEMBERS, DAYS, YEAR = 12, 14, 242
CELLS, WALKS = 1_285, 24
SHIFT = timedelta(hours=8)
BEGIN = datetime(2025, 1, 6, 0, 0, tzinfo=UTC)
TEAM = "bench"
PEER = """
    SELECT count(*) FROM (
      SELECT f.member_id, date_trunc('day', f.at) AS day, c.id, count(*) AS fixes
        FROM patrol.fixes AS f JOIN areas.cells AS c ON ST_Covers(c.geom, f.geom)
       GROUP BY 1, 2, 3) AS counted"""


def measure(*, year: bool = True) -> dict[str, Any]:
    """Return seconds for a million fixes and for a year, and the command's memory at its largest."""
    with _ground() as databases:
        walks = _team(databases)
        _store(databases, walks, range(DAYS))
        _command(databases)  # compiles the kernels, once per machine
        two_weeks = _command(databases)
        with databases.owner.connect() as connection:
            began = time.perf_counter()
            connection.execute(text(PEER))
            peer = time.perf_counter() - began
        found = {
            "fixes_1m": two_weeks["fixes"],
            "seconds_1m_fixes": two_weeks["seconds"],
            "seconds_1m_fixes_whole_command": two_weeks["whole"],
            "seconds_1m_fixes_postgis_count": round(peer, 2),
            "visits_1m": two_weeks["visits"],
            "peak_mb_1m": two_weeks["peak_mb"],
        }
        found |= batches.measure(databases, TEAM, _code(0), walks[0])
        if year:
            _store(databases, walks, range(DAYS, YEAR))
            whole = _command(databases)
            found |= {
                "fixes_year": whole["fixes"],
                "seconds_year": whole["seconds"],
                "peak_mb_year": whole["peak_mb"],
            }
        return found


@contextmanager
def _ground() -> Iterator[Databases]:
    """A database of its own with the whole district's lattice."""
    given = os.environ.get("GRIDWARD_TEST_ADMIN_URL")
    admin = given or Cluster.of(Settings.from_env(os.environ), purpose="test").start().admin_url
    databases, name = make_database(admin)
    try:
        demo = Demo(Wanted(seed=1, metric=Metric(METRIC_SRID), zone=ZONE), say)
        with transaction(databases.owner, "system") as connection:
            demo.load_ground(connection)
        yield databases
    finally:
        drop_database(admin, databases, name)


def _team(databases: Databases) -> list[Any]:
    """Form the team with a year of shifts on a patch of the ground; return some walks to choose from."""
    rng = np.random.default_rng(1)
    with transaction(databases.service, "system") as connection:
        ground = areas.ground(connection, areas.edition_at(connection).id)
        middles = shapely.get_coordinates(shapely.centroid(ground.polygons))
        away = np.hypot(*(middles - middles.mean(axis=0)).T)
        patch = np.argsort(away)[:CELLS]
        beats = np.array_split(patch[np.argsort(middles[patch, 0])], MEMBERS)
        teams.form_team(
            connection,
            TEAM,
            area_code=connection.execute(
                text("SELECT code FROM areas.areas WHERE level = 'district'")
            ).scalar_one(),
            members=[Member(code=_code(m)) for m in range(MEMBERS)],
            beats=[Beat(member=_code(m), cells=ground.ids[beat].tolist()) for m, beat in enumerate(beats)],
            shifts=[
                Shift(member=_code(m), start=BEGIN + timedelta(days=d), end=BEGIN + timedelta(days=d) + SHIFT)
                for m in range(MEMBERS)
                for d in range(YEAR)
            ],
            synthetic=True,
        )
    say(f"{len(ground)} cells, {len(patch)} walked")
    length = SHIFT.total_seconds() - 1
    return [
        observe(
            walk(ground.polygons[beat], rng, duration=length, pause=20.0),
            rng,
            noise="correlated",
            dropped=0.0,
        )
        for beat in [beats[k % MEMBERS] for k in range(WALKS)]
    ]


def _code(member: int) -> str:
    return f"b{member:02d}"


def _store(databases: Databases, walks: list[Any], days: range) -> None:
    """Store fixes of the days as the owner, past row-level security; day by day and member by member."""
    with databases.owner.begin() as connection:
        for day in days:
            connection.execute(text("SELECT patrol.ensure_month(:at)"), {"at": BEGIN + timedelta(days=day)})
        ids = {row.code: row.id for row in connection.execute(text("SELECT code, id FROM teams.members"))}
        connection.execute(text("ALTER TABLE patrol.fixes DISABLE ROW LEVEL SECURITY"))
        with (
            driver(connection).cursor() as cursor,
            cursor.copy(
                "COPY patrol.fixes (member_id, device, at, original_x, original_y, datum, accuracy_m, geom) FROM STDIN (FORMAT BINARY)"
            ) as copy,
        ):
            copy.write(encoding.HEADER)
            for day in days:
                for member in range(MEMBERS):
                    copy.write(_rows(walks[member + MEMBERS * (day % 2)], ids[_code(member)], day).tobytes())
            copy.write(encoding.TRAILER)
        connection.execute(text("ALTER TABLE patrol.fixes ENABLE ROW LEVEL SECURITY"))
    with databases.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE patrol.fixes"))
    say(f"fixes of {len(days)} days stored")


def _rows(walked: Any, member_id: int, day: int) -> np.ndarray:
    import pyarrow as pa

    n = len(walked.t)
    start = int((BEGIN + timedelta(days=day)).timestamp() * 1e6)
    return encoding.rows(
        [
            encoding.int4(np.full(n, member_id)),
            encoding.text(pa.array(["phone"] * n)),
            encoding.timestamptz(start + np.round(walked.t * 1e6).astype(np.int64)),
            encoding.float8(walked.x),
            encoding.float8(walked.y),
            encoding.text(pa.array(["wgs84"] * n)),
            encoding.float4(walked.accuracy),
            encoding.point(walked.x, walked.y, METRIC_SRID),
        ]
    )


def _command(databases: Databases) -> dict[str, Any]:
    """Run `gridward patrol reduce` in a process of its own; return what it says, and its memory."""
    addresses = {
        name: engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        for name, engine in (
            ("GRIDWARD_DATABASE_URL", databases.service),
            ("GRIDWARD_OWNER_URL", databases.owner),
        )
    }
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.reduction"],
        env=os.environ | addresses, cwd=ROOT, check=True, capture_output=True, text=True,
    )  # fmt: skip
    said, peak = map(json.loads, done.stdout.splitlines())
    result: dict[str, Any] = said | {"whole": round(time.perf_counter() - began, 2), "peak_mb": peak}
    say(str(result))
    return result


def main() -> None:
    """Be the command, and say how much memory it took, in MB."""
    from app.cli.patrol_reduction import reduce

    reduce(as_json=True)
    print(round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024))


if __name__ == "__main__":
    main()
