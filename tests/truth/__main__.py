"""Runs a truth test by name and prints its figures."""

from __future__ import annotations

import argparse
import json
import sys

from tests.truth import coverage, geolife


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.truth", description=__doc__)
    parser.add_argument("name", choices=["coverage", "geolife"])
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    asked = parser.parse_args()
    if asked.name == "geolife" and not geolife.FILE.exists():
        print(f"SKIPPED: {geolife.FILE} isn't there; nothing was measured.", file=sys.stderr)
        return 2
    told = coverage if asked.name == "coverage" else geolife
    result = told.full()
    print(json.dumps(result) if asked.json else told.table(result))
    return 0 if result["passed"] else 1


sys.exit(main())
