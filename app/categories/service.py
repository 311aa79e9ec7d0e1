"""Categories, limits and the working calendar as they are stored: loaded, changed, kept in memory by their version."""

from __future__ import annotations

import csv
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from app.areas import service as areas
from app.categories import repository
from app.categories.catalogue import Catalogue, Category, Limit, as_stage, lineages
from app.categories.reading import read_categories, read_limits
from app.core.errors import BadInput
from app.core.findings import Finding, Loaded
from app.core.keeping import Kept
from app.core.settings import GEODATA
from app.core.worktime import WorkCalendar

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Connection

DEFAULTS: Final = GEODATA / "categories"
ZONE: Final = "Asia/Shanghai"  # the calendar of public holidays is China's


def load_defaults(connection: Connection) -> Loaded:
    """Store the categories and limits that come with Gridward; the same again changes nothing."""
    with (DEFAULTS / "schemes.csv").open(encoding="utf-8", newline="") as file:
        changed = repository.put(connection, "put_scheme", list(csv.DictReader(file)))
    with (DEFAULTS / "categories.csv").open(encoding="utf-8", newline="") as file:
        categories = load_categories(connection, csv.DictReader(file))
    with (DEFAULTS / "limits.csv").open(encoding="utf-8", newline="") as file:
        limits = load_limits(connection, csv.DictReader(file))
    return Loaded(
        categories.rows + limits.rows,
        changed + categories.changed + limits.changed,
        categories.findings + limits.findings,
    )


def load_categories(connection: Connection, lines: Iterable[Mapping[str, str | None]]) -> Loaded:
    """Store categories of a table; faulty rows are told and left out, and so are those whose parent is nowhere."""
    table = read_categories(lines)
    stored = repository.read(connection, "categories")
    parents = {f"{row.scheme}:{row.code}": _parent(row.scheme, row.parent_code) for row in stored}
    parents |= {
        f"{row['scheme']}:{row['code']}": _parent(row["scheme"], row["parent_code"]) for row in table.rows
    }
    schemes = {row["scheme"] for row in table.rows} - {row.scheme for row in stored}
    repository.put(
        connection,
        "put_scheme_if_new",
        [
            {"code": code, "name_zh": code, "name_en": code, "source": "from a file"}
            for code in sorted(schemes)
        ],
    )
    good, findings = [], list(table.findings)
    for row in table.rows:
        try:
            lineages(_above(f"{row['scheme']}:{row['code']}", parents))
        except BadInput as error:
            where = f"category {row['scheme']}:{row['code']}"
            findings.append(
                Finding(code="bad-parent", where=where, message=error.detail, remedy=error.remedy)
            )
        else:
            good.append(row)
    changed = repository.put(connection, "put_category", good)
    return Loaded(len(table.rows) + len(table.findings), changed, tuple(findings))


def _parent(scheme: str, code: str | None) -> str:
    return f"{scheme}:{code}" if code else ""


def _above(key: str, parents: Mapping[str, str]) -> dict[str, str]:
    """Return the part of the tree that one category hangs on."""
    found: dict[str, str] = {}
    while key and key not in found and key in parents:
        found[key] = parents[key]
        key = parents[key]
    return found


def load_limits(connection: Connection, lines: Iterable[Mapping[str, str | None]]) -> Loaded:
    """Store limits of a table; faulty rows and those of unknown categories are told and left out."""
    table = read_limits(lines)
    ids = {f"{row.scheme}:{row.code}": row.id for row in repository.read(connection, "categories")}
    good, findings = [], list(table.findings)
    for row in table.rows:
        if row["category"] and row["category"] not in ids:
            findings.append(
                Finding(
                    code="unknown-category",
                    where=f"limit of {row['category']}",
                    message=f"There is no category {row['category']}.",
                    remedy="Load the categories first, or mend the key.",
                )
            )
        else:
            good.append({**row, "category_id": ids.get(row["category"])})
    return Loaded(
        len(table.rows) + len(table.findings), repository.put(connection, "put_limit", good), tuple(findings)
    )


