"""`/api/patrol/me` and the live team: a member's own duty, notice, consent and track, for the phone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from app.auth.guards import Me, OnceKey, Transaction, once
from app.patrol.duty import service
from app.patrol.duty.schemas import (
    ConsentIn,
    ConsentMade,
    DutyIn,
    DutyOut,
    FixOut,
    MemberOut,
    NoticeOut,
    ObjectionIn,
    ObjectionOut,
    SelfOut,
    TeamLiveOut,
    TrackOut,
)
from app.web import problems
from app.web.times import Moment

router = APIRouter(prefix="/api/patrol", tags=["patrol"])
MAKING = problems.SENDING | problems.documented(409)


async def _rules(request: Request) -> service.Rules:
    return service.Rules.of(request.app.state.settings)


async def _now() -> datetime:
    return datetime.now(UTC)


Rules = Annotated[service.Rules, Depends(_rules)]
Now = Annotated[datetime, Depends(_now)]


@router.get("/me")
def me(connection: Transaction, asking: Me, rules: Rules, now: Now) -> SelfOut:
    """Who the asker walks as, and how their duty stands: shift, pauses, consent, phones heard of lately."""
    return SelfOut.of(service.me(connection, asking, rules, now), rules)


@router.get("/me/member")
def member(connection: Transaction, asking: Me) -> MemberOut:
    """Whether the asker is a member of a team at all: what else there is under `/me` is for members, and 404 to others."""
    return MemberOut(member=service.member(connection, asking))


@router.get("/notice")
def notice(connection: Transaction, _asking: Me, rules: Rules) -> NoticeOut:
    """The notice on the recording of positions (位置记录告知书) that holds; its words are kept by version."""
    return NoticeOut.of(service.show_notice(connection, rules))


@router.post("/me/consents", status_code=201, response_model=ConsentMade, responses=MAKING)
def answer_notice(
    connection: Transaction, asking: Me, rules: Rules, said: ConsentIn, key: OnceKey = None
) -> Response:
    """Agree to the notice, refuse, or withdraw (同意与撤回): a row each; a withdrawal stops the intake at once."""

    def make() -> tuple[int, ConsentMade, dict[str, str]]:
        answered = service.answer(
            connection, asking, rules, said.version, given=said.given, delete_fixes=said.delete_fixes
        )
        return 201, ConsentMade.of(answered, rules), {}

    return once(connection, asking, key, said.model_dump(mode="json"), make)


@router.post("/me/duty", response_model=DutyOut, responses=MAKING)
def act(  # noqa: PLR0917
    connection: Transaction, asking: Me, rules: Rules, now: Now, said: DutyIn, key: OnceKey = None
) -> Response:
    """Start, pause, resume or end one's shift (上下班): now, or said offline and sent late, in any order.

    The same action of the same phone and moment counts once, with or without a key; `sent_at` may differ.
    """

    def make() -> tuple[int, DutyOut, dict[str, str]]:
        done = service.act(
            connection, asking, rules,
            action=said.action, at=said.at, sent_at=said.sent_at, device=said.device, came_at=now,
        )  # fmt: skip
        return 200, DutyOut.of(done), {}

    sent = said.model_dump(mode="json", exclude={"sent_at"})
    return once(connection, asking, key, sent, make)


@router.get("/me/track")
def own_track(
    connection: Transaction,
    asking: Me,
    rules: Rules,
    *,
    from_: Annotated[Moment, Query(alias="from", description="Included; with its offset.")],
    to: Annotated[Moment, Query(description="Not included; with its offset.")],
) -> TrackOut:
    """One's own raw fixes while they are kept; nobody else can ask for them."""
    rows = service.own_track(connection, asking, from_, to)
    return TrackOut(
        member=service.walker(connection, asking).code,
        fixes=[FixOut.model_validate(row) for row in rows],
        more=len(rows) == service.MOST_FIXES,
        retention_days=rules.fix_days,
    )


@router.post("/me/objections", status_code=201, response_model=ObjectionOut, responses=MAKING)
def object_to(
    connection: Transaction, asking: Me, now: Now, said: ObjectionIn, key: OnceKey = None
) -> Response:
    """Delete a stretch of one's own raw track before its time (异议); it counts as unknown from then on."""

    def make() -> tuple[int, ObjectionOut, dict[str, str]]:
        deleted = service.object_to(connection, asking, said.from_, said.to, now)
        return 201, ObjectionOut(deleted_fixes=deleted), {}

    return once(connection, asking, key, said.model_dump(mode="json"), make)


@router.get("/teams/{team}/live")
def live_team(
    connection: Transaction,
    asking: Me,
    now: Now,
    team: Annotated[str, Path(max_length=200, examples=["yonganli-east"])],
) -> TeamLiveOut:
    """Where the members on shift are now, for the team's leader alone; each look is logged."""
    members, shifts, fixes = service.live(connection, asking, team, now)
    return TeamLiveOut.of(team, now, members, shifts, fixes)
