"""Files of incidents into their cells: hand-worked answers, every kind of bad row, all or nothing."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from app.core.errors import NotReady
from app.core.settings import GEODATA, ROOT
from app.db.databases import Databases
from app.db.engine import transaction
from app.geo.datum import from_wgs84
from app.incidents import columns, files, intake, placing, times
from app.incidents import service as incidents
from app.incidents.service import Loaded
from tests import tiny_town
from tests.conftest import METRIC_SRID, drop_database, make_database, rolled_back
from tests.integration.test_cli import INTERRUPTIBLE

TOWN_CSV = GEODATA / "tiny_town" / "incidents.csv"
HEADER = "id,lon,lat,time\n"
WHEN = "2026-01-05T08:00:00+08:00"


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    """A database with the tiny town, published."""
    databases, name = make_database(admin_url)
    with databases.owner.begin() as connection:
        tiny_town.load(connection)
    yield databases
    drop_database(admin_url, databases, name)


@pytest.fixture
def service(town: Databases) -> Iterator[Connection]:
    """The service role and the system in the town, rolled back after the test."""
    yield from rolled_back(town.service, "system")


def load(connection: Connection, file: Path, **said: Any) -> Loaded:
    points = files.open_points(file)
    zone = said.pop("timezone", None)
    options = intake.Options(
        columns=columns.choose(points.columns, {}),
        datum=said.pop("datum", points.datum or "wgs84"),
        zone=times.parse_zone(zone) if zone else None,
        decimal=said.pop("decimal", "."),
    )
    request = incidents.Request(
        path=file,
        source=said.pop("source", "test"),
        options=options,
        rejected=file.parent / f"{file.name}.rejected.csv",
        **said,
    )
    return incidents.load(connection, points, request)


def cells_by_id(connection: Connection) -> dict[str, Any]:
    rows = connection.execute(
        text("""
            SELECT i.source_id, c.code, i.found, i.snapped_m, i.candidates
              FROM incidents.incidents AS i LEFT JOIN areas.cells AS c ON c.id = i.cell_id
        """)
    )
    return {row.source_id: row for row in rows}


def in_town(x: float, y: float) -> str:
    """Return "lon,lat" of a place in metres from the town's corner."""
    lon, lat = tiny_town.lonlat(x, y)
    return f"{lon:.9f},{lat:.9f}"


def write(folder: Path, *rows: str, name: str = "points.csv", header: str = HEADER) -> Path:
    file = folder / name
    file.write_text(header + "".join(f"{row}\n" for row in rows), encoding="utf-8")
    return file


def test_the_tiny_towns_twelve_incidents(service: Connection, tmp_path: Path) -> None:
    file = tmp_path / "incidents.csv"
    file.write_bytes(TOWN_CSV.read_bytes())
    loaded = load(service, file, datum=f"epsg:{METRIC_SRID}", synthetic=True)
    assert loaded.counts() | {"seconds": 0, "load_id": 0} == {
        "rows": 12, "in_a_cell": 9, "snapped": 1, "outside": 1, "rejected": 0, "duplicate": 1, "new": 11,
        "seconds": 0, "load_id": 0, "source": "test", "rejected_file": None, "reasons": {},
        "warnings": {"next-district": 1},
    }  # fmt: skip
    found = cells_by_id(service)
    assert {number: row.code for number, row in found.items()} == {
        "T01": "990101001001001",
        "T02": "990101001001002",
        "T03": "990101002001001",
        "T04": "990101001001003",
        "T05": "990101001002004",
        "T06": "990101002002004",
        "T07": "990101001001001",  # on the edge: the smaller code
        "T08": "990101001002001",
        "T09": None,  # within 50 m, but on the neighbour's ground
        "T10": "990101002002004",
        "T11": "990101001001004",
    }
    assert (found["T08"].found, found["T08"].snapped_m) == ("snapped", pytest.approx(30, abs=0.01))
    assert found["T09"].found == "outside"
    candidates = service.execute(
        text("SELECT code FROM areas.cells WHERE id = ANY (:ids) ORDER BY code"),
        {"ids": found["T11"].candidates},
    ).scalars()
    assert list(candidates) == ["990101001001004", "990101002001003"]
    assert [number for number, row in found.items() if row.candidates] == ["T11"]


