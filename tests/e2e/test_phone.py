"""The phone page in real Chromium at 360 px: every screen, what it weighs, what becomes of what can't be sent.

Every screen is looked at by axe (no serious or critical fault), every target measured (48 px), every width (no wider than the
window). Pictures of all screens lie in the test's folder (`--basetemp` keeps them).
"""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import APIResponse, Browser, BrowserContext, Dialog, Page, Route, sync_playwright
from sqlalchemy import text

from app.auth.entrance import service as entrance
from app.auth.principal import SYSTEM
from app.cases.opening import service as opening
from app.cases.reporting import Said
from app.core.settings import ROOT
from app.db.engine import transaction
from app.patrol.tours import service as tours
from app.phone.shell import shell
from app.teams.duty import service as duty
from app.web.guard import COOKIE
from tests import tiny_town
from tests.conftest import drop_database, make_database
from tests.e2e import phone_scene
from tests.e2e.chromium import ARGUMENTS, CHROMIUM
from tests.e2e.phone_scene import Phone
from tests.e2e.serving import Server, serving
from tests.e2e.test_phone_day import KEPT, photo, until

pytestmark = pytest.mark.browser

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PATIENCE_MS = 90_000  # for a machine that is slow and busy
HEAVIEST = 300_000  # bytes, transferred, before map tiles
SMALL = """() => [...document.querySelectorAll('button, a[href], input, textarea, summary, label.file')]
  .filter((one) => one.offsetParent !== null && !one.closest('.leaflet-container') && !one.closest('label'))
  .map((one) => [one.textContent.trim() || one.id, one.getBoundingClientRect()])
  .filter(([, box]) => box.height < 47.5 || box.width < 47.5).map(([said, box]) => `${said} ${box.width}x${box.height}`)"""
SCREENS = ("", "tour", "report", "cases", "mine", "queue")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM: the phone page was not tried (apt-get install chromium)")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


@pytest.fixture(scope="module")
def scene(admin_url: str) -> Iterator[tuple[Server, Phone, str]]:
    """A server, a member, and a case in their area."""
    databases, name = make_database(admin_url)
    phone = phone_scene.fill(databases)
    with transaction(databases.service, "system") as connection:
        lon, lat = tiny_town.lonlat(40, 360)
        said = Said(
            category="event:0102", x=lon, y=lat, source="resident", description="单元门口堆放垃圾（示意）",
            address="示意1号楼", synthetic=True,
        )  # fmt: skip
        number = opening.report(connection, SYSTEM, said).number
    with serving(databases) as server:
        yield server, phone, number
    drop_database(admin_url, databases, name)


@pytest.fixture
def context(browser: Browser, scene: tuple[Server, Phone, str]) -> Iterator[BrowserContext]:
    """A phone of the member's, empty, in a session of its own: a test may end it."""
    server, phone, _ = scene
    lon, lat = tiny_town.lonlat(50, 350)
    made = phone_scene.context(
        browser, server.address, Phone(phone.account, signed_in(server, phone)), permissions=["geolocation"],
        geolocation={"longitude": lon, "latitude": lat, "accuracy": 8},
    )  # fmt: skip
    made.set_default_timeout(PATIENCE_MS)
    yield made
    made.close()


def signed_in(server: Server, phone: Phone) -> str:
    """Return the cookie of a new session of the member."""
    with transaction(server.databases.service, "system") as connection:
        who = connection.scalar(text("SELECT id FROM auth.accounts WHERE name = :n"), {"n": phone.account})
        return entrance.use_link(connection, entrance.make_link(connection, int(who), 5))


@pytest.fixture(autouse=True)
def _as_on_the_first_day(request: pytest.FixtureRequest) -> None:
    """Take back what tests before this one left of shifts and consents: each begins with a member who never began."""
    if "scene" in request.fixturenames:
        server: Server = request.getfixturevalue("scene")[0]
        with server.databases.owner.begin() as connection:
            connection.execute(
                text(
                    "TRUNCATE teams.shifts, teams.actions, patrol.consents, patrol.doors, patrol.presences, patrol.fixes,"
                    " patrol.tours CASCADE"
                )
            )


