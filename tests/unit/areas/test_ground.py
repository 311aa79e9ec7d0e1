"""Which cell? In a cell, snapped within 50 m, never into a neighbour's ground, else outside."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from app.areas.ground import FOUND, IN_A_CELL, OUTSIDE, SNAPPED, Ground

CODES = ["110105001001001", "110105001001002", "110105001001003"]


def three_cells(**kwargs: object) -> Ground:
    """Two squares side by side and, over 30 m of no cell's ground, a third to the east."""
    squares = [shapely.box(0, 0, 100, 100), shapely.box(100, 0, 200, 100), shapely.box(230, 0, 330, 100)]
    return Ground.of([7, 8, 9], CODES, ["110105001001"] * 3, squares, **kwargs)


@pytest.mark.parametrize(
    ("x", "y", "cell", "found", "metres"),
    [
        (50, 50, 0, IN_A_CELL, None),
        (100, 50, 0, IN_A_CELL, None),  # a shared edge: the smallest code
        (100, 100, 0, IN_A_CELL, None),
        (201, 50, 1, SNAPPED, 1.0),
        (216, 50, 2, SNAPPED, 14.0),
        (215, 50, 1, SNAPPED, 15.0),  # as near to both: the smallest code
        (100, 150, 0, SNAPPED, 50.0),  # exactly 50 m, and as near to both
        (100, 150.001, -1, OUTSIDE, None),
        (-40, -30, 0, SNAPPED, 50.0),  # over the corner
        (-41, -30, -1, OUTSIDE, None),
        (np.nan, 50, -1, OUTSIDE, None),
        (0, np.inf, -1, OUTSIDE, None),
    ],
)
def test_hand_worked_points(x: float, y: float, cell: int, found: int, metres: float | None) -> None:
    placed = three_cells().place([x], [y])
    assert (placed.cell[0], placed.found[0]) == (cell, found)
    assert placed.snapped_m[0] == pytest.approx(np.nan if metres is None else metres, nan_ok=True)


def test_nothing_is_snapped_out_of_a_neighbouring_district() -> None:
    ground = three_cells(neighbours=[shapely.box(-100, -100, 0, 200)])
    placed = ground.place([-10.0, 0.0, 50.0], [50.0, 50.0, -10.0])
    assert placed.cell.tolist() == [-1, 0, 0]
    assert [FOUND[k] for k in placed.found] == ["outside", "in a cell", "snapped"]


def test_the_accuracy_circle_keeps_its_candidates() -> None:
    ground = three_cells()
    assert ground.candidates(90, 50, 9.9).tolist() == [0]
    assert ground.candidates(90, 50, 10).tolist() == [0, 1]
    assert ground.candidates(215, 50, 200).tolist() == [0, 1, 2]
    assert ground.candidates(1000, 50, 10).tolist() == []


def test_an_edition_without_cells_places_nothing() -> None:
    placed = Ground.of([], [], [], []).place([1.0], [1.0])
    assert placed.found.tolist() == [OUTSIDE]


def test_cells_out_of_order_are_refused() -> None:
    boxes = [shapely.box(0, 0, 1, 1), shapely.box(1, 0, 2, 1)]
    for codes in (["b", "a"], ["a", "a"], ["\uffff", "\U00010000"][::-1]):
        with pytest.raises(ValueError, match="bytewise"):
            Ground.of([1, 2], codes, ["", ""], boxes)
