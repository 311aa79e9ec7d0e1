"""The map page in real Chromium, over tiny town: desk and phone, both languages, every theme, no other host.

Every test fails on a console error, a page error, a failed request, or a request to anywhere but our own server.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import text

from app.db.databases import Databases
from app.maps import vendor
from app.web.guard import COOKIE
from tests import tiny_town
from tests.conftest import drop_database, make_database
from tests.e2e import scene
from tests.e2e.chromium import ARGUMENTS, CHROMIUM
from tests.e2e.serving import Server, serving

pytestmark = pytest.mark.browser

DESK, PHONE = (1440, 900), (390, 844)
NORTH_WEST_CORNER = (50, 350)  # middle of the north-west cell, metres from the town's corner
THEMES = ["rate", "count", "surface", "coverage", "idle", "plain"]


@pytest.fixture(scope="module")
def server(admin_url: str) -> Iterator[Server]:
    """A live server over the scene."""
    if not (vendor.VENDOR / "leaflet" / "leaflet.js").exists():
        pytest.skip("NO LEAFLET: run make setup; the map page was not tried")
    databases, name = make_database(admin_url)
    scene.fill(databases)
    with serving(databases) as server:
        yield server
    drop_database(admin_url, databases, name)


@pytest.fixture(scope="module")
def cookies(server: Server) -> dict[str, str]:
    """Of a planner of the whole district."""
    return server.session("planner", area=tiny_town.DISTRICT)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM: the map page was not tried (apt-get install chromium)")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


class Seen:
    """What must not happen on a page."""

    def __init__(self, page: Page, base: str) -> None:
        self.trouble: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda m: self.trouble.append(m.text) if m.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on("request", lambda request: self._request(request.url, base))

    def _request(self, url: str, base: str) -> None:
        self.requests.append(url)
        if urlsplit(url).scheme in {"http", "https"} and not url.startswith(base):
            self.trouble.append(f"request to {url}")


@pytest.fixture
def opened(browser: Browser, server: Server, cookies: dict[str, str]) -> Iterator[Any]:
    """Open the page in a fresh context; at the end of the test, nothing untoward has happened."""
    made: list[tuple[Any, Seen]] = []

    def open_page(size: tuple[int, int], address: str = "/map") -> Page:
        phone = size == PHONE
        context = server.context(
            browser,
            cookies,
            viewport={"width": size[0], "height": size[1]},
            is_mobile=phone,
            has_touch=phone,
            device_scale_factor=1,
        )
        page = context.new_page()
        page.set_default_timeout(15_000)
        seen = Seen(page, server.address)
        made.append((context, seen))
        page.goto(server.address + address)
        page.wait_for_selector("body[data-ready=yes]")
        return page

    yield open_page
    for context, seen in made:
        context.close()
        assert seen.trouble == []
        assert any("/tiles/" in url for url in seen.requests)


def settle(page: Page) -> None:
    """Wait until nothing is on its way, and two frames have been drawn since."""
    page.wait_for_selector("#legend:not(:has-text('…'))", state="attached")
    page.wait_for_selector("body:not([aria-busy=true])")
    page.evaluate(
        "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done, 60))))"
    )


def click_cell(page: Page, x: float, y: float) -> None:
    """Click a place given in metres from the town's corner, by where the map says it is."""
    lon, lat = tiny_town.lonlat(x, y)
    centre = [float(part) for part in page.url.split("#")[1].split("/")[1:]]
    zoom = int(page.url.split("#")[1].split("/")[0])
    box = page.locator("#map").bounding_box()
    assert box is not None
    here, there = world(centre[1], centre[0], zoom), world(lon, lat, zoom)
    page.mouse.click(
        box["x"] + box["width"] / 2 + there[0] - here[0], box["y"] + box["height"] / 2 + there[1] - here[1]
    )


