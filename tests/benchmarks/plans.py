"""`python -m tests.benchmarks plans`: how the queries that are used most run on 500,000 cases, as whom they serve.

The services are called as they are; of every statement that they send, the plan is taken which the server uses once it is
prepared (the sixth time of asking), with the same values in the same transaction, under the service role.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy import Connection, event

from app.auth import service as auth
from app.auth.accounts import AuditFilter
from app.auth.principal import Principal
from app.cases import service as cases
from app.cases.finding import Filter
from app.cases.lists import service as lists
from app.cases.moves import service as moves
from app.cases.opening import service as opening
from app.cases.reporting import Said
from app.cases.surroundings import service as surroundings
from app.cases.talk import service as talk
from app.core.errors import GridwardError
from app.core.settings import ROOT, Settings
from app.db.cluster import Cluster
from app.db.databases import Databases
from app.db.engine import driver, transaction
from app.desk import repository as desk
from app.geo.crs import Metric
from app.hotline import service as hotline
from app.incidents import service as incidents
from tests import many_cases
from tests.benchmarks.load import SOUTH, WEST
from tests.conftest import METRIC_SRID, drop_database, make_database

PROTECTED = (
    "cases.",
    "incidents.incidents",
    "hotline.orders",
    "auth.audit",
    "auth.sessions",
    "auth.tokens",
    "auth.answers",
)
"""Tables that grow without end: none of them is read from end to end."""
HELPERS = ("act_as", "shown_as", "metric_srid", "me")
ROWS = 500_000
PREPARED_AFTER = 5  # uses, by psycopg and by the server alike

Asking = Callable[[Connection, Principal], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """One statement as it ran for one person: milliseconds, 8 kB pages, and protected tables that it read as a whole."""

    query: str
    statement: str
    who: str
    ms: float
    buffers: int
    scanned: tuple[str, ...]


def run() -> dict[str, Any]:
    """Return every query's slowest run with whose it was, and all that read a protected table as a whole."""
    admin = os.environ.get("GRIDWARD_TEST_ADMIN_URL")
    admin = admin or Cluster.of(Settings.from_env(os.environ), purpose="test").start().admin_url
    databases, name = make_database(admin)
    try:
        city = many_cases.build(databases, ROWS)
        plans = list(taken(databases, city))
    finally:
        drop_database(admin, databases, name)
    slowest: dict[str, Plan] = {}
    for plan in plans:
        if plan.query not in slowest or plan.ms > slowest[plan.query].ms:
            slowest[plan.query] = plan
    return {
        "benchmark": "plans",
        "cases": ROWS,
        "queries": len(slowest),
        "plans": len(plans),
        "sequential": sorted({f"{plan.query}, {plan.statement}, {plan.who}: {', '.join(plan.scanned)}" for plan in plans if plan.scanned}),
        **{plan.query: f"{plan.ms:.1f} ms, {plan.buffers} pages, {plan.who}" for plan in slowest.values()},
    }  # fmt: skip


def taken(databases: Databases, city: many_cases.City, people: Iterable[str] = ()) -> Iterator[Plan]:
    """Ask every query as everyone (or some), and return the plans of what they sent; nothing of it stays."""
    for who in people or city.people:
        acting = city.people[who]
        with transaction(databases.service, acting.principal.key) as connection:
            for query, ask in QUERIES.items():
                with _undone(connection), _watched(connection) as sent:
                    try:
                        ask(connection, acting.principal)
                    except (GridwardError, NothingThere):
                        sent.clear()  # not theirs to ask
                for statement, values in sent:
                    yield _plan(connection, query, who, statement, values)


class NothingThere(Exception):
    """Whoever asks sees no case at all."""


@contextmanager
def _undone(connection: Connection) -> Iterator[None]:
    point = connection.begin_nested()
    yield
    point.rollback()


@contextmanager
def _watched(connection: Connection) -> Iterator[list[tuple[str, list[Any]]]]:
    """Note what is sent, as the server takes it: by SQLAlchemy, and by `app.db.engine.first` past it."""
    sent: dict[str, list[Any]] = {}
    straight = psycopg.RawCursor.execute

    def kept(statement: str, values: list[Any]) -> None:
        if statement.startswith("--") and _name(statement) not in HELPERS:
            sent[statement] = values

    def note(_c: object, _cursor: object, statement: str, values: Mapping[str, Any], *_rest: object) -> None:
        names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", statement)))
        body = re.sub(r"%\((\w+)\)s", lambda found: f"${names.index(found[1]) + 1}", statement)
        kept(body.replace("%%", "%"), [values[name] for name in names])

    def passed_by(cursor: Any, statement: str, values: Any = None, **how: Any) -> Any:
        kept(statement, list(values or ()))
        return straight(cursor, statement, values, **how)

    event.listen(connection, "before_cursor_execute", note)
    psycopg.RawCursor.execute = passed_by  # type: ignore[method-assign]
    found: list[tuple[str, list[Any]]] = []
    try:
        yield found
    finally:
        psycopg.RawCursor.execute = straight  # type: ignore[method-assign]
        event.remove(connection, "before_cursor_execute", note)
        found.extend(sent.items())


