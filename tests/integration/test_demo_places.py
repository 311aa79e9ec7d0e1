"""The mission's five places as the demo stores them: true numbers, one clear lead for whatever the mission names."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime

import pytest
import shapely

from app.categories import service as categories
from app.db.engine import transaction
from app.demo import plan as plans
from app.geo.crs import Metric
from app.parties import service as parties
from app.parties.answering import who_answers
from app.parties.answers import service as answers
from app.parties.duties import service as duties
from app.parties.grounds import service as grounds
from app.parties.rulebook import Place
from tests import demo_ground
from tests.demo_ground import JIANWAI, SHUANGJING, XIANGHEYUAN, XIAOGUAN, Places

YONGANLI_EAST, XINGLONG = "110105001034", "110105022019"
FIVE = (XIAOGUAN, SHUANGJING, XIANGHEYUAN, YONGANLI_EAST, XINGLONG)
NAMED = {  # what the mission names, by category: environment, frontage, property, safety, emergency and so on
    "exposed rubbish": "event:0102", "frontage rubbish": "social:0901", "building": "event:0101",
    "property": "social:0303", "wiring": "social:0601", "emergency": "social:0701", "food safety": "social:0801",
    "entertainment": "social:0501", "social security": "social:0201", "dispute": "social:0101",
    "legal advice": "social:0104", "lamp": "component:0118",
}  # fmt: skip
LEADS = {  # by place (a community or a plot): who leads, in the order of NAMED
    "110105010022": (  # 惠新苑, Xiaoguan: the officer leads the community
        "110105010022-officer", "110105010-city", "110105010-enforcement", "110105010-city", "110105010-safety",
        "110105010-safety", "110105010-safety", "110105010-welfare", "110105010-welfare", "110105010-welfare",
        "110105010-welfare", "110105-lamps"),
    "110105010025": (  # 小关社区: the officer follows
        "110105010025-environment", "110105010025-committee", "110105010-enforcement", *["110105010025-committee"] * 8,
        "110105-lamps"),
    "110105016-site-01": (
        "110105016-property-01", "110105016-welfare", "110105016-enforcement", "110105016-property-01",
        "110105016-property-01", "110105016-safety", "110105016-safety", *["110105016-welfare"] * 4, "110105-lamps"),
    "110105016076": (  # 茂兴: no property unit of the demo
        "110105016-city", "110105016-welfare", "110105016-enforcement", "110105016-construction",
        "110105016076-director", "110105016-safety", "110105016-safety", *["110105016-welfare"] * 4, "110105-lamps"),
    "110105006034": (  # 西坝河南里, Xiangheyuan
        "110105006034-environment", "110105006034-association", "110105006-enforcement", "110105006034-committee",
        "110105006034-security", "110105006034-security", "110105006034-environment", "110105006034-culture",
        "110105006034-welfare", "110105006034-committee", "110105006034-committee", "110105-lamps"),
    "110105001034-front-001": (
        "110105001034-front-001", "110105001034-front-001", "110105001-enforcement", "110105001034-property",
        *["110105001034-committee"] * 7, "110105-lamps"),
    YONGANLI_EAST: (
        "110105001034-governance", "110105001034-committee", "110105001-enforcement", "110105001034-property",
        *["110105001034-committee"] * 7, "110105-lamps"),
    "110105022019-zone-2": (
        "110105022019-zone-2", "110105022019-zone-2", "110105022-enforcement", *["110105022019-zone-2"] * 5,
        "110105022019-service", "110105022019-mediation", "110105022019-mediation", "110105-lamps"),
}  # fmt: skip


@pytest.fixture(scope="module")
def places(admin_url: str) -> Places:
    return demo_ground.places(admin_url)


def test_every_number_of_the_mission_is_there(places: Places):
    with transaction(places.databases.service, "system") as connection:
        everyone = parties.parties(connection)
        drawn = grounds.patches(connection)
    kinds = Counter((party.area_code, party.kind) for party in everyone)
    assert kinds[YONGANLI_EAST, "grid_officer"] == 40
    assert kinds[YONGANLI_EAST, "frontage_unit"] == 350
    assert kinds[YONGANLI_EAST, "patrol_team"] == 1
    assert kinds[XINGLONG, "zone_committee"] == 3
    assert kinds[XINGLONG, "enterprise"] == 11
    assert kinds[XINGLONG, "frontage_unit"] == 76
    assert kinds[XINGLONG, "federation_division"] == 5
    assert kinds[XINGLONG, "mediation_group"] == 1
    units = Counter(
        party.area_code for party in everyone if party.code.startswith(f"{SHUANGJING}-property-0")
    )
    companies = [
        p for p in everyone if p.kind == "property_company" and str(p.area_code).startswith(SHUANGJING)
    ]
    assert len(companies) == 57
    assert len({party.area_code for party in companies}) == 12
    assert sum(units.values()) == 9
    for street, post in (
        (SHUANGJING, "safety_officer"),
        (XIAOGUAN, "seconded_officer"),
        (XIANGHEYUAN, "association"),
    ):
        own = [
            p
            for p in everyone
            if p.kind == post and str(p.area_code).startswith(street) and p.area_code != street
        ]
        assert len(own) == {SHUANGJING: 18, XIAOGUAN: 9, XIANGHEYUAN: 9}[street]
    assert all(party.synthetic for party in everyone)
    assert all(plot.synthetic and "示意" in plot.zh for plot in drawn)


def test_the_zones_divide_the_community_and_no_two_fronts_overlap(places: Places):
    with transaction(places.databases.service, "system") as connection:
        drawn = {plot.code: plot for plot in grounds.patches(connection)}
    zones = [drawn[f"{XINGLONG}-zone-{n}"].cells for n in (1, 2, 3)]
    assert sum(map(len, zones)) == len(frozenset().union(*zones)) >= 60
    fronts = [drawn[f"{YONGANLI_EAST}-front-{n:03d}"].shape for n in range(1, 351)]
    assert shapely.union_all(fronts).area == pytest.approx(sum(shapely.area(fronts)), rel=1e-6)
    assert min(shapely.area(fronts)) > 5


def test_what_the_mission_names_has_the_lead_that_it_says(places: Places):
    now = datetime.now(UTC)
    with transaction(places.databases.service, "system") as connection:
        rules = answers.rulebook(connection)
        catalogue = categories.catalogue(connection)
        wrong = []
        for where, leads in LEADS.items():
            place = _place(connection, places, where)
            for (name, key), lead in zip(NAMED.items(), leads, strict=True):
                found = who_answers(rules, place, catalogue.find(key), now).lead
                if found is None or found.code != lead:
                    wrong.append((where, name, found and found.code, lead))
    assert wrong == []


def _place(connection, places: Places, where: str) -> Place:
    x, y = places.spot[where]
    lon, lat = Metric(4548).to_lonlat(x, y)
    return answers.place_at(connection, float(lon), float(lat))


@pytest.mark.parametrize("area", FIVE)
def test_nothing_is_decided_by_the_last_resort_alone_and_nothing_has_two_leads(places: Places, area: str):
    """Every category, not only those that the mission names, on every cell and every piece that plots cut out of it."""
    with transaction(places.databases.service, "system") as connection:
        found = answers.lint(connection, area)
    assert found.cells > 30
    assert found.categories > 100
    assert found.unowned_rows == ()
    assert found.double_rows == ()


def test_other_streets_have_their_territorial_default(places: Places):
    with transaction(places.databases.service, "system") as connection:
        place = _place(connection, places, "110105022001")
        answer = answers.explain(connection, place, "social:0201")
        enforced = answers.explain(connection, place, "event:0101")
    assert answer.last_resort
    assert answer.lead is not None
    assert answer.lead.code == "110105022-office"
    assert enforced.lead is not None
    assert enforced.lead.code == "110105022-enforcement"


def test_the_written_plan_names_nobody_and_nothing_twice():
    plan = plans.read(enforced=["event:0101"])
    codes = [party.code for party in plan.parties]
    plots = [plot.code for plot in plan.plots]
    assert len(codes) == len(set(codes))
    assert len(plots) == len(set(plots))
    assert {duty.party for duty in plan.duties} <= set(codes)
    assert {duty.plot for duty in plan.duties} - {None} <= set(plots)
    assert {duty.area is None for duty in plan.duties if duty.plot is None} == {False}
    offices = [party for party in plan.parties if party.kind == "street_office"]
    assert len(offices) == 43


def test_a_phase_follows_the_other_in_xiaoguan(places: Places):
    with transaction(places.databases.service, "system") as connection:
        history = duties.models(connection, "110105010030")
    assert [one.step for one in reversed(history)] == ["lead", "follow", "hand_over"]
    assert history[0].period.end is None
    assert history[1].period.end == history[0].period.start
    assert JIANWAI not in {one.area_code for one in history}
