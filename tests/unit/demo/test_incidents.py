"""The synthetic day of incidents against the figures it is calibrated to."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
import shapely

from app.demo import places
from app.demo.chaoyang import Chaoyang
from app.demo.incidents import HOURS, KINDS, a_day

ZONE = ZoneInfo("Asia/Shanghai")
DAY = date(2026, 3, 14)


@pytest.fixture(scope="module")
def ground(made: Chaoyang) -> tuple[list[str], np.ndarray, np.ndarray]:
    part = made.partition
    kind = {c.code: c.kind for c in places.communities()}
    return (
        part.community_codes,
        part.communities,
        np.array([kind[c] == "village" for c in part.community_codes]),
    )


@pytest.fixture(scope="module")
def table(ground) -> pd.DataFrame:
    return a_day(DAY, ZONE, *ground, seed=1)


def test_about_80_a_day_per_street(table: pd.DataFrame):
    assert 43 * 70 < len(table) < 43 * 90


def test_ids_say_synthetic_and_are_unique(table: pd.DataFrame):
    assert table.id.is_unique
    assert table.id.str.match(r"synthetic-20260314-\d{5}$").all()
    assert table.description.str.endswith("（示例）").all()


def test_all_of_the_local_day_and_mostly_07_to_22(table: pd.DataFrame):
    assert (table.reported_at.dt.date == DAY).all()
    assert str(table.reported_at.dt.tz) == "Asia/Shanghai"
    assert table.reported_at.is_monotonic_increasing
    assert table.reported_at.dt.hour.between(7, 21).mean() > 0.93
    assert len(HOURS) == 24


def test_kinds_have_their_shares(table: pd.DataFrame):
    assert sum(share for _, _, share in KINDS) == pytest.approx(100)
    assert table.category.value_counts(normalize=True)["event:0102"] == pytest.approx(0.14, abs=0.03)
    assert table.category.str.startswith("component:").mean() == pytest.approx(0.035, abs=0.02)


def test_denser_where_communities_are_small(table: pd.DataFrame, ground):
    codes, polygons, _ = ground
    hits = shapely.STRtree(shapely.points(table.x, table.y)).query(polygons, predicate="contains")[0]
    count = np.bincount(hits, minlength=len(codes))
    density = count / (shapely.area(polygons) / 1e6)
    small = shapely.area(polygons) < np.median(shapely.area(polygons))
    assert density[small].mean() > 2 * density[~small].mean()


def test_heavy_tailed_per_square(table: pd.DataFrame):
    square = pd.Series(list(zip(table.x // 100, table.y // 100, strict=True)))
    count = square.value_counts()
    assert count.max() >= 6  # 3,500 points spread evenly over 46,000 squares would hardly reach 3
    assert (count >= 3).sum() > 50


def test_some_share_a_place_some_lack_an_accuracy_some_are_coarse(table: pd.DataFrame):
    assert 30 < table.duplicated(["x", "y"]).sum() < 250
    assert table.accuracy_m.isna().mean() == pytest.approx(0.05, abs=0.02)
    assert 10 < (table.accuracy_m > 100).sum() < 80
    assert table.accuracy_m.median() == pytest.approx(8, rel=0.1)


def test_repeats_by_seed_and_differs_by_day_while_hot_spots_stay(table: pd.DataFrame, ground):
    pd.testing.assert_frame_equal(a_day(DAY, ZONE, *ground, seed=1), table)
    other_day = a_day(date(2026, 3, 15), ZONE, *ground, seed=1)
    assert set(zip(other_day.x, other_day.y, strict=True)).isdisjoint(zip(table.x, table.y, strict=True))

    def squares(day: pd.DataFrame) -> set[tuple[float, float]]:
        count = pd.Series(list(zip(day.x // 200, day.y // 200, strict=True))).value_counts()
        return set(count[count >= 5].index)

    again, other_seed = squares(other_day), squares(a_day(date(2026, 3, 15), ZONE, *ground, seed=2))
    here = squares(table)
    assert len(here & again) > 3 * max(1, len(here & other_seed))


def test_a_community_alone_gives_the_same_incidents(table: pd.DataFrame, ground):
    codes, polygons, villages = ground
    alone = a_day(DAY, ZONE, codes[:12], polygons[:12], villages[:12], seed=1)
    both = table.merge(alone, on=["x", "y", "reported_at", "category"])
    assert len(both) >= len(alone) > 0


def test_a_team_of_its_own_finds_more(table: pd.DataFrame, ground):
    codes, polygons, villages = ground
    at = codes.index("110105001034")
    plain = a_day(DAY, ZONE, codes[at : at + 1], polygons[at : at + 1], villages[at : at + 1], seed=1)
    found = a_day(
        DAY,
        ZONE,
        codes[at : at + 1],
        polygons[at : at + 1],
        villages[at : at + 1],
        seed=1,
        found={codes[at]: 40.0},
    )
    assert len(found) == pytest.approx(len(plain) + 40, abs=20)
