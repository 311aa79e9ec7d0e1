"""Parties in the database: what is stored answers, what can't be is refused, who may see contacts, sheets both ways."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
import shapely
from sqlalchemy import Connection, text

from app.auth import service as auth
from app.auth.principal import SYSTEM
from app.categories import service as categories
from app.categories.catalogue import UnknownCategory
from app.cli import main
from app.core.errors import NotAllowed, Outdated
from app.core.sheets import UnreadableFile
from app.db.databases import Databases
from app.geo.crs import Metric
from app.parties import errors
from app.parties import service as parties
from app.parties.answers import service as answers
from app.parties.circles import CircularDelegation, CircularParents
from app.parties.contacts import service as contacts
from app.parties.drafts import (
    AbsenceDraft,
    BadPeriod,
    BadRule,
    ContactDraft,
    ModelDraft,
    PartyDraft,
    PatchDraft,
    ResponsibilityDraft,
)
from app.parties.drawing import BadDrawing, as_geojson, drawn
from app.parties.duties import service as duties
from app.parties.grounds import service as grounds
from app.parties.rulebook import Period
from app.parties.sheets import files
from app.parties.sheets import service as sheets_service
from tests import accounts, tiny_town
from tests.conftest import drop_database, make_database, rolled_back

WEST_STREET, EAST_STREET = "990101001", "990101002"
NW, SW, NE = "990101001001", "990101001002", "990101002001"
RUBBISH = "event:0102"
YEAR = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Databases]:
    made, name = make_database(admin_url)
    with made.owner.begin() as connection:
        tiny_town.load(connection)
    with made.service.begin() as connection:
        connection.execute(text("SELECT set_config('gridward.principal', 'system', true)"))
        categories.load_defaults(connection)
    yield made
    drop_database(admin_url, made, name)


@pytest.fixture
def here(town: Databases) -> Iterator[Connection]:
    yield from rolled_back(town.service, principal="system")


def add(here: Connection, code: str, kind: str, area: str | None, **more: object) -> int:
    draft = PartyDraft(code=code, kind=kind, zh=f"{code}（示意）", area_code=area, synthetic=True, **more)  # type: ignore[arg-type]
    return parties.add_party(here, SYSTEM, draft)


def rule(here: Connection, party: str, **more: object) -> int:
    return duties.add_responsibility(here, SYSTEM, ResponsibilityDraft(party=party, synthetic=True, **more))  # type: ignore[arg-type]


@pytest.fixture
def street(here: Connection) -> Connection:
    """The western street: office, committee with its environment director, an association in the north-west."""
    add(here, "office", "street_office", WEST_STREET)
    add(here, "committee", "community_committee", NW, parent="office")
    add(here, "environment", "committee_post", NW, parent="committee")
    add(here, "association", "association", NW)
    rule(here, "committee", area_code=NW, basis_kind="charter")
    rule(here, "environment", area_code=NW, categories=("event:01",), basis_kind="agreement")
    rule(here, "association", area_code=NW, categories=(RUBBISH,), basis_kind="charter")
    return here


def lead(
    here: Connection, x: float, y: float, category: str = RUBBISH, at: datetime | None = None
) -> str | None:
    place = answers.place_at(here, *tiny_town.lonlat(x, y))
    answer = answers.explain(here, place, category, at)
    return None if answer.lead is None else answer.lead.code


def test_what_is_stored_answers_and_a_change_of_model_counts_at_once(street: Connection) -> None:
    assert lead(street, 50, 350) == "environment"
    assert lead(street, 50, 50) == "office"  # the south-west has nobody of its own
    assert lead(street, 350, 350) is None  # the eastern street has no office
    assert duties.set_model(street, SYSTEM, ModelDraft(area_code=NW, model="self_governed", since=YEAR))
    assert lead(street, 50, 350) == "association"
    assert lead(street, 50, 350, at=YEAR - timedelta(days=1)) == "environment"  # history
    assert not duties.set_model(street, SYSTEM, ModelDraft(area_code=NW, model="self_governed", since=YEAR))
    with pytest.raises(errors.ModelInThePast):
        duties.set_model(
            street, SYSTEM, ModelDraft(area_code=NW, model="community_led", since=YEAR - timedelta(days=9))
        )
    assert duties.set_model(
        street, SYSTEM, ModelDraft(area_code=NW, model="community_led", since=YEAR + timedelta(days=9))
    )
    assert [m.model for m in duties.models(street, NW)] == ["community_led", "self_governed"]


def test_the_rulebook_is_kept_until_a_rule_changes_even_if_that_is_undone(street: Connection) -> None:
    first = answers.rulebook(street)
    assert answers.rulebook(street) is first
    undone = street.begin_nested()
    duties.set_model(street, SYSTEM, ModelDraft(area_code=NW, model="self_governed"))
    assert answers.rulebook(street) is not first
    undone.rollback()
    assert not answers.rulebook(street).models
    other = street.begin_nested()
    duties.set_model(street, SYSTEM, ModelDraft(area_code=SW, model="community_led"))
    assert [m.area_code for m in answers.rulebook(street).models] == [SW]
    other.rollback()


def test_the_public_gets_an_answer_but_sees_no_party(street: Connection) -> None:
    street.execute(text("SELECT set_config('gridward.principal', 'public', true)"))
    answers._kept.clear()
    assert lead(street, 50, 350) == "environment"
    assert parties.parties(street) == []


def test_drawn_ground_and_zones_hold_exactly(street: Connection) -> None:
    site = tiny_town.polygon(10, 310, 60, 360)
    grounds.add_patch(street, SYSTEM, PatchDraft(code="yard", kind="site", area_code=NW, shape=site))
    zone = PatchDraft(code="zone", kind="zone", area_code=NW, cells=("990101001001003", "990101001001004"))
    grounds.add_patch(street, SYSTEM, zone)
    add(street, "company", "property_company", NW)
    add(street, "zone_committee", "zone_committee", NW)
    rule(street, "company", patch="yard", basis_kind="contract")
    rule(street, "zone_committee", patch="zone")
    duties.set_model(street, SYSTEM, ModelDraft(area_code=NW, model="self_governed"))
    assert lead(street, 50, 350) == "company"
    assert lead(street, 70, 350) == "association"  # the same cell, beyond the yard
    assert lead(street, 50, 250) == "zone_committee"
    leaves = categories.catalogue(street).leaves()
    enforced = sum(leaf.enforcement for leaf in leaves)  # nobody here has the power but the office
    report = answers.lint(street, NW)
    assert (report.unowned, report.doubly_owned, report.cells) == (4 * enforced, 0, 4)
    everywhere = answers.lint(street)
    assert (everywhere.cells, everywhere.categories) == (16, len(leaves))
    assert everywhere.unowned == 12 * len(leaves) + 4 * enforced
    add(street, "company2", "property_company", NW)
    grounds.add_patch(
        street,
        SYSTEM,
        PatchDraft(code="yard2", kind="site", area_code=NW, shape=tiny_town.polygon(55, 355, 90, 390)),
    )
    rule(street, "company2", patch="yard2", basis_kind="contract")
    assert (
        answers.lint(street, NW).doubly_owned == len(leaves) - enforced
    )  # where the yards overlap, in one cell


@pytest.mark.parametrize("datum", ["wgs84", "gcj02"])
def test_drawings_come_and_go_in_any_datum(datum: str) -> None:
    metric = Metric(4548)
    shape = tiny_town.polygon(10, 310, 60, 360)
    assert drawn(as_geojson(shape, datum, metric), datum, metric).symmetric_difference(shape).area < 0.1 * 50


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": "Point", "coordinates": [116, 39]},
        {"type": "Polygon", "coordinates": "no"},
        {
            "type": "Polygon",
            "coordinates": [[[116, 39], [116.1, 39.1], [116.1, 39], [116, 39.1], [116, 39]]],
        },  # a bow tie
        {"type": "Polygon", "coordinates": [[[116, 39], [116, 39], [116, 39], [116, 39]]]},
        {"type": "Polygon", "coordinates": []},
        {
            "type": "Polygon",
            "coordinates": [[[116 + i / 1e6, 39] for i in range(6000)] + [[116, 39.1], [116, 39]]],
        },
        {"type": "Polygon", "coordinates": [[[500, 95], [501, 95], [501, 96], [500, 95]]]},
        {},
    ],
)
def test_what_is_no_ground_is_refused(geometry: dict[str, object]) -> None:
    with pytest.raises(BadDrawing):
        drawn(geometry, "wgs84", Metric(4548))


def test_refusals_at_the_door(street: Connection) -> None:
    with pytest.raises(errors.CodeTaken):
        add(street, "office", "street_office", WEST_STREET)
    with pytest.raises(errors.NoSuchArea):
        add(street, "x", "association", "123456")
    with pytest.raises(errors.UnknownParty):
        add(street, "x", "association", NW, parent="nobody")
    with pytest.raises(errors.OutsideItsGround):
        rule(street, "association", area_code=WEST_STREET)
    with pytest.raises(errors.OutsideItsGround):
        rule(street, "association", area_code=NE)
    with pytest.raises(UnknownCategory):
        rule(street, "association", area_code=NW, categories=("event:9999",))
    with pytest.raises(BadRule):
        rule(street, "association", area_code=NW, categories=("nonsense",))
    with pytest.raises(BadRule):
        ResponsibilityDraft(party="association", area_code=NW, patch="p")
    with pytest.raises(BadPeriod):
        rule(street, "association", area_code=NW, period=Period(YEAR, YEAR))
    with pytest.raises(BadRule):
        ModelDraft(area_code=NW, model="community_led", step="follow")
    with pytest.raises(errors.NoSuchCells):
        grounds.add_patch(
            street, SYSTEM, PatchDraft(code="z", kind="zone", area_code=NW, cells=("990101002001001",))
        )
    far = tiny_town.polygon(150, 310, 260, 360)
    with pytest.raises(errors.OutsideItsArea):
        grounds.add_patch(street, SYSTEM, PatchDraft(code="z", kind="drawn", area_code=NW, shape=far))
    near = tiny_town.polygon(150, 310, 204, 360)  # within the tolerance
    assert grounds.add_patch(street, SYSTEM, PatchDraft(code="z", kind="drawn", area_code=NW, shape=near))


def test_circles_are_refused(street: Connection) -> None:
    office, committee = parties.party_named(street, "office"), parties.party_named(street, "committee")
    environment, association = (parties.party_named(street, c).id for c in ("environment", "association"))
    with pytest.raises(CircularParents, match="office → environment → committee → office"):
        parties.change_party(street, SYSTEM, replace(office, parent_id=environment))
    with pytest.raises(CircularParents):
        parties.change_party(street, SYSTEM, replace(office, parent_id=office.id))
    week = Period(YEAR, YEAR + timedelta(days=7))
    duties.add_absence(street, SYSTEM, environment, AbsenceDraft(period=week, delegate="committee"))
    duties.add_absence(street, SYSTEM, committee.id, AbsenceDraft(period=week, delegate="association"))
    with pytest.raises(CircularDelegation):
        duties.add_absence(street, SYSTEM, association, AbsenceDraft(period=week, delegate="environment"))
    with pytest.raises(errors.AwayAlready):
        duties.add_absence(street, SYSTEM, environment, AbsenceDraft(period=week))
    later = Period(YEAR + timedelta(days=7), None)
    one = duties.add_absence(street, SYSTEM, association, AbsenceDraft(period=later, delegate="environment"))
    during = YEAR + timedelta(days=1)
    assert lead(street, 50, 350, at=during) == "association"
    duties.end_absence(street, SYSTEM, association, one, YEAR)
    assert duties.absences(street, association) == []
    with pytest.raises(errors.UnknownAbsence):
        duties.end_absence(street, SYSTEM, association, one, YEAR)


def test_a_change_wants_the_version_that_was_read(street: Connection) -> None:
    known = parties.party_named(street, "association")
    changed = parties.change_party(street, SYSTEM, replace(known, kind="social_organisation"))
    assert (changed.kind, changed.version) == ("social_organisation", 2)
    with pytest.raises(Outdated):
        parties.change_party(street, SYSTEM, replace(known, kind="association"))
    with pytest.raises(errors.OutsideItsGround):
        parties.change_party(street, SYSTEM, replace(changed, area_code=SW))
    mine = duties.responsibilities(street, known.id)[0]
    draft = ResponsibilityDraft(party="association", area_code=NW, categories=("event:01",))
    assert duties.change_responsibility(street, SYSTEM, mine.id, 1, draft).version == 2
    with pytest.raises(Outdated):
        duties.drop_responsibility(street, SYSTEM, mine.id, 1)
    duties.drop_responsibility(street, SYSTEM, mine.id, 2)
    with pytest.raises(errors.UnknownResponsibility):
        duties.responsibility(street, mine.id)


def test_names_are_dated(street: Connection) -> None:
    known = parties.party_named(street, "office").id
    parties.rename(street, SYSTEM, known, zh="西街道办事处（新）", en="West", since=YEAR)
    party = parties.party(street, known)
    assert party.named(YEAR - timedelta(days=1)).zh == "office（示意）"
    assert party.named(YEAR).zh == "西街道办事处（新）"
    parties.rename(street, SYSTEM, known, zh="西街道", en="West")
    assert [n.zh for n in parties.party(street, known).names] == ["office（示意）", "西街道"]
    with pytest.raises(BadRule):
        parties.rename(street, SYSTEM, known, zh="旧", since=YEAR - timedelta(days=1))


def test_who_sees_contacts_and_that_the_look_is_logged(street: Connection) -> None:
    ids = {c: parties.party_named(street, c).id for c in ("office", "committee", "association")}
    for party_id in ids.values():
        contacts.add_contact(
            street, SYSTEM, party_id, ContactDraft(means="phone", value="010-00000000", post="值班")
        )
    seen = {
        "street_supervisor": (WEST_STREET, {"office", "committee", "association"}),
        "dispatcher": (EAST_STREET, set()),
        "community_officer": (SW, {"office"}),  # its own street's office, not the next community's bodies
        "district_supervisor": ("990101", {"office", "committee", "association"}),
        "planner": (NE, set()),
    }
    for role, (area, expected) in seen.items():
        someone = accounts.account(street, role, area=area).principal
        with auth.acting_as(street, someone):
            found = {c for c, i in ids.items() if contacts.contacts(street, someone, i)}
        assert found == expected, role
    member = accounts.account(street, "party_member", party=ids["committee"]).principal
    with auth.acting_as(street, member):
        assert {c for c, i in ids.items() if contacts.contacts(street, member, i)} == {"committee"}
    logged = street.execute(
        text("SELECT fields FROM auth.audit WHERE principal = :p AND action = 'look'"), {"p": member.key}
    ).scalars()
    assert list(logged) == [["means", "note", "post", "value"]]


def test_who_may_change_rules(street: Connection) -> None:
    own = accounts.account(street, "street_supervisor", area=WEST_STREET).principal
    wrong = accounts.account(street, "street_supervisor", area=EAST_STREET).principal
    officer = accounts.account(street, "dispatcher", area=WEST_STREET).principal
    draft = PartyDraft(code="new", kind="association", zh="新", area_code=NW)
    for someone in (wrong, officer):
        with auth.acting_as(street, someone), pytest.raises(NotAllowed):
            parties.add_party(street, someone, draft)
    with auth.acting_as(street, own):
        made = parties.add_party(street, own, draft)
        with pytest.raises(NotAllowed):  # the whole district isn't the street's
            parties.add_party(street, own, replace(draft, code="wide", area_code=None))
        assert contacts.members(street, own, made) == []
    member = accounts.account(street, "party_member", party=made)
    with auth.acting_as(street, own):
        assert [m["account_id"] for m in contacts.members(street, own, made)] == [member.id]
    with auth.acting_as(street, wrong), pytest.raises(NotAllowed):
        contacts.members(street, wrong, made)


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_sheets_come_back_as_they_went(street: Connection, kind: str, tmp_path) -> None:
    rule(
        street,
        "association",
        area_code=NW,
        categories=("social:01",),
        period=Period(YEAR, None),
        basis="=章程",
    )
    duties.set_model(
        street, SYSTEM, ModelDraft(area_code=NW, model="government_led", step="follow", since=YEAR)
    )
    duties.set_model(
        street, SYSTEM, ModelDraft(area_code=NW, model="community_led", since=YEAR + timedelta(days=30))
    )
    stored = sheets_service.drafts(street)
    if kind == "xlsx":
        lines = files.read_bytes(files.to_xlsx(stored), "all.xlsx")
    else:
        lines = [
            line for name in files.SHEETS for line in files.read_bytes(files.to_csv(name, stored), "one.csv")
        ]
    assert len(lines) == len(stored) == 4 + 4 + 2
    again = sheets_service.import_lines(street, SYSTEM, lines)
    assert (again.added, again.changed, again.unchanged, again.refused) == (0, 0, len(lines), 0)
    for table in ("models", "responsibilities", "names", "parties"):
        street.execute(text(f"DELETE FROM parties.{table}"))
    back = sheets_service.import_lines(street, SYSTEM, list(reversed(lines)))
    assert (back.added, back.findings) == (len(lines), [])
    assert sorted(map(str, sheets_service.drafts(street))) == sorted(map(str, stored))


def test_faulty_rows_are_told_and_good_ones_kept(street: Connection) -> None:
    content = "\ufeff主体编码,主体类别,中文名称,所属区域编码,上级主体编码\n" + "\n".join(
        [
            f"a,社区城市管理协会,协会甲,{NW},b",
            f"b,community_committee,居委会乙,{NW},",
            f"c,no_such_kind,丙,{NW},",
            "d,association,丁,000000,",
            f"e,association,,{NW},",
            f"f,association,己,{NW},nobody",
            f"association,association,新名字,{NW},",
        ]
    )
    report = sheets_service.import_lines(street, SYSTEM, files.read_bytes(content.encode(), "p.csv"))
    assert (report.rows, report.added, report.changed, report.refused) == (7, 2, 1, 4)
    assert sorted(f.where for f in report.findings) == [f"parties row {n}" for n in (4, 5, 6, 7)]
    assert all(f.message and (f.remedy or "area" in f.message) for f in report.findings)
    assert parties.party_named(street, "association").names[-1].zh == "新名字"
    twice = sheets_service.import_lines(street, SYSTEM, files.read_bytes(content.encode("gb18030"), "p.csv"))
    assert (twice.added, twice.changed, twice.unchanged) == (0, 0, 3)


def test_the_template_explains_itself(tmp_path) -> None:
    file = tmp_path / "t.xlsx"
    file.write_bytes(files.to_xlsx([]))
    book = openpyxl.load_workbook(file)
    assert book.sheetnames == [*files.TITLES.values(), files.NOTES]
    words = {cell.value for row in book[files.NOTES] for cell in row}
    assert {"community_led", "政府指导、社区主体", "mediation_group"} <= words
    assert files.read(file) == []
    for content in (b"PK\x03\x04 nothing", b"a,b\n1,2\n", b"\xff\xfe\xfa" * 9):
        with pytest.raises(UnreadableFile):
            files.read_bytes(content, "x")


def test_shapes_are_stored_in_the_metric_crs(street: Connection) -> None:
    made = grounds.add_patch(
        street,
        SYSTEM,
        PatchDraft(code="yard", kind="site", area_code=NW, shape=tiny_town.polygon(10, 310, 60, 360)),
    )
    known = grounds.patch(street, made)
    assert shapely.equals(known.shape, tiny_town.polygon(10, 310, 60, 360))
    assert len(known.cells) == 1
    smaller = PatchDraft(code="yard", kind="site", area_code=NW, cells=("990101001001001",))
    changed = grounds.change_patch(street, SYSTEM, made, 1, smaller)
    assert (changed.shape, changed.version) == (None, 2)
    assert grounds.cell_codes(street, made) == ["990101001001001"]
    with pytest.raises(Outdated):
        grounds.change_patch(street, SYSTEM, made, 1, smaller)


def test_the_command_line(town: Databases, monkeypatch, capsys, tmp_path) -> None:
    with town.service.begin() as connection:
        connection.execute(text("SELECT set_config('gridward.principal', 'system', true)"))
        add(connection, "office", "street_office", WEST_STREET)
    for name, engine in (("GRIDWARD_DATABASE_URL", town.service), ("GRIDWARD_OWNER_URL", town.owner)):
        monkeypatch.setenv(name, engine.url.render_as_string(hide_password=False))

    def run(*arguments: object) -> str:
        monkeypatch.setattr("sys.argv", ["gridward", "parties", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        assert not ended.value.code, arguments
        return capsys.readouterr().out

    lon, lat = tiny_town.lonlat(50, 350)
    try:
        assert "office" in run("list")
        told = json.loads(run("explain", "--lon", lon, "--lat", lat, "--category", RUBBISH, "--json"))
        assert (told["lead"]["code"], told["deciding"]) == ("office", "last_resort")
        assert (
            "属地兜底"
            not in run("explain", "--lon", lon, "--lat", lat, "--category", RUBBISH).splitlines()[0]
        )
        last = json.loads(run("lint", "--area", NW, "--json").splitlines()[-1])
        assert (last["unowned"], last["doubly_owned"], last["shadowed"]) == (4 * last["categories"], 0, 0)
        assert "4 cells" in run("lint", "--area", NW)
        assert json.loads(run("model", NW, "community_led", "--json"))[0]["model"] == "community_led"
        run("template", tmp_path / "t.xlsx")
        run("export", tmp_path / "all.xlsx")
        again = json.loads(run("import", tmp_path / "all.xlsx", "--json"))
        assert (again["rows"], again["unchanged"]) == (2, 2)
    finally:
        with town.service.begin() as connection:
            connection.execute(text("SELECT set_config('gridward.principal', 'system', true)"))
            for table in ("models", "parties"):
                connection.execute(text(f"DELETE FROM parties.{table}"))
