"""How much memory ten million points take above themselves, in a process of its own (Linux)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import shapely

from app.geo.locator import Locator

POINTS = 10_000_000


def _status(field: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(field))


def run() -> dict[str, float]:
    """Return the peak above the input in MB, output included, over a lattice of 60,000 squares."""
    side = np.arange(245) * 100.0
    polygons = shapely.box(
        *(a.ravel() for a in np.meshgrid(side, side)),
        *(a.ravel() for a in np.meshgrid(side + 100, side + 100)),
    )
    locator = Locator.build(polygons)
    rng = np.random.default_rng(1)
    x, y = rng.uniform(0, 24_500, POINTS), rng.uniform(0, 24_500, POINTS)
    locator.locate(x[:100_000], y[:100_000], parallel=True)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak starts again from now
    before = _status("VmRSS")
    out = locator.locate(x, y, parallel=True)
    assert (out >= 0).all()
    return {"mb_10m": round(_status("VmHWM") - before, 1)}


def in_a_process() -> float:
    """Return the same, measured in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "memory", "--json"],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(json.loads(done.stdout)["mb_10m"])
