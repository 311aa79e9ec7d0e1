"""Work ahead: the next items are made in a thread while this one is used, as a database is waited for."""

from __future__ import annotations

from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

T = TypeVar("T")
DEPTH = 3  # items held at most, besides the one in use


def ahead(items: Iterator[T]) -> Iterator[T]:
    """Yield the items in order, the next `DEPTH` of them being made meanwhile; what making them raises is raised."""
    end = object()
    thread = ThreadPoolExecutor(1)
    try:
        waiting = deque(thread.submit(next, items, end) for _ in range(DEPTH))
        while (item := waiting.popleft().result()) is not end:
            waiting.append(thread.submit(next, items, end))
            yield item  # type: ignore[misc]  # `end` is sorted out above
    finally:
        thread.shutdown(cancel_futures=True)
