"""The demo's people (演示账号): an account for each role and each person of the stories, no passwords, one-time links.

Every account is marked synthetic; a link is made for no other one. They are posts, no persons.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, Any, Final

from app.auth import service as auth
from app.auth.entrance import service as entrance
from app.auth.permissions import ROLES
from app.core.errors import Conflict
from app.demo.plan import FOLDER
from app.parties import repository as parties
from app.teams import service as teams
from app.teams.duty import service as duty

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from sqlalchemy import Connection

LINK_MIN: Final = 24 * 60
MARK: Final = "（示意）"
PATROLLER, MEMBER = "demo.yonganli.patroller", "ya-01"
LEADER, LEADING = "demo.yonganli.leader", "ya-02"
STARTS: Final = {"patroller": "/phone/", "planner": "/"}
"""Where a role begins; others at the desk."""


class NoDemoAccounts(Conflict):
    """There are no accounts of the demo here; no link was made."""

    zh = "此处没有演示账号，未生成链接。"


def people(streets: Collection[str] = ()) -> list[dict[str, str]]:
    """Return the rows of people.csv that lie in some streets (none for all): one per grant."""
    with (FOLDER / "people.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return [row for row in rows if not streets or _street(row) is None or _street(row) in streets]


def _street(row: dict[str, str]) -> str | None:
    """Return the street office that a person belongs to; None: the district."""
    if row["party"] == "yonganli-east":
        return "110105001"
    code = row["area"] or row["party"]
    return code[:9] if len(code) >= 9 else None


def settle(connection: Connection, streets: Collection[str] = ()) -> int:
    """Make the accounts and grants that are missing, as the system; return how many accounts were made."""
    known = {account.name: account for account in auth.accounts(connection)}
    rows = people(streets)
    ids = parties.party_ids(connection, [row["party"] for row in rows if row["party"]])
    made = 0
    for row in rows:
        account = known.get(row["name"])
        if account is not None and not account.synthetic:
            raise NoDemoAccounts(
                f"{row['name']} isn't the demo's.", remedy="Rename or delete that account first."
            )
        if account is None:
            number = make(connection, row["name"], row["zh"])
            known[row["name"]] = auth.account(connection, number)
            made += 1
        party = ids[row["party"]] if row["party"] else None
        auth.grant(connection, known[row["name"]].id, row["role"], row["area"] or None, party)
    teams.give_account(connection, MEMBER, known[PATROLLER].id)
    teams.give_account(connection, LEADING, known[LEADER].id)
    duty.lead(connection, LEADING)
    return made


def make(connection: Connection, name: str, shown: str) -> int:
    """Make a synthetic account without a password; return its id."""
    return auth.make_account(connection, name, shown + MARK, synthetic=True)


def links(connection: Connection, base: str) -> list[dict[str, Any]]:
    """Make a one-time link for everyone of people.csv that has an account of the demo; the system's transaction.

    Args:
        connection: Of the service role.
        base: Where the server is, as in http://127.0.0.1:8000.

    Returns:
        account, role (zh and en), zh and en (who), can_zh and can_en, link; in the order of the file.

    Raises:
        NoDemoAccounts: There is none, or one of these names isn't synthetic.
    """
    known = {account.name: account for account in auth.accounts(connection)}
    rows = [row for row in _first_of_each(people()) if row["name"] in known]
    strange = [row["name"] for row in rows if not known[row["name"]].synthetic]
    if strange or not rows:
        raise NoDemoAccounts(
            f"Not the demo's: {', '.join(strange)}." if strange else "",
            remedy="Make the first administrator of your own: gridward admin create",
        )
    return [
        {
            "account": row["name"], "role": row["role"], "role_zh": ROLES[row["role"]][0],
            "role_en": ROLES[row["role"]][1], "zh": row["zh"], "en": row["en"], "can_zh": row["can_zh"],
            "can_en": row["can_en"], "synthetic": True,
            "link": f"{base}/link/{entrance.make_link(connection, known[row['name']].id, LINK_MIN)}"
            f"?next={STARTS.get(row['role'], '/desk')}",
        }
        for row in rows if known[row["name"]].active
    ]  # fmt: skip


def _first_of_each(rows: Iterable[dict[str, str]]) -> list[dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row["name"], row)
    return list(found.values())
