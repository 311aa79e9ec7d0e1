"""The mission's five places as written down in `geodata/places` (五个示范地): read and spelled out. Pure.

A file holds templates: a row with `each = "community"` stands for one of every community, `each = "street"` for one of
every street office, `each = "number"` for 1 to `count`, and any other `each` for one of every row of the CSV file of
that name; `a*b` for every pair. Categories may be named by `categories.toml`. Braces take the row's values. Numbers and duties are the source's; what was invented says 示意.
"""

from __future__ import annotations

import csv
import itertools
import re
import tomllib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from app.core.settings import GEODATA
from app.demo import places

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

FOLDER: Final = GEODATA / "places"
FILES: Final = ("district", "xiaoguan", "shuangjing", "xiangheyuan", "jianwai", "gaobeidian")
_SMALL: Final = re.compile(r"[0-9]{1,3}")
MARK_ZH, MARK_EN = "（示意）", " (synthetic)"


@dataclass(frozen=True, slots=True)
class Party:
    """Who there is: code, kind, names, home ground, the code of the body it belongs to."""

    code: str
    kind: str
    zh: str
    en: str
    area: str
    parent: str | None = None


@dataclass(frozen=True, slots=True)
class Plot:
    """Ground to be drawn: the nth of `count` parts, fronts or blocks of an area, or its main road (see `plots`)."""

    code: str
    kind: str
    area: str
    zh: str
    en: str
    how: str
    n: int = 1
    count: int = 1


@dataclass(frozen=True, slots=True)
class Duty:
    """Who has which part for what: an area's or a plot's code, and category tokens (none for all)."""

    party: str
    role: str
    area: str | None
    plot: str | None
    categories: tuple[str, ...]
    basis_kind: str
    basis: str


@dataclass(frozen=True, slots=True)
class Model:
    """A collaboration model of an area from a day on, to another day or for good (ISO dates)."""

    area: str
    model: str
    step: str | None
    since: str
    until: str | None
    basis: str


@dataclass(slots=True)
class Plan:
    """Everything of the places, in the order of the files."""

    parties: list[Party] = field(default_factory=list)
    plots: list[Plot] = field(default_factory=list)
    duties: list[Duty] = field(default_factory=list)
    models: list[Model] = field(default_factory=list)


def read(streets: Collection[str] = (), enforced: Collection[str] = ()) -> Plan:
    """Return the plan.

    Args:
        streets: Only what lies in these street offices; none for all.
        enforced: Keys of the categories that take the power to enforce: what the token "enforcement" stands for.
    """
    plan = Plan()
    names = _toml("categories") | {"enforcement": sorted(enforced)}
    for name in FILES:
        written = _toml(name)
        if not streets or written.get("street", "") in {"", *streets}:
            _spell_out(plan, written, frozenset(streets), names)
    return plan


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


def _spell_out(
    plan: Plan, written: dict[str, Any], streets: frozenset[str], names: Mapping[str, list[str]]
) -> None:
    source = written["source"]
    for say in _said(written, "parties", streets):
        zh, en = (MARK_ZH, MARK_EN) if say.row.get("invented") else ("", "")
        plan.parties.append(
            Party(
                say("code"), say("kind"), say("zh") + zh, say("en") + en, say("area"), say("parent") or None
            )
        )
    for say in _said(written, "plots", streets):
        plan.plots.append(
            Plot(
                say("code"), say("kind"), say("area"), say("zh") + MARK_ZH, say("en") + MARK_EN, say("how"),
                int(say("n") or 1), int(say("of") or 1),
            )
        )  # fmt: skip
    for say in _said(written, "duties", streets):
        named = [name.format_map(say.of) for name in say.row.get("categories", [])]
        plan.duties.append(
            Duty(
                say("party"), say("role"), say("area") or None, say("plot") or None,
                tuple(token for name in named for token in names.get(name, [name])),
                say("basis_kind"), say("basis") or source,
            )
        )  # fmt: skip
    for say in _said(written, "models", streets):
        plan.models.append(
            Model(
                say("area"), say("model"), say("step") or None, say("since"), say("until") or None,
                say("basis") or source,
            )
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Said:
    """A template's row with the values that go into its braces."""

    row: Mapping[str, Any]
    of: Mapping[str, Any]

    def __call__(self, name: str) -> str:
        return str(self.row.get(name, "")).format_map(self.of)


def _said(written: dict[str, Any], table: str, streets: frozenset[str]) -> Iterator[_Said]:
    """Return every row of a table, as often as it is repeated."""
    street = written.get("street", "")
    for row in written.get(table, []):
        for values in _values(row, street, streets):
            yield _Said(row, {"street": street} | values)


def _values(row: Mapping[str, Any], street: str, streets: frozenset[str]) -> Iterator[dict[str, Any]]:
    """Return what a template is repeated for; `a*b`: for every pair."""
    lists = [list(_listed(each, row, street, streets)) for each in row.get("each", "").split("*") if each]
    for chosen in itertools.product(*lists):
        yield {key: value for values in chosen for key, value in values.items()}


def _listed(
    each: str, row: Mapping[str, Any], street: str, streets: frozenset[str]
) -> Iterator[dict[str, Any]]:
    if each == "number":
        yield from ({"n": n} for n in range(1, row["count"] + 1))
    elif each == "street":
        for one in places.streets():
            if not streets or one.code in streets:
                yield {"area": one.code, "name": one.name}
    elif each == "community":
        for community in places.communities():
            if community.street_code == street:
                yield {"area": community.code, "name": community.name}
    else:
        with (FOLDER / f"{each}.csv").open(encoding="utf-8", newline="") as file:
            for line in csv.DictReader(file):
                yield {key: int(text) if _SMALL.fullmatch(text) else text for key, text in line.items()}
