"""Tiny town's western street on a working day: who answers there, who works there, and 140 open cases.

Residents' reports wait to be accepted, patrollers' are dispatched at once; some are older than a day, some are late.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from app.auth.principal import SYSTEM
from app.cases.opening import service as opening
from app.cases.reporting import Said
from app.categories import service as categories
from app.db.engine import transaction
from app.parties import service as parties
from app.parties.drafts import PartyDraft, ResponsibilityDraft
from app.parties.duties import service as duties
from tests import accounts, tiny_town

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from app.db.databases import Databases

STREET = "990101001"
NORTH, SOUTH = "990101001001", "990101001002"
OPEN = 140
PARTIES = [  # code, kind, name, home, body
    ("west-office", "street_office", "西街道办事处", STREET, None),
    ("west-enforcement", "enforcement_team", "西街道综合行政执法队", STREET, "west-office"),
    ("west-sanitation", "street_department", "西街道城市管理办公室", STREET, "west-office"),
    ("nw-committee", "community_committee", "西北社区居委会", NORTH, "west-office"),
    ("nw-property", "property_company", "西北物业服务有限公司（示意）", NORTH, None),
    ("sw-committee", "community_committee", "西南社区居委会", SOUTH, "west-office"),
]
RULES = [  # party, area, categories, basis kind, basis
    ("west-enforcement", STREET, ("event:05",), "law", "街道综合执法职责（示意）"),
    ("west-sanitation", STREET, ("event:01",), "assignment", "街道内设机构分工（示意）"),
    ("nw-property", NORTH, ("social:02",), "contract", "物业服务合同（示意）"),
    ("nw-committee", NORTH, (), "charter", "居委会职责（示意）"),
    ("sw-committee", SOUTH, (), "charter", "居委会职责（示意）"),
]
SAID = [
    ("暴露垃圾，两袋生活垃圾放在单元门口", "幸福里3号楼2单元"),
    ("树枝掉落挡住人行道", "和平路12号门前"),
    ("店铺把货物摆到人行道上", "西大街便利店"),
    ("楼道堆放杂物，影响通行", "幸福里5号楼"),
    ("井盖松动，车轧过有响声", "西大街与和平路口"),
]
WORKERS = {  # name, role, area or party
    "supervisor": ("street_supervisor", STREET),
    "dispatcher": ("dispatcher", STREET),
    "checker": ("checker", STREET),
    "patroller": ("patroller", STREET),
    "resident_desk": ("community_officer", NORTH),
    "other_street": ("street_supervisor", "990101002"),
    "planner": ("planner", STREET),
}
MEMBERS = ("west-office", "west-sanitation", "nw-committee", "sw-committee", "west-enforcement")


def fill(databases: Databases, cases_open: int = OPEN) -> None:
    """Make all of it, and commit."""
    with transaction(databases.owner) as connection:
        tiny_town.load(connection)
    with transaction(databases.service, "system") as connection:
        categories.load_defaults(connection)
        answers(connection)
        people(connection)
        report(connection, cases_open)


def answers(connection: Connection) -> None:
    """Make parties and what they answer for."""
    for code, kind, name, area, body in PARTIES:
        draft = PartyDraft(code=code, kind=kind, zh=name, area_code=area, parent=body, synthetic=True)
        parties.add_party(connection, SYSTEM, draft)
    known = {category.key for category in categories.catalogue(connection).all()}
    for party, area, wanted, basis_kind, basis in RULES:
        draft = ResponsibilityDraft(
            party=party, area_code=area, categories=tuple(key for key in wanted if key in known),
            basis_kind=basis_kind, basis=basis, synthetic=True,
        )  # fmt: skip
        duties.add_responsibility(connection, SYSTEM, draft)


def people(connection: Connection) -> None:
    """Make the accounts: everyone's password is the tests'."""
    for name, (role, area) in WORKERS.items():
        accounts.account(connection, role, area=area, name=name, password=accounts.PASSWORD)
    for code in MEMBERS:
        who = parties.party_named(connection, code)
        accounts.account(connection, "party_member", party=who.id, name=code, password=accounts.PASSWORD)
    for name, role in (("admin", "administrator"), ("auditor", "auditor")):
        accounts.account(connection, role, name=name, password=accounts.PASSWORD)


def report(connection: Connection, cases_open: int) -> None:
    """Open the cases: every other one a resident's, the rest a patroller's, over the last three days."""
    leaves = [one.key for one in categories.catalogue(connection).leaves() if not one.confidential]
    wanted = [key for key in leaves if key.startswith("event:01")][:4] or leaves[:4]
    now = datetime.now(UTC)
    for i in range(cases_open):
        text, address = SAID[i % len(SAID)]
        x, y = 12 + (i * 37) % 176, 12 + (i * 53) % 376
        lon, lat = tiny_town.lonlat(x, y)
        at = now - timedelta(minutes=20 + 31 * i)
        said = Said(
            category=wanted[i % len(wanted)], x=lon, y=lat, source="resident" if i % 2 else "patrol",
            reported_at=at, description=f"{text}（示意 {i + 1}）", address=address, urgent=i % 23 == 0, synthetic=True,
            name="王女士" if i % 2 else "", phone="13800000000" if i % 2 else "",
        )  # fmt: skip
        opening.report(connection, SYSTEM, said, at)
