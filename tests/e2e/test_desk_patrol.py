"""The patrol desk in real Chromium: a morning with two members sick, beats moved by hand, tours, coverage, at both widths.

Every test fails on a console error, a page error, a failed request, a request to anywhere but our own server, or a page
that is wider than its window. With axe-core installed, a serious fault fails it, too.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from app.auth.principal import SYSTEM
from app.cases.opening import service as opening
from app.cases.reporting import Said
from app.db.engine import transaction
from app.patrol.beats import service as beats
from app.patrol.beats.asked import Asked
from app.patrol.beats.cutting import service as cutting
from app.teams import service as teams
from app.teams.plans import service as plans
from tests import tiny_town
from tests.conftest import drop_database, make_database
from tests.e2e import patrol_scene
from tests.e2e.chromium import ARGUMENTS, CHROMIUM
from tests.e2e.patrol_scene import TEAM
from tests.e2e.serving import Server, serving

pytestmark = pytest.mark.browser

AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
SIZES = {"desk": (1440, 900), "phone": (390, 844)}
HERE = f"/desk/patrol/{TEAM}"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("NO CHROMIUM: the patrol desk was not tried (apt-get install chromium)")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)


@pytest.fixture(scope="module")
def server(admin_url: str) -> Iterator[Server]:
    databases, name = make_database(admin_url)
    patrol_scene.fill(databases)
    with serving(databases) as running:
        yield running
    drop_database(admin_url, databases, name)


class Supervisor:
    """The street's supervisor in a window of a size; notes whatever must not happen."""

    def __init__(self, page: Page, base: str, pictures: Path) -> None:
        self.page, self.base, self.pictures = page, base, pictures
        self.trouble: list[str] = []
        page.on("console", lambda said: self.trouble.append(said.text) if said.type == "error" else None)
        page.on("pageerror", lambda error: self.trouble.append(str(error)))
        page.on(
            "request", lambda r: None if r.url.startswith(base) else self.trouble.append(f"asked {r.url}")
        )

    def go(self, path: str, name: str = "") -> None:
        self.page.goto(self.base + path)
        self.settled(name)

    def settled(self, name: str = "") -> None:
        """Wait for the map; look whether all fits, and keep a picture."""
        if self.page.locator(".map").count():
            self.page.wait_for_selector(".map[data-drawn]")
        wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        if self.page.evaluate(wider) > 0:
            self.trouble.append(f"{self.page.url} is wider than its window")
        if name:
            width = (self.page.viewport_size or {"width": 0})["width"]
            self.page.screenshot(path=self.pictures / f"{name}-{width}.png", full_page=True)
            self.trouble += self._faults()

    def _faults(self) -> list[str]:
        """Return the serious faults that axe finds; it is no part of the page, so the page's policy doesn't bind it."""
        if not AXE.exists():
            return []
        self.page.evaluate(AXE.read_text(encoding="utf-8"))
        found = self.page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]
        return [
            f"{self.page.url}: {one['id']} {[node['target'] for node in one['nodes']][:3]}"
            for one in found
            if one["impact"] in ("serious", "critical")
        ]


@pytest.fixture(params=sorted(SIZES))
def supervisor(
    request: pytest.FixtureRequest, browser: Browser, server: Server, tmp_path: Path
) -> Iterator[Supervisor]:
    width, height = SIZES[request.param]
    cookies = server.session("street_supervisor", area=patrol_scene.STREET)
    context = server.context(
        browser, cookies, viewport={"width": width, "height": height}, timezone_id="Asia/Shanghai"
    )
    acting = Supervisor(context.new_page(), server.address, tmp_path)
    yield acting
    context.close()
    assert not acting.trouble, "\n".join(acting.trouble)


