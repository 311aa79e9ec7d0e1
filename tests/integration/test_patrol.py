"""Fixes in, coverage out, over tiny town: answers worked out by hand.

The tracked shift (geodata/tiny_town/fixes.csv, metres from the town's south-west corner): 08:00 to 08:10. TT-01 walks
east at 1 m/s along y = 350 from x = 50 to 250 (200 s; the fix at 100 s has jumped 5 km), stands there until 320 s,
isn't seen for 180 s, and stands at (250, 150) from 500 s to 530 s; the last 70 s are open. So:

    patrolled: the three western cells of the north row for 50, 100 and 50 + 120 s; the cell of (250, 150) for 30 s
    gap:       1.8 m/s x (180 - 20) s = 288 m by way of a cell: the three eastern columns without the south row
    open end:  1.8 m/s x (70 - 20) s = 90 m about (250, 150): the eight cells around it
    missed:    the western column but for its north cell
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sqlalchemy import Connection, text

from app.areas import service as areas
from app.areas.editions import NoEdition
from app.core.settings import GEODATA
from app.db.databases import Databases
from app.db.engine import transaction
from app.incidents.times import NaiveTimes
from app.patrol.coverage import service as coverage
from app.patrol.coverage.periods import BadPeriod
from app.patrol.intake import service as intake
from app.patrol.intake.arrivals import Asked, NoMemberColumn
from app.teams import service as teams
from app.teams.roster import Beat, Member, Shift
from app.teams.service import MemberElsewhere, ShiftsOverlap, UnknownMembers, UnknownTeam
from tests import tiny_town
from tests.conftest import drop_database, make_database, rolled_back

FIXES = GEODATA / "tiny_town" / "fixes.csv"
START = datetime(2026, 3, 2, tzinfo=UTC)  # 08:00 in Beijing
END = START + timedelta(minutes=10)
TEAM, WALKER, IDLER = "TT", "TT-01", "TT-02"
PATROLLED = {(0, 0): 50, (0, 1): 100, (0, 2): 170, (2, 2): 30}  # row from the north, column: seconds
MISSED = {(1, 0), (2, 0), (3, 0)}


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


def form(connection: Connection, *, shifts: bool = True, idler: bool = False) -> None:
    """One team that owes the whole town; the idler, if there is one, has the south-east community for a beat."""
    ids = areas.ground(connection, areas.edition_at(connection).id).ids.tolist()
    members = (
        [Member(code=WALKER, name="甲"), Member(code=IDLER)] if idler else [Member(code=WALKER, name="甲")]
    )
    on_duty = [Shift(member=member.code, start=START, end=END) for member in members]
    teams.form_team(
        connection,
        TEAM,
        "示意队",
        members,
        [Beat(member=IDLER, cells=ids[-4:])] if idler else [],
        on_duty if shifts else [],
        area_code=tiny_town.DISTRICT,
        synthetic=True,
    )


def write(path: Path, rows: pd.DataFrame) -> Path:
    rows.to_csv(path, index=False)
    return path


@pytest.fixture
def fixes() -> pd.DataFrame:
    return pd.read_csv(FIXES)


def states(connection: Connection) -> dict[tuple[int, int], tuple[str, float, float | None]]:
    """State, dwell and hours since the last visit by row and column of the town."""
    cells = coverage.coverage_cells(connection, TEAM, START, END)
    codes = areas.ground(connection, areas.edition_at(connection).id).codes.tolist()
    place = {code: (r, c) for r, row in enumerate(tiny_town.CELLS) for c, code in enumerate(row)}
    return {
        place[codes[number - 1]]: (state, dwell, hours)
        for number, state, dwell, hours in zip(
            cells.numbers, cells.states, cells.dwell_s, cells.hours, strict=True
        )
    }


def stored(connection: Connection) -> list[tuple]:
    """Everything that shifts are reduced to, in a form that doesn't know of ids."""
    return [
        tuple(row)
        for query in (
            "SELECT cell_id, period::text, seen::text, inferred::text FROM patrol.visits ORDER BY 1, 2",
            "SELECT period::text, reachable::text, '', '' FROM patrol.gaps ORDER BY 1",
            "SELECT tracked::text, dropped::text, fixes, rules::text FROM patrol.reductions ORDER BY 1",
        )
        for row in connection.execute(text(query))
    ]


