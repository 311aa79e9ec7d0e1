"""The mission's five places, each a story through the API by the people concerned, with accounts of their own.

On the demo's ground with its parties. Every story also asks who may not see or do it: the wrong street, the other side.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from PIL import Image

from app.auth import service as auth
from app.cases.moves import service as cases_moves
from app.core.errors import NotAllowed
from app.core.settings import Settings
from app.db.engine import transaction
from app.main import create_app
from app.parties.drafts import ModelDraft
from app.parties.duties import service as duties
from app.web.etags import etag
from tests import demo_ground
from tests.accounts import Acting, account, acting
from tests.conftest import METRIC_SRID
from tests.demo_ground import GAOBEIDIAN, JIANWAI, SHUANGJING, XIANGHEYUAN, XIAOGUAN, Places

YONGANLI_EAST, XINGLONG = "110105001034", "110105022019"
NANLI = "110105006034"  # 西坝河南里, Xiangheyuan
HUIXIN_BEILI = "110105010023"  # 惠新北里, Xiaoguan: the seconded officer leads
HEADS = {"district": "110105", "jianwai": JIANWAI, "shuangjing": SHUANGJING, "xiangheyuan": XIANGHEYUAN,
         "xiaoguan": XIAOGUAN, "gaobeidian": GAOBEIDIAN}  # fmt: skip


@pytest.fixture(scope="module")
def places(admin_url: str) -> Places:
    return demo_ground.places(admin_url)


@pytest.fixture(scope="module")
def client(places: Places) -> Iterator[TestClient]:
    with TestClient(create_app(places.databases.service, Settings(metric_srid=METRIC_SRID))) as client:
        yield client


@pytest.fixture
def who(places: Places) -> Callable[..., Acting]:
    """Make someone: a role within an area, or a member of the party of a code; `more` roles of the same."""

    def make(role: str, scope: str, *more: tuple[str, str]) -> Acting:
        with transaction(places.databases.service, "system") as connection:
            if role == "party_member":
                return account(connection, role, party=places.party[scope])
            made = account(connection, role, area=scope)
            for other, where in more:
                area, party = (None, places.party[where]) if other == "party_member" else (where, None)
                auth.grant(connection, made.id, other, area, party)
            return acting(connection, made.id)

    return make


class Story:
    """One case as its people live it."""

    def __init__(self, client: TestClient, number: str, opened: dict[str, Any]) -> None:
        self.client, self.number, self.opened = client, number, opened

    def seen_by(self, one: Acting) -> dict[str, Any]:
        answer = self.client.get(f"/api/cases/{self.number}", headers=one.headers)
        assert answer.status_code == 200, answer.text
        seen: dict[str, Any] = answer.json()
        return seen

    def hidden_from(self, *others: Acting) -> bool:
        """Tell that none of them reads it, lists it or moves it."""
        for one in others:
            assert self.client.get(f"/api/cases/{self.number}", headers=one.headers).status_code == 404
            listed = self.client.get("/api/cases", headers=one.headers, params={"limit": 500}).json()["cases"]
            assert self.number not in {case["number"] for case in listed}
            assert self.tried(one, "sign", 1).status_code == 404
        return True

    def tried(self, one: Acting, name: str, version: int | None = None, **facts: Any) -> Any:
        version = self.seen_by(one)["version"] if version is None else version
        return self.client.post(
            f"/api/cases/{self.number}/moves", json={"move": name, **facts},
            headers=one.headers | {"If-Match": etag(version)},
        )  # fmt: skip

    def moved(self, one: Acting, name: str, **facts: Any) -> dict[str, Any]:
        answer = self.tried(one, name, **facts)
        assert answer.status_code == 200, answer.text
        became: dict[str, Any] = answer.json()
        return became

    def photo(self, one: Acting, moment: str, shade: int) -> None:
        picture = io.BytesIO()
        Image.linear_gradient("L").rotate(shade).convert("RGB").save(picture, "JPEG")
        answer = self.client.post(
            f"/api/cases/{self.number}/photos", data={"moment": moment},
            files={"photo": ("photo.jpg", picture.getvalue(), "image/jpeg")}, headers=one.headers,
        )  # fmt: skip
        assert answer.status_code == 201, answer.text


@pytest.fixture
def reported(client: TestClient, places: Places) -> Callable[..., Story]:
    def report(by: Acting, category: str, where: str, **more: Any) -> Story:
        x, y = places.spot[where]
        said = {"category": category, "x": x, "y": y, "datum": f"epsg:{METRIC_SRID}"} | more
        answer = client.post("/api/cases", json=said, headers=by.headers)
        assert answer.status_code == 201, answer.text
        opened = answer.json()
        return Story(client, opened["number"], opened)

    return report


def leader(places: Places, seen: dict[str, Any]) -> str:
    """Return the code of the party that leads."""
    return next(code for code, number in places.party.items() if number == seen["party_id"])


def test_yonganli_east_the_team_puts_a_shops_rubbish_right_on_the_spot(who, reported):
    member = who("patroller", YONGANLI_EAST, ("party_member", "yonganli-east"))
    story = reported(
        member, "social:0901", "110105001034-front-001", source="patrol", on_the_spot=True,
        description="店门口垃圾（示意）",
    )  # fmt: skip
    assert story.seen_by(member)["stage"] == "reported"
    without = story.tried(member, "self_handle", result="已清扫（示意）")
    assert without.status_code == 422
    assert "photo" in without.text
    story.photo(member, "before", 0)
    story.photo(member, "after", 90)
    became = story.moved(member, "self_handle", result="已清扫（示意）")
    assert became["self_handled"] is True
    assert became["stage"] == ("handled" if became["to_sample"] else "closed")
    history = story.seen_by(member)["history"]
    assert [step["move"] for step in history] == ["report", "self_handle"]
    assert story.hidden_from(who("street_supervisor", SHUANGJING), who("patroller", XINGLONG))


def test_yonganli_east_another_is_given_to_the_frontage_manager_checked_and_closed(places, who, reported):
    member = who("patroller", YONGANLI_EAST, ("party_member", "yonganli-east"))
    manager = who("party_member", "110105001034-front-002")
    checker = who("checker", JIANWAI)
    story = reported(member, "social:0901", "110105001034-front-002", source="patrol")
    seen = story.seen_by(manager)
    assert seen["stage"] == "dispatched"
    assert leader(places, seen) == "110105001034-front-002"
    assert seen["answer"]["deciding"] == "duty"
    assert story.hidden_from(who("party_member", "110105001034-front-003"), who("checker", SHUANGJING))

    assert story.tried(checker, "sign").status_code == 403
    story.moved(manager, "sign")
    story.moved(manager, "handle", result="已清理（示意）")
    assert story.tried(manager, "check_pass").status_code == 403  # whoever handled doesn't judge
    story.moved(checker, "check_pass")
    closed = story.moved(checker, "close")
    assert closed["stage"] == "closed"
    moves = [step["move"] for step in story.seen_by(manager)["history"]]
    assert moves == ["report", "file", "dispatch", "sign", "handle", "check_pass", "close"]


def test_xiangheyuan_each_category_goes_to_its_director(places, who, reported):
    officer = who("community_officer", NANLI)
    environment, security = (who("party_member", f"{NANLI}-{post}") for post in ("environment", "security"))
    rubbish = reported(officer, "event:0102", NANLI)
    wiring = reported(officer, "social:0601", NANLI)
    assert leader(places, rubbish.seen_by(officer)) == f"{NANLI}-environment"
    assert leader(places, wiring.seen_by(officer)) == f"{NANLI}-security"
    for category, post in {"social:0801": "environment", "social:0701": "security", "social:0501": "culture",
                           "social:0201": "welfare"}.items():  # fmt: skip
        assert leader(places, reported(officer, category, NANLI).seen_by(officer)) == f"{NANLI}-{post}"

    assert rubbish.moved(environment, "sign")["stage"] == "signed"
    assert wiring.moved(security, "sign")["stage"] == "signed"
    assert rubbish.hidden_from(security, who("street_supervisor", JIANWAI))
    assert wiring.hidden_from(environment, who("community_officer", "110105006037"))
    committee = who("party_member", f"{NANLI}-committee")
    assert wiring.seen_by(committee)["stage"] == "signed"  # the post belongs to it


def test_xiangheyuan_the_main_road_stays_with_the_street(places, who, reported):
    supervisor = who("street_supervisor", XIANGHEYUAN)
    story = reported(supervisor, "event:0102", f"{XIANGHEYUAN}-main-road")
    assert leader(places, story.seen_by(supervisor)) == f"{XIANGHEYUAN}-city"


def test_shuangjing_a_property_case_goes_to_the_company_and_unaccepted_up_the_chain(places, who, reported):
    dispatcher = who("dispatcher", SHUANGJING)
    company = who("party_member", f"{SHUANGJING}-property-01")
    section = who("party_member", f"{SHUANGJING}-construction")
    story = reported(dispatcher, "social:0303", f"{SHUANGJING}-site-01", source="staff")
    seen = story.seen_by(company)
    assert leader(places, seen) == f"{SHUANGJING}-property-01"
    assert seen["answer"]["deciding"] == "duty"
    assert story.hidden_from(
        section, who("party_member", f"{SHUANGJING}-property-02"), who("dispatcher", JIANWAI)
    )

    later = datetime.now(UTC) + timedelta(days=20)  # over any holiday
    assert _escalated(places, story, datetime.now(UTC)) == []
    assert _escalated(places, story, later) == ["hand_over"]
    seen = story.seen_by(section)
    assert leader(places, seen) == f"{SHUANGJING}-construction"
    assert story.seen_by(company)["number"] == story.number  # who was asked goes on seeing it
    assert story.tried(company, "sign").status_code == 403
    assert _escalated(places, story, later + timedelta(days=20)) == ["hand_over"]
    assert leader(places, story.seen_by(dispatcher)).endswith("-committee")
    assert _escalated(places, story, later + timedelta(days=40)) == ["hand_over"]
    assert leader(places, story.seen_by(dispatcher)) == f"{SHUANGJING}-office"
    assert _escalated(places, story, later + timedelta(days=60)) == []  # nobody comes after the street office

    office = who("party_member", f"{SHUANGJING}-office")
    story.moved(office, "sign")
    assert story.moved(office, "handle", result="已协调物业清理（示意）")["stage"] == "handled"


def _escalated(places: Places, story: Story, now: datetime) -> list[str]:
    with transaction(places.databases.service, "system") as connection:
        told = cases_moves.escalate(connection, now)
    return [one["what"] for one in told if one["number"] == story.number and one["what"] == "hand_over"]


def test_xinglong_jiayuan_a_dispute_goes_through_the_zone_to_the_mediators_and_stays_confidential(
    places, who, reported
):
    # takes it in at the community's desk, and asks both sides afterwards
    desk = who("community_officer", XINGLONG, ("checker", XINGLONG))
    mediator = who("party_member", f"{XINGLONG}-mediation")
    zone = who("party_member", f"{XINGLONG}-zone-1")
    story = reported(
        desk, "social:0101", f"{XINGLONG}-zone-1", description="楼上噪音纠纷（示意）", reporter_name="示意",
        reporter_phone="000",
    )  # fmt: skip
    seen = story.seen_by(mediator)
    assert seen["confidential"] is True
    assert leader(places, seen) == f"{XINGLONG}-mediation"
    lead, following = seen["answer"]["chain"][:2]
    assert lead["ground"] == f"{XINGLONG}-zone-1"
    assert following["party"]["code"] == f"{XINGLONG}-zone-1"

    other_side = who("party_member", f"{XINGLONG}-shop-01")
    assert story.hidden_from(
        zone, other_side, who("planner", "110105"), who("district_supervisor", "110105"),
        who("street_supervisor", GAOBEIDIAN), who("community_officer", XINGLONG), who("street_supervisor", JIANWAI),
    )  # fmt: skip

    story.moved(mediator, "sign")
    became = story.moved(mediator, "handle", result="一方不愿调解（示意）", outcome="declined")
    assert became["outcome"] == "declined"
    story.moved(desk, "check_pass")
    closed = story.moved(desk, "close")
    assert (closed["stage"], closed["outcome"]) == ("closed", "declined")


def test_xinglong_jiayuan_other_cases_go_to_the_zone_first(places, who, reported):
    officer = who("community_officer", XINGLONG)
    story = reported(officer, "event:0507", f"{XINGLONG}-zone-2")
    assert leader(places, story.seen_by(officer)) == f"{XINGLONG}-zone-2"
    assert story.moved(who("party_member", f"{XINGLONG}-zone-2"), "sign")["stage"] == "signed"
    assert story.hidden_from(who("party_member", f"{XINGLONG}-zone-3"))


def test_xiaoguan_the_seconded_officer_leads_and_then_the_community(places, who, reported):
    supervisor = who("street_supervisor", XIAOGUAN)
    officer, community = (who("party_member", f"{HUIXIN_BEILI}-{x}") for x in ("officer", "environment"))
    checker = who("checker", XIAOGUAN)
    story = reported(supervisor, "event:0102", HUIXIN_BEILI)
    seen = story.seen_by(officer)
    assert leader(places, seen) == f"{HUIXIN_BEILI}-officer"
    assert seen["answer"]["step"] == "lead"
    assert story.hidden_from(community, who("street_supervisor", XIANGHEYUAN))
    story.moved(officer, "sign")
    story.moved(officer, "handle", result="带领社区清理（示意）")
    story.moved(checker, "check_pass")
    assert story.moved(checker, "close")["stage"] == "closed"

    draft = ModelDraft(
        area_code=HUIXIN_BEILI, model="government_led", step="follow", since=datetime.now(UTC), basis="示意"
    )
    stranger = who("street_supervisor", SHUANGJING)
    with (
        transaction(places.databases.service, stranger.principal.key) as connection,
        pytest.raises(NotAllowed),
    ):
        duties.set_model(connection, stranger.principal, draft)
    with transaction(places.databases.service, supervisor.principal.key) as connection:
        assert duties.set_model(connection, supervisor.principal, draft)

    following = reported(supervisor, "event:0102", HUIXIN_BEILI)
    seen = following.seen_by(community)
    assert leader(places, seen) == f"{HUIXIN_BEILI}-environment"
    assert f"{HUIXIN_BEILI}-officer" in {one["code"] for one in seen["answer"]["assist"]}
    assert following.moved(community, "sign")["stage"] == "signed"
    assert following.hidden_from(officer)
