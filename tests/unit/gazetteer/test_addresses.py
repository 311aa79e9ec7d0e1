"""Addresses as people write them, taken apart; what they mean; a wrong number never wins."""

from __future__ import annotations

import random

import pytest

from app.gazetteer.addresses import core, parse
from app.gazetteer.matching import Entry, Index


@pytest.mark.parametrize(
    ("text", "normal", "room"),
    [
        ("北京市朝阳区小关街道惠新东街１１号院三号楼２单元501室门口", "惠新东街11号|3号楼|2单元", "501室"),
        ("芍药居北里 3#-2-501", "芍药居北里|3号楼|2单元", "501"),
        ("朝阳区芍药居北里小区十二号楼1门302", "芍药居北里|12号楼|1单元", "302"),
        ("兴隆家园3-501", "兴隆家园|3号楼", "501"),
        ("芍药居北里3楼", "芍药居北里|3号楼", ""),
        ("双井街道双花园社区双花园南里二区8号楼", "双花园南里2区|8号楼", ""),
        ("柳芳南里（物业楼旁）8号楼", "柳芳南里|8号楼", ""),
        ("家住：西坝河中里25号楼7层702房间", "西坝河中里|25号楼", "702房间"),
        ("三里屯SOHO A座1201", "三里屯SOHO|A号楼", "1201"),
        ("沃尔玛超市对面", "沃尔玛超市", ""),
        ("芍药居北里501", "芍药居北里", "501"),
        ("", "", ""),
        ("！！！", "", ""),
    ],
)
def test_parts(text: str, normal: str, room: str) -> None:
    found = parse(text)
    assert (found.normal, found.room) == (normal, room)


def test_no_room_is_remembered() -> None:
    assert parse("芍药居北里3-2-501").key == parse("芍药居北里小区三号楼二单元").key
    assert parse("芍药居北里3号楼附近").key != parse("芍药居北里3号楼").key
    assert parse("3号楼501").key == ""


def compound(number: int, name: str, community: str, buildings: list[str], street: str = "") -> list[Entry]:
    heads = (core(name),)
    made = [Entry(id=number, kind="compound", label=name, heads=heads, community=community,
                  community_name=community, street_name=street, x=0, y=0)]  # fmt: skip
    for place, building in enumerate(buildings, number + 1):
        made.append(Entry(id=place, kind="building", label=f"{name}{building}号楼", heads=heads, building=building,
                          community=community, community_name=community, street_name=street, x=0, y=0))  # fmt: skip
    return made


INDEX = Index.of([
    *compound(100, "芍药居北里", "甲社区", ["1", "2", "12"], "小关街道"),
    *compound(200, "安贞东里", "乙社区", ["3"]),
    *compound(300, "安贞西里", "乙社区", ["3", "4"]),
    *compound(400, "幸福家园", "甲社区", ["1"]),
    *compound(500, "幸福家园", "乙社区", ["1"]),
    *compound(600, "华腾世纪总部公园", "乙社区", []),
])  # fmt: skip


@pytest.mark.parametrize(
    ("text", "status", "first"),
    [
        ("芍药居北里十二号楼", "matched", "芍药居北里12号楼"),
        ("小关街道芍药居北里小区2号楼3单元501", "matched", "芍药居北里2号楼"),
        ("芍药居北里11号楼", "several", "芍药居北里"),
        ("大屯街道芍药居北里2号楼", "several", "芍药居北里2号楼"),
        ("勺药居北里2号楼", "several", "芍药居北里2号楼"),
        ("安贞东里4号楼", "several", "安贞东里"),
        ("安贞南里3号楼", "several", None),
        ("幸福家园1号楼", "several", "幸福家园1号楼"),
        ("华腾世纪总部公元", "matched", "华腾世纪总部公园"),
        ("望京新城", "none", None),
        ("3号楼", "none", None),
    ],
)
def test_what_an_address_means(text: str, status: str, first: str | None) -> None:
    found = INDEX.match(text)
    assert found.status == status, found
    assert found.zh
    assert found.en
    if first is not None:
        assert found.candidates[0].place.label == first


def test_500_addresses_among_100_000_places() -> None:
    chance = random.Random(7)
    syllables = "芍药居惠新安华兴隆双花园劲松潘家建永和平光明金台望酒仙团结湖麦店屯朝阳亚运奥来广营常管庄"
    places: list[Entry] = []
    for number in range(1000):
        name = "".join(chance.sample(syllables, 3)) + chance.choice(
            ["北里", "南里", "家园", "嘉园", "一区", "二区"]
        )
        places += compound(1 + 100 * number, name, str(number), [str(b) for b in range(1, 100)])
    assert len(places) == 100_000
    index = Index.of(places)
    matched = 0
    for turn in range(500):
        meant = chance.choice(places)
        said = meant.label + chance.choice(["", "旁边", "3单元501"])
        found = index.match(said[:1] + "某" + said[2:] if turn % 3 == 0 else said)
        if found.status == "matched":
            matched += 1
            assert found.candidates[0].place.building == meant.building
    assert matched > 300
