"""Shifts from what was said on phones: worked out by hand, and the same in whatever order it was said."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.teams.duty.shifts import Derived, Period, Said, derive

DAY = datetime(2026, 11, 23, tzinfo=UTC)
LIMIT = timedelta(hours=14)
ROSTER = [(8, 16), (32, 40)]


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


def shifts(said: list[tuple[str, float]], roster: list[tuple[float, float]]) -> list[tuple[object, ...]]:
    """Return start, end, what kind it is, the roster's begin and end, pauses: in hours."""

    def hours(moment: datetime | None) -> float | None:
        return None if moment is None else round((moment - DAY) / timedelta(hours=1), 3)

    derived = derive(
        [Said(action, at(hour)) for action, hour in said],
        [(at(start), at(end)) for start, end in roster],
        LIMIT,
    )
    found: list[tuple[object, ...]] = []
    for span in derived.spans:
        kind = "open" if span.open else "lapsed" if span.lapsed else "phone" if span.by_phone else "roster"
        planned = tuple(map(hours, span.rostered)) if span.rostered else None
        found.append(
            (
                hours(span.start),
                hours(span.end),
                kind,
                planned,
                [(hours(a), hours(b)) for a, b in span.pauses],
            )
        )
    return found


FULL = [("start", 8.0), ("pause", 9.0), ("resume", 9.2), ("end", 16.0)]
TOMORROW: tuple[object, ...] = (32.0, 40.0, "roster", None, [])


@pytest.mark.parametrize(
    ("said", "roster", "shown"),
    [
        ([], ROSTER, [(8.0, 16.0, "roster", None, []), TOMORROW]),
        (FULL, [], [(8.0, 16.0, "phone", None, [(9.0, 9.2)])]),
        (FULL, ROSTER, [(8.0, 16.0, "phone", (8.0, 16.0), [(9.0, 9.2)]), TOMORROW]),
        # begun late: the roster's begin is kept; it goes on beyond the roster's end, up to the next shift
        ([("start", 8.5)], ROSTER, [(8.5, 32.0, "open", (8.0, 16.0), []), TOMORROW]),
        ([("start", 8.5)], [(8, 16)], [(8.5, None, "open", (8.0, 16.0), [])]),
        ([("start", 7.5)], ROSTER, [(7.5, 32.0, "open", (8.0, 16.0), []), TOMORROW]),
        ([("start", 8), ("end", 17.5)], [(8, 16)], [(8.0, 17.5, "phone", (8.0, 16.0), [])]),
        # ended or paused on the phone, begun by the roster
        ([("end", 15)], ROSTER, [(8.0, 15.0, "phone", (8.0, 16.0), []), TOMORROW]),
        ([("pause", 10)], [(8, 16)], [(8.0, None, "open", (8.0, 16.0), [(10.0, None)])]),
        # worked long before the roster's shift: that one stands
        ([("start", 1), ("end", 3)], [(8, 16)], [(1.0, 3.0, "phone", None, []), (8.0, 16.0, "roster", None, [])]),
        # a little over into the next one, which then begins later
        ([("start", 8), ("end", 14.5)], [(8, 14), (14, 22)],
         [(8.0, 14.5, "phone", (8.0, 14.0), []), (14.5, 22.0, "roster", (14.0, 22.0), [])]),
        # a pause that lasts to the end; two starts; an end off duty; resumed by starting again
        ([("start", 8), ("pause", 9), ("end", 10)], [], [(8.0, 10.0, "phone", None, [(9.0, 10.0)])]),
        ([("start", 8), ("start", 9), ("end", 10), ("end", 11)], [], [(8.0, 10.0, "phone", None, [])]),
        ([("start", 8), ("pause", 9), ("start", 9.5), ("end", 10)], [], [(8.0, 10.0, "phone", None, [(9.0, 9.5)])]),
        # nobody ended it: closed at its last sign of life, and opened again by a later one
        ([("start", 8), ("lapse", 12)], [(8, 16)], [(8.0, 12.0, "lapsed", (8.0, 16.0), [])]),
        ([("start", 8), ("lapse", 12), ("end", 15)], [(8, 16)], [(8.0, 15.0, "phone", (8.0, 16.0), [])]),
        ([("start", 8), ("lapse", 12), ("start", 33)], ROSTER,
         [(8.0, 12.0, "lapsed", (8.0, 16.0), []), (33.0, None, "open", (32.0, 40.0), [])]),
        # ended only the next morning: no shift lasts longer than the limit
        ([("start", 8), ("lapse", 12), ("end", 31)], [], [(8.0, 12.0, "lapsed", None, [])]),
        ([("start", 8), ("start", 32), ("end", 40)], [(8, 16)],
         [(8.0, 16.0, "lapsed", (8.0, 16.0), []), (32.0, 40.0, "phone", None, [])]),
        # a pause that lasts into the roster's next shift, or begins in it, ends with the shift it belongs to
        ([("start", 3), ("pause", 6), ("resume", 8.5)], [(8, 16)],
         [(3.0, 8.0, "open", None, [(6.0, 8.0)]), (8.0, 16.0, "roster", None, [])]),
        ([("start", 3), ("pause", 8.5), ("resume", 9)], [(8, 16)],
         [(3.0, 8.0, "open", None, []), (8.0, 16.0, "roster", None, [])]),
        ([("start", 8), ("start", 32)], [], [(8.0, 22.0, "lapsed", None, []), (32.0, None, "open", None, [])]),
    ],
)  # fmt: skip
def test_worked_out_by_hand(
    said: list[tuple[str, float]], roster: list[tuple[float, float]], shown: list[tuple[object, ...]]
) -> None:
    assert shifts(said, roster) == shown


