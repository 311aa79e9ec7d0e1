"""The plain pages in real Chromium: 140 open cases of one street worked through, at a desk and on a phone.

Every test fails on a console error, a page error, a failed request, a request to anywhere but our own server, or a page
that is wider than its window.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Request, sync_playwright
from sqlalchemy import text

from app.db.databases import Databases
from app.db.engine import transaction
from tests import accounts
from tests.conftest import drop_database, make_database
from tests.e2e import desk_scene
from tests.e2e.chromium import ARGUMENTS, CHROMIUM
from tests.e2e.serving import serving

pytestmark = pytest.mark.browser

SIZES = {"desk": (1440, 900), "phone": (390, 844)}
A4_POINTS = (595, 842)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM: the plain pages were not tried (apt-get install chromium)")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


@pytest.fixture(scope="module")
def street(admin_url: str) -> Iterator[tuple[Databases, str]]:
    """The street's database and a live server over it."""
    databases, name = make_database(admin_url)
    desk_scene.fill(databases)
    with serving(databases) as server:
        yield databases, server.address
    drop_database(admin_url, databases, name)


class Worker:
    """Someone at work in a window of a size; notes whatever must not happen."""

    def __init__(self, page: Page, base: str, pictures: Path) -> None:
        self.page, self.base, self.pictures = page, base, pictures
        self.trouble: list[str] = []
        page.on("console", lambda said: self.trouble.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("requestfailed", self._failed)
        page.on("request", lambda request: self._stays_home(request.url))

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # it had gone on to the next page meanwhile
            self.trouble.append(f"{request.url} failed: {request.failure}")

    def _stays_home(self, url: str) -> None:
        if urlsplit(url).netloc != urlsplit(self.base).netloc:
            self.trouble.append(f"asked {url}")

    def go(self, path: str) -> None:
        self.page.goto(self.base + path)
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        if self.page.evaluate(wider) > 0:
            self.trouble.append(f"{path} is wider than its window")

    def picture(self, name: str) -> None:
        self.page.screenshot(path=self.pictures / f"{name}-{self.page.viewport_size['width']}.png")

    def count(self, shown: str) -> int:
        """Return the number on a tile of today's work."""
        self.go("/desk")
        return int(self.page.locator(f".tiles a[href*='list={shown}'] b").inner_text())

    def all_of(self, shown: str, move: str) -> int:
        """Make a move of every case of a list, page by page; return how many it was."""
        done = 0
        while True:
            self.go(
                f"/desk?list={shown.partition('&')[0]}" + shown.partition("&")[1] + shown.partition("&")[2]
            )
            if self.page.locator("input[name=case]").count() == 0:
                return done
            self.page.check("[data-all]")
            self.page.click(f".bulk button[value={move}]")
            said = self.page.locator("main h1").inner_text()
            good, bad = (int(number) for number in re.findall(r"(\d+) 件", said))
            assert bad == 0, self.page.locator(".results .failed").first.inner_text()
            done += good

    def links_of(self, shown: str) -> list[str]:
        """Return the addresses of all cases of a list."""
        found: list[str] = []
        for number in range(1, 10):
            self.go(f"/desk?list={shown}&page={number}")
            more = [str(link.get_attribute("href")) for link in self.page.locator("td.case a").all()]
            if not more:
                break
            found += more
        return found

    def move(self, path: str, name: str, **typed: str) -> None:
        """Make one move by its form on a case's page."""
        self.go(path)
        form = self.page.locator(f"form[action$='/moves/{name}']")
        folded = form.locator("xpath=ancestor::details[not(@open)]")
        while folded.count():
            folded.first.locator("> summary").click()
        for field, value in typed.items():
            box = form.locator(f"[name={field}]")
            if box.evaluate("element => element.tagName") == "SELECT":
                box.select_option(value)
            else:
                box.fill(value)
        upload = form.locator("input[type=file][required]")
        if upload.count():
            upload.set_input_files({"name": "after.jpg", "mimeType": "image/jpeg", "buffer": photo(path)})
        form.locator("button:not([type=button])").click()
        self.page.wait_for_selector(".told, .trouble")  # the click doesn't wait for what it leads to
        assert self.page.locator(".trouble").count() == 0, self.page.locator(".trouble").inner_text()


def photo(seed: str) -> bytes:
    """A small JPEG, another one for each seed."""
    made = Image.effect_noise((96, 72), 40 + sum(map(ord, seed)) % 50)
    kept = io.BytesIO()
    made.convert("RGB").save(kept, "JPEG")
    return kept.getvalue()


@contextmanager
def at_work(browser: Browser, base: str, name: str, size: str, pictures: Path) -> Iterator[Worker]:
    """Someone signs in, works, and nothing went wrong meanwhile."""
    width, height = SIZES[size]
    context = browser.new_context(
        viewport={"width": width, "height": height}, locale="zh-CN", has_touch=size == "phone", is_mobile=size == "phone"
    )  # fmt: skip
    worker = Worker(context.new_page(), base, pictures)
    worker.go("/sign-in")
    worker.page.fill("#name", name)
    worker.page.fill("#password", accounts.PASSWORD)
    worker.page.click("main button.main")
    worker.page.wait_for_url("**/desk**")
    yield worker
    assert worker.trouble == []
    context.close()


def stages(databases: Databases) -> dict[str, int]:
    with transaction(databases.service, "system") as connection:
        rows = connection.execute(text("SELECT stage, count(*) AS n FROM cases.cases GROUP BY stage"))
        return {row.stage: row.n for row in rows}


def test_a_street_works_through_its_cases(
    browser: Browser, street: tuple[Databases, str], tmp_path: Path
) -> None:
    databases, base = street
    half = desk_scene.OPEN // 2
    assert stages(databases) == {"reported": half, "dispatched": half}

    with at_work(browser, base, "dispatcher", "desk", tmp_path) as dispatcher:
        assert dispatcher.count("to_accept") == half
        dispatcher.picture("today")
        assert dispatcher.all_of("to_accept&stage=reported", "accept") == half
    with at_work(browser, base, "checker", "phone", tmp_path) as checker:
        assert checker.all_of("to_accept&stage=accepted", "verify") == half
        checker.picture("today")
    with at_work(browser, base, "dispatcher", "phone", tmp_path) as dispatcher:
        assert dispatcher.all_of("to_accept&stage=verified", "file") == half
        assert dispatcher.all_of("unassigned", "dispatch") == half
    assert stages(databases) == {"dispatched": desk_scene.OPEN}

    with at_work(browser, base, "west-sanitation", "phone", tmp_path) as sanitation:
        returned = sanitation.links_of("unsigned")[:2]
        for path in returned:
            sanitation.move(path, "apply_return", reason="不属于本部门职责（示意）")
    with at_work(browser, base, "supervisor", "desk", tmp_path) as supervisor:
        assert sorted(supervisor.links_of("to_decide")) == sorted(returned)
        supervisor.move(returned[0], "approve_return")
        supervisor.move(returned[1], "refuse_return", reason="属于本部门（示意）")
        supervisor.picture("case")
        assert supervisor.count("returned") == 1
        supervisor.move(returned[0], "dispatch", party=party_of(databases, "west-office"))

    signed = 0
    for i, name in enumerate(
        desk_scene.MEMBERS
    ):  # the office's members last: they may sign for its departments, too
        with at_work(browser, base, name, ("desk", "phone")[i % 2], tmp_path) as member:
            signed += member.all_of("unsigned", "sign")
            for path in member.links_of("to_handle"):
                member.move(path, "handle", result="已清理干净（示意）")
    assert signed == desk_scene.OPEN
    assert stages(databases) == {"handled": desk_scene.OPEN}

    with at_work(browser, base, "checker", "desk", tmp_path) as checker:
        again = checker.links_of("to_check")[0]
        checker.move(again, "check_fail", reason="仍有残留（示意）")
    with at_work(browser, base, "west-office", "phone", tmp_path) as office:
        office.move(again, "handle", result="重新清理（示意）")
    with at_work(browser, base, "checker", "phone", tmp_path) as checker:
        checker.go(again)
        checker.picture("case")
        assert checker.all_of("to_check", "check_pass") == desk_scene.OPEN
    with at_work(browser, base, "supervisor", "desk", tmp_path) as supervisor:
        assert supervisor.all_of("to_close", "close") == desk_scene.OPEN
        supervisor.go(f"{again}/why")
        printed = supervisor.page.pdf(format="A4", prefer_css_page_size=True)
        assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1, "one page of A4"
        supervisor.go("/desk")
        assert supervisor.page.locator(".empty").is_visible()
    assert stages(databases) == {"closed": desk_scene.OPEN}


def party_of(databases: Databases, code: str) -> str:
    with transaction(databases.service, "system") as connection:
        found = connection.execute(text("SELECT id FROM parties.parties WHERE code = :c"), {"c": code})
        return str(found.scalar_one())


PAGES = {
    "supervisor": [
        "/desk", "/desk/cases", "/desk/report", "/desk/hotline", "/desk/parties?area=990101001001",
        "/desk/parties/nw-property", "/desk/lint", "/desk/why", "/desk/password",
    ],
    "admin": ["/desk/accounts", "/desk/accounts/1"],
    "auditor": ["/desk/audit"],
}  # fmt: skip
SMALL = """[...document.querySelectorAll('main button, main .button, main select, main summary, header a, header button,'
  + '.thumb a, .thumb summary, main input:not([type=hidden], [type=checkbox], [type=radio])')]
  .filter((part) => part.offsetParent && part.getBoundingClientRect().height < 47).map((part) => part.outerHTML)"""


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES)
def test_every_page_fits_its_window(
    browser: Browser, street: tuple[Databases, str], tmp_path: Path, size: str, lang: str
) -> None:
    _, base = street
    for who, paths in PAGES.items():
        with at_work(browser, base, who, size, tmp_path) as worker:
            for path in paths:
                worker.go(f"{path}{'&' if '?' in path else '?'}lang={lang}")
                assert worker.page.locator("h1").count() == 1
                assert worker.page.locator("html").get_attribute("lang") == (
                    "zh-CN" if lang == "zh" else "en"
                )
                if size == "phone":
                    assert worker.page.evaluate(SMALL) == [], f"{path}: 48 px for a thumb"
