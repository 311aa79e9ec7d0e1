"""Copies the browser libraries that the pages load out of `node_modules` into `static/vendor`.

Run at set-up, after `npm ci`: `python -m app.maps.vendor node_modules`. Nothing is bundled or minified; the one
change made is that vector-tile's bare import of point-geometry becomes a relative one, so that browsers resolve
it without an import map (which the pages' content security policy would forbid inline).
"""

from __future__ import annotations

import sys
from pathlib import Path

VENDOR = Path(__file__).parent / "static" / "vendor"

FILES = {
    "leaflet/dist/leaflet.js": "leaflet/leaflet.js",
    "leaflet/dist/leaflet.css": "leaflet/leaflet.css",
    "leaflet/LICENSE": "leaflet/LICENSE",
    **{
        f"leaflet/dist/images/{name}": f"leaflet/images/{name}"
        for name in (
            "layers.png",
            "layers-2x.png",
            "marker-icon.png",
            "marker-icon-2x.png",
            "marker-shadow.png",
        )
    },
    "idb/build/index.js": "idb/index.js",
    "idb/LICENSE": "idb/LICENSE",
    "pbf/index.js": "pbf/index.js",
    "pbf/LICENSE": "pbf/LICENSE",
    "@mapbox/vector-tile/index.js": "vector-tile/index.js",
    "@mapbox/vector-tile/LICENSE.txt": "vector-tile/LICENSE",
    "@mapbox/point-geometry/index.js": "point-geometry/index.js",
    "@mapbox/point-geometry/LICENSE": "point-geometry/LICENSE",
    **{
        f"swagger-ui-dist/{name}": f"swagger-ui/{name}"
        for name in ("swagger-ui-bundle.js", "swagger-ui.css", "LICENSE", "NOTICE")
    },
}
REWRITES = {"vector-tile/index.js": ("'@mapbox/point-geometry'", "'../point-geometry/index.js'")}


class NotTheExpectedPackage(ValueError):
    """A browser library isn't laid out as this version of Gridward expects."""


def copy(node_modules: Path, vendor: Path = VENDOR) -> list[Path]:
    """Copy every file in `FILES`; return where they went.

    Raises:
        FileNotFoundError: `node_modules` lacks a package: `npm ci` has not run.
        NotTheExpectedPackage: vector-tile no longer has the import to rewrite.
    """
    written = []
    for source, target in FILES.items():
        content = (node_modules / source).read_bytes()
        if target in REWRITES:
            old, new = (part.encode() for part in REWRITES[target])
            if old not in content:
                raise NotTheExpectedPackage(f"{source} has no {old.decode()} in it.")
            content = content.replace(old, new)
        destination = vendor / target
        destination.parent.mkdir(parents=True, exist_ok=True)
        destination.write_bytes(content)
        written.append(destination)
    return written


if __name__ == "__main__":
    copy(Path(sys.argv[1] if len(sys.argv) > 1 else "node_modules"))
