"""Wire shapes of duty."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.web.texts import Text
from app.web.times import Moment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from app.patrol.duty import service
    from app.patrol.duty.notices import Notice
    from app.teams.duty.repository import StoredDuty
    from app.teams.repository import StoredMember

Device = Annotated[
    Text,
    Field(
        min_length=1,
        max_length=100,
        description="A random name that the phone has given itself; not its number.",
        examples=["phone-3f9c"],
    ),
]
DUTY_EXAMPLE: dict[str, Any] = {
    "action": "start", "at": "2026-11-23T08:00:00+08:00", "sent_at": "2026-11-23T08:00:01+08:00",
    "device": "phone-3f9c",
}  # fmt: skip


class PauseOut(BaseModel):
    """A break within a shift (暂停): off duty, nothing is recorded."""

    start: datetime
    end: datetime | None = Field(description="null while it lasts")

    @classmethod
    def all(cls, pauses: Sequence[tuple[datetime, datetime | None]]) -> list[Self]:
        return [cls(start=start, end=end) for start, end in pauses]


class ShiftOut(BaseModel):
    """A shift (班次)."""

    id: int
    start: datetime
    end: datetime | None = Field(
        description="null while it is open: until it is ended, whatever the roster says"
    )
    open: bool = Field(description="Begun on the phone and not ended")
    paused: bool
    pauses: list[PauseOut]
    by_phone: bool = Field(description="Begun or ended on the phone; else as the roster says")
    lapsed: bool = Field(description="Nobody ended it: it was closed at its last sign of life")
    expected_end: datetime | None = Field(description="The roster's end, where there is one")
    device: str | None = Field(description="The phone it was begun on")

    @classmethod
    def of(cls, shift: StoredDuty) -> Self:
        return cls(
            id=shift.id, start=shift.start, end=None if shift.open else shift.end, open=shift.open,
            paused=shift.paused, pauses=PauseOut.all(shift.pauses), by_phone=shift.by_phone, lapsed=shift.lapsed,
            expected_end=shift.expected_end, device=shift.device,
        )  # fmt: skip


class ConsentOut(BaseModel):
    """Whether the asker agrees to the notice that holds."""

    version: str = Field(description="Of the notice that holds", examples=["3f9c01ab77"])
    consent: Literal["given", "withdrawn", "none"] = Field(
        description="none: not asked yet, or the notice has changed since: ask again"
    )
    at: datetime | None = Field(description="Of the last consent or withdrawal")


class NextShiftOut(BaseModel):
    """The next shift of the roster."""

    id: int
    start: datetime
    end: datetime


class DeviceOut(BaseModel):
    """A phone that the member was heard of from lately."""

    device: str
    clock_offset_s: float = Field(description="Seconds added to what this phone says")
    seen_at: datetime


class SelfOut(BaseModel):
    """Who the asker walks as, and how their duty stands."""

    member: str = Field(examples=["ya-01"])
    name: str
    team: str
    team_name: str
    leader: bool = Field(description="Sees where the team's members are while on shift")
    now: datetime = Field(description="By the server's clock")
    notice: ConsentOut
    shift: ShiftOut | None = Field(description="That now lies in; by_phone tells whether it was begun")
    next_shift: NextShiftOut | None
    beat_name: str | None
    retention_days: int = Field(description="How long raw fixes are kept; 0: until the shift has ended")
    devices: list[DeviceOut] = Field(
        description="More than one: signed in on two phones; both record, and no time counts twice"
    )

    @classmethod
    def of(cls, found: service.Self, rules: service.Rules) -> Self:
        planned = found.next_shift
        return cls(
            member=found.walker.code, name=found.walker.name, team=found.walker.team, team_name=found.team_name,
            leader=found.walker.leader, now=found.now,
            notice=ConsentOut(version=rules.notice.version, consent=found.consent.state, at=found.consent.at),
            shift=ShiftOut.of(found.shift) if found.shift else None,
            next_shift=NextShiftOut(id=planned.id, start=planned.start, end=planned.end) if planned else None,
            beat_name=found.beat_name, retention_days=rules.fix_days,
            devices=[
                DeviceOut(device=one.device, clock_offset_s=one.offset_s, seen_at=one.seen_at)
                for one in found.devices
            ],
        )  # fmt: skip


class MemberOut(BaseModel):
    """Whether the asker walks as a member of a team."""

    member: str | None = Field(description="Code of the member; null: of no team", examples=["ya-01"])


class NoticeOut(BaseModel):
    """What members are told about the recording of their position (告知书), in plain words; Markdown."""

    version: str = Field(description="Send it back with the consent", examples=["3f9c01ab77"])
    zh: str
    en: str
    retention_days: int

    @classmethod
    def of(cls, notice: Notice) -> Self:
        return cls(version=notice.version, zh=notice.zh, en=notice.en, retention_days=notice.retention_days)


class ConsentIn(BaseModel):
    """A consent (单独同意), or its withdrawal."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"version": "3f9c01ab77", "given": True}]}
    )

    version: Annotated[Text, Field(min_length=1, max_length=40)]
    given: bool = Field(description="false to refuse or withdraw: nothing is taken in from then on")
    delete_fixes: bool = Field(
        default=False, description="With a withdrawal: delete the raw fixes that are still kept, too"
    )


