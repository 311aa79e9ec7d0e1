"""The browser libraries are copied as they are, but for the one import that browsers can't resolve."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.maps import vendor


def packages(folder: Path, vector_tile: str) -> Path:
    for source in vendor.FILES:
        file = folder / source
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(vector_tile if source == "@mapbox/vector-tile/index.js" else f"of {source}")
    return folder


def test_every_file_is_copied_and_the_import_made_relative(tmp_path: Path) -> None:
    source = packages(tmp_path / "node_modules", "import Point from '@mapbox/point-geometry';\n")
    written = vendor.copy(source, tmp_path / "vendor")
    assert len(written) == len(vendor.FILES)
    assert (tmp_path / "vendor/leaflet/leaflet.js").read_text() == "of leaflet/dist/leaflet.js"
    tile = (tmp_path / "vendor/vector-tile/index.js").read_text()
    assert tile == "import Point from '../point-geometry/index.js';\n"


def test_another_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(vendor.NotTheExpectedPackage, match="vector-tile"):
        vendor.copy(packages(tmp_path / "node_modules", "bundled"), tmp_path / "vendor")


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="leaflet"):
        vendor.copy(tmp_path, tmp_path / "vendor")
