"""Is this the same again (重复上报)? Scores an open case nearby by place, category, time and text. Pure.

The scores are suggestions to a person, who merges or does not. A case in the same spot of the same category within an
hour, told in the same words, scores 1; the weights are our own choice.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from rapidfuzz import fuzz

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

REACH_M: Final = 150.0  # further apart it isn't the same
REACH_DAYS: Final = 14
REACH: Final = timedelta(days=REACH_DAYS)
LIKELY: Final = 0.6  # shown from here on
WEIGHTS: Final = {"distance": 0.35, "category": 0.35, "time": 0.15, "text": 0.15}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A report or a case, as far as it is compared: metres, the category with those above it, when, words."""

    x: float
    y: float
    lineage: tuple[str, ...]
    at: datetime
    text: str = ""
    number: str = ""
    id: int = 0
    stage: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """A case that may be the same: metres away, score from 0 to 1, and the reasons."""

    number: str
    id: int
    stage: str
    distance_m: float
    score: float
    reasons: tuple[str, ...]


def alike(said: Told, other: Told) -> Duplicate | None:
    """Score one case nearby; None if it is out of reach or of another kind altogether."""
    metres = math.hypot(said.x - other.x, said.y - other.y)
    days = abs((said.at - other.at).total_seconds()) / 86_400
    related = category_share(said.lineage, other.lineage)
    if metres > REACH_M or days > REACH_DAYS or related == 0:
        return None
    words = fuzz.token_set_ratio(said.text, other.text) / 100 if said.text and other.text else None
    parts = {"distance": 1 - metres / REACH_M, "category": related, "time": 1 - days / REACH_DAYS}
    if words is not None:
        parts["text"] = words
    total = sum(WEIGHTS[name] * share for name, share in parts.items())
    score = total / sum(WEIGHTS[name] for name in parts)
    reasons = [f"{metres:.0f} m away", "same category" if related == 1 else "related category"]
    reasons.append(f"{days * 24:.0f} h apart" if days < 2 else f"{days:.0f} days apart")
    if words is not None and words >= 0.5:
        reasons.append(f"text {words:.0%} alike")
    return Duplicate(
        number=other.number, id=other.id, stage=other.stage, distance_m=round(metres, 1), score=round(score, 3),
        reasons=tuple(reasons),
    )  # fmt: skip


def likely(said: Told, others: Iterable[Told], most: int = 5) -> list[Duplicate]:
    """Return the likely duplicates, the likeliest first."""
    found = [match for other in others if (match := alike(said, other)) is not None and match.score >= LIKELY]
    return sorted(found, key=lambda match: (-match.score, match.distance_m, match.number))[:most]


def category_share(mine: tuple[str, ...], other: tuple[str, ...]) -> float:
    """Return how close two categories are: 1 the same, 0.5 one above the other or siblings, 0 nothing in common.

    Args:
        mine: Keys from the category up, itself first.
        other: The same of the other.

    >>> category_share(("event:0102", "event:01"), ("event:0102", "event:01"))
    1.0
    >>> category_share(("event:0102", "event:01"), ("event:0107", "event:01"))
    0.5
    >>> category_share(("event:0102", "event:01"), ("social:05",))
    0.0
    """
    if mine[:1] == other[:1]:
        return 1.0
    return 0.5 if set(mine) & set(other) else 0.0
