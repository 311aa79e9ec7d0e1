"""`gridward patrol levels|doors|presences`, and coverage by the hour, as people and scripts run them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

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


def test_levels_doors_and_a_series(run, tmp_path: Path) -> None:
    shifts = tmp_path / "shifts.csv"
    shifts.write_text("member,start,end\nTT-01,2026-03-02 08:00,2026-03-02 08:10\n")
    run(
        "team",
        "add",
        "TT",
        "--member",
        "TT-01",
        "--shifts",
        shifts,
        "--area",
        tiny_town.DISTRICT,
        "--synthetic",
    )
    run("load-fixes", FIXES)
    rows = "".join(
        f"{code},{1 + (k > 1)},{1 + (k < 2)},{'严管' if k < 2 else '一般'}\n"
        for k, code in enumerate(tiny_town.CELLS[0])
    )
    given = "cell,level,visits,name\n" + rows
    levels = tmp_path / "levels.csv"
    levels.write_text(given, encoding="utf-8")
    stored = json.loads(run("levels", "load", levels, "--team", "TT", "--json").stdout)
    assert [(one["level"], one["visits"], one["cells"]) for one in stored] == [(1, 2, 2), (2, 1, 2)]
    assert sorted(run("levels", "show", "--team", "TT").stdout.splitlines()[1:]) == sorted(
        given.splitlines()[1:]
    )
    levels.write_text("cell,level,visits\nnowhere,1,2\n")
    with pytest.raises(GridwardError) as refused:
        run("levels", "load", levels, "--team", "TT")
    assert refused.value.findings[0].code == "unknown-cell"
    assert run("levels", "show", "--team", "TT").stdout.splitlines()[0] == "cell,level,visits,name"

    asked = (
        "coverage",
        "--team",
        "TT",
        "--from",
        "2026-03-02T08:00",
        "--to",
        "2026-03-02T08:10",
        "--by",
        "hour",
    )
    report = json.loads(run(*asked, "--json").stdout)
    strict, plain = report["required"]["levels"]
    assert (strict["slots"], strict["met"], plain["slots"], plain["met"]) == (2, 0, 2, 1)
    assert [span["patrolled"] for span in report["series"]] == [report["coverage"]["patrolled"]]
    shown = run(*asked).stdout
    assert "Level 1 严管: 2 visits to 2 cells in each of 1 shifts" in shown
    with pytest.raises(GridwardError, match="minute"):
        run(*asked[:-1], "minute")

    doors = tmp_path / "doors.csv"
    lon, lat = tiny_town.lonlat(50, 50)
    doors.write_text(
        f"code,lon,lat,name\nA-1,{lon},{lat},一号楼（示意）\nA-1,{lon},{lat},twice\n", encoding="utf-8"
    )
    for changed in (1, 0):
        loaded = json.loads(run("doors", "load", doors, "--synthetic", "--json").stdout)
        assert (loaded["rows"], loaded["changed"], [f["code"] for f in loaded["findings"]]) == (
            2,
            changed,
            ["twice"],
        )
    assert "A-1  一号楼（示意）  synthetic 示意" in run("doors", "list").stdout
    doors.write_text("code,x\nA-1,1\n")
    with pytest.raises(GridwardError, match="lon"):
        run("doors", "load", doors)
    assert json.loads(run("presences", "--days", "3650", "--json").stdout) == {"new": 0}
