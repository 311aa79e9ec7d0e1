"""The private cluster really runs: made, found again, mended after crashes, and clear about what it can't mend."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from app.core.settings import ROOT, Settings
from app.db import backup, migrate
from app.db.cluster import Cluster, ClusterBroken, ClusterFolderUnusable
from app.db.databases import (
    BadAddress,
    Databases,
    DatabaseUnreachable,
    NoOwnerAddress,
)
from tests.conftest import METRIC_SRID


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """A folder that an unprivileged user may enter, too."""
    path = Path(tempfile.mkdtemp(prefix="gridward-cluster-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture(scope="module")
def cluster(folder: Path) -> Iterator[Cluster]:
    made = Cluster(folder / "run")
    made.start()
    yield made
    made.stop()


def pid_of(cluster: Cluster) -> int:
    pid = cluster.server_pid()
    assert pid is not None
    return pid


def answer(cluster: Cluster, query: str) -> object:
    with psycopg.connect(cluster.start().service_url) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None
    return row[0]


def crash(cluster: Cluster) -> int:
    """Kill the server as a power cut would, and wait until its children have noticed."""
    pid = pid_of(cluster)
    os.kill(pid, signal.SIGKILL)
    deadline = time.monotonic() + 10
    while cluster.server_pid() is not None and time.monotonic() < deadline:
        time.sleep(0.05)
    return pid


def test_a_second_start_is_quick_and_changes_nothing(cluster: Cluster) -> None:
    before, pid = cluster.start(), pid_of(cluster)
    started = time.perf_counter()
    assert cluster.start() == before
    assert time.perf_counter() - started < 0.3
    assert pid_of(cluster) == pid


def test_the_settings_are_durable(cluster: Cluster) -> None:
    for name in ("fsync", "full_page_writes", "synchronous_commit"):
        assert answer(cluster, f"SHOW {name}") == "on"
    assert answer(cluster, "SHOW timezone") == "UTC"
    assert answer(cluster, "SHOW jit") == "off"


def test_the_service_role_owns_nothing_and_can_make_nothing(cluster: Cluster) -> None:
    assert answer(cluster, "SELECT current_user") == "gridward_service"
    assert answer(cluster, "SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole") == 0
    assert answer(cluster, "SELECT count(*) FROM pg_database WHERE datdba = current_user::regrole") == 0
    assert (
        answer(cluster, "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user") is False
    )
    with psycopg.connect(cluster.start().service_url) as connection, pytest.raises(psycopg.Error):
        connection.execute("CREATE TABLE public.mine (a int)")


def test_nobody_enters_without_the_password(cluster: Cluster) -> None:
    assert oct((cluster.home / "cluster.json").stat().st_mode)[-3:] == "600"
    address = cluster.start().admin_url
    secret = json.loads((cluster.home / "cluster.json").read_text())["secret"]
    for wrong in (address.replace(secret, "guess"), address.replace(":" + secret, "")):
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(wrong, passfile="/dev/null")


def test_a_crashed_server_just_starts_again(cluster: Cluster) -> None:
    with psycopg.connect(cluster.start().owner_url) as connection:
        connection.execute("CREATE SCHEMA IF NOT EXISTS kept; CREATE TABLE kept.row AS SELECT 42 AS a")
    old = crash(cluster)
    assert (cluster.data / "postmaster.pid").exists()
    cluster.start()
    assert pid_of(cluster) != old
    with psycopg.connect(cluster.start().owner_url) as connection:
        assert connection.execute("SELECT a FROM kept.row").fetchone() == (42,)


@pytest.mark.parametrize("left", ["", "{other}\n/elsewhere\n", "nonsense\n"])
def test_a_pid_file_that_is_empty_or_some_other_process_now_is_mended(cluster: Cluster, left: str) -> None:
    cluster.start()
    cluster.stop()
    (cluster.data / "postmaster.pid").write_text(left.format(other=os.getpid()))
    assert cluster.server_pid() is None
    cluster.start()
    assert answer(cluster, "SELECT 1") == 1


def test_a_taken_port_is_exchanged_for_another(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    before = cluster.port()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        other.bind(("127.0.0.1", before))
        other.listen()
        cluster.start()
        assert cluster.port() != before
        assert answer(cluster, "SELECT 1") == 1


def test_stop_stops_this_server_and_no_other(folder: Path, cluster: Cluster) -> None:
    cluster.start()
    never_made = Cluster(folder / "other")
    assert never_made.stop() is False
    assert answer(cluster, "SELECT 1") == 1
    assert cluster.stop() is True
    assert cluster.stop() is False


def test_a_half_made_cluster_is_made_again(folder: Path) -> None:
    half = Cluster(folder / "half")
    (half.home / "data.making" / "base").mkdir(parents=True)
    (half.home / "password.making").write_text("old")
    (half.home / "cluster.json").write_text("{")
    try:
        assert answer(half, "SELECT 1") == 1
        assert not (half.home / "data.making").exists()
        assert not (half.home / "password.making").exists()
    finally:
        half.stop()


def test_a_file_in_the_folders_place_is_named(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(ClusterFolderUnusable, match=r"file.*Set GRIDWARD_HOME"):
        Cluster(folder / "file").start()
    with pytest.raises(ClusterFolderUnusable, match=r"file.*Set GRIDWARD_HOME"):
        Cluster(folder / "file" / "below").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as somebody else")
def test_a_folder_that_the_servers_user_cannot_reach_is_named(folder: Path) -> None:
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    with pytest.raises(ClusterFolderUnusable, match="can't write in"):
        Cluster(closed / "run").start()


def test_data_of_another_major_version_is_named(folder: Path, cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    version = cluster.data / "PG_VERSION"
    right = version.read_text()
    version.write_text("12\n")
    try:
        with pytest.raises(ClusterBroken, match=r"made by PostgreSQL 12.*postgresql-12-postgis-3"):
            cluster.start()
    finally:
        version.write_text(right)


def test_lost_passwords_are_named_and_the_data_stays(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    state = cluster.home / "cluster.json"
    kept = state.rename(state.with_suffix(".kept"))
    try:
        with pytest.raises(ClusterBroken, match=r"cluster\.json is missing"):
            cluster.start()
        assert (cluster.data / "PG_VERSION").exists()
    finally:
        kept.rename(state)


def test_two_first_starts_at_once_make_one_server(folder: Path) -> None:
    program = "from pathlib import Path; import sys; from app.db.cluster import Cluster; print(Cluster(Path(sys.argv[1])).start())"
    command = [sys.executable, "-c", program, str(folder / "both")]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) for _ in range(2)]
    said = [process.communicate(timeout=60)[0] for process in running]
    try:
        assert [process.returncode for process in running] == [0, 0]
        assert said[0] == said[1]
        assert said[0].startswith("Addresses(")
    finally:
        assert Cluster(folder / "both").stop() is True


def test_an_address_in_the_settings_starts_no_server(folder: Path) -> None:
    home = folder / "unused"
    given = Settings(database_url="postgresql://a:b@127.0.0.1:1/x", home=home)
    with pytest.raises(DatabaseUnreachable, match=r"127\.0\.0\.1.*unset GRIDWARD_DATABASE_URL") as caught:
        Databases.open(given)
    assert ":b@" not in str(caught.value)
    assert not home.exists()
    with pytest.raises(NoOwnerAddress, match="GRIDWARD_OWNER_URL"):
        _ = Databases.connect(None, "postgresql://a@127.0.0.1:1/x").owner
    with pytest.raises(BadAddress, match="Set both"):
        Databases.given(Settings(owner_url="postgresql://a@127.0.0.1/x"))
    with pytest.raises(BadAddress, match="Write it like"):
        Databases.given(Settings(database_url="nonsense"))


def test_a_backup_comes_back_whole_and_a_bad_one_changes_nothing(
    fresh_databases: Databases, tmp_path: Path
) -> None:
    db = fresh_databases
    with db.owner.begin() as connection:
        assert not backup.has_rows(connection)
        connection.execute(text("INSERT INTO teams.teams (code, name) VALUES ('T1', '第一队')"))
        assert backup.has_rows(connection)
    file = tmp_path / "new" / "b.dump"
    rows = backup.backup(db.owner, file)
    assert rows["teams.teams"] == 1
    assert oct(file.stat().st_mode)[-3:] == "600"

    with db.owner.begin() as connection:
        connection.execute(text("INSERT INTO teams.teams (code) VALUES ('T2')"))
    damaged = tmp_path / "damaged.dump"
    damaged.write_bytes(file.read_bytes()[: file.stat().st_size - 2000])
    for bad, srid in ((damaged, METRIC_SRID), (file, 26971), (Path(__file__), METRIC_SRID)):
        with pytest.raises(backup.RestoreFailed):
            backup.restore(db.owner, bad, srid)
        with db.owner.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM teams.teams")).scalar_one() == 2

    assert backup.restore(db.owner, file, METRIC_SRID) == rows
    with db.service.connect() as connection:
        migrate.check(connection, METRIC_SRID)
        assert (
            connection.execute(text("SELECT count(*) FROM teams.teams")).scalar_one() == 0
        )  # nobody sees teams
    with db.owner.connect() as connection:
        assert connection.execute(text("SELECT code, name FROM teams.teams")).all() == [("T1", "第一队")]
