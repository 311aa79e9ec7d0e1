"""Bad boundaries: each fault is found, named with its feature, place and size, and mended where that was asked."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely

from app.areas.accepting import BoundariesRefused, accept, content_hash
from app.areas.reading import Features
from app.areas.surroundings import Level, Surroundings
from app.core.findings import Finding
from app.geo.datum import from_wgs84
from tests.tiny_town import DISTRICT, METRIC, polygon

CODES = ["990101001001", "990101001002", "990101002001", "990101002002"]
GROUND = [
    polygon(0, 200, 200, 400),
    polygon(0, 0, 200, 200),
    polygon(200, 200, 400, 400),
    polygon(200, 0, 400, 200),
]


def features(polygons: list[object], codes: list[str] | None = None, **changed: object) -> Features:
    metric = np.array(polygons, dtype=object)
    made = Features(
        number=np.arange(1, len(metric) + 1),
        code=list(codes or CODES[: len(metric)]),
        name=[""] * len(metric),
        parent=[""] * len(metric),
        polygons=metric,
        original=METRIC.geometry_to_lonlat(metric),
    )
    return replace(made, **changed)


def around(level: str = "community", **changed: object) -> Surroundings:
    district = Level("district", [DISTRICT], np.array([polygon(0, 0, 400, 400)], dtype=object))
    streets = Level(
        "street",
        [f"{DISTRICT}001", f"{DISTRICT}002"],
        np.array([polygon(0, 0, 200, 400), polygon(200, 0, 400, 400)], dtype=object),
    )
    given = {"above": (streets, district), "reference": METRIC.geometry_to_lonlat(district.polygons[0])}
    return Surroundings(level, METRIC, **(given | changed))


def refused(given: Features, where: Surroundings | None = None, *, repair: bool = False) -> list[Finding]:
    with pytest.raises(BoundariesRefused) as error:
        accept(given, where or around(), repair=repair)
    return [finding for finding in error.value.findings if finding.severity == "error"]


def tiles(accepted: Features) -> bool:
    return bool(shapely.coverage_is_valid(accepted.polygons))


def test_good_ground_is_accepted_without_a_word() -> None:
    accepted, found = accept(features(GROUND), around(), repair=False)
    assert found == []
    assert accepted.parent == [f"{DISTRICT}001"] * 2 + [f"{DISTRICT}002"] * 2


def test_a_self_intersecting_polygon() -> None:
    (x0, y0), (x1, y1) = (450_000, 4_420_200), (450_200, 4_420_400)
    bow = shapely.Polygon([(x0, y0), (x1, y1), (x1, y0), (x0, y1)])
    (finding,) = refused(features([bow, *GROUND[1:]]))
    assert finding.code == "invalid-ring"
    assert finding.where == "feature 1 (990101001001)"
    assert "Self-intersection" in finding.message
    lon, lat = METRIC.to_lonlat(450_100, 4_420_300)
    assert (finding.lon, finding.lat) == pytest.approx((float(lon), float(lat)), abs=1e-6)
    accepted, found = accept(features([bow, *GROUND[1:]]), around(), repair=True)
    assert [f.code for f in found if f.repaired] == ["invalid-ring"]
    assert accepted.polygons[0].area == pytest.approx(20_000)
    assert {f.code for f in found if not f.repaired} == {
        "uncovered"
    }  # the other half of the bow tie is real ground


def test_two_communities_that_overlap_by_30_metres() -> None:
    wide = [GROUND[0], polygon(0, 0, 200, 230), *GROUND[2:]]
    (finding,) = refused(features(wide))
    assert finding.code == "overlap"
    assert finding.where == "feature 1 (990101001001)"
    assert "feature 2 (990101001002)" in finding.message
    assert finding.square_metres == pytest.approx(6000)
    accepted, found = accept(features(wide), around(), repair=True)
    assert [(f.code, f.square_metres) for f in found if f.repaired] == [("overlap", 6000)]
    assert tiles(accepted)
    assert shapely.area(accepted.polygons).tolist() == [40_000] * 4  # given to the smaller code


def test_an_overlap_goes_to_the_smaller_code_whatever_the_order() -> None:
    wide = [polygon(0, 0, 200, 230), GROUND[0], *GROUND[2:]]
    codes = [CODES[1], CODES[0], *CODES[2:]]
    accepted, _ = accept(features(wide, codes), around(), repair=True)
    assert accepted.code == codes
    assert shapely.area(accepted.polygons).tolist() == [40_000] * 4


def test_a_code_with_11_digits() -> None:
    finding = refused(features(GROUND, ["99010100101", *CODES[1:]]))[0]
    assert (finding.code, finding.where) == ("bad-code", "feature 1 (99010100101)")
    assert finding.message == "Its code 99010100101 has 11 digits; a community's has 12 digits."


def test_codes_of_another_scheme_are_left_alone() -> None:
    plain = around(above=(Level("district", ["17"], np.array([polygon(0, 0, 400, 400)], dtype=object)),))
    accepted, found = accept(features(GROUND, ["1711", "1712", "a", "b"]), plain, repair=False)
    assert found == []
    assert accepted.parent == ["17"] * 4


def test_duplicate_codes_are_dissolved_when_asked() -> None:
    codes = [CODES[0], CODES[1], CODES[2], CODES[0]]
    (finding,) = refused(features(GROUND, codes))
    assert (finding.code, finding.where) == ("duplicate-code", "feature 4 (990101001001)")
    assert "feature 1" in finding.message
    accepted, found = accept(features(GROUND, codes), around(), repair=True)
    assert accepted.code == CODES[:3]
    assert [f.code for f in found if f.repaired] == ["duplicate-code"]
    assert accepted.polygons[0].area == 80_000


def test_an_orphan_code() -> None:
    (finding,) = refused(features(GROUND, ["990101009001", *CODES[1:]]), repair=True)
    assert (finding.code, finding.where) == ("orphan-code", "feature 1 (990101009001)")
    assert "990101009" in finding.message


def test_a_named_parent_that_does_not_exist_and_one_that_contradicts_the_code() -> None:
    given = features(GROUND, parent=["990101007", "990101002", "", ""])
    assert [(f.code, f.where) for f in refused(given)] == [
        ("orphan-code", "feature 1 (990101001001)"),
        ("wrong-parent", "feature 2 (990101001002)"),
    ]


def test_a_sliver_is_closed_and_a_real_gap_is_told() -> None:
    narrow = [GROUND[0], polygon(0, 0, 199.6, 200), *GROUND[2:]]
    accepted, found = accept(features(narrow, None), around(above=around().above[1:]), repair=False)
    assert [(f.code, f.square_metres) for f in found] == [
        ("borders-differ", None),  # the corner at 199.6 lies amid the neighbour's edge: fitted, and told
        ("sliver-at-border", pytest.approx(80)),
    ]
    assert tiles(accepted)
    holed = [shapely.difference(GROUND[0], polygon(100, 300, 100.5, 340)), *GROUND[1:]]
    (finding,) = refused(features(holed))
    assert (finding.code, finding.square_metres) == ("sliver", pytest.approx(20))
    accepted, found = accept(features(holed), around(), repair=True)
    assert [f.code for f in found] == ["sliver"]
    assert tiles(accepted)
    assert accepted.polygons[0].area == pytest.approx(40_000)
    lake = [shapely.difference(GROUND[0], polygon(100, 300, 130, 340)), *GROUND[1:]]
    accepted, found = accept(features(lake), around(), repair=False)
    assert [(f.code, f.severity, f.square_metres) for f in found] == [("gap", "warning", 1200)]


def test_a_sliver_along_the_level_above_is_told_and_closed_when_asked() -> None:
    short = [polygon(0, 200, 200, 399.8), GROUND[1], polygon(200, 200, 400, 400.2), GROUND[3]]
    _, found = accept(features(short), around(), repair=False)
    assert {(f.code, f.severity) for f in found if not f.repaired} == {("sliver-at-border", "warning")}
    accepted, found = accept(features(short), around(), repair=True)
    assert all(f.repaired for f in found)
    assert shapely.area(accepted.polygons).tolist() == [40_000] * 4


def test_borders_that_are_not_quite_the_same_are_fitted_together() -> None:
    corner = shapely.Polygon(
        [
            (450_000, 4_420_200),
            (450_100, 4_420_200.004),
            (450_200, 4_420_200),
            (450_200, 4_420_400),
            (450_000, 4_420_400),
        ]
    )
    accepted, found = accept(features([corner, *GROUND[1:]]), around(), repair=False)
    assert [(f.code, f.repaired) for f in found] == [("borders-differ", True)]
    assert tiles(accepted)
    assert shapely.area(accepted.polygons).sum() == pytest.approx(160_000)


def test_ground_beyond_the_level_above_is_told() -> None:
    far = [*GROUND[:3], polygon(200, 0, 450, 200)]
    _, found = accept(features(far), around(), repair=False)
    assert [(f.code, f.severity, f.square_metres) for f in found] == [
        ("borders-differ", "warning", None),
        ("outside", "warning", 10_000),
    ]


def test_no_geometry_no_polygon_and_no_code_are_named() -> None:
    given = features(
        [None, shapely.Point(450_000, 4_420_000), GROUND[2], GROUND[3]], [CODES[0], CODES[1], "", CODES[3]]
    )
    assert [(f.code, f.where) for f in refused(given, repair=True)] == [
        ("no-geometry", "feature 1 (990101001001)"),
        ("not-a-polygon", "feature 2 (990101001002)"),
        ("no-code", "feature 3 (no code)"),
    ]


def test_swapped_axes_and_metres_taken_for_degrees() -> None:
    good = features(GROUND)
    swapped = shapely.transform(good.original, lambda xy: xy[:, ::-1])
    nowhere = shapely.transform(good.polygons, lambda xy: xy * np.inf)
    assert "swapped-axes" in [f.code for f in refused(replace(good, original=swapped, polygons=nowhere))]
    assert "not-degrees" in [f.code for f in refused(replace(good, original=good.polygons, polygons=nowhere))]


def test_gcj02_declared_as_wgs84_is_suspected() -> None:
    good = features(GROUND)
    shifted = shapely.transform(
        good.original, lambda xy: np.column_stack(from_wgs84(xy[:, 0], xy[:, 1], "gcj02"))
    )
    given = replace(good, original=shifted, polygons=METRIC.geometry_from_lonlat(shifted))
    codes = {f.code: f for f in refused(given)}
    assert "--datum gcj02" in codes["suspected-datum"].remedy
    _, found = accept(given, around(trust_datum=True), repair=False)
    assert "suspected-datum" not in [f.code for f in found]


def test_the_same_content_has_the_same_hash_in_any_order() -> None:
    good = features(GROUND)
    turned = good.take([3, 1, 0, 2])
    assert content_hash(good, "community", synthetic=False) == content_hash(
        turned, "community", synthetic=False
    )
    assert content_hash(good, "community", synthetic=True) != content_hash(good, "community", synthetic=False)
