"""Who holds which ground (责任人): new beats given to the members who know them, and two ways to hold a ground compared. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.optimize import linear_sum_assignment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Labels = NDArray[np.int32]


def matched(
    labels: Labels,
    beats: int,
    old: Labels,
    members: int,
    minutes: NDArray[np.float64],
    *,
    fixed: Mapping[int, int],
) -> list[int | None]:
    """Return by beat which member gets it, so that the most work stays in the same hands.

    Args:
        labels: By cell the beat, from 0.
        beats: How many; beats beyond the members go to nobody, members beyond the beats get none.
        old: By cell the member who held it, from 0; -1 for nobody.
        members: How many.
        minutes: Work by cell.
        fixed: Members by beats that are theirs in any case.
    """
    gain = np.zeros((beats, members))
    known = old >= 0
    np.add.at(gain, (labels[known], old[known]), minutes[known])
    for beat, member in fixed.items():
        gain[beat, member] += 2 * minutes.sum() + 1
    rows, columns = linear_sum_assignment(gain, maximize=True)
    out: list[int | None] = [None] * beats
    for beat, member in zip(rows.tolist(), columns.tolist(), strict=True):
        out[beat] = member
    return out


@dataclass(frozen=True, slots=True, eq=False)
class Held:
    """Who holds which ground: arrays of one length, a row for each cell and holder.

    Attributes:
        codes: Codes of cells.
        holders: Member's code, or "#3" for beat 3 where nobody has it.
        minutes: Work.
    """

    codes: NDArray[np.object_]
    holders: NDArray[np.object_]
    minutes: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """What two plans are for one member."""

    member: str
    minutes_before: float
    minutes_after: float
    kept: list[str]
    gained: list[str]
    lost: list[str]

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "member": self.member,
            "minutes_before": round(self.minutes_before, 1),
            "minutes_after": round(self.minutes_after, 1),
            "kept": len(self.kept),
            "gained": self.gained,
            "lost": self.lost,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How one way to hold a ground differs from another; members by code, never by a figure.

    Attributes:
        cells: Of both.
        changed: Those of them that change hands.
        floor: Those that had to: whoever held them holds nothing afterwards.
    """

    members: list[Share]
    cells: int
    changed: int
    floor: int
    minutes_changed: float
    new: int
    gone: int

    @property
    def share_changed(self) -> float:
        """Cells of both that change hands, over all cells of both."""
        return self.changed / self.cells if self.cells else 0.0

    @property
    def share_floor(self) -> float:
        """Cells that had to change hands, over all cells of both: the share of who is away."""
        return self.floor / self.cells if self.cells else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "cells": self.cells,
            "changed": self.changed,
            "share_changed": round(self.share_changed, 4),
            "share_floor": round(self.share_floor, 4),
            "minutes_changed": round(self.minutes_changed, 1),
            "new": self.new,
            "gone": self.gone,
            "members": [one.to_dict() for one in self.members],
        }


def compared(before: Held, after: Held) -> Difference:
    """Compare who holds what, cell by cell, cells known by their codes.

    Before, two members may hold a cell (early and late shift); it changes hands where who holds it now didn't hold it then.
    """
    was, now = _grounds(before), _grounds(after)
    cost = dict(zip(after.codes.tolist(), after.minutes.tolist(), strict=True))
    old, new = set(before.codes.tolist()), set(after.codes.tolist())
    changed = {code for who, own in now.items() for code in (own & old) - was.get(who, set())}
    stays = set().union(*(own for who, own in was.items() if who in now))
    return Difference(
        members=[
            Share(
                member=who,
                minutes_before=float(before.minutes[before.holders == who].sum()),
                minutes_after=float(after.minutes[after.holders == who].sum()),
                kept=sorted(was.get(who, set()) & now.get(who, set())),
                gained=sorted(now.get(who, set()) - was.get(who, set())),
                lost=sorted(was.get(who, set()) - now.get(who, set())),
            )
            for who in sorted({*was, *now})
        ],
        cells=len(old & new),
        changed=len(changed),
        floor=len((old & new) - stays),
        minutes_changed=sum(cost[code] for code in changed),
        new=len(new - old),
        gone=len(old - new),
    )


def _grounds(held: Held) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for code, who in zip(held.codes.tolist(), held.holders.tolist(), strict=True):
        found.setdefault(who, set()).add(code)
    return found


def crews(grounds: Mapping[str, set[int]]) -> list[list[str]]:
    """Return members in crews (班组) of whom no two hold the same ground: early and late shifts share beats.

    Args:
        grounds: Cells by member; each joins the first crew, by code, that holds less than half of theirs.
    """
    found: list[tuple[list[str], set[int]]] = []
    for member in sorted(grounds):
        for names, cells in found:
            if 2 * len(cells & grounds[member]) < len(grounds[member]):
                names.append(member)
                cells.update(grounds[member])
                break
        else:
            found.append(([member], set(grounds[member])))
    return [names for names, _ in found]