def accept(asked: Dialog) -> None:
    """Say yes to what the page asks."""
    asked.accept()


@pytest.fixture
def page(context: BrowserContext, scene: tuple[Server, Phone, str]) -> Iterator[Page]:
    """A page that says whatever must not happen."""
    trouble: list[str] = []
    home = urlsplit(scene[0].address).netloc
    opened = context.new_page()
    opened.on("pageerror", lambda error: trouble.append(str(error)))
    opened.on(
        "console", lambda said: trouble.append(said.text) if "Content Security Policy" in said.text else None
    )
    opened.on(
        "request",
        lambda asked: trouble.append(asked.url) if urlsplit(asked.url).netloc not in (home, "") else None,
    )
    opened.on("dialog", accept)
    yield opened
    assert trouble == []


def go(page: Page, server: Server, screen: str) -> None:
    page.goto(f"{server.address}/phone/#/{screen}")
    page.wait_for_selector("main h1, main .button")
    page.wait_for_load_state("networkidle")


def faults(page: Page) -> list[str]:
    """Return what axe finds serious or critical."""
    page.evaluate(AXE.read_text())
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    return [
        f"{one['id']} ({one['impact']}): {one['nodes'][0]['html'][:150]}"
        for one in found["violations"]
        if one["impact"] in ("serious", "critical")
    ]


