"""Reads fixes that PostgreSQL packed into one string of bytes per member and device: a million without an object each.

What is packed is said by `sql/fixes.sql`; numbers are as PostgreSQL sends them, highest byte first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_EPOCH_2000_US = 946_684_800_000_000
_FIX = np.dtype([("at", ">i8"), ("x", ">f8"), ("y", ">f8"), ("accuracy", ">f4"), ("mock", "?")])


@dataclass(frozen=True, slots=True)
class Fixes:
    """Fixes of many members, one entry each, in order of member and time.

    Attributes:
        member: Ids.
        at: Microseconds since 1970.
        x: Metres east.
        y: Metres north.
        accuracy: Metres; NaN where none is stated.
        mock: Made up, said the device.
        device: Ranks of the devices among all names.
    """

    member: NDArray[np.int64]
    at: NDArray[np.int64]
    x: NDArray[np.float64]
    y: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    mock: NDArray[np.bool_]
    device: NDArray[np.int64]

    def of(self, member_id: int, start: int, end: int) -> slice:
        """Return where one member's fixes from `start` up to `end` (microseconds, not included) are."""
        first, last = np.searchsorted(self.member, [member_id, member_id + 1])
        low, high = np.searchsorted(self.at[first:last], [start, end])
        return slice(int(first + low), int(first + high))


def decode(packed: Sequence[Any]) -> Fixes:
    """Return the fixes of rows of member_id, device, and their fixes in any order."""
    packed = sorted(packed, key=lambda row: row[:2])
    rank = {device: at for at, device in enumerate(sorted({device for _, device, _ in packed}))}
    parts = [np.frombuffer(fixes, _FIX) for _, _, fixes in packed]
    counts = [len(part) for part in parts]
    every = np.concatenate([np.zeros(0, _FIX), *parts])
    member = np.repeat(np.array([member for member, _, _ in packed], np.int64), counts)
    device = np.repeat(np.array([rank[device] for _, device, _ in packed], np.int64), counts)
    at = every["at"].astype(np.int64) + _EPOCH_2000_US
    order = np.lexsort((at, member)) if _unordered(member, at) else slice(None)
    x, y, accuracy = (every[name].astype(np.float64) for name in ("x", "y", "accuracy"))
    mock = every["mock"].copy()
    return Fixes(member[order], at[order], x[order], y[order], accuracy[order], mock[order], device[order])


def _unordered(member: NDArray[np.int64], at: NDArray[np.int64]) -> bool:
    return bool(((member[1:] == member[:-1]) & (at[1:] < at[:-1])).any())
