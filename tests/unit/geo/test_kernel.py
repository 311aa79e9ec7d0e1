"""Kernels and their cache: what two processes on a new machine may read of each other's."""

from __future__ import annotations

import inspect
from importlib import import_module

import pytest
from numba.core.caching import NullCache
from numba.core.dispatcher import Dispatcher

from app.core.settings import ROOT

COMPILED = sorted(
    ".".join(path.relative_to(ROOT).with_suffix("").parts)
    for path in (ROOT / "app").rglob("*.py")
    if "njit" in (source := path.read_text(encoding="utf-8")) or "app.geo.kernel" in source
)


@pytest.mark.parametrize("module", COMPILED)
def test_what_yields_is_not_cached(module: str) -> None:
    """A generator read back from the cache can't be called by a kernel that is yet to be compiled: numba's KeyError."""
    found = [one for one in vars(import_module(module)).values() if isinstance(one, Dispatcher)]
    for one in found:
        if inspect.isgeneratorfunction(one.py_func):
            assert isinstance(one._cache, NullCache), one.py_func.__name__


def test_there_are_kernels_that_yield() -> None:
    dispatchers = [one for module in COMPILED for one in vars(import_module(module)).values()]
    assert any(isinstance(d, Dispatcher) and inspect.isgeneratorfunction(d.py_func) for d in dispatchers)
