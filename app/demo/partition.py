"""A synthetic division of the real district into streets and communities (示意分区，非法定界线).

No registry holds these polygons, so the demo draws its own: street regions are a power diagram of the estimated seats,
each about as large as the street is; communities are one Voronoi diagram over seeds relaxed inside those regions
(Lloyd), denser near the seat; streets are unions of their communities. Two places of known size and position are held
by rings of six seeds around them. All coordinates are metres (x east, y north) on a 1 mm grid, all shared borders
identical vertex by vertex. Deterministic per seed. It says nothing about where the real borders run.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from app.demo.places import Community

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Shapes = NDArray[np.object_]

GRID_M = 0.001
SAMPLE_M = 60.0  # spacing of the points that stand for the ground while seeds are relaxed
POWER_ROUNDS = 150
LLOYD_ROUNDS = 40
ATTEMPTS = 10
RING = 6
RING_WOBBLE = 0.10  # so that a held place doesn't look like a nut


@dataclass(frozen=True, slots=True)
class StreetSeat:
    """Where a street lies and about how large it is: metres and square metres."""

    code: str
    x: float
    y: float
    about_m2: float


@dataclass(frozen=True, slots=True)
class Held:
    """A community whose place and size are known: its middle in metres, its area in square metres."""

    code: str
    x: float
    y: float
    area_m2: float


@dataclass(frozen=True, slots=True, eq=False)
class Partition:
    """Polygons by code, bytewise sorted; `district` is the union of either level, vertex for vertex."""

    district: shapely.MultiPolygon
    street_codes: list[str]
    streets: Shapes
    community_codes: list[str]
    communities: Shapes


@dataclass(slots=True)
class _Seeds:
    """Seeds of one connected part of the district, growing: places, streets, and which belong to a held place."""

    xy: list[tuple[float, float]] = field(default_factory=list)
    street: list[str] = field(default_factory=list)
    code: list[str] = field(default_factory=list)  # "" until codes are given out


def divide(
    district: shapely.MultiPolygon,
    seats: Sequence[StreetSeat],
    communities: Sequence[Community],
    held: Sequence[Held],
    seed: int,
) -> Partition:
    """Divide the district among its streets and communities.

    Each connected part of the district is divided among the seats that lie on it. Of a street's communities, those of
    residents get the seeds nearest to the seat, villages the outer ones. A division that leaves a street in two pieces
    is drawn again.

    Raises:
        ValueError: A seat lies outside the district, a part of the district has none, or no division held together.
    """
    parts = shapely.get_parts(shapely.set_precision(district, GRID_M))
    seated = [[seat for seat in seats if part.covers(shapely.Point(seat.x, seat.y))] for part in parts]
    if missing := {seat.code for seat in seats} - {seat.code for here in seated for seat in here}:
        raise ValueError(f"Seats outside the district: {', '.join(sorted(missing))}.")
    if not all(seated):
        raise ValueError("A part of the district has no street seat on it.")
    for attempt in range(ATTEMPTS):
        rng = np.random.default_rng((seed, attempt))
        pieces: dict[str, Any] = {}
        for part, here in zip(parts, seated, strict=True):
            inside = [each for each in held if part.covers(shapely.Point(each.x, each.y))]
            pieces |= _divide_part(part, here, communities, inside, rng)
        partition = _assemble(pieces, communities)
        if all(shape.geom_type == "Polygon" for shape in (*partition.communities, *partition.streets)):
            return partition
    raise ValueError(f"No division with seed {seed} leaves every street in one piece.")


def _divide_part(
    part: shapely.Polygon,
    seats: list[StreetSeat],
    communities: Sequence[Community],
    held: list[Held],
    rng: np.random.Generator,
) -> dict[str, Any]:
    points = _sample(part, SAMPLE_M)
    region = _joined_up(points, _power_regions(points, seats))
    rings = [(each, *_ring(each, rng)) for each in held]
    seeds = _Seeds()
    seat_tree = cKDTree(points)
    for each, ring, _ in rings:
        seeds.xy.append((each.x, each.y))
        seeds.street.append(_street_of(each.code, communities))
        seeds.code.append(each.code)
        for x, y in ring:
            seeds.xy.append((x, y))
            seeds.street.append(seats[region[seat_tree.query((x, y))[1]]].code)
            seeds.code.append("")
    fixed_xy, fixed_street = np.array(seeds.xy).reshape(-1, 2), list(seeds.street)
    keep_out = [(each.x, each.y, reach) for each, _, reach in rings]
    for index, seat in enumerate(seats):
        mine = [c for c in communities if c.street_code == seat.code]
        ground = points[region == index]
        fixed = fixed_xy[[street == seat.code for street in fixed_street]]
        free = _relax(ground, fixed, len(mine) - len(fixed), seat, keep_out=keep_out, rng=rng)
        seeds.xy.extend(map(tuple, free.tolist()))
        seeds.street.extend([seat.code] * len(free))
        seeds.code.extend([""] * len(free))
    _give_codes(seeds, seats, communities)
    faces = _faces(part, np.array(seeds.xy))
    return dict(zip(seeds.code, faces, strict=True))


def _sample(part: shapely.Polygon, spacing: float) -> Floats:
    """Return the points of a square grid that lie inside, (n, 2) metres."""
    west, south, east, north = part.bounds
    x, y = np.meshgrid(
        np.arange(west + spacing / 2, east, spacing), np.arange(south + spacing / 2, north, spacing)
    )
    shapely.prepare(part)
    inside = shapely.contains_xy(part, x.ravel(), y.ravel())
    return np.column_stack([x.ravel()[inside], y.ravel()[inside]])


def _power_regions(points: Floats, seats: list[StreetSeat]) -> Ints:
    """Give each point to a seat so that every seat gets about its share of the ground.

    A power diagram: the seat with the least squared distance minus weight. The weights climb the dual of the optimal
    transport problem between ground and seats (Aurenhammer, Hoffmann, Aronov 1998).
    """
    place = np.array([(seat.x, seat.y) for seat in seats])
    share = np.array([seat.about_m2 for seat in seats])
    share /= share.sum()
    coarse = points[:: max(1, len(points) // 20_000)]
    squared = ((coarse[:, None, :] - place[None, :, :]) ** 2).sum(axis=2)
    area = len(points) * SAMPLE_M**2
    weight = np.zeros(len(seats))
    for turn in range(POWER_ROUNDS):
        owner = np.argmin(squared - weight, axis=1)
        got = np.bincount(owner, minlength=len(seats)) / len(coarse)
        weight += area * (share - got) / (1 + turn / 30)
    squared = ((points[:, None, :] - place[None, :, :]) ** 2).sum(axis=2)
    region: Ints = np.argmin(squared - weight, axis=1)
    return region


def _joined_up(points: Floats, region: Ints) -> Ints:
    """Give every stray pocket of a region, cut off by a hollow of the border, to the region it touches most."""
    pairs = cKDTree(points).query_pairs(SAMPLE_M * 1.01, output_type="ndarray")
    while True:
        inner = pairs[region[pairs[:, 0]] == region[pairs[:, 1]]]
        links = coo_array((np.ones(len(inner)), inner.T), shape=(len(points), len(points)))
        count, patch = connected_components(links, directed=False)
        region_of = np.zeros(count, np.int64)
        region_of[patch] = region
        size = np.bincount(patch)
        main = {region_of[each]: each for each in np.argsort(size, kind="stable")}
        stray = ~np.isin(patch, list(main.values()))
        edge = pairs[stray[pairs[:, 0]] != stray[pairs[:, 1]]]
        if not len(edge):  # a spit that touches nothing stays: no seed is far from home for it
            return region
        swap = stray[edge[:, 1]]
        lone, host = np.where(swap, edge[:, 1], edge[:, 0]), np.where(swap, edge[:, 0], edge[:, 1])
        votes = coo_array(
            (np.ones(len(lone)), (patch[lone], region[host])), shape=(count, region.max() + 1)
        ).toarray()
        heard = votes.sum(axis=1) > 0
        region = np.where(heard[patch], votes.argmax(axis=1)[patch], region)


def _ring(held: Held, rng: np.random.Generator) -> tuple[Floats, float]:
    """Return six seeds whose Voronoi cell around the held place has its area, and the reach others must keep.

    The cell of the middle grows with the square of the ring's distance, so one measurement gives the scale.
    """
    angle = (
        2 * np.pi * (np.arange(RING) + rng.uniform(-RING_WOBBLE, RING_WOBBLE, RING) + rng.uniform()) / RING
    )
    away = rng.uniform(1 - RING_WOBBLE, 1 + RING_WOBBLE, RING)
    unit = np.column_stack([away * np.cos(angle), away * np.sin(angle)])
    cells = shapely.get_parts(shapely.voronoi_polygons(shapely.MultiPoint(np.vstack([[0.0, 0.0], unit]))))
    middle = next(cell for cell in cells if cell.covers(shapely.Point(0.0, 0.0)))
    scale = float(np.sqrt(held.area_m2 / middle.area))
    corners = shapely.get_coordinates(middle)
    reach = 2 * scale * float(np.hypot(corners[:, 0], corners[:, 1]).max())
    return unit * scale + (held.x, held.y), reach


def _relax(
    ground: Floats,
    fixed: Floats,
    count: int,
    seat: StreetSeat,
    *,
    keep_out: list[tuple[float, float, float]],
    rng: np.random.Generator,
) -> Floats:
    """Spread `count` seeds over a street's ground by Lloyd's algorithm, denser near the seat, fixed ones staying.

    Seeds are kept out of the circles (x, y, radius) around held places, whose cells they would cut.
    """
    away = np.hypot(ground[:, 0] - seat.x, ground[:, 1] - seat.y)
    density = 1 / (1 + (away / np.sqrt(seat.about_m2 / np.pi)) ** 2)
    open_ground = _outside(ground, keep_out)
    chance = density * open_ground
    free = ground[rng.choice(len(ground), count, replace=False, p=chance / chance.sum())]
    for _ in range(LLOYD_ROUNDS):
        nearest = cKDTree(np.vstack([fixed, free])).query(ground)[1] - len(fixed)
        mine = nearest >= 0
        mass = np.bincount(nearest[mine], weights=density[mine], minlength=count)
        for axis in (0, 1):
            moment = np.bincount(nearest[mine], weights=(density * ground[:, axis])[mine], minlength=count)
            free[:, axis] = np.where(mass > 0, moment / np.maximum(mass, 1e-12), free[:, axis])
        for x, y, reach in keep_out:
            offset = free - (x, y)
            distance = np.hypot(offset[:, 0], offset[:, 1])
            push = np.maximum(reach / np.maximum(distance, 1.0), 1.0)
            free = (x, y) + offset * push[:, None]
    return free


def _outside(ground: Floats, circles: list[tuple[float, float, float]]) -> NDArray[np.bool_]:
    outside = np.ones(len(ground), bool)
    for x, y, reach in circles:
        outside &= np.hypot(ground[:, 0] - x, ground[:, 1] - y) > reach
    return outside


def _give_codes(seeds: _Seeds, seats: list[StreetSeat], communities: Sequence[Community]) -> None:
    """Give each street's codes to its seeds: held ones have theirs, residents from the seat outward, then villages."""
    for seat in seats:
        open_seeds = [i for i, street in enumerate(seeds.street) if street == seat.code and not seeds.code[i]]
        open_seeds.sort(key=lambda i: np.hypot(seeds.xy[i][0] - seat.x, seeds.xy[i][1] - seat.y))
        codes = sorted(
            (c for c in communities if c.street_code == seat.code and c.code not in seeds.code),
            key=lambda c: (c.kind == "village", c.code),
        )
        for i, community in zip(open_seeds, codes, strict=True):
            seeds.code[i] = community.code


