"""From what is stored to what would make it again, and what became of an import (导入导出). Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from app.core.errors import BadInput
from app.core.findings import Finding
from app.parties.drafts import ModelDraft, PartyDraft, ResponsibilityDraft
from app.parties.sheets import files

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from app.core.errors import GridwardError
    from app.parties.rulebook import CommunityModel, Party, Responsibility
    from app.parties.sheets.files import Draft, Line

FIRST = datetime.min.replace(tzinfo=UTC)
_ORDER = {PartyDraft: 0, ResponsibilityDraft: 1, ModelDraft: 2}


@dataclass(slots=True)
class ImportReport:
    """What became of each row."""

    rows: int
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return len(self.findings)

    def count(self, outcome: str) -> None:
        """Note a good row: added, changed or unchanged."""
        setattr(self, outcome, getattr(self, outcome) + 1)

    def refuse(self, line: Line, error: GridwardError) -> None:
        """Note a faulty row."""
        message = " ".join(part for part in (error.title, error.detail) if part)
        self.findings.append(
            Finding(code="row-refused", where=line.where, message=message, remedy=error.remedy)
        )

    def drafts(self, lines: Iterable[Line]) -> list[tuple[Line, Draft]]:
        """Return what rows ask for; those that ask for nothing possible are noted."""
        found = []
        for line in lines:
            try:
                found.append((line, files.draft(line)))
            except BadInput as error:
                self.refuse(line, error)
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return it ready for JSON."""
        return {
            "rows": self.rows, "added": self.added, "changed": self.changed, "unchanged": self.unchanged,
            "refused": self.refused, "findings": [finding.to_dict() for finding in self.findings],
        }  # fmt: skip


def in_order(drafts: Iterable[tuple[Line, Draft]]) -> list[tuple[Line, Draft]]:
    """Return parties before responsibilities before models, earlier models before later ones."""

    def key(pair: tuple[Line, Draft]) -> tuple[int, datetime]:
        _line, draft = pair
        since = draft.since if isinstance(draft, ModelDraft) else None
        return _ORDER[type(draft)], since or FIRST

    return sorted(drafts, key=key)


def identity(draft: Draft) -> tuple[object, ...]:
    """Return all that a row says, so that the same said twice is known."""
    sheet, row = files.row_of(draft)
    return sheet, *sorted(row.items())


def parents_first(parties: Mapping[int, Party]) -> list[Party]:
    """Return parties by code, each after the body that it belongs to."""
    found: dict[int, Party] = {}

    def take(party: Party) -> None:
        if party.id in found:
            return
        if party.parent_id in parties and party.parent_id is not None:
            take(parties[party.parent_id])
        found[party.id] = party

    for party in sorted(parties.values(), key=lambda p: p.code.encode()):
        take(party)
    return list(found.values())


def party_draft(party: Party, parties: Mapping[int, Party]) -> PartyDraft:
    """Return what would make a party, under its last name."""
    name = party.names[-1]
    return PartyDraft(
        code=party.code, kind=party.kind, zh=name.zh, en=name.en, area_code=party.area_code, period=party.period,
        parent=None if party.parent_id is None else parties[party.parent_id].code, synthetic=party.synthetic,
    )  # fmt: skip


def rule_draft(
    rule: Responsibility, parties: Mapping[int, Party], patch_codes: Mapping[int, str]
) -> ResponsibilityDraft:
    """Return what would make a responsibility."""
    return ResponsibilityDraft(
        party=parties[rule.party_id].code, role=rule.role, area_code=rule.area_code,
        patch=None if rule.patch_id is None else patch_codes[rule.patch_id], categories=tuple(sorted(rule.categories)),
        period=rule.period, basis_kind=rule.basis_kind, basis=rule.basis, synthetic=rule.synthetic,
    )  # fmt: skip


def model_draft(model: CommunityModel) -> ModelDraft:
    """Return what would make a model."""
    return ModelDraft(
        area_code=model.area_code,
        model=model.model,
        step=model.step,
        since=model.period.start,
        basis=model.basis,
    )


def model_order(model: CommunityModel) -> tuple[str, datetime]:
    """Return where a model stands in an export: by area, then by time."""
    return model.area_code, model.period.start or FIRST
