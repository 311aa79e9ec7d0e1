"""The rules of the unit grid on ground small enough to work out by hand, and on random ground."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from app.areas.fragments import NotSewn, cut
from app.areas.laying import NumbersRunOut, bytewise, lay
from app.areas.numbering import Past
from app.geo.sewing import sew


def box(x0: float, y0: float, x1: float, y1: float) -> shapely.Polygon:
    return shapely.box(x0, y0, x1, y1)


def array(*polygons: object) -> np.ndarray:
    return np.array(polygons, dtype=object)


def past_of(laid) -> dict[str, Past]:
    return {
        code: Past(dict(zip(of.code, of.geometry, strict=True)), len(of))
        for code, of in laid.cells.groupby("parent_code")
    }


def test_whole_squares_in_reading_order() -> None:
    laid = lay(["A"], array(box(0, 0, 200, 200)))
    assert laid.cells[["code", "square_row", "square_column"]].to_numpy().tolist() == [
        ["A001", 1, 0], ["A002", 1, 1], ["A003", 0, 0], ["A004", 0, 1],
    ]  # fmt: skip
    assert laid.report.whole_squares == laid.report.cells == 4
    assert laid.report.merged_fragments == 0


def test_a_fragment_under_a_tenth_joins_its_neighbour() -> None:
    laid = lay(["A"], array(box(0, 0, 109, 100)))
    assert laid.cells.area_m2.tolist() == [10900.0]
    assert laid.report.merged_fragments == 1
    assert laid.cells.square_column.tolist() == [0]


def test_a_fragment_of_exactly_a_tenth_stays() -> None:
    assert lay(["A"], array(box(0, 0, 110, 100))).cells.area_m2.tolist() == [10000.0, 1000.0]


def test_the_longest_shared_edge_wins() -> None:
    # the piece at x 100-109 touches the square to its west along 100 m and a larger one to its north along 9 m
    ground = shapely.union_all([box(0, 0, 109, 100), box(100, 100, 200, 200)])
    cells = lay(["A"], array(ground)).cells
    assert sorted(cells.area_m2) == [10000.0, 10900.0]


def test_small_pieces_join_smallest_first_and_go_on_joining() -> None:
    # 4 m and 8 m slivers north of one another: the smaller joins the larger, both then the square to the west
    ground = shapely.union_all([box(0, 0, 100, 100), box(100, 0, 108, 100), box(100, 100, 108, 104)])
    laid = lay(["A"], array(ground))
    assert laid.report.cells == 1
    assert laid.report.merged_fragments == 2


def test_ties_go_north_then_west() -> None:
    # a 2 m high strip over two equal squares; its two halves each join the square below, not one another
    laid = lay(["A"], array(box(0, 0, 200, 102)))
    assert laid.cells.area_m2.tolist() == [10200.0, 10200.0]
    # a small piece in the middle of four equal claims of 5 m joins the northern square
    cross = shapely.union_all(
        [box(0, 0, 5, 5), box(0, 5, 5, 95), box(5, 0, 95, 5), box(0, -90, 5, 0), box(-90, 0, 0, 5)]
    )
    merged = lay(["A"], array(cross)).cells
    assert merged.area_m2.sum() == cross.area


def test_an_island_stays_and_is_listed() -> None:
    laid = lay(["A"], array(shapely.MultiPolygon([box(0, 0, 100, 100), box(250, 250, 260, 260)])))
    assert laid.report.islands == ["A001"]
    assert laid.cells.area_m2.tolist() == [100.0, 10000.0]


def test_two_cells_in_one_square_go_west_first_then_north() -> None:
    ground = shapely.MultiPolygon([box(0, 0, 30, 50), box(40, 0, 90, 40), box(40, 60, 90, 100)])
    centres = [c.centroid.coords[0] for c in lay(["A"], array(ground)).cells.geometry]
    assert centres == [(15, 25), (65, 80), (65, 20)]


def test_more_than_999_cells_are_laid_at_twice_the_size() -> None:
    laid = lay(["A", "B"], array(box(0, 0, 3200, 3200), box(3200, 0, 3300, 3200)))
    assert laid.report.doubled == {"A": 200}
    assert (laid.cells.parent_code == "A").sum() == 256
    assert set(laid.cells[laid.cells.parent_code == "A"].square_size) == {200}
    assert shapely.coverage_is_valid(laid.borders)
    assert lay(["A"], array(box(0, 0, 3700, 2700))).report.cells == 999


def test_laying_again_keeps_every_code() -> None:
    ground = array(box(0, 0, 200, 200), shapely.Polygon([(200, 0), (455.5, 13), (200, 200)]))
    first = lay(["A", "B"], ground)
    again = lay(["A", "B"], first.borders, past=past_of(first))
    assert again.cells.code.tolist() == first.cells.code.tolist()
    assert again.report.kept == first.report.cells
    assert again.report.retired == []


def test_a_changed_cell_retires_and_its_number_is_not_used_again() -> None:
    first = lay(["A"], array(box(0, 0, 200, 200)))
    later = lay(
        ["A"], array(shapely.union_all([box(0, 0, 200, 100), box(0, 100, 150, 200)])), past=past_of(first)
    )
    assert later.cells.code.tolist() == ["A001", "A003", "A004", "A005"]
    assert later.report.retired == ["A002"]
    # back to the first border: 002 is not given again
    back = lay(["A"], array(box(0, 0, 200, 200)), past={"A": Past(past_of(later)["A"].cells, 5)})
    assert back.cells.code.tolist() == ["A001", "A003", "A004", "A006"]


def test_when_numbers_run_out_renumbering_is_offered() -> None:
    first = lay(["A"], array(box(0, 0, 100, 100)))
    past = {"A": Past(past_of(first)["A"].cells, 999)}
    with pytest.raises(NumbersRunOut, match="--renumber"):
        lay(["A"], array(box(0, 0, 200, 100)), past=past)
    again = lay(["A"], array(box(0, 0, 150, 100)), past=past, renumber=True)
    assert again.cells.code.tolist() == ["A001", "A002"]
    assert again.report.renumbered == {"A001": ["A001"]}


def test_overlapping_communities_are_refused_by_code() -> None:
    with pytest.raises(NotSewn, match=r"A, B.*--repair"):
        lay(["A", "B", "C"], array(box(0, 0, 130, 100), box(100, 0, 200, 100), box(500, 0, 600, 100)))


def test_codes_are_compared_bytewise() -> None:
    codes = ["b", "B", "a10", "a2", "é"]
    assert [codes[i] for i in bytewise(codes)] == ["B", "a10", "a2", "b", "é"]


def partition(seed: int, count: int) -> np.ndarray:
    """Random communities over a rotated rectangle with a hole, as a valid coverage."""
    random = np.random.default_rng(seed)
    ground = shapely.affinity.rotate(box(0, 0, 900, 700), seed % 90) - box(300, 300, 340, 390)
    seeds = shapely.multipoints(random.uniform(0, 800, (count, 2)))
    edges = shapely.voronoi_polygons(seeds, extend_to=ground.envelope.buffer(500), only_edges=True)
    noded = shapely.union_all([edges, ground.boundary], grid_size=0.001)
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(noded)))
    inside = shapely.contains(ground, shapely.point_on_surface(faces))
    return faces[inside]


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9), st.sampled_from([50, 100]))
def test_cells_tile_their_community_exactly(seed: int, count: int, size: int) -> None:
    ground = partition(seed, count)
    codes = [f"{i:03d}" for i in range(len(ground))]
    laid = lay(codes, ground, size=size)
    cells = laid.cells
    assert shapely.coverage_is_valid(cells.geometry.to_numpy())
    assert cells.code.is_unique
    islands = set(laid.report.islands)
    for code, border in zip(codes, laid.borders, strict=True):
        own = cells[cells.parent_code == code]
        union = shapely.coverage_union_all(own.geometry.to_numpy())
        assert shapely.symmetric_difference(union, border).area == 0
        assert shapely.equals(union, border)
        keys = list(zip(-own.square_row, own.square_column, strict=True))
        assert keys == sorted(keys)
        assert own.code.tolist() == [f"{code}{n:03d}" for n in range(1, len(own) + 1)]
        assert all(
            area >= size * size / 10 or c in islands for c, area in zip(own.code, own.area_m2, strict=True)
        )


def test_pieces_of_one_community_touch_only_along_whole_edges() -> None:
    (border,) = sew(array(shapely.Polygon([(0, 0), (333, 11), (290, 260), (17, 244)])), 100)
    assert shapely.coverage_is_valid(cut(border, 100).polygons)
