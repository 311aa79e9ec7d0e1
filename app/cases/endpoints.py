"""`/api/cases`: report, look, move, comment, photos, voice notes, today's work."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import Depends, File, Form, Header, Path, Query, Request, Response, UploadFile
from pydantic import AwareDatetime

from app.auth.guards import Me, OnceKey, Transaction, Turn, keep, once
from app.auth.principal import Principal
from app.auth.slowing import source_of
from app.cases import finding, pacing, service, voices
from app.cases.finding import Filter
from app.cases.lists import service as cases_lists
from app.cases.moves import service as moves
from app.cases.opening import service as opening
from app.cases.photos import LARGEST_BYTES
from app.cases.reporting import Answering
from app.cases.schemas import (
    BulkIn,
    BulkOut,
    CaseOut,
    CasePage,
    CommentIn,
    DuplicateOut,
    FactsIn,
    FollowOut,
    ListedOut,
    Made,
    MoveIn,
    MoveOut,
    OpenedOut,
    PageOut,
    PhotoOut,
    ReporterOut,
    ReportIn,
    RowOut,
    TodayList,
    VoiceOut,
)
from app.cases.surroundings import service as surroundings
from app.cases.talk import service as talk
from app.cases.workflow import STAGES, TABLE
from app.core.errors import GridwardError, TooMany
from app.web import problems, ranges
from app.web.etags import IfMatch, etag
from app.web.routers import Branch

if TYPE_CHECKING:
    from sqlalchemy import Connection

router = Branch(prefix="/api/cases", tags=["cases"])
AT = "/api/cases/"  # a case's address begins
REPORTS = pacing.Pace(60, 3600)
FOLLOWING = pacing.Pace(120, 3600)
CREATING = problems.SENDING | problems.documented(409)
NumberPath = Annotated[str, Path(pattern=r"^[0-9]{14,20}$", examples=["20260105000017"])]


def _paced(pace: pacing.Pace, request: Request) -> None:
    """Slow down where a request comes from: nobody is signed in who could be asked."""
    wait = pace.wait_s(source_of(request.client.host if request.client else None), time.monotonic())
    if wait:
        raise TooMany(
            "From this address.",
            remedy=f"Try again in {math.ceil(wait)} s, or sign in.",
            wait_s=math.ceil(wait),
        )


@router.post("", status_code=201, response_model=OpenedOut, responses=CREATING | problems.documented(429)
             | {200: {"model": OpenedOut, "description": "Reported before."}})  # fmt: skip
async def report(turn: Turn, request: Request, said: ReportIn, key: OnceKey = None) -> Response:
    """Report something (上报): it gets a cell, a case, a deadline, and whoever answers.

    Whoever isn't signed in reports as a resident and gets a code, once, by which the case can be followed. Open cases
    nearby that may be the same are told by `GET /api/cases/{number}/duplicates`.
    """

    def reported(connection: Connection, asking: Principal) -> Response:
        if not asking.signed_in:
            _paced(REPORTS, request)
        answering = key and Answering(key, AT, lambda opened: OpenedOut.of(opened).model_dump_json())
        opened = opening.report(
            connection, asking, said.said(signed_in=asking.signed_in), answering=answering or None
        )
        status, body = 201 if opened.new else 200, OpenedOut.of(opened).model_dump_json()
        headers = {"Location": AT + opened.number}
        if key and not opened.kept:
            keep(connection, key, status, headers, body)
        return Response(body, status, headers, media_type="application/json")

    return await turn.once(key, b"POST /api/cases " + said.model_dump_json().encode(), reported)


@router.get("/moves")
def table() -> list[RowOut]:
    """Return the table of moves (案件流转): what may follow what, who may, what it takes."""
    return [RowOut.of(move) for move in TABLE]


class _Asked:
    """What a list may be limited by."""

    def __init__(
        self,
        *,
        area: Annotated[str | None, Query(max_length=30)] = None,
        stage: Annotated[list[str] | None, Query(max_length=20)] = None,
        open_: Annotated[bool | None, Query(alias="open")] = None,
        party: Annotated[list[int] | None, Query(max_length=200)] = None,
        category: Annotated[str | None, Query(max_length=200)] = None,
        overdue: bool = False,
        due_before: AwareDatetime | None = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        text: Annotated[str, Query(max_length=200)] = "",
        mine: bool = False,
        after: Annotated[str | None, Query(max_length=200)] = None,
        limit: Annotated[int, Query(ge=1, le=finding.MOST)] = 50,
    ) -> None:
        self.filter = Filter(
            area=area, stages=tuple(stage or ()), open=open_, parties=tuple(party or ()), category=category,
            overdue=overdue, due_before=due_before, since=since, until=until, words=text, mine=mine, after=after,
            limit=limit,
        )  # fmt: skip


@router.get("")
def find(connection: Transaction, me: Me, asked: Annotated[_Asked, Depends()]) -> PageOut:
    """Return cases that you may see, newest first, a page at a time: `after` of one page begins the next."""
    me.requires("case.read")
    now = datetime.now(UTC)
    page = cases_lists.find(connection, asked.filter, now)
    return PageOut(cases=[ListedOut.of(case, now) for case in page.cases], after=page.after)


@router.get("/today")
def today(
    connection: Transaction, me: Me, area: Annotated[str | None, Query(max_length=30)] = None
) -> list[TodayList]:
    """Return today's work: overdue, due today, overnight, unassigned, returned, to check and so on; a case may stand in several."""
    me.requires("case.read")
    now = datetime.now(UTC)
    lists = cases_lists.today(connection, me, now, area)
    return [
        TodayList(
            name=name, zh=finding.LISTS[name][0], en=finding.LISTS[name][1], count=len(cases),
            cases=[ListedOut.of(case, now) for case in cases],
        )
        for name, cases in lists.items()
    ]  # fmt: skip


