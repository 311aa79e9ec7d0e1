"""Who holds which ground: beats given to those who know them, two ways to hold it compared, crews."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.patrol.beats.holding import Held, compared, crews, matched


def held(**own: str) -> Held:
    """Cells are letters; each has its place in the alphabet for minutes."""
    pairs = [(cell, who) for who, cells in own.items() for cell in cells]
    return Held(
        np.array([cell for cell, _ in pairs], np.object_),
        np.array([who for _, who in pairs], np.object_),
        np.array([float(ord(cell) - 96) for cell, _ in pairs]),
    )


def test_what_changes_for_whom() -> None:
    change = compared(held(m1="abc", m2="def"), held(m1="abd", m2="ef", m3="cg"))
    assert (change.cells, change.changed, change.new, change.gone) == (6, 2, 1, 0)
    assert change.share_changed == pytest.approx(2 / 6)
    assert change.share_floor == 0.0  # both of them still hold something
    away = compared(held(m1="abc", m2="def"), held(m1="abcde", m3="f"))
    assert (away.changed, away.floor, away.share_floor) == (3, 3, pytest.approx(0.5))
    assert change.minutes_changed == 3 + 4
    told = {one.member: (one.kept, one.gained, one.lost) for one in change.members}
    assert told == {
        "m1": (["a", "b"], ["d"], ["c"]),
        "m2": (["e", "f"], [], ["d"]),
        "m3": ([], ["c", "g"], []),
    }
    (first, *_) = change.members
    assert (first.minutes_before, first.minutes_after) == (6, 7)


def test_members_come_by_code_and_not_by_a_figure() -> None:
    change = compared(held(b="a", a="bcdef", c="gh"), held(c="abcdefgh", a="", b=""))
    assert [one.member for one in change.members] == ["a", "b", "c"]


def test_two_who_held_the_same_ground() -> None:
    """Early and late shift; one of them keeps it: nothing changes hands, the other one loses it."""
    change = compared(held(early="ab", late="ab"), held(early="ab"))
    assert (change.cells, change.changed) == (2, 0)
    assert {one.member: one.lost for one in change.members} == {"early": [], "late": ["a", "b"]}


def test_nothing_held_before() -> None:
    change = compared(held(), held(m1="ab"))
    assert (change.cells, change.changed, change.new, change.share_changed) == (0, 0, 2, 0.0)


@given(
    data=st.data(),
    cells=st.integers(1, 20),
    beats=st.integers(1, 4),
    members=st.integers(1, 4),
)
def test_most_minutes_stay_in_the_same_hands(
    data: st.DataObject, cells: int, beats: int, members: int
) -> None:
    some = st.lists(st.integers(-1, members - 1), min_size=cells, max_size=cells)
    labels = np.array(
        data.draw(st.lists(st.integers(0, beats - 1), min_size=cells, max_size=cells)), np.int32
    )
    old = np.array(data.draw(some), np.int32)
    minutes = np.array(data.draw(st.lists(st.integers(1, 9), min_size=cells, max_size=cells)), np.float64)

    def kept(taken: tuple[int | None, ...] | list[int | None]) -> float:
        return sum(minutes[(labels == b) & (old == m)].sum() for b, m in enumerate(taken) if m is not None)

    found = matched(labels, beats, old, members, minutes, fixed={})
    given_ = [m for m in found if m is not None]
    assert len(given_) == len(set(given_)) == min(beats, members)
    everyone: list[int | None] = [*range(members), *[None] * max(0, beats - members)]
    assert kept(found) == max(kept(one) for one in itertools.permutations(everyone, beats))


def test_a_fixed_beat_goes_before_all_minutes() -> None:
    labels, old = np.array([0, 0, 1], np.int32), np.array([0, 0, 1], np.int32)
    assert matched(labels, 2, old, 2, np.ones(3), fixed={}) == [0, 1]
    assert matched(labels, 2, old, 2, np.ones(3), fixed={0: 1}) == [1, 0]


def test_crews() -> None:
    halves = {"e1": {1, 2, 3}, "e2": {4, 5, 6}, "l1": {1, 2, 3}, "l2": {4, 5, 6}}
    assert crews(halves) == [["e1", "e2"], ["l1", "l2"]]
    assert crews({"a": {1, 2, 3}, "b": {3, 4, 5}}) == [
        ["a", "b"]
    ]  # a cell drawn twice doesn't make two crews
    assert crews({}) == []
