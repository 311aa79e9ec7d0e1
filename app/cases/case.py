"""A case as it stands (案件), and the facts that a move brings. Pure values; how it came to be is its transitions."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A case as it stands.

    Attributes:
        category: Key, as in "event:0102".
        x: Metres east in the deployment's metric CRS; None without a place. So `y`.
        loop: `street` (小循环) or `district` (大循环).
        party_id: Who leads now.
        party_chain: That party and the bodies it belongs to.
        parties: Everyone who was ever asked to act.
        assisting: Parties with an open assisting task, and the bodies they belong to.
        pending: Open applications: what, and whose (a principal's key).
        answer: Why this party (派遣依据), as it was last routed.
        clock: Limits and pauses; see `app.cases.clocks`.
        to_sample: Handled on the spot, and drawn for a check.
        excused: An appeal against the overdue mark was upheld.
        version: For `If-Match`.
        moments: Of its photos.
        main: Number of the case that it was merged into.
    """

    id: int
    number: str
    incident_id: int | None = None
    source: str
    category: str
    category_id: int = 0
    confidential: bool = False
    description: str = ""
    address: str = ""
    edition_id: int | None = None
    cell_id: int | None = None
    community: str | None = None
    street: str | None = None
    district: str | None = None
    x: float | None = None
    y: float | None = None
    loop: str = "street"
    stage: str = "reported"
    party_id: int | None = None
    party_chain: tuple[int, ...] = ()
    parties: tuple[int, ...] = ()
    assisting: tuple[int, ...] = ()
    pending: Mapping[str, str] = field(default_factory=dict)
    answer: Mapping[str, Any] = field(default_factory=dict)
    reported_by: int | None = None
    handled_by: int | None = None
    checked_by: int | None = None
    reported_at: datetime
    opened_at: datetime
    due_at: datetime | None = None
    stage_due_at: datetime | None = None
    clock: Mapping[str, Any] = field(default_factory=dict)
    suspended_at: datetime | None = None
    handled_at: datetime | None = None
    ended_at: datetime | None = None
    self_handled: bool = False
    to_sample: bool = False
    urgent: bool = False
    supervised: bool = False
    excused: bool = False
    returned: int = 0
    reworked: int = 0
    reopened: int = 0
    postponed: int = 0
    urged: int = 0
    merged_into: int | None = None
    outcome: str = ""
    synthetic: bool = False
    version: int = 1
    cell: str | None = None
    category_zh: str = ""
    category_en: str = ""
    kind: str = ""
    closing_zh: str = ""
    party_zh: str | None = None
    party_en: str | None = None
    moments: tuple[str, ...] = ()
    main: str | None = None

    @property
    def photo_after(self) -> bool:
        """The closing condition of its category, or its source, asks for a photo of the finished work."""
        return "照片" in self.closing_zh or self.source == "inspection"

    @property
    def both(self) -> tuple[int, ...]:
        """Parties in reach of the accuracy circle, until they have settled who leads."""
        return tuple(self.answer.get("both", ()))

    @property
    def next_party(self) -> int | None:
        """Who comes next if nobody signs in time: the first of the order that was never asked."""
        order = self.answer.get("order", ())
        return next((party for party in order if party not in self.parties), None)

    @property
    def areas(self) -> tuple[str | None, ...]:
        """Codes of its areas, the smallest first."""
        return (self.community, self.street, self.district)

    @property
    def suspended(self) -> bool:
        return self.suspended_at is not None

    @property
    def ended(self) -> bool:
        return self.ended_at is not None


COLUMNS = tuple(column.name for column in fields(Case))


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a move brings.

    Attributes:
        reason: Why, in words.
        result: What was done (处置反馈); for `assign`, what the party is asked to do.
        outcome: How it ended: "" or done, `declined` (the parties did not want mediation), `impossible` ...
        party: Id of the party that is to act.
        category: Key of the new category.
        place: Metres east and north in the deployment's metric CRS.
        until: The new time that is applied for.
        into: Number of the case that this one is merged into.
        against: What an appeal is against: see `app.cases.workflow.APPEALS`.
        task: Id of the assisting task.
    """

    reason: str = ""
    result: str = ""
    outcome: str = ""
    party: int | None = None
    category: str | None = None
    place: tuple[float, float] | None = None
    until: datetime | None = None
    into: str | None = None
    against: str | None = None
    task: int | None = None

    def given(self) -> set[str]:
        """Return the names of the facts that were given."""
        names = ("reason", "result", "party", "category", "place", "until", "into", "against", "task")
        return {name for name in names if getattr(self, name) not in (None, "")}

    def noted(self) -> dict[str, Any]:
        """Return them ready for the history, without the reason, which stands by itself."""
        told: dict[str, Any] = {
            name: value
            for name in ("result", "outcome", "party", "category", "into", "against", "task")
            if (value := getattr(self, name)) not in (None, "")
        }
        if self.until is not None:
            told["until"] = self.until.isoformat()
        return told
