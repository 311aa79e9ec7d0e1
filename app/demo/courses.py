"""How far the demo's cases have come (示意案件): what was reported where, and who did what with it since. Pure, seeded.

About 140 open cases of Jianwai street in every stage, as a dispatcher finds them in the morning, some that are closed,
and a few in each of the other places. Nothing here happened.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from app.demo import places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

JIANWAI: Final = "110105001"
OTHERS: Final = ("110105006", "110105010", "110105016", "110105022019")
OTHERS_EACH: Final = 6
LONGEST_H: Final = 64.0
LEAST_H: Final = 0.4
OLD_SHARE, OLD_H = 0.1, (170.0, 230.0)  # left lying for more than a week: over their time
_TEXT: Final = "（示意）"


@dataclass(frozen=True, slots=True)
class Step:
    """A move: by whom (dispatcher, checker, supervisor, party), its name and its facts."""

    who: str
    move: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Course:
    """How a case goes: its source, its moves, and of how many cases of Jianwai that is so."""

    name: str
    count: int
    source: str
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True)
class Planned:
    """One case: where, what, how many hours ago; its moves follow at even times up to now.

    `plot` is the code of a plot of the places that it lies in, `by` the account that reports it, where these matter.
    """

    number: int
    community: str
    category: str
    description: str
    hours_ago: float
    course: Course
    plot: str | None = None
    by: str | None = None


_SIGN = Step("party", "sign")
_HANDLE = Step("party", "handle", {"result": "已清理完毕" + _TEXT})
_HANDLED = (_SIGN, _HANDLE)
_PASS = Step("checker", "check_pass")
_ACCEPT = Step("dispatcher", "accept")
_RETURN = Step("party", "apply_return", {"reason": "不在本单位责任区内" + _TEXT})

COURSES: Final = (
    Course("waiting", 14, "resident"),
    Course("waiting for the hotline", 6, "hotline"),
    Course("accepted", 5, "hotline", (_ACCEPT,)),
    Course("verified", 4, "resident", (_ACCEPT, Step("checker", "verify"))),
    Course("dispatched", 32, "staff"),
    Course("signed", 32, "staff", (_SIGN,)),
    Course("handled", 20, "staff", _HANDLED),
    Course("checked", 6, "staff", (*_HANDLED, _PASS)),
    Course("rework", 5, "staff", (*_HANDLED, Step("checker", "check_fail", {"reason": "现场仍有遗留" + _TEXT}))),
    Course("returned", 5, "staff", (_RETURN, Step("supervisor", "approve_return"))),
    Course("return asked for", 3, "staff", (_RETURN,)),
    Course("postponement asked for", 3, "staff",
           (_SIGN, Step("party", "apply_postpone", {"reason": "需采购材料" + _TEXT, "days": 10}))),
    Course("suspended", 2, "staff",
           (_SIGN, Step("party", "apply_suspend", {"reason": "待产权确认" + _TEXT}), Step("supervisor", "approve_suspend"))),
    Course("supervised", 2, "staff", (Step("supervisor", "supervise", {"reason": "多次反映" + _TEXT}),)),
)  # fmt: skip
CLOSED: Final = Course("closed", 24, "staff", (*_HANDLED, _PASS, Step("checker", "close")))

FRESH: Final = (
    ("waiting", 3),
    ("waiting for the hotline", 1),
    ("accepted", 1),
    ("dispatched", 3),
    ("signed", 2),
    ("handled", 1),
)
"""What a later day brings."""
FRESH_H: Final = 5.0
A_DAY: Final = 100  # numbers of one day's cases

CATEGORIES: Final = (
    ("event:0102", "垃圾桶旁有暴露垃圾", 22.0), ("event:0104", "路面有污渍", 12.0), ("event:0506", "共享单车堆放", 14.0),
    ("event:0507", "门口堆放杂物", 10.0), ("event:0201", "电线杆上有小广告", 9.0), ("event:0103", "积存渣土未清", 6.0),
    ("event:0106", "绿地内有垃圾", 5.0), ("event:0406", "路面积水", 2.0),
    ("component:0102", "污水井盖松动", 3.0), ("component:0118", "路灯不亮", 3.0),
    ("component:0305", "果皮箱破损", 3.0), ("social:0303", "楼道堆物", 5.0), ("social:0601", "电线私拉乱接", 3.0),
    ("social:0901", "门前垃圾未清", 5.0),
)  # fmt: skip

PEOPLE: Final = (  # so that everyone of people.csv finds something to do: where, plot, category, what, by whom, when, steps
    ("110105001034", "110105001034-front-001", "social:0901", "门前垃圾未清", None, 3.0, ()),
    ("110105006034", None, "event:0102", "楼前暴露垃圾", "demo.xiangheyuan.officer", 5.0, ()),
    ("110105006034", None, "social:0601", "楼道电线私拉乱接", "demo.xiangheyuan.officer", 4.0, ()),
    ("110105016059", "110105016-site-01", "social:0303", "楼道堆物", "demo.shuangjing.dispatcher", 6.0, (_SIGN,)),
    ("110105016059", "110105016-site-01", "social:0301", "电梯故障", "demo.shuangjing.dispatcher", 2.0, ()),
    ("110105016059", None, "component:0602", "工地围挡破损", "demo.shuangjing.dispatcher", 8.0, ()),
    ("110105022019", "110105022019-zone-1", "event:0507", "楼前堆放杂物", "demo.xinglong.officer", 7.0, ()),
    ("110105022019", "110105022019-zone-1", "social:0101", "邻里噪音纠纷", "demo.xinglong.officer", 9.0, (_SIGN,)),
    ("110105010022", None, "event:0102", "墙角暴露垃圾", "demo.xiaoguan.supervisor", 4.0, ()),
    ("110105010025", None, "event:0103", "积存渣土未清", "demo.xiaoguan.supervisor", 5.0, (_SIGN,)),
)  # fmt: skip


def cases(seed: int, communities: Sequence[str]) -> list[Planned]:
    """Return the cases to make, oldest first.

    Args:
        seed: Of the generator.
        communities: Codes of the communities that there are; those of other streets are left out.
    """
    rng = np.random.default_rng((seed, 140))
    made = list(_of(JIANWAI, (*COURSES, CLOSED), communities, rng, 1.0))
    for other in OTHERS:
        few = [COURSES[i] for i in rng.choice(len(COURSES), OTHERS_EACH)]
        made += _of(
            other, [Course(c.name, 1, c.source, c.steps) for c in few], communities, rng, len(made) + 1.0
        )
    for community, plot, key, text, by, hours, steps in PEOPLE:
        if community in communities:
            course = Course("of the stories", 1, "staff", steps)
            made.append(Planned(len(made) + 1, community, key, text + _TEXT, hours, course, plot, by))
    made.sort(key=lambda one: -one.hours_ago)
    return made


def fresh(seed: int, day: int, communities: Sequence[str]) -> list[Planned]:
    """Return the cases that a later day (its ordinal) brings to Jianwai, of the last few hours, oldest first."""
    rng = np.random.default_rng((seed, day, 141))
    named = {one.name: one for one in COURSES}
    few = [replace(named[name], count=count) for name, count in FRESH]
    made = [
        replace(one, hours_ago=float(rng.uniform(LEAST_H, FRESH_H)))
        for one in _of(JIANWAI, few, communities, rng, day * A_DAY + 1.0)
    ]
    return sorted(made, key=lambda one: -one.hours_ago)


def _of(
    place: str, courses: Sequence[Course], communities: Sequence[str], rng: np.random.Generator, first: float
) -> Iterator[Planned]:
    mine = sorted(code for code in communities if code.startswith(place))
    if not mine:
        return
    share = np.array([each for _, _, each in CATEGORIES])
    number = int(first)
    for course in courses:
        for _ in range(course.count):
            key, text, _share = CATEGORIES[rng.choice(len(CATEGORIES), p=share / share.sum())]
            hours = float(LEAST_H + (LONGEST_H - LEAST_H) * rng.beta(0.8, 2.0))
            if rng.random() < OLD_SHARE:
                hours = float(rng.uniform(*OLD_H))
            community = str(rng.choice(mine))
            yield Planned(number, community, key, text + _TEXT, hours, course)
            number += 1


@cache
def names() -> dict[str, str]:
    """Return what communities are called, by code."""
    return {one.code: one.name for one in places.communities()}