def test_the_shift_worked_out_by_hand(connection: Connection) -> None:
    form(connection)
    report = intake.load_fixes(connection, FIXES)
    assert (report.rows, report.stored, report.known, report.off_shift) == (37, 37, 0, 0)
    assert report.dropped == {"jump": 1}
    (jump,) = [finding for finding in report.findings if finding.code == "jump"]
    assert jump.where == "row 11"
    found = states(connection)
    assert len(found) == 16
    for cell, (state, dwell, hours) in found.items():
        expected = "patrolled" if cell in PATROLLED else "missed" if cell in MISSED else "unknown"
        assert state == expected, cell
        assert dwell == pytest.approx(PATROLLED.get(cell, 0), abs=2)
        assert (hours is None) == (cell not in PATROLLED)
    assert found[2, 2][2] == pytest.approx(70 / 3600, abs=0.01)


def test_the_teams_coverage_worked_out_by_hand(connection: Connection) -> None:
    form(connection)
    intake.load_fixes(connection, FIXES)
    report = coverage.coverage(connection, TEAM, START, END, window=timedelta(minutes=5))
    assert (report.team.cells, report.team.patrolled, report.team.unknown, report.team.missed) == (
        16,
        4,
        9,
        3,
    )
    assert report.team.interval == (4 / 16, 13 / 16)
    assert report.team.demand_interval is None
    assert report.duty.completeness == pytest.approx(350 / 600)
    assert report.duty.dropped == {"jump": 1}
    # The first five minutes hold the three cells of the north row, the second the cell of (250, 150); the 20 s of the
    # stop that lie in it are too close to the threshold to tell.
    assert report.windows is not None
    assert (report.slots, report.windows.cells, report.windows.patrolled) == (2, 32, 4)
    # Twelve cells idle for 600 s. The others: first visit after 0, 50, 150 and 500 s.
    idle = [600] * 12 + [(a * a + (600 - a) ** 2) / 1200 for a in (0, 50, 150, 500)]
    idle = [300.0 if i == 600 else i for i in idle]
    assert report.idle_mean_h == pytest.approx(np.mean(idle) / 3600, rel=0.02)
    assert report.idle_worst_h == pytest.approx(600 / 3600, rel=0.01)
    assert report.never_visited == 12
    assert report.synthetic


def test_loading_twice_and_in_pieces_changes_nothing(
    connection: Connection, fixes: pd.DataFrame, tmp_path: Path
) -> None:
    form(connection)
    intake.load_fixes(connection, FIXES)
    whole = stored(connection)
    again = intake.load_fixes(connection, FIXES)
    assert (again.stored, again.known) == (0, 37)
    assert stored(connection) == whole
    connection.execute(text("DELETE FROM patrol.visits"))
    connection.execute(text("DELETE FROM patrol.fixes"))
    shuffled = fixes.sample(frac=1, random_state=1)
    for number, part in enumerate(np.array_split(np.arange(len(shuffled)), 4)):
        intake.load_fixes(connection, write(tmp_path / f"{number}.csv", shuffled.iloc[part]))
    assert stored(connection) == whole


