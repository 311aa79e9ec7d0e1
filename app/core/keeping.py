"""What a process keeps in memory so as not to ask again (缓存): the newest few, for all of its threads."""

from __future__ import annotations

from threading import Lock
from typing import Generic, TypeVar

K = TypeVar("K")
V = TypeVar("V")


class Kept(Generic[K, V]):
    """At most so many values; what was put in first goes first. When a value is out of date is for its keeper to judge."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._held: dict[K, V] = {}
        self._lock = Lock()

    def get(self, key: K) -> V | None:
        """Return what is kept under a key, if anything is."""
        return self._held.get(key)

    def put(self, key: K, value: V) -> V:
        """Keep a value and return it."""
        with self._lock:
            self._held.pop(key, None)
            while len(self._held) >= self._most:
                del self._held[next(iter(self._held))]
            self._held[key] = value
        return value

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._held.clear()