def test_demand_per_cell_counts_a_half_open_period_and_a_category(
    service: Connection, tmp_path: Path
) -> None:
    file = tmp_path / "incidents.csv"
    file.write_bytes(TOWN_CSV.read_bytes())
    load(service, file, datum=f"epsg:{METRIC_SRID}")
    edition = service.execute(text("SELECT id FROM areas.editions")).scalar_one()
    china = times.parse_zone("Asia/Shanghai")
    start, end = datetime(2026, 1, 5, 8, 10, tzinfo=china), datetime(2026, 1, 7, 9, 0, tzinfo=china)
    counts = incidents.counts_per_cell(service, edition, start, end)
    codes = sorted(code for row in tiny_town.CELLS for code in row)
    assert dict(zip(codes, counts.tolist(), strict=True)) == dict.fromkeys(codes, 0) | {
        "990101001001001": 2, "990101001001002": 1, "990101002001001": 1, "990101001001003": 1,
        "990101001002001": 1, "990101001002004": 1, "990101002002004": 2,
    }  # fmt: skip
    litter = incidents.counts_per_cell(service, edition, start, end, "暴露垃圾")
    assert litter.sum() == 5
    demand = incidents.demand(service, edition, start, start + timedelta(days=2))
    assert demand.per_day[0] == pytest.approx(1.0)
    assert demand.per_hectare_day[0] == pytest.approx(1.0, rel=1e-4)  # a cell of 100 m x 100 m is one hectare


def test_nothing_is_loaded_twice(service: Connection, tmp_path: Path) -> None:
    file = write(tmp_path, f"A,{in_town(50, 50)},{WHEN}", f"B,{in_town(150, 50)},{WHEN}")
    assert load(service, file).new == 2
    again = load(service, file)
    assert (again.new, again.duplicate, again.rows) == (0, 2, 2)
    assert any(finding.code == "nothing-new" for finding in again.findings)
    more = load(
        service,
        write(
            tmp_path,
            f"B,{in_town(50, 50)},{WHEN}",
            f"C,{in_town(50, 50)},{WHEN}",
            f"C,{in_town(250, 50)},{WHEN}",
        ),
    )
    assert (more.new, more.duplicate) == (1, 2)
    found = cells_by_id(service)
    assert found["C"].code == tiny_town.cell_at(50, 50)  # the file's first row counts
    assert load(service, file, source="another system").new == 2


BAD_ROWS = {
    "missing-id": f",116.4,39.9,{WHEN}",
    "missing-coordinates": f"N1,NaN,39.9,{WHEN}",
    "text-coordinates": f"N2,east,39.9,{WHEN}",
    "decimal-comma": f'N3,"116,4","39,9",{WHEN}',
    "latitude-beyond-90": f"N4,116.4,91,{WHEN}",
    "longitude-beyond-180": f"N5,181,39.9,{WHEN}",
    "metres-not-degrees": f"N6,450050,4420350,{WHEN}",
    "missing-time": "N7,116.4,39.9,",
    "unreadable-time": "N8,116.4,39.9,yesterday",
    "malformed-line": f"N9,116.4,39.9,{WHEN},more,and more",
}


def test_bad_rows_are_kept_with_reasons_and_good_ones_are_loaded(service: Connection, tmp_path: Path) -> None:
    good = f"G1,{in_town(50, 50)},{WHEN}"
    file = write(tmp_path, *BAD_ROWS.values(), good)
    loaded = load(service, file)
    assert (loaded.new, loaded.rejected, loaded.rows) == (1, len(BAD_ROWS), len(BAD_ROWS) + 1)
    assert loaded.reasons == dict.fromkeys(BAD_ROWS, 1)
    assert loaded.rejected_file == tmp_path / "points.csv.rejected.csv"
    with loaded.rejected_file.open(encoding="utf-8-sig", newline="") as kept:
        rows = {row["reason"]: row for row in csv.DictReader(kept)}
    assert {reason: int(row["row"]) for reason, row in rows.items()} == {
        reason: number for number, reason in enumerate(BAD_ROWS, 1)
    }
    assert rows["text-coordinates"]["lon"] == "east"
    assert rows["decimal-comma"]["lat"] == "39,9"
    assert "--decimal" in rows["decimal-comma"]["remedy"]
    assert "more,and more" in rows["malformed-line"]["line"]
    assert all(row["message"] and row["remedy"] for row in rows.values())
    named = {finding.where: finding.code for finding in loaded.findings}
    assert named == {f"row {number}": reason for number, reason in enumerate(BAD_ROWS, 1)}
    assert list(cells_by_id(service)) == ["G1"]


