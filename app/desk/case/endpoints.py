"""One case: what is known of it, who answers and why, and the legal moves as forms (案件、派遣依据)."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from app.auth.guards import Transaction
from app.cases import service as cases
from app.cases.case import Case, Facts
from app.cases.moves import service as moves
from app.cases.talk import service as talk
from app.cases.voices import MEDIA_TYPE
from app.cases.workflow import MOVES
from app.core.errors import BadInput, GridwardError, Outdated
from app.desk import service, telling, words
from app.desk.case import service as dossier
from app.desk.drawing import Look
from app.desk.forms import PHOTOS
from app.desk.guards import Form, MyLook, page, seen
from app.web import ranges
from app.web.problems import status_of
from app.web.routers import Branch

router = Branch(prefix="/desk/cases", include_in_schema=False)


@router.get("/{number}")
def case_page(connection: Transaction, look: MyLook, number: str) -> Response:
    """Show a case."""
    return _page(connection, look, cases.case(connection, number))


@router.get("/{number}/why")
def why_page(connection: Transaction, look: MyLook, number: str) -> Response:
    """Show why this party, on one page to print."""
    one = cases.case(connection, number)
    row = dossier.line(connection, one, look)
    facts = [
        (look.t("类别", "Category"), f"{row['category']} {one.category}"),
        (
            look.t("地点", "Place"),
            " · ".join(part for part in (row["community"], one.address, row["cell"]) if part),
        ),
        (look.t("上报时间", "Reported"), look.full(one.reported_at)),
        (look.t("现主责", "Leads now"), row["party"]),
    ]
    told = telling.why(one.answer, look)
    as_of = look.full(one.reported_at)
    return page(
        look, "why.html", heading=number, back=f"/desk/cases/{number}", facts=facts, as_of=as_of, **told
    )


@router.get("/{number}/photos/{photo_id}")
def photo(connection: Transaction, look: MyLook, number: str, photo_id: int) -> Response:  # noqa: ARG001  # signed in
    """Return a photo."""
    content = talk.photo(connection, number, photo_id)
    headers = {"Cache-Control": "private, max-age=3600", "Content-Disposition": "inline"}
    return Response(content, media_type="image/jpeg", headers=headers)


@router.post("/{number}/moves/{name}")
def move(connection: Transaction, look: MyLook, number: str, name: str, sent: Form) -> Response:
    """Make one move; what was typed is shown again where it can't be made."""
    typed = {key: value for key, value in sent.form.items() if isinstance(value, str)}
    try:
        with connection.begin_nested():
            facts = _facts(connection, look, name, sent)
            version = sent.whole("version") or 0
            if _add_photos(connection, look, number, version, sent):
                version = cases.case(connection, number).version
            after = moves.move(connection, look.asking, number, name, version, facts, look.now)
    except Outdated as error:
        return _outdated(connection, look, number, name, typed, error)
    except GridwardError as error:
        one = cases.case(connection, number)
        return _page(connection, look, one, error=error, tried=name, typed=typed)
    done = look.t(MOVES[name].zh, MOVES[name].en)
    if not service.visible(connection, number):
        return seen(Look(path="/desk").link(told=f"{number}: {done}"))
    told = look.t(
        f"已完成：{done}。现在：{words.STAGES[after.stage][0]}。",
        f"Done: {done}. Now: {words.STAGES[after.stage][1]}.",
    )
    return seen(Look(path=f"/desk/cases/{number}").link(told=told))


def _add_photos(connection: Transaction, look: Look, number: str, version: int, sent: Form) -> bool:
    """Add the photos that came with a move, unless the case has changed: then the move is refused, too."""
    chosen = [(moment, content) for field, moment in PHOTOS.items() for _, content in sent.files(field)]
    if not chosen or cases.case(connection, number).version != version:
        return False
    for moment, content in chosen:
        talk.add_photo(connection, look.asking, number, content, moment)
    return True


