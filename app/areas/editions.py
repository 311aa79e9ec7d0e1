"""Editions (网格版本): dated sets of boundaries, drafts until published, unchanged afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from app.core.errors import Conflict, NotFound, NotReady

if TYPE_CHECKING:
    from datetime import datetime


class NoEdition(NotReady):
    """No published edition of the grid holds at this time."""

    zh = "该时间没有已发布的网格版本。"


class UnknownEdition(NotFound):
    """There is no such edition."""

    zh = "没有这个网格版本。"


class EditionPublished(Conflict):
    """The edition is published and never changes."""

    zh = "该网格版本已发布，不可更改。"


class EditionIncomplete(Conflict):
    """The edition is not complete enough to be published."""

    zh = "网格版本尚不完整，不能发布。"


class EditionTooEarly(Conflict):
    """An edition must start after the one before it."""

    zh = "新版本的生效时间必须晚于上一版本。"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """One edition.

    Attributes:
        starts: When it begins to hold; None for always before its end, and for a draft.
        ends: When it ceased to hold (not included); None while it holds.
        published_at: None for a draft.
    """

    id: int
    name: str
    starts: datetime | None
    ends: datetime | None
    published_at: datetime | None
    synthetic: bool
    source: str
    licence: str

    @property
    def draft(self) -> bool:
        """Whether it is not yet published."""
        return self.published_at is None

    def to_dict(self) -> dict[str, Any]:
        """Return the edition ready for JSON."""
        return {
            "name": self.name,
            "starts": self.starts,
            "ends": self.ends,
            "published_at": self.published_at,
            "synthetic": self.synthetic,
            "source": self.source,
            "licence": self.licence,
        }


def start_of(asked: datetime | None, before: Edition | None, now: datetime) -> datetime | None:
    """Return when a new edition begins: as asked; else the first one always held, a later one begins now.

    Raises:
        EditionTooEarly: It would not begin after the edition before it.
    """
    if before is None:
        return asked
    starts = asked or now
    if before.starts is not None and starts <= before.starts:
        raise EditionTooEarly(
            f"{before.name!r} holds from {before.starts:%Y-%m-%d %H:%M %Z}.", remedy="Give a later --from."
        )
    return starts
