"""Levels (层级) of the ground, and what a code may say about its parent.

District 区, street office 街道, community 社区, cell 单元网格: 6, 9, 12 and 15 digits where the national codes are used, any
text elsewhere. Zones 分区 lie between community and cell and have no digits in the code; a neighbour is a
district known only as "not ours".
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

AREA_LEVELS = ("district", "street", "community", "zone", "neighbour")
LEVELS = (*AREA_LEVELS, "cell")
CHAIN = ("district", "street", "community")  # from above; each may be a cell's parent
DIGITS = {"district": 6, "street": 9, "community": 12, "cell": 15}


class UnknownLevel(BadInput):
    """There is no such level."""

    zh = "没有这个层级。"


def known(level: str) -> str:
    """Return the level.

    Raises:
        UnknownLevel: It isn't one.
    """
    if level not in LEVELS:
        raise UnknownLevel(f"{level!r}.", remedy=f"Give one of: {', '.join(LEVELS)}.")
    return level


def parent_of_cells(level: str) -> str:
    """Return the level, if cells can be laid in its areas.

    Raises:
        UnknownLevel: They can't.
    """
    if level not in CHAIN:
        raise UnknownLevel(f"Cells can't be laid in {level!r}.", remedy=f"Give one of: {', '.join(CHAIN)}.")
    return level


def above(level: str) -> tuple[str, ...]:
    """Return the levels that may hold an area of this one, nearest first."""
    if level == "neighbour":
        return ()
    if level in {"zone", "cell"}:
        return CHAIN[::-1]
    return CHAIN[: CHAIN.index(level)][::-1]


def is_national(codes: Collection[str], level: str, districts: Collection[str]) -> bool:
    """Say whether codes follow the national scheme of 6, 9, 12 and 15 digits.

    They do where the districts have 6-digit codes; with no district known, where most codes of the file do.
    """
    if level not in DIGITS:
        return False
    if districts:
        return all(code.isdecimal() and len(code) == DIGITS["district"] for code in districts)
    fitting = sum(code.isdecimal() and len(code) == DIGITS[level] for code in codes)
    return 2 * fitting > len(codes)


def by_prefix(code: str, parents: Sequence[tuple[str, Collection[str]]]) -> str | None:
    """Return the nearest parent whose code begins this one by the national scheme.

    Args:
        code: The code of the area.
        parents: Levels above, nearest first, with the codes that exist there.
    """
    for level, codes in parents:
        prefix = code[: DIGITS[level]]
        if code.isdecimal() and len(prefix) < len(code) and prefix in codes:
            return prefix
    return None