def world(lon: float, lat: float, zoom: int) -> tuple[float, float]:
    import math

    size = 256 * 2**zoom
    return (
        (lon + 180) / 360 * size,
        (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * size,
    )


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_a_click_on_a_cell_shows_its_card(opened: Any, size: tuple[int, int], tmp_path: Path) -> None:
    page = opened(size, "/map#17/39.91452/116.41755")
    settle(page)
    click_cell(page, *NORTH_WEST_CORNER)
    page.wait_for_selector("#card:not([hidden])")
    card = page.inner_text("#card")
    for words in (
        scene.NORTH_WEST,
        "西北社区",
        "西街道",
        "10,000",
        "3 件",
        "示意分区，非法定界线",
        scene.STALL,
    ):
        assert words in card
    assert "合成数据" in page.inner_text("#synthetic")
    shot = page.screenshot(path=str(tmp_path / f"card-{size[0]}.png"))
    assert len(shot) > 20_000  # a blank page is a few kilobytes
    page.keyboard.press("Escape")
    page.wait_for_selector("#card", state="hidden")


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_every_theme_draws_and_says_what_it_shows(opened: Any, size: tuple[int, int], tmp_path: Path) -> None:
    page = opened(size, "/map#17/39.91452/116.41755")
    legends, pictures = [], []
    for theme in THEMES:
        if size == PHONE and theme == THEMES[0]:
            page.click("#sheet")
        page.check(f"input[value={theme}]", force=True)
        settle(page)
        legends.append(page.inner_text("#legend"))
        pictures.append(page.screenshot(path=str(tmp_path / f"{theme}-{size[0]}.png")))
    assert len(set(legends)) == len(THEMES)
    assert len(set(pictures)) == len(THEMES)
    assert "带宽 500 米" in legends[2]
    assert "覆盖率 25%" in legends[3]  # 4 of 16 patrolled
    assert "81.3%" in legends[3]  # and 9 unknown
    assert "无到访记录" in legends[4]
    assert legends[5] == ""


def test_english_by_one_click_and_remembered(opened: Any, server: Server) -> None:
    page = opened(DESK)
    assert page.get_attribute("html", "lang") == "zh-CN"
    page.click("#lang")
    page.wait_for_selector("body[data-ready=yes]")
    assert page.get_attribute("html", "lang") == "en"
    assert "Incident density" in page.inner_text("#panel")
    assert "Synthetic partition, not statutory boundaries" in page.inner_text("#synthetic")
    page.goto(server.address + "/map")
    page.wait_for_selector("body[data-ready=yes]")
    assert page.get_attribute("html", "lang") == "en"


def test_layers_go_and_come(opened: Any) -> None:
    page = opened(DESK, "/map#17/39.91452/116.41755")
    settle(page)
    with_cells = page.screenshot()
    page.uncheck("#layers input[name=cells]")
    settle(page)
    assert page.locator(".leaflet-cells-pane canvas").count() == 0
    assert page.screenshot() != with_cells
    page.check("#layers input[name=cells]")
    settle(page)
    assert page.locator(".leaflet-cells-pane canvas").count() > 0
    page.uncheck("#layers input[name=incidents]")
    assert page.locator(".gathered").count() == 0


def test_marks_leave_coloured_areas_to_be_seen_until_somebody_asks_for_them(opened: Any) -> None:
    page = opened(DESK, "/map#12/39.91452/116.41755")
    box = page.locator("#layers input[name=incidents]")
    settle(page)
    assert not box.is_checked()
    assert page.locator(".gathered").count() == 0
    page.check("input[value=plain]", force=True)
    settle(page)
    assert box.is_checked()
    page.wait_for_selector(".gathered")
    page.check("input[value=count]", force=True)
    settle(page)
    assert not box.is_checked()
    box.check()
    page.wait_for_selector(".gathered")
    page.check("input[value=rate]", force=True)
    settle(page)
    assert box.is_checked()  # somebody chose
    assert page.locator(".gathered").count() > 0


def test_the_surface_ends_where_the_district_ends(opened: Any) -> None:
    page = opened(DESK, "/map#16/39.91452/116.41755")
    page.check("input[value=plain]", force=True)
    page.uncheck("#layers input[name=incidents]")
    settle(page)
    west = {"x": 440, "y": 300, "width": 60, "height": 60}  # west of the town
    before = page.screenshot(clip=west)
    page.check("input[value=surface]", force=True)
    page.wait_for_selector(".leaflet-surface-pane img")
    settle(page)
    place = page.locator(".leaflet-surface-pane img").bounding_box()
    assert place is not None
    assert place["x"] < west["x"]  # the picture itself reaches further
    assert page.screenshot(clip=west) == before
    assert "只画辖区内，边界处未作校正" in page.inner_text("#legend")


def test_a_card_follows_the_period(opened: Any) -> None:
    page = opened(DESK, "/map#17/39.91452/116.41755")
    settle(page)
    click_cell(page, *NORTH_WEST_CORNER)
    page.wait_for_selector("#card .newest li")
    page.fill("#from", "2026-03-05")
    page.fill("#to", "2026-03-05")
    page.dispatch_event("#to", "change")
    page.wait_for_selector("#card .newest", state="detached")
    assert "0 件" in page.inner_text("#card")


HOSTILE = "<script>hacked=1</script><img src=x onerror=hacked=1>"


def test_markup_in_names_and_descriptions_is_only_text(
    browser: Browser, fresh_databases: Databases, tmp_path: Path
) -> None:
    scene.fill(fresh_databases)
    with fresh_databases.owner.begin() as connection:
        connection.execute(text("UPDATE areas.areas SET name = :name"), {"name": HOSTILE})
        connection.execute(text("UPDATE areas.editions SET source = :name"), {"name": HOSTILE})
        connection.execute(
            text("UPDATE incidents.incidents SET category = :name, description = :name"), {"name": HOSTILE}
        )
        connection.execute(text("UPDATE teams.teams SET name = :name"), {"name": HOSTILE})
    with serving(fresh_databases) as server:
        address, cookies = server.address, server.session("planner", area=tiny_town.DISTRICT)
        page = server.context(browser, cookies, viewport={"width": DESK[0], "height": DESK[1]}).new_page()
        page.goto(address + "/map#17/39.91452/116.41755")
        page.wait_for_selector("body[data-ready=yes]")
        settle(page)
        click_cell(page, *NORTH_WEST_CORNER)
        page.wait_for_selector("#card .newest li")
        assert page.inner_text("#card").count(HOSTILE) >= 5  # three areas above, incidents
        page.check("input[value=coverage]", force=True)
        page.fill("#words", "<script")
        page.wait_for_selector("#hits li")
        assert HOSTILE in page.inner_text("#hits")
        page.goto(address + "/map#13/39.91452/116.41755")
        page.reload()
        page.wait_for_selector("body[data-ready=yes]")
        page.mouse.move(336 + 552, 450)
        page.wait_for_selector(".hover")
        assert HOSTILE in page.inner_text(".hover")
        assert page.locator("img[src=x], body script").count() == 0
        assert page.evaluate("typeof hacked") == "undefined"
        report = httpx2.get(
            f"{address}/maps/report?from={scene.DAY}&team={scene.TEAM}", timeout=30, cookies=cookies
        )
        file = tmp_path / "report.html"
        file.write_bytes(report.content)
        page.goto(file.as_uri())
        page.wait_for_selector(".leaflet-overlay-pane canvas")
        page.mouse.move(DESK[0] / 2, DESK[1] / 2)
        page.wait_for_selector(".leaflet-tooltip")
        assert HOSTILE in page.inner_text(".leaflet-tooltip")
        assert HOSTILE in page.inner_text("#report")
        assert page.locator("img[src=x]").count() == 0
        assert page.evaluate("typeof hacked") == "undefined"
        page.close()


def test_search_by_keyboard_alone(opened: Any) -> None:
    page = opened(DESK)
    page.focus("#words")
    page.keyboard.type("990101002002004")
    page.wait_for_selector("#hits li[aria-selected=true]")
    page.keyboard.press("Enter")
    page.wait_for_selector("#card:not([hidden])")
    card = page.inner_text("#card")
    assert scene.SOUTH_EAST in card
    assert "2 件" in card


def test_a_period_without_incidents_says_so(opened: Any) -> None:
    page = opened(DESK)
    page.fill("#from", "2026-03-05")
    page.fill("#to", "2026-03-05")
    page.dispatch_event("#to", "change")
    page.wait_for_selector("#legend:has-text('本时段没有问题记录')")
    assert "0 件" in page.inner_text("#totals")


def test_small_screens_have_targets_for_fingers(opened: Any) -> None:
    page = opened(PHONE)
    page.click("#sheet")
    page.wait_for_timeout(300)
    small = page.evaluate(
        """[...document.querySelectorAll('#panel button, #panel select, #panel input:not([type=checkbox]), #panel .checks label')]
          .filter((e) => e.offsetParent && e.getBoundingClientRect().height < 44)
          .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height])"""
    )
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def test_a_server_that_is_gone_is_said_and_the_map_stays(
    browser: Browser, server: Server, cookies: dict[str, str]
) -> None:
    context = server.context(browser, cookies, viewport={"width": DESK[0], "height": DESK[1]})
    page = context.new_page()
    page.goto(server.address + "/map#17/39.91452/116.41755")
    page.wait_for_selector("body[data-ready=yes]")
    settle(page)
    context.set_offline(offline=True)
    page.check("input[value=surface]", force=True)
    page.wait_for_selector("#message:not([hidden])")
    assert "连不上服务器" in page.inner_text("#message")
    assert page.locator(".leaflet-cells-pane canvas").count() > 0
    context.set_offline(offline=False)  # the page tries again by itself
    page.wait_for_selector("#message", state="hidden")
    page.wait_for_selector("#legend:has-text('带宽')")
    context.close()


def test_a_database_without_cells_says_what_to_do(browser: Browser, fresh_databases: Databases) -> None:
    with serving(fresh_databases) as server:
        page = server.context(browser, server.session("administrator")).new_page()
        page.goto(server.address + "/map")
        page.wait_for_selector("#message:not([hidden])")
        assert "gridward demo load" in page.inner_text("#message")
        page.close()


def test_the_mailed_map_opens_from_a_file_without_any_request(
    browser: Browser, server: Server, cookies: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "report.html"
    address = f"{server.address}/maps/report?from={scene.DAY}&to={scene.DAY}&team={scene.TEAM}"
    answer = httpx2.get(address, timeout=30, cookies=cookies)
    file.write_bytes(answer.content)
    page = browser.new_page(viewport={"width": DESK[0], "height": DESK[1]})
    trouble: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: trouble.append(message.text))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    page.wait_for_selector(".leaflet-overlay-pane canvas, .leaflet-overlay-pane path")
    for layer in page.locator(".leaflet-control-layers-selector").all():
        layer.set_checked(checked=True)
    page.screenshot(path=str(tmp_path / "report.png"))
    assert trouble == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert "示意分区，非法定界线" in page.inner_text("#report")
    assert page.locator(".leaflet-control-layers-selector").count() >= 6
    page.close()


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_page_says_who_is_signed_in_and_lets_them_out(opened: Any, size: tuple[int, int]) -> None:
    page = opened(size)
    settle(page)
    if size == PHONE:
        page.click("#sheet")
    account = page.inner_text("#account")
    assert f"planner of {tiny_town.DISTRICT}" in account
    assert "工作台" in account
    assert "退出登录" in account
    assert page.get_attribute("#desk", "href") == "/desk?lang=zh"
    form = page.locator("#account form")
    assert (form.get_attribute("method"), form.get_attribute("action")) == ("post", "/sign-out")
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_signing_out_ends_the_session(browser: Browser, server: Server) -> None:
    cookies = server.session("patroller", area=tiny_town.DISTRICT)
    context = server.context(browser, cookies)
    page = context.new_page()
    page.goto(server.address + "/map")
    page.wait_for_selector("body[data-ready=yes]")
    page.click("#account button")
    page.wait_for_url("**/sign-in")
    assert COOKIE not in {cookie["name"] for cookie in context.cookies()}
    context.close()
    answer = httpx2.get(f"{server.address}/api/maps/setting", cookies=cookies, timeout=30)
    assert answer.status_code == 401  # whoever kept the cookie has no session either


def test_one_signed_out_meanwhile_is_sent_to_sign_in(browser: Browser, server: Server) -> None:
    context = server.context(browser, {COOKIE: "ended"})
    page = context.new_page()
    page.goto(server.address + "/map")
    page.wait_for_url("**/sign-in?next=/map")
    context.close()


@pytest.mark.parametrize("size", [DESK, PHONE])
def test_the_apis_page_opens_without_another_host(
    browser: Browser, server: Server, size: tuple[int, int], tmp_path: Path
) -> None:
    if not (vendor.VENDOR / "swagger-ui" / "swagger-ui-bundle.js").exists():
        pytest.skip("NO SWAGGER UI: run make setup; the API's page was not tried")
    context = browser.new_context(viewport={"width": size[0], "height": size[1]})
    page = context.new_page()
    seen = Seen(page, server.address)
    page.goto(server.address + "/docs")
    page.wait_for_selector(".opblock-tag")
    page.click(".opblock-tag >> text=incidents")
    page.click("#operations-incidents-report_api_incidents_post .opblock-summary-control")
    page.wait_for_selector("text=20260105-0017")
    page.screenshot(path=str(tmp_path / f"docs-{size[0]}.png"))
    assert seen.trouble == []
    context.close()
