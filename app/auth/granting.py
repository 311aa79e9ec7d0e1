"""What can be granted, and how long a token or a link may hold (授权规则). Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app.auth.errors import BadGrant, BadProof
from app.auth.permissions import EVERYTHING, ROLES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

LONGEST_LINK_MIN = 24 * 60
LONGEST_TOKEN_DAYS = 400


def check_grant(
    role: str, area_code: str | None, party_id: int | None, since: datetime | None, until: datetime | None
) -> None:
    """Refuse a role that there isn't, a scope that it doesn't take, and a period that has no length.

    Raises:
        BadGrant: It is one of these.
    """
    if role not in ROLES:
        raise BadGrant(f"There is no role {role[:60]!r}.", remedy=f"Roles: {', '.join(ROLES)}.")
    wants_area = role not in ("administrator", "auditor", "party_member")
    wants_party = role == "party_member"
    if (area_code is not None, party_id is not None) != (wants_area, wants_party):
        wanted = "an area" if wants_area else "a party" if wants_party else "neither area nor party"
        raise BadGrant(f"The role {role} takes {wanted}.", remedy="Give just that.")
    if until is not None and since is not None and until <= since:
        raise BadGrant("It ends before it begins.", remedy="Give an end after the beginning.")


def checked_scopes(scopes: Iterable[str], days: int) -> list[str]:
    """Return a token's scopes, each once.

    Raises:
        BadProof: None, unknown ones, or the token would hold for too long.
    """
    wanted = sorted(set(scopes))
    unknown = [scope for scope in wanted if scope not in EVERYTHING]
    if unknown or not wanted:
        said = f"Unknown: {', '.join(unknown)[:200]}." if unknown else "It could do nothing."
        raise BadProof(said, remedy=f"Scopes: {', '.join(sorted(EVERYTHING))}.")
    if not 1 <= days <= LONGEST_TOKEN_DAYS:
        raise BadProof(f"{days} days.", remedy=f"Take 1 to {LONGEST_TOKEN_DAYS} days.")
    return wanted


def check_minutes(minutes: int) -> None:
    """Refuse a one-time link that would hold for no time, or for too long.

    Raises:
        BadProof: It would.
    """
    if not 1 <= minutes <= LONGEST_LINK_MIN:
        raise BadProof(f"{minutes} minutes.", remedy=f"Take 1 to {LONGEST_LINK_MIN} minutes.")
