"""What is kept in memory stays small, and threads don't trip over one another."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from app.core.keeping import Kept


def test_the_newest_are_kept() -> None:
    kept: Kept[str, int] = Kept(2)
    assert kept.put("a", 1) == 1
    kept.put("b", 2)
    kept.put("a", 3)
    kept.put("c", 4)
    assert (kept.get("a"), kept.get("b"), kept.get("c")) == (3, None, 4)
    kept.clear()
    assert kept.get("a") is None


def test_many_threads_put_at_once() -> None:
    kept: Kept[int, int] = Kept(3)
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda n: kept.put(n % 7, n), range(5000))) == list(range(5000))
    assert sum(kept.get(n) is not None for n in range(7)) == 3
