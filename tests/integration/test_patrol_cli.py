"""`gridward patrol` as people and scripts run it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from app.auth.service import acting_as
from app.cli import app
from app.core.errors import GridwardError
from app.core.settings import GEODATA
from app.db.engine import transaction
from tests import tiny_town
from tests.conftest import drop_database, make_database

FIXES = GEODATA / "tiny_town" / "fixes.csv"


@pytest.fixture
def run(admin_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator:
    databases, name = make_database(admin_url)
    with transaction(databases.owner) as connection:
        tiny_town.load(connection)
    for role, engine in (("DATABASE", databases.service), ("OWNER", databases.owner)):
        monkeypatch.setenv(f"GRIDWARD_{role}_URL", engine.url.render_as_string(hide_password=False))

    def run(*words: str | Path) -> Result:
        return CliRunner().invoke(app, ["patrol", *map(str, words)], catch_exceptions=False)

    yield run
    drop_database(admin_url, databases, name)


def test_a_team_from_nothing_to_its_coverage(run, tmp_path: Path) -> None:
    shifts = tmp_path / "shifts.csv"
    shifts.write_text("member,start,end\nTT-01,2026-03-02 08:00,2026-03-02 08:10\n")
    beats = tmp_path / "beats.csv"
    beats.write_text("member,cell\n" + "".join(f"TT-01,{code}\n" for row in tiny_town.CELLS for code in row))
    added = (
        "team",
        "add",
        "TT",
        "--name",
        "示意队",
        "--member",
        "TT-01",
        "--shifts",
        shifts,
        "--beats",
        beats,
    )
    for _ in range(2):
        assert json.loads(run(*added, "--synthetic", "--json").stdout) == {
            "code": "TT", "members": 1, "beats": 1, "shifts": 1,
        }  # fmt: skip
    loaded = run("load-fixes", FIXES, "--json")
    assert loaded.exit_code == 0
    (line,) = loaded.stdout.splitlines()
    report = json.loads(line)
    assert (report["stored"], report["dropped"], report["shifts"]) == (37, {"jump": 1}, 1)
    asked = (
        "coverage",
        "--team",
        "TT",
        "--from",
        "2026-03-02T08:00",
        "--to",
        "2026-03-02T08:10",
        "--window",
        "5m",
    )
    body = json.loads(run(*asked, "--json").stdout)
    assert body["coverage"]["interval"] == [4 / 16, 13 / 16]
    assert body["members"][0]["beat"]["patrolled"] == 4
    shown = run(*asked)
    assert "25.0-81.2%" in shown.stdout
    assert "示意分区，非法定界线" in shown.stdout
    assert "TT-01" in shown.stdout
    assert "示意队" in run("team", "list").stdout


def test_an_unknown_member_is_told_with_a_remedy(run) -> None:
    result = run("load-fixes", FIXES)
    assert result.exit_code == 1
    assert "unknown" not in result.stdout
    assert "'TT-01'" in result.stderr
    assert "gridward patrol team add" in result.stderr
    assert "37 left out" in result.stdout


def test_a_member_is_given_an_account(run) -> None:
    from app.cli.common import service
    from app.teams import service as teams
    from tests.accounts import account

    run("team", "add", "TT", "--member", "TT-01")
    with service() as connection:
        walker = account(connection, None, name="walker")
    assert json.loads(run("team", "account", "TT-01", "walker", "--json").stdout) == {
        "member": "TT-01", "account": "walker",
    }  # fmt: skip
    with service() as connection, acting_as(connection, walker.principal):
        assert teams.mine(connection) == {"TT-01"}
    assert "nobody" in run("team", "account", "TT-01", "").stdout
    with service() as connection, acting_as(connection, walker.principal):
        assert teams.mine(connection) == set()
    for member, name in (("TT-01", "stranger"), ("TT-99", "walker")):
        with pytest.raises(GridwardError):
            run("team", "account", member, name)