def test_every_bad_fix_is_told_and_every_good_one_kept(
    connection: Connection, fixes: pd.DataFrame, tmp_path: Path
) -> None:
    form(connection)
    intake.load_fixes(connection, FIXES)
    whole = states(connection)
    connection.execute(text("DELETE FROM patrol.fixes"))
    bad = fixes.astype({"lon": object, "lat": object, "accuracy": object})
    extra = bad.iloc[[0] * 9].copy().reset_index(drop=True)
    extra.loc[0, "time"] = "2126-03-02T08:00:01+08:00"
    extra.loc[1, "member"] = "nobody"
    extra.loc[2, "time"] = "2026-03-02T09:00:00+08:00"
    extra.loc[3, ["time", "accuracy"]] = ["2026-03-02T08:00:05+08:00", 500]
    extra.loc[4, ["time", "accuracy"]] = ["2026-03-02T08:00:15+08:00", 0]
    extra.loc[5, "lat"] = "north"
    extra.loc[6, ["lon", "lat"]] = extra.loc[6, ["lat", "lon"]].tolist()
    extra.loc[6, "time"] = "2026-03-02T08:00:25+08:00"
    extra.loc[7, "time"] = "yesterday"
    extra.loc[8, "member"] = WALKER  # the first fix once more
    extra.loc[4, ["lon", "lat"]] = list(tiny_town.lonlat(65, 350))
    report = intake.load_fixes(connection, write(tmp_path / "bad.csv", pd.concat([bad, extra])))
    told = {finding.code: finding for finding in report.findings}
    rows = {
        "future": "row 38", "unknown-member": "row 39", "off-shift": "row 40", "inaccurate": "row 41",
        "accuracy-not-positive": "row 42", "text-coordinates": "row 43", "swapped-axes": "row 44",
        "unreadable-time": "row 45", "twice": "row 46", "jump": "row 11",
    }  # fmt: skip
    assert {code: finding.where for code, finding in told.items() if code in rows} == rows
    assert told["out-of-order"].where.startswith("rows ")
    assert all(finding.remedy for finding in report.findings if finding.severity == "error")
    assert "add TEAM --member nobody" in told["unknown-member"].remedy
    assert report.rows == 46
    assert report.stored == 37 + 2  # the inaccurate one, and the one without accuracy
    assert report.off_shift == 1
    assert report.rejected == {
        "text-coordinates": 1, "unreadable-time": 1, "twice": 1, "swapped-axes": 1, "future": 1,
        "unknown-member": 1,
    }  # fmt: skip
    assert {cell: state for cell, (state, _, _) in states(connection).items()} == {
        cell: state for cell, (state, _, _) in whole.items()
    }


def test_a_shift_without_fixes_leaves_the_beat_unknown(connection: Connection) -> None:
    form(connection, idler=True)
    intake.load_fixes(connection, FIXES)
    report = coverage.coverage(connection, TEAM, START, END)
    idler = report.members[1]
    assert (idler.code, idler.duty.without_fixes) == (IDLER, 1)
    assert (idler.beat.cells, idler.beat.patrolled, idler.beat.unknown) == (4, 0, 4)


def test_members_together_dwell_long_enough(
    connection: Connection, fixes: pd.DataFrame, tmp_path: Path
) -> None:
    """13 s each in a cell are 26 s for the team, and patrolled by neither of them alone; up to 12 s each can't be told."""
    form(connection, idler=True)
    lon, lat = tiny_town.lonlat(350, 50)
    times = [f"2026-03-02T08:00:{second:02d}+08:00" for second in (0, 6, 13)]
    rows = pd.DataFrame(
        [(member, time, lon, lat, 5) for member in (WALKER, IDLER) for time in times],
        columns=["member", "time", "lon", "lat", "accuracy"],
    )
    intake.load_fixes(connection, write(tmp_path / "both.csv", rows))
    report = coverage.coverage(connection, TEAM, START, START + timedelta(seconds=13))
    assert report.team.patrolled == 1
    assert [member.ground.patrolled for member in report.members] == [0, 0]
    for seconds, unknown in ((12, 1), (8, 1), (7, 0)):  # 24, 16 and 14 s, of 20 with 5 of slack
        team = coverage.coverage(connection, TEAM, START, START + timedelta(seconds=seconds)).team
        assert (team.patrolled, team.unknown) == (0, unknown)


def test_shifts_from_tracks_are_marked_and_grow(
    connection: Connection, fixes: pd.DataFrame, tmp_path: Path
) -> None:
    form(connection, shifts=False)
    off = intake.load_fixes(connection, FIXES)
    assert (off.stored, off.off_shift, off.shifts) == (0, 37, 0)
    intake.load_fixes(connection, write(tmp_path / "b.csv", fixes.iloc[20:]), shift_from_track=True)
    report = intake.load_fixes(connection, write(tmp_path / "a.csv", fixes.iloc[:20]), shift_from_track=True)
    assert (report.shifts, report.shifts_from_track) == (1, 1)
    (shift,) = teams.shifts(connection, [teams.members(connection, TEAM)[0].id])
    assert (shift.start, shift.end, shift.from_track) == (START, START + timedelta(seconds=530), True)
    covered = coverage.coverage(connection, TEAM, START, END)
    assert covered.team.patrolled == 4
    assert "shifts-from-track" in {finding.code for finding in covered.findings}


def test_new_members_are_made_when_asked(connection: Connection) -> None:
    teams.form_team(connection, TEAM, "示意队", area_code=tiny_town.DISTRICT)
    report = intake.load_fixes(connection, FIXES, team=TEAM, create_members=True, shift_from_track=True)
    assert (report.members_made, report.stored) == (1, 37)


