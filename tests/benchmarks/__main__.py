"""Benchmarks as ratios against peers, in the same run on the same machine: `python -m tests.benchmarks assign`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from typing import Any

from tests.benchmarks import assign, beats, dwell, load, memory, patrol, plans, reduction, report, tours


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument(
        "what",
        choices=[
            "assign",
            "beats",
            "dwell",
            "load",
            "memory",
            "patrol",
            "plans",
            "reduction",
            "report",
            "tours",
        ],
        help="one million points to cells; a ground to beats; a day's fixes to seconds per cell; into the database; "
        "all of patrol; plans on 500,000 cases; stored fixes to visits; one report with all that belongs to it",
    )
    parser.add_argument(
        "--json", action="store_true", help="end with one JSON line, and print nothing else to stdout"
    )
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds; medians are reported")
    arguments = parser.parse_args()
    runs: dict[str, Callable[[], dict[str, Any]]] = {
        "assign": lambda: assign.run(arguments.rounds),
        "beats": beats.measure,
        "memory": memory.run,
        "dwell": lambda: dwell.run(arguments.rounds),
        "load": load.run,
        "patrol": lambda: patrol.measure(arguments.rounds),
        "plans": plans.run,
        "reduction": reduction.measure,
        "report": report.run,
        "tours": tours.measure,
    }
    result = runs[arguments.what]()
    if arguments.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:24} {value}")


if __name__ == "__main__":
    main()
