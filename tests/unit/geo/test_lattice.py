from __future__ import annotations

import numpy as np

from app.geo.lattice import Lattice, to_metres, to_millimetres


def test_millimetres_and_back_are_exact() -> None:
    metres = np.array([0.001, 459829.101, 4417765.902, -3.25])
    assert (to_metres(to_millimetres(metres)) == metres).all()


def test_a_point_on_a_line_is_of_the_square_north_or_east() -> None:
    row, column = Lattice(100).square_of(np.array([199.999, 200.0, -0.001]), np.array([100.0, 99.999, 0.0]))
    assert row.tolist() == [1, 0, 0]
    assert column.tolist() == [1, 2, -1]


def test_lines_strictly_between() -> None:
    pair, at = Lattice(100).lines_between(
        np.array([0, 50_000, 100_000, -1]), np.array([200_000, 99_999, 100_000, 1])
    )
    assert list(zip(pair.tolist(), at.tolist(), strict=True)) == [(0, 100_000), (3, 0)]


def test_lines_are_split_at_nodes_and_at_border_vertices_on_them() -> None:
    border = np.array([[0, 0], [100_000, 0], [100_000, 40_000], [0, 100_000]])
    segments = {tuple(s) for s in Lattice(100).segments_within(border).tolist()}
    assert (100_000, 0, 100_000, 40_000) in segments
    assert (100_000, 40_000, 100_000, 100_000) in segments
    assert (0, 0, 100_000, 0) in segments
    assert len(segments) == 5
