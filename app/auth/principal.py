"""Who is asking (请求人): an account with its grants, the system, or the public. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from app.auth.permissions import PERMISSIONS, PUBLIC
from app.core.errors import NotAllowed, NotSignedIn

if TYPE_CHECKING:
    from collections.abc import Iterable


class Grant(NamedTuple):
    """A role within one area (its code), within one party (its id), or of the whole deployment (neither)."""

    role: str
    area_code: str | None
    party_id: int | None

    @property
    def permissions(self) -> frozenset[str]:
        """What it allows, within its scope."""
        return PERMISSIONS.get(self.role, frozenset())


@dataclass(frozen=True, slots=True)
class Principal:
    """Who is asking.

    Attributes:
        account_id: None for the public and the system.
        name: What one signs in with.
        shown: How others see it.
        grants: Those that hold now.
        scopes: A machine's token may do no more than these; None for a session.
        system: Jobs and the command line, on the machine itself.
    """

    account_id: int | None = None
    name: str = ""
    shown: str = ""
    grants: tuple[Grant, ...] = ()
    scopes: frozenset[str] | None = None
    system: bool = False

    @property
    def key(self) -> str:
        """What the database calls it: account:N, system or public."""
        if self.account_id is not None:
            return f"account:{self.account_id}"
        return "system" if self.system else "public"

    @property
    def signed_in(self) -> bool:
        return self.account_id is not None or self.system

    @property
    def party_ids(self) -> frozenset[int]:
        """Parties of which one is a member by grant; not those that belong to them."""
        return frozenset(grant.party_id for grant in self.grants if grant.party_id is not None)

    def may(
        self, permission: str, *, within: Iterable[str | None] | None = None, party: Iterable[int] = ()
    ) -> bool:
        """Tell whether one may do this.

        Args:
            permission: See `permissions`.
            within: Codes of the areas that the thing lies in, the smallest to the district; None: anywhere at all.
            party: Ids of the parties whose thing it is, with the bodies that they belong to.
        """
        if self.system:
            return True
        if self.scopes is not None and permission not in self.scopes:
            return False
        if permission in PUBLIC:
            return True
        areas = None if within is None else set(within)
        parties = set(party)
        return any(
            permission in grant.permissions
            and (
                (grant.area_code is None and grant.party_id is None)
                or (areas is None and not parties)
                or (areas is not None and grant.area_code in areas and grant.area_code is not None)
                or grant.party_id in parties
            )
            for grant in self.grants
        )

    def requires_scope(self, permission: str) -> None:
        """Refuse a machine's token that wasn't made for this: for what is one's own, whatever roles one holds.

        Raises:
            NotAllowed: The token's scopes leave it out.
        """
        if self.scopes is not None and permission not in self.scopes:
            raise NotAllowed(
                f"The token is not made for {permission}.", remedy="Make one that is, or sign in."
            )

    def requires(
        self, permission: str, *, within: Iterable[str | None] | None = None, party: Iterable[int] = ()
    ) -> None:
        """Refuse who may not.

        Raises:
            NotSignedIn: Nobody is signed in.
            NotAllowed: The account lacks it here.
        """
        if self.may(permission, within=within, party=party):
            return
        if not self.signed_in:
            raise NotSignedIn(remedy="Sign in, or send a token.")
        raise NotAllowed(f"It takes {permission}.", remedy="Ask an administrator for the role that has it.")


SYSTEM = Principal(name="system", shown="系统", system=True)
NOBODY = Principal(shown="公众")
