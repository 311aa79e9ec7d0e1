"""A voice note from the phone's microphone to the desk's loudspeaker, in real Chromium with a microphone that beeps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy import text

from app.auth.entrance import service as entrance
from app.db.engine import transaction
from app.web.guard import COOKIE
from tests import tiny_town
from tests.accounts import account
from tests.conftest import drop_database, make_database
from tests.e2e import phone_scene
from tests.e2e.chromium import ARGUMENTS, CHROMIUM
from tests.e2e.phone_scene import Phone
from tests.e2e.serving import Server, serving

pytestmark = pytest.mark.browser

SLOW_MS = 30_000
BEEPING = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream"]
PLAYED = (
    "one => one.play().then(() => new Promise((done) => { one.ontimeupdate = () => done(one.duration); }))"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM: voice notes were not tried (apt-get install chromium)")
    expect.set_options(timeout=SLOW_MS)
    with sync_playwright() as playwright:
        played = [*ARGUMENTS, *BEEPING, "--autoplay-policy=no-user-gesture-required"]
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=played)


@pytest.fixture(scope="module")
def scene(admin_url: str) -> Iterator[tuple[Server, Phone, str]]:
    """A server, a member, and the session of a supervisor at a desk."""
    databases, name = make_database(admin_url)
    phone = phone_scene.fill(databases)
    with transaction(databases.service, "system") as connection:
        who = account(connection, "district_supervisor", area=tiny_town.DISTRICT, name="desk")
        desk = entrance.use_link(connection, entrance.make_link(connection, who.id, 5))
    with serving(databases) as server:
        yield server, phone, desk
    drop_database(admin_url, databases, name)


@pytest.fixture
def context(browser: Browser, scene: tuple[Server, Phone, str]) -> Iterator[BrowserContext]:
    server, phone, _ = scene
    lon, lat = tiny_town.lonlat(50, 350)
    made = phone_scene.context(
        browser, server.address, phone, permissions=["geolocation", "microphone"],
        geolocation={"longitude": lon, "latitude": lat, "accuracy": 8},
    )  # fmt: skip
    yield made
    made.close()


def record(page: Page) -> None:
    """Record for two seconds, and wait for the note to be there."""
    page.get_by_role("button", name="录音说明").click()
    expect(page.get_by_role("timer")).to_contain_text("2 / 60 秒")
    page.get_by_role("button", name="录好了").click()
    expect(page.locator(".voice audio")).to_be_visible()


def test_a_voice_note_goes_with_a_report_and_is_heard_at_the_desk(
    context: BrowserContext, scene: tuple[Server, Phone, str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    server, _, desk = scene
    pictures = tmp_path_factory.mktemp("voice")
    trouble: list[str] = []
    page = context.new_page()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda said: trouble.append(said.text) if "Policy" in said.text else None)
    page.goto(f"{server.address}/phone/#/report")
    page.get_by_role("button", name="暴露垃圾").click()
    page.get_by_role("button", name="录音说明").click()
    expect(page.get_by_role("timer")).to_be_visible()
    page.screenshot(path=pictures / "recording.png", full_page=True)
    page.get_by_role("button", name="录好了").click()
    page.get_by_role("button", name="删除重录").click()
    record(page)
    page.screenshot(path=pictures / "recorded.png", full_page=True)
    page.reload()  # what was said is in the draft
    expect(page.locator(".voice audio")).to_be_visible()
    page.get_by_role("button", name="上报", exact=True).click()
    expect(page.locator("p.state")).to_have_text("全部已送达")
    with transaction(server.databases.service, "system") as connection:
        number, seconds = connection.execute(
            text(
                "SELECT c.number, v.seconds FROM cases.voices AS v JOIN cases.cases AS c ON c.id = v.case_id"
            )
        ).one()
    assert 1.5 < seconds < 30
    page.goto(f"{server.address}/phone/#/case/{number}")
    heard = page.locator("main li audio")
    expect(heard).to_have_count(1)
    assert heard.evaluate(PLAYED) == pytest.approx(seconds, abs=0.3)
    record(page)  # a second one, from the case
    page.locator(".voice").get_by_role("button", name="提交").click()
    expect(page.get_by_role("button", name="录音说明")).to_be_visible()
    page.screenshot(path=pictures / "case.png", full_page=True)
    page.goto(f"{server.address}/phone/#/queue")
    expect(page.locator("p.state")).to_have_text("全部已送达")
    assert trouble == []

    context.add_cookies([{"name": COOKIE, "value": desk, "url": server.address}])
    page.goto(f"{server.address}/desk/cases/{number}")
    expect(page.locator("audio")).to_have_count(2)
    assert page.locator("audio").first.evaluate(PLAYED) == pytest.approx(seconds, abs=0.3)
    page.locator("#h-voices").scroll_into_view_if_needed()
    page.screenshot(path=pictures / "desk.png")
    assert trouble == []


def test_leaving_the_screen_closes_the_microphone_and_keeps_nothing(
    context: BrowserContext, scene: tuple[Server, Phone, str]
) -> None:
    page = context.new_page()
    page.add_init_script("""
        const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        window.tracks = [];
        navigator.mediaDevices.getUserMedia = async (wanted) => {
          const stream = await ask(wanted);
          window.tracks.push(...stream.getTracks());
          return stream;
        };
    """)
    page.goto(f"{scene[0].address}/phone/#/report")
    page.get_by_role("button", name="积存渣土").click()
    page.get_by_role("button", name="录音说明").click()
    expect(page.get_by_role("timer")).to_be_visible()
    page.goto(f"{scene[0].address}/phone/#/mine")
    for _ in range(SLOW_MS // 100):  # no wait_for_function: the page's policy allows no eval
        if page.evaluate("window.tracks.map((one) => one.readyState)") == ["ended"]:
            break
        page.wait_for_timeout(100)
    assert page.evaluate("window.tracks.map((one) => one.readyState)") == ["ended"]
    page.goto(f"{scene[0].address}/phone/#/report")
    expect(page.get_by_role("button", name="录音说明")).to_be_visible()


def test_without_a_microphone_the_page_says_so(browser: Browser, scene: tuple[Server, Phone, str]) -> None:
    server, phone, _ = scene
    context = phone_scene.context(browser, server.address, phone)
    page = context.new_page()
    page.add_init_script(
        "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'))"
    )
    page.goto(f"{server.address}/phone/#/report")
    page.get_by_role("button", name="暴露垃圾").click()
    page.get_by_role("button", name="录音说明").click()
    expect(page.get_by_text("没有麦克风权限")).to_be_visible()
    expect(page.get_by_role("button", name="录音说明")).to_be_visible()
    context.close()
