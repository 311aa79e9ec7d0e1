"""Seconds per cell held against shapely's and PostGIS's clipping: any polygons, segments on borders and corners included."""

from __future__ import annotations

import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, text

from app.geo.dwell import dwell
from app.geo.locator import Locator
from tests.unit.geo.town import irregular_town

STEP = 12.5  # of the grid that corners and fixes like to lie on: borders, corners and lattice lines are hit
CLIPPED = text("""
  WITH cells AS (SELECT ordinality - 1 AS cell, ST_GeomFromWKB(wkb) AS geom
                   FROM unnest(CAST(:cells AS bytea[])) WITH ORDINALITY AS given (wkb, ordinality)),
       segments AS (SELECT s.ordinality - 1 AS segment, s.seconds, ST_Point(s.x0, s.y0) AS start,
                           ST_MakeLine(ST_Point(s.x0, s.y0), ST_Point(s.x1, s.y1)) AS line
                      FROM unnest(CAST(:x0 AS float8[]), CAST(:y0 AS float8[]), CAST(:x1 AS float8[]), CAST(:y1 AS float8[]),
                                  CAST(:seconds AS float8[])) WITH ORDINALITY AS s (x0, y0, x1, y1, seconds, ordinality))
  SELECT c.cell,
         sum(s.seconds * CASE WHEN ST_Length(s.line) = 0 THEN CAST(ST_Covers(c.geom, s.start) AS integer)
                              ELSE ST_Length(ST_Intersection(s.line, c.geom)) / ST_Length(s.line) END) AS seconds
    FROM cells AS c JOIN segments AS s ON ST_Intersects(c.geom, CASE WHEN ST_Length(s.line) = 0 THEN s.start ELSE s.line END)
   GROUP BY c.cell""")


def clipped(polygons: np.ndarray, ends: np.ndarray, seconds: np.ndarray) -> tuple[np.ndarray, float]:
    """By shapely, cell after cell: what several hold belongs to the first of them."""
    share = np.zeros((len(polygons), len(seconds)))
    lines = [shapely.LineString(one) for one in ends]
    still = (ends[:, 0] == ends[:, 1]).all(axis=1)
    length = np.where(still, 1.0, shapely.length(lines))
    for segment, line in enumerate(lines):
        if still[segment]:
            holding = np.flatnonzero(shapely.covers(polygons, shapely.Point(ends[segment, 0])))
            share[holding[:1], segment] = 1.0
            continue
        rest = line
        for cell in np.flatnonzero(shapely.intersects(polygons, line)):
            share[cell, segment] = rest.intersection(polygons[cell]).length / length[segment]
            rest = rest.difference(polygons[cell])
    return share @ seconds, float(((1 - share.sum(axis=0)) * seconds).sum())


@st.composite
def grounds(draw: st.DrawFn) -> np.ndarray:
    """Polygons between the lines through some points, and some triangles that overlap them; holes where some are left out."""
    place = st.tuples(st.integers(0, 24), st.integers(0, 24))
    cuts = draw(st.lists(st.tuples(place, place), min_size=1, max_size=5))
    lines = [
        shapely.LineString([(a * STEP, b * STEP), (c * STEP, d * STEP)])
        for (a, b), (c, d) in cuts
        if (a, b) != (c, d)
    ]
    net = shapely.union_all([shapely.box(0, 0, 300, 300).exterior, *lines], grid_size=0.001)
    pieces = [piece for piece in shapely.get_parts(shapely.polygonize([net])) if draw(st.integers(0, 4))]
    corners = draw(st.lists(st.tuples(place, place, place), max_size=2))
    triangles = [shapely.Polygon([(x * STEP, y * STEP) for x, y in three]) for three in corners]
    shapes = [*pieces, *(one for one in triangles if one.area > 1)]
    return np.array(draw(st.permutations(shapes)) if shapes else [shapely.box(0, 0, 1, 1)], dtype=object)


@st.composite
def tracks(draw: st.DrawFn) -> np.ndarray:
    along = st.one_of(st.integers(-4, 28).map(lambda k: k * STEP), st.floats(-50, 350, width=32))
    points = draw(st.lists(st.tuples(along, along), min_size=2, max_size=12))
    stays = draw(st.lists(st.integers(0, len(points) - 1), max_size=3))
    for at in stays:
        points.insert(at, points[at])
    return np.array(points, dtype=np.float64)


@settings(max_examples=100)
@given(polygons=grounds(), points=tracks())
def test_like_shapely_on_any_polygons(polygons: np.ndarray, points: np.ndarray) -> None:
    t = np.cumsum(np.arange(len(points)) % 7 + 1.0)
    seconds, none = dwell(Locator.build(polygons), points[:, 0], points[:, 1], t, np.ones(len(t) - 1, bool))
    expected, truly_none = clipped(polygons, np.stack((points[:-1], points[1:]), axis=1), np.diff(t))
    np.testing.assert_allclose(seconds, expected, atol=1e-6)
    assert abs(none - truly_none) <= 1e-6
    assert abs(seconds.sum() + none - (t[-1] - t[0])) <= 1e-9


def test_like_postgis_on_a_walk(service: Connection) -> None:
    polygons = irregular_town()
    west, south, east, north = shapely.total_bounds(polygons)
    rng = np.random.default_rng(3)
    n = 3000
    x = np.clip(np.cumsum(rng.normal(0, 40, n)) + (west + east) / 2, west - 100, east + 100)
    y = np.clip(np.cumsum(rng.normal(0, 40, n)) + (south + north) / 2, south - 100, north + 100)
    still = rng.choice(np.arange(1, n), 200)
    x[still], y[still] = x[still - 1], y[still - 1]
    t = np.cumsum(rng.exponential(5, n))
    seconds, none = dwell(Locator.build(polygons), x, y, t, np.ones(n - 1, bool))
    values = {"cells": [bytes(wkb) for wkb in shapely.to_wkb(polygons)], "seconds": np.diff(t).tolist()}
    values |= {"x0": x[:-1].tolist(), "y0": y[:-1].tolist(), "x1": x[1:].tolist(), "y1": y[1:].tolist()}
    theirs = np.zeros(len(polygons))
    for cell, found in service.execute(CLIPPED, values):
        theirs[cell] = found
    np.testing.assert_allclose(seconds, theirs, atol=1e-6)
    assert none > 0
    assert abs(seconds.sum() + none - (t[-1] - t[0])) <= 1e-9
