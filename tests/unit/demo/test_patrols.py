"""The synthetic day of the 12-person team against the figures it is calibrated to."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import shapely

from app.areas.ground import Ground
from app.areas.laying import lay
from app.demo import patrols
from app.demo.patrols import Duty, a_day, beats
from app.patrol.coverage.states import judge, measure
from app.patrol.reduction.reach import Reach
from app.patrol.reduction.shift import reduce_shift
from app.patrol.rules import ON_FOOT

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 14)


@pytest.fixture(scope="module")
def cells() -> np.ndarray:
    ground = shapely.Point(450_030, 4_418_570).buffer(
        290, quad_segs=2
    )  # about a quarter of a square kilometre
    laid = lay(["110105001034"], np.array([ground]))
    return np.array(laid.cells["geometry"], dtype=object)


@pytest.fixture(scope="module")
def team(cells) -> list[Duty]:
    return a_day(DAY, ZONE, cells, seed=1)


def test_twelve_members_by_post_two_shifts_one_on_leave(team: list[Duty]):
    assert len({duty.member for duty in team}) == len(team) == 12
    assert [duty.name for duty in team][:2] == ["巡逻队员 01", "巡逻队员 02"]
    on_duty = [duty for duty in team if duty.start is not None]
    assert len(on_duty) == 11
    assert {(d.start.strftime("%H:%M"), d.end.strftime("%H:%M")) for d in on_duty if d.start and d.end} == {
        ("07:30", "14:30"),
        ("14:00", "21:00"),
    }


def test_six_beats_share_out_every_cell_and_hold_together(cells):
    parts = beats(cells)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(cells)))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1
    for part in parts:
        assert shapely.union_all(cells[part]).geom_type == "Polygon"


def test_fixes_lie_in_the_shift_near_the_beat(team: list[Duty], cells):
    for duty in team:
        if duty.start is None or duty.end is None or duty.fixes is None:
            continue
        t, ground = duty.fixes.t, shapely.union_all(cells[duty.beat]).buffer(60)
        assert duty.start.timestamp() <= t[0]
        assert t[-1] <= duty.end.timestamp()
        assert (np.diff(t) > 0).all()
        assert shapely.contains_xy(ground, duty.fixes.x, duty.fixes.y).mean() > 0.97


def test_pace_is_about_one_and_a_half_km_an_hour(cells):
    rng = np.random.default_rng(3)
    km_h = []
    for part in beats(cells):
        path = patrols._shift(cells[part], 0.0, 7 * 3600.0, rng)
        km_h.append(np.hypot(np.diff(path.x), np.diff(path.y)).sum() / 7 / 1000)
    assert np.mean(km_h) == pytest.approx(1.5, abs=0.35)


def test_every_track_has_a_gap_and_lost_fixes(team: list[Duty]):
    for duty in team:
        if duty.fixes is not None:
            steps = np.diff(duty.fixes.t)
            assert 60 <= steps.max() <= 240
            assert 0.02 < (steps > 5.5).mean() < 0.1


def test_patrolled_missed_and_unknown_can_all_be_seen(team: list[Duty], cells):
    ground = Ground.of(
        np.arange(len(cells)), [f"{n:03d}" for n in range(len(cells))], [""] * len(cells), cells
    )
    reach = Reach(cells)
    shifts = [
        reduce_shift(
            duty.fixes.x,
            duty.fixes.y,
            duty.fixes.t,
            duty.fixes.accuracy,
            start=duty.start.timestamp(),
            end=duty.end.timestamp(),
            beat=duty.beat.astype(np.int32),
            locator=ground.locator,
            reach=reach,
            rules=ON_FOOT,
        )
        for duty in team
        if duty.fixes is not None and duty.start is not None and duty.end is not None
    ]
    dwell = np.sum([shift.presence.dwell(len(cells)) for shift in shifts], axis=0)
    unsure = np.isin(np.arange(len(cells)), np.concatenate([g.cells for s in shifts for g in s.gaps]))
    covered = measure(judge(dwell, unsure, np.ones(len(cells), bool), ON_FOOT), np.ones(len(cells)))
    assert covered.patrolled > 0.7 * covered.cells
    assert covered.missed + covered.unknown >= 1


def test_the_same_seed_and_day_repeat(team: list[Duty], cells):
    again = a_day(DAY, ZONE, cells, seed=1)
    for one, two in zip(team, again, strict=True):
        if one.fixes is not None and two.fixes is not None:
            assert np.array_equal(one.fixes.x, two.fixes.x)
            assert np.array_equal(one.fixes.accuracy, two.fixes.accuracy)
