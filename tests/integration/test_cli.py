"""The command line as a process: refusals, exit codes, and what an end in the middle leaves behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text

from app.core.settings import GEODATA, ROOT
from app.db.databases import Databases
from app.db.engine import transaction
from tests import tiny_town
from tests.conftest import METRIC_SRID, drop_database, make_database

INTERRUPTIBLE = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job would ignore it
from app.cli import main
main()
"""


def line_of(databases: Databases, *arguments: object) -> tuple[list[str], dict[str, str]]:
    addresses = {
        f"GRIDWARD_{role}_URL": engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        for role, engine in (("OWNER", databases.owner), ("DATABASE", databases.service))
    }
    environment = os.environ | addresses | {"GRIDWARD_METRIC_CRS": f"EPSG:{METRIC_SRID}"}
    return [sys.executable, "-c", INTERRUPTIBLE, *map(str, arguments)], environment


def gridward(databases: Databases, *arguments: object) -> subprocess.CompletedProcess[str]:
    line, environment = line_of(databases, *arguments)
    return subprocess.run(line, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture
def town(fresh_databases: Databases) -> Databases:
    with transaction(fresh_databases.owner) as connection:
        tiny_town.load(connection)
    return fresh_databases


def test_a_refusal_is_one_document_and_no_traceback(town: Databases, tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.touch()
    for arguments in (
        ("areas", "load", empty, "--level", "street"),
        ("areas", "publish", "nowhere"),
        ("incidents", "load", empty),
        ("patrol", "coverage", "--team", "T", "--from", "2026-03-02", "--to", "2026-03-03"),
    ):
        done = gridward(town, *arguments, "--json")
        assert done.returncode == 1
        assert json.loads(done.stdout)["outcome"] == "refused"
        assert done.stderr.startswith("gridward: ")
        assert "Traceback" not in done.stderr


def test_a_load_of_nothing_but_bad_rows_fails(town: Databases, tmp_path: Path) -> None:
    incidents, fixes = tmp_path / "incidents.csv", tmp_path / "fixes.csv"
    incidents.write_text("id,lon,lat,time\n1,east,north,2026-03-02T08:00:00Z\n")
    fixes.write_text("member,lon,lat,time\nM,east,north,2026-03-02T08:00:00Z\n")
    assert json.loads(gridward(town, "incidents", "load", incidents).stdout)["rejected"] == 1
    assert gridward(town, "incidents", "load", incidents).returncode == 1
    assert gridward(town, "patrol", "load-fixes", fixes).returncode == 1


def test_a_database_without_postgis_is_told_what_to_run(admin_url: str) -> None:
    """Where the owner is no superuser, as on a server of one's own; PostGIS is no trusted extension."""
    made, name = make_database(admin_url)
    try:
        with psycopg.connect(
            make_url(admin_url).set(database=name).render_as_string(hide_password=False)
        ) as bare:
            bare.execute(
                "DROP SCHEMA areas, teams, incidents, patrol, db CASCADE; DROP EXTENSION postgis CASCADE"
            )
        done = gridward(made, "db", "upgrade", "--no-backup")
        assert done.returncode == 1
        assert "CREATE EXTENSION postgis" in done.stderr
        assert "Traceback" not in done.stderr
    finally:
        drop_database(admin_url, made, name)


def test_a_fix_of_nobody_is_told_in_its_own_words(town: Databases, tmp_path: Path) -> None:
    fixes = tmp_path / "fixes.csv"
    fixes.write_bytes("队员,经度,纬度,时间\n,116.4,39.9,2026-03-02T08:00:00Z\n".encode("gbk"))
    done = gridward(town, "patrol", "load-fixes", fixes, "--encoding", "gbk")
    assert "row 1: It doesn't say whose fix it is." in done.stderr


def test_assign_writes_over_nothing_that_it_reads(fresh_databases: Databases, tmp_path: Path) -> None:
    points = tmp_path / "points.csv"
    points.write_text("id,lon,lat\n1,116.4,39.9\n2,east,north\n")
    before = points.read_bytes()
    for option in ("--output", "--rejected"):
        other = "--rejected" if option == "--output" else "--output"
        done = gridward(
            fresh_databases,
            "assign",
            points,
            "--cells",
            tiny_town.FILE,
            option,
            points,
            other,
            tmp_path / "o.csv",
        )
        assert done.returncode == 2
        assert points.read_bytes() == before
        assert [file.name for file in tmp_path.iterdir()] == ["points.csv"]


CELLS = "SELECT (SELECT count(*) FROM areas.editions), (SELECT count(*) FROM areas.areas), (SELECT count(*) FROM areas.cells)"
FIXES = "SELECT (SELECT count(*) FROM teams.members), (SELECT count(*) FROM teams.shifts), (SELECT count(*) FROM patrol.fixes)"


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
@pytest.mark.parametrize("job", ["areas load", "lay-grid", "load-fixes"])
def test_an_end_in_the_middle_leaves_nothing(
    town: Databases, tmp_path: Path, how: signal.Signals, job: str
) -> None:
    """The job is held up at its last table by a lock on writing, so that its end surely comes in the middle."""
    arguments, table, counted = {
        "areas load": (
            ("areas", "load", changed(tmp_path), "--level", "community", "--edition", "new"),
            "areas.loads",
            CELLS,
        ),
        "lay-grid": (("areas", "lay-grid", "--edition", "new", "--size", "50"), "areas.renumberings", CELLS),
        "load-fixes": (
            (
                "patrol",
                "load-fixes",
                GEODATA / "tiny_town" / "fixes.csv",
                "--team",
                "T",
                "--create-members",
                "--shift-from-track",
            ),
            "patrol.visits",
            FIXES,
        ),
    }[job]
    if job == "load-fixes":
        assert gridward(town, "patrol", "team", "add", "T").returncode == 0
    with town.owner.connect() as holder:
        before = holder.execute(text(counted)).one()
        holder.rollback()
        holder.execute(text(f"LOCK TABLE {table} IN SHARE MODE"))
        line, environment = line_of(town, *arguments, "--json")
        process = subprocess.Popen(
            line, env=environment, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        wait_until(lambda: others(town, waiting=True) or process.poll() is not None)
        assert process.poll() is None, process.communicate()
        process.send_signal(how)
        if how is signal.SIGKILL:  # a dead client's statement ends when the server next speaks to it
            process.wait(timeout=30)
            holder.rollback()
        output, said = process.communicate(timeout=30)
        assert process.returncode != 0
        assert output == ""
        assert "Traceback" not in said
        assert ("nothing of it is stored" in said) == (how is signal.SIGINT)
        holder.rollback()
    wait_until(lambda: not others(town, waiting=False))
    with town.owner.connect() as connection:
        assert connection.execute(text(counted)).one() == before
    again = gridward(town, *arguments, "--json")
    assert again.returncode == 0, again.stderr
    with town.owner.connect() as connection:
        assert connection.execute(text(counted)).one() != before


def changed(folder: Path) -> Path:
    """Write the town's communities under other names."""
    document = json.loads(tiny_town.FILE.read_text())
    for feature in document["features"]:
        feature["properties"]["name"] += "新"
    file = folder / "areas.geojson"
    file.write_text(json.dumps(document))
    return file


def others(databases: Databases, *, waiting: bool) -> bool:
    """Say whether another session of this database holds a lock, or waits for one."""
    query = text("""
        SELECT EXISTS (SELECT FROM pg_locks AS l
                         JOIN pg_database AS d ON d.oid = l.database
                        WHERE d.datname = current_database() AND l.pid <> pg_backend_pid() AND NOT (l.granted AND :waiting))
    """)
    with databases.service.connect() as connection:
        return bool(connection.execute(query, {"waiting": waiting}).scalar_one())


def wait_until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)