def _plan(connection: Connection, query: str, who: str, statement: str, values: list[Any]) -> Plan:
    given = sql.SQL(", ").join([sql.Literal(value) for value in values])
    execute = sql.SQL("EXECUTE asked ({})").format(given) if values else sql.SQL("EXECUTE asked")
    with _undone(connection):
        raw = driver(connection)
        raw.execute(b"PREPARE asked AS " + statement.encode(), prepare=False)
        for _ in range(PREPARED_AFTER):
            raw.execute(sql.SQL("EXPLAIN {}").format(execute), prepare=False)
        explain = sql.SQL("EXPLAIN (ANALYZE, BUFFERS, VERBOSE, FORMAT JSON) {}").format(execute)
        row = raw.execute(explain, prepare=False).fetchone()
        raw.execute("DEALLOCATE asked", prepare=False)
    told: Any = row[0] if row else None
    top = told[0]["Plan"]
    return Plan(
        query=query, statement=_name(statement), who=who, ms=told[0]["Execution Time"],
        buffers=top["Shared Hit Blocks"] + top["Shared Read Blocks"], scanned=tuple(sorted(set(_scanned(top)))),
    )  # fmt: skip


def _scanned(node: dict[str, Any]) -> Iterator[str]:
    if node["Node Type"].endswith("Seq Scan") and node["Actual Loops"]:
        table = f"{node['Schema']}.{node['Relation Name']}"
        if table.startswith(PROTECTED):
            yield table
    for below in node.get("Plans", ()):
        yield from _scanned(below)


def _name(statement: str) -> str:
    """Return the file that a statement came from, by its opening comment."""
    return NAMES.get(statement.splitlines()[0], statement.splitlines()[0])


NAMES = {
    file.read_text(encoding="utf-8").splitlines()[0]: file.stem
    for file in sorted(Path(ROOT / "app").glob("*/sql/*.sql"))
}


# Queries


def _now() -> datetime:
    return datetime.now(UTC)


def _some(connection: Connection, **limits: Any) -> str:
    page = lists.find(connection, Filter(limit=1, **limits))
    if not page.cases:
        raise NothingThere
    return page.cases[0].number


def _at(x: float, y: float) -> tuple[float, float]:
    lon, lat = Metric(METRIC_SRID).to_lonlat([WEST + x], [SOUTH + y])
    return float(lon[0]), float(lat[0])


def _look(connection: Connection, me: Principal) -> object:
    one = cases.case(connection, _some(connection))
    told = [tell(connection, one) for tell in (cases.history, cases.tasks, cases.applications, cases.links)]
    return told, talk.comments(connection, one), talk.photos(connection, one), moves.legal_moves(me, one)


def _report(connection: Connection, me: Principal) -> object:
    lon, lat = _at(150, 150)
    said = Said(category="event:0102", x=lon, y=lat, description="synthetic", system="plans", source_id="1")
    return opening.report(connection, me, said), opening.report(connection, me, said)


def _move(connection: Connection, me: Principal) -> object:
    number = _some(connection, open=True)
    for offered in moves.legal_moves(me, cases.case(connection, number)):
        if not offered.needs:
            return moves.move(connection, me, number, offered.name)
    raise NothingThere


def _clocks(connection: Connection, _me: Principal) -> object:
    page = lists.find(connection, Filter(limit=50))
    numbers = [case.number for case in page.cases]
    return desk.clocks(connection, [case.id for case in page.cases]), desk.cases_named(connection, numbers)


def _next_page(connection: Connection, _me: Principal) -> object:
    first = lists.find(connection, Filter(limit=50))
    return lists.find(connection, Filter(limit=50, after=first.after))


def _of_a_box(connection: Connection, _me: Principal) -> object:
    box = (*_at(0, 0), *_at(500, 500))
    return incidents.incidents(connection, incidents.Filter(bbox=box))


def _find(**limits: Any) -> Asking:
    return lambda connection, _me: lists.find(connection, Filter(**limits))


QUERIES: dict[str, Asking] = {
    "report": _report,
    "case": _look,
    "move": _move,
    "today": lists.today,
    "today of a street": lambda connection, me: lists.today(connection, me, area=many_cases.STREET),
    "duplicates": lambda connection, me: surroundings.duplicates_of(connection, me, _some(connection, open=True)),
    "reporter": lambda connection, me: talk.reporter(connection, me, _some(connection)),
    "newest": _find(),
    "next page": _next_page,
    "open": _find(open=True),
    "of a community": _find(area=many_cases.COMMUNITY),
    "open of a street": _find(area=many_cases.STREET, open=True),
    "of the district, overdue": _find(area=many_cases.DISTRICT, open=True, overdue=True),
    "of stages": _find(open=True, stages=("dispatched", "signed")),
    "of a category": _find(category="event:0102"),
    "due soon": lambda connection, _me: lists.find(connection, Filter(open=True, due_before=_now())),
    "of a week": lambda connection, _me: lists.find(connection, Filter(since=_now() - timedelta(days=7))),
    "by words": _find(words="synthetic 4"),
    "by words that nothing has": _find(words="nowhere"),
    "mine": _find(mine=True),
    "clocks": _clocks,
    "incidents, newest": lambda connection, _me: incidents.incidents(connection, incidents.Filter(limit=100)),
    "incidents of a box": _of_a_box,
    "orders": lambda connection, me: hotline.orders(connection, me, hotline.Filter()),
    "orders of a street": lambda connection, me: hotline.orders(connection, me, hotline.Filter(home=many_cases.STREET)),
    "rates of a month": lambda connection, me: hotline.rates(connection, me, since=_now() - timedelta(days=30)),
    "audit": lambda connection, _me: auth.entries(connection, AuditFilter()),
    "audit of a case": lambda connection, _me: auth.entries(
        connection, AuditFilter(subject="cases.cases", subject_id="7")
    ),
    "last change": lambda connection, _me: auth.last_change(connection, "cases.cases", 7),
}  # fmt: skip
"""What is asked most, as the endpoints and pages ask it."""
