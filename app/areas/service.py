"""Areas' jobs: load a level, lay the grid, publish an edition, give areas and cells back.

One transaction is the caller's: nothing is half-loaded. Rules live beside this file (boundaries, mending, laying,
editions); here they are put in order. Loading and laying need the owner's connection.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from threading import Lock
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from app.areas import laying, repository
from app.areas.accepting import accept, content_hash
from app.areas.editions import (
    Edition,
    EditionIncomplete,
    EditionPublished,
    NoEdition,
    UnknownEdition,
    start_of,
)
from app.areas.ground import Ground
from app.areas.levels import CHAIN, above, known, parent_of_cells
from app.areas.levels import DIGITS as CODE_DIGITS
from app.areas.levels import is_national as national
from app.areas.numbering import DIGITS, Past
from app.areas.reading import read
from app.areas.remaking import remake
from app.areas.reports import GridReport, LoadReport
from app.areas.surroundings import Level, Surroundings
from app.core.errors import BadInput, NotFound, NotReady
from app.core.findings import Finding
from app.db.engine import database_of
from app.geo.crs import Metric
from app.geo.datum import to_wgs84
from app.geo.sewing import on_grid

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection

    from app.areas.laying import Laid
    from app.areas.reading import Features
    from app.areas.reports import Asked
    from app.areas.repository import Box

CELLS_NAMED = 3000  # more than these are slower found by their ids than left to other conditions
GROUNDS_KEPT = 4  # editions in memory, some 100 MB each at most
_GROUNDS: dict[tuple[str, int], Ground] = {}
_BUILDING = Lock()


class NoAreas(NotReady):
    """There are no areas to lay cells in."""

    zh = "没有可划分网格的区域。"


class UnknownArea(NotFound):
    """There is no such area."""

    zh = "没有这个区域。"


class NoPlace(BadInput):
    """These coordinates are no place on Earth."""

    zh = "坐标无效。"


def metric_srid(connection: Connection) -> int:
    """Return the EPSG code of the metric CRS that geometries are stored in."""
    return repository.metric_srid(connection)


# --- editions ---------------------------------------------------------------------------------------------------


def editions(connection: Connection) -> list[Edition]:
    """Return all editions, oldest first, drafts last."""
    return repository.editions(connection)


def edition_at(connection: Connection, when: datetime | None = None) -> Edition:
    """Return the published edition that holds at a time, by default now.

    Raises:
        NoEdition: There is none.
    """
    moment = when or datetime.now(UTC)
    edition = repository.edition_at(connection, moment)
    if edition is None:
        raise NoEdition(
            f"Asked for {moment:%Y-%m-%d %H:%M %Z}.",
            remedy="Run: gridward areas load, then gridward areas lay-grid.",
        )
    return edition


def edition_named(connection: Connection, name: str) -> Edition:
    """Return an edition, published or draft.

    Raises:
        UnknownEdition: There is none of this name.
    """
    edition = repository.edition_named(connection, name)
    if edition is None:
        raise UnknownEdition(f"{name!r}.", remedy="See: gridward areas editions.")
    return edition


def publish(connection: Connection, edition: Edition, starts: datetime | None = None) -> Edition:
    """Publish a draft: it holds from `starts`, the edition before it no longer.

    The first edition always held unless a date is given; a later one holds from its date, by default from now.

    Raises:
        EditionPublished: It already is.
        EditionIncomplete: It has no cells, or an area or cell names a parent that isn't there (its findings).
        EditionTooEarly: It would not begin after the edition before it.
    """
    if not edition.draft:
        raise EditionPublished(repr(edition.name))
    return _start(connection, edition, _end_before(connection, starts))


def _end_before(connection: Connection, starts: datetime | None) -> datetime | None:
    """Let the newest published edition end; return when the next one begins, None for always."""
    before = repository.newest_edition(connection, draft=False)
    begins = start_of(starts, before, datetime.now(UTC))
    if before is not None:
        repository.end(connection, before.id, begins)
    return begins


def _start(connection: Connection, edition: Edition, begins: datetime | None) -> Edition:
    """Let a draft hold, if it is complete."""
    levels = repository.levels_of(connection, edition.id)
    if "cell" not in levels:
        raise EditionIncomplete(
            f"{edition.name!r} has no cells.", remedy="Run gridward areas lay-grid, or load drawn cells."
        )
    orphans = [
        Finding(
            code="orphan-code",
            where=f"{level} {code}",
            message=f"Its parent {parent} is not in the edition.",
            remedy="Load the level above with this area, or correct the parent's code and load this level again.",
        )
        for level, code, parent in repository.orphans(connection, edition.id)
    ]
    if orphans:
        raise EditionIncomplete(f"Parents are missing in {edition.name!r}.", findings=orphans)
    repository.start(connection, edition.id, begins)
    return edition_named(connection, edition.name)


# --- loading ----------------------------------------------------------------------------------------------------


def load(connection: Connection, file: Path, asked: Asked) -> LoadReport:
    """Check a boundary file and store it as one level of a draft edition.

    Raises:
        BoundariesRefused: It has errors that were not, or could not be, repaired: they are its findings.
        EditionPublished: The edition is published and the file's content differs from its.
        BadInput: The file can't be read, is empty, or lacks a column; the datum or level is unknown.
    """
    known(asked.level)
    metric = Metric(repository.metric_srid(connection))
    features = read(
        file,
        metric,
        level=asked.level,
        columns=asked.columns,
        datum=asked.datum,
        layer=asked.layer,
        encoding=asked.encoding,
    )
    return load_features(connection, features, asked, file.name)


def load_features(connection: Connection, features: Features, asked: Asked, file_name: str) -> LoadReport:
    """Check features and store them as one level of a draft edition; otherwise as `load`."""
    began = time.monotonic()
    level = known(asked.level)
    repository.one_at_a_time(connection)
    published = repository.newest_edition(connection, draft=False)
    edition = _target(connection, asked.edition)
    basis = edition or published
    around = _surroundings(connection, basis, features, asked)
    accepted, findings = accept(features, around, repair=asked.repair)
    content = content_hash(accepted, level, synthetic=asked.synthetic)
    name = edition.name if edition else (asked.edition or _today(connection))
    report = LoadReport(
        edition=name,
        level=level,
        outcome="checked",
        features=len(accepted),
        datum=features.datum,
        columns=features.columns,
        findings=(*features.notes, *findings),
    )
    same_as = basis if asked.edition is None else edition
    if same_as and repository.load_hash(connection, same_as.id, level) == content:
        unchanged = replace(report, edition=same_as.name, outcome="unchanged", published=not same_as.draft)
        return replace(unchanged, seconds=time.monotonic() - began)
    if edition and not edition.draft:
        raise EditionPublished(
            f"{edition.name!r} holds another content for level {level}.",
            remedy="Name a new edition with --edition.",
        )
    if asked.dry_run:
        return replace(report, seconds=time.monotonic() - began)
    carried: list[str] = []
    if edition is None:
        edition_id = repository.add_edition(connection, name, "", "")
        carried = repository.carry_over(connection, published.id, edition_id) if published else []
        edition = edition_named(connection, name)
    there = repository.levels_of(connection, edition.id)
    _store(connection, edition, accepted, around, asked)
    findings += _without_stale_cells(connection, edition, level)
    repository.record_load(
        connection, edition_id=edition.id, level=level, file_name=file_name, datum=features.datum,
        content_hash=content, features=len(accepted), repaired=sum(f.repaired for f in findings),
        source=asked.source, licence=asked.licence,
    )  # fmt: skip
    repository.mark_edition(connection, edition.id)
    is_published = level == "cell" and asked.publish
    if is_published:
        publish(connection, edition, asked.starts)
    return replace(
        report,
        findings=(*features.notes, *findings),
        outcome="replaced" if level in there and level not in carried else "loaded",
        carried_over=tuple(other for other in carried if other != level),
        published=is_published,
        seconds=time.monotonic() - began,
    )


def _target(connection: Connection, name: str | None) -> Edition | None:
    """Return the edition to work on: the one named, if it exists; by default the newest draft."""
    if name is not None:
        return repository.edition_named(connection, name)
    return repository.newest_edition(connection, draft=True)


def _today(connection: Connection) -> str:
    """Return a free name for a new edition: today's date, with a number if that is taken."""
    today = f"{datetime.now(UTC).astimezone():%Y-%m-%d}"
    taken = {edition.name for edition in repository.editions(connection)}
    return next(
        name for name in (today, *(f"{today}.{n}" for n in range(2, len(taken) + 3))) if name not in taken
    )


