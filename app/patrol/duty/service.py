"""Duty from a phone (在岗): who the asker walks as, notice and consent, shifts, own track, the live team for its leader."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal

from app.areas.editions import NoEdition
from app.auth import service as auth
from app.patrol.duty import clock, notices, repository
from app.patrol.duty.errors import BadMoment, ConsentMissing, NoticeChanged, NotTheLeader
from app.patrol.reduction import service as reduction
from app.patrol.rules import ON_FOOT
from app.teams import service as teams
from app.teams.duty import service as duty
from app.teams.duty.shifts import Said

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.core.settings import Settings
    from app.patrol.duty.notices import Notice, State
    from app.teams.duty.repository import StoredDuty, Walker
    from app.teams.duty.service import Heard
    from app.teams.repository import StoredMember

Outcome = Literal["done", "known", "nothing"]
LATEST = timedelta(days=31)
"""What is said of one's duty so long afterwards is for the roster, not for the phone."""
SEEN_LATELY = timedelta(hours=18)
MOST_FIXES = 20_000
NOTHING = {
    "start": ("已在班，无需重复。", "Already on duty."),
    "pause": ("未在班，或已在暂停中。", "Not on duty, or paused already."),
    "resume": ("未在暂停中。", "Not paused."),
    "end": ("未在班，无需结束。", "Not on duty."),
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What a deployment has decided about duty."""

    fix_days: int
    limit: timedelta
    notice: Notice

    @classmethod
    def of(cls, settings: Settings) -> Rules:
        return cls(
            fix_days=settings.fix_days,
            limit=timedelta(hours=settings.shift_hours),
            notice=notices.notice(settings.fix_days, settings.shift_hours),
        )


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether the asker agreed: given, withdrawn or none; to which notice and when."""

    state: State
    version: str | None
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Self:
    """Who the asker walks as, and how their duty stands."""

    walker: Walker
    team_name: str
    now: datetime
    consent: Consent
    shift: StoredDuty | None
    next_shift: Any | None
    beat_name: str | None
    devices: list[Any]


@dataclass(frozen=True, slots=True)
class Done:
    """What became of an action: done, known (said before) or nothing (to no effect); how the clock was corrected."""

    outcome: Outcome
    message_zh: str
    message_en: str
    at: datetime
    offset_s: float
    deleted_fixes: int
    shift: StoredDuty | None


@dataclass(frozen=True, slots=True)
class Answered:
    """A consent as kept, and the raw fixes that are still kept of the member."""

    consent: Consent
    kept_fixes: int
    kept_since: datetime | None
    deleted_fixes: int


def walker(connection: Connection, asking: Principal) -> Walker:
    """Return the member as whom the asker walks.

    Raises:
        NotAMember: There is none.
        NotAllowed: A machine's token asks that was made for something else.
    """
    asking.requires_scope("fixes.add")
    return duty.walker(connection, asking.account_id)


def member(connection: Connection, asking: Principal) -> str | None:
    """Return the code of the member as whom the asker walks; None: as nobody. Raises NotAllowed as `walker` does."""
    asking.requires_scope("fixes.add")
    found = duty.walkers(connection, asking.account_id)
    return found[0].code if found else None


def me(connection: Connection, asking: Principal, rules: Rules, now: datetime) -> Self:
    """Return who the asker walks as, and how their duty stands; raises as `walker` does."""
    mine = walker(connection, asking)
    return Self(
        walker=mine,
        team_name=teams.team(connection, mine.team).name,
        now=now,
        consent=consent(connection, asking.account_id, rules),
        shift=duty.on_shift(connection, [mine.id], now).get(mine.id),
        next_shift=repository.next_shift(connection, mine.id, now),
        beat_name=repository.beat_name(connection, mine.id, now),
        devices=repository.devices(connection, mine.id, now - SEEN_LATELY),
    )


def show_notice(connection: Connection, rules: Rules) -> Notice:
    """Return the notice that holds, and keep its words."""
    repository.put_notice(connection, rules.notice)
    return rules.notice


def consent(connection: Connection, account_id: int | None, rules: Rules) -> Consent:
    """Return whether an account agrees to the notice that holds."""
    found = repository.latest_consent(connection, account_id) if account_id is not None else None
    if found is None:
        return Consent("none", None, None)
    state = notices.consent((found.version, found.given), rules.notice.version)
    return Consent(state, found.version, found.at)


def require_consent(connection: Connection, account_id: int | None, rules: Rules) -> None:
    """Refuse whose position may not be recorded.

    Raises:
        ConsentMissing: Not given, withdrawn, or given to an earlier notice.
    """
    found = consent(connection, account_id, rules)
    if found.state == "given":
        return
    why = {
        "withdrawn": "It was withdrawn.",
        "none": "The notice has changed since." if found.version else "It was not given yet.",
    }[found.state]
    raise ConsentMissing(why, remedy="Read the notice (GET /api/patrol/notice) and decide.")


def answer(
    connection: Connection, asking: Principal, rules: Rules, version: str, *, given: bool, delete_fixes: bool
) -> Answered:
    """Keep a consent, or its withdrawal: from then on nothing is taken in.

    Args:
        connection: In a transaction of the asker.
        asking: Whose position it is; nobody agrees for another.
        rules: The deployment's.
        version: Of the notice that was read.
        given: False to refuse or withdraw.
        delete_fixes: With a withdrawal: delete the raw fixes that are still kept.

    Raises:
        NotAMember: The asker walks as nobody.
        NoticeChanged: Another notice holds by now, or there never was this one.
    """
    mine = walker(connection, asking)
    repository.put_notice(connection, rules.notice)
    if given and version != rules.notice.version:
        raise NoticeChanged(f"It is {rules.notice.version} now.", remedy="Read it again, then decide.")
    if not repository.notice_known(connection, version):
        raise NoticeChanged(f"There is no notice {version}.", remedy="Read it again, then decide.")
    deleted = 0
    with auth.as_system(connection):
        hold(connection, mine.id)
        at = repository.put_consent(connection, mine.account_id or 0, version, given=given)
        if delete_fixes and not given:
            deleted = _forget(connection, mine.id, None, None)
        kept, since = repository.kept_fixes(connection, mine.id)
    state = notices.consent((version, given), rules.notice.version)
    return Answered(Consent(state, version, at), kept, since, deleted)


def act(
    connection: Connection,
    asking: Principal,
    rules: Rules,
    *,
    action: str,
    at: datetime,
    sent_at: datetime,
    device: str,
    came_at: datetime,
) -> Done:
    """Start, pause, resume or end the asker's shift, whenever it was said.

    Args:
        connection: In a transaction of the asker.
        asking: Whose duty it is.
        rules: The deployment's.
        action: start, pause, resume, end.
        at: When, by the phone's clock.
        sent_at: When the phone sent it, by the same clock.
        device: Which phone.
        came_at: When the request began to come, by ours.

    Raises:
        NotAMember: The asker walks as nobody.
        NotAllowed: They may not add fixes any more.
        BadMoment: Too long ago.
    """
    mine = walker(connection, asking)
    asking.requires("fixes.add")
    if sent_at - at > LATEST:
        raise BadMoment(
            f"{at.isoformat()} is more than {LATEST.days} days ago.", remedy="Have the roster corrected."
        )
    with auth.as_system(connection):
        offset = heard_of(connection, mine.id, device, sent_at, came_at)
        said = Said(action, min(clock.corrected(at, offset), came_at), device)
        heard = duty.say(connection, mine.id, said, at, rules.limit)
        deleted = settle(connection, mine.id, heard)
        shift = duty.on_shift(connection, [mine.id], came_at).get(mine.id)
    zh, en = clock.told(offset)
    if at > sent_at + timedelta(
        seconds=clock.SMALL_S
    ):  # its clock was set back since: not later than now is all we know
        zh, en = (" ".join(filter(None, pair)) for pair in zip(clock.SET_BACK, (zh, en), strict=True))
    if heard.idle:
        zh, en = (" ".join(filter(None, pair)) for pair in zip(NOTHING[action], (zh, en), strict=True))
    outcome: Outcome = "known" if heard.known else "nothing" if heard.idle else "done"
    return Done(outcome, zh, en, heard.at, offset, deleted, shift)


def hold(connection: Connection, member_id: int) -> None:
    """Have what is taken of a member, objected to, withdrawn and deleted in time happen one after the other, as the system."""
    duty.hold(connection, member_id)


def heard_of(
    connection: Connection, member_id: int, device: str, sent_at: datetime, came_at: datetime
) -> float:
    """Note that a phone was heard of, as the system; return the seconds by which its clock is corrected.

    What a member's phones send at once is taken one after the other: the same batch gets the same times.
    """
    hold(connection, member_id)
    held, lately = repository.device_offset(connection, member_id, device)
    offset = clock.offset_s(sent_at, came_at, held, lately=lately)
    repository.put_device(connection, member_id, device, offset)
    return offset


def settle(connection: Connection, member_id: int, heard: Heard) -> int:
    """Bring the fixes in line with changed shifts, as the system: delete those off duty, reduce anew; return how many."""
    if heard.start is None:
        return 0
    deleted = repository.delete_off_duty(connection, member_id, heard.start, heard.end)
    _reduce(connection, member_id, heard.start, heard.end)
    return deleted


def revive(connection: Connection, member_id: int, at: datetime, rules: Rules) -> bool:
    """Open a shift again, as the system, that was closed for want of an end, if it may have lasted until `at`."""
    found = [
        shift
        for shift in duty.shifts(connection, [member_id], at - rules.limit)
        if shift.lapsed and shift.end is not None and shift.end <= at <= shift.start + rules.limit
    ]
    heards = [duty.revive(connection, member_id, shift.start, at, rules.limit) for shift in found]
    for heard in heards:
        if heard is not None:
            settle(connection, member_id, heard)
    return any(heard is not None for heard in heards)


def object_to(
    connection: Connection, asking: Principal, start: datetime, end: datetime, now: datetime
) -> int:
    """Delete a stretch of the asker's own raw track (异议): it counts as unknown from then on; return how many fixes.

    Raises:
        NotAMember: The asker walks as nobody.
        BadMoment: The stretch is empty, or lies in the future.
    """
    mine = walker(connection, asking)
    if not start < end <= now:
        raise BadMoment(
            f"{start.isoformat()} to {end.isoformat()}.",
            remedy="Give a stretch of the past, its end after its begin.",
        )
    with auth.as_system(connection):
        hold(connection, mine.id)
        repository.put_objection(connection, mine.id, start, end)
        deleted = _forget(connection, mine.id, start, end)
        auth.audit(connection, asking, "object", "patrol.fixes", mine.id)
    return deleted


def own_track(connection: Connection, asking: Principal, start: datetime, end: datetime) -> list[Any]:
    """Return the asker's own raw fixes of a stretch, at most `MOST_FIXES`; raises as `walker` does.

    Whose fixes they are is the database's business, too: nobody else's are shown to anybody.
    """
    mine = walker(connection, asking)
    if not start < end:
        raise BadMoment(f"{start.isoformat()} to {end.isoformat()}.", remedy="Give an end after the begin.")
    return repository.track(connection, mine.id, start, end, MOST_FIXES)


def live(
    connection: Connection, asking: Principal, team: str, now: datetime
) -> tuple[list[StoredMember], dict[int, StoredDuty], dict[int, Any]]:
    """Return a team's members by code, who of them is on shift now, and their last position in that shift.

    For the team's leader alone, and each look is logged. Who has withdrawn consent has no position.

    Raises:
        UnknownTeam: There is none that the asker may see.
        NotAllowed: A machine's token asks that was made for something else.
        NotTheLeader: The asker doesn't lead it.
    """
    teams.team(connection, team)
    asking.requires_scope("coverage.read")
    mine = [w for w in duty.walkers(connection, asking.account_id) if w.team == team and w.leader]
    if not mine:
        raise NotTheLeader(remedy="Ask the leader of the team.")
    with auth.as_system(connection):
        members = teams.members(connection, team)
        shifts = duty.on_shift(connection, [member.id for member in members], now)
        walking = [shift.id for shift in shifts.values() if not shift.paused]
        found = {row.member_id: row for row in repository.latest_fixes(connection, walking)}
        auth.audit(connection, asking, "look", "patrol.fixes", team, ["at", "geom"])
    return members, shifts, found


def close_forgotten(connection: Connection, rules: Rules, now: datetime | None = None) -> list[StoredDuty]:
    """Close, as the system, shifts that nobody has ended in time, at their last sign of life; return them as they were."""
    now = now or datetime.now(UTC)
    closed = []
    for shift in duty.open_since(connection, now - rules.limit):
        heard = duty.lapse(connection, shift, repository.last_sign(connection, shift.id), rules.limit)
        settle(connection, shift.member_id, heard)
        closed.append(shift)
    return closed


def _forget(connection: Connection, member_id: int, start: datetime | None, end: datetime | None) -> int:
    deleted = repository.delete_fixes(connection, member_id, start, end)
    if deleted:
        _reduce(connection, member_id, start, end)
    return deleted


def _reduce(connection: Connection, member_id: int, start: datetime | None, end: datetime | None) -> None:
    shifts = repository.reducible(connection, member_id, start, end)
    for shift in shifts:
        try:
            reduction.reduce_shifts(connection, [shift], ON_FOOT)
        except NoEdition:  # no grid holds at that time: the fixes stay until there is one
            continue
