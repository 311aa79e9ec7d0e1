"""Coverage by hour, and as a whole, against the definition reckoned row by row in Python, on random scenes.

What is stored (visits with holes, streets beside, gaps) is made up; the reference clips each row to each hour by
itself and judges by the rule as it is written: at least 25 s patrolled, from 15 s on or in a gap unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from sqlalchemy import Connection, text

from app.areas import service as areas
from app.auth.principal import SYSTEM
from app.db.databases import Databases
from app.db.engine import transaction
from app.patrol.coverage import repository, service
from app.patrol.coverage.repository import Window
from app.patrol.rules import ON_FOOT
from app.teams import service as teams
from app.teams.roster import Member, Shift
from tests import tiny_town
from tests.conftest import drop_database, make_database, rolled_back

START = datetime(2026, 3, 2, tzinfo=UTC)
HOURS = 3
END = START + timedelta(hours=HOURS)
TEAM, MEMBERS = "TT", ["TT-01", "TT-02"]
Spans = list[tuple[float, float]]


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    made, name = make_database(admin_url)
    with transaction(made.owner) as connection:
        tiny_town.load(connection)
    yield made
    drop_database(admin_url, made, name)


@pytest.fixture
def connection(town: Databases) -> Iterator[Connection]:
    """A transaction as the service role and the system, rolled back after the test."""
    yield from rolled_back(town.service, "system")


def told(spans: Spans) -> str:
    """A multirange as PostgreSQL reads it."""
    ends = [tuple(START + timedelta(seconds=second) for second in span) for span in spans]
    return "{" + ",".join(f'["{a.isoformat()}","{b.isoformat()}")' for a, b in ends) + "}"


def clipped(spans: Spans, start: float, end: float) -> float:
    return sum(max(0.0, min(b, end) - max(a, start)) for a, b in spans)


def scene(connection: Connection, rng: np.random.Generator) -> tuple[list, list]:
    """Store a random scene; return its visits and gaps as (member, cells, ...), seconds since the start."""
    teams.form_team(
        connection, TEAM, members=[Member(code=code) for code in MEMBERS],
        shifts=[Shift(member=code, start=START, end=END) for code in MEMBERS], area_code=tiny_town.DISTRICT,
    )  # fmt: skip
    edition = areas.edition_at(connection, START).id
    ids = areas.ground(connection, edition).ids.tolist()
    members = [member.id for member in teams.members(connection, TEAM)]
    shifts = {shift.member_id: shift.id for shift in teams.shifts(connection, members)}
    visits, gaps = [], []
    for member in members:
        connection.execute(
            text(
                "INSERT INTO patrol.reductions (shift_id, edition_id, rules, fixes, dropped, without_accuracy, tracked, inferred)"
                " VALUES (:shift, :edition, '{}', 9, '{}', 0, CAST(:all AS tstzmultirange), '{}')"
            ),
            {"shift": shifts[member], "edition": edition, "all": told([(0, HOURS * 3600)])},
        )
        at = 0.0
        while at < HOURS * 3600 - 200:
            cell = int(rng.integers(len(ids)))
            # about the threshold, in three parts: in the cell, nothing, on a street beside it; some across a full hour
            at += float(rng.choice([1.0, 300.0, 3600.0 - at % 3600 - 15]))
            lengths = rng.choice([0.0, 1.0, 4.9, 5.0, 7.5, 10.0, 12.5, 15.0, 20.0, 25.0], 3)
            seen = [(at, at + lengths[0])] if lengths[0] else []
            shared_from = at + lengths[0] + lengths[1]
            shared = [(shared_from, shared_from + lengths[2])] if lengths[2] else []
            if not seen and not shared:
                continue
            visits.append((member, cell, seen, shared))
            connection.execute(
                text(
                    "INSERT INTO patrol.visits (shift_id, member_id, cell_id, period, seen, inferred, shared)"
                    " SELECT :shift, :member, :cell, range_merge(s + h), s, '{}', h"
                    " FROM (SELECT CAST(:seen AS tstzmultirange) AS s, CAST(:shared AS tstzmultirange) AS h) AS v"
                ),
                {"shift": shifts[member], "member": member, "cell": ids[cell], "seen": told(seen), "shared": told(shared)},
            )  # fmt: skip
            at = shared_from + lengths[2] + float(rng.integers(1, 400))
        for begin in rng.uniform(0, HOURS * 3600 - 100, 3):
            cells = rng.choice(len(ids), 2, replace=False)
            start = float(rng.choice([begin, 3600 - 19.0, 3600 - 20.0]))
            gaps.append((member, cells.tolist(), start, start + 90.0))
            connection.execute(
                text(
                    "INSERT INTO patrol.gaps (shift_id, member_id, period, reachable)"
                    " VALUES (:shift, :member, tstzrange(:start, :end), :cells)"
                ),
                {
                    "shift": shifts[member], "member": member, "start": START + timedelta(seconds=start),
                    "end": START + timedelta(seconds=start + 90), "cells": [ids[k] for k in cells],
                },
            )  # fmt: skip
    return visits, gaps


def state(  # noqa: PLR0917
    visits: list, gaps: list, cell: int, whose: list[int], start: float, end: float
) -> str:
    """The rule as it is written."""
    dwell = sum(
        clipped(seen + shared, start, end)
        for member, k, seen, shared in visits
        if k == cell and member in whose
    )
    if dwell >= 25 - 1e-6:
        return "patrolled"
    in_a_gap = any(
        clipped([(a, b)], start, end) >= 20
        for member, cells, a, b in gaps
        if cell in cells and member in whose
    )
    return "unknown" if in_a_gap or dwell >= 15 - 1e-6 else "missed"


@pytest.mark.parametrize("seed", range(5))
def test_what_sql_adds_up_is_judged_as_the_rule_says(connection: Connection, seed: int) -> None:
    visits, gaps = scene(connection, np.random.default_rng(seed))
    members = [member.id for member in teams.members(connection, TEAM)]
    report = service.coverage(connection, TEAM, START, END, by="hour", window=timedelta(hours=1))
    hours = [(3600.0 * k, 3600.0 * (k + 1)) for k in range(HOURS)]

    def counts(whose: list[int], start: float, end: float) -> tuple[int, int, int]:
        found = [state(visits, gaps, cell, whose, start, end) for cell in range(16)]
        return found.count("patrolled"), found.count("unknown"), found.count("missed")

    by_hour = [counts(members, *hour) for hour in hours]
    assert [(s.covered.patrolled, s.covered.unknown, s.covered.missed) for s in report.series] == by_hour
    assert report.windows is not None
    assert (report.windows.patrolled, report.windows.unknown) == tuple(
        sum(hour[k] for hour in by_hour) for k in (0, 1)
    )
    whole = (0.0, HOURS * 3600.0)
    assert (report.team.patrolled, report.team.unknown, report.team.missed) == counts(members, *whole)
    for one, told_of in zip(members, report.members, strict=True):
        assert (told_of.ground.patrolled, told_of.ground.unknown) == counts([one], *whole)[:2]
        assert told_of.series == [
            (done / 16, (done + unsure) / 16) for done, unsure, _ in (counts([one], *hour) for hour in hours)
        ]
    cells = service.coverage_cells(connection, TEAM, START, END)
    assert cells.states == [state(visits, gaps, cell, members, *whole) for cell in range(16)]
    # visits that count by themselves, and those too close to tell: each is one or the other, or too short for both
    over = Window(members, areas.edition_at(connection, START).id, [START], [END])
    lengths = [
        (k, clipped(seen + shared, 0, np.inf))
        for _, k, seen, shared in visits
        if clipped(seen + shared, *whole)
    ]
    for least, below in ((25.0, np.inf), (15.0, 25.0)):
        found, _, _ = repository.visits(connection, over, least, below)
        assert sorted(found.tolist()) == sorted(k for k, s in lengths if least - 1e-7 <= s < below - 1e-7)
    assert {round(s) for _, s in lengths} & {15, 20, 25}  # the scenes do touch the thresholds
    # the evidence gives the same state, and says why
    codes = [code for row in tiny_town.CELLS for code in row]
    for code in codes[::5]:
        why = service.evidence(connection, SYSTEM, TEAM, code, START, END)
        at = why["number"] - 1
        assert why["state"] == cells.states[at]
        reasons = set()
        if why["state"] == "unknown":
            reasons |= {"gap"} if why["gaps"] else set()
            reasons |= {"close"} if why["dwell_s"] >= 15 - 1e-6 else set()
            assert reasons
        assert set(why["because"]) == reasons
    assert (ON_FOOT.doubtful_s, ON_FOOT.enough_s) == pytest.approx((15.0, 25.0))
