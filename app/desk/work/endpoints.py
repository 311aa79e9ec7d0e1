"""Today's work and lists of cases, and what is done with several at once (今日工作、批量)."""

from __future__ import annotations

from math import ceil
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from app.auth.guards import Transaction
from app.cases.case import Case
from app.cases.finding import LISTS, Filter, Listed
from app.cases.lists import service as cases_lists
from app.cases.moves import service as moves
from app.cases.workflow import MOVES
from app.core.errors import BadInput, GridwardError
from app.desk import listing, service, words
from app.desk.drawing import Look, local_path
from app.desk.guards import Form, MyLook, page, seen

router = APIRouter(prefix="/desk", include_in_schema=False)
Short = Annotated[str, Query(max_length=60)]
EMPTY = {
    "overdue": ("没有超期案件，保持得很好。", "Nothing is late. Well kept."),
    "due_today": ("今天没有到期的案件。", "Nothing is due today."),
    "overnight": ("没有隔夜未结的案件。", "Nothing was left from yesterday."),
    "to_check": ("没有等待核查的案件。", "Nothing waits for a check."),
    "unassigned": ("没有待派遣的案件。", "Nothing waits to be dispatched."),
}


@router.get("")
def today(  # noqa: PLR0917  # the fields of a form in the address
    connection: Transaction,
    look: MyLook,
    list: Short = "",  # noqa: A002  # the field's name in the address
    text: Short = "",
    community: Short = "",
    category: Short = "",
    stage: Short = "",
    page_number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> Response:
    """Show what today asks for: lists with counts, and the cases of one."""
    if look.navigation and look.navigation[0][0] != "/desk":  # whose work isn't cases
        return seen(look.navigation[0][0])
    lists = cases_lists.today(connection, look.asking, look.now)
    names = {key: (zh, en) for key, (zh, en, _) in LISTS.items()}
    shown = list if list in lists else _first(lists)
    asked = listing.Asked(list=shown, text=text, community=community, category=category, stage=stage)
    wanted = [case for case in lists[shown] if asked.holds(case)]
    begin = (page_number - 1) * listing.ON_A_PAGE
    communities = service.community_names(connection, (case.community for case in lists[shown]))
    return page(
        look,
        "today.html",
        heading=look.t("今日工作", "Today's work"),
        total=len(wanted),
        tiles=listing.tiles(lists, names, look, shown),
        asked=asked,
        found=service.rows(connection, wanted[begin : begin + listing.ON_A_PAGE], look, communities),
        page=page_number,
        pages=ceil(len(wanted) / listing.ON_A_PAGE),
        actions=listing.actions(look, shown),
        empty=look.pair(EMPTY.get(shown, ("这个列表是空的。", "This list is empty."))),
        older=None,
        later=False,
        most_counted=cases_lists.MOST_COUNTED,
        **listing.choices(lists[shown], look, communities),
    )


def _first(lists: dict[str, list[Listed]]) -> str:
    """Return the list that matters most and isn't empty."""
    return next((key for key in LISTS if lists.get(key)), next(iter(lists)))


@router.get("/cases")
def find(  # noqa: PLR0917
    connection: Transaction,
    look: MyLook,
    text: Short = "",
    community: Short = "",
    category: Short = "",
    stage: Short = "",
    after: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Find cases of any age, newest first."""
    look.asking.requires("case.read")
    wanted = Filter(
        area=community or None,
        category=category or None,
        stages=(stage,) if stage in words.STAGES else (),
        words=text,
        after=after,
        limit=listing.ON_A_PAGE,
    )
    found = cases_lists.find(connection, wanted, look.now)
    communities = service.community_names(connection, (case.community for case in found.cases))
    own = service.choices(connection, look)
    return page(
        look,
        "today.html",
        heading=look.t("案件", "Cases"),
        total=cases_lists.count(connection, wanted, look.now),
        tiles=[],
        asked=listing.Asked(text=text, community=community, category=category, stage=stage),
        found=service.rows(connection, found.cases, look, communities),
        page=1,
        pages=1,
        actions=listing.actions(look),
        empty=look.t("没有找到案件。", "No such cases."),
        older=found.after,
        later=after is not None,
        most_counted=cases_lists.MOST_COUNTED,
        **own,
    )


@router.post("/bulk")
def bulk(connection: Transaction, look: MyLook, sent: Form) -> Response:
    """Make one move of every selected case; each stands or falls by itself."""
    name = sent.text("move")
    if name not in listing.BULK:
        raise BadInput(f"There is no such action: {name[:40]!r}.")
    picked = [each.partition(" ") for each in sent.texts("case")][: listing.ON_A_PAGE * 4]
    items = [(number, int(version) if version.isdecimal() else 0) for number, _, version in picked]
    results = [
        _told(number, came, look)
        for number, came in moves.bulk(connection, look.asking, name, items, now=look.now)
    ]
    bad = sum(1 for result in results if result["trouble"])
    return page(
        look,
        "bulk.html",
        label=look.t(MOVES[name].zh, MOVES[name].en),
        results=results,
        good=len(results) - bad,
        bad=bad,
        back=local_path(sent.text("back", "/desk")),
    )


def _told(number: str, came: Case | GridwardError, look: Look) -> dict[str, Any]:
    if isinstance(came, GridwardError):
        said = f"{look.t(came.zh, came.title)} {came.detail} {came.remedy}".strip()
        return {"number": number, "trouble": said, "now": ""}
    return {"number": number, "trouble": "", "now": look.pair(words.STAGES[came.stage])}
