"""Runs a truth test by name and prints its figures."""

from __future__ import annotations

import argparse
import json
import sys

from tests.truth import coverage


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.truth", description=__doc__)
    parser.add_argument("name", choices=["coverage"])
    parser.add_argument("--json", action="store_true", help="end with one line of JSON")
    asked = parser.parse_args()
    result = coverage.full()
    print(json.dumps(result) if asked.json else coverage.table(result))
    return 0 if result["passed"] else 1


sys.exit(main())
