"""A day at phone size (360 px) without a network from the start of the shift to its end, the server killed twice on the way.

The phone's clock begins as early as the day is long, so that it is right when the day is over; positions come from a
receiver of ours. What the phone says it did must be in the database once: every position, every report, every photo.
"""

from __future__ import annotations

import io
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import Page, Request, sync_playwright
from sqlalchemy import text

from app.db.engine import transaction
from tests import tiny_town
from tests.conftest import drop_database, make_database
from tests.e2e import phone_scene
from tests.e2e.chromium import ARGUMENTS, CHROMIUM
from tests.e2e.phone_scene import Killable

pytestmark = pytest.mark.browser

STEP_S = 5
WALKS = (25, 20)  # minutes before and after the break
BREAK_MIN = 10
LOCKED_MIN = 4
CLOCK_MS = 120_000  # how far the simulated clock may be off by the end: the machine may be slow
RECEIVER = """
const watchers = new Map();
let at = null;
let number = 0;
const position = () => ({ coords: { longitude: at[0], latitude: at[1], accuracy: 8 }, timestamp: Date.now() });
Object.defineProperty(navigator, 'geolocation', { value: {
  watchPosition(found) { number += 1; watchers.set(number, found); return number; },
  clearWatch(one) { watchers.delete(one); },
  getCurrentPosition(found, failed) { if (at) found(position()); else failed({ code: 2 }); },
} });
window.walk = (lon, lat) => { at = [lon, lat]; watchers.forEach((found) => found(position())); };
"""
KEPT = """async () => {
  const { open } = await import(document.querySelector('script[type=module]').src.replace('app.js', 'store.js'));
  const db = await open();
  const [fixes, outbox, sent] = await Promise.all(['fixes', 'outbox', 'sent'].map((name) => db.getAll(name)));
  db.close();
  const batches = outbox.filter((item) => item.kind === 'fixes');
  return {
    fixes: [...fixes.map((row) => row.fix), ...batches.flatMap((item) => item.fixes)],
    waiting: outbox.map((item) => item.kind), errors: outbox.map((item) => JSON.stringify(item.error)), sent: sent.map((item) => item.kind),
  };
}"""


