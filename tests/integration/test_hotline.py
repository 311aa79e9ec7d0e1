"""500 orders as offices keep them: every row is in, none twice; picked, opened, exported, and seen by whom they concern."""

from __future__ import annotations

import io
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from sqlalchemy import text

from app.auth import service as auth
from app.auth.principal import SYSTEM
from app.cases import service as cases
from app.cases.talk import service as talk
from app.core.errors import NotAllowed, Outdated
from app.db.databases import Databases
from app.db.engine import transaction
from app.gazetteer import service as gazetteer
from app.hotline import service as hotline
from app.hotline.importing import service as importing
from app.hotline.importing.service import Choices
from app.hotline.service import Filter
from tests import case_town, hotline_file
from tests.case_town import EAST, WEST, Town
from tests.conftest import drop_database, make_database

FILE = hotline_file.workbook()


@pytest.fixture(scope="module")
def place(admin_url: str) -> Iterator[tuple[Databases, Town]]:
    databases, name = make_database(admin_url)
    town = case_town.build(databases)
    with transaction(databases.service, "system") as connection:
        loaded = gazetteer.load(
            connection, SYSTEM, hotline_file.points().encode(), "places.csv", synthetic=True
        )
        assert (loaded.rows, loaded.changed, loaded.findings) == (9, 9, ())
    yield databases, town
    drop_database(admin_url, databases, name)


@pytest.fixture(scope="module")
def imported(place: tuple[Databases, Town]) -> importing.Imported:
    databases, town = place
    who = town.who("dispatcher")
    began = time.perf_counter()
    with transaction(databases.service, who.key) as connection:
        done = importing.import_file(connection, who, FILE, "台账.xlsx", Choices(synthetic=True))
    assert time.perf_counter() - began < 60
    return done


def test_every_row_is_in(place: tuple[Databases, Town], imported: importing.Imported) -> None:
    said = [finding for finding in imported.findings if finding.code != "hidden-rows"]
    assert said == []
    assert (imported.home, imported.rows, imported.new, imported.bad) == (WEST, 500, 500, 0)
    assert imported.opened > 350
    assert imported.waiting > 60
    assert imported.opened + imported.waiting == 500
    assert imported.columns["name"] == "姓名"
    with transaction(place[0].service, "system") as connection:
        stored = connection.execute(
            text(
                "SELECT count(*) AS all, count(DISTINCT number) AS numbers, count(case_id) AS cases,"
                " count(*) FILTER (WHERE content LIKE '居民反映问题（示意）%') AS read_right FROM hotline.orders"
            )
        ).one()
    assert (stored.all, stored.numbers, stored.cases) == (500, 500, imported.opened)
    assert stored.read_right == 499  # the other one looks like a formula


def test_a_wrong_building_waits(place: tuple[Databases, Town], imported: importing.Imported) -> None:
    with transaction(place[0].service, "system") as connection:
        rows = connection.execute(text("SELECT address, state FROM hotline.orders")).all()
    for address, state in rows:
        assert (state == "opened") == (address in hotline_file.SURE or address == "示意北里"), address


def test_the_case_keeps_what_the_order_says(
    place: tuple[Databases, Town], imported: importing.Imported
) -> None:
    databases, town = place
    who = town.who("dispatcher")
    with transaction(databases.service, who.key) as connection:
        order = hotline.orders(connection, who, Filter(state="opened", limit=1))[0]
        case = cases.case(connection, order["case_number"])
        assert (case.source, case.due_at, case.synthetic) == ("hotline", order["due_at"], True)
        assert case.reported_at == order["received_at"]
        assert case.street == order["street"] == WEST
        assert any("首接单位" in one["text"] for one in talk.comments(connection, case))
    with transaction(databases.service, "system") as connection:
        left = connection.execute(text("SELECT count(*) FROM hotline.callers")).scalar_one()
        moved = connection.execute(
            text("SELECT count(*) FROM cases.reporters WHERE phone LIKE '138%'")
        ).scalar_one()
    assert (left, moved) == (500 - imported.opened, imported.opened)


def test_a_second_import_adds_none(place: tuple[Databases, Town], imported: importing.Imported) -> None:
    databases, town = place
    who = town.who("dispatcher")
    with transaction(databases.service, who.key) as connection:
        again = importing.import_file(connection, who, FILE, "台账.xlsx", Choices(synthetic=True))
    assert (again.new, again.known, again.changed) == (0, 500, 0)
    changed = openpyxl.load_workbook(io.BytesIO(FILE))
    changed["工单"]["G5"] = "改了内容（示意）"
    held = io.BytesIO()
    changed.save(held)
    with transaction(databases.service, who.key) as connection:
        third = importing.import_file(connection, who, held.getvalue(), "台账.xlsx")
    assert (third.new, third.changed) == (0, 1)
    (finding,) = [one for one in third.findings if one.code == "changed"]
    assert "content" in finding.message
    assert finding.where == "row 5"


