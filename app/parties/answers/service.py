"""Answers: which party answers for a place and why (派遣依据), and what is wrong with the rules (责任检查).

Rules are no secret among themselves: they are read as the system and kept in memory until one changes.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.areas import service as areas
from app.auth import service as auth
from app.categories import service as categories
from app.core.keeping import Kept
from app.db.engine import database_of
from app.geo.crs import Metric
from app.parties import answering, linting, placing, repository
from app.parties import service as parties
from app.parties.rulebook import Place, Rulebook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from app.parties.answering import Answer

LINT_KEPT = timedelta(minutes=5)
MOST_LINTED = 20
MOST_KEPT = 8  # databases of one process; more than one only in tests
_kept: Kept[str, Rulebook] = Kept(MOST_KEPT)
_linted: Kept[tuple[str, str, str, str | None], tuple[datetime, linting.LintReport]] = Kept(MOST_LINTED)


def rulebook(connection: Connection) -> Rulebook:
    """Return all rules as this transaction sees them, from memory where they haven't changed.

    Rules are no secret among themselves: they are read as the system, so that a stranger's report finds its party.
    """
    database = database_of(connection)
    state = repository.state(connection)
    known = _kept.get(database)
    if known is None or known.version != state:
        with auth.as_system(connection):
            known = repository.load_rulebook(connection, state)
        _kept.put(database, known)
    return known


def place_at(
    connection: Connection, lon: float, lat: float, datum: str = "wgs84", at: datetime | None = None
) -> Place:
    """Return a place by its coordinates, on the boundaries of a time; outside every cell with the areas around it."""
    located = areas.locate(connection, lon, lat, datum, at)
    metric = Metric(areas.metric_srid(connection))
    x, y = (float(m) for m in metric.from_lonlat(located["lon"], located["lat"]))
    codes = {area["level"]: area["code"] for area in located["areas"]}
    cell_id = None
    if located["cell"] is not None:
        cell_id = repository.cells_by_code(connection, [located["cell"]["code"]])[located["cell"]["code"]]
    return Place(cell_id, codes.get("community"), codes.get("street"), codes.get("district"), x, y)


def explain(connection: Connection, place: Place, category: str, at: datetime | None = None) -> Answer:
    """Return who answers for a place and a category (its key), with the trace (派遣依据).

    Raises:
        UnknownCategory: There is no such category.
    """
    found = categories.catalogue(connection).find(category)
    return answering.who_answers(rulebook(connection), place, found, at or datetime.now(UTC))


def lint(
    connection: Connection, area_code: str | None = None, at: datetime | None = None
) -> linting.LintReport:
    """Return which ground has no owner or two, and which rules never decide, in an area or everywhere.

    A whole district takes seconds: what was found for now is kept for a few minutes, as long as no rule changes.

    Raises:
        NoSuchArea: No edition has it.
        NoEdition: No edition holds then.
    """
    if area_code is not None:
        parties.chain(connection, area_code)
    rules = rulebook(connection)
    now = datetime.now(UTC)
    key = (database_of(connection), rules.version, areas.edition_at(connection, at or now).name, area_code)
    kept = _linted.get(key) if at is None else None
    if kept is not None and now - kept[0] < LINT_KEPT:
        return kept[1]
    report = _lint(connection, rules, area_code, at or now)
    if at is None:
        _linted.put(key, (now, report))
    return report


def _lint(connection: Connection, rules: Rulebook, area_code: str | None, at: datetime) -> linting.LintReport:
    leaves = categories.catalogue(connection).leaves()
    return linting.lint(rules, _spots(connection, area_code, at), leaves, at)


def _spots(connection: Connection, area_code: str | None, at: datetime) -> Iterator[linting.Spot]:
    homes = placing.homes(repository.lint_parents(connection, at))
    pieces = repository.lint_pieces(connection, at)
    for row in repository.lint_cells(connection, at):
        home = homes.get((row.parent_level, row.parent_code), Place())
        if area_code is not None and area_code not in home.areas:
            continue
        for x, y in pieces.get(row.id, ((None, None),)):
            yield linting.Spot(row.code, home._replace(cell_id=row.id, x=x, y=y))
