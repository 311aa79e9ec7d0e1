"""`/api/categories`: kinds of incident, their limits, the working calendar."""

from __future__ import annotations

import csv
import io
from datetime import date, timedelta
from typing import Annotated

from fastapi import Body, Path, Query
from starlette.responses import Response

from app.auth.guards import Me, OnceKey, Transaction, once
from app.categories import service
from app.categories.catalogue import STAGES, UnknownCategory
from app.categories.schemas import CategoryIn, CategoryOut, DayIn, DayOut, KeptOut, LimitIn, LimitsOut
from app.core.errors import BadInput, NotFound
from app.web import problems
from app.web.routers import Branch

router = Branch(prefix="/api/categories", tags=["categories"])
CHANGES = problems.documented(400, 409, 413, 415)
LONGEST_PERIOD = timedelta(days=400)


class NoCategoryThere(NotFound):
    """There is no such category."""

    zh = "没有该问题类别。"


@router.get("")
def find(
    connection: Transaction,
    me: Me,
    q: Annotated[
        str, Query(description="Part of a name, or of a key.", max_length=100, examples=["垃圾"])
    ] = "",
    leaves: Annotated[bool, Query(description="Only what an incident can be.")] = False,
) -> list[CategoryOut]:
    """Kinds of incident, all or those with a word in their name, in order of scheme and code."""
    me.requires("categories.read")
    catalogue = service.catalogue(connection)
    ends = frozenset(category.key for category in catalogue.leaves())
    wanted = q.strip().casefold()
    return [
        CategoryOut.of(category, ends)
        for category in catalogue.all()
        if (not leaves or category.key in ends)
        and wanted in f"{category.key} {category.name_zh} {category.name_en}".casefold()
    ]


@router.get("/calendar")
def calendar(
    connection: Transaction,
    me: Me,
    from_: Annotated[date, Query(alias="from", examples=["2026-10-01"])],
    to: Annotated[date, Query(description="Not included.", examples=["2026-11-01"])],
) -> list[DayOut]:
    """The working calendar, public holidays with their adjusted weekends: a row a day."""
    me.requires("categories.read")
    if not from_ < to <= from_ + LONGEST_PERIOD:
        raise BadInput(f"From {from_} to {to}.", remedy=f"Ask for 1 to {LONGEST_PERIOD.days} days.")
    days = service.calendar(connection)
    asked = [from_ + timedelta(days=n) for n in range((to - from_).days)]
    return [DayOut(day=day, works=days.works(day), known=days.known(day)) for day in asked]


@router.put("/calendar", responses=CHANGES)
def set_day(connection: Transaction, me: Me, said: DayIn) -> KeptOut:
    """Store a day that differs from the calendar, or that it doesn't know yet."""
    me.requires("categories.edit")
    return KeptOut(
        rows=1,
        changed=service.set_days(connection, [(said.day, said.works, said.name_zh, said.source)]),
        findings=[],
    )


@router.put("", responses=CHANGES)
def put(connection: Transaction, me: Me, said: CategoryIn) -> KeptOut:
    """Store one category by its scheme and code: a new one, or what is to be known of one that is there."""
    me.requires("categories.edit")
    line = {name: str(value) for name, value in said.model_dump().items()}
    kept = service.load_categories(connection, [line])
    if kept.findings:
        raise BadInput(kept.findings[0].message, remedy=kept.findings[0].remedy, findings=kept.findings)
    return KeptOut(**kept.to_dict())


@router.post("/import", response_model=KeptOut, responses=CHANGES)
def load(
    connection: Transaction,
    me: Me,
    table: Annotated[
        dict[str, str], Body(examples=[{"limits": "category,stage,area_class,amount,unit,source\n"}])
    ],
    key: OnceKey = None,
) -> Response:
    """Store categories or limits of a table: `{"categories": "<CSV>"}` or `{"limits": "<CSV>"}`; good rows are kept, others told."""
    me.requires("categories.edit")

    def made() -> tuple[int, object, dict[str, str]]:
        if set(table) == {"categories"}:
            kept = service.load_categories(connection, csv.DictReader(io.StringIO(table["categories"])))
        elif set(table) == {"limits"}:
            kept = service.load_limits(connection, csv.DictReader(io.StringIO(table["limits"])))
        else:
            raise BadInput("It names neither.", remedy="Send one of: categories, limits.")
        return 200, kept.to_dict(), {}

    return once(connection, me, key, table, made)


@router.put("/limits", responses=CHANGES)
def put_limit(connection: Transaction, me: Me, said: LimitIn) -> KeptOut:
    """Store one limit; cases that run keep theirs."""
    me.requires("categories.edit")
    line = {name: "" if value is None else str(value) for name, value in said.model_dump().items()}
    kept = service.load_limits(connection, [line])
    if kept.findings:
        raise UnknownCategory(kept.findings[0].message, remedy=kept.findings[0].remedy)
    return KeptOut(**kept.to_dict())


@router.get("/{key}")
def one(
    connection: Transaction,
    me: Me,
    key: Annotated[str, Path(max_length=200, examples=["event:0102"])],
    area_class: Annotated[int, Query(ge=1, le=3)] = 1,
) -> LimitsOut:
    """One category and the limits that hold for it in areas of a class."""
    me.requires("categories.read")
    catalogue = service.catalogue(connection)
    try:
        category = catalogue.find(key)
    except UnknownCategory as error:
        raise NoCategoryThere(error.detail, remedy=error.remedy) from None
    return LimitsOut.of(catalogue, category, area_class, STAGES)
