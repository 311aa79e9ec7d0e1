"""What may be asked of a plan of beats, and what is answered. Values only."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from app.patrol.beats.settings import ON_FOOT, Settings

if TYPE_CHECKING:
    from datetime import date, datetime

    import numpy as np
    import shapely
    from numpy.typing import NDArray

    from app.areas.ground import Ground
    from app.core.findings import Finding
    from app.patrol.beats.figures import Figures
    from app.patrol.beats.holding import Difference
    from app.patrol.beats.patch import Patch
    from app.teams.plans.plan import PlanBeat, StoredPlan


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A plan that is asked for.

    Attributes:
        team: Code of the team.
        name: What the plan is called; empty: by its date.
        members: Codes of those who are to have beats; None: the whole team.
        beats: How many; None: one for each of them. With `little` it is always that.
        area: Code of a community, street, zone or drawn patch; without any ground the team's own is taken.
        shape: A drawn ground, in the metric CRS: cells whose middle lies in it.
        cells: Codes of cells.
        anchors: Members and codes of cells that stay with them.
        edition: Name of the edition; None: the one that holds at `at`.
        at: When the plan is to begin; what is held then is what members know. None: now.
        little: As little change as possible from what is held, where a fresh plan would be better balanced.
        away: Codes of members who give their ground up for this plan's time.
        based_on: A plan whose holders are kept to in place of what is held.
        settings: Weights.
    """

    team: str
    name: str = ""
    members: tuple[str, ...] | None = None
    beats: int | None = None
    area: str | None = None
    shape: shapely.Geometry | None = None
    cells: tuple[str, ...] = ()
    anchors: tuple[tuple[str, str], ...] = ()
    edition: str | None = None
    at: datetime | None = None
    little: bool = False
    away: tuple[str, ...] = ()
    based_on: int | None = None
    settings: Settings = ON_FOOT


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """A plan with all that is known of it.

    Attributes:
        plan: As stored.
        beats: By number.
        ground: Of its edition.
        cells: Indices of its cells in the ground, (n,).
        labels: By cell the beat, from 0.
        patch: Its cells.
        figures: What it comes to.
        findings: What is to be known before it is published.
        change: From what was held when it was made; None where it isn't asked.
    """

    plan: StoredPlan
    beats: list[PlanBeat]
    ground: Ground
    cells: NDArray[np.int32]
    labels: NDArray[np.int32]
    patch: Patch
    figures: Figures
    findings: list[Finding]
    change: Difference | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the plan without its cells, ready for JSON; beats by number."""
        plan, figures = self.plan, self.figures
        return {
            "id": plan.id,
            "team": plan.team,
            "name": plan.name,
            "edition": plan.edition,
            "synthetic": plan.synthetic,
            "state": plan.state,
            "start": plan.start,
            "end": plan.end,
            "based_on": plan.based_on,
            "made_by": plan.made_by,
            "made_at": plan.made_at,
            "version": plan.version,
            "settings": {name: plan.settings.get(name, value) for name, value in ON_FOOT.to_dict().items()},
            "figures": figures.to_dict(),
            "beats": [
                {
                    "number": beat.number,
                    "member": beat.member,
                    "taken": beat.taken,
                    "name": beat.name,
                    "minutes": round(float(figures.minutes[i]), 1),
                    "cells": int(figures.cells[i]),
                    "compactness": None if not figures.cells[i] else round(float(figures.compactness[i]), 4),
                    "pieces": int(figures.pieces[i]),
                }
                for i, beat in enumerate(self.beats)
            ],
            "findings": [one.to_dict() for one in self.findings],
            "change": None if self.change is None else self.change.to_dict(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """A day's change that was taken back.

    Attributes:
        plans: That were withdrawn.
        back: Codes of members who aren't away any more.
        tours: How many were made on the usual beats.
    """

    team: str
    day: date
    plans: list[Told]
    back: list[str]
    findings: list[Finding]
    tours: int

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "team": self.team,
            "day": self.day,
            "plans": [one.plan.id for one in self.plans],
            "back": self.back,
            "findings": [one.to_dict() for one in self.findings],
            "tours": self.tours,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Morning:
    """A day with members away: what was cut anew and published for it.

    Attributes:
        away: Codes of members who are away that day.
        plans: One for each crew that somebody is missing from, with how it differs.
        tours: How many were made on them.
    """

    team: str
    day: date
    away: list[str]
    plans: list[Told]
    findings: list[Finding] = field(default_factory=list)
    tours: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "team": self.team,
            "day": self.day,
            "away": self.away,
            "plans": [one.to_dict() for one in self.plans],
            "findings": [one.to_dict() for one in self.findings],
            "tours": self.tours,
        }
