"""A Chinese address as people write it, taken apart (地址解析). Pure; where it lies is `matching`'s business.

>>> parse("北京市朝阳区小关街道惠新东街１１号院三号楼２单元501室门口").normal
'惠新东街11号|3号楼|2单元'
>>> parse("芍药居北里 3#-2-501").building
'3'
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Final

LONGEST: Final = 300  # characters; more is a story, not an address
NEAR_M: Final = 50.0
"""What 附近 (near), 旁边 (beside) and 对面 (opposite) leave open, in metres. Our choice."""

_DIGITS: Final = "零一二三四五六七八九"
_DIGIT: Final = dict(zip(_DIGITS, range(10), strict=True)) | {"〇": 0, "两": 2}
_NUMERAL: Final = re.compile(
    r"[零〇一二两三四五六七八九十百]+(?=号楼|号院|号门|号|楼|栋|幢|座|单元|门|层|室|户|区|期)"
)
_AREA: Final = re.compile(
    r"^(?:中国)?(?:北京市?|[一-龥]{2,8}?(?:省|自治区)|)(?:[一-龥]{2,4}?市(?=[一-龥]{1,5}?[区县])|市辖区|)"
    r"(?:[一-龥]{1,4}?(?<![小社园景院校厂])[区县](?=[一-龥]))?"
    r"(?P<street>[一-龥]{1,8}?(?:街道办事处|街道(?!路)|地区办事处|地区|[乡镇](?=[一-龥])))?"
    r"(?P<community>[一-龥0-9]{2,12}?(?:社区居委会|居委会|社区|村委会))?"
)
_NEAR: Final = re.compile(r"(?:的)?(?:附近|旁边|对面|对过|周边|一带|路边|马路边|斜对面)")
_AT: Final = re.compile(r"(?:的)?(?:大门口|门口|门前|楼下|楼前|楼后|院内|院里|门外|处|内)$")
_SAID: Final = re.compile(r"^(?:地址|位于|住在|家住|在)[:：]?")
_ROOM: Final = re.compile(r"[A-Z]?\d{1,5}[A-Z]?(?:室|房间|房|户)")
_FLOOR: Final = re.compile(r"(?:地下|B|负)?\d{1,3}(?:层|楼)")
_UPSTAIRS: Final = re.compile(r"(?<=[一-龥])\d{1,2}层.*$")
_UNIT: Final = re.compile(r"(\d{1,2}|[A-Z])(?:单元|门)")
_BUILDING: Final = re.compile(r"(\d{1,4}[A-Z]?|[A-Z]\d{0,2}|[甲乙丙丁]\d{1,3})(?:号楼|栋|幢|座)")
_BARE_BUILDING: Final = re.compile(r"(\d{1,4})楼$")
_TAIL: Final = re.compile(
    r"(?P<b>\d{1,4}[A-Z]?)(?:号楼)?-(?P<u>\d{1,2})-(?P<r>\d{2,4})$|(?P<b2>\d{1,4}[A-Z]?)-(?P<r2>\d{3,4})$"
)
_LOOSE_ROOM: Final = re.compile(r"(?<=[一-龥A-Z])(\d{3,4})$")
_LOOSE_TAIL: Final = re.compile(r"(?<=[一-龥])(\d{1,3})$")
_ROAD: Final = re.compile(
    r"^(?P<road>[一-龥]{1,10}?(?:大街|东街|西街|南街|北街|大道|胡同|路|街|巷|条|里|道))(?P<number>(?:甲|乙|丙)?\d{1,4}(?:-\d{1,3})?号)(?:院)?"
)
_SUFFIX: Final = re.compile(r"(?:住宅小区|小区|住宅区|社区|家属院|公寓楼)$")
_NUMBER_YARD: Final = re.compile(r"(\d{1,4})号院")
_CORE: Final = re.compile(r"[^0-9A-Za-z一-龥]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """What an address says.

    Attributes:
        street: Its street office's name as written, "" if not said; so `community`.
        road: Road with number, as in 惠新东街11号; "" without.
        head: Name of the compound, shop or landmark in normal form; "" if only a road is said.
        building: Its number or letter alone: "3" for 三号楼. So `unit`.
        room: Personal: stays with the order, never in the gazetteer. So `floor`.
        near: It says beside, opposite or near: the place is within `NEAR_M` of it.
    """

    street: str = ""
    community: str = ""
    road: str = ""
    head: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    near: bool = False

    @property
    def normal(self) -> str:
        """Its normal form: road or name, building, unit; no room and nothing about the areas above."""
        parts = [self.road, self.head]
        if self.building:
            parts.append(f"{self.building}号楼")
        if self.unit:
            parts.append(f"{self.unit}单元")
        return "|".join(part for part in parts if part)

    @property
    def key(self) -> str:
        """By what a pick is remembered; "" if the address names nothing that could be found again."""
        return "" if not self.heads else f"{self.normal}|附近" if self.near else self.normal

    @property
    def heads(self) -> tuple[str, ...]:
        """The names to look for."""
        return tuple(name for name in (self.head, self.road) if name)


def numeral(text: str) -> int | None:
    """Return a Chinese numeral up to 999 as a number; None for none.

    >>> [numeral(said) for said in ("三", "十", "十二", "二十", "二十一", "一百零三", "二〇一")]
    [3, 10, 12, 20, 21, 103, 201]
    """
    if not text or any(character not in _DIGIT and character not in "十百" for character in text):
        return None
    if not set(text) & set("十百"):
        return int("".join(str(_DIGIT[character]) for character in text))
    total, digit = 0, None
    for character in text:
        if character in "十百":
            total += (1 if digit is None else digit) * (10 if character == "十" else 100)
            digit = None
        else:
            digit = _DIGIT[character]
    return total + (digit or 0)


def tidy(text: str) -> str:
    """Return a text with narrow digits and letters, capital, without blanks, its numerals of things as digits."""
    narrow = unicodedata.normalize("NFKC", text[:LONGEST]).upper()
    narrow = re.sub(r"[\s,,。;；、·.]+", "", narrow)
    narrow = re.sub(r"[-—–_~－]+", "-", narrow).replace("＃", "#")
    narrow = re.sub(r"号楼?#|#楼?", "号楼", narrow)
    return _NUMERAL.sub(lambda found: _as_digits(found[0]), narrow)


def core(name: str) -> str:
    """Return a name's normal form: tidy, without 小区 and the like at its end, without 院 after a number."""
    plain = _CORE.sub("", _NUMBER_YARD.sub(r"\1号", tidy(name)))
    short = _SUFFIX.sub("", plain)
    return short if len(short) >= 2 else plain


