"""Loading (入库): checks a boundary file and stores it as one level of a draft edition.

One transaction is the caller's: nothing is half-loaded. Rules live in the pure files (boundaries, mending, accepting);
here they are put in order. Needs the owner's connection.
"""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pandas as pd
import shapely

from app.areas import laying, repository
from app.areas import service as areas
from app.areas.accepting import accept, content_hash
from app.areas.editions import (
    Edition,
    EditionPublished,
)
from app.areas.levels import CHAIN, above, known
from app.areas.levels import DIGITS as CODE_DIGITS
from app.areas.levels import is_national as national
from app.areas.publishing import service as publishing
from app.areas.reading import read
from app.areas.reports import LoadReport
from app.areas.surroundings import Level, Surroundings
from app.core.findings import Finding
from app.geo.crs import Metric
from app.geo.sewing import on_grid

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from app.areas.reading import Features
    from app.areas.reports import Asked


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
    edition = publishing.target(connection, asked.edition)
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
        edition = areas.edition_named(connection, name)
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
        publishing.publish(connection, edition, asked.starts)
    return replace(
        report,
        findings=(*features.notes, *findings),
        outcome="replaced" if level in there and level not in carried else "loaded",
        carried_over=tuple(other for other in carried if other != level),
        published=is_published,
        seconds=time.monotonic() - began,
    )


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