def test_two_members_sick(supervisor: Supervisor, server: Server) -> None:
    page = supervisor.page
    supervisor.go(f"{HERE}/morning", "morning-before")
    assert page.locator(".map.changes").count() == 0
    page.check("input[value=hy-02]")
    page.check("input[value=hy-05]")
    page.click("button.main")  # the one click
    supervisor.settled("morning-after")
    assert "新路线 4 条" in page.locator(".told").inner_text()
    moved = page.locator(".map.changes path.moved")
    given = {(str(one.get_attribute("data-from")), str(one.get_attribute("data-to"))) for one in moved.all()}
    assert {giver for giver, _ in given} >= {"hy-02", "hy-05"}
    assert {taker for _, taker in given} <= {"hy-01", "hy-03", "hy-04", "hy-06"}
    rows = page.locator("tr[data-from]").all()
    assert {(row.get_attribute("data-from"), row.get_attribute("data-to")) for row in rows} == given
    assert sum(int(row.locator("td").nth(2).inner_text()) for row in rows) == moved.count()
    flows = page.locator(".label.flow b").all_text_contents()
    assert sorted(flows) == sorted(f"{giver[3:]}→{taker[3:]}" for giver, taker in given)
    boxes = [one.bounding_box() for one in page.locator(".label.flow b:visible").all()]
    for one, other in itertools.combinations([box for box in boxes if box], 2):
        across = min(one["x"] + one["width"], other["x"] + other["width"]) - max(one["x"], other["x"])
        down = min(one["y"] + one["height"], other["y"] + other["height"]) - max(one["y"], other["y"])
        assert min(across, down) <= 1  # no label lies on another one
    members = page.locator("caption:has-text('每人每轮分钟')").locator("xpath=..").locator("tbody tr")
    assert [
        text[:5] for text in members.all_inner_texts()
    ] == patrol_scene.MEMBERS  # by code, never by a figure
    with transaction(server.databases.service, "system") as connection:
        held = {row.member: set(row.cells) for row in plans.held(connection, TEAM, datetime.now(UTC))}
    assert set(held) == {"hy-01", "hy-03", "hy-04", "hy-06"}
    assert {str(one.get_attribute("data-code")) for one in moved.all()} <= set().union(*held.values())
    supervisor.go(f"{HERE}/tours", "tours-after")
    assert page.locator(".tour").count() == 4
    supervisor.go(f"{HERE}/morning")
    page.click("form[action$=undo] button")
    supervisor.settled("morning-undone")
    assert "hy-02 hy-05" in page.locator(".told").inner_text()
    supervisor.go(f"{HERE}/beats")
    states = page.locator("#h-history ~ form tbody tr").all_inner_texts()
    assert any("早班调整" in one and "已撤回" in one for one in states)
    assert not any("撤销" in one for one in states)
    supervisor.go(f"{HERE}/morning")
    assert page.locator("input[name=absent]:checked").count() == 0
    assert page.locator(".map.changes").count() == 0
    with transaction(server.databases.service, "system") as connection:
        assert len(plans.held(connection, TEAM, datetime.now(UTC))) == 6


def test_nobody_ticked(supervisor: Supervisor) -> None:
    supervisor.go(f"{HERE}/morning")
    supervisor.page.click("button.main")
    supervisor.settled()
    assert "没有勾选" in supervisor.page.locator(".trouble[role=alert]").inner_text()
    supervisor.trouble = [said for said in supervisor.trouble if "422" not in said]  # the answer's own status


def test_beats_moved_by_hand(supervisor: Supervisor) -> None:
    page = supervisor.page
    supervisor.go(f"{HERE}/beats")
    page.click("text=新方案：自动划分")
    page.fill("#name", "试划")
    page.fill("#look", "2")
    page.click("#anchor")
    page.locator("#map path[data-i]").nth(75).click()
    assert page.locator("#anchors input").get_attribute("value").startswith("hy-01 ")  # type: ignore[union-attr]
    page.click("#new-plan button.main")
    supervisor.settled("beats-draft")
    assert "草案" in page.locator(".told").inner_text()
    balance = page.locator("#balance").inner_text()
    page.click("#edit")
    far = _cells_of(page, 1)[0]
    into = next(n for n in range(2, 7) if not _touches(page, far, n))
    page.check(f"input[name=into][value='{into}']")
    page.locator(f"#map path[data-i='{far}']").click()
    assert page.locator("#broken").inner_text() == "1"
    assert page.locator(f"tr[data-beat='{into}']").get_attribute("class") == "broken"
    assert page.locator("#balance").inner_text() != balance
    assert "1 个格未保存" in page.locator("#unsaved").inner_text()
    assert page.locator("#publish button").is_disabled()
    supervisor.settled("beats-broken")
    page.click("#undo")
    assert (page.locator("#balance").inner_text(), page.locator("#broken").inner_text()) == (balance, "0")
    page.click("#redo")
    assert page.locator("#broken").inner_text() == "1"
    page.click("#save")
    page.wait_for_selector("#unsaved:has-text('已保存')")
    page.click("#publish button")
    supervisor.settled()
    assert "broken" in page.locator(".trouble").all_inner_texts()[-1] or page.locator(".trouble").count()
    supervisor.trouble = [said for said in supervisor.trouble if "status of 4" not in said]
    page.fill("#move-cell", str(page.locator(f"#map path[data-i='{far}']").get_attribute("data-code")))
    page.select_option("#move-beat", "1")
    page.click("#by-code button")
    page.click("#save")
    page.wait_for_selector("#unsaved:has-text('已保存')")
    page.check("input[name=replace]")
    page.click("#publish button")
    supervisor.settled()
    assert "已发布" in page.locator(".told").inner_text()
    page.click("text=对比两个方案")
    supervisor.settled("beats-compared")
    assert page.locator(".map.changes path").count() == 145
    supervisor.go(f"{HERE}/beats")
    page.click("text=打印")
    assert page.locator("svg.picture path").count() == 7


