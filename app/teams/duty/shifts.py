"""From what was said on phones, and the roster, to shifts (班次) and pauses (暂停). Pure.

What is said offline arrives late and in any order, so nothing is done step by step: shifts are worked out anew from all
that was said, in order of time. The same words give the same shifts, whenever they came.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Action = Literal["start", "pause", "resume", "end", "lapse"]
ORDER = ("resume", "end", "start", "pause", "lapse")  # of what is said of one and the same moment
EARLY = timedelta(hours=4)
"""Who starts so long before a shift of the roster, and has not ended yet, has started that shift."""
SHORTEST = timedelta(minutes=1)
"""A shift that nobody ended, and of which there is no other sign of life."""

Period = tuple[datetime, datetime]


@dataclass(frozen=True, slots=True)
class Said:
    """What a member said on a phone; `lapse` is said by the job that closes shifts which nobody ended."""

    action: str
    at: datetime
    device: str = ""


@dataclass(frozen=True, slots=True)
class Span:
    """A shift, half open.

    Attributes:
        start: Its begin.
        end: None while it is open and no shift of the roster follows.
        open: Begun on the phone and not ended.
        lapsed: Nobody ended it.
        by_phone: Begun or ended on the phone; else as the roster says.
        rostered: What the roster says, where that is something else.
        device: The phone it was begun on.
        pauses: Half open, in order; the last one's end is None while it lasts.
    """

    start: datetime
    end: datetime | None
    open: bool = False
    lapsed: bool = False
    by_phone: bool = True
    rostered: Period | None = None
    device: str = ""
    pauses: tuple[tuple[datetime, datetime | None], ...] = ()


@dataclass(slots=True)
class _Going:
    """The shift that is going on while what was said is read."""

    start: datetime
    device: str
    paused: datetime | None = None
    lapse: datetime | None = None
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Derived:
    """Shifts in order of time, and what was said to no effect (a second start, an end off duty)."""

    spans: tuple[Span, ...]
    idle: tuple[Said, ...]


def derive(said: Iterable[Said], roster: Sequence[Period], limit: timedelta) -> Derived:
    """Return the shifts that follow from all that was said, and from the roster.

    Args:
        said: In any order.
        roster: Shifts of the roster, which don't overlap.
        limit: No shift lasts longer: what is said later belongs to another one.
    """
    reader = _Reader(sorted(roster), limit)
    for one in sorted(set(said), key=lambda s: (s.at, ORDER.index(s.action), s.device)):
        reader.hear(one)
    reader.close_what_lapsed()
    spans = _adopting(reader.spans(), reader.roster)
    return Derived(tuple(spans), tuple(reader.idle))


class _Reader:
    """Reads what was said in order of time."""

    def __init__(self, roster: list[Period], limit: timedelta) -> None:
        self.roster, self.limit = roster, limit
        self.done: list[Span] = []
        self.idle: list[Said] = []
        self.going: _Going | None = None

    def hear(self, said: Said) -> None:
        if self.going and said.at > self.going.start + self.limit:
            self._lapse()
        if said.action == "lapse":
            self._note_lapse(said)
            return
        if self.going and self.going.lapse and said.action == "start":
            self._lapse()
        if self.going is None:
            self._begin(said)
        else:
            self.going.lapse = None  # it went on
            self._go_on(self.going, said)

    def close_what_lapsed(self) -> None:
        if self.going and self.going.lapse:
            self._lapse()

    def spans(self) -> list[Span]:
        going = [self._span(self.going, None)] if self.going else []
        return self.done + going

    def _note_lapse(self, said: Said) -> None:
        if self.going and said.at >= self.going.start:
            self.going.lapse = said.at
        else:
            self.idle.append(said)

    def _begin(self, said: Said) -> None:
        if said.action == "start":
            self.going = _Going(said.at, said.device)
            return
        over = self.done[-1].end if self.done else None
        planned = _holding(self.roster, said.at)
        if planned is None or said.action == "resume" or (over and over > planned[0]):
            self.idle.append(said)
            return
        self.going = _Going(planned[0], said.device)  # the roster has begun it
        self._go_on(self.going, said)

    def _go_on(self, going: _Going, said: Said) -> None:
        if said.action == "end":
            if said.at > going.start:
                self.done.append(self._span(going, said.at))
            self.going = None
        elif said.action == "pause" and going.paused is None:
            going.paused = said.at
        elif said.action in ("resume", "start") and going.paused is not None:
            _resume(going, said.at)
        else:
            self.idle.append(said)

    def _lapse(self) -> None:
        """Close it at its last sign of life; where none is known, when the roster ends it, or at the limit."""
        going = self.going
        if going is None:
            return
        planned = _holding(self.roster, going.start)
        end = going.lapse or min(planned[1] if planned else datetime.max.replace(tzinfo=going.start.tzinfo),
                                 going.start + self.limit)  # fmt: skip
        self.done.append(replace(self._span(going, max(end, going.start + SHORTEST)), lapsed=True))
        self.going = None

    @staticmethod
    def _span(going: _Going, end: datetime | None) -> Span:
        pauses = [*going.pauses, (going.paused, None)] if going.paused is not None else going.pauses
        return _ending(
            Span(going.start, None, open=end is None, device=going.device, pauses=tuple(pauses)), end
        )


def _resume(going: _Going, at: datetime) -> None:
    if going.paused is not None and at > going.paused:
        going.pauses.append((going.paused, at))
    going.paused = None


def _ending(span: Span, end: datetime | None) -> Span:
    """Return the shift with another end, and no pause beyond it."""
    pauses = ((begin, min((one for one in (till, end) if one), default=None)) for begin, till in span.pauses)
    kept = tuple((begin, till) for begin, till in pauses if till is None or till > begin)
    return replace(span, end=end, pauses=kept)


def _holding(roster: Sequence[Period], at: datetime) -> Period | None:
    return next((planned for planned in roster if planned[0] <= at < planned[1]), None)


def _adopting(spans: Sequence[Span], roster: Sequence[Period]) -> list[Span]:
    """Return the spans with the roster's shifts they stand for, and the roster's shifts that are left."""
    shifts, taken = [], set()
    for span in spans:
        planned = _adopted(span, [one for one in roster if one not in taken])
        if planned is not None:
            taken.add(planned)
        shifts.append(replace(span, rostered=planned))
    if shifts and shifts[-1].open:
        following = [begin for begin, _ in roster if begin > shifts[-1].start and (begin, _) not in taken]
        shifts[-1] = _ending(shifts[-1], min(following, default=None))
    for planned in roster:
        if planned not in taken:
            shifts += _left(planned, shifts)
    return sorted(shifts, key=lambda shift: shift.start)


def _adopted(span: Span, roster: Sequence[Period]) -> Period | None:
    """Return the roster's shift that a span stands for: the one it began in, else the one it shares most time with."""
    began_in = _holding(roster, span.start)
    if began_in is not None:
        return began_in
    end = span.end or span.start + EARLY
    shared = [(min(end, till) - begin, (begin, till)) for begin, till in roster if span.start < begin < end]
    return max(shared, key=lambda one: one[0])[1] if shared else None


def _left(planned: Period, spans: Sequence[Span]) -> list[Span]:
    """Return what is left of a roster's shift beside what was worked otherwise: whole where nothing was."""
    pieces = [planned]
    for span in spans:
        end = span.end
        pieces = [
            piece
            for begin, till in pieces
            for piece in ((begin, min(till, span.start)), (max(begin, end) if end else till, till))
            if piece[0] < piece[1]
        ] if span.start < planned[1] and (end is None or end > planned[0]) else pieces  # fmt: skip
    return [
        Span(begin, till, by_phone=False, rostered=None if (begin, till) == planned else planned)
        for begin, till in pieces
    ]