def looked_at(page: Page, folder: Path, name: str) -> None:
    """Take a picture, and judge what anybody's eyes and thumbs would."""
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    page.screenshot(path=folder / f"{name}.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, name
    assert page.evaluate(SMALL) == [], name
    assert faults(page) == [], name


def wait_until(page: Page, holds: Callable[[], bool]) -> None:
    """Wait for a state that the page itself doesn't show."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not holds():
        assert time.monotonic() < end
        page.wait_for_timeout(50)


def start(page: Page, server: Server) -> None:
    """Agree, and begin a shift."""
    go(page, server, "mine")
    page.click("button:has-text('同意记录')")
    until(page, lambda kept: "consent" in kept["sent"])
    go(page, server, "")
    page.click("text=开始上班")
    page.wait_for_selector("text=正在记录位置")
    until(page, lambda kept: "duty" not in kept["waiting"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_screen_looks_right(
    page: Page, scene: tuple[Server, Phone, str], tmp_path: Path, language: str
) -> None:
    server, _, number = scene
    go(page, server, "mine")
    if language == "en":
        page.click("text=English")
        page.wait_for_selector("text=Keep the screen on")
    for screen in (*SCREENS, f"case/{number}"):
        go(page, server, screen)
        page.wait_for_selector(".wait", state="detached")
        looked_at(page, tmp_path, f"{language}-{screen.partition('/')[0] or 'today'}")
    go(page, server, "")
    page.click("text=地图" if language == "zh" else "text=Map")
    page.wait_for_selector(".leaflet-container")
    looked_at(page, tmp_path, f"{language}-map")
    go(page, server, "report")
    page.click(".tiles button >> nth=0")
    page.set_input_files("input[type=file]", photo((200, 30, 30)))
    page.wait_for_selector(".shots img")
    looked_at(page, tmp_path, f"{language}-reporting")
    page.click("text=在地图上选" if language == "zh" else "text=Choose on the map")
    page.wait_for_selector(".map.small.leaflet-container")
    looked_at(page, tmp_path, f"{language}-placing")


def test_a_shift_at_work_looks_right(page: Page, scene: tuple[Server, Phone, str], tmp_path: Path) -> None:
    server, _, _ = scene
    start(page, server)
    looked_at(page, tmp_path, "on-duty")
    page.wait_for_load_state("networkidle")  # what the other screens need was fetched, though none was opened
    page.context.set_offline(True)
    page.click("nav a.report")
    page.click(".tiles button >> nth=0")
    page.set_input_files("input[type=file]", photo((200, 30, 30)))
    page.wait_for_selector(".shots img")
    page.click("text=上报并当场处置")
    page.wait_for_selector("h1:has-text('当场处置')")
    looked_at(page, tmp_path, "spot")
    page.click("nav a:has-text('今日')")
    page.click("header .unsent")
    page.wait_for_selector("li >> text=没有网络，或服务器没有应答")
    looked_at(page, tmp_path, "unsent")
    page.context.set_offline(False)
    page.click("text=立即全部重试")
    page.wait_for_selector("text=全部已送达")
    go(page, server, "")
    page.click("button:has-text('结束上班')")
    page.wait_for_selector("text=未在班")
    until(page, lambda kept: not kept["waiting"])


def test_the_first_load_is_light(browser: Browser, scene: tuple[Server, Phone, str]) -> None:
    """The page with all that it asks for, and once more what its service worker keeps: as bytes on the line."""
    server, phone, _ = scene
    context = phone_scene.context(browser, server.address, phone)
    page = context.new_page()
    sizes: dict[str, float] = {}
    names: dict[str, str] = {}
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    session.on(
        "Network.responseReceived", lambda told: names.update({told["requestId"]: told["response"]["url"]})
    )
    session.on(
        "Network.loadingFinished", lambda told: sizes.update({told["requestId"]: told["encodedDataLength"]})
    )
    page.goto(f"{server.address}/phone/")
    page.wait_for_selector(".duty")
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    page.wait_for_load_state("networkidle")
    loaded = sum(sizes.values())
    kept = 0
    for path in shell().addresses:
        asked = urllib.request.Request(server.address + path, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(asked) as answer:
            kept += len(answer.read()) + len(str(answer.headers))
    print(f"first load {loaded:.0f} bytes in {len(sizes)} answers, service worker {kept} bytes")
    assert any("/leaflet.js" in url for url in names.values())
    assert 50_000 < loaded < HEAVIEST
    assert loaded + kept < HEAVIEST
    context.close()


PUT = """async (item) => {
  const { open } = await import(document.querySelector('script[type=module]').src.replace('app.js', 'store.js'));
  const db = await open();
  await db.add('outbox', item);
  db.close();
}"""


def poisoned(owner: str = "walker") -> dict[str, Any]:
    """A report that no server will ever take, made an hour ago."""
    return {
        "id": "0" * 32, "owner": owner, "kind": "report", "made": 1, "order": 1, "after": [], "tries": 0, "next": 0,
        "state": "waiting", "error": None, "label": {"zh": "上报 无此类别", "en": "Report of no kind"},
        "said": {"category": "event:none", "lon": 116.4, "lat": 39.9},
    }  # fmt: skip


def test_what_is_refused_stays_and_holds_up_nothing(page: Page, scene: tuple[Server, Phone, str]) -> None:
    server, _, _ = scene
    go(page, server, "report")
    page.evaluate(PUT, poisoned())
    page.click(".tiles button >> nth=2")
    page.wait_for_selector("text=手机定位")
    page.click("main button.main.big:has-text('上报')")
    page.wait_for_selector("text=1 项需要处理")
    page.wait_for_selector("li:has-text('编号')")
    refused = page.locator("li.card.bad")
    assert "上报 无此类别" in refused.inner_text()
    assert "类别" in refused.inner_text()
    page.click("li.card.bad >> text=删除")  # asked first: the page's dialog is accepted
    page.wait_for_selector("text=全部已送达")


def test_nothing_is_sent_in_another_ones_name(page: Page, scene: tuple[Server, Phone, str]) -> None:
    server, _, _ = scene
    go(page, server, "queue")
    page.evaluate(PUT, poisoned("somebody.else"))
    page.evaluate(
        PUT, {**poisoned(), "id": "1" * 32, "order": 2}
    )  # behind it: once tried, the other's would have been
    page.reload()
    page.wait_for_selector("text=由 somebody.else 所做")
    page.click("text=立即全部重试")
    page.wait_for_selector("text=1 项需要处理")
    kept = page.evaluate(KEPT)
    assert (kept["waiting"], kept["errors"][0]) == (["report", "report"], "null")
    assert kept["errors"][1] != "null"


def test_a_session_that_ends_on_the_way_loses_nothing(page: Page, scene: tuple[Server, Phone, str]) -> None:
    server, phone, _ = scene
    go(page, server, "report")
    page.wait_for_selector(".tiles button")
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    page.context.set_offline(True)
    page.click(".tiles button >> nth=1")
    page.wait_for_selector("text=手机定位")
    page.click("main button.main.big:has-text('上报')")
    page.wait_for_selector("text=1 项未送")
    page.context.clear_cookies()
    page.context.set_offline(False)
    page.click("text=立即全部重试")
    page.wait_for_selector("header >> text=登录已过期")
    assert page.evaluate(KEPT)["waiting"] == ["report"]
    link = page.locator("header a:has-text('重新登录')")
    assert link.get_attribute("href") == "/sign-in?next=/phone/"
    page.context.add_cookies([{"name": COOKIE, "value": signed_in(server, phone), "url": server.address}])
    page.reload()
    until(page, lambda kept: not kept["waiting"])


def test_withdrawing_stops_the_recording_at_once(page: Page, scene: tuple[Server, Phone, str]) -> None:
    server, _, _ = scene
    start(page, server)
    go(page, server, "mine")
    page.click("summary:has-text('撤回同意')")
    page.click("button:has-text('撤回同意')")
    page.wait_for_selector("text=您已撤回或未同意")
    until(page, lambda kept: not kept["waiting"])
    assert page.evaluate(KEPT)["fixes"] == []
    go(page, server, "")
    page.wait_for_selector("text=未记录位置")
    page.click("button:has-text('结束上班')")
    until(page, lambda kept: not kept["waiting"])
    with transaction(server.databases.service, "system") as connection:
        given = connection.execute(
            text("SELECT given FROM patrol.consents ORDER BY id DESC LIMIT 1")
        ).scalar_one()
    assert given is False


def test_a_door_read_without_a_network_arrives(
    page: Page, scene: tuple[Server, Phone, str], tmp_path: Path
) -> None:
    server, _, _ = scene
    with transaction(server.databases.owner, "system") as connection:
        lon, lat = tiny_town.lonlat(50, 350)
        connection.execute(
            text(
                "INSERT INTO patrol.doors (code, name, geom) SELECT 'D-1', '一单元（示意）',"
                " ST_Transform(ST_SetSRID(ST_MakePoint(:lon, :lat), 4326), Find_SRID('areas', 'cells', 'geom'))"
            ),
            {"lon": lon, "lat": lat},
        )
    start(page, server)
    page.context.set_offline(True)
    page.click("text=门牌码 现场记录")
    page.wait_for_selector("h1:has-text('门牌码')")
    looked_at(page, tmp_path, "door")
    assert "打卡" not in page.inner_text("body")
    page.fill("#door-code", " D-1 ")
    page.click("button:has-text('记录')")
    page.wait_for_selector("h1:has-text('我的责任区')")
    until(page, lambda kept: kept["waiting"].count("door") == 1)
    page.context.set_offline(False)
    go(page, server, "queue")
    page.wait_for_selector("text=一单元（示意）")
    page.reload()
    with transaction(server.databases.service, "system") as connection:
        stored = connection.execute(
            text("SELECT count(*) FROM patrol.presences WHERE kind = 'door'")
        ).scalar_one()
    assert stored == 1
    go(page, server, "door")
    page.fill(
        "#door-code", "D-none"
    )  # typed with a network: the answer comes at once, here that there is none
    page.click("button:has-text('记录')")
    page.wait_for_selector("text=1 项需要处理")


CODES = """
window.BarcodeDetector = class { async detect() { return [{ rawValue: 'D-2' }]; } };
navigator.mediaDevices.getUserMedia = async () => {
  const canvas = document.createElement('canvas');
  const pen = canvas.getContext('2d');
  setInterval(() => pen.fillRect(0, 0, Math.random() * 300, 150), 50);
  window.lens = canvas.captureStream(20);
  return window.lens;
};
"""


def test_a_door_is_read_by_the_camera_which_is_closed_then(
    page: Page, scene: tuple[Server, Phone, str]
) -> None:
    server, _, _ = scene
    page.add_init_script(CODES)  # the machine has no lens; what it would see is one code
    start(page, server)
    page.click("text=门牌码 现场记录")
    page.click("text=用相机扫码")
    page.wait_for_selector("text=1 项需要处理")  # no such door: said, and kept
    go(page, server, "queue")
    assert "没有这个门牌码" in page.inner_text("li.card.bad")
    assert page.evaluate("window.lens.getTracks().every((track) => track.readyState === 'ended')")
    page.click("li.card.bad >> text=删除")
    page.wait_for_selector("li.card.bad", state="detached")


def test_a_shift_begun_on_another_phone_is_taken_over(
    page: Page, browser: Browser, scene: tuple[Server, Phone, str], tmp_path: Path
) -> None:
    server, phone, _ = scene
    start(page, server)
    lon, lat = tiny_town.lonlat(50, 350)
    second = phone_scene.context(
        browser, server.address, phone, permissions=["geolocation"],
        geolocation={"longitude": lon, "latitude": lat, "accuracy": 8},
    )  # fmt: skip
    other = second.new_page()
    go(other, server, "")
    other.wait_for_selector("text=本班次由另一台手机开始")
    assert not other.locator("text=正在记录位置").count()
    looked_at(other, tmp_path, "elsewhere")
    other.click("text=在本机也记录")
    other.wait_for_selector("text=正在记录位置")
    until(other, lambda kept: len(kept["fixes"]) > 0 or "fixes" in kept["sent"])
    second.close()


def test_the_leader_looks_where_the_team_was_last(
    page: Page, scene: tuple[Server, Phone, str], tmp_path: Path
) -> None:
    server = scene[0]
    start(page, server)
    until(page, lambda kept: not kept["waiting"])
    go(page, server, "mine")
    assert not page.locator("text=本队在岗").count()
    with transaction(server.databases.service, "system") as connection:
        duty.lead(connection, phone_scene.MEMBER)
    try:
        page.reload()
        page.click("button:has-text('查看最近位置')")
        page.wait_for_selector(f".card:has-text('{phone_scene.MEMBER}')")
        looked_at(page, tmp_path, "team")
    finally:
        with transaction(server.databases.service, "system") as connection:
            duty.lead(connection, phone_scene.MEMBER, leader=False)


FORGET = """async () => {
  const { open } = await import(document.querySelector('script[type=module]').src.replace('app.js', 'store.js'));
  const db = await open();
  await db.put('kept', { at: 1, value: { state: 'none', at: null, version: null } }, 'walker:consent');
  db.close();
}"""
SAID = """async (name) => {
  const { open } = await import(document.querySelector('script[type=module]').src.replace('app.js', 'store.js'));
  const db = await open();
  const kept = await db.get('kept', name);
  const keys = await Promise.all(['kept', 'trail', 'gaps', 'sent', 'outbox'].map((store) => db.getAllKeys(store)));
  db.close();
  return { at: kept ? kept.at : 0, value: kept && kept.value, keys: keys.flat() };
}"""


def test_refusing_a_changed_notice_asks_before_positions_go(
    page: Page, scene: tuple[Server, Phone, str]
) -> None:
    server, _, _ = scene
    start(page, server)
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    page.context.set_offline(True)
    page.evaluate(PUT, {
        **poisoned(), "kind": "fixes", "device": "x", "fixes": [[1, 116.4, 39.9, 8, 0]],
        "label": {"zh": "定位点 1 个", "en": "1 position"}, "after": ["never"],
    })  # fmt: skip
    page.evaluate(FORGET)  # as after a change of the notice
    page.goto(f"{server.address}/phone/#/mine")
    page.reload()
    page.wait_for_selector("button:has-text('不同意')")
    asked: list[str] = []

    def refuse(one: Dialog) -> None:
        asked.append(one.message)
        one.dismiss()

    page.remove_listener("dialog", accept)
    page.once("dialog", refuse)
    page.click("button:has-text('不同意')")
    wait_until(page, lambda: bool(asked))  # what is unsent is counted first
    assert "本机未送" in asked[0]
    assert "fixes" in page.evaluate(KEPT)["waiting"]
    page.on("dialog", accept)
    page.click("button:has-text('不同意')")
    page.wait_for_selector("text=您已撤回或未同意")
    until(page, lambda kept: not kept["fixes"])
    page.context.set_offline(False)


def test_an_answer_on_its_way_does_not_undo_consent(page: Page, scene: tuple[Server, Phone, str]) -> None:
    """The server's word of before, which arrives after the member agreed: the member's holds."""
    server, _, _ = scene
    go(page, server, "mine")
    held: list[tuple[Route, APIResponse]] = []
    page.route("**/api/patrol/me", lambda route: held.append((route, route.fetch())))
    page.evaluate("window.dispatchEvent(new Event('online'))")
    wait_until(page, lambda: bool(held))
    assert held[0][1].json()["notice"]["consent"] == "none"
    page.click("button:has-text('同意记录')")
    until(page, lambda kept: "consent" in kept["sent"])  # what it says of it now is held, too
    before = page.evaluate(SAID, "walker:me")["at"]
    held[0][0].fulfill(response=held[0][1])
    wait_until(page, lambda: page.evaluate(SAID, "walker:me")["at"] != before)
    for _ in range(
        10
    ):  # each waits for what was written before: the wrong answer would have been taken by now
        page.evaluate(SAID, "walker:consent")
    assert page.evaluate(SAID, "walker:consent")["value"]["state"] == "given"
    page.wait_for_selector("text=您已同意")
    page.unroute_all(behavior="ignoreErrors")


def test_who_signs_out_leaves_nothing_behind(page: Page, scene: tuple[Server, Phone, str]) -> None:
    server = scene[0]
    start(page, server)
    page.click("button:has-text('结束上班')")
    until(page, lambda kept: not kept["waiting"])
    go(page, server, "mine")
    assert page.evaluate(SAID, "walker:area")["value"]
    page.click("text=退出登录")
    page.wait_for_url("**/sign-in?next=**")
    page.goto(f"{server.address}/phone/")
    page.wait_for_selector("text=请先登录")
    left = page.evaluate(SAID, "phone:who")
    assert (left["value"], [key for key in left["keys"] if not str(key).startswith("phone:")]) == (None, [])


def test_signing_out_loses_nothing_unsent(page: Page, scene: tuple[Server, Phone, str]) -> None:
    """Something refused and a draft are asked about, first no, then yes; both are there for who signs in again."""
    server, phone, _ = scene
    go(page, server, "report")
    page.click(".tiles button >> nth=0")
    page.evaluate(PUT, {**poisoned(), "state": "failed", "error": {"zh": "示意", "en": "Synthetic"}})
    go(page, server, "mine")
    asked: list[str] = []

    def no(one: Dialog) -> None:
        asked.append(one.message)
        one.dismiss()

    page.remove_listener("dialog", accept)
    page.once("dialog", no)
    page.click("text=退出登录")
    wait_until(page, lambda: bool(asked))
    assert "还有 1 项未送" in asked[0]
    assert "上报未写完" in asked[0]
    page.on("dialog", accept)
    page.click("text=退出登录")
    page.wait_for_url("**/sign-in?next=**")
    page.context.add_cookies([{"name": COOKIE, "value": signed_in(server, phone), "url": server.address}])
    go(page, server, "queue")
    page.wait_for_selector("li.card.bad:has-text('上报 无此类别')")
    assert page.evaluate(SAID, "walker:draft")["value"]["category"]


def rostered(server: Server, start_at: datetime, end: datetime) -> None:
    """Give the member a shift of the roster."""
    with server.databases.owner.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO teams.shifts (member_id, period) SELECT id, tstzrange(:start, :end) FROM teams.members WHERE code = :m"
            ),
            {"start": start_at, "end": end, "m": phone_scene.MEMBER},
        )


def test_a_tour_with_its_stops(page: Page, scene: tuple[Server, Phone, str], tmp_path: Path) -> None:
    server, _, _ = scene
    now = datetime.now(UTC)
    start_at = now - timedelta(minutes=5)
    rostered(server, start_at, now + timedelta(hours=4))
    with transaction(server.databases.service, "system") as connection:
        tours.plan_tours(connection, phone_scene.TEAM, start_at.astimezone(tours.CITY).date())
    go(page, server, "tour")
    page.wait_for_selector("text=本班路线")
    stops = page.locator("main ol > li")
    assert stops.count() >= 2
    assert "格" in stops.first.inner_text()
    looked_at(page, tmp_path, "tour")
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    page.context.set_offline(True)
    page.reload()
    assert page.wait_for_selector("main ol > li")
    page.context.set_offline(False)


def test_an_unknown_cell_says_why(page: Page, scene: tuple[Server, Phone, str], tmp_path: Path) -> None:
    """A shift of the roster without a position: the member may have been in any cell of theirs."""
    server, _, _ = scene
    now = datetime.now(UTC)
    rostered(server, now - timedelta(hours=2), now + timedelta(hours=2))
    go(page, server, "")
    card = page.locator("li.card:has(.tag.unknown)").first
    card.wait_for()
    assert "定位中断时可能到过" in card.inner_text()
    looked_at(page, tmp_path, "unknown")


def test_whoever_is_no_member_can_still_report(browser: Browser, scene: tuple[Server, Phone, str]) -> None:
    server, _, _ = scene
    cookies = server.session("community_officer", area=tiny_town.AREAS[3][1])
    context = phone_scene.context(browser, server.address, Phone("", cookies[COOKIE]))
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda said: errors.append(said.text) if said.type == "error" else None)
    go(page, server, "")
    page.wait_for_selector("text=该账号未关联巡逻队员")
    assert page.locator("text=开始上班").is_disabled()
    go(page, server, "report")
    page.wait_for_selector(".tiles button")
    assert page.locator(".tiles button").count() > 10
    for screen in ("tour", "cases", "mine", ""):
        go(page, server, screen)
        page.reload()  # who is known from before: the screen doesn't wait for the server's word
        page.wait_for_load_state("networkidle")
    assert errors == []
    context.close()


PACES = """async ([seconds, every, metres]) => {
  const { Pace, gap } = await import(document.querySelector('script[type=module]').src.replace('app.js', 'pace.js'));
  const pace = new Pace();
  let kept = 0;
  for (let at = 0; at <= seconds; at += every) {
    if (pace.keeps({ at: at * 1000, lon: 116.46, lat: 39.92 + (metres * at) / 111195, accuracy: 8 })) kept += 1;
  }
  const last = pace.last.at;
  return { kept, standing: pace.standing, again: pace.keeps({ at: last, lon: 116.46, lat: 39.92, accuracy: 8 }),
    short: gap(last, last + 60000), long: gap(last, last + 61000) };
}"""


@pytest.mark.parametrize(
    ("seconds", "every", "metres", "kept", "standing"),
    [
        (600, 1, 1.2, 121, False),  # walking: one every 5 s
        (600, 1, 0.0, 40, True),  # standing: 13 in the first minute, then one every 20 s
        (600, 30, 1.2, 21, False),  # a receiver that gives one every 30 s: all of them
    ],
)
def test_positions_are_kept_as_often_as_they_are_worth(  # noqa: PLR0917
    page: Page,
    scene: tuple[Server, Phone, str],
    seconds: int,
    every: int,
    metres: float,
    kept: int,
    standing: bool,
) -> None:
    go(page, scene[0], "")
    told = page.evaluate(PACES, [seconds, every, metres])
    assert (told["kept"], told["standing"], told["again"]) == (kept, standing, False)
    assert told["short"] is None
    assert told["long"]["to"] - told["long"]["from"] == 61_000


def test_headers_let_a_new_version_arrive(scene: tuple[Server, Phone, str]) -> None:
    server, _, _ = scene

    def head(path: str) -> Any:
        with urllib.request.urlopen(server.address + path) as answer:
            return answer.headers

    assert head("/phone/sw.js")["Service-Worker-Allowed"] == "/phone/"
    assert head("/phone/sw.js")["Cache-Control"] == head("/phone/")["Cache-Control"] == "no-cache"
    assert "'unsafe" not in head("/phone/")["Content-Security-Policy"]
    assert "immutable" in head(shell().addresses[-1])["Cache-Control"]
    with urllib.request.urlopen(server.address + "/phone/manifest.webmanifest") as answer:
        told = json.load(answer)
    assert (told["scope"], told["start_url"], told["display"]) == ("/phone/", "/phone/", "standalone")
    assert {icon["sizes"] for icon in told["icons"]} == {"192x192", "512x512"}
    with suppress(urllib.error.HTTPError):
        head("/phone/000000000000/app.js")
        raise AssertionError("a file of another version was served")