def _facts(connection: Transaction, look: Look, name: str, sent: Form) -> Facts:
    """Return what a move's form brings."""
    if name not in MOVES:
        raise BadInput(f"There is no such move: {name[:40]!r}.")
    lon, lat = sent.number("lon"), sent.number("lat")
    return Facts(
        reason=sent.text("reason"),
        result=sent.text("result"),
        party=sent.whole("party"),
        category=sent.text("category") or None,
        place=None if lon is None or lat is None else cases.metres(connection, lon, lat),
        until=sent.moment("until", look.zone),
        into=sent.text("into") or None,
        against=sent.text("against") or None,
        task=sent.whole("task"),
    )


@router.post("/{number}/comments")
def comment(connection: Transaction, look: MyLook, number: str, sent: Form) -> Response:
    """Add a comment."""
    try:
        with connection.begin_nested():
            said = sent.text("text")
            if not said:
                raise BadInput("The comment is empty. 留言为空。")
            talk.comment(
                connection, look.asking, number, said, for_reporter=sent.text("for_reporter") == "yes"
            )
    except GridwardError as error:
        one = cases.case(connection, number)
        return _page(
            connection, look, one, error=error, typed={"text": str(sent.form.get("text", ""))[:4000]}
        )
    return seen(f"/desk/cases/{number}#h-talk")


@router.get("/{number}/voices/{voice_id}")
def voice(connection: Transaction, look: MyLook, number: str, voice_id: int, request: Request) -> Response:
    """Return a voice note, whole or in part; the look is noted."""
    mp3 = talk.voice(connection, look.asking, number, voice_id)
    headers = {"Cache-Control": "private, max-age=3600", "Content-Disposition": "inline"}
    return ranges.part(request.headers.get("Range"), mp3, MEDIA_TYPE, headers)


@router.post("/{number}/photos")
def add_photos(connection: Transaction, look: MyLook, number: str, sent: Form) -> Response:
    """Add photos."""
    try:
        with connection.begin_nested():
            for _, content in sent.files("photo"):
                talk.add_photo(connection, look.asking, number, content, sent.text("moment", "other"))
    except GridwardError as error:
        return _page(connection, look, cases.case(connection, number), error=error)
    return seen(f"/desk/cases/{number}#h-photos")


@router.post("/{number}/reporter")
def reporter(connection: Transaction, look: MyLook, number: str) -> Response:
    """Show who reported it, and record the look."""
    one = cases.case(connection, number)
    try:
        with connection.begin_nested():
            shown = talk.reporter(connection, look.asking, number)
    except GridwardError as error:
        return _page(connection, look, one, error=error)
    return _page(connection, look, one, reporter=shown)


def _page(
    connection: Transaction, look: Look, one: Case, *, error: GridwardError | None = None, **more: Any
) -> Response:
    facts = dossier.facts(connection, one, look)
    facts |= {"error": error, "tried": "", "typed": {}, "reporter": None} | more
    return page(look, "case.html", status_of(error) if error else 200, **facts)


def _outdated(  # noqa: PLR0917
    connection: Transaction, look: Look, number: str, name: str, typed: dict[str, str], error: Outdated
) -> Response:
    """Show who changed it and when, the case as it is, and what was typed, ready to be sent again."""
    one = cases.case(connection, number)
    facts = dossier.facts(connection, one, look)
    offered = [form for form in (*facts["moves"], *facts["more"]) if form.name == name]
    told = facts["history"]
    last = told[0] if told else None
    who = f"{last['who']} · {look.when(last['at'], seconds=True)} · {last['name']}" if last else ""
    more = {
        "error": error,
        "who": who,
        "move": offered[0] if offered else None,
        "typed": {key: value for key, value in typed.items() if key != "version"},
        "label": look.t(MOVES[name].zh, MOVES[name].en) if name in MOVES else name,
        "history": told[:5],
    }
    return page(look, "outdated.html", 412, **(facts | more))