def set_days(connection: Connection, days: Sequence[tuple[date, bool, str, str]]) -> int:
    """Store days of our own calendar: day, whether it works, its Chinese name, the source; return how many changed."""
    rows = [
        {"day": day, "works": works, "name_zh": name, "source": source} for day, works, name, source in days
    ]
    return repository.put(connection, "put_day", rows)


def drop_day(connection: Connection, day: date) -> bool:
    """Remove a day of our own; tell whether there was one."""
    return repository.remove(connection, "drop_day", {"day": day}) == 1


def drop_limit(connection: Connection, limit_id: int) -> bool:
    """Remove a limit; tell whether there was one."""
    return repository.remove(connection, "drop_limit", {"id": limit_id}) == 1


def set_area_class(connection: Connection, area_code: str, of_class: int, source: str) -> bool:
    """Store the class of an area; tell whether it changed."""
    if of_class not in (1, 2, 3):
        raise BadInput(f"The class is {of_class}.", remedy="1, 2 or 3.")
    if not areas.lineage(connection, area_code):
        raise BadInput(f"No area has the code {area_code[:40]!r}.", remedy="See: gridward areas show")
    row = {"area_code": area_code, "class": of_class, "source": source}
    return repository.put(connection, "put_area_class", [row]) == 1


def limits(connection: Connection) -> list[dict[str, Any]]:
    """Return every limit, ready to show."""
    return [row._asdict() for row in repository.read(connection, "limits")]


def days(connection: Connection) -> list[dict[str, Any]]:
    """Return the days of our own calendar."""
    return [row._asdict() for row in repository.read(connection, "days")]


# --- kept in memory, by version ----------------------------------------------------------------------------------

MOST_KEPT = 8  # databases of one process; more than one only in tests
_CATALOGUES: Kept[str, tuple[int, Catalogue, WorkCalendar]] = Kept(MOST_KEPT)


def catalogue(connection: Connection) -> Catalogue:
    """Return all categories and limits, read again when anything of the rules has changed."""
    return _kept(connection)[0]


def calendar(connection: Connection) -> WorkCalendar:
    """Return the working calendar, with the days of our own."""
    return _kept(connection)[1]


def version(connection: Connection) -> tuple[str, int]:
    """Return the database and the version of its rules: what a copy in memory goes by."""
    return repository.version(connection)


def _kept(connection: Connection) -> tuple[Catalogue, WorkCalendar]:
    database, version = repository.version(connection)
    kept = _CATALOGUES.get(database)
    if kept is None or kept[0] != version:
        kept = (version, _read(connection), _calendar(connection))
        if version == repository.version(connection)[1]:  # read by several statements: changed between them?
            _CATALOGUES.put(database, kept)
    return kept[1], kept[2]


def _read(connection: Connection) -> Catalogue:
    rows = repository.read(connection, "categories")
    lines = lineages({f"{row.scheme}:{row.code}": _parent(row.scheme, row.parent_code) for row in rows})
    found = [
        Category(
            id=row.id, scheme=row.scheme, code=row.code, lineage=lines[f"{row.scheme}:{row.code}"], kind=row.kind,
            name_zh=row.name_zh, name_en=row.name_en or row.name_zh, source=row.source,
            confidential=row.confidential, enforcement=row.enforcement, party_kind=row.party_kind or "",
            filing_zh=row.filing_zh, closing_zh=row.closing_zh,
        )
        for row in rows
    ]  # fmt: skip
    return Catalogue(
        categories={category.key: category for category in found},
        limits={
            (row.category or "", row.area_class or 0, row.stage): Limit(
                row.amount, row.unit, as_stage(row.stage), row.source
            )
            for row in repository.read(connection, "limits")
        },
        classes={row.area_code: row.of_class for row in repository.read(connection, "area_classes")},
    )


def _calendar(connection: Connection) -> WorkCalendar:
    own = {row.day: row.works for row in repository.read(connection, "days")}
    return WorkCalendar(zone=_zone(), exceptions=own)


@lru_cache(maxsize=1)
def _zone() -> ZoneInfo:
    return ZoneInfo(ZONE)