@router.post("/bulk", responses=CREATING)
def bulk(connection: Transaction, me: Me, asked: BulkIn, key: OnceKey = None) -> list[BulkOut]:
    """Make the same move of many cases, each for itself: what can't be moved is told, and leaves the others as they are."""

    def make() -> tuple[int, list[BulkOut], dict[str, str]]:
        items = [(item.number, item.version) for item in asked.items]
        told = moves.bulk(connection, me, asked.move, items, _facts(connection, asked))
        return 200, [_became(number, result) for number, result in told], {}

    return once(connection, me, key, ["POST /api/cases/bulk", asked.model_dump(mode="json")], make)  # type: ignore[return-value]


def _became(number: str, result: Any) -> BulkOut:
    if isinstance(result, GridwardError):
        return BulkOut(number=number, done=False, error=str(result), error_zh=result.zh)
    return BulkOut(number=number, done=True, stage=result.stage, version=result.version)


@router.get("/follow/{number}", responses=problems.documented(429))
def follow(
    connection: Transaction,
    request: Request,
    number: NumberPath,
    code: Annotated[str, Query(min_length=1, max_length=100)],
) -> FollowOut:
    """Tell whoever reported without an account how the case stands, by the code that was told once."""
    _paced(FOLLOWING, request)
    told = talk.follow(connection, number, code)
    return FollowOut(**told, stage_zh=STAGES[told["stage"]])


@router.get("/{number}")
def case(connection: Transaction, me: Me, number: NumberPath, response: Response) -> CasePage:
    """Return a case with its history, tasks, clock, why this party (派遣依据), and the moves that you could make now."""
    me.requires("case.read")
    now = datetime.now(UTC)
    found = service.case(connection, number)
    response.headers["ETag"] = etag(found.version)
    return CasePage(
        **CaseOut.of(found, service.clock(connection, found, now)).model_dump(),
        answer=dict(found.answer),
        history=service.history(connection, found),
        tasks=service.tasks(connection, found),
        applications=service.applications(connection, found),
        links=service.links(connection, found),
        comments=talk.comments(connection, found),
        photos=talk.photos(connection, found),
        voices=talk.voices(connection, found),
        moves=[MoveOut.of(move) for move in moves.legal_moves(me, found, now)],
    )