def test_two_plans_hold_at_once_and_one_is_withdrawn(supervisor: Supervisor, server: Server) -> None:
    """The late shift has a plan of its own: both are shown, on the first page, too; withdrawn, the one before holds again."""
    page = supervisor.page
    now = datetime.now(UTC)
    start = now.astimezone(patrol_scene.CITY).replace(hour=0, minute=0, second=0, microsecond=0)
    with transaction(server.databases.service, "system") as connection:
        before = plans.held(connection, TEAM, now)
        asked = Asked(team=TEAM, name="晚班责任区", members=("hy-05", "hy-06"), at=now)
        told = cutting.plan_beats(connection, SYSTEM, asked)
        beats.publish(connection, SYSTEM, told.plan.id, told.plan.version, start, replace_others=True)
    supervisor.go("/desk/patrol")
    assert "晚班责任区" in page.locator(".team").inner_text()
    supervisor.go(f"{HERE}/beats", "beats-two-crews")
    crews = page.locator(".crews a")
    assert crews.count() == 2
    assert "hy-05 … hy-06 · 2 人" in crews.nth(1).inner_text()
    crews.nth(1).click()
    supervisor.settled("beats-second-crew")
    assert "晚班责任区" in page.locator(".bar-head").inner_text()
    assert page.locator("#beats tbody tr").count() == 2
    page.click("text=撤回发布")
    supervisor.settled("beats-withdrawn")
    assert "已撤回" in page.locator(".told").inner_text()
    assert "已撤回" in page.locator(".bar-head").inner_text()
    with transaction(server.databases.service, "system") as connection:
        assert plans.held(connection, TEAM, now) == before


def test_levels_by_area_and_by_hand(supervisor: Supervisor) -> None:
    page = supervisor.page

    def form() -> None:
        page.click("#levels summary")
        page.wait_for_selector("#level", state="visible")

    supervisor.go(f"{HERE}/beats")
    form()
    page.select_option("#level", "2")
    page.fill("#level-name", "一般")
    page.click("#levels form button:not([type=button])")
    supervisor.settled()
    assert "每班 1 次，145 格" in page.locator("#levels summary").inner_text()
    form()
    page.fill("#visits", "3")
    page.click("#pick")
    for cell in (30, 31, 75):
        page.locator("#map path[data-i]").nth(cell).click()
    assert "已选 3 格" in page.locator("#picked-count").inner_text()
    supervisor.settled("levels-picked")
    page.click("#levels form button:not([type=button])")
    supervisor.settled("levels-set")
    assert "1 · 每班 3 次，3 格" in page.locator("#levels summary").inner_text().replace("  ", " ")
    form()
    page.select_option("#level", "none")
    page.click("#levels form button:not([type=button])")
    supervisor.settled()
    assert "未设置" in page.locator("#levels summary").inner_text()


def _cells_of(page: Page, beat: int) -> list[int]:
    paths = page.locator(f"#map path[data-beat='{beat}']").all()
    return [int(str(path.get_attribute("data-i"))) for path in paths]


def _touches(page: Page, cell: int, beat: int) -> bool:
    """Tell whether the middle of any cell of a beat is within 1.5 cells of a cell's, on the screen."""
    script = """([cell, beat]) => {
      const middle = (path) => { const b = path.getBoundingClientRect(); return [b.x + b.width / 2, b.y + b.height / 2, b.width]; };
      const [x, y, w] = middle(document.querySelector(`#map path[data-i='${cell}']`));
      return [...document.querySelectorAll(`#map path[data-beat='${beat}']`)].map(middle).some(([a, b]) => Math.hypot(a - x, b - y) < 1.6 * w);
    }"""
    return bool(page.evaluate(script, [cell, beat]))