def test_decimal_commas_are_read_when_said_so(service: Connection, tmp_path: Path) -> None:
    lon, lat = in_town(50, 50).split(",")
    row = f"A;{lon.replace('.', ',')};{lat.replace('.', ',')};{WHEN}"
    file = write(tmp_path, row, header="id;lon;lat;time\n")
    assert load(service, file).reasons == {"decimal-comma": 1}
    assert load(service, file, decimal=",").in_a_cell == 1


def test_odd_places_are_stored_as_outside_with_a_remedy(service: Connection, tmp_path: Path) -> None:
    lon, lat = in_town(50, 50).split(",")
    file = write(
        tmp_path,
        f"zero,0,0,{WHEN}",
        f"swapped,{lat},{lon},{WHEN}",  # a latitude beyond 90, but a place when swapped
        f"next district,{in_town(450, 50)},{WHEN}",
        f"far away,{in_town(50, 5_000)},{WHEN}",
        f"tomorrow,{in_town(50, 50)},{(datetime.now(UTC) + timedelta(days=1)).isoformat()}",
    )
    loaded = load(service, file)
    assert (loaded.outside, loaded.in_a_cell, loaded.rejected) == (4, 1, 0)
    assert loaded.warnings == {
        "null-island": 1,
        "swapped-axes": 1,
        "next-district": 1,
        "outside": 1,
        "future-time": 1,
    }
    told = {finding.where: finding for finding in loaded.findings}
    assert "--lon" in told["row 2"].remedy
    assert "neighbouring district" in told["row 3"].message
    assert "--datum" in told["row 4"].remedy
    assert told["row 1"].severity == "warning"


