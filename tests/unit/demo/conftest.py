"""The real boundary and its division, made once for all tests here."""

from __future__ import annotations

import pytest

from app.demo import boundary
from app.demo.chaoyang import Chaoyang, chaoyang
from app.geo.crs import Metric


@pytest.fixture(scope="session")
def metric() -> Metric:
    return Metric(4548)


@pytest.fixture(scope="session")
def real() -> boundary.Boundary:
    return boundary.read(lambda _line: None)


@pytest.fixture(scope="session")
def made(real: boundary.Boundary, metric: Metric) -> Chaoyang:
    return chaoyang(real, metric, seed=1)