def parse(text: str) -> Address:
    """Take an address apart; what can't be told stays in the head."""
    rest = _SAID.sub("", re.sub(r"[((【\[].*?[))】\]]", "", tidy(text)))
    above = _AREA.match(rest)
    found = Address(street=(above and above["street"]) or "", community=(above and above["community"]) or "")
    if above is not None and above.end() < len(rest):
        rest = rest[above.end() :]
    rest, found = _vague(rest, found)
    rest, found = _inside(rest, found)
    return _outside(rest, found)


def _as_digits(text: str) -> str:
    value = numeral(text)
    return text if value is None else str(value)


def _vague(rest: str, found: Address) -> tuple[str, Address]:
    near = _NEAR.search(rest)
    if near is not None and near.start() > 1:
        rest, found = rest[: near.start()], replace(found, near=True)
    return _AT.sub("", rest), found


def _inside(rest: str, found: Address) -> tuple[str, Address]:
    """Take room, floor, unit and building off; what stands behind the building is told with it."""
    tail = _TAIL.search(rest)
    if tail is not None and not _BUILDING.search(rest[: tail.start()]):
        building, unit, room = tail["b"] or tail["b2"], tail["u"] or "", tail["r"] or tail["r2"]
        return rest[: tail.start()], replace(found, building=_plain(building), unit=_plain(unit), room=room)
    behind = rest
    building_at = _BUILDING.search(rest)
    if building_at is not None:
        rest, behind = rest[: building_at.start()], rest[building_at.end() :]
        found = replace(found, building=_plain(building_at[1]))
        numbers = re.fullmatch(r"-?(\d{1,2})-(\d{2,4})", behind)
        if numbers is not None:
            return rest, replace(found, unit=_plain(numbers[1]), room=numbers[2])
    unit, room = _UNIT.search(behind), _ROOM.search(behind)
    bare_room = re.search(r"(?<!\d)(\d{3,4})$", behind) if building_at is not None else None
    floor = _FLOOR.search(behind) if building_at is not None else None
    found = replace(
        found, unit=_plain(unit[1]) if unit else "", floor=floor[0] if floor else "",
        room=room[0] if room else bare_room[1] if bare_room else "",
    )  # fmt: skip
    if building_at is None:
        cut = min((part.start() for part in (unit, room) if part is not None), default=len(rest))
        found, rest = _bare(found, _UPSTAIRS.sub("", rest[:cut]))
    return rest, found


def _bare(found: Address, rest: str) -> tuple[Address, str]:
    """Take a building said without its word off the end: 芍药居北里3楼, or 芍药居北里3 before a unit."""
    loose = _LOOSE_ROOM.search(rest)
    if loose is not None and not found.room:
        rest, found = rest[: loose.start()], replace(found, room=loose[1])
    bare = _BARE_BUILDING.search(rest) or (_LOOSE_TAIL.search(rest) if found.unit or found.room else None)
    if bare is None or bare.start() < 2:
        return found, rest
    return replace(found, building=_plain(bare[1])), rest[: bare.start()]


def _outside(rest: str, found: Address) -> Address:
    road = _ROAD.match(rest)
    if road is None:
        return replace(found, head=core(rest) or core(found.community))
    return replace(found, road=road["road"] + road["number"], head=core(rest[road.end() :]))


def _plain(number: str) -> str:
    return re.sub(r"^0+(?=.)", "", number)
