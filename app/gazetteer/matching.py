"""Which place an address means (地址匹配): names may differ by a character, numbers may not. Pure.

A name leads to its places: by itself, or, where it is written a little otherwise, by two characters in a row (bigrams)
and then by likeness. What a name is told apart by (its numbers, 东 from 西, 一区 from 二区) must agree, and so must the
building: a place that contradicts the address is at most offered, never taken.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from rapidfuzz import fuzz

from app.gazetteer.addresses import NEAR_M, parse

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from app.gazetteer.addresses import Address

Status = Literal["matched", "several", "none"]

TAKEN: Final = 85.0
"""Likeness of names (0..100) from which the only one is taken."""
OFFERED: Final = 55.0
CONTRADICTED: Final = 70.0
"""At most this for a place that the address contradicts."""
APART: Final = 5.0
"""What the best must be ahead of the next by, to be taken."""
SHOWN: Final = 8
_MOST_NAMES: Final = 200  # compared by likeness
_OFFICE: Final = re.compile(r"(?:街道办事处|地区办事处|街道|地区|社区居委会|居委会|社区|村委会|村|乡|镇)$")
_TELLING: Final = re.compile(r"\d+|[东西南北中上下前后左右内外甲乙丙丁A-Z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A place of the gazetteer as matching wants it.

    Attributes:
        heads: Names in normal form: its own, or those of the compound it stands in.
        label: What a person reads: compound, building, unit.
    """

    id: int
    kind: str
    label: str
    heads: tuple[str, ...]
    building: str = ""
    unit: str = ""
    community: str | None = None
    community_name: str = ""
    street_name: str = ""
    x: float
    y: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A place that may be meant, with how much speaks for it (0..100) and what speaks against it."""

    place: Entry
    score: float
    zh: str
    en: str

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "place_id": self.place.id, "label": self.place.label, "kind": self.place.kind,
            "community": self.place.community, "score": round(self.score, 1), "zh": self.zh, "en": self.en,
        }  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """What matching came to; `candidates` best first, the first one is meant where it is `matched`."""

    status: Status
    candidates: tuple[Candidate, ...] = ()
    zh: str
    en: str
    accuracy_m: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """Places by name, kept in memory: 100,000 of them take about a second to build.

    Attributes:
        names: Every name in normal form.
        of_name: Name: places (index into `places`).
        grams: Two characters in a row: names (index into `names`) that hold them.
    """

    places: tuple[Entry, ...]
    names: tuple[str, ...]
    of_name: dict[str, list[int]] = field(repr=False)
    grams: dict[str, NDArray[np.int32]] = field(repr=False)

    @classmethod
    def of(cls, places: Iterable[Entry]) -> Index:
        """Build it."""
        listed = tuple(places)
        of_name: dict[str, list[int]] = defaultdict(list)
        for number, place in enumerate(listed):
            for name in place.heads:
                of_name[name].append(number)
        names = tuple(of_name)
        grams: dict[str, list[int]] = defaultdict(list)
        for number, name in enumerate(names):
            for gram in _grams(name):
                grams[gram].append(number)
        return cls(listed, names, dict(of_name), {gram: np.array(n, np.int32) for gram, n in grams.items()})

    def match(self, text: str) -> Match:
        """Return what an address text means."""
        asked = parse(text)
        if not asked.heads:
            return Match(
                status="none", zh="地址中没有小区、道路门牌或场所名称。",
                en="The address names no compound, road number or landmark.",
            )  # fmt: skip
        candidates = self.candidates(asked)
        return _judged(asked, candidates)

    def candidates(self, asked: Address) -> list[Candidate]:
        """Return places that may be meant, best first."""
        best: dict[int, Candidate] = {}
        for said, name, likeness in self._alike(asked):
            for number, listed in self._standing(name, asked):
                found = _weighed(self.places[number], asked, said, name, likeness, listed=listed)
                if found.score >= OFFERED and (number not in best or found.score > best[number].score):
                    best[number] = found
        return sorted(best.values(), key=lambda c: (-c.score, len(c.place.label), c.place.id))[:SHOWN]

    def _alike(self, asked: Address) -> list[tuple[str, str, float]]:
        """Return what was asked, a name like it, and how like (0..100)."""
        found: list[tuple[str, str, float]] = []
        for said in asked.heads:
            if said in self.of_name:
                found.append((said, said, 100.0))
                continue
            shared = [self.grams[gram] for gram in _grams(said) if gram in self.grams]
            if not shared:
                continue
            counts = np.bincount(np.concatenate(shared), minlength=len(self.names))
            most = np.argsort(-counts, kind="stable")[:_MOST_NAMES]
            for number in most[counts[most] > 0]:
                likeness = _likeness(said, self.names[number])
                if likeness >= OFFERED:
                    found.append((said, self.names[number], likeness))
        return found

    def _standing(self, name: str, asked: Address) -> list[tuple[int, bool]]:
        """Return the places of a name that stand where the address says, and whether its buildings are listed.

        Of each community of that name one: the building that is said, else the whole.
        """
        apart: dict[str | None, list[int]] = defaultdict(list)
        for number in self.of_name[name]:
            apart[self.places[number].community].append(number)
        found: list[tuple[int, bool]] = []
        for numbers in apart.values():
            inside = [n for n in numbers if self.places[n].building]
            whole = [n for n in numbers if not self.places[n].building]
            chosen = self._inside(inside, asked) or whole or inside[:SHOWN]
            found.extend((number, bool(inside)) for number in chosen)
        return found

    def _inside(self, inside: list[int], asked: Address) -> list[int]:
        if not asked.building:
            return []
        same = [n for n in inside if self.places[n].building == asked.building]
        unit = [n for n in same if asked.unit and self.places[n].unit == asked.unit]
        return unit or [n for n in same if not self.places[n].unit] or same


def picked(places: list[Entry], asked: Address) -> Match:
    """Return what somebody picked for this address before; several, where people picked different places."""
    zh, en = "此前有人为同一地址选定过。", "Somebody picked it for the same address before."
    return Match(
        status="matched" if len(places) == 1 else "several",
        candidates=tuple(Candidate(place=place, score=100.0, zh=zh, en=en) for place in places[:SHOWN]), zh=zh, en=en,
        accuracy_m=NEAR_M if asked.near else None,
    )  # fmt: skip


def _grams(name: str) -> set[str]:
    return {name[i : i + 2] for i in range(len(name) - 1)} or {name}


def _likeness(said: str, name: str) -> float:
    """Return how like two names are; one that only begins or ends with the other is another place nearby."""
    ratio = float(fuzz.ratio(said, name))
    shorter, longer = sorted((said, name), key=len)
    if len(shorter) >= 3 and shorter in longer and len(longer) - len(shorter) >= 2:
        return min(max(ratio, CONTRADICTED), TAKEN - 1)
    return ratio


def _weighed(
    place: Entry, asked: Address, said: str, name: str, likeness: float, *, listed: bool
) -> Candidate:
    """Weigh one place: what agrees, and what contradicts."""
    zh = [f"名称一致：{place.label}" if likeness >= 100 else f"名称相近（{likeness:.0f}%）：{place.label}"]
    en = ["The name is the same" if likeness >= 100 else f"The name is {likeness:.0f} % alike"]
    score = likeness
    for against_zh, against_en in _against(place, asked, said, name, listed=listed):
        score = min(score - 5, CONTRADICTED)
        zh.append(against_zh)
        en.append(against_en)
    if asked.building and place.building == asked.building:
        zh.append(f"楼号一致：{asked.building}")
        en.append(f"building {asked.building} is the same")
    elif asked.building and not listed:
        score -= 2
        zh.append("地址库没有该处楼栋，按小区定位")
        en.append("its buildings aren't in the gazetteer: placed at the whole")
    return Candidate(place=place, score=score, zh="；".join(zh) + "。", en="; ".join(en) + ".")


def _against(place: Entry, asked: Address, said: str, name: str, *, listed: bool) -> list[tuple[str, str]]:
    """Return what speaks against a place, in Chinese and English."""
    found = []
    if Counter(_TELLING.findall(said)) != Counter(_TELLING.findall(name)):
        found.append((f"名称中的数字或方位不同：{said} / {name}", f"number or side differs: {said} / {name}"))
    if asked.building and place.building != asked.building and (place.building or listed):
        found.append((f"没有 {asked.building} 号楼的记录", f"building {asked.building} isn't listed there"))
    if place.kind in ("road", "community"):
        found.append(("只到道路或社区，不够具体", "a road or community is no place yet"))
    if place.building and not asked.building:
        found.append(("地址没有写楼号", "the address names no building"))
    if place.unit and place.unit != asked.unit:
        found.append((f"单元不同：{place.unit}", f"the unit is {place.unit}"))
    for told, known, zh, en in (
        (asked.community, place.community_name, "社区", "community"),
        (asked.street, place.street_name, "街道", "street"),
    ):
        if told and known and not _same_area(told, known):
            found.append(
                (f"地址写的{zh}是{told}，该处属{known}", f"the address says {en} {told}, it lies in {known}")
            )
    return found


def _same_area(told: str, known: str) -> bool:
    one, other = (_OFFICE.sub("", name) for name in (told, known))
    return one.endswith(other) or other.endswith(one)


def _judged(asked: Address, candidates: list[Candidate]) -> Match:
    accuracy = NEAR_M if asked.near else None
    if not candidates:
        return Match(
            status="none", zh=f"地址库中没有相近的名称：{asked.normal}。",
            en=f"The gazetteer has no name like it: {asked.normal}.",
        )  # fmt: skip
    best = candidates[0]
    rival = candidates[1].score if len(candidates) > 1 else 0.0
    if best.score >= TAKEN and best.score - rival >= APART:
        return Match(
            status="matched", candidates=tuple(candidates), zh=best.zh, en=best.en, accuracy_m=accuracy
        )
    if best.score >= TAKEN:
        zh, en = "多处同样符合，请选定。", "Several places fit as well: choose one."
    else:
        zh, en = f"不能确定：{best.zh}", f"Not certain: {best.en}"
    return Match(status="several", candidates=tuple(candidates), zh=zh, en=en, accuracy_m=accuracy)