@router.post("/{number}/moves", responses=problems.CHANGING)
def move(
    connection: Transaction,
    me: Me,
    *,
    number: NumberPath,
    version: IfMatch,
    asked: MoveIn,
    response: Response,
) -> CaseOut:
    """Make one move of a case: accept, dispatch, sign, handle and so on, with what it needs."""
    moved = moves.move(connection, me, number, asked.move, version, _facts(connection, asked))
    response.headers["ETag"] = etag(moved.version)
    return CaseOut.of(moved, service.clock(connection, moved))


def _facts(connection: Transaction, asked: FactsIn) -> Any:
    place = None
    if asked.lon is not None and asked.lat is not None:
        place = service.metres(connection, asked.lon, asked.lat, asked.datum)
    return asked.facts(place)


@router.get("/{number}/duplicates")
def duplicates(connection: Transaction, me: Me, number: NumberPath) -> list[DuplicateOut]:
    """Return open cases nearby that may be the same: how far, how alike, and why."""
    return [DuplicateOut.of(found) for found in surroundings.duplicates_of(connection, me, number)]


@router.get("/{number}/reporter")
def reporter(connection: Transaction, me: Me, number: NumberPath) -> ReporterOut:
    """Return who complained, to whom may know; the look is noted in the audit log."""
    return ReporterOut(**talk.reporter(connection, me, number))


@router.post("/{number}/comments", status_code=201, response_model=Made, responses=CREATING)
def comment(
    connection: Transaction, me: Me, number: NumberPath, said: CommentIn, key: OnceKey = None
) -> Response:
    """Add a comment, as plain text."""

    def make() -> tuple[int, Made, dict[str, str]]:
        made = talk.comment(connection, me, number, said.text, for_reporter=said.for_reporter)
        return 201, Made(id=made), {}

    return once(connection, me, key, ["comment", number, said.model_dump(mode="json")], make)


@router.post("/{number}/photos", status_code=201, response_model=PhotoOut, responses=CREATING)
def add_photo(
    connection: Transaction,
    me: Me,
    number: NumberPath,
    photo: Annotated[UploadFile, File(description="JPEG, PNG or WEBP, as it came from the camera.")],
    moment: Annotated[str, Form(pattern="^(before|after|check|other)$")] = "other",
) -> PhotoOut:
    """Add a photo: checked by its content, made smaller, its metadata read and then dropped. The same photo twice is one."""
    content = photo.file.read(LARGEST_BYTES + 1)
    return PhotoOut(**talk.add_photo(connection, me, number, content, moment))


@router.get(
    "/{number}/photos/{photo_id}", responses={200: {"content": {"image/jpeg": {}}}}, response_class=Response
)
def photo(
    connection: Transaction, me: Me, number: NumberPath, photo_id: Annotated[int, Path(ge=1, le=2**62)]
) -> Response:
    """Return a photo as JPEG."""
    me.requires("case.read")
    jpeg = talk.photo(connection, number, photo_id)
    return Response(jpeg, media_type="image/jpeg", headers={"Content-Disposition": "inline"})


@router.post("/{number}/voices", status_code=201, response_model=VoiceOut, responses=CREATING)
def add_voice(
    connection: Transaction,
    me: Me,
    number: NumberPath,
    voice: Annotated[
        UploadFile,
        File(description="WebM, Ogg, MP4, MP3 or WAV, as the browser recorded it; a minute at most."),
    ],
) -> VoiceOut:
    """Add a voice note (语音): checked by its content and written anew as a small MP3. The same file twice is one."""
    return VoiceOut(**talk.add_voice(connection, me, number, voice.file.read(voices.LARGEST_BYTES + 1)))


@router.get(
    "/{number}/voices/{voice_id}",
    responses={200: {"content": {voices.MEDIA_TYPE: {}}}, 206: {"description": "The part asked for (Range)"}},
    response_class=Response,
)
def voice(
    connection: Transaction,
    me: Me,
    number: NumberPath,
    voice_id: Annotated[int, Path(ge=1, le=2**62)],
    range_: Annotated[str | None, Header(alias="Range", examples=["bytes=0-"])] = None,
) -> Response:
    """Return a voice note as MP3, whole or in part; that it was listened to is noted in the audit log."""
    me.requires("case.read")
    mp3 = talk.voice(connection, me, number, voice_id)
    return ranges.part(range_, mp3, voices.MEDIA_TYPE, {"Content-Disposition": "inline"})