def photo(colour: tuple[int, int, int]) -> dict[str, Any]:
    """A photo as a camera's, large and of one colour with a stripe."""
    image = Image.effect_noise((2400, 1800), 40).convert("RGB")
    image.paste(colour, (200, 200, 2200, 900))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=90)
    return {"name": "camera.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


class Walker:
    """Whoever walks with the phone: every action is a tap, time is the phone's own."""

    def __init__(self, page: Page, address: str) -> None:
        self.page, self.address, self.spent_s, self.steps = page, address, 0, 0

    def go(self, screen: str) -> None:
        self.page.goto(f"{self.address}/phone/#/{screen}")

    def pass_s(self, seconds: int) -> None:
        self.page.clock.run_for(seconds * 1000)
        self.spent_s += seconds

    def walk(self, minutes: float) -> None:
        """Walk through the town's west, 6 m every 5 s."""
        for _ in range(int(minutes * 60 / STEP_S)):
            self.steps += 1
            along = 6 * self.steps % 360
            lon, lat = tiny_town.lonlat(20 + along / 2.4, 220 + along / 2.4)
            self.page.evaluate("([lon, lat]) => window.walk(lon, lat)", [lon, lat])
            self.pass_s(STEP_S)

    def report(
        self, category: str, *, spot: bool = False, colour: tuple[int, int, int] = (200, 30, 30)
    ) -> None:
        """Report in three taps, with a photo; put it right in three more."""
        page = self.page
        page.click("nav a.report")
        page.click(f"button:has-text('{category}')")
        page.set_input_files("input[type=file]", photo(colour))
        page.wait_for_selector(".shots img")
        page.click("text=上报并当场处置" if spot else "main button.main.big:has-text('上报')")
        if spot:
            page.wait_for_selector("h1:has-text('当场处置')")
            page.set_input_files("input[type=file]", photo((30, 160, 60)))
            page.wait_for_selector(".shots img")
            page.click("text=已清理")
            page.click("button:has-text('提交')")
        page.wait_for_selector("h1:has-text('待送')")
        page.click("nav a:has-text('今日')")


@pytest.fixture
def server(admin_url: str) -> Iterator[tuple[Killable, phone_scene.Phone]]:
    databases, name = make_database(admin_url)
    phone = phone_scene.fill(databases)
    killable = Killable(databases)
    killable.start()
    yield killable, phone
    killable.kill()
    drop_database(admin_url, databases, name)


def until(page: Page, done: Any, seconds: float = 60) -> Any:
    """Wait for the phone to have come so far; what it keeps is told where it doesn't."""
    deadline = time.monotonic() + seconds
    while True:
        kept = page.evaluate(KEPT)
        if done(kept):
            return kept
        assert time.monotonic() < deadline, json.dumps(
            {**kept, "fixes": len(kept["fixes"])}, ensure_ascii=False
        )
        page.wait_for_timeout(200)


def test_a_day_without_a_network_and_a_server_killed_twice(
    server: tuple[Killable, phone_scene.Phone],
) -> None:
    killable, phone = server
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM: the phone page was not tried (apt-get install chromium)")
    day_s = (sum(WALKS) + BREAK_MIN + LOCKED_MIN) * 60
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        context = phone_scene.context(browser, killable.address, phone)
        context.add_init_script(RECEIVER)
        page = context.new_page()
        page.on("dialog", lambda asked: asked.accept())
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.clock.install(time=datetime.now(UTC) - timedelta(seconds=day_s))
        walker = Walker(page, killable.address)

        # at the office: the page is kept, the notice read and agreed to, area and kinds fetched
        walker.go("mine")
        page.click("button:has-text('同意记录')")
        until(page, lambda kept: "consent" in kept["sent"])
        walker.go("report")
        page.wait_for_selector(".tiles button")
        walker.go("")
        page.wait_for_selector(".tag.missed")
        page.evaluate("async () => { await navigator.serviceWorker.ready }")

        # outside: no network any more, and it's opened anew
        context.set_offline(True)
        page.reload()
        page.wait_for_selector("text=无网络")
        page.click("text=开始上班")
        page.wait_for_selector("text=正在记录位置")
        walker.walk(WALKS[0] / 2)
        walker.report("暴露垃圾")
        walker.walk(WALKS[0] / 2)
        page.click("button:has-text('暂停')")
        page.wait_for_selector("text=暂停中")
        walker.pass_s(BREAK_MIN * 60)
        page.click("button:has-text('继续')")
        page.wait_for_selector("text=正在记录位置")
        walker.walk(WALKS[1] / 2)
        walker.report("废弃家具", spot=True, colour=(40, 60, 200))
        page.reload()  # the phone had closed the page meanwhile
        page.wait_for_selector("text=未送")
        walker.pass_s(LOCKED_MIN * 60)  # locked: nothing is known of this time
        walker.walk(WALKS[1] / 2)
        walker.report("道路破损", colour=(200, 180, 20))
        page.click("button:has-text('结束上班')")
        page.wait_for_selector("text=未在班")
        walker.go("mine")
        page.wait_for_selector("text=无定位：无法判定")
        done = until(page, lambda kept: len(kept["fixes"]) > 0)
        assert sorted(done["waiting"]) == ["duty"] * 4 + ["move"] + ["photo"] * 4 + ["report"] * 3
        walked = {int(fix[0]) for fix in done["fixes"]}
        assert len(walked) == len(done["fixes"]) > 400

        # back: the server dies under the first thing sent, and again when a report is in but its answer isn't out
        kills: list[str] = []

        def die(asked: Request) -> None:
            if not kills and asked.url.endswith("/me/duty"):
                kills.append("duty")
                killable.kill()

        page.on("request", die)
        context.set_offline(False)
        page.evaluate("window.dispatchEvent(new Event('online'))")
        deadline = time.monotonic() + 30
        while not kills:
            assert time.monotonic() < deadline, page.evaluate(KEPT)["errors"]
            page.wait_for_timeout(50)

        def swallow(route: Any) -> None:
            route.fetch()
            killable.kill()
            kills.append("report")
            route.abort()

        page.route("**/api/cases", swallow, times=1)
        killable.start()
        walker.go("queue")
        page.click("text=立即全部重试")
        deadline = time.monotonic() + 60
        while len(kills) < 2:
            assert time.monotonic() < deadline, page.evaluate(KEPT)["errors"]
            page.wait_for_timeout(50)
        page.wait_for_selector("text=没有网络，或服务器没有应答")
        killable.start()
        until(page, lambda kept: not kept["waiting"] and not kept["fixes"], 90)
        page.wait_for_selector("text=全部已送达")
        assert errors == []
        browser.close()

    assert killable.starts == 3
    with transaction(killable.databases.service, "system") as connection:
        stored = connection.execute(text("SELECT at FROM patrol.fixes ORDER BY at")).scalars().all()
        assert len(stored) == len(walked)
        # each at its time; all by the same few seconds later or earlier where the phone's clock was found to be off
        moved = {round(at.timestamp() * 1000) - was for at, was in zip(stored, sorted(walked), strict=True)}
        assert max(moved) - min(moved) <= 1
        assert abs(max(moved)) < CLOCK_MS
        cases = connection.execute(
            text(
                "SELECT c.category_id, c.stage, c.self_handled, (SELECT array_agg(p.moment ORDER BY p.moment)"
                " FROM cases.photos AS p WHERE p.case_id = c.id) AS moments FROM cases.cases AS c ORDER BY c.reported_at"
            )
        ).all()
        assert [(case.self_handled, case.moments) for case in cases] == [
            (False, ["before"]), (True, ["after", "before"]), (False, ["before"]),
        ]  # fmt: skip
        assert cases[1].stage == "closed" or cases[1].self_handled
        shifts = connection.execute(text("SELECT lower(period), upper(period) FROM teams.shifts")).all()
        assert len(shifts) == 1