@pytest.mark.parametrize(
    ("said", "idle"),
    [
        ([("end", 9)], ["end"]), ([("pause", 9), ("resume", 10)], ["pause", "resume"]),
        ([("start", 8), ("start", 9)], ["start"]), ([("start", 8), ("resume", 9)], ["resume"]), (FULL, []),
    ],
)  # fmt: skip
def test_what_has_no_effect_is_told(said: list[tuple[str, float]], idle: list[str]) -> None:
    derived = derive([Said(action, at(hour)) for action, hour in said], [], LIMIT)
    assert [one.action for one in derived.idle] == idle


actions = st.lists(
    st.tuples(
        st.sampled_from(["start", "pause", "resume", "end", "lapse"]),
        st.integers(0, 72 * 12),
        st.sampled_from(["a", "b"]),
    ),
    max_size=14,
).map(lambda told: [Said(action, at(twelfth / 12), device) for action, twelfth, device in told])
rosters = st.lists(st.integers(0, 72), max_size=6, unique=True).map(
    lambda hours: [(at(a), at(b)) for a, b in zip(sorted(hours)[::2], sorted(hours)[1::2], strict=False)]
)


@given(actions, rosters, st.randoms(use_true_random=False))
def test_order_and_repetition_change_nothing(said: list[Said], roster: list[Period], chance: object) -> None:
    again = [*said, *said[:3]]
    chance.shuffle(again)  # type: ignore[attr-defined]
    shuffled = list(roster)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert derive(again, shuffled, LIMIT) == derive(said, roster, LIMIT)


@given(actions, rosters)
def test_shifts_are_whole(said: list[Said], roster: list[Period]) -> None:
    derived = derive(said, roster, LIMIT)
    check(derived, said)


def check(derived: Derived, said: list[Said]) -> None:
    spans = derived.spans
    for span in spans:
        assert span.end is None or span.start < span.end
        assert span.end is not None or span is spans[-1]
        if span.by_phone and not span.open:
            assert span.end is not None
            by_roster = span.rostered is not None and span.start == span.rostered[0]
            assert by_roster or span.end - span.start <= LIMIT + timedelta(minutes=1)
            assert span.lapsed or span.end in {one.at for one in said if one.action == "end"}
        for begin, till in span.pauses:
            assert span.start <= begin
            assert till is None or begin < till
            assert till is None or span.end is None or till <= span.end
        for (_, till), (begin, _) in itertools.pairwise(span.pauses):
            assert till is not None
            assert till <= begin
    for before, after in itertools.pairwise(spans):
        assert before.end is not None
        assert before.end <= after.start


@given(rosters)
def test_one_who_says_nothing_is_as_the_roster_says(roster: list[Period]) -> None:
    assert [(span.start, span.end) for span in derive([], roster, LIMIT).spans] == sorted(roster)