def test_a_drag_extends_a_beat(supervisor: Supervisor) -> None:
    page = supervisor.page
    supervisor.go(f"{HERE}/beats")
    page.click("text=复制为草案")
    supervisor.settled()
    page.click("#edit")
    page.locator("#map").scroll_into_view_if_needed()
    boxes = [path.bounding_box() for path in page.locator("#map path[data-i]").all()]
    start, end = boxes[20], boxes[124]
    assert start
    assert end
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] / 2, steps=25)
    page.mouse.up()
    said = re.match(r"(\d+)", page.locator("#unsaved").inner_text())
    assert said
    assert int(said[1]) >= 2
    page.click("#undo")
    assert page.locator("#unsaved").inner_text() == ""


def test_tours_and_coverage(supervisor: Supervisor) -> None:
    page = supervisor.page
    supervisor.go("/desk/patrol", "teams")
    assert page.locator(".team svg.covered").count() == 1
    supervisor.go(f"{HERE}/tours")
    page.click("form.row[method=post] button")
    supervisor.settled("tours")
    assert page.locator(".tour").count() == 6
    supervisor.go(f"{HERE}/tours?member=hy-03", "tour")
    assert page.locator(".label.stop").count() == page.locator(".stops li").count() > 10
    page.click("main >> text=打印")
    assert page.locator("svg.route circle").count() > 10
    supervisor.go(f"{HERE}/tours?member=hy-03")
    page.click("text=从现在起重排")
    supervisor.settled()
    assert "已从现在起重排" in page.locator(".told").inner_text()
    supervisor.go(f"{HERE}/coverage", "coverage")
    assert page.locator("#map path[data-i]").count() == 145
    page.locator("#map path[data-i]").nth(60).click()
    page.wait_for_selector("#evidence h3")
    supervisor.settled("evidence")
    page.click("[data-colour=hours]")
    assert page.locator("#key").is_visible()
    supervisor.go(f"{HERE}/coverage?by=week")
    supervisor.go(f"{HERE}/coverage?lang=en")
    assert "patrolled" in page.locator(".key").first.inner_text()
    supervisor.go(f"{HERE}/coverage?lang=zh")


def test_who_is_near(supervisor: Supervisor, server: Server) -> None:
    page = supervisor.page
    with transaction(server.databases.service, "system") as connection:
        lon, lat = tiny_town.lonlat(700, 500)
        said = Said(category="event:0102", x=lon, y=lat, description="示意", source="patrol", synthetic=True)
        number = opening.report(connection, SYSTEM, said, datetime.now(UTC)).number
        assert len(teams.members(connection, TEAM)) == 6
    supervisor.go(f"/desk/cases/{number}")
    page.click("text=就近派谁去")
    supervisor.settled("near")
    assert page.locator(".near li.card").count() == 6
    assert page.locator(".reasons li").count() >= 6
    page.locator("text=排进这名队员的路线").first.click()
    supervisor.settled("near-urgent")
    assert "重排" in page.locator(".told").inner_text()
    assert number in page.locator(".stops").inner_text()


def test_a_dispatcher_sends_a_member_and_plans_nothing_else(
    browser: Browser, server: Server, tmp_path: Path
) -> None:
    with transaction(server.databases.service, "system") as connection:
        lon, lat = tiny_town.lonlat(750, 450)
        said = Said(category="event:0102", x=lon, y=lat, description="示意", source="patrol", synthetic=True)
        number = opening.report(connection, SYSTEM, said, datetime.now(UTC)).number
    cookies = server.session("dispatcher", area=patrol_scene.STREET)
    context = server.context(
        browser, cookies, viewport={"width": 390, "height": 844}, timezone_id="Asia/Shanghai"
    )
    acting = Supervisor(context.new_page(), server.address, tmp_path)
    page = acting.page
    acting.go(f"/desk/cases/{number}/near", "near-dispatcher")
    page.locator("text=排进这名队员的路线").first.click()
    acting.settled()
    assert "重排" in page.locator(".told").inner_text()
    assert number in page.locator(".stops").inner_text()
    member = str(page.locator("input[name=member][type=hidden]").get_attribute("value"))
    assert page.locator("input#case").get_attribute("required") is not None
    acting.go(f"{HERE}/tours")
    assert page.locator("form[method=post]").filter(has_text="当天路线").count() == 0
    refused = page.request.post(
        f"{server.address}{HERE}/tours/replan", form={"member": member}, headers={"Origin": server.address}
    )
    assert refused.status == 403
    context.close()
    assert not acting.trouble, "\n".join(acting.trouble)
