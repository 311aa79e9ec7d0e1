"""Very many invented cases in the tiny town (示意), to look at plans: `python -m tests.many_cases 500000` prints them.

Two in a hundred are open, as where the work is done; the others were closed over two years.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from sqlalchemy import Connection, text

from app.cases import repository
from app.db.databases import Databases
from app.db.engine import transaction
from tests import case_town
from tests.case_town import Town
from tests.conftest import drop_database, make_database

FILL = """
INSERT INTO cases.cases (number, source, category_id, confidential, description, edition_id, cell_id, community, street,
                         geom, stage, party_id, parties, answer, reported_by, reported_at, opened_at, due_at, stage_due_at, ended_at)
SELECT to_char(r.at, 'YYYYMMDD') || lpad(r.n::text, 9, '0'), 'patrol', k.id, r.n % 50 = 0, 'synthetic ' || r.n, c.edition_id,
       c.id, c.parent_code, left(c.parent_code, 9), ST_PointOnSurface(c.geom),
       CASE WHEN r.open THEN (ARRAY['reported', 'filed', 'dispatched', 'signed', 'handled'])[1 + r.n / 50 % 5] ELSE 'closed' END,
       p.ids[1 + r.n % 7], ARRAY[p.ids[1 + r.n % 7]], '{"order": [], "both": []}', a.ids[1 + r.n % 14], r.at, r.at,
       r.at + interval '5 days', CASE WHEN r.open THEN r.at + interval '3 hours' END,
       CASE WHEN NOT r.open THEN r.at + interval '2 days' END
  FROM (SELECT n, now() - interval '2 years' * (1 - n::float / :rows) AS at, n % 50 = 7 AS open
          FROM generate_series(1, :rows) AS n) AS r
  JOIN (SELECT row_number() OVER (ORDER BY id) AS row, * FROM areas.cells) AS c ON c.row = 1 + r.n % 16
  JOIN (SELECT row_number() OVER (ORDER BY id) - 1 AS row, id FROM categories.categories LIMIT 40) AS k ON k.row = r.n % 40
 CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM parties.parties) AS p
 CROSS JOIN (SELECT array_agg(id ORDER BY id) AS ids FROM auth.accounts) AS a
"""
HISTORY = """
INSERT INTO cases.transitions (case_id, at, move, from_stage, to_stage, principal)
SELECT c.id, c.reported_at, 'report', NULL, 'reported', 'system' FROM cases.cases AS c
"""


def fill(databases: Databases, rows: int) -> None:
    """Add so many cases and analyse them; triggers rest meanwhile, for nobody looks at their audit."""
    with databases.owner.begin() as connection:
        connection.execute(text("ALTER TABLE cases.cases DISABLE TRIGGER USER"))
        connection.execute(text(FILL), {"rows": rows})
        connection.execute(text(HISTORY))
        connection.execute(text("ALTER TABLE cases.cases ENABLE TRIGGER USER"))
    with databases.owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE cases.cases"))
        connection.execute(text("VACUUM ANALYZE cases.transitions"))


def queries(connection: Connection, town: Town) -> dict[str, tuple[Any, dict[str, Any]]]:
    """Return the queries that are used most: name, statement and values."""
    number = connection.execute(
        text("SELECT max(number) FROM cases.cases WHERE stage = 'dispatched'")
    ).scalar_one()
    case_id = connection.execute(text("SELECT max(id) FROM cases.cases")).scalar_one()
    cells = list(connection.execute(text("SELECT id FROM areas.cells LIMIT 4")).scalars())
    now = connection.execute(text("SELECT now()")).scalar_one()
    party, account = town.parties["nw-environment"], town["resident"].id
    find = repository._find
    page = {"most": 51, "now": now}
    return {
        "case": (repository.SQL["case"], {"number": number}),
        "history": (repository.SQL["history"], {"case_id": case_id}),
        "tasks": (repository.SQL["tasks"], {"case_id": case_id}),
        "applications": (repository.SQL["applications"], {"case_id": case_id}),
        "comments": (repository.SQL["comments"], {"case_id": case_id, "only_reporter": False}),
        "photos": (repository.SQL["photos"], {"case_id": case_id}),
        "links": (repository.SQL["links"], {"case_id": case_id}),
        "reporter": (repository.SQL["reporter"], {"case_id": case_id}),
        "nearby_open": (repository.SQL["nearby_open"], {"cells": cells, "since": now, "but": 0}),
        "find newest": (find(()), page),
        "find of a community": (find(("community",)), page | {"area": case_town.NORTH_WEST}),
        "find open of a street": (find(("street", "open")), page | {"area": case_town.WEST}),
        "find of a party": (find(("open", "parties")), page | {"parties": [party]}),
        "find by stage": (find(("open", "stages")), page | {"stages": ["handled"]}),
        "find overdue": (find(("open", "overdue")), page),
        "find mine": (find(("mine",)), page | {"account": account}),
        "find next page": (find(("after",)), page | {"after_at": now, "after_id": 0}),
        "today of mine": (repository._today("open_mine"), {"area": None, "most": 2000}),
        "today of all": (repository._today("open_all"), {"area": None, "most": 2000}),
        "unsigned": (repository.SQL["unsigned"], {"now": now, "most": 100}),
    }


def plan(connection: Connection, statement: Any, values: dict[str, Any]) -> str:
    """Return how the database would run, and ran, a statement."""
    asked = {name: value for name, value in values.items() if f":{name}" in statement.text}
    rows = connection.execute(text(f"EXPLAIN (ANALYZE, BUFFERS OFF, TIMING OFF) {statement.text}"), asked)
    return "\n".join(row[0] for row in rows)


def main(rows: int) -> None:
    admin = os.environ["GRIDWARD_TEST_ADMIN_URL"]
    databases, name = make_database(admin)
    try:
        town = case_town.build(databases)
        fill(databases, rows)
        for who in ("officer", "supervisor", "district", "environment"):
            with transaction(databases.service, "system") as connection:
                asked = queries(connection, town)
            with transaction(databases.service, town.who(who).key) as connection:
                for query, (statement, values) in asked.items():
                    told = plan(connection, statement, values)
                    slow = "Seq Scan on cases" in told or "Seq Scan on transitions" in told
                    print(f"{who:12} {query:24} {told.splitlines()[-1]:28} {'SEQUENTIAL' if slow else ''}")
                    if slow or os.environ.get("PLANS"):
                        print(told)
    finally:
        drop_database(admin, databases, name)


if __name__ == "__main__":
    main(int(sys.argv[1]))
