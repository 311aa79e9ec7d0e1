"""What the plain pages show beside what the packages below answer: names of the ground, lists for choosing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.core.errors import BadInput
from app.desk import repository

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection


class UnknownCode(BadInput):
    """There is nothing of this code."""

    zh = "没有这个代码。"


def ground_of(connection: Connection, codes: Sequence[str], parties: Sequence[int]) -> dict[str, Any]:
    """Return the place of someone's grants in words, and whether anything of it is invented."""
    row = repository.ground(connection, codes, parties)
    return {"place": "、".join(row.names), "synthetic": row.synthetic}


def areas(connection: Connection, level: str) -> Sequence[Any]:
    """Return code, name and parent_code of today's areas of a level, by code."""
    return repository.areas(connection, level)


def scopes(connection: Connection, grants: Sequence[Any]) -> dict[str, Any]:
    """Return the names of the areas and parties that grants are limited to, by code and by id."""
    codes = sorted({held.area_code for held in grants if held.area_code})
    ids = sorted({held.party_id for held in grants if held.party_id is not None})
    return {"places": repository.area_names(connection, codes), "parties": repository.party_names(connection, ids)}


def party_id(connection: Connection, code: str) -> int:
    """Return the id of a party by its code.

    Raises:
        UnknownCode: There is none.
    """
    found = repository.party_id(connection, code)
    if found is None:
        raise UnknownCode(f"Party {code!r}.", remedy="Look it up under 主体与职责 (Parties).")
    return found
