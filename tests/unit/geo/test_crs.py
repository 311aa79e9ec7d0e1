"""The metric CRS: there and back, and refused where it isn't metric."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from app.geo.crs import Metric, NotMetric


def test_beijing_in_metres_and_back() -> None:
    metric = Metric(4548)
    x, y = metric.from_lonlat([116.5, 117.0], [39.9, 40.0])
    assert x[1] == pytest.approx(500_000, abs=1e-3)  # the central meridian
    lon, lat = metric.to_lonlat(x, y)
    np.testing.assert_allclose(np.r_[lon, lat], [116.5, 117.0, 39.9, 40.0], atol=1e-9)


def test_no_place_is_not_a_number_in_both() -> None:
    x, y = Metric(4548).from_lonlat([116.5, np.nan, 116.5], [39.9, 39.9, np.inf])
    assert np.isnan(x).tolist() == np.isnan(y).tolist() == [False, True, True]


def test_geometries_alone_and_in_arrays() -> None:
    metric = Metric(26916)
    box = shapely.box(-88, 41, -87, 42)
    there = metric.geometry_from_lonlat(np.array([box, None, box]))
    assert there[1] is None
    back = metric.geometry_to_lonlat(there[0])
    assert shapely.hausdorff_distance(back, box) < 1e-9


@pytest.mark.parametrize("srid", [4326, 2263, 999999])
def test_degrees_feet_and_unknown_codes_are_refused(srid: int) -> None:
    with pytest.raises(NotMetric, match="EPSG:4548"):
        Metric(srid)
