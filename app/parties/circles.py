"""Responsibility must end somewhere: circles among bodies and delegates are found before they are stored (循环责任). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.core.errors import BadInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class CircularParents(BadInput):
    """A party can't belong, by others or not, to itself."""

    zh = "主体的隶属关系形成循环。"


class CircularDelegation(BadInput):
    """Delegates can't lead back to whoever is absent."""

    zh = "代理关系形成循环。"


def way_back(start: int, onward: Mapping[int, Iterable[int]]) -> tuple[int, ...] | None:
    """Return the way from a party along edges that leads back to it, or None: depth first, each party once."""
    stack: list[tuple[int, tuple[int, ...]]] = [(start, (start,))]
    seen: set[int] = set()
    while stack:
        here, path = stack.pop()
        for there in onward.get(here, ()):
            if there == start:
                return (*path, start)
            if there not in seen:
                seen.add(there)
                stack.append((there, (*path, there)))
    return None
