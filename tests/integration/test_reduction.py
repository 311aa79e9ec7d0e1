"""Stored fixes to stored visits: whatever order, batches and phones they come in; on which edition; never to nothing."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from app.areas import service as areas
from app.core.moments import moment
from app.db.databases import Databases
from app.db.engine import transaction
from app.patrol.coverage import service as coverage
from app.patrol.reduction import repository
from app.patrol.reduction import service as reduction
from app.patrol.rules import ON_FOOT
from app.teams import service as teams
from app.teams.roster import Beat, Member, Shift
from tests import tiny_town
from tests.conftest import drop_database, make_database, rolled_back

START = datetime(2026, 3, 2, tzinfo=UTC)
LENGTH = timedelta(minutes=30)
NOW = START + timedelta(hours=2)
TEAM, WALKER = "TT", "TT-01"

# seconds, metres east of the town's corner at y = 350, device, accuracy, mock
Fix = tuple[float, float, str, float, bool]


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    made, name = make_database(admin_url)
    with transaction(made.owner) as connection:
        tiny_town.load(connection)
    yield made
    drop_database(admin_url, made, name)


@pytest.fixture
def connection(town: Databases) -> Iterator[Connection]:
    yield from rolled_back(town.service, "system")


def form(connection: Connection) -> int:
    """One member with one shift; return the shift's id."""
    ids = areas.ground(connection, areas.edition_at(connection).id).ids.tolist()
    teams.form_team(
        connection,
        TEAM,
        members=[Member(code=WALKER)],
        beats=[Beat(member=WALKER, cells=ids[:4])],
        shifts=[Shift(member=WALKER, start=START, end=START + LENGTH)],
        area_code=tiny_town.DISTRICT,
        synthetic=True,
    )
    return int(connection.execute(text("SELECT id FROM teams.shifts")).scalar_one())


def store(connection: Connection, fixes: list[Fix]) -> None:
    """Store fixes as the intake does: each once."""
    west, south = tiny_town.WEST, tiny_town.SOUTH
    connection.execute(text("SELECT patrol.ensure_month(:at)"), {"at": START})
    rows = [
        {
            "t": t,
            "x": west + x,
            "y": south + 350.0,
            "device": device,
            "accuracy": None if np.isnan(accuracy) else accuracy,
            "mock": mock,
            "start": START,
        }
        for t, x, device, accuracy, mock in fixes
    ]
    if rows:
        connection.execute(
            text("""
              INSERT INTO patrol.fixes (member_id, device, at, original_x, original_y, datum, accuracy_m, geom, mock)
              SELECT id, :device, CAST(:start AS timestamptz) + make_interval(secs => :t), :x, :y, 'EPSG:4548', :accuracy,
                     ST_SetSRID(ST_MakePoint(:x, :y), 4548), :mock
                FROM teams.members ON CONFLICT DO NOTHING"""),
            rows,
        )


def reduce(connection: Connection, now: datetime = NOW) -> None:
    ids = connection.execute(
        text('SELECT id, lower(period) AS start, upper(period) AS "end" FROM teams.shifts')
    ).all()
    reduction.reduce_shifts(connection, ids, ON_FOOT, now=now)


def stored(connection: Connection) -> list[tuple[object, ...]]:
    """Everything that shifts are reduced to, in a form that doesn't know of ids."""
    return [
        tuple(row)
        for query in (
            "SELECT cell_id, period::text, seen::text, inferred::text, fixes, accuracy_m FROM patrol.visits ORDER BY 1, 2",
            "SELECT period::text, reachable::text FROM patrol.gaps ORDER BY 1",
            "SELECT tracked::text, inferred::text, dropped::text, fixes, without_accuracy, edition_id FROM patrol.reductions",
        )
        for row in connection.execute(text(query))
    ]


def walk(every: float = 10.0, *, device: str = "a", until: float = 1500.0) -> list[Fix]:
    return [(t, 20 + 0.22 * t, device, 8.0, False) for t in np.arange(0.0, until, every).tolist()]


