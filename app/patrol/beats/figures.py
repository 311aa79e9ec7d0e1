"""How good a cut is: balance against its floor, compactness, contiguity. Pure; nobody is ranked by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from app.patrol.beats.patch import Patch


@dataclass(frozen=True, slots=True, eq=False)
class Figures:
    """What a cut came to; arrays have one entry per beat, NaN compactness for a beat without cells.

    Attributes:
        minutes: Work of one round.
        cells: How many cells.
        compactness: Moment of inertia of a disc of the beat's size over its own: 1 for a disc, .955 for a square.
        pieces: Connected pieces; more than one is a broken beat.
        balance: Work of the busiest beat over the mean.
        floor: A balance that no cut can be below: cells are whole, and so are parts of the ground.
    """

    minutes: NDArray[np.float64]
    cells: NDArray[np.int64]
    compactness: NDArray[np.float64]
    pieces: NDArray[np.int64]
    balance: float
    floor: float

    @property
    def broken(self) -> int:
        """Beats that aren't in one piece."""
        return int((self.pieces > 1).sum())

    def to_dict(self) -> dict[str, Any]:
        """Return what is said of the cut as a whole, ready for JSON."""
        held = self.compactness[self.cells > 0]
        return {
            "beats": len(self.cells),
            "cells": int(self.cells.sum()),
            "minutes": round(float(self.minutes.sum()), 2),
            "balance": round(self.balance, 4),
            "floor": round(self.floor, 4),
            "compactness": round(float(np.mean(held)), 4) if len(held) else None,
            "compactness_least": round(float(held.min()), 4) if len(held) else None,
            "broken": self.broken,
            "empty": int((self.cells == 0).sum()),
        }


def measured(patch: Patch, labels: NDArray[np.int32], beats: int, floor: float | None = None) -> Figures:
    """Measure a cut.

    Args:
        patch: The ground.
        labels: By cell, from 0.
        beats: How many beats there are; some may be without cells.
        floor: One that is known beside `least_balance`, as for a ground in parts.
    """
    minutes = np.asarray(np.bincount(labels, patch.minutes, beats), np.float64)
    mean = minutes.sum() / beats
    pieces = np.zeros(beats, np.int64)
    parts = patch.parts(labels)
    _, one = np.unique(parts, return_index=True)
    np.add.at(pieces, labels[one], 1)
    return Figures(
        minutes=minutes,
        cells=np.bincount(labels, minlength=beats),
        compactness=compactness(patch, labels, beats),
        pieces=pieces,
        balance=float(minutes.max() / mean) if mean else 1.0,
        floor=max(least_balance(patch.minutes, beats), floor or 1.0),
    )


def least_balance(minutes: NDArray[np.float64], beats: int) -> float:
    """Return a bound that the busiest beat over the mean can't be below, at least 1.

    Of the j k + 1 largest cells some beat holds j + 1, so at least the j + 1 smallest of these: for j = 0 the largest cell
    of all, for the greatest j that as many cells can't be shared out evenly.

    Args:
        minutes: Work by cell.
        beats: How many, k.
    """
    total = float(minutes.sum())
    if total <= 0:
        return 1.0
    sums = np.concatenate([[0.0], np.cumsum(np.sort(minutes)[::-1])])
    j = np.arange((len(minutes) - 1) // beats + 1)
    held = sums[j * beats + 1] - sums[j * beats - j]
    return max(1.0, float(held.max()) * beats / total)


def compactness(patch: Patch, labels: NDArray[np.int32], beats: int) -> NDArray[np.float64]:
    """Return area^2 / (2 pi I) of each beat, I its second moment about its centroid."""
    area = np.bincount(labels, patch.area, beats)
    held = np.where(area > 0, area, np.nan)
    x, y = patch.x - patch.x.mean(), patch.y - patch.y.mean()
    mx = np.bincount(labels, patch.area * x, beats) / held
    my = np.bincount(labels, patch.area * y, beats) / held
    own = np.bincount(labels, patch.spread + patch.area * (x * x + y * y), beats)
    result: NDArray[np.float64] = held**2 / (2 * np.pi * (own - held * (mx * mx + my * my)))
    return result