def _surroundings(
    connection: Connection, basis: Edition | None, features: Features, asked: Asked
) -> Surroundings:
    metric = Metric(repository.metric_srid(connection))
    levels = []
    if basis is not None:
        for level in above(asked.level):
            frame = repository.areas_of(connection, basis.id, level)
            if len(frame):
                levels.append(Level(level, frame["code"].tolist(), frame["geometry"].to_numpy()))
    reference = None
    if district := next((level for level in levels if level.name == "district"), None):
        reference = metric.geometry_to_lonlat(shapely.union_all(district.polygons))
    elif national(features.code, asked.level, ()):
        districts = {code[: CODE_DIGITS["district"]] for code in features.code}
        known_ones = [polygon for code, polygon in asked.known_districts().items() if code in districts]
        reference = shapely.union_all(known_ones) if known_ones else None
    return Surroundings(asked.level, metric, tuple(levels), reference, asked.trust_datum)


def _store(
    connection: Connection, edition: Edition, features: Features, around: Surroundings, asked: Asked
) -> None:
    frame = pd.DataFrame(
        {
            "code": features.code,
            "name": features.name,
            "parent_code": features.parent,
            "synthetic": asked.synthetic,
            "geometry": on_grid(features.polygons),
        }
    )
    if asked.level != "cell":
        repository.replace_areas(connection, edition.id, asked.level, frame)
        return
    cells = frame.assign(
        parent_level=[_level_of(code, around) for code in frame["parent_code"]],
        square_row=None,
        square_column=None,
        square_size=None,
        area_m2=shapely.area(frame["geometry"].to_numpy()),
    )
    repository.replace_cells(connection, edition.id, cells.iloc[laying.bytewise(cells["code"])])