def _faces(part: shapely.Polygon, seeds: Floats) -> list[Any]:
    """Cut a part of the district by the Voronoi diagram of its seeds: one polygon per seed, on the 1 mm grid.

    Where the district's border is hollow, a seed's ground may fall into pieces: all but the largest go to the
    neighbour with the longest common border.
    """
    edges = shapely.voronoi_polygons(shapely.MultiPoint(seeds), extend_to=part, only_edges=True)
    lines = shapely.union_all([edges, part.boundary], grid_size=GRID_M)
    pieces = shapely.get_parts(shapely.polygonize([lines]))
    pieces = pieces[shapely.contains(part, shapely.point_on_surface(pieces))]
    middle = shapely.get_coordinates(shapely.point_on_surface(pieces))
    owner = cKDTree(seeds).query(middle)[1]
    size = shapely.area(pieces)
    main = {int(o): max(np.flatnonzero(owner == o), key=lambda i: size[i]) for o in set(owner.tolist())}
    for i in np.argsort(size)[::-1]:
        if main[int(owner[i])] != i:
            owner[i] = _longest_neighbour(pieces, owner, i)
    return [shapely.coverage_union_all(pieces[owner == each]) for each in range(len(seeds))]


def _longest_neighbour(pieces: Shapes, owner: Ints, lone: int) -> int:
    shared = shapely.length(shapely.intersection(pieces[lone], pieces))
    shared[owner == owner[lone]] = 0
    return int(owner[int(np.argmax(shared))])


def _street_of(code: str, communities: Sequence[Community]) -> str:
    return next(c.street_code for c in communities if c.code == code)


def _assemble(pieces: dict[str, Any], communities: Sequence[Community]) -> Partition:
    codes = sorted(pieces)
    shapes = np.array([pieces[code] for code in codes], dtype=object)
    street_of = {c.code: c.street_code for c in communities}
    owner = np.array([street_of[code] for code in codes])
    streets = sorted(set(owner.tolist()))
    unions = np.array([shapely.coverage_union_all(shapes[owner == s]) for s in streets], dtype=object)
    whole = shapely.coverage_union_all(shapes)
    return Partition(shapely.MultiPolygon(shapely.get_parts(whole).tolist()), streets, unions, codes, shapes)
