"""The tiny town with parties, categories and accounts (示意): where the tests of cases work. All of it is invented.

West street 990101001: the north-west community 001 is community-led (its environment post answers for rubbish, its
committee for the rest), a property company holds a contract there for everything of its estate's category 0201; a
mediation group answers for disputes. The street office is the last resort. East street has its office only.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, text

from app.categories import service as categories
from app.db.databases import Databases
from app.db.engine import transaction
from tests import tiny_town
from tests.accounts import Acting, account

WEST, EAST, DISTRICT = "990101001", "990101002", "990101"
NORTH_WEST, SOUTH_WEST, NORTH_EAST = "990101001001", "990101001002", "990101002001"
RUBBISH, FLOOD, DISPUTE = "event:0102", "event:0106", "social:0101"
PARTIES = {  # code: kind, home, body
    "west-office": ("street_office", WEST, None),
    "east-office": ("street_office", EAST, None),
    "nw-committee": ("community_committee", NORTH_WEST, None),
    "nw-environment": ("committee_post", NORTH_WEST, "nw-committee"),
    "nw-company": ("property_company", NORTH_WEST, None),
    "nw-mediators": ("mediation_group", NORTH_WEST, None),
    "ne-committee": ("community_committee", NORTH_EAST, None),
}
RULES = [  # party, area, categories
    ("nw-committee", NORTH_WEST, ["kind:event", "kind:component"]),
    ("nw-environment", NORTH_WEST, [RUBBISH]),
    ("nw-mediators", NORTH_WEST, [DISPUTE]),
    ("ne-committee", NORTH_EAST, []),
]
ROLES: dict[str, tuple[str, str | None, str | None]] = {  # name: role, area, party
    "officer": ("community_officer", NORTH_WEST, None),
    "patroller": ("patroller", NORTH_WEST, None),
    "checker": ("checker", WEST, None),
    "supervisor": ("street_supervisor", WEST, None),
    "dispatcher": ("dispatcher", WEST, None),
    "district": ("district_supervisor", DISTRICT, None),
    "east": ("street_supervisor", EAST, None),
    "planner": ("planner", WEST, None),
    "environment": ("party_member", None, "nw-environment"),
    "committee": ("party_member", None, "nw-committee"),
    "company": ("party_member", None, "nw-company"),
    "mediator": ("party_member", None, "nw-mediators"),
    "west_office": ("party_member", None, "west-office"),
    "resident": ("party_member", None, "ne-committee"),
}


@dataclass
class Town:
    """Ids of parties by code, and whoever acts."""

    parties: dict[str, int] = field(default_factory=dict)
    people: dict[str, Acting] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Acting:
        return self.people[name]

    def who(self, name: str) -> Any:
        return self.people[name].principal


def build(databases: Databases) -> Town:
    """Commit the whole town to a fresh database."""
    with databases.owner.begin() as owner:
        tiny_town.load(owner)
    with transaction(databases.service, "system") as connection:
        return furnish(connection)


def furnish(connection: Connection) -> Town:
    """Add categories, parties and accounts to the town, as the system."""
    categories.load_defaults(connection)
    town = Town()
    for code, (kind, area, body) in PARTIES.items():
        town.parties[code] = connection.execute(
            text(
                "INSERT INTO parties.parties (code, kind, area_code, parent_id, synthetic)"
                " VALUES (:code, :kind, :area, :body, true) RETURNING id"
            ),
            {"code": code, "kind": kind, "area": area, "body": town.parties.get(body or "")},
        ).scalar_one()
        connection.execute(
            text("INSERT INTO parties.names (party_id, zh, en) VALUES (:id, :zh, :en)"),
            {"id": town.parties[code], "zh": f"{code} 示意", "en": f"{code} (synthetic)"},
        )
    for code, area, named in RULES:
        connection.execute(
            text(
                "INSERT INTO parties.responsibilities (party_id, role, area_code, categories, basis_kind, synthetic)"
                " VALUES (:party, 'lead', :area, :categories, 'assignment', true)"
            ),
            {"party": town.parties[code], "area": area, "categories": named},
        )
    connection.execute(
        text("INSERT INTO parties.models (area_code, model) VALUES (:area, 'community_led')"),
        {"area": NORTH_WEST},
    )
    for name, (role, area, party) in ROLES.items():
        town.people[name] = account(
            connection, role, area=area, party=None if party is None else town.parties[party]
        )
    return town


def at(x: float, y: float) -> dict[str, float]:
    """Return lon and lat of a place in metres from the town's corner."""
    lon, lat = tiny_town.lonlat(x, y)
    return {"lon": lon, "lat": lat}
