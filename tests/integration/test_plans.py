"""No query that is used much reads a table that grows without end as a whole, whoever asks; see tests/benchmarks/plans.py."""

from __future__ import annotations

from app.db.databases import Databases
from tests import many_cases
from tests.benchmarks import plans

ROWS = 20_000
PEOPLE = ("officer", "street", "district", "one party", "fifty parties", "resident")


def test_what_is_asked_most_finds_its_index_as_everyone(fresh_databases: Databases) -> None:
    city = many_cases.build(fresh_databases, ROWS)
    taken = list(plans.taken(fresh_databases, city, PEOPLE))
    assert {plan.who for plan in taken} == set(PEOPLE)
    sent = {plan.statement for plan in taken}
    assert {
        "case",
        "find",
        "today",
        "report_case",
        "nearby_open",
        "history",
        "orders",
        "incidents_newest",
    } <= sent
    assert len(sent) >= 20
    # a street's orders without its code asked for: at this size, sorting all of them is the cheaper way
    assert [plan for plan in taken if plan.scanned and plan.query != "orders"] == []
