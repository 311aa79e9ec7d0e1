"""Contacts (联系方式) and members of a party. A look at contacts is logged, with the names of fields only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from app.auth import service as auth
from app.parties import repository
from app.parties import service as parties
from app.parties.errors import UnknownContact

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.auth.principal import Principal
    from app.parties.drafts import ContactDraft


def contacts(connection: Connection, asking: Principal, party_id: int) -> list[dict[str, Any]]:
    """Return a party's contacts that the asker may see; the look is logged, with the names of fields only."""
    found = [dict(row._mapping) for row in repository.contacts(connection, party_id)]  # noqa: SLF001
    if found:
        auth.audit(
            connection, asking, "look", "parties.contacts", party_id, ["means", "note", "post", "value"]
        )
    return found


def add_contact(connection: Connection, asking: Principal, party_id: int, draft: ContactDraft) -> int:
    """Store a way to reach a party; return its id."""
    who = parties.party(connection, party_id)
    asking.requires("parties.edit", within=parties.chain(connection, who.area_code))
    with auth.as_system(connection):
        made = repository.write(
            connection, "add_contact", party_id=party_id, post=draft.post, means=draft.means, value=draft.value,
            note=draft.note,
        )  # fmt: skip
    assert made is not None  # noqa: S101  # an INSERT without ON CONFLICT returns its row
    return made


def drop_contact(connection: Connection, asking: Principal, party_id: int, contact_id: int) -> None:
    """Remove a contact.

    Raises:
        UnknownContact: The party has none of this id.
    """
    who = parties.party(connection, party_id)
    asking.requires("parties.edit", within=parties.chain(connection, who.area_code))
    with auth.as_system(connection):
        done = repository.write(connection, "drop_contact", id=contact_id, party_id=party_id)
    if done is None:
        raise UnknownContact(f"Contact {contact_id} of {who.code}.")


def members(connection: Connection, asking: Principal, party_id: int) -> list[dict[str, Any]]:
    """Return the accounts that are members of a party, as others see them, for those who may edit it."""
    who = parties.party(connection, party_id)
    asking.requires("parties.edit", within=parties.chain(connection, who.area_code))
    with auth.as_system(connection):
        return [dict(row._mapping) for row in repository.members(connection, party_id)]  # noqa: SLF001
