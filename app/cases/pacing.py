"""How often one source may do something without an account (访问限速). Pure but for its own memory, one per process."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import Final

MOST_SOURCES: Final = 10_000


class Pace:
    """Lets each source pass so many times within so many seconds."""

    def __init__(self, times: int, seconds: float) -> None:
        self.times, self.seconds = times, seconds
        self._seen: dict[str, deque[float]] = {}
        self._lock = Lock()

    def wait_s(self, source: str, now: float) -> float:
        """Note one try, and return 0 if it may pass; else the seconds to wait, and the try is not counted.

        Args:
            source: An address or network: see `app.auth.slowing.source_of`.
            now: Seconds of a clock that only goes forward.
        """
        with self._lock:
            seen = self._seen.pop(source, deque())
            while seen and seen[0] <= now - self.seconds:
                seen.popleft()
            wait = 0.0 if len(seen) < self.times else seen[0] + self.seconds - now
            if not wait:
                seen.append(now)
            self._seen[source] = seen  # the latest last, so that the longest silent are forgotten first
            while len(self._seen) > MOST_SOURCES:
                del self._seen[next(iter(self._seen))]
            return wait