def test_naive_times_are_one_error_for_the_file(service: Connection, tmp_path: Path) -> None:
    file = write(tmp_path, *(f"A{n},{in_town(50, 50)},2026-01-05 08:00" for n in range(50)))
    with pytest.raises(times.NaiveTimes, match="--timezone") as caught:
        load(service, file)
    assert caught.value.findings == ()
    loaded = load(service, file, timezone="Asia/Shanghai")
    assert loaded.in_a_cell == 50
    stored = service.execute(text("SELECT DISTINCT reported_at FROM incidents.incidents")).scalar_one()
    assert stored == datetime(2026, 1, 5, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_other_datums_find_the_same_cells(service: Connection, tmp_path: Path, datum: str) -> None:
    rows, expected = [], {}
    for n, (x, y) in enumerate([(5, 395), (195, 205), (205, 5), (395, 195)]):
        u, v = from_wgs84(*(np.array([degrees]) for degrees in tiny_town.lonlat(x, y)), datum)
        rows.append(f"P{n},{u[0]:.9f},{v[0]:.9f},{WHEN}")
        expected[f"P{n}"] = tiny_town.cell_at(x, y)
    load(service, write(tmp_path, *rows), datum=datum)
    assert {number: row.code for number, row in cells_by_id(service).items()} == expected
    stored = service.execute(
        text("SELECT original_x, datum FROM incidents.incidents WHERE source_id = 'P0'")
    ).one()
    assert (f"{stored.original_x:.9f}", stored.datum) == (rows[0].split(",")[1], datum)


def test_a_gcj02_file_declared_as_wgs84_is_suspected(service: Connection, tmp_path: Path) -> None:
    random = np.random.default_rng(3)
    places = random.uniform(5, 395, (60, 2))
    lon, lat = (np.array(part) for part in zip(*(tiny_town.lonlat(x, y) for x, y in places), strict=True))
    u, v = from_wgs84(lon, lat, "gcj02")
    file = write(tmp_path, *(f"G{n},{u[n]:.8f},{v[n]:.8f},{WHEN}" for n in range(60)))
    loaded = load(service, file)
    warning = next(finding for finding in loaded.findings if finding.code == "wrong-datum")
    assert "--datum gcj02" in warning.remedy
    right = load(service, file, source="right", datum="gcj02")
    assert right.in_a_cell == 60
    assert not [finding for finding in right.findings if finding.code == "wrong-datum"]


def test_points_go_to_the_edition_of_their_own_time(admin_url: str, tmp_path: Path) -> None:
    databases, name = make_database(admin_url)
    try:
        with databases.owner.begin() as connection:
            tiny_town.load(connection, edition="old")
            tiny_town.load(connection, edition="new", starts=datetime(2026, 1, 6, tzinfo=UTC))
        file = write(
            tmp_path,
            f"before,{in_town(50, 50)},2026-01-05T23:59:59Z",
            f"after,{in_town(50, 50)},2026-01-06T00:00:00Z",
        )
        with transaction(databases.service, "system") as connection:
            assert load(connection, file).in_a_cell == 2
            rows = connection.execute(
                text("""
                    SELECT i.source_id, e.name FROM incidents.incidents AS i
                      JOIN areas.cells AS c ON c.id = i.cell_id JOIN areas.editions AS e ON e.id = c.edition_id
                """)
            )
            assert {row.source_id: row.name for row in rows} == {"before": "old", "after": "new"}
    finally:
        drop_database(admin_url, databases, name)


def test_without_an_edition_loading_says_so(databases: Databases, tmp_path: Path) -> None:
    with pytest.raises(NotReady), transaction(databases.service, "system") as connection:
        load(connection, write(tmp_path, f"A,116.4,39.9,{WHEN}"))


def test_no_incident_names_a_cell_that_is_not_published(service: Connection) -> None:
    with pytest.raises(IntegrityError, match="no published edition"):
        service.execute(
            text("""
                INSERT INTO incidents.incidents
                       (source, source_id, reported_at, original_x, original_y, datum, found, cell_id)
                VALUES ('x', 'x', now(), 0, 0, 'wgs84', 'in a cell', 2000000000)
            """)
        )


@pytest.mark.parametrize("suffix", [".parquet", ".gpkg", ".geojson", ".csv"])
def test_all_formats_come_to_the_same(service: Connection, tmp_path: Path, suffix: str) -> None:
    import geopandas

    places = [(50, 50), (150, 250), (-20, 50), (450, 50)]
    lon, lat = (list(part) for part in zip(*(tiny_town.lonlat(x, y) for x, y in places), strict=True))
    table = {"id": ["a", "b", "c", "d"], "reported_at": [WHEN] * 4, "类别": ["暴露垃圾"] * 4}
    file = tmp_path / f"points{suffix}"
    if suffix in {".gpkg", ".geojson"}:
        geopandas.GeoDataFrame(table, geometry=geopandas.points_from_xy(lon, lat), crs=4326).to_file(file)
    elif suffix == ".parquet":
        pyarrow.parquet.write_table(pa.table(table | {"经度": lon, "纬度": lat}), file)
    else:
        rows = [f"{table['id'][n]};{WHEN};暴露垃圾;{lon[n]!r};{lat[n]!r}" for n in range(4)]
        file.write_bytes("\n".join(["id;reported_at;类别;经度;纬度", *rows]).encode("gbk"))
    loaded = load(service, file)
    assert (loaded.in_a_cell, loaded.snapped, loaded.outside) == (2, 1, 1)
    kept = service.execute(text("SELECT DISTINCT category, reported_at FROM incidents.incidents")).one()
    assert tuple(kept) == ("暴露垃圾", datetime(2026, 1, 5, tzinfo=UTC))


def many(folder: Path, rows: int) -> Path:
    """Write a Parquet file of points in the town."""
    random = np.random.default_rng(5)
    x, y = random.uniform(0, 400, (2, rows))
    lon, lat = tiny_town.METRIC.to_lonlat(tiny_town.WEST + x, tiny_town.SOUTH + y)
    table = pa.table(
        {
            "id": [f"{n}" for n in range(rows)],
            "lon": lon,
            "lat": lat,
            "time": pa.array(np.full(rows, 1_767_571_200_000_000), pa.timestamp("us", "UTC")),
        }
    )
    file = folder / "many.parquet"
    pyarrow.parquet.write_table(table, file)
    return file


def command(town: Databases, *arguments: str) -> tuple[list[str], dict[str, str]]:
    environment = os.environ | {
        "GRIDWARD_DATABASE_URL": town.service.url.set(drivername="postgresql").render_as_string(
            hide_password=False
        ),
        "GRIDWARD_METRIC_CRS": f"EPSG:{METRIC_SRID}",
    }
    return [sys.executable, "-c", INTERRUPTIBLE, *arguments], environment


def rows_of(town: Databases, source: str) -> tuple[int, int]:
    with transaction(town.service, "system") as connection:
        counts = connection.execute(
            text("""
                SELECT (SELECT count(*) FROM incidents.incidents WHERE source = :s),
                       (SELECT count(*) FROM incidents.loads WHERE source = :s)
            """),
            {"s": source},
        ).one()
    return int(counts[0]), int(counts[1])


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupted_load_leaves_nothing(town: Databases, tmp_path: Path, how: signal.Signals) -> None:
    file = many(tmp_path, 300_000)
    source = f"interrupted by {how.name}"
    line, environment = command(town, "incidents", "load", str(file), "--source", source)
    process = subprocess.Popen(
        line, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    watch = text("""
        SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND query LIKE '%INSERT INTO incidents.incidents%' AND pid <> pg_backend_pid()
           AND state = 'active'
    """)
    deadline = time.monotonic() + 60
    with town.service.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.execute(watch).scalar_one():
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.02)
    process.send_signal(how)
    output, _ = process.communicate(timeout=60)
    assert process.returncode != 0
    assert output == ""
    while _backends(town):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert rows_of(town, source) == (0, 0)


def _backends(town: Databases) -> int:
    """Return how many other sessions still work in the town's database."""
    busy = text("""
        SELECT count(*) FROM pg_stat_activity
         WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()
           AND backend_type = 'client backend'
    """)
    with town.service.connect() as connection:
        return int(connection.execute(busy).scalar_one())


def test_the_command_ends_with_a_json_summary(town: Databases, tmp_path: Path) -> None:
    file = write(tmp_path, f"A,{in_town(50, 50)},{WHEN}", "B,NaN,1,")
    line, environment = command(town, "incidents", "load", str(file), "--source", "summary", "--synthetic")
    done = subprocess.run(line, env=environment, cwd=ROOT, capture_output=True, text=True, check=True)
    summary = json.loads(done.stdout.splitlines()[-1])
    assert summary["rows"] == 2
    assert summary["in_a_cell"] == summary["rejected"] == 1
    assert summary["columns"] == {"id": "id", "lon": "lon", "lat": "lat", "time": "time"}
    assert Path(summary["rejected_file"]).is_file()
    assert "row 2" in done.stderr
    assert "lon = lon" in done.stderr
    assert rows_of(town, "summary") == (1, 1)
    with transaction(town.service, "system") as connection:
        kept = connection.execute(text("SELECT * FROM incidents.loads WHERE source = 'summary'")).one()
        logged = connection.execute(
            text("SELECT * FROM auth.audit WHERE subject = 'incidents.loads' AND subject_id = :id"),
            {"id": str(kept.id)},
        ).one()
    assert kept.counts["in_a_cell"] == 1
    assert (len(kept.file_hash), kept.synthetic, kept.file_name) == (64, True, "points.csv")
    assert (logged.principal, logged.action) == ("system", "load")
    assert {f"sha256={kept.file_hash}", "rows=2", "new=1", "rejected=1", "duplicate=0"} == set(logged.fields)


def test_rejected_rows_can_be_mended_and_loaded(service: Connection, tmp_path: Path) -> None:
    file = write(tmp_path, f"A,,,{WHEN}")
    first = load(service, file)
    assert first.rejected_file is not None
    mended = first.rejected_file.read_text(encoding="utf-8-sig").replace("A,,,", f"A,{in_town(50, 50)},")
    first.rejected_file.write_text(mended, encoding="utf-8-sig")
    assert load(service, first.rejected_file).in_a_cell == 1


def test_sql_and_the_fast_path_keep_the_same_candidates(service: Connection, tmp_path: Path) -> None:
    from app.incidents.reporting import Report

    random = np.random.default_rng(9)
    rows, said = [], []
    for n, (x, y) in enumerate(random.uniform(-60, 460, (150, 2))):
        lon, lat = tiny_town.lonlat(x, y)
        accuracy = float(np.round(random.uniform(1, 120), 1)) if n % 10 else placing.WIDEST_CIRCLE_M + 1
        rows.append(f"C{n},{lon!r},{lat!r},{WHEN},{accuracy}")
        said.append(
            Report(
                source="sql", source_id=f"C{n}", x=lon, y=lat, datum="wgs84", accuracy_m=accuracy,
                reported_at=datetime(2026, 1, 5, tzinfo=UTC),
            )
        )  # fmt: skip
    load(service, write(tmp_path, *rows, header="id,lon,lat,time,accuracy\n"), source="fast")
    for one in said:
        incidents.report(service, one)
    stored = service.execute(
        text("""
            SELECT source_id, array_agg(ARRAY[found, cell_id::text, round(snapped_m::numeric, 3)::text, candidates::text])
                   AS both, count(DISTINCT (found, cell_id, round(snapped_m::numeric, 3), candidates)) AS kinds,
                   bool_or(candidates IS NOT NULL) AS several
              FROM incidents.incidents GROUP BY source_id
        """)
    ).all()
    assert [row for row in stored if row.kinds != 1] == []
    assert 20 < sum(row.several for row in stored) < 130
