"""Reads and writes of cases."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

import app.incidents
from app.cases.case import COLUMNS, Case
from app.db.engine import first
from app.db.queries import beside, numbered

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from contextlib import AbstractContextManager
    from datetime import datetime

    from sqlalchemy import Connection, Row, TextClause

    from app.cases.moving import Change
    from app.db.queries import Numbered

SQL = beside(__file__)
ADD_INCIDENT = beside(app.incidents.__file__)["add_incident"]
MAY_CHANGE = (
    "category_id", "confidential", "edition_id", "cell_id", "community", "street", "loop", "stage", "party_id",
    "handled_by", "checked_by", "due_at", "stage_due_at", "suspended_at", "handled_at", "ended_at", "self_handled",
    "to_sample", "supervised", "excused", "returned", "reworked", "reopened", "postponed", "urged", "merged_into",
    "outcome", "x", "y",
)  # fmt: skip


def savepoint(connection: Connection) -> AbstractContextManager[Any]:
    """Open a savepoint: what fails within leaves the rest as it is."""
    return connection.begin_nested()


def bearings(connection: Connection, at: datetime) -> Row[Any]:
    """Return database, metric_srid and edition_id at a time; see `sql/bearings.sql`."""
    return connection.execute(SQL["bearings"], {"at": at}).one()


def areas_of_edition(connection: Connection, edition_id: int) -> Sequence[Row[Any]]:
    """Return level, code, name, parent_code of districts, streets and communities."""
    return connection.execute(SQL["areas_of_edition"], {"edition_id": edition_id}).all()


def report(connection: Connection, values: dict[str, object]) -> str | None:
    """Store a report with its case in one statement and return its number; None if it was not stored."""
    row = first(connection, _report_statement(), values)
    return None if row is None else str(row[1])


@cache
def _report_statement() -> Numbered:
    whole = SQL["report_case"].text.replace("{add_incident}", ADD_INCIDENT.text.strip())
    return numbered(text(whole.replace("{bearings}", SQL["bearings"].text.strip())))


def case_of_source(connection: Connection, source: str, source_id: str) -> Row[Any] | None:
    """Return number and is_mine of the case that a source's id led to."""
    asked = {"incident_source": source, "source_id": source_id}
    return connection.execute(SQL["case_of_source"], asked).one_or_none()


def case(connection: Connection, number: str) -> Case | None:
    """Return a case, None if there is none to be seen."""
    row = connection.execute(SQL["case"], {"number": number}).one_or_none()
    return None if row is None else _case(row)


def _case(row: Row[Any]) -> Case:
    known = {name: row._mapping[name] for name in COLUMNS}  # noqa: SLF001  # SQLAlchemy's public name for it
    for name in ("parties", "party_chain", "assisting", "moments"):
        known[name] = tuple(known[name] or ())
    return Case(**known)


def move(connection: Connection, before: Case, change: Change, values: dict[str, object]) -> bool:
    """Store a move, if the case is still at the version before; tell whether it was."""
    after = change.case
    state = {name: getattr(after, name) for name in MAY_CHANGE}
    state |= {
        "id": before.id, "version": before.version, "parties": list(after.parties), "from_stage": before.stage,
        "answer": json.dumps(after.answer), "clock": json.dumps(after.clock), "moved_party": after.party_id,
    }  # fmt: skip
    return connection.execute(SQL["move_case"], state | values).one_or_none() is not None


def run(connection: Connection, query: str, **values: object) -> int:
    """Run one of the small writes by its file's name; return how many rows it touched."""
    return connection.execute(SQL[query], values).rowcount


def rows(connection: Connection, query: str, **values: object) -> list[dict[str, Any]]:
    """Run one of the small reads, or writes that tell, by its file's name."""
    return [dict(row) for row in connection.execute(SQL[query], values).mappings()]


def decide(
    connection: Connection, case_id: int, whats: Iterable[str], **values: object
) -> list[dict[str, Any]]:
    """Decide open applications; return what, until, against, made_by of each."""
    return rows(connection, "decide", case_id=case_id, whats=list(whats), **values)


def found(
    connection: Connection, conditions: Iterable[str], values: dict[str, object], *, everything: bool
) -> list[dict[str, Any]]:
    """Return cases for a list, by conditions of `CONDITIONS`; see `sql/find.sql`."""
    statement = _find("find_all" if everything else "find_mine", tuple(conditions))
    return [dict(row) for row in connection.execute(statement, values).mappings()]


CONDITIONS = {
    "open": "c.ended_at IS NULL",
    "ended": "c.ended_at IS NOT NULL",
    "street": "c.street = :area",
    "community": "c.community = :area",
    "outside": "c.community IS NULL",
    "stages": "c.stage = ANY (CAST(:stages AS text[]))",
    "parties": "c.party_id = ANY (CAST(:parties AS integer[]))",
    "categories": "c.category_id = ANY (CAST(:categories AS integer[]))",
    "numbers": "c.number = ANY (CAST(:numbers AS text[]))",
    "overdue": "c.suspended_at IS NULL AND ((c.due_at < coalesce(c.ended_at, :now) AND NOT c.excused)"
    " OR (c.ended_at IS NULL AND c.stage_due_at < :now))",
    "due_before": "c.due_at < :due_before",
    "since": "c.reported_at >= :since",
    "until": "c.reported_at < :until",
    "words": "(c.description ILIKE :words OR c.address ILIKE :words OR c.number LIKE :words)",
    "mine": "c.reported_by = (SELECT auth.me())",
    "after": "(c.reported_at, c.id) < (CAST(:after_at AS timestamptz), CAST(:after_id AS bigint))",
}
"""What a list may be limited by: fixed text, values as binds; only what is asked for is in the statement, for its index."""


def counted(
    connection: Connection, conditions: Iterable[str], values: dict[str, object], *, everything: bool
) -> int:
    """Return how many cases `found` would find, as far as `most`."""
    statement = _count("find_all" if everything else "find_mine", tuple(conditions))
    return int(connection.execute(statement, values).scalar_one())


@cache
def _count(scope: str, conditions: tuple[str, ...]) -> TextClause:
    return text(SQL["count"].text.replace("{scope}", _scope(scope, conditions)))


@cache
def _find(scope: str, conditions: tuple[str, ...]) -> TextClause:
    return text(_with_columns("find").replace("{scope}", _scope(scope, conditions)))


def _scope(scope: str, conditions: tuple[str, ...]) -> str:
    where = " AND ".join(CONDITIONS[name] for name in conditions) or "true"
    return SQL[scope].text.strip().replace("{conditions}", where)


def _with_columns(query: str) -> str:
    columns = SQL["list_columns"].text.partition("\n")[2].strip()
    return SQL[query].text.replace("{list_columns}", columns)


def todays(connection: Connection, *, everything: bool, **values: object) -> list[dict[str, Any]]:
    """Return the open cases that today's lists are made of; see `sql/today.sql`."""
    statement = _today("open_all" if everything else "open_mine")
    return [dict(row) for row in connection.execute(statement, values).mappings()]


@cache
def _today(scope: str) -> TextClause:
    return text(_with_columns("today").replace("{scope}", SQL[scope].text.strip()))


def reach(connection: Connection) -> Row[Any]:
    """Return how far the asker sees: everything, some ground, or neither; see `sql/reach.sql`."""
    return connection.execute(SQL["reach"]).one()
