"""Gathers what one case's page shows, from the services below and in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.areas import service as areas
from app.cases import service as cases
from app.cases.moves import service as cases_moves
from app.cases.surroundings import service as surroundings
from app.cases.talk import service as talk
from app.categories import service as categories
from app.desk import forms, lighting, listing, repository, telling, words
from app.geo.crs import Metric

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.cases.case import Case
    from app.desk.drawing import Look


def line(connection: Connection, one: Case, look: Look) -> dict[str, Any]:
    """Return a case's own line: stage, category, place, party, light, in words."""
    catalogue = categories.catalogue(connection)
    category = catalogue.find(one.category)
    names = repository.area_names(connection, [one.community] if one.community else [])
    lead = one.answer.get("lead")
    lon = lat = None
    if one.x is not None and one.y is not None:
        lon, lat = (float(v) for v in Metric(areas.metric_srid(connection)).to_lonlat(one.x, one.y))
    return {
        "stage": look.pair(words.STAGES[one.stage]),
        "category": look.t(category.name_zh, category.name_en or category.name_zh),
        "community": names.get(one.community or "", one.community or ""),
        "cell": one.cell or "",
        "party": look.t(one.party_zh or "", one.party_en or one.party_zh or ""),
        "suggested": look.t(lead["zh"], lead["en"] or lead["zh"]) if lead else "",
        "light": lighting.light(
            one.clock, look.now, categories.calendar(connection), one.ended_at, excused=one.excused
        ),
        "tags": listing.tags(one, look),
        "lon": lon,
        "lat": lat,
    }


def facts(connection: Connection, one: Case, look: Look) -> dict[str, Any]:
    """Return everything that a case's page shows."""
    history = cases.history(connection, one)
    reads = look.asking.may("case.read") and not one.ended
    found = surroundings.duplicates_of(connection, look.asking, one.number) if reads else []
    linked = cases.links(connection, one)
    known = repository.cases_named(
        connection, [*(d.number for d in found), *(link["number"] for link in linked)]
    )
    tasks = cases.tasks(connection, one)
    same = telling.duplicates(found, linked, known, look)
    moves = cases_moves.legal_moves(look.asking, one, look.now)
    first, more = forms.forms(moves, one, look, _choices(connection, one, look, same, tasks))
    return {
        "case": one,
        "row": line(connection, one, look),
        "why": telling.sentence(one.answer, look),
        "clocks": lighting.clocks(one.clock, look, categories.calendar(connection), one.ended_at),
        "tasks": [
            task | {"party": look.t(task["party_zh"], task["party_en"] or task["party_zh"])} for task in tasks
        ],
        "applications": [
            each | {"who": telling.who(each["made_by"], look)} for each in cases.applications(connection, one)
        ],
        "duplicates": same,
        "may_merge": any(move.name == "merge" for move in moves),
        "may_add": True,
        "comments": [
            each | {"who": telling.who(each["who"], look)} for each in talk.comments(connection, one)[::-1]
        ],
        "photos": telling.photos(talk.photos(connection, one)),
        "voices": talk.voices(connection, one),
        "history": telling.steps(history, look, {}),
        "merged_into": repository.case_number(connection, one.merged_into) if one.merged_into else None,
        "moves": first,
        "more": [form for form in more if form.name != "merge" or not same],
    }


def _choices(
    connection: Connection, one: Case, look: Look, same: list[dict[str, Any]], tasks: list[dict[str, Any]]
) -> forms.Choices:
    ground = [code for code in (one.community, one.street) if code]
    open_tasks = [
        task for task in tasks if task["role"] == "assist" and task["stage"] in ("dispatched", "signed")
    ]
    others = tuple((str(task["id"]), f"{task['party_zh']} {task['what']}") for task in open_tasks)
    alike = tuple((each["number"], f"{each['number']} {each['category']}") for each in same if each["open"])
    return forms.Choices(
        party=forms.party_groups(one.answer, repository.parties_of_ground(connection, ground), look),
        category=forms.category_groups(categories.catalogue(connection), look),
        into=(("", alike),) if alike else (),
        task=(("", others),) if others else (),
    )
