"""Attacks by way of the pages, in real Chromium: names that are markup, a phone that two members use.

Whatever somebody may name is named `<b class=owned>` with a picture that would run a script. Nothing of it may become an
element anywhere, in no popup of a map either; the page's policy, which would stop the script, is the second wall.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import text

from app.auth.principal import SYSTEM
from app.cases.opening import service as opening
from app.cases.reporting import Said
from app.db.databases import Databases
from app.db.engine import transaction
from app.patrol.tours import service as tours
from tests import tiny_town
from tests.conftest import drop_database, make_database
from tests.e2e import patrol_scene, phone_scene
from tests.e2e.chromium import ARGUMENTS, CHROMIUM
from tests.e2e.phone_scene import Phone
from tests.e2e.serving import Server, serving

pytestmark = pytest.mark.browser

EVIL = '<b class=owned>x</b><img src=x class=owned onerror="window.owned = true">'
NAMED = (
    "UPDATE teams.teams SET name = :evil",
    "UPDATE teams.members SET code = code || :evil, name = :evil",
    "UPDATE teams.beats SET name = :evil",
    "UPDATE teams.plans SET name = :evil",
    "UPDATE teams.plan_beats SET name = :evil",
    "UPDATE gazetteer.places SET name = :evil",
    "UPDATE categories.categories SET name_zh = name_zh || :evil, name_en = :evil",
    "UPDATE cases.cases SET description = :evil, address = :evil",
    "UPDATE parties.names SET zh = zh || :evil, en = :evil",
    "UPDATE auth.accounts SET shown = :evil",
    "UPDATE areas.areas SET name = name || :evil",
)
OWNED = "window.owned === true || document.querySelector('.owned, img[src=x]') !== null"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM: names that are markup were not tried (apt-get install chromium)")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


def named(databases: Databases) -> None:
    """Call everything that has a name by markup."""
    with databases.owner.begin() as owner:
        owner.execute(text("SELECT set_config('gridward.principal', 'system', true)"))
        for change in NAMED:
            owner.execute(text(change), {"evil": EVIL})


def reported(databases: Databases, x: float, y: float) -> str:
    lon, lat = tiny_town.lonlat(x, y)
    with transaction(databases.service, "system") as connection:
        said = Said(
            category="event:0102", x=lon, y=lat, source="resident", description="示意", synthetic=True
        )
        return opening.report(connection, SYSTEM, said).number


def clean(page: Page) -> None:
    """Point at and press everything on the map, so that each popup and tooltip opens; then look."""
    page.evaluate(
        """document.querySelectorAll('.leaflet-interactive').forEach((one) => ['mouseover', 'mousemove', 'click'].forEach(
             (kind) => one.dispatchEvent(new MouseEvent(kind, { bubbles: true, clientX: 99, clientY: 99 }))))"""
    )
    assert "owned" in page.content(), "what is named so is shown, or this looks at nothing"
    assert not page.evaluate(OWNED), page.url


DESK = ("", "/{team}/beats", "/{team}/morning", "/{team}/coverage", "/{team}/tours", "/{team}/print?plan=1")


def test_the_patrol_desk_shows_names_as_text(browser: Browser, admin_url: str) -> None:
    databases, name = make_database(admin_url)
    patrol_scene.fill(databases)
    case = reported(databases, 400.0, 300.0)
    with transaction(databases.service, "system") as connection:
        for day in {at.astimezone(patrol_scene.CITY).date() for at in _shifts(databases)}:
            tours.plan_tours(connection, patrol_scene.TEAM, day, zone=patrol_scene.CITY)
    named(databases)
    try:
        with serving(databases) as server:
            cookies = server.session("street_supervisor", area=patrol_scene.STREET)
            context = server.context(browser, cookies, viewport={"width": 1280, "height": 900})
            page = context.new_page()
            for path in [f"/desk/patrol{one.format(team=patrol_scene.TEAM)}" for one in DESK] + [
                f"/desk/cases/{case}/near"
            ]:
                answer = page.goto(server.address + path)
                assert answer is not None
                assert answer.status == 200, path
                if page.locator(".map").count():
                    page.wait_for_selector(".map[data-drawn]")
                clean(page)
            context.close()
    finally:
        drop_database(admin_url, databases, name)


def _shifts(databases: Databases) -> list[datetime]:
    with transaction(databases.service, "system") as connection:
        return list(connection.execute(text("SELECT lower(period) FROM teams.shifts")).scalars())


SCREENS = ("", "area", "tour", "cases", "case/{case}", "mine", "report")


def opened(page: Page, server: Server, screen: str, case: str) -> None:
    page.goto(f"{server.address}/phone/#/{screen.format(case=case)}")
    page.wait_for_selector("main h1, main .button")
    page.wait_for_load_state("networkidle")


def test_the_phone_shows_names_as_text(browser: Browser, admin_url: str) -> None:
    databases, name = make_database(admin_url)
    phone: Phone = phone_scene.fill(databases)
    case = reported(databases, 40.0, 360.0)
    named(databases)
    try:
        with serving(databases) as server:
            context = phone_scene.context(browser, server.address, phone)
            page = context.new_page()
            for screen in SCREENS:
                opened(page, server, screen, case)
                page.wait_for_timeout(50)
                assert not page.evaluate(OWNED), screen
            opened(page, server, "area", case)
            page.wait_for_function("document.body.textContent.includes('owned')")
            clean(page)
            context.close()
    finally:
        drop_database(admin_url, databases, name)


PUT = """async () => {
  const db = await new Promise((done) => { const open = indexedDB.open('gridward-phone'); open.onsuccess = () => done(open.result); });
  const writing = db.transaction(['fixes'], 'readwrite');
  for (const owner of ['somebody.else', 'walker']) writing.objectStore('fixes').add({ owner, fix: [1, 116, 39, 5, 0] });
  await new Promise((done) => { writing.oncomplete = done; });
  db.close();
}"""
LEFT = """async () => {
  const db = await new Promise((done) => { const open = indexedDB.open('gridward-phone'); open.onsuccess = () => done(open.result); });
  const rows = await new Promise((done) => { const all = db.transaction('fixes').objectStore('fixes').getAll(); all.onsuccess = () => done(all.result); });
  db.close();
  return rows.map((row) => row.owner).sort();
}"""


def test_withdrawing_deletes_no_positions_of_another_member(browser: Browser, admin_url: str) -> None:
    """Two members use one phone: who refuses the notice had the other one's unsent positions deleted, too."""
    databases, name = make_database(admin_url)
    phone = phone_scene.fill(databases)
    try:
        with serving(databases) as server:
            context = phone_scene.context(browser, server.address, phone)
            page = context.new_page()
            page.on("dialog", lambda asked: asked.accept())
            opened(page, server, "mine", "")
            page.wait_for_selector("button:has-text('同意记录')")
            page.evaluate(PUT)
            page.click("button:has-text('不同意')")
            page.wait_for_selector("text=您已撤回或未同意")
            page.wait_for_function(f"async () => (await ({LEFT})()).length < 2")
            assert page.evaluate(LEFT) == ["somebody.else"]
            context.close()
    finally:
        drop_database(admin_url, databases, name)
