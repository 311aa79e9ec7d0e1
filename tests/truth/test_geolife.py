"""The interval holds what all fixes tell, on real tracks with blocks of time, or single fixes, deleted at random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.truth import geolife

if TYPE_CHECKING:
    from pathlib import Path


def test_the_interval_holds_what_all_fixes_tell(shared_data: Path) -> None:
    result = geolife.full(shared_data / "geolife" / "geolife_small.csv")
    assert (result["trials"], result["walks"]) == (100, 5)
    assert result["held"] >= geolife.HELD_AT_LEAST
    assert result["held_single"] >= geolife.HELD_AT_LEAST
    assert result["held_tight"] >= geolife.HELD_AT_LEAST  # where nothing hides
    assert 0.02 <= result["mean_width"] <= geolife.WIDTH_AT_MOST
