"""Categories, limits and days in a real database."""

from __future__ import annotations

import csv
from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import Connection, text

from app.categories import service
from app.categories.catalogue import KINDS, STAGES, UnknownCategory
from app.core.errors import BadInput
from app.core.settings import GEODATA
from app.core.worktime import UNITS
from app.parties.kinds import KINDS as PARTY_KINDS
from tests import tiny_town


@pytest.fixture
def loaded(service: Connection) -> Connection:
    from app.categories.service import load_defaults

    load_defaults(service)
    return service


def test_twice_changes_nothing(loaded: Connection) -> None:
    before = service.version(loaded)
    again = service.load_defaults(loaded)
    assert (again.changed, again.findings) == (0, ())
    assert again.rows > 200
    assert service.catalogue(loaded).find("event:0102").name_zh == "暴露垃圾"
    assert before[0] == service.version(loaded)[0]


def test_every_leaf_says_what_is_needed(loaded: Connection) -> None:
    catalogue = service.catalogue(loaded)
    for category in catalogue.leaves():
        assert category.party_kind in PARTY_KINDS, category.key
        assert category.filing_zh, category.key
        assert category.closing_zh, category.key
        assert category.source, category.key
        assert category.kind in KINDS
        for stage in STAGES:
            limit = catalogue.limit(category, 1, stage)
            assert limit is not None, (category.key, stage)
            assert limit.unit in UNITS


def test_what_enforces_is_answered_by_the_enforcement_team(loaded: Connection) -> None:
    leaves = service.catalogue(loaded).leaves()
    assert {one.party_kind for one in leaves if one.enforcement} == {"enforcement_team"}
    assert all(one.kind == "social_service" for one in leaves if one.confidential)


def test_the_most_exact_limit_holds(loaded: Connection) -> None:
    catalogue = service.catalogue(loaded)
    rubbish = catalogue.find("event:0102")
    exact = catalogue.limit(rubbish, 1, "handle")
    third = catalogue.limit(rubbish, 3, "handle")
    assert exact is not None
    assert third is not None
    assert (exact.amount, exact.unit) == (Decimal(4), "working_hour")
    assert (third.amount, third.unit) == (Decimal(1), "working_day")
    from_parent = catalogue.limit(catalogue.find("event:0401"), 1, "handle")
    assert from_parent is not None
    assert from_parent.unit == "urgent_hour"
    anyone_s = catalogue.limit(rubbish, 1, "sign")
    assert anyone_s is not None
    assert (anyone_s.amount, anyone_s.unit) == (Decimal(2), "working_hour")


def test_the_class_of_the_nearest_area(owner: Connection) -> None:
    tiny_town.load(owner)
    assert service.set_area_class(owner, "990101001", 2, "by hand")
    assert service.set_area_class(owner, "990101001002", 3, "by hand")
    assert not service.set_area_class(owner, "990101001002", 3, "by hand")
    catalogue = service.catalogue(owner)
    assert catalogue.area_class(["990101001002", "990101001", "990101"]) == 3
    assert catalogue.area_class(["990101001001", "990101001", "990101"]) == 2
    assert catalogue.area_class([None, "990101"]) == 1
    for code, of_class in (("990101009", 2), ("990101001", 4)):
        with pytest.raises(BadInput):
            service.set_area_class(owner, code, of_class, "by hand")


def test_own_days_reach_the_calendar(loaded: Connection) -> None:
    day = date(2026, 3, 3)
    assert service.calendar(loaded).works(day)
    service.set_days(loaded, [(day, False, "试验", "by hand")])
    assert not service.calendar(loaded).works(day)
    assert service.drop_day(loaded, day)
    assert service.calendar(loaded).works(day)
    assert not service.drop_day(loaded, day)


def test_faulty_rows_are_told_and_the_good_ones_kept(loaded: Connection) -> None:
    header = "scheme,code,parent_code,kind,name_zh,name_en,source"
    lines = [
        "mine,1,,event,甲,A,ours",
        "mine,11,1,event,乙,B,ours",
        "mine,12,9,event,丙,C,ours",  # its parent is nowhere
        "mine,13,1,weather,丁,D,ours",  # no such kind
        "mine,,1,event,戊,E,ours",
        "mi:ne,14,1,event,己,F,ours",
        "mine,15,16,event,庚,G,ours",  # above each other
        "mine,16,15,event,辛,H,ours",
        f"mine,17,1,event,{'长' * 501},I,ours",
    ]
    kept = service.load_categories(loaded, csv.DictReader([header, *lines]))
    assert kept.changed == 2
    assert len(kept.findings) == 7
    assert all(finding.remedy for finding in kept.findings)
    assert service.catalogue(loaded).find("mine:11").lineage == ("mine:11", "mine:1")


def test_faulty_limits(loaded: Connection) -> None:
    header = "category,stage,area_class,amount,unit,source"
    lines = [
        "event:0102,sign,,3,working_hour,by hand",
        "event:9999,sign,,3,working_hour,by hand",
        ",sign,,-3,working_hour,by hand",
        ",sign,,soon,working_hour,by hand",
        ",sign,4,1,working_hour,by hand",
        ",lunch,,1,working_hour,by hand",
        ",sign,,1,fortnight,by hand",
        ",sign,,1,working_hour,",
        ",sign,,NaN,working_hour,by hand",
    ]
    kept = service.load_limits(loaded, csv.DictReader([header, *lines]))
    assert (kept.changed, len(kept.findings)) == (1, 8)
    limit = service.catalogue(loaded).limit(service.catalogue(loaded).find("event:0102"), 1, "sign")
    assert limit is not None
    assert limit.amount == 3


def test_unknown_is_refused(loaded: Connection) -> None:
    with pytest.raises(UnknownCategory):
        service.catalogue(loaded).find("event:9999")
    with pytest.raises(UnknownCategory):
        service.catalogue(loaded).by_id(0)


def test_a_rolled_back_change_is_not_kept_in_memory(loaded: Connection) -> None:
    """A version is never given twice: what was read inside an undone change can't be taken for a later one's."""
    point = loaded.begin_nested()
    service.set_days(loaded, [(date(2026, 3, 4), False, "", "undone")])
    assert not service.calendar(loaded).works(date(2026, 3, 4))
    undone = service.version(loaded)
    point.rollback()
    assert service.calendar(loaded).works(date(2026, 3, 4))
    service.set_days(loaded, [(date(2026, 3, 5), False, "", "kept")])
    assert service.version(loaded) != undone
    assert service.calendar(loaded).works(date(2026, 3, 4))
    assert not service.calendar(loaded).works(date(2026, 3, 5))


def test_changes_are_in_the_audit_log(loaded: Connection) -> None:
    service.set_days(loaded, [(date(2026, 3, 6), False, "", "by hand")])
    found = loaded.execute(
        text(
            "SELECT principal, action FROM auth.audit WHERE subject = 'categories.days' AND subject_id = '2026-03-06'"
        )
    ).one()
    assert tuple(found) == ("system", "insert")


def test_sources_carry_their_marks() -> None:
    with (GEODATA / "categories" / "categories.csv").open(encoding="utf-8", newline="") as file:
        sources = {row["source"] for row in csv.DictReader(file)}
    assert all(source.startswith(("S ", "S-impl ", "I", "M", "ours")) for source in sources)
