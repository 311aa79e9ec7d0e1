"""The synthetic division of the real district: it tiles exactly, it looks like a city, it repeats."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely

from app.demo import boundary, places
from app.demo.chaoyang import HELD, XINGLONG_JIAYUAN, YONGANLI_EAST, Chaoyang, chaoyang
from app.demo.partition import StreetSeat, divide
from app.geo.crs import Metric

METRIC = Metric(4548)


def test_communities_and_streets_tile_the_district_exactly(made: Chaoyang):
    part = made.partition
    for level in (part.communities, part.streets):
        assert shapely.coverage_is_valid(level)
        assert shapely.union_all(level).symmetric_difference(part.district).area == 0
        assert set(shapely.get_type_id(level).tolist()) == {shapely.GeometryType.POLYGON}  # one piece each
    assert len(part.communities) == 768
    assert len(part.streets) == 43


def test_every_coordinate_is_a_whole_millimetre(made: Chaoyang):
    metres = shapely.get_coordinates(made.partition.communities)
    assert np.array_equal(metres, np.round(metres, 3))


def test_the_district_moves_by_no_more_than_its_rounding(made: Chaoyang, real: boundary.Boundary):
    before = METRIC.geometry_from_lonlat(real.district.polygon)
    assert shapely.hausdorff_distance(made.partition.district.boundary, before.boundary) < 0.002
    assert made.partition.district.area == pytest.approx(464.38e6, rel=1e-4)


def test_streets_are_unions_of_their_communities(made: Chaoyang):
    part = made.partition
    owner = np.array([code[:9] for code in part.community_codes])
    for code, street in zip(part.street_codes, part.streets, strict=True):
        assert shapely.union_all(part.communities[owner == code]).symmetric_difference(street).area == 0
    airport = part.streets[part.street_codes.index("110105020")]
    assert airport.area == pytest.approx(9.78e6, rel=0.01)


def test_sizes_are_a_citys(made: Chaoyang):
    part = made.partition
    km2 = shapely.area(part.communities) / 1e6
    assert km2.min() >= 0.08
    assert 0.3 < np.median(km2) < 0.6
    assert km2.max() < 4  # far below the 9.99 km2 of 999 cells
    about = {street.code: street.about_km2 for street in places.streets()}
    ratio = np.array([s.area / 1e6 / about[c] for c, s in zip(part.street_codes, part.streets, strict=True)])
    assert 0.6 < ratio.min() < ratio.max() < 1.5
    home = {
        street.code: shapely.Point(*map(float, METRIC.from_lonlat(street.lon, street.lat)))
        for street in places.streets()
    }
    assert all(s.contains(home[c]) for c, s in zip(part.street_codes, part.streets, strict=True))


@pytest.mark.parametrize(("code", "street"), [(YONGANLI_EAST, "建外街道"), (XINGLONG_JIAYUAN, "高碑店地区")])
def test_places_of_the_mission_lie_where_they_lie(made: Chaoyang, code: str, street: str):
    part = made.partition
    shape = part.communities[part.community_codes.index(code)]
    lon, lat, area = HELD[code]
    middle = shapely.Point(*map(float, METRIC.from_lonlat(lon, lat)))
    assert shape.area == pytest.approx(area, rel=0.01)
    assert shape.centroid.distance(middle) < 120
    streets = {s.code: s.name for s in places.streets()}
    assert streets[code[:9]] == street


def test_residents_live_nearer_to_the_seat_than_villages(made: Chaoyang):
    communities = {c.code: c for c in places.communities()}
    seats = {s.code: np.column_stack(METRIC.from_lonlat(s.lon, s.lat))[0] for s in places.streets()}
    away: dict[str, list[float]] = {"residents": [], "village": []}
    for code, shape in zip(made.partition.community_codes, made.partition.communities, strict=True):
        community = communities[code]
        if community.street_code == "110105036" and community.kind in away:
            away[community.kind].append(shape.centroid.distance(shapely.Point(seats["110105036"])))
    assert np.mean(away["residents"]) < np.mean(away["village"])


def test_the_same_seed_gives_the_same_polygons_and_another_seed_others(
    made: Chaoyang, real: boundary.Boundary
):
    again, other = chaoyang(real, METRIC, seed=1), chaoyang(real, METRIC, seed=2)
    assert shapely.equals_identical(again.partition.communities, made.partition.communities).all()
    assert not shapely.equals_identical(other.partition.communities, made.partition.communities).any()
    assert shapely.coverage_is_valid(other.partition.communities)


def test_levels_as_tables(made: Chaoyang):
    frame = made.frame("community", METRIC, streets={"110105001"})
    assert isinstance(frame, gpd.GeoDataFrame)
    assert frame.crs.to_epsg() == 4548
    assert set(frame.parent_code) == {"110105001"}
    assert len(frame) == 12
    assert len(made.frame("neighbour", METRIC)) == 8
    assert made.frame("district", METRIC).code.tolist() == ["110105"]
    assert len(made.frame("street", METRIC)) == 43


def test_a_seat_outside_is_refused():
    square = shapely.MultiPolygon([shapely.box(0, 0, 1000, 1000)])
    inside, outside = StreetSeat("1", 500, 500, 1e6), StreetSeat("2", 5000, 500, 1e6)
    with pytest.raises(ValueError, match="Seats outside the district: 2"):
        divide(square, [inside, outside], [places.Community("11", "a", "1", "residents")], [], 1)
