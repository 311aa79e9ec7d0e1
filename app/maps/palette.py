"""Colours and classes of what patrols left behind (巡查覆盖、距上次巡查): decided here once, sent with the data.

Blue and orange part for every kind of colour vision; *unknown* is hatched, never a third colour between them, so
that nobody reads it as half patrolled. Time since a visit runs along cividis, recent light and long ago dark.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class State:
    """One state of a cell: `key` is in the pages' words; `hatch` asks for diagonal lines in that colour."""

    key: str
    colour: str
    hatch: str = ""


COVERAGE = {
    "patrolled": State("patrolled", "#3b7fb6"),
    "missed": State("missed", "#f0a860"),
    "unknown": State("unknown", "#eceef0", "#6b7280"),
}

IDLE_HOURS = (0.0, 4.0, 8.0, 24.0, 72.0, 168.0)
IDLE_COLOURS = ("#fee838", "#d3c164", "#a59c74", "#7d7c78", "#4e576c", "#00224e")
NEVER = State("never", "#eceef0", "#9a3412")

SHARES = (0.0, 0.2, 0.4, 0.6, 0.8, 0.95)
SHARE_COLOURS = ("#f0a860", "#f3c893", "#efe3d0", "#bcd3e6", "#7eabd0", "#3b7fb6")
"""Patrolled share of an area's cells: missed orange to patrolled blue."""


def on_the_wire() -> dict[str, Any]:
    """Return all of it as plain values, for the page."""
    return {
        "coverage": {name: asdict(state) for name, state in COVERAGE.items()},
        "idle": {"breaks": IDLE_HOURS, "colours": IDLE_COLOURS, "never": asdict(NEVER)},
        "share": {"breaks": SHARES, "colours": SHARE_COLOURS},
    }
