"""How much memory ten million points take above themselves, in a process of its own (Linux)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from app.geo.locator import Locator
from tests.benchmarks import chaoyang

POINTS = 10_000_000


def _status(field: str) -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1000 for line in lines if line.startswith(field))


def run() -> dict[str, float]:
    """Return the peak above the input in MB, output included, over the real district's cells."""
    polygons, district = chaoyang.cells()
    locator = Locator.build(polygons)
    million = chaoyang.points(polygons, district, POINTS // 10)
    x, y = (np.tile(numbers, 10) for numbers in million)
    locator.locate(x[:100_000], y[:100_000], parallel=True)
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak starts again from now
    before = _status("VmRSS")
    out = locator.locate(x, y, parallel=True)
    peak = _status("VmHWM") - before
    assert (out >= 0).mean() > 0.9
    return {"mb_10m": round(peak, 1)}


def in_a_process() -> float:
    """Return the same, measured in a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks", "memory", "--json"],
        check=True,
        capture_output=True,
        text=True,
    )
    return float(json.loads(done.stdout)["mb_10m"])