@st.composite
def recordings(draw: st.DrawFn) -> list[list[Fix]]:
    """A walk as two phones saw it, with drop-outs, jumps and made-up fixes; in batches, unordered, some sent twice."""
    fixes = [
        (t + (3.0 if device == "b" else 0.0), x + draw(st.sampled_from([0.0, 0.0, 0.0, 5.0, 5000.0])), device,
         draw(st.sampled_from([5.0, 8.0, 12.0, 70.0])), draw(st.sampled_from([False] * 9 + [True])))
        for device in ("a", "b")
        for t, x, *_ in walk(draw(st.sampled_from([15.0, 20.0, 40.0])))
        if draw(st.integers(0, 9)) > 1
    ]  # fmt: skip
    order = draw(st.permutations(fixes))
    cuts = sorted(draw(st.lists(st.integers(0, len(order)), max_size=4)))
    parts = [order[a:b] for a, b in zip([0, *cuts], [*cuts, len(order)], strict=True)]
    return parts + draw(st.lists(st.sampled_from(parts), max_size=2))


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.large_base_example])  # fmt: skip
@given(batches=recordings())
def test_order_and_batches_do_not_matter(connection: Connection, batches: list[list[Fix]]) -> None:
    outer = connection.begin_nested()
    form(connection)
    for batch in batches:
        store(connection, batch)
        reduce(connection)
    step_by_step = stored(connection)
    connection.execute(text("DELETE FROM patrol.fixes"))
    store(connection, sorted(fix for batch in batches for fix in batch))
    reduce(connection)
    assert stored(connection) == step_by_step
    outer.rollback()


def test_visits_keep_their_evidence(connection: Connection) -> None:
    form(connection)
    store(connection, walk())
    reduce(connection)
    rows = connection.execute(text("SELECT fixes, accuracy_m FROM patrol.visits ORDER BY period")).all()
    assert sum(row.fixes for row in rows) == 150
    assert {row.accuracy_m for row in rows} == {8.0}


def test_made_up_fixes_and_second_phones_are_told(connection: Connection) -> None:
    form(connection)
    store(
        connection,
        [*walk(), (5.0, 300.0, "a", 8.0, True), *[(t + 2, x, "b", 8.0, False) for t, x, *_ in walk(50.0)]],
    )
    reduce(connection)
    assert connection.execute(text("SELECT dropped, fixes FROM patrol.reductions")).one() == (
        {"mock": 1, "second-device": 30},
        181,
    )


def test_a_break_is_no_gap(connection: Connection) -> None:
    shift = form(connection)
    store(connection, [fix for fix in walk(until=1800.0) if not 600 <= fix[0] < 1200])
    pause = {"shift": shift, "start": START + timedelta(seconds=600), "end": START + timedelta(seconds=1200)}
    connection.execute(text("INSERT INTO teams.pauses VALUES (:shift, tstzrange(:start, :end))"), pause)
    reduce(connection)
    assert connection.execute(text("SELECT count(*) FROM patrol.gaps")).scalar_one() == 0
    assert (
        connection.execute(text("SELECT patrol.seconds(tracked) FROM patrol.reductions")).scalar_one() == 1180
    )


def test_a_shift_that_goes_on_ends_now_with_a_gap(connection: Connection) -> None:
    shift = form(connection)
    connection.execute(text("UPDATE teams.shifts SET open = true, period = tstzrange(lower(period), NULL)"))
    store(connection, walk(until=301.0))
    reductions = []
    for now in (300.0, 360.0, 600.0):
        row = connection.execute(text("SELECT id, lower(period) AS start FROM teams.shifts")).one()
        reduction.reduce_shifts(connection, [row], ON_FOOT, now=START + timedelta(seconds=now))
        ends = connection.execute(
            text("SELECT lower(period), upper(period), cardinality(reachable) FROM patrol.gaps")
        ).all()
        reductions.append([((b - a).total_seconds(), cells) for a, b, cells in ends])
    assert reductions[0] == []
    (minute,), (long,) = reductions[1], reductions[2]
    assert (minute[0], long[0]) == (60, 300)
    assert 0 < minute[1] < long[1]
    assert shift


def test_what_a_shift_leaves_open_since_its_last_fix_grows_until_it_is_asked(connection: Connection) -> None:
    form(connection)
    connection.execute(text("UPDATE teams.shifts SET open = true, period = tstzrange(lower(period), NULL)"))
    store(connection, walk(until=301.0))
    reduce(connection, START + timedelta(seconds=300))

    connection.execute(
        text(
            "INSERT INTO teams.beat_cells SELECT b.id, c.id FROM teams.beats AS b, areas.cells AS c ON CONFLICT DO NOTHING"
        )
    )

    def unknown(until: float) -> int:
        found = coverage.coverage_cells(connection, TEAM, START, START + timedelta(seconds=until))
        assert found.states.count("patrolled") == 1
        return found.states.count("unknown")

    assert unknown(319) == 0
    assert 0 < unknown(321) < unknown(400) < unknown(600)
    connection.execute(
        text("INSERT INTO teams.pauses (shift_id, period) SELECT id, tstzrange(:at, NULL) FROM teams.shifts"),
        {"at": START + timedelta(seconds=301)},
    )
    assert unknown(600) == 0


