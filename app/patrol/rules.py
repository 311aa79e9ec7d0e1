"""The rules by which a track becomes coverage (巡查覆盖): every threshold, with its unit, in one place.

A result states the rules it was made with. Nothing here works anything out.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Thresholds of cleaning, smoothing, gaps and dwell, for members on foot.

    Attributes:
        tau_s: A cell is patrolled when members dwelt in it this long, summed over the team.
        slack_s: So well a dwell is known: two crossings of a border, each some 3 m off, at 1.2 m/s.
        accuracy_max_m: A fix that states a worse accuracy is dropped.
        accuracy_per_sigma: A stated accuracy (radius of 68 %) is this many sigmas of one axis.
        sigma_default_m: Sigma per axis of a fix that states no accuracy, or 0.
        sigma_min_m: No fix is believed to be better than this.
        speed_impossible: Metres per second that nobody on duty reaches: a jump.
        speed_max: Metres per second of a brisk walk: how far a gap reaches.
        spike_sigmas: A fix this far from where both its neighbours put it is a spike.
        acceleration_density: Process noise of the smoother, m2/s3: how fast a walker changes velocity.
        plain_gap_s: Up to here the track is joined straight.
        inferred_gap_s: Up to here it is joined straight, and marked, if the speed is plausible; never beyond.
        join_s: Presence interrupted for less than this is one visit.
        future_s: A clock may be ahead by this much.
    """

    tau_s: float = 20.0
    slack_s: float = 5.0
    accuracy_max_m: float = 50.0
    accuracy_per_sigma: float = 1.515
    sigma_default_m: float = 10.0
    sigma_min_m: float = 3.0
    speed_impossible: float = 30.0
    speed_max: float = 1.8
    spike_sigmas: float = 4.0
    acceleration_density: float = 0.01
    plain_gap_s: float = 60.0
    inferred_gap_s: float = 120.0
    join_s: float = 120.0
    future_s: float = 120.0

    @property
    def enough_s(self) -> float:
        """A dwell that surely makes a cell patrolled; less the microsecond to which times are stored."""
        return self.tau_s + self.slack_s - 1e-6

    @property
    def doubtful_s(self) -> float:
        """A dwell from which on a cell may have been patrolled; less than this surely doesn't make it so."""
        return self.tau_s - self.slack_s - 1e-6

    def to_dict(self) -> dict[str, Any]:
        """Return the rules by name, to be stored with a result."""
        return asdict(self)


ON_FOOT = Rules()
