"""How our numeric kernels are compiled: once per machine, serial, free of Python's lock.

Serial because numba's own threads abort a process that has others; who wants more processors runs a kernel in
ordinary threads (`in_parts`), which the missing lock allows.

numba keeps compiled kernels on disk but looks only at a kernel's own file to see whether they still hold, not
at those it calls. So they are kept under a name that changes with any of this package's files.
"""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from numba import config, njit

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Indices = NDArray[np.int32]
    Longs = NDArray[np.int64]

F = TypeVar("F", bound="Callable[..., Any]")
TOO_FEW_TO_SHARE = 32_768

if not config.CACHE_DIR:  # else NUMBA_CACHE_DIR says where
    here = Path(__file__).parent
    sources = hashlib.sha256(b"".join(file.read_bytes() for file in sorted(here.glob("*.py")))).hexdigest()
    config.CACHE_DIR = str(here / "__pycache__" / f"kernels-{sources[:12]}")


def kernel(function: F) -> F:
    """Compile a function with numba; its first call on a machine takes a second or two. x / 0 is infinity, as in numpy."""
    compiled: F = njit(cache=True, nogil=True, error_model="numpy")(function)
    return compiled


def generator(function: F) -> F:
    """Compile a function that yields, within each kernel that calls it.

    Not kept by itself: read back from the cache it can't be called by a kernel that is still to be compiled (numba's
    KeyError), which is what happens where two processes start on a new machine at once.
    """
    compiled: F = njit(nogil=True, error_model="numpy")(function)
    return compiled


def inlined(function: F) -> F:
    """Compile a function as part of each kernel that calls it: arrays are dear to hand over where work is short."""
    compiled: F = njit(inline="always", nogil=True)(function)
    return compiled


def in_parts(work: Callable[[slice], Any], n: int, *, parallel: bool) -> None:
    """Run `work` over slices of n items: over one, or over one per processor in threads."""
    workers = os.cpu_count() or 1
    if not parallel or workers == 1 or n < TOO_FEW_TO_SHARE:
        work(slice(0, n))
        return
    bounds = [n * k // workers for k in range(workers + 1)]
    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, [slice(a, b) for a, b in pairwise(bounds)]))