def _without_stale_cells(connection: Connection, edition: Edition, level: str) -> list[Finding]:
    """Drop the draft's laid cells when the ground they were laid in is replaced."""
    if level not in CHAIN or not (dropped := repository.drop_laid_cells(connection, edition.id)):
        return []
    message = f"The draft's {dropped} laid cells were dropped, for their ground is replaced."
    remedy = "Lay them again: gridward areas lay-grid."
    return [
        Finding(code="cells-dropped", where=edition.name, message=message, remedy=remedy, severity="note")
    ]


def _level_of(parent: str, around: Surroundings) -> str:
    return next(level.name for level in around.above if parent in level.codes)


# --- laying -----------------------------------------------------------------------------------------------------


def lay_grid(
    connection: Connection,
    *,
    edition: str | None = None,
    level: str = "community",
    size: int = 100,
    starts: datetime | None = None,
    renumber: bool = False,
    publish_it: bool = True,
    step: Callable[[], object] = lambda: None,
) -> GridReport:
    """Lay the lattice in every area of a level, store the sewn borders and the cells, and publish the edition.

    Laying again on unchanged ground changes nothing and says so.

    Args:
        connection: The owner's.
        edition: By default the newest draft, else the newest published edition; a new name carries that one over.
        level: The level to lay cells in.
        size: Side of a square, metres.
        starts: When the edition begins, see `publish`.
        renumber: Number an area anew when its numbers have run out.
        publish_it: Publish the edition afterwards.
        step: Called after each area, for a progress bar.

    Raises:
        NotReady: There is no edition, or it has no areas of the level.
        EditionPublished: The edition is published and laying would change it.
        NumbersRunOut, NotSewn: See `app.areas.laying.lay`.
    """
    began = time.monotonic()
    parent_of_cells(level)
    repository.one_at_a_time(connection)
    target = _edition_to_lay(connection, edition)
    areas = repository.areas_of(connection, target.id, level)
    if not len(areas):
        raise NoAreas(
            f"Edition {target.name!r} has no {level} areas.",
            remedy=f"Load them first: gridward areas load FILE --level {level}.",
        )
    own = repository.cells_of(connection, target.id)
    past = _past(connection, own if not target.draft else None)
    laid = laying.lay(
        areas["code"].tolist(),
        areas["geometry"].to_numpy(),
        size=size,
        past=past,
        renumber=renumber,
        step=step,
    )
    same = _same_cells(own, laid.cells)
    if not target.draft and not same:
        raise EditionPublished(
            f"Laying would change the cells of {target.name!r}.", remedy="Name a new edition with --edition."
        )
    to_publish = target.draft and publish_it
    begins = _end_before(connection, starts) if to_publish else None
    findings = []
    if not same:
        sewn = areas.assign(geometry=laid.borders)
        findings = _store_grid(connection, target, sewn, laid, level)
        cells = laid.cells.assign(parent_level=level, name="")
        repository.replace_cells(connection, target.id, cells, holds_from=(begins,) if to_publish else None)
    if to_publish:
        _start(connection, target, begins)
    return GridReport(
        edition=target.name,
        outcome="unchanged" if same else "laid",
        laid=laid.report,
        published=to_publish or not target.draft,
        findings=tuple(findings),
        seconds=time.monotonic() - began,
    )


