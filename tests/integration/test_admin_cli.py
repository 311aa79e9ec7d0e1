"""`gridward admin`: the first administrator, and what it refuses."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from app.auth import errors, proofs, repository
from app.auth.entrance import service as entrance
from app.cli import app
from app.cli.admin import HasAdministrator, NoTerminal
from app.core.errors import GridwardError
from app.db.databases import Databases
from app.db.engine import transaction
from tests import tiny_town
from tests.conftest import METRIC_SRID


@pytest.fixture
def gridward(fresh_databases: Databases, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, engine in (("OWNER", fresh_databases.owner), ("DATABASE", fresh_databases.service)):
        address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        monkeypatch.setenv(f"GRIDWARD_{name}_URL", address)
    monkeypatch.setenv("GRIDWARD_METRIC_CRS", f"EPSG:{METRIC_SRID}")
    with fresh_databases.owner.begin() as connection:
        tiny_town.load(connection)

    def run(*arguments: str) -> dict[str, Any]:
        done = CliRunner().invoke(app, ["admin", *arguments, "--json"])
        if isinstance(done.exception, GridwardError):
            raise done.exception
        assert done.exit_code == 0, done.output
        assert done.stdout.count("\n") == 1
        told: dict[str, Any] = json.loads(done.stdout)
        return told

    return run


def test_the_first_administrator_and_no_second_by_accident(gridward: Any, fresh_databases: Databases) -> None:
    made = gridward("create", "root")
    assert (made["has_password"], made["grants"][0]["role"]) == (False, "administrator")
    with transaction(fresh_databases.service, "public") as connection:
        session = entrance.use_link(connection, made["link"])
        me = repository.begin(connection, "session", proofs.digest(session))
    assert me.may("accounts.edit")
    with pytest.raises(HasAdministrator):
        gridward("create", "second")
    assert gridward("create", "second", "--another")["name"] == "second"
    with pytest.raises(errors.NameTaken):
        gridward("create", "root", "--another")
    with pytest.raises(NoTerminal):
        gridward("create", "third", "--another", "--password")
    assert [one["name"] for one in gridward("accounts")["accounts"]] == ["root", "second"]


def test_an_account_from_its_making_to_its_end(gridward: Any, fresh_databases: Databases) -> None:
    gridward("account", "west", "--shown", "西街道受理员")
    for _ in range(2):
        granted = gridward("grant", "WEST", "dispatcher", "--area", "990101001")
        assert [(g["role"], g["area_code"], g["granted_by"]) for g in granted["grants"]] == [
            ("dispatcher", "990101001", "system")
        ]
    with pytest.raises(errors.BadGrant):
        gridward("grant", "west", "dispatcher", "--area", "nowhere")
    with pytest.raises(errors.UnknownAccount):
        gridward("grant", "east", "auditor")
    link = gridward("link", "west", "--minutes", "5")
    assert link["path"] == f"/link/{link['link']}"
    token = gridward("token", "west", "--scope", "case.report", "--scope", "case.read", "--days", "1")[
        "token"
    ]
    with transaction(fresh_databases.service) as connection:
        found = repository.begin(connection, "token", proofs.digest(token))
    assert (found.name, found.scopes) == ("west", {"case.report", "case.read"})
    assert gridward("revoke", "west", "dispatcher", "--area", "990101001")["grants"] == []
    with pytest.raises(errors.UnknownGrant):
        gridward("revoke", "west", "dispatcher", "--area", "990101001")
    assert gridward("close", "west")["active"] is False
    assert gridward("open", "west")["active"] is True
    lines = gridward("audit", "--subject", "auth.accounts", "--limit", "1000")["entries"]
    assert {line["principal"] for line in lines} == {"system"}
    assert {"insert", "update", "link"} <= {line["action"] for line in lines}
    assert gridward("tidy") == {"sessions": 0, "links": 0, "tries": 0, "answers": 0}


def test_a_person_reads_sentences(gridward: Any) -> None:
    made = CliRunner().invoke(app, ["admin", "create", "root"])
    assert made.stdout.splitlines()[0] == "Administrator root made."
    assert made.stdout.splitlines()[1].startswith("/link/")
    assert "works once" in made.stderr
    for command in ("accounts", "audit"):
        told = CliRunner().invoke(app, ["admin", command])
        assert (told.exit_code, "administrator" in told.stdout or "auth.grants" in told.stdout) == (0, True)
