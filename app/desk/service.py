"""What the plain pages show beside what the packages below answer: names of the ground, lists for choosing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.categories import service as categories
from app.core.errors import BadInput
from app.desk import lighting, listing, repository, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sqlalchemy import Connection

    from app.cases.finding import Listed
    from app.desk.drawing import Look
    from app.desk.listing import Row


class UnknownCode(BadInput):
    """There is nothing of this code."""

    zh = "没有这个代码。"


def ground_of(connection: Connection, codes: Sequence[str], parties: Sequence[int]) -> dict[str, Any]:
    """Return the place of someone's grants in words, and whether anything of it is invented."""
    row = repository.ground(connection, codes, parties)
    return {"place": "、".join(row.names), "synthetic": row.synthetic}


def areas(connection: Connection, level: str) -> Sequence[Any]:
    """Return code, name and parent_code of today's areas of a level, by code."""
    return repository.areas(connection, level)


def scopes(connection: Connection, grants: Sequence[Any]) -> dict[str, Any]:
    """Return the names of the areas and parties that grants are limited to, by code and by id."""
    codes = sorted({held.area_code for held in grants if held.area_code})
    ids = sorted({held.party_id for held in grants if held.party_id is not None})
    return {
        "places": repository.area_names(connection, codes),
        "parties": repository.party_names(connection, ids),
    }


def party_id(connection: Connection, code: str) -> int:
    """Return the id of a party by its code.

    Raises:
        UnknownCode: There is none.
    """
    found = repository.party_id(connection, code)
    if found is None:
        raise UnknownCode(f"Party {code!r}.", remedy="Look it up under 主体与职责 (Parties).")
    return found


def community_names(connection: Connection, codes: Iterable[str | None]) -> dict[str, str]:
    """Return names of communities by code."""
    return repository.area_names(connection, sorted({code for code in codes if code}))


def rows(
    connection: Connection, found: Sequence[Listed], look: Look, communities: Mapping[str, str]
) -> list[Row]:
    """Return cases as lines of a list, with their lights and who should lead by the rules."""
    known = {row.id: row for row in repository.clocks(connection, [case.id for case in found])}
    calendar = categories.calendar(connection)
    shown = []
    for case in found:
        row = known.get(case.id)
        light = lighting.light(
            row.clock if row else {}, look.now, calendar, case.ended_at, excused=case.excused
        )
        shown.append(listing.row(case, look, communities, light, (row.lead_zh or "") if row else ""))
    return shown


def visible(connection: Connection, number: str) -> bool:
    """Tell whether the asker may (still) see a case."""
    return bool(repository.cases_named(connection, [number]))


def choices(connection: Connection, look: Look) -> dict[str, Any]:
    """Return what a search may be limited to: communities of one's ground, categories, stages."""
    codes = tuple(grant.area_code for grant in look.asking.grants if grant.area_code)
    found = [
        (row.code, row.name)
        for row in repository.areas(connection, "community")
        if row.code.startswith(codes)
    ]
    kinds = [
        (one.key, look.t(one.name_zh, one.name_en or one.name_zh))
        for one in categories.catalogue(connection).leaves()
    ]
    stages = [(key, look.pair(names)) for key, names in words.STAGES.items()]
    return {"communities": found if codes else [], "categories": kinds, "stages": stages}