def _edition_to_lay(connection: Connection, name: str | None) -> Edition:
    newest = repository.newest_edition(connection, draft=False)
    edition = _target(connection, name)
    if edition is not None:
        return edition
    if newest is None:
        raise NoAreas(
            "There is no edition.", remedy="Load areas first: gridward areas load FILE --level community."
        )
    if name is None:
        return newest
    repository.carry_over(connection, newest.id, repository.add_edition(connection, name, "", ""))
    made = edition_named(connection, name)
    repository.mark_edition(connection, made.id)
    return made


def _past(connection: Connection, own: pd.DataFrame | None) -> dict[str, Past]:
    """Return what the areas' cells are held against: the edition's own when published, else the newest published one's."""
    cells = own
    if cells is None:
        newest = repository.newest_edition(connection, draft=False)
        cells = repository.cells_of(connection, newest.id) if newest else pd.DataFrame()
    if not len(cells):
        return {}
    highest = repository.highest_numbers(connection)
    laid = cells[cells["square_size"].notna()]
    return {
        str(parent): Past(dict(zip(of["code"], of["geometry"], strict=True)), highest.get(str(parent), 0))
        for parent, of in laid.groupby("parent_code")
    }


def _same_cells(own: pd.DataFrame, cells: pd.DataFrame) -> bool:
    """Say whether an edition already has these very cells."""
    return (
        own["code"].tolist() == cells["code"].tolist()
        and own["square_size"].tolist() == cells["square_size"].tolist()
        and bool(shapely.equals(own["geometry"].to_numpy(), cells["geometry"].to_numpy()).all())
    )


def _store_grid(
    connection: Connection, edition: Edition, sewn: pd.DataFrame, laid: Laid, level: str
) -> list[Finding]:
    """Store the sewn areas, the levels above as unions of them where they are, and which cells were renumbered."""
    repository.replace_areas(connection, edition.id, level, sewn)
    findings: list[Finding] = []
    metric = Metric(repository.metric_srid(connection))
    below = sewn
    for upper in above(level):
        areas = repository.areas_of(connection, edition.id, upper)
        if len(areas):
            below, found = remake(areas, below, upper, metric)
            findings += found
            repository.replace_areas(connection, edition.id, upper, below)
    table = {old: [old[:-DIGITS], *new] for old, new in laid.report.renumbered.items()}
    repository.replace_renumberings(connection, edition.id, table)
    return findings


# --- giving back ------------------------------------------------------------------------------------------------


def areas(
    connection: Connection, edition: Edition, level: str, box: Box | None = None, limit: int | None = None
) -> pd.DataFrame:
    """Return a level of an edition in bytewise order of code, geometry in the metric CRS.

    Columns: code, name, parent_code, synthetic, geometry; cells also number, parent_level, area_m2, square_row,
    square_column, square_size. With a box (west, south, east, north in metres) only what meets it.
    """
    if known(level) == "cell":
        cells = repository.cells_of(connection, edition.id, box, limit)
        return cells.assign(synthetic=edition.synthetic)
    frame = repository.areas_of(connection, edition.id, level, box)
    return frame.assign(area_m2=shapely.area(frame["geometry"].to_numpy()))


def area(connection: Connection, edition: Edition, level: str, code: str) -> dict[str, Any]:
    """Return one area and those above it: level, code, name, synthetic, edition, parents.

    Raises:
        UnknownArea: The edition has no such area.
    """
    if known(level) == "cell":
        return cell(connection, edition, code)
    found = repository.chain(connection, edition.id, level, code)
    if not found:
        raise UnknownArea(f"{level} {code!r} in edition {edition.name!r}.")
    return {**found[0], "edition": edition.name, "parents": found[1:]}