def test_what_cannot_be_read_changes_nothing(
    connection: Connection, fixes: pd.DataFrame, tmp_path: Path
) -> None:
    form(connection)
    naive = fixes.assign(time=fixes["time"].str.slice(0, 19))
    with pytest.raises(NaiveTimes, match="--timezone"):
        intake.load_fixes(connection, write(tmp_path / "naive.csv", naive))
    with pytest.raises(NoMemberColumn, match="--member"):
        intake.load_fixes(connection, write(tmp_path / "whose.csv", fixes.drop(columns="member")))
    with pytest.raises(UnknownTeam, match="TT"):
        coverage.coverage(connection, "none", START, END)
    with pytest.raises(BadPeriod):
        coverage.coverage(connection, TEAM, END, START)
    assert connection.execute(text("SELECT count(*) FROM patrol.fixes")).scalar_one() == 0
    read = intake.load_fixes(connection, tmp_path / "naive.csv", Asked(columns={}, timezone="Asia/Shanghai"))
    assert read.stored == 37


def test_gpx_of_one_member(connection: Connection, fixes: pd.DataFrame, tmp_path: Path) -> None:
    form(connection)
    points = "".join(
        f'<trkpt lat="{row.lat}" lon="{row.lon}"><time>{pd.Timestamp(row.time).tz_convert("UTC"):%Y-%m-%dT%H:%M:%SZ}</time></trkpt>'
        for row in fixes.itertuples()
    )
    path = tmp_path / "track.gpx"
    path.write_text(
        '<gpx version="1.1" creator="test" xmlns="http://www.topografix.com/GPX/1/1">'
        f"<trk><trkseg>{points}</trkseg></trk></gpx>"
    )
    report = intake.load_fixes(connection, path, Asked(columns={}, member=WALKER))
    assert report.stored == 37
    assert coverage.coverage(connection, TEAM, START, END).team.patrolled == 4
    assert coverage.coverage(connection, TEAM, START, END).duty.without_accuracy == 36


def test_teams_say_what_is_wrong(connection: Connection) -> None:
    form(connection)
    form(connection)
    (team,) = teams.teams(connection)
    assert (team.members, team.shifts) == (1, 1)
    with pytest.raises(MemberElsewhere, match=WALKER):
        teams.form_team(connection, "other", members=[Member(code=WALKER)])
    late = Shift(member=WALKER, start=START + timedelta(minutes=5), end=END + timedelta(minutes=5))
    with pytest.raises(ShiftsOverlap):
        teams.form_team(connection, TEAM, shifts=[late])
    with pytest.raises(UnknownMembers, match="stranger"):
        teams.form_team(connection, TEAM, shifts=[Shift(member="stranger", start=START, end=END)])


def test_two_loads_at_once_reduce_a_shift_with_the_fixes_of_both(
    town: Databases, fixes: pd.DataFrame, tmp_path: Path
) -> None:
    with transaction(town.service, "system") as connection:
        form(connection)
    halves = [write(tmp_path / f"{n}.csv", fixes.iloc[n::2]) for n in range(2)]

    def load(path: Path) -> None:
        with transaction(town.service, "system") as connection:
            intake.load_fixes(connection, path)

    try:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(load, halves))
        with transaction(town.service, "system") as connection:
            report = coverage.coverage(connection, TEAM, START, END)
        assert (report.duty.fixes, report.team.patrolled, report.team.unknown) == (37, 4, 9)
    finally:
        with transaction(town.owner) as connection:
            connection.execute(text("TRUNCATE teams.teams, patrol.fixes CASCADE"))


def test_nothing_is_half_loaded(fresh_databases: Databases) -> None:
    """Without a grid the fixes can't be reduced, and then they aren't stored either."""
    with transaction(fresh_databases.service, "system") as connection:
        on_duty = [Shift(member=WALKER, start=START, end=END)]
        teams.form_team(connection, TEAM, members=[Member(code=WALKER)], shifts=on_duty)
    with pytest.raises(NoEdition), transaction(fresh_databases.service, "system") as connection:
        intake.load_fixes(connection, FIXES)
    with transaction(fresh_databases.service, "system") as connection:
        assert connection.execute(text("SELECT count(*) FROM patrol.fixes")).scalar_one() == 0
