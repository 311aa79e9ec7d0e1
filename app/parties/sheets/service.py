"""Sheets (导入导出): the rows of a file stored one by one, and all that is stored as such rows."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.core.errors import GridwardError
from app.parties import repository
from app.parties import service as parties
from app.parties.drafts import (
    ModelDraft,
    ResponsibilityDraft,
)
from app.parties.duties import service as duties
from app.parties.errors import UnknownParty
from app.parties.sheets import exchange, files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.parties.drafts import PartyDraft


def drafts(connection: Connection) -> list[files.Draft]:
    """Return all parties, responsibilities and models as what would make them, parents before who belongs to them."""
    everyone = {p.id: p for p in repository.parties(connection)}
    codes = {p.id: p.code for p in repository.patches(connection)}
    found: list[files.Draft] = [exchange.party_draft(p, everyone) for p in exchange.parents_first(everyone)]
    found += [exchange.rule_draft(rule, everyone, codes) for rule in repository.responsibilities(connection)]
    models = sorted(repository.models(connection), key=exchange.model_order)
    return found + [exchange.model_draft(model) for model in models]


def import_lines(
    connection: Connection, asking: Principal, lines: Sequence[files.Line]
) -> exchange.ImportReport:
    """Store the rows of a file: good ones are kept, faulty ones told by row; a row that is stored already changes nothing.

    Parties come before responsibilities, bodies before who belongs to them, earlier models before later ones, wherever
    they stand in the file.
    """
    report = exchange.ImportReport(rows=len(lines))
    known = {exchange.identity(d) for d in drafts(connection)}
    waiting = exchange.in_order(report.drafts(lines))
    while waiting:
        again = []
        for line, draft in waiting:
            try:
                with connection.begin_nested():
                    report.count(_import(connection, asking, draft, known))
            except UnknownParty as unknown:
                again.append((line, draft, unknown))
            except GridwardError as error:
                report.refuse(line, error)
        if len(again) == len(waiting):
            for line, _draft, missing in again:
                report.refuse(line, missing)
            break
        waiting = [(line, draft) for line, draft, _missing in again]
    return report


def _import(
    connection: Connection, asking: Principal, draft: files.Draft, known: set[tuple[object, ...]]
) -> str:
    if exchange.identity(draft) in known:
        return "unchanged"
    done = "added"
    if isinstance(draft, ModelDraft):
        done = "added" if duties.set_model(connection, asking, draft) else "unchanged"
    elif isinstance(draft, ResponsibilityDraft):
        duties.add_responsibility(connection, asking, draft)
    elif draft.code in repository.party_ids(connection, [draft.code]):
        done = "changed" if _change_to(connection, asking, draft) else "unchanged"
    else:
        parties.add_party(connection, asking, draft)
    known.add(exchange.identity(draft))
    return done


def _change_to(connection: Connection, asking: Principal, draft: PartyDraft) -> bool:
    """Let a stored party be as a row says, but for whether it was invented; return whether that changed anything."""
    before = parties.party_named(connection, draft.code)
    parent = None if draft.parent is None else parties.party_id_of(connection, draft.parent)
    after = replace(before, kind=draft.kind, area_code=draft.area_code, parent_id=parent, period=draft.period)
    other_name = (before.names[-1].zh, before.names[-1].en) != (draft.zh, draft.en)
    if after != before:
        parties.change_party(connection, asking, after)
    if other_name:
        parties.rename(connection, asking, before.id, zh=draft.zh, en=draft.en)
    return other_name or after != before