class ConsentMade(BaseModel):
    """A consent as kept."""

    notice: ConsentOut
    kept_fixes: int = Field(description="Raw fixes of the member that are still kept")
    kept_since: datetime | None
    deleted_fixes: int

    @classmethod
    def of(cls, answered: service.Answered, rules: service.Rules) -> Self:
        said = answered.consent
        return cls(
            notice=ConsentOut(version=rules.notice.version, consent=said.state, at=said.at),
            kept_fixes=answered.kept_fixes,
            kept_since=answered.kept_since,
            deleted_fixes=answered.deleted_fixes,
        )


class DutyIn(BaseModel):
    """Something said of one's duty, now or while offline; in any order."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [DUTY_EXAMPLE]})

    action: Literal["start", "pause", "resume", "end"]
    at: Moment = Field(description="When, by the phone's clock")
    sent_at: Moment = Field(description="When this was sent, by the same clock: tells how far it is off")
    device: Device


class DutyOut(BaseModel):
    """What became of it."""

    outcome: Literal["done", "known", "nothing"] = Field(
        description="known: said before; nothing: to no effect, as a second start"
    )
    message_zh: str = Field(description="To show, where there is something to say")
    message_en: str
    at: datetime = Field(description="When it was, by the server's clock")
    clock_offset_s: float = Field(description="Seconds added to what the phone said; 0 below 2 s")
    deleted_fixes: int = Field(
        description="Fixes stored before that turn out to lie off duty: nothing is kept there"
    )
    shift: ShiftOut | None = Field(description="That now lies in")

    @classmethod
    def of(cls, done: service.Done) -> Self:
        return cls(
            outcome=done.outcome, message_zh=done.message_zh, message_en=done.message_en, at=done.at,
            clock_offset_s=done.offset_s, deleted_fixes=done.deleted_fixes,
            shift=ShiftOut.of(done.shift) if done.shift else None,
        )  # fmt: skip


class FixOut(BaseModel):
    """A raw fix of one's own."""

    model_config = ConfigDict(from_attributes=True)

    at: datetime
    lon: float
    lat: float
    accuracy_m: float | None
    device: str
    source: Literal["file", "phone", "recorder"]
    mock: bool = Field(description="The device said that the position was made up: kept, not used")


class TrackOut(BaseModel):
    """One's own raw track; nobody else sees it."""

    member: str = Field(examples=["ya-01"])
    fixes: list[FixOut]
    more: bool = Field(description="There are more: ask on from the last one's time")
    retention_days: int


class LiveOut(BaseModel):
    """Where a member is, in a shift that goes on; nothing of who is off duty or pauses."""

    member: str = Field(examples=["ya-01"])
    name: str
    on_shift: bool
    paused: bool
    since: datetime | None = Field(description="Begin of the shift")
    at: datetime | None = Field(description="Of the last position; null where there is none")
    lon: float | None
    lat: float | None
    accuracy_m: float | None

    @classmethod
    def of(cls, member: StoredMember, shift: StoredDuty | None, fix: Any | None) -> Self:
        return cls(
            member=member.code, name=member.name, on_shift=shift is not None, paused=bool(shift and shift.paused),
            since=shift.start if shift else None, at=fix.at if fix else None, lon=fix.lon if fix else None,
            lat=fix.lat if fix else None, accuracy_m=fix.accuracy_m if fix else None,
        )  # fmt: skip


class TeamLiveOut(BaseModel):
    """The team now; members come by code."""

    team: str = Field(examples=["yonganli-east"])
    now: datetime
    members: list[LiveOut]

    @classmethod
    def of(
        cls,
        team: str,
        now: datetime,
        members: Sequence[StoredMember],
        shifts: Mapping[int, StoredDuty],
        fixes: Mapping[int, Any],
    ) -> Self:
        of_each = (LiveOut.of(m, shifts.get(m.id), fixes.get(m.id)) for m in members)
        return cls(team=team, now=now, members=list(of_each))


class ObjectionIn(BaseModel):
    """A stretch of one's own track to delete before its time (异议)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"from": "2026-11-23T10:00:00+08:00", "to": "2026-11-23T10:30:00+08:00"}]
        },
    )

    from_: Moment = Field(alias="from", description="Included")
    to: Moment = Field(description="Not included")


class ObjectionOut(BaseModel):
    """What was deleted; the stretch counts as unknown (无法判定)."""

    deleted_fixes: int
