from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from app.geo.sewing import RingVanishes, on_grid, segments, sew


def polygons(*wkt: str) -> np.ndarray:
    return shapely.from_wkt(np.array(wkt, dtype=object))


def test_a_vertex_at_each_crossing_in_order() -> None:
    (sewn,) = sew(polygons("POLYGON ((50 50, 250 150, 50 150, 50 50))"), 100)
    assert shapely.get_coordinates(sewn).tolist() == [
        [50, 50], [100, 75], [150, 100], [200, 125], [250, 150],
        [200, 150], [100, 150], [50, 150], [50, 100], [50, 50],
    ]  # fmt: skip


def test_neighbours_that_share_an_edge_still_do() -> None:
    a, b = sew(
        polygons(
            "POLYGON ((0 0, 333.3331 777.7772, 0 900, 0 0))",
            "POLYGON ((333.3331 777.7772, 0 0, 900 0, 333.3331 777.7772))",
        ),
        100,
    )
    of_a, of_b = ({tuple(s) for s in segments(np.array([g]))[0].tolist()} for g in (a, b))
    # one edge, crossed by three upright and seven level lines; at 300, 700 both crossings round to the node
    assert len(of_a & of_b) == 1 + 3 + 7 - 1
    assert shapely.coverage_is_valid(np.array([a, b]))


def test_a_ring_thinner_than_a_millimetre_is_named() -> None:
    with pytest.raises(RingVanishes, match="polygon 1"):
        on_grid(polygons("POLYGON ((0 0, 1 0, 1 1, 0 0))", "POLYGON ((0 0, 0.0002 0, 0.0002 0.0002, 0 0))"))


def test_segments_say_whose_they_are() -> None:
    found, owner = segments(
        polygons(
            "POLYGON ((0 0, 9 0, 9 9, 0 0), (6 2, 7 2, 7 3, 6 2))",
            "MULTIPOLYGON (((0 0, 1 0, 1 1, 0 0)), ((5 5, 6 5, 6 6, 5 6, 5 5)))",
        )
    )
    assert owner.tolist() == [0] * 6 + [1] * 7
    assert (found[0] == [0, 0, 9000, 0]).all()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-500, 500), st.floats(-500, 500)), min_size=3, max_size=3, unique=True
    ).filter(
        lambda p: (
            abs((p[1][0] - p[0][0]) * (p[2][1] - p[0][1]) - (p[2][0] - p[0][0]) * (p[1][1] - p[0][1])) > 10
        )
    )
)
def test_sewing_moves_a_border_by_at_most_a_millimetre_and_is_done_once(
    corners: list[tuple[float, float]],
) -> None:
    given_ = np.array([shapely.Polygon(corners)])
    sewn = sew(given_, 100)
    assert shapely.hausdorff_distance(given_[0].boundary, sewn[0].boundary) <= 0.0015
    assert shapely.equals_exact(sew(sewn, 100)[0], sewn[0], 0.0)
    ends = segments(sewn)[0]
    low, high = np.minimum(ends[:, :2], ends[:, 2:]), np.maximum(ends[:, :2], ends[:, 2:])
    assert (low // 100_000 >= -(-high // 100_000) - 1).all()  # no segment reaches across a line
