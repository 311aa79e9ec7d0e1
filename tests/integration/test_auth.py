"""Accounts and rights in the database: coming in, being slowed down, and what each principal can reach by raw SQL."""

from __future__ import annotations

from sqlalchemy import Connection

from app.auth import proofs, repository
from tests import tiny_town
from tests.accounts import PASSWORD, account


def test_a_helper_makes_someone_who_acts(owner: Connection) -> None:
    tiny_town.load(owner)
    someone = account(owner, "dispatcher", area=tiny_town.DISTRICT)
    assert someone.principal.may("case.dispatch", within=[tiny_town.DISTRICT])
    found = repository.begin(owner, "token", proofs.digest(someone.token))
    assert found.key == someone.principal.key
