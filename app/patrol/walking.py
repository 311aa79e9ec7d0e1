"""How long it takes to walk (步行): along streets where a network is loaded, else straight with a detour. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from app.streets.network import Network

    Floats = NDArray[np.float64]

SPEED_MPS = 1.2
DETOUR = 1.3
"""What a straight line is multiplied by where no streets are loaded; 1.2 to 1.4 is usual in cities."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Walking:
    """A way of walking. `detour` is assumed where there is no network, else measured on it."""

    speed: float
    detour: float
    network: Network | None = None

    @property
    def how(self) -> str:
        """Whether ways are `streets` or `straight`."""
        return "straight" if self.network is None else "streets"

    def metres(self, x: ArrayLike, y: ArrayLike) -> Floats:
        """Return the metres walked between places (metres east and north, (n,)), (n, n)."""
        if self.network is not None:
            return self.network.metres(x, y, detour=self.detour)
        u, v = np.asarray(x, np.float64), np.asarray(y, np.float64)
        ways: Floats = np.hypot(u[:, None] - u, v[:, None] - v) * self.detour
        return ways

    def seconds(self, x: ArrayLike, y: ArrayLike) -> Floats:
        """Return the seconds walked between places, (n, n)."""
        return self.metres(x, y) / self.speed

    def seconds_between(self, x0: ArrayLike, y0: ArrayLike, x1: ArrayLike, y1: ArrayLike) -> Floats:
        """Return the seconds from each place to the one beside it; shapes broadcast, (n,)."""
        sides = np.broadcast_arrays(*(np.atleast_1d(np.asarray(one, np.float64)) for one in (x0, y0, x1, y1)))
        if self.network is None:
            straight: Floats = np.hypot(sides[2] - sides[0], sides[3] - sides[1])
            return straight * self.detour / self.speed
        places, at = np.unique(
            np.stack((np.concatenate(sides[::2]), np.concatenate(sides[1::2])), axis=1),
            axis=0, return_inverse=True,
        )  # fmt: skip
        start, end = at.reshape(2, -1)
        return self.seconds(places[:, 0], places[:, 1])[start, end]

    def to_dict(self) -> dict[str, Any]:
        """Return how it walks, to be kept with what was worked out."""
        return {"how": self.how, "speed_mps": self.speed, "detour": round(self.detour, 3)}


def straight(detour: float = DETOUR, speed: float = SPEED_MPS) -> Walking:
    """Return walking by straight lines times a detour."""
    return Walking(speed=speed, detour=detour)


def over(network: Network, speed: float = SPEED_MPS) -> Walking:
    """Return walking along streets."""
    return Walking(speed=speed, detour=network.detour(), network=network)