def cell(connection: Connection, edition: Edition, code: str) -> dict[str, Any]:
    """Return a cell's card: code, number, name, area_m2, lattice row, column and size (None where drawn), parents.

    Raises:
        UnknownArea: The edition has no such cell.
    """
    row = repository.cell_named(connection, edition.id, code)
    if row is None:
        raise UnknownArea(f"Cell {code!r} in edition {edition.name!r}.")
    parents = repository.chain(connection, edition.id, row.pop("parent_level"), row.pop("parent_code"))
    return {
        **row,
        "level": "cell",
        "edition": edition.name,
        "synthetic": edition.synthetic,
        "parents": parents,
    }


def locate(
    connection: Connection, x: float, y: float, datum: str = "wgs84", at: datetime | None = None
) -> dict[str, Any]:
    """Find the cell and the areas of a place, as they were at a time, by default now.

    Args:
        connection: Any role's.
        x: Longitude (degrees) or easting, in `datum`.
        y: Latitude or northing.
        datum: As in `app.geo.datum.parse_datum`.
        at: The time; the edition that held then decides.

    Returns:
        edition, found ("in a cell", "snapped", "outside"), snapped_m, lon, lat (WGS-84), cell (its card, or None),
        areas (from the lowest level; of a snapped place those of its cell).

    Raises:
        NoPlace: It is no place on Earth.
        NoEdition: No edition held then.
    """
    edition = edition_at(connection, at)
    lon, lat = (float(number) for number in to_wgs84(x, y, datum))
    east, north = (float(m) for m in Metric(repository.metric_srid(connection)).from_lonlat(lon, lat))
    if not np.isfinite([lon, lat]).all() or abs(lat) > 90 or abs(lon) > 180:
        raise NoPlace(f"{x:g}, {y:g} in {datum}.", remedy="Give longitude first, and the right datum.")
    place = {"edition": edition.name, "synthetic": edition.synthetic, "lon": lon, "lat": lat}
    nowhere = {**place, "found": "outside", "snapped_m": None, "cell": None, "areas": []}
    if not np.isfinite([east, north]).all():
        return nowhere
    row = repository.cell_at_point(connection, east, north, at or datetime.now(UTC))
    if row is None or row["code"] is None:
        return {**nowhere, "areas": repository.areas_at_point(connection, edition.id, east, north)}
    card = cell(connection, edition, row["code"])
    return {
        **place,
        "found": row["found"],
        "snapped_m": row["snapped_m"],
        "cell": card,
        "areas": card["parents"],
    }


def lineage(connection: Connection, code: str | None) -> frozenset[str]:
    """Return the codes of an area and of those above it, in any edition, for `Principal.requires(within=...)`.

    Args:
        connection: Any role's.
        code: Of any level; None: what belongs to no area of its own is the district's.
    """
    return repository.lineage(connection, code)


def cells_in_box(connection: Connection, box: Box, most: int = CELLS_NAMED) -> tuple[bytes, list[int] | None]:
    """Return a box and the cells, of any edition, that things in it may belong to; by these protected rows are found.

    Args:
        connection: Any role's.
        box: West, south, east, north, WGS-84 degrees.
        most: Cells that are worth naming.

    Returns:
        The box as EWKB in the metric CRS; ids of `areas.cells`, None where they are more.
    """
    shape, cells = repository.cells_in_box(connection, box, most + 1)
    return shape, None if len(cells) > most else cells


def ground(connection: Connection, edition_id: int) -> Ground:
    """Return an edition's ground; a published one is built once per process, for it never changes."""
    edition = repository.edition_by_id(connection, edition_id)
    if edition is None:
        raise UnknownEdition(f"id {edition_id}.")
    if edition.draft:
        return _ground(connection, edition_id)
    key = (database_of(connection), edition_id)
    with _BUILDING:
        if key not in _GROUNDS:
            while len(_GROUNDS) >= GROUNDS_KEPT:
                _GROUNDS.pop(next(iter(_GROUNDS)))
            _GROUNDS[key] = _ground(connection, edition_id)
        return _GROUNDS[key]


def _ground(connection: Connection, edition_id: int) -> Ground:
    cells = repository.cells_of(connection, edition_id)
    neighbours = repository.areas_of(connection, edition_id, "neighbour")
    return Ground.of(
        cells["id"].to_numpy(),
        cells["code"].tolist(),
        cells["parent_code"].tolist(),
        cells["geometry"].to_numpy(),
        neighbours["geometry"].to_numpy(),
    )
