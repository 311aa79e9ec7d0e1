"""What a plan of beats is made by: the work of a cell, and what a good cut is worth. A plan states the settings it was made with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from app.patrol.walking import SPEED_MPS


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that may be chosen about a plan; defaults are for members on foot.

    Attributes:
        speed_mps: Metres walked in a second.
        detour: Metres walked for a metre of straight line; None: measured on the streets that are loaded, else 1.3.
        look_s: Seconds of looking in a cell, each round.
        handle_s: Seconds that a report costs whoever finds it.
        rounds_a_day: Rounds of the whole ground in a day: reports of a day are met by so many rounds.
        demand_days: Days of reports that tell a cell's expected ones.
        tolerance: The busiest beat may have this much more than the mean; below it, compactness decides.
        coarse: The same, at most, where beats have few cells, which can't be shared out so evenly.
        grain: That is this share of a mean cell.
        recut_tolerance: The same where a plan is to change little.
        day_tolerance: The same for a day with members away, whose ground is handed over.
        balance: What imbalance weighs against compactness.
        smooth: What the length of borders weighs.
        keep: What a cell weighs that changes hands, where a plan is to change little.
        least_part: A part of the ground with less work than this share of a mean beat is joined to the nearest one.
        effort: Moves tried per cell in refining 1,000 cells; with the root of their number for more or fewer.
        starts: Power diagrams tried for 1,000 cells, beside one METIS cut; with the inverse root for more or fewer.
        seed: The same seed gives the same plan.
    """

    speed_mps: float = SPEED_MPS
    detour: float | None = None
    look_s: float = 60.0
    handle_s: float = 600.0
    rounds_a_day: float = 4.0
    demand_days: int = 90
    tolerance: float = 0.005
    coarse: float = 0.02
    grain: float = 0.2
    recut_tolerance: float = 0.05
    day_tolerance: float = 0.10
    balance: float = 40.0
    smooth: float = 0.02
    keep: float = 1.0
    least_part: float = 0.5
    effort: int = 1000
    starts: int = 8
    seed: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Return the settings by name, to be stored with a plan."""
        return asdict(self)


ON_FOOT = Settings()
