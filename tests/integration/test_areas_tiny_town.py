"""Tiny town from its file to published cells, against answers worked out by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise

import numpy as np
import pytest
import shapely
from sqlalchemy import Connection, text

from app.areas import repository
from app.areas import service as areas
from app.areas.editions import EditionIncomplete, EditionPublished, EditionTooEarly, NoEdition, UnknownEdition
from app.areas.gridding import service as gridding
from app.areas.laying import NumbersRunOut
from app.areas.loading import service as loading
from app.areas.publishing import service as publishing
from app.areas.reports import Asked
from tests import tiny_town


def test_it_has_sixteen_cells_where_they_should_be(owner: Connection) -> None:
    edition = tiny_town.load(owner)
    cells = repository.cells_of(owner, edition.id)
    assert cells.code.tolist() == sorted(code for row in tiny_town.CELLS for code in row)
    assert cells.number.tolist() == list(range(1, 17))
    for code, polygon in zip(cells.code, cells.geometry, strict=True):
        x, y = polygon.centroid.x - tiny_town.WEST, polygon.centroid.y - tiny_town.SOUTH
        assert tiny_town.cell_at(x, y) == code
        assert polygon.area == 10_000
    assert edition.synthetic
    assert edition.source == "invented for tests"


def test_every_level_is_tiled_by_the_one_below(owner: Connection) -> None:
    edition = tiny_town.load(owner)
    levels = [areas.areas(owner, edition, level) for level in ("district", "street", "community", "cell")]
    for upper, lower in pairwise(levels):
        for code, polygon in zip(upper.code, upper.geometry, strict=True):
            parts = lower.geometry[lower.parent_code == code].to_numpy()
            union = shapely.coverage_union_all(parts)
            assert shapely.symmetric_difference(union, polygon).area == 0


def test_the_first_edition_always_held_and_the_next_ends_it(owner: Connection) -> None:
    first = tiny_town.load(owner)
    assert (first.starts, first.ends) == (None, None)
    assert areas.edition_at(owner, datetime(1990, 1, 1, tzinfo=UTC)).name == "tiny"
    starts = datetime(2026, 3, 1, tzinfo=UTC)
    second = tiny_town.load(owner, edition="second", starts=starts)
    assert second.starts == starts
    assert areas.edition_at(owner, datetime(2026, 2, 28, 23, 59, tzinfo=UTC)).name == "tiny"
    assert areas.edition_at(owner, starts).name == "second"
    assert areas.edition_named(owner, "tiny").ends == starts
    with pytest.raises(EditionTooEarly):
        tiny_town.load(owner, edition="third", starts=starts)


def test_codes_last_over_editions(owner: Connection) -> None:
    first = tiny_town.load(owner)
    second = tiny_town.load(owner, edition="second", starts=datetime(2026, 3, 1, tzinfo=UTC))
    before, after = (repository.cells_of(owner, edition.id) for edition in (first, second))
    assert before.code.tolist() == after.code.tolist()
    assert set(before.id).isdisjoint(after.id)


def test_laying_twice_changes_nothing(owner: Connection) -> None:
    edition = tiny_town.load(owner)
    before = repository.cells_of(owner, edition.id)
    again = gridding.lay_grid(owner, edition="tiny")
    assert again.outcome == "unchanged"
    assert again.laid.kept == 16
    assert repository.cells_of(owner, edition.id).id.tolist() == before.id.tolist()
    with pytest.raises(EditionPublished, match="--edition"):
        gridding.lay_grid(owner, edition="tiny", size=50)


def test_loading_twice_changes_nothing(owner: Connection) -> None:
    tiny_town.load(owner)
    again = loading.load(owner, tiny_town.FILE, Asked(level="community", edition="tiny", synthetic=True))
    assert again.outcome == "unchanged"
    without_a_name = loading.load(owner, tiny_town.FILE, Asked(level="community", synthetic=True))
    assert (without_a_name.outcome, without_a_name.edition) == ("unchanged", "tiny")
    assert len(areas.editions(owner)) == 1


def test_a_published_edition_takes_nothing_else(owner: Connection) -> None:
    tiny_town.load(owner)
    with pytest.raises(EditionPublished, match="--edition"):
        loading.load(owner, tiny_town.FILE, Asked(level="community", edition="tiny", synthetic=False))
    with pytest.raises(EditionPublished):
        publishing.publish(owner, areas.edition_named(owner, "tiny"))


def test_a_new_edition_starts_from_the_one_before(owner: Connection) -> None:
    tiny_town.load(owner)
    laid = gridding.lay_grid(owner, edition="fine", size=50, starts=datetime(2026, 3, 1, tzinfo=UTC))
    assert laid.laid.cells == 64
    codes = areas.areas(owner, areas.edition_named(owner, "fine"), "cell").code.tolist()
    assert codes[0] == "990101001001005"  # 001-004 are retired
    report = loading.load(owner, tiny_town.FILE, Asked(level="community", edition="plain", synthetic=False))
    assert report.carried_over == ("district", "street", "neighbour")
    assert report.outcome == "loaded"


def test_an_edition_with_missing_parents_is_not_published(owner: Connection) -> None:
    loading.load(owner, tiny_town.FILE, Asked(level="community", edition="draft"))
    draft = areas.edition_named(owner, "draft").id
    communities = repository.areas_of(owner, draft, "community")  # as from a file that names streets
    repository.replace_areas(
        owner, draft, "community", communities.assign(parent_code=communities.code.str[:9])
    )
    west = communities.head(1).assign(code="990101001", name="西街道")
    repository.replace_areas(owner, draft, "street", west)
    with pytest.raises(EditionIncomplete, match="Parents are missing") as refused:
        gridding.lay_grid(owner)
    assert [(f.where, f.message) for f in refused.value.findings] == [
        (f"community 99010100200{n}", "Its parent 990101002 is not in the edition.") for n in (1, 2)
    ]


def test_a_draft_is_seen_by_nobody_and_needs_cells(owner: Connection) -> None:
    for level in tiny_town.LEVELS:
        loading.load(owner, tiny_town.FILE, Asked(level=level, edition="draft"))
    with pytest.raises(NoEdition):
        areas.edition_at(owner)
    with pytest.raises(EditionIncomplete, match="lay-grid"):
        publishing.publish(owner, areas.edition_named(owner, "draft"))
    assert gridding.lay_grid(owner, publish_it=False).published is False
    replaced = loading.load(owner, tiny_town.FILE, Asked(level="community", synthetic=True))
    assert replaced.outcome == "replaced"
    assert [f.code for f in replaced.findings if f.severity == "note"][-1] == "cells-dropped"
    with pytest.raises(UnknownEdition):
        areas.edition_named(owner, "nowhere")


def test_ground_places_points_by_the_one_rule(owner: Connection) -> None:
    ground = areas.ground(owner, tiny_town.load(owner).id)
    points = np.array([(50, 350), (100, 300), (200, 200), (-30, 50), (430, 50), (-60, 50), (50, 430)])
    placed = ground.place(points[:, 0] + tiny_town.WEST, points[:, 1] + tiny_town.SOUTH)
    codes = [ground.codes[i] if i >= 0 else None for i in placed.cell]
    assert codes == [
        "990101001001001", "990101001001001", "990101001001004", "990101001002003", None, None, "990101001001001",
    ]  # fmt: skip
    assert placed.found.tolist() == [
        0,
        0,
        0,
        1,
        2,
        2,
        1,
    ]  # the neighbour takes nothing in, and isn't snapped from
    assert placed.snapped_m[3] == pytest.approx(30)


def test_published_cells_are_never_deleted(owner: Connection) -> None:
    edition = tiny_town.load(owner)
    with pytest.raises(Exception, match="published and never changes"), owner.begin_nested():
        owner.execute(text("DELETE FROM areas.cells WHERE edition_id = :id"), {"id": edition.id})


def test_numbers_that_run_out_are_given_anew_with_a_table(owner: Connection) -> None:
    edition = tiny_town.load(owner)
    owner.execute(
        text(
            "UPDATE areas.cells SET code = '990101001001999' WHERE edition_id = :id AND code = '990101001001004'"
        ),
        {"id": edition.id},
    )
    with pytest.raises(NumbersRunOut, match="--renumber"):
        gridding.lay_grid(owner, edition="fine", size=50)
    laid = gridding.lay_grid(owner, edition="fine", size=50, renumber=True, publish_it=False)
    table = laid.laid.renumbered
    assert table["990101001001001"] == [f"990101001001{n:03d}" for n in (1, 2, 5, 6)]
    stored = owner.execute(text("SELECT old_code, new_codes FROM areas.renumberings ORDER BY 1")).all()
    assert [row.old_code for row in stored] == sorted(table)