def test_who_sees_orders(place: tuple[Databases, Town], imported: importing.Imported) -> None:
    databases, town = place
    seen = {}
    for name in ("dispatcher", "supervisor", "district", "east", "patroller", "planner", "company"):
        with transaction(databases.service, town.who(name).key) as connection:
            seen[name] = [
                connection.execute(text(f"SELECT count(*) FROM hotline.{table}")).scalar_one()
                for table in ("orders", "imports", "mappings")
            ]
    assert seen["dispatcher"][0] == 500
    assert seen["supervisor"] == seen["district"]
    assert seen["supervisor"][1] > 0
    for name in ("east", "patroller", "planner", "company"):
        assert seen[name] == [0, 0, 0], name
    with transaction(databases.service, town.who("east").key) as connection, pytest.raises(NotAllowed):
        importing.import_file(connection, town.who("east"), FILE, "台账.xlsx", Choices(home=WEST))
    with transaction(databases.service, town.who("planner").key) as connection, pytest.raises(NotAllowed):
        hotline.orders(connection, town.who("planner"), Filter())


def test_a_pick_opens_the_case_and_is_remembered(
    place: tuple[Databases, Town], imported: importing.Imported
) -> None:
    databases, town = place
    who = town.who("dispatcher")
    with transaction(databases.service, who.key) as connection:
        waiting = hotline.orders(connection, who, Filter(state="waiting_for_place", limit=500))
        order = next(one for one in waiting if one["address"] == "示意北里小区7号楼")
        assert any("7 号楼" in one["zh"] for one in order["candidates"])
        spot = case_town.at(90, 310)
        done = hotline.pick_place(connection, who, order["id"], order["version"], **spot)
        assert (done["state"], done["community"]) == ("opened", case_town.NORTH_WEST)
        assert hotline.caller(connection, who, order["id"]) == {"name": "", "phone": ""}
    with transaction(databases.service, who.key) as connection, pytest.raises(hotline.AlreadyOpened):
        hotline.pick_place(connection, who, order["id"], **spot)
    with transaction(databases.service, who.key) as connection:
        (found,) = gazetteer.search(connection, ["西街道示意北里小区七号楼2单元101"])
        assert found.status == "matched"
        assert found.candidates[0].place.building == "7"
        other = next(one for one in waiting if one["address"] == "不知道什么地方")
        with pytest.raises(Outdated):
            hotline.pick_place(connection, who, other["id"], 99, place_id=1)


def test_returns_and_rates(place: tuple[Databases, Town], imported: importing.Imported) -> None:
    databases, town = place
    who = town.who("supervisor")
    with transaction(databases.service, who.key) as connection:
        order = hotline.orders(connection, who, Filter(state="waiting_for_place", limit=1))[0]
        back = hotline.give_back(connection, who, order["id"], "不属本街道（示意）", order["version"])
        assert (back["returned"], back["return_reason"]) == (1, "不属本街道（示意）")
        (row,) = hotline.rates(connection, who)
    assert (row["street"], row["orders"], row["should_contact"]) == (WEST, row["orders"], row["orders"])
    assert row["contacted"] == row["solved_asked"] == row["satisfied_asked"]
    assert 0 < row["solved"] == row["satisfied"] < row["contacted"] < row["should_contact"]


def test_the_export_opens(
    place: tuple[Databases, Town], imported: importing.Imported, tmp_path: Path
) -> None:
    databases, town = place
    who = town.who("dispatcher")
    with transaction(databases.service, who.key) as connection:
        content = hotline.export(connection, who, Filter(home=WEST))
    sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert len(rows) == 501
    assert rows[0][:3] == ("工单编号", "受理时间", "办理时限")
    assert {"案件编号", "案件阶段", "示意数据"} <= set(rows[0])
    assert not any("1380000" in str(cell) for row in rows for cell in row)
    assert not any(str(cell).startswith(("=", "+", "@")) for row in rows for cell in row)
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LIBREOFFICE MISSING: the export was read by openpyxl only")
    file = tmp_path / "orders.xlsx"
    file.write_bytes(content)
    home = f"-env:UserInstallation=file://{tmp_path}/profile"
    subprocess.run(
        [office, home, "--headless", "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,true", "--outdir", str(tmp_path), str(file)],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    lines = (tmp_path / "orders.csv").read_text(encoding="utf-8").splitlines()
    assert len(lines) == 501
    assert lines[0].startswith("工单编号,受理时间")


def test_nothing_personal_in_the_audit_log(
    place: tuple[Databases, Town], imported: importing.Imported
) -> None:
    with transaction(place[0].service, "system") as connection:
        rows = connection.execute(text("SELECT a::text FROM auth.audit AS a")).scalars().all()
    assert rows
    assert not any("138000" in row or "示意人" in row for row in rows)


def test_another_offices_order_stays_there(
    place: tuple[Databases, Town], imported: importing.Imported
) -> None:
    databases, town = place
    who = town.who("east")
    with transaction(databases.service, who.key) as connection:
        done = importing.import_file(connection, who, FILE, "台账.xlsx", Choices(home=EAST), dry_run=True)
        assert (done.home, done.trial, done.import_id) == (EAST, True, None)
        real = importing.import_file(connection, who, FILE, "台账.xlsx", Choices(home=EAST))
        assert (real.new, real.known) == (0, 500)
        assert all(finding.code in ("elsewhere", "hidden-rows") for finding in real.findings)
        assert auth.shown_as(connection, {who.key})
