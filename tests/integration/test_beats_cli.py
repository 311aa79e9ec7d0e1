"""`gridward patrol beats|plans|morning` as people and scripts run them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from app.cli import app
from app.core.errors import BadInput
from app.db.engine import transaction
from app.patrol.beats.patchfile import BadPatch
from tests import tiny_town
from tests.conftest import drop_database, make_database

CELLS = [code for row in tiny_town.CELLS for code in row]


@pytest.fixture(scope="module")
def addresses(admin_url: str) -> Iterator[dict[str, str]]:
    databases, name = make_database(admin_url)
    with transaction(databases.owner) as connection:
        tiny_town.load(connection)
    yield {
        f"GRIDWARD_{role}_URL": engine.url.render_as_string(hide_password=False)
        for role, engine in (("DATABASE", databases.service), ("OWNER", databases.owner))
    }
    drop_database(admin_url, databases, name)


@pytest.fixture
def run(addresses: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, address in addresses.items():
        monkeypatch.setenv(name, address)

    def run(*words: str | Path | int) -> Result:
        return CliRunner().invoke(app, ["patrol", *map(str, words)], catch_exceptions=False)

    return run


def told(result: Result) -> dict[str, Any]:
    assert result.exit_code == 0, result.output
    return dict(json.loads(result.stdout))


def test_from_a_plan_to_a_morning(run: Any) -> None:
    members = [word for n in range(1, 5) for word in ("--member", f"c-{n}")]
    run("team", "add", "C", "--area", tiny_town.DISTRICT, *members, "--synthetic")
    plan = told(
        run("beats", "--team", "C", "--anchor", f"c-3={CELLS[0]}", "--publish-from", "2026-12-01", "--json")
    )
    assert (plan["state"], plan["figures"]["balance"], len(plan["beats"])) == ("published", 1.0, 4)
    listed = run("plans", "list", "--team", "C").stdout
    assert "published from 2026-12-01 00:00" in listed
    morning = run("morning", "--team", "C", "--away", "c-2", "--day", "2026-12-02")
    assert "away c-2" in morning.stdout
    assert "c-2: 11 -> 0 minutes, 0 cells kept, 0 gained, 4 lost" in morning.stdout
    back = run("morning", "--team", "C", "--day", "2026-12-02", "--take-back").stdout
    assert "no longer away: c-2" in back
    assert "withdrawn from 2026-12-02 00:00" in run("plans", "list", "--team", "C").stdout
    draft = told(run("beats", "--team", "C", "--little", "--json"))
    moved = told(run("plans", "move", draft["id"], f"{CELLS[0]}=1", f"{CELLS[1]}=1", "--json"))
    assert moved["version"] == 2
    shown = run("plans", "show", draft["id"]).stdout
    assert "synthetic 示意" in shown
    change = told(run("plans", "compare", draft["id"], plan["id"], "--json"))
    assert change["cells"] == 16
    for words in (("plans", "move", draft["id"], "nonsense"), ("plans", "move", draft["id"], f"{CELLS[0]}=x"),
                  ("plans", "publish", draft["id"], "--from", "someday"), ("beats", "--team", "C", "--anchor", "c-1")):  # fmt: skip
        with pytest.raises(BadInput):
            run(*words)


def test_patches(run: Any, tmp_path: Path) -> None:
    run("team", "add", "P", "--area", tiny_town.DISTRICT, "--member", "p-1", "--member", "p-2")
    corners = [(-5, -5), (205, -5), (205, 405), (-5, 405), (-5, -5)]
    ring = [list(tiny_town.lonlat(x, y)) for x, y in corners]
    polygon = {"type": "Polygon", "coordinates": [ring]}
    feature = {"type": "Feature", "properties": {}, "geometry": polygon}
    for name, content, cells in (
        ("polygon.geojson", json.dumps(polygon), 8),
        ("feature.geojson", json.dumps(feature), 8),
        ("collection.geojson", json.dumps({"type": "FeatureCollection", "features": [feature]}), 8),
        ("codes.txt", "\n".join(CELLS[:6]), 6),
        ("codes.csv", "cell,name\n" + "\n".join(f"{code},x" for code in CELLS[:5]), 5),
    ):
        file = tmp_path / name
        file.write_text(content, encoding="utf-8")
        plan = told(run("beats", "--team", "P", "--patch", file, "--json"))
        assert plan["figures"]["cells"] == cells
    for content in ("", "{", '{"type": "FeatureCollection", "features": []}'):
        file = tmp_path / "bad.geojson"
        file.write_text(content, encoding="utf-8")
        with pytest.raises(BadPatch):
            run("beats", "--team", "P", "--patch", file)
    with pytest.raises(BadPatch):
        run("beats", "--team", "P", "--patch", tmp_path / "nothing.txt")