def test_what_was_deleted_in_time_is_never_reduced_to_nothing(connection: Connection) -> None:
    form(connection)
    store(connection, walk())
    reduce(connection)
    kept = stored(connection)
    connection.execute(text("DELETE FROM patrol.fixes"))
    assert (
        reduction.wanted(connection) == []
    )  # a command leaves it alone even if nobody has noted the deletion
    connection.execute(text("UPDATE patrol.reductions SET fixes_deleted_at = now()"))
    reduce(connection)
    store(connection, walk(until=50.0))  # whatever comes late
    reduce(connection)
    assert reduction.wanted(connection) == []
    assert stored(connection) == kept


def test_a_new_edition_takes_the_shifts_of_its_time_whose_fixes_are_kept(fresh_databases: Databases) -> None:
    """What `gridward patrol reduce --edition NAME` does after an edition was published that covers a shift's time."""
    with transaction(fresh_databases.owner) as connection:
        tiny_town.load(connection)
    with transaction(fresh_databases.service, "system") as connection:
        form(connection)
        store(connection, walk())
        reduce(connection)
        before = areas.edition_at(connection, START)
        assert reduction.wanted(connection, edition=before.name) == []
        assert len(reduction.wanted(connection, TEAM)) == 1
        assert reduction.wanted(connection, TEAM, START + timedelta(days=1)) == []
    with transaction(fresh_databases.owner, "system") as connection:
        tiny_town.load(connection, edition="second", starts=START - timedelta(days=1))
    with transaction(fresh_databases.service, "system") as connection:
        (wanted,) = reduction.wanted(connection, edition="second")
        assert reduction.reduce_chunk(connection, [wanted[0]], ON_FOOT)[:2] == (1, 150)
        edition = areas.edition_named(connection, "second")
        assert connection.execute(text("SELECT edition_id FROM patrol.reductions")).scalar_one() == edition.id
        cells = connection.execute(
            text("SELECT DISTINCT c.edition_id FROM patrol.visits JOIN areas.cells AS c ON c.id = cell_id")
        )
        assert cells.scalars().all() == [edition.id]
        assert reduction.wanted(connection, edition="second") == []


def test_500_fixes_are_in_coverage_within_a_second(connection: Connection) -> None:
    form(connection)
    store(connection, walk(5.0))
    reduce(connection)
    coverage.coverage_cells(connection, TEAM, START, START + LENGTH)
    began = time.perf_counter()
    store(connection, [(t + 0.5, x, "a", 8.0, False) for t, x, *_ in walk(3.0)])
    reduce(connection)
    found = coverage.coverage_cells(connection, TEAM, START, START + LENGTH)
    assert time.perf_counter() - began < 1.0
    assert connection.execute(text("SELECT fixes FROM patrol.reductions")).scalar_one() == 800
    assert sum(found.dwell_s) == pytest.approx(180 / 0.22, abs=10)  # within the beat


def test_fixes_come_out_of_the_database_as_they_are(connection: Connection) -> None:
    form(connection)
    store(
        connection,
        [(1.5, 10.0, "ä", 7.5, True), (0.25, 20.0, "", float("nan"), False), (0.25, 30.0, "b", 8.0, False)],
    )
    member = connection.execute(text("SELECT id FROM teams.members")).scalar_one()
    found = repository.fixes(connection, [member], START, START + LENGTH)
    west, south = tiny_town.WEST, tiny_town.SOUTH
    assert [moment(at) - START for at in found.at.tolist()] == [
        timedelta(seconds=s) for s in (0.25, 0.25, 1.5)
    ]
    by_rank = sorted(zip(found.device.tolist(), (found.x - west).tolist(), strict=True))
    assert by_rank == [(0, 20.0), (1, 30.0), (2, 10.0)]
    assert (found.y == south + 350).all()
    assert found.mock.tolist() == [False, False, True]
    np.testing.assert_array_equal(np.sort(found.accuracy), [7.5, 8.0, np.nan])
    assert len(repository.fixes(connection, [member + 1], START, START + LENGTH).at) == 0


def test_the_command(
    fresh_databases: Databases, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from app.cli.patrol_reduction import reduce as command

    with transaction(fresh_databases.owner) as connection:
        tiny_town.load(connection)
    with transaction(fresh_databases.service, "system") as connection:
        form(connection)
        store(connection, walk())
    for name, engine in (("DATABASE", fresh_databases.service), ("OWNER", fresh_databases.owner)):
        address = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
        monkeypatch.setenv(f"GRIDWARD_{name}_URL", address)
    monkeypatch.setattr(reduction, "CHUNK_S", 1000.0)
    command(team=TEAM, from_="2026-03-02", to="2026-03-03", as_json=True)
    said = json.loads(capsys.readouterr().out)
    assert (said["shifts"], said["fixes"]) == (1, 150)
    assert said["visits"] > 3
    command(from_="2026-03-04")
    assert "0 shifts" in capsys.readouterr().out
