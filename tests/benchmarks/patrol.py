"""Patrol as a whole: beats, tours, dwell, reduction and the coverage truth test, each beside its peers, in one document.

`<name>` is ours, `<name>_<peer>` another's of the same run. A part that cannot run (a peer isn't installed, no database)
is told under `failed`, and the others are measured all the same.
"""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable
from typing import Any

from tests.benchmarks import beats, dwell, reduction, tours
from tests.benchmarks.chaoyang import say
from tests.truth import coverage

WANTED = (
    "beats_balance", "beats_compactness", "tour_gap", "plan_demand", "worst_idleness_ratio",
    "false_share", "silent_missed_share", "seconds_1m_fixes", "dwell_ratio_geopandas", "dwell_ratio_postgis",
)  # fmt: skip


def measure(rounds: int = 3) -> dict[str, Any]:
    """Return the figures of all parts, those asked for first."""
    began = time.perf_counter()
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "beats": beats.measure,
        "tours": tours.measure,
        "dwell": lambda: dwell.measure(rounds),
        "reduction": reduction.measure,
        "coverage": coverage.full,
    }
    found: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for name, part in parts.items():
        say(f"-- {name}")
        try:
            figures = part()
        except Exception as error:  # noqa: BLE001 - the other parts are measured all the same
            traceback.print_exc()
            failed[name] = f"{type(error).__name__}: {error}".splitlines()[0]
            continue
        found |= {key: value for key, value in figures.items() if not isinstance(value, dict | list)}
    wanted = [key for name in WANTED for key in found if key == name or key.startswith(f"{name}_")]
    first = {key: found[key] for key in wanted}
    return {
        "benchmark": "patrol",
        **first,
        **{key: value for key, value in found.items() if key not in first},
        "missing": [name for name in WANTED if name not in found],
        "failed": failed,
        "processors": os.cpu_count(),
        "seconds": round(time.perf_counter() - began, 1),
    }
