"""The page that suggests who could take a case (就近派单建议). Each look is logged; nothing is changed by it."""

from __future__ import annotations

from fastapi import Response

from app.auth.guards import Transaction
from app.core.errors import GridwardError
from app.desk.guards import MyLook, page
from app.patrol.dispatch import service as dispatch
from app.patrol.dispatch.service import Suggestion
from app.patrol.tours import service as tours
from app.patrol.tours.errors import NoPlace
from app.web.problems import status_of
from app.web.routers import Branch

router = Branch(prefix="/desk/cases", include_in_schema=False)


@router.get("/{number}/near")
def near(connection: Transaction, look: MyLook, number: str) -> Response:
    """Show who on shift could take a case, and why."""
    look.asking.requires("case.dispatch")
    found: Suggestion | None = None
    error: GridwardError | None = None
    try:
        with connection.begin_nested():
            found = dispatch.suggest(connection, look.asking, number, look.now)
    except (dispatch.NothingToSuggest, NoPlace) as trouble:
        error = trouble
    teams = {one.team for one in found.members} if found else set()
    edited = {team for team in teams if tours.may_replan(connection, look.asking, team)}
    facts = {"number": number, "found": found, "edited": edited, "error": error}
    return page(look, "patrol/near.html", status_of(error) if error else 200, **facts)
