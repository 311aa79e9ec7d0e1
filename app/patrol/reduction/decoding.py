"""Reads fixes from PostgreSQL's binary COPY stream into arrays: a million rows without an object each.

Format: PostgreSQL manual, COPY, "Binary Format". What the columns are is said by `sql/fixes.sql`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from app.geo.kernel import kernel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Bytes = NDArray[np.uint8]

HEADER = 19  # bytes before the first row, without extensions
_EPOCH_2000_US = 946_684_800_000_000
_FIXED = 4 + (4 + 4) + (4 + 8) + 2 * (4 + 8)  # bytes of a row at least, give or take


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
        device: Ranks of the devices among all names, bytewise.
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


def decode(stream: bytes | bytearray) -> Fixes:
    """Return the fixes of a whole stream: member_id, at, device, x, y, accuracy_m, mock."""
    data = np.frombuffer(stream, np.uint8)
    size = max(len(data) // _FIXED, 1)
    member, at, name, length = (np.empty(size, np.int64) for _ in range(4))
    x, y, accuracy = (np.empty(size) for _ in range(3))
    mock = np.empty(size, np.bool_)
    n: int = _decode(data, member, at, x, y, accuracy, mock, name, length)  # type: ignore[no-untyped-call]
    member, at, name, length = member[:n], at[:n], name[:n], length[:n]
    order = np.lexsort((at, member)) if _unordered(member, at) else np.arange(n)
    device = _ranks(data, name, length)
    return Fixes(
        member[order],
        at[order],
        x[:n][order],
        y[:n][order],
        accuracy[:n][order],
        mock[:n][order],
        device[order],
    )


def _unordered(member: NDArray[np.int64], at: NDArray[np.int64]) -> bool:
    same = member[1:] == member[:-1]
    return bool(((member[1:] < member[:-1]) | (same & (at[1:] < at[:-1]))).any())


def _ranks(data: Bytes, name: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return each row's device as its rank; names are compared only where they change from row to row."""
    changes = _changes(data, name, length)
    names = [
        data[begin : begin + size].tobytes()
        for begin, size in zip(name[changes].tolist(), length[changes].tolist(), strict=True)
    ]
    rank = {device: at for at, device in enumerate(sorted(set(names)))}
    of_run = np.array([rank[device] for device in names], np.int64)
    return of_run[np.cumsum(np.isin(np.arange(len(name)), changes)) - 1] if len(name) else of_run


@kernel
def _changes(data: Bytes, name: NDArray[np.int64], length: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the rows whose name isn't that of the row before."""
    found = np.empty(len(name), np.int64)
    n = 0
    for row in range(len(name)):
        same = row > 0 and length[row] == length[row - 1]
        if same:
            for byte in range(length[row]):
                if data[name[row] + byte] != data[name[row - 1] + byte]:
                    same = False
                    break
        if not same:
            found[n] = row
            n += 1
    return found[:n]


@kernel
def _decode(data, member, at, x, y, accuracy, mock, name, length):  # type: ignore[no-untyped-def]  # noqa: ANN001, ANN202, PLR0917
    """Fill the columns row by row; return how many rows there are."""
    place, n = HEADER, 0
    word, long = np.zeros(1, np.uint32), np.zeros(1, np.uint64)
    short, wide = word.view(np.float32), long.view(np.float64)
    while data[place] == 0:  # else the trailer, -1
        place += 2
        member[n] = np.int32(_number(data, place + 4, 4))
        at[n] = np.int64(_number(data, place + 12, 8)) + _EPOCH_2000_US
        place += 20
        length[n] = np.int64(_number(data, place, 4))
        name[n] = place + 4
        place += 4 + length[n]
        long[0] = _number(data, place + 4, 8)
        x[n] = wide[0]
        long[0] = _number(data, place + 16, 8)
        y[n] = wide[0]
        place += 24
        if data[place] == 255:  # NULL
            accuracy[n] = np.nan
            place += 4
        else:
            word[0] = np.uint32(_number(data, place + 4, 4))
            accuracy[n] = short[0]
            place += 8
        mock[n] = data[place + 4] == 1
        place += 5
        n += 1
    return n


@kernel
def _number(data: Bytes, place: int, size: int) -> np.uint64:
    """Return an unsigned number, highest byte first."""
    value = np.uint64(0)
    for byte in range(size):
        value = (value << np.uint64(8)) | np.uint64(data[place + byte])
    return value
