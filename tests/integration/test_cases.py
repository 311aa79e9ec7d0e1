"""Cases through the service and the database: reports, moves, two takers, merging, who sees what."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from app.auth import service as auth
from app.auth.principal import NOBODY, SYSTEM
from app.cases import errors, service, workflow
from app.cases.case import Case, Facts
from app.cases.finding import Filter
from app.cases.lists import service as cases_lists
from app.cases.moves import service as moves
from app.cases.notices import service as notices
from app.cases.opening import service as opening
from app.cases.reporting import ConfidentialNeedsPlace, Opened, PastDeadline, Said
from app.cases.surroundings import service as surroundings
from app.cases.talk import service as talk
from app.categories.catalogue import UnknownCategory
from app.core.errors import Conflict, NotAllowed, NotFound, NotSignedIn, Outdated
from app.db.databases import Databases
from app.db.engine import transaction
from tests import case_town
from tests.case_town import DISPUTE, FLOOD, NORTH_WEST, RUBBISH, Town
from tests.conftest import drop_database, make_database

MONDAY = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)  # 10:00 in Beijing


@pytest.fixture(scope="module")
def built(admin_url: str) -> Iterator[tuple[Databases, Town]]:
    databases, name = make_database(admin_url)
    yield databases, case_town.build(databases)
    drop_database(admin_url, databases, name)


@pytest.fixture
def town(built: tuple[Databases, Town]) -> Town:
    return built[1]


@pytest.fixture
def connection(built: tuple[Databases, Town]) -> Iterator[Connection]:
    """A transaction of the system, rolled back after the test; `acting` makes it somebody's."""
    with built[0].service.connect() as connection:
        outer = connection.begin()
        connection.execute(text("SELECT set_config('gridward.principal', 'system', true)"))
        yield connection
        outer.rollback()


class Stage:
    """Reports and moves as the people of the town, each seeing only what is theirs."""

    def __init__(self, connection: Connection, town: Town) -> None:
        self.connection, self.town, self.now = connection, town, MONDAY

    def report(self, who: str, category: str = RUBBISH, x: float = 50, y: float = 350, **more: Any) -> Opened:
        place = case_town.at(x, y)
        said = Said(
            **({"category": category, "x": place["lon"], "y": place["lat"], "description": "示意"} | more)
        )
        with self.acting(who) as asking:
            return opening.report(self.connection, asking, said, self.now)

    def move(self, who: str, number: str, name: str, **facts: Any) -> Case:
        with self.acting(who) as asking:
            version = service.case(self.connection, number).version
            return moves.move(self.connection, asking, number, name, version, Facts(**facts), self.now)

    def case(self, number: str, who: str | None = None) -> Case:
        if who is None:
            return service.case(self.connection, number)
        with self.acting(who):
            return service.case(self.connection, number)

    @contextmanager
    def acting(self, who: str) -> Iterator[Any]:
        asking = {"nobody": NOBODY, "system": SYSTEM}.get(who) or self.town.who(who)
        with auth.acting_as(self.connection, asking):
            yield asking

    def history(self, number: str) -> list[str]:
        return [step["move"] for step in service.history(self.connection, self.case(number))]


@pytest.fixture
def stage(connection: Connection, town: Town) -> Stage:
    return Stage(connection, town)


def test_a_patrollers_report_goes_straight_to_whoever_answers(stage: Stage, town: Town) -> None:
    opened = stage.report("patroller")
    assert (opened.stage, opened.new, opened.code) == ("dispatched", True, "")
    case = stage.case(opened.number, "environment")
    assert case.party_id == town.parties["nw-environment"]
    assert (case.community, case.street, case.district, case.cell) == (
        NORTH_WEST, case_town.WEST, case_town.DISTRICT, "990101001001001",
    )  # fmt: skip
    assert case.source == "patrol"
    assert case.due_at is not None
    assert case.stage_due_at == MONDAY + timedelta(
        hours=2
    )  # two working hours to sign, before the midday break
    assert case.answer["trace"]
    assert stage.history(opened.number) == ["report", "file", "dispatch"]
    assert opened.number.startswith("20260105")


def test_from_report_to_closure_each_by_whose_it_is(stage: Stage, connection: Connection) -> None:
    number = stage.report("resident").number
    assert stage.case(number).source == "resident"
    stage.move("officer", number, "accept")
    stage.move("patroller", number, "verify")
    stage.move("officer", number, "file")
    stage.move("dispatcher", number, "dispatch")
    stage.move("environment", number, "sign")
    stage.move("environment", number, "handle", result="已清运")
    with pytest.raises(NotAllowed):
        stage.move("environment", number, "check_pass")
    stage.move("checker", number, "check_pass")
    closed = stage.move("checker", number, "close")
    assert (closed.stage, closed.outcome, closed.ended_at, closed.stage_due_at) == (
        "closed",
        "done",
        MONDAY,
        None,
    )
    (task,) = service.tasks(connection, closed)
    assert (task["stage"], task["result"]) == ("done", "已清运")
    told = (
        connection.execute(
            text("SELECT what FROM cases.notices WHERE account_id = :id"), {"id": closed.reported_by}
        )
        .scalars()
        .all()
    )
    assert told == ["close"]


def test_rework_goes_back_to_the_same_party(stage: Stage, town: Town) -> None:
    number = handled(stage)
    again = stage.move("checker", number, "check_fail", reason="未清净")
    assert (again.stage, again.party_id, again.reworked, again.handled_by) == (
        "signed", town.parties["nw-environment"], 1, None,
    )  # fmt: skip
    stage.move("environment", number, "handle", result="再清")
    stage.move("checker", number, "check_pass")


def handled(stage: Stage) -> str:
    number = stage.report("patroller").number
    stage.move("environment", number, "sign")
    stage.move("environment", number, "handle", result="已清运")
    return number


def test_the_database_too_keeps_handler_and_checker_apart(stage: Stage, connection: Connection) -> None:
    number = handled(stage)
    with pytest.raises(DBAPIError), connection.begin_nested():
        connection.execute(
            text("UPDATE cases.cases SET checked_by = handled_by WHERE number = :n"), {"n": number}
        )
    stage.move("environment", stage.report("patroller", x=150).number, "apply_return", reason="不是我们的")
    with pytest.raises(DBAPIError), connection.begin_nested():
        connection.execute(text("UPDATE cases.applications SET decision = 'approved', decided_by = made_by"))


def test_return_is_applied_for_and_decided_by_another(stage: Stage, town: Town) -> None:
    number = stage.report("patroller").number
    stage.move("environment", number, "apply_return", reason="不在责任范围")
    with pytest.raises(NotAllowed):
        stage.move("environment", number, "approve_return")
    back = stage.move("supervisor", number, "approve_return")
    assert (back.stage, back.party_id, back.returned) == ("filed", None, 1)
    assert back.parties == (town.parties["nw-environment"],)  # they go on seeing it
    assert stage.case(number, "environment").number == number
    sent = stage.move("dispatcher", number, "dispatch", party=town.parties["nw-committee"])
    assert sent.party_id == town.parties["nw-committee"]


def test_suspension_stops_the_clock(stage: Stage) -> None:
    number = stage.report("patroller").number
    signed = stage.move("environment", number, "sign")
    stage.move("environment", number, "apply_suspend", reason="等待施工许可")
    stage.move("supervisor", number, "approve_suspend")
    with pytest.raises(Conflict):
        stage.move("environment", number, "handle", result="x")
    stage.now += timedelta(days=7)
    resumed = stage.move("supervisor", number, "resume")
    assert signed.due_at is not None
    assert resumed.due_at == signed.due_at + timedelta(
        days=7
    )  # the same hour a week later, no holiday between
    assert resumed.suspended_at is None


def test_a_postponement_moves_the_deadline(stage: Stage) -> None:
    number = stage.report("patroller").number
    stage.move("environment", number, "sign")
    until = MONDAY + timedelta(days=30)
    with pytest.raises(PastDeadline):
        stage.move("environment", number, "apply_postpone", reason="雨", until=MONDAY - timedelta(days=1))
    stage.move("environment", number, "apply_postpone", reason="雨", until=until)
    later = stage.move("district", number, "approve_postpone")
    assert (later.due_at, later.postponed) == (until, 1)


def test_nobody_signs_so_the_next_in_the_chain_is_asked(
    stage: Stage, town: Town, connection: Connection
) -> None:
    number = stage.report("patroller").number
    order = stage.case(number).answer["order"]
    assert order[0] == town.parties["nw-environment"]
    assert moves.escalate(connection, MONDAY + timedelta(minutes=30)) == []
    for party in order[1:]:
        stage.now += timedelta(days=1)
        done = moves.escalate(connection, stage.now)
        assert [one["what"] for one in done if one["number"] == number][:1] == ["hand_over"]
        assert stage.case(number).party_id == party
    stage.now += timedelta(days=1)
    assert [one for one in moves.escalate(connection, stage.now) if one["what"] == "hand_over"] == []
    assert stage.case(number).parties == tuple(order)
    stage.now += timedelta(days=30)
    assert [one["what"] for one in moves.escalate(connection, stage.now)] == ["overdue"]
    assert moves.escalate(connection, stage.now) == []  # told once


def test_merging_links_both_and_tells_all_reporters(stage: Stage, connection: Connection) -> None:
    first = stage.report("resident", description="三号楼门口有垃圾")
    again = stage.report("patroller", x=52, description="门口垃圾 三号楼", on_the_spot=True)
    with stage.acting("patroller") as asking:
        same = surroundings.duplicates_of(connection, asking, again.number)
    assert [one.number for one in same] == [first.number]
    with pytest.raises(NotFound):
        stage.move("dispatcher", again.number, "merge", into="20200101000001")
    merged = stage.move("dispatcher", again.number, "merge", into=first.number)
    assert (merged.stage, merged.main) == ("merged", first.number)
    for one, other in ((first, again), (again, first)):
        assert [link["number"] for link in service.links(connection, stage.case(one.number))] == [
            other.number
        ]
    told = set(
        connection.execute(text("SELECT account_id FROM cases.notices WHERE what = 'merged'")).scalars()
    )
    assert told == {stage.town["resident"].id, stage.town["patroller"].id}
    stage.move("officer", first.number, "refuse", reason="不属实")
    told = set(
        connection.execute(text("SELECT account_id FROM cases.notices WHERE what = 'refuse'")).scalars()
    )
    assert told == {
        stage.town["resident"].id,
        stage.town["patroller"].id,
    }  # a merged case follows its main one


def test_another_category_routes_anew_with_its_history(
    stage: Stage, town: Town, connection: Connection
) -> None:
    number = stage.report("patroller").number
    stage.move("environment", number, "sign")
    before = stage.case(number)
    after = stage.move("dispatcher", number, "recategorise", category=FLOOD, reason="是积水")
    assert (after.stage, after.party_id) == ("dispatched", town.parties["nw-committee"])
    assert after.answer["lead"]["code"] == "nw-committee"
    assert after.due_at != before.due_at or after.stage_due_at != before.stage_due_at
    step = service.history(connection, after)[-1]
    assert (step["move"], step["facts"]["was_category"], step["reason"]) == (
        "recategorise",
        RUBBISH,
        "是积水",
    )
    assert [task["stage"] for task in service.tasks(connection, after)] == ["withdrawn", "dispatched"]


def test_a_moved_pin_may_leave_the_officers_sight(stage: Stage, town: Town, connection: Connection) -> None:
    number = stage.report("patroller").number
    place = case_town.at(250, 350)
    with stage.acting("officer") as officer:
        metres = service.metres(connection, place["lon"], place["lat"])
        moved = moves.move(
            connection, officer, number, "move_pin", None, Facts(place=metres, reason="定位错误"), stage.now
        )
        assert moved.community == case_town.NORTH_EAST
        with pytest.raises(NotFound):
            service.case(connection, number)
    assert stage.case(number).party_id == town.parties["ne-committee"]
    logged = connection.execute(
        text("SELECT principal FROM auth.audit WHERE subject = 'cases.cases' ORDER BY id DESC LIMIT 1")
    ).scalar_one()
    assert logged == officer.key


def test_near_a_border_the_first_receiver_leads_until_they_settle(stage: Stage, town: Town) -> None:
    number = stage.report("patroller", x=195, y=350, accuracy_m=20).number
    case = stage.case(number)
    nw, ne = town.parties["nw-environment"], town.parties["ne-committee"]
    assert (case.party_id, case.both) == (nw, (nw, ne))
    stage.now += timedelta(hours=1)
    settled = stage.move("environment", number, "settle", party=ne, reason="经协商在对方一侧")
    assert (settled.party_id, settled.both, settled.stage) == (ne, (), "dispatched")
    assert settled.stage_due_at is not None


def test_the_street_passes_up_and_the_district_down(stage: Stage, town: Town) -> None:
    number = stage.report("patroller").number
    up = stage.move("dispatcher", number, "pass_up", reason="需区级部门")
    assert (up.loop, up.stage, up.party_id) == ("district", "filed", None)
    with pytest.raises(NotAllowed):
        stage.move("dispatcher", number, "dispatch")
    down = stage.move("district", number, "pass_down", reason="街道可办")
    assert (down.loop, down.stage) == ("street", "filed")


def test_a_party_outside_its_ground_is_refused(stage: Stage, town: Town) -> None:
    number = stage.report("patroller").number
    for code in ("ne-committee", "east-office"):
        with pytest.raises(errors.NoGroundThere) as refused:
            stage.move("dispatcher", number, "dispatch", party=town.parties[code])
        assert refused.value.remedy
    with pytest.raises(errors.FactsMissing):
        stage.move("dispatcher", number, "dispatch", party=999_999)


def test_an_assistant_has_a_task_of_its_own(stage: Stage, town: Town, connection: Connection) -> None:
    number = stage.report("patroller", FLOOD).number
    stage.move("dispatcher", number, "assign", party=town.parties["west-office"], result="围挡坑洞")
    case = stage.case(number, "west_office")
    lead, assist = service.tasks(connection, case)
    assert (lead["role"], assist["role"], assist["what"]) == ("lead", "assist", "围挡坑洞")
    with pytest.raises(Conflict):
        stage.move("west_office", number, "finish_task", task=lead["id"], result="x")
    stage.move("west_office", number, "finish_task", task=assist["id"], result="已围挡")
    stage.move("committee", number, "sign")
    stage.move("committee", number, "handle", result="已修补")
    assert [task["stage"] for task in service.tasks(connection, case)] == ["handled", "done"]


def test_an_appeal_lifts_the_mark(stage: Stage) -> None:
    number = handled(stage)
    stage.move("checker", number, "check_fail", reason="未清净")
    stage.move("environment", number, "apply_appeal", reason="照片可证", against="rework")
    upheld = stage.move("district", number, "approve_appeal")
    assert upheld.reworked == 0
    stage.move("supervisor", number, "supervise", reason="群众反映强烈")
    stage.move("environment", number, "apply_appeal", reason="x", against="supervision")
    kept = stage.move("district", number, "refuse_appeal", reason="维持")
    assert kept.supervised


def test_a_confidential_case_is_seen_by_who_mediates_and_who_reported(
    stage: Stage, connection: Connection
) -> None:
    number = stage.report(
        "resident", DISPUTE, name="示意姓名", phone="000", description="楼上楼下噪音纠纷"
    ).number
    assert (
        stage.case(number, "resident").stage == "dispatched"
    )  # nobody else may see it to file or dispatch it
    for who in ("resident", "mediator"):
        assert stage.case(number, who).confidential
    for who in (
        "officer",
        "supervisor",
        "district",
        "planner",
        "environment",
        "committee",
        "east",
        "patroller",
    ):
        with pytest.raises(NotFound):
            stage.case(number, who)
        with stage.acting(who):
            for table in ("cases.cases", "cases.reporters", "cases.transitions", "incidents.incidents"):
                assert connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() == 0, (
                    who,
                    table,
                )
    with stage.acting("mediator") as mediator:
        told = talk.reporter(connection, mediator, number)
        assert told == {"name": "示意姓名", "phone": "000"}
    looked = connection.execute(text("SELECT principal, fields FROM auth.audit WHERE action = 'look'")).one()
    assert looked == (mediator.key, ["name", "phone"])


def test_who_was_complained_about_never_sees_who_complained(stage: Stage, connection: Connection) -> None:
    number = stage.report("resident", name="示意姓名", phone="000").number
    stage.move("officer", number, "accept")
    with stage.acting("officer") as officer:
        assert talk.reporter(connection, officer, number)["phone"] == "000"
    stage.move("patroller", number, "verify")
    stage.move("officer", number, "file")
    stage.move("officer", number, "dispatch")
    with stage.acting("environment") as party, pytest.raises(NotFound):
        talk.reporter(connection, party, number)
    with stage.acting("patroller") as patroller, pytest.raises(NotFound):
        talk.reporter(connection, patroller, number)


def test_the_history_names_no_complainant(stage: Stage, connection: Connection) -> None:
    number = stage.report("resident").number
    with stage.acting("resident") as resident:
        talk.comment(connection, resident, number, "请尽快处理")
    case = stage.case(number)
    assert [step["who"] for step in service.history(connection, case)] == [service.REPORTER_UNNAMED]
    assert [said["who"] for said in talk.comments(connection, case)] == [service.REPORTER_UNNAMED]
    patrolled = stage.case(stage.report("patroller", x=150).number)
    assert service.history(connection, patrolled)[0]["who"] == stage.town.who("patroller").shown


def test_a_confidential_case_ends_without_anybody_else(stage: Stage, connection: Connection) -> None:
    number = stage.report("resident", DISPUTE).number
    stage.move("mediator", number, "sign")
    with pytest.raises(errors.IllegalMove):
        stage.move("mediator", number, "apply_return", reason="不归我们")
    stage.move("mediator", number, "handle", result="一方不愿调解", outcome="declined")
    with pytest.raises(NotAllowed):
        stage.move("mediator", number, "check_pass")
    stage.move("resident", number, "check_pass")
    closed = stage.move("resident", number, "close")
    assert (closed.stage, closed.outcome) == ("closed", "declined")
    again = stage.move("resident", number, "reopen", reason="对方愿意了")
    assert (again.stage, again.party_id) == ("dispatched", stage.town.parties["nw-mediators"])


def test_a_confidential_case_is_closed_when_nobody_says_a_word(stage: Stage, connection: Connection) -> None:
    number = stage.report("nobody", DISPUTE, source=None).number
    stage.move("mediator", number, "sign")
    stage.move("mediator", number, "handle", result="达成协议")
    later = stage.now + timedelta(days=workflow.CONFIRM_DAYS)
    early = moves.escalate(connection, later - timedelta(hours=1))
    assert "close" not in {done["what"] for done in early if done["number"] == number}
    done = moves.escalate(connection, later + timedelta(hours=1))
    assert {"close"} == {one["what"] for one in done if one["number"] == number} - {"overdue"}
    assert stage.case(number, "mediator").stage == "closed"


def test_a_confidential_report_needs_its_place(stage: Stage) -> None:
    said = Said(category=DISPUTE, description="示意")
    with stage.acting("resident") as resident, pytest.raises(ConfidentialNeedsPlace):
        opening.report(stage.connection, resident, said, stage.now)


def test_what_turns_out_confidential_is_hidden_with_its_incident(
    stage: Stage, connection: Connection
) -> None:
    number = stage.report("resident").number
    hidden = stage.case(number).incident_id
    with stage.acting("officer") as officer:
        moved = moves.move(
            connection,
            officer,
            number,
            "recategorise",
            1,
            Facts(category=DISPUTE, reason="是邻里纠纷"),
            stage.now,
        )
        assert moved.confidential
        with pytest.raises(NotFound):
            service.case(connection, number)
        seen = connection.execute(text("SELECT id FROM incidents.incidents")).scalars().all()
        assert hidden not in seen


def test_nobody_reports_as_a_resident_and_follows_by_code(stage: Stage, connection: Connection) -> None:
    opened = stage.report("nobody", source=None)
    assert opened.stage == "reported"
    assert len(opened.code) == 12
    stage.move("officer", opened.number, "accept")
    with stage.acting("officer") as officer:
        talk.comment(connection, officer, opened.number, "内部备注")
        talk.comment(connection, officer, opened.number, "已受理", for_reporter=True)
    with stage.acting("nobody") as nobody:
        told = talk.follow(connection, opened.number, opened.code)
        assert (told["stage"], [said["text"] for said in told["comments"]]) == ("accepted", ["已受理"])
        assert set(told) == {
            "number", "stage", "reported_at", "handled_at", "ended_at", "due_at", "outcome", "comments",
        }  # fmt: skip
        for number, code in ((opened.number, "wrong"), ("20260105999999", opened.code)):
            with pytest.raises(NotFound):
                talk.follow(connection, number, code)
        with pytest.raises(NotFound):
            service.case(connection, opened.number)
        with pytest.raises(NotAllowed):
            opening.report(connection, nobody, Said(category=RUBBISH, source="patrol", x=1, y=1), MONDAY)


def test_bad_reports_are_refused_and_nothing_is_stored(stage: Stage, connection: Connection) -> None:
    with pytest.raises(UnknownCategory):
        stage.report("patroller", "event:9999")
    with pytest.raises(PastDeadline):
        stage.report("patroller", due_at=MONDAY - timedelta(hours=1))
    with pytest.raises(NotAllowed):
        stage.report(
            "patroller", x=250, source="patrol"
        )  # another community: patrol there is not theirs to claim
    assert connection.execute(text("SELECT count(*) FROM cases.cases")).scalar_one() == 0
    assert connection.execute(text("SELECT count(*) FROM incidents.incidents")).scalar_one() == 0


def test_a_report_without_a_place_waits_for_its_pin(stage: Stage, connection: Connection) -> None:
    opened = stage.report("district", x=0, y=0)
    assert [odd.code for odd in opened.warnings] == []
    with stage.acting("district") as district:
        said = Said(category=RUBBISH, source="hotline", address="示意小区3号楼")
        number = opening.report(connection, district, said, MONDAY).number
        case = service.case(connection, number)
        assert (case.x, case.community, case.incident_id) == (None, None, None)
        place = case_town.at(50, 350)
        metres = service.metres(connection, place["lon"], place["lat"])
        pinned = moves.move(
            connection, district, number, "move_pin", 1, Facts(place=metres, reason="地图选点"), MONDAY
        )
        assert (pinned.community, pinned.answer["lead"]["code"]) == (NORTH_WEST, "nw-environment")


def test_the_same_id_again_is_the_same_case(stage: Stage, connection: Connection) -> None:
    first = stage.report("patroller", source_id="K1", system="app")
    again = stage.report("patroller", source_id="K1", system="app", category=FLOOD)
    assert (again.number, again.new) == (first.number, False)
    with pytest.raises(errors.ReportedBefore):
        stage.report("resident", source_id="K1", system="app")
    assert connection.execute(text("SELECT count(*) FROM cases.cases")).scalar_one() == 1


def test_found_by_area_stage_party_words_and_page(stage: Stage, connection: Connection, town: Town) -> None:
    numbers = [stage.report("patroller", x=20 + 3 * i, description=f"第{i}处 100%").number for i in range(5)]
    stage.move("environment", numbers[0], "sign")
    with stage.acting("supervisor"):
        first = cases_lists.find(connection, Filter(limit=2))
        second = cases_lists.find(connection, Filter(limit=2, after=first.after))
        third = cases_lists.find(connection, Filter(limit=2, after=second.after))
        seen = [case.number for page in (first, second, third) for case in page.cases]
        assert sorted(seen) == sorted(numbers)
        assert third.after is None
        for asked, count in (
            (Filter(stages=("signed",)), 1),
            (Filter(area=case_town.WEST, open=True), 5),
            (Filter(area=case_town.SOUTH_WEST), 0),
            (Filter(parties=(town.parties["nw-environment"],)), 5),
            (Filter(category="event:01"), 5),
            (Filter(words="第3处"), 1),
            (Filter(words="100%"), 5),
            (Filter(words="100_"), 0),
            (Filter(overdue=True), 0),
            (Filter(open=False), 0),
        ):
            assert len(cases_lists.find(connection, asked, MONDAY).cases) == count, asked
        with pytest.raises(Exception, match="mark of a page"):
            cases_lists.find(connection, Filter(after="junk"))
    with stage.acting("east"):
        assert cases_lists.find(connection, Filter()).cases == ()


def test_late_means_the_same_in_every_list(stage: Stage, connection: Connection) -> None:
    """A stage that is over its time is late as the whole case would be; what is closed in time never becomes late."""
    number = stage.report("patroller").number
    asked = Filter(overdue=True, open=True)
    with stage.acting("supervisor") as supervisor:
        standing = service.case(connection, number)
        assert standing.stage_due_at is not None
        assert standing.due_at is not None
        between = standing.stage_due_at + timedelta(seconds=1)
        assert between < standing.due_at, "the stage runs out first"
        for moment, count in ((standing.stage_due_at, 0), (between, 1)):
            today = cases_lists.today(connection, supervisor, moment)
            assert len(today["overdue"]) == count
            assert len(cases_lists.find(connection, asked, moment).cases) == count
            assert cases_lists.count(connection, asked, moment) == count
            assert [one.overdue(moment) for one in cases_lists.find(connection, Filter()).cases] == [
                count == 1
            ]
    stage.move("environment", number, "sign")
    stage.move("environment", number, "handle", result="清走了")
    stage.move("checker", number, "check_pass")
    stage.move("checker", number, "close")
    with stage.acting("supervisor"):
        later = standing.due_at + timedelta(days=1)
        assert cases_lists.find(connection, Filter(overdue=True), later).cases == ()


def test_a_list_tells_how_many_there_are_on_all_its_pages(stage: Stage, connection: Connection) -> None:
    for x in (60, 65, 70):
        stage.report("patroller", x=x)
    with stage.acting("supervisor"):
        first = cases_lists.find(connection, Filter(limit=2))
        assert cases_lists.count(connection, Filter(limit=2, after=first.after)) == 3
    with stage.acting("east"):
        assert cases_lists.count(connection, Filter()) == 0


def test_notices_are_told_to_whom_they_concern_until_they_are_seen(
    stage: Stage, connection: Connection
) -> None:
    first = stage.report("patroller").number
    with stage.acting("supervisor"):
        assert notices.unseen(connection) == 0, "not theirs to handle"
    with stage.acting("environment"):
        (told,) = notices.mine(connection)
        assert (told["number"], told["what"], notices.unseen(connection)) == (first, "dispatch", 1)
    second = stage.report("patroller", x=80).number
    with stage.acting("supervisor"):
        notices.see(connection, 2**62, stage.now)
    with stage.acting("environment"):
        notices.see(connection, told["id"], stage.now)
        assert [one["number"] for one in notices.mine(connection)] == [second], "it came after what was shown"


def test_today_lists_what_is_to_be_done(stage: Stage, connection: Connection) -> None:
    old = stage.report("resident").number
    stage.now += timedelta(days=1)
    fresh = stage.report("patroller", x=80).number
    with stage.acting("supervisor") as supervisor:
        lists = cases_lists.today(connection, supervisor, stage.now)
    named = {name: [case.number for case in cases] for name, cases in lists.items()}
    assert named["overnight"] == [old]
    assert named["to_accept"] == [old]
    assert named["unsigned"] == [fresh]
    assert fresh in named["due_today"]
    with stage.acting("resident") as resident:
        assert [case.number for case in cases_lists.today(connection, resident, stage.now)["mine"]] == [old]
    with stage.acting("east") as east:
        assert all(not cases for cases in cases_lists.today(connection, east, stage.now).values())


def test_bulk_moves_each_for_itself(stage: Stage, connection: Connection) -> None:
    good, stale, gone = (stage.report("resident", x=20 + i).number for i in range(3))
    stage.move("officer", gone, "refuse", reason="重复")
    with stage.acting("officer") as officer:
        told = moves.bulk(
            connection,
            officer,
            "accept",
            [(good, 1), (stale, 7), (gone, None), ("20200101000001", None)],
            None,
            MONDAY,
        )
    kinds = [type(result).__name__ for _, result in told]
    assert kinds == ["Case", "Outdated", "IllegalMove", "UnknownCase"]
    assert [stage.case(n).stage for n in (good, stale, gone)] == ["accepted", "reported", "not_accepted"]


def test_self_handled_is_closed_and_some_are_checked(stage: Stage, connection: Connection) -> None:
    from app.cases.moving import sampled

    seen = set()
    for i in range(60):
        number = stage.report("patroller", x=10 + i, on_the_spot=True).number
        add_photos(connection, number)
        case = stage.move("patroller", number, "self_handle", result="当场清理")
        assert case.self_handled
        assert case.stage == ("handled" if sampled(number) else "closed")
        if case.stage == "handled" and case.stage not in seen:
            with pytest.raises(NotAllowed):
                stage.move("patroller", number, "check_pass")
            stage.move("checker", number, "check_pass")
            assert stage.move("checker", number, "close").self_handled
        seen.add(case.stage)
        if seen == {"handled", "closed"}:
            return
    raise AssertionError("sixty in a row were never drawn, or always")


def add_photos(connection: Connection, number: str) -> None:
    connection.execute(
        text(
            "INSERT INTO cases.photos (case_id, moment, principal, sha256, width, height, jpeg)"
            " SELECT c.id, m, 'system', sha256(m::bytea), 1, 1, '' FROM cases.cases AS c, unnest(ARRAY['before', 'after']) AS m"
            " WHERE c.number = :n"
        ),
        {"n": number},
    )


# --- what must really commit ------------------------------------------------------------------------------------


def test_two_people_take_the_same_case_and_one_is_told_who(built: tuple[Databases, Town]) -> None:
    databases, town = built
    with transaction(databases.service, "system") as connection:
        number = Stage(connection, town).report("resident", source_id="taken").number
    told = at_once(
        databases, town, ["officer", "dispatcher"], lambda c, who: moves.move(c, who, number, "accept", 1)
    )
    won = [case for case in told if isinstance(case, Case)]
    lost = [error for error in told if isinstance(error, Outdated)]
    assert (len(won), len(lost)) == (1, 1)
    with transaction(databases.service, "system") as connection:
        winner = service.history(connection, service.case(connection, number))[-1]
    assert winner["who"] in lost[0].detail
    assert "accepted" in lost[0].detail


def test_the_same_report_sent_five_times_is_one_case(built: tuple[Databases, Town]) -> None:
    databases, town = built
    place = case_town.at(70, 350)
    said = Said(
        category=RUBBISH, x=place["lon"], y=place["lat"], system="app", source_id="five", description="示意"
    )
    told = at_once(databases, town, ["patroller"] * 5, lambda c, who: opening.report(c, who, said))
    assert len({one.number for one in told}) == 1
    assert sorted(one.new for one in told) == [False, False, False, False, True]


def at_once(databases: Databases, town: Town, people: list[str], do: Any) -> list[Any]:
    """Do something as several people in the same moment, each in a transaction that commits; return results or errors."""
    gate, told = threading.Barrier(len(people)), []

    def act(who: str) -> None:
        asking = town.who(who)
        try:
            with transaction(databases.service, asking.key) as connection:
                connection.execute(text("SELECT 1"))
                gate.wait(10)
                result = do(connection, asking)
        except Exception as error:  # noqa: BLE001  # told to whoever asserts
            result = error
        told.append(result)

    threads = [threading.Thread(target=act, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return told


def test_a_grant_that_ended_ends_the_sight(stage: Stage, connection: Connection) -> None:
    number = stage.report("patroller").number
    with pytest.raises(NotFound):
        stage.case(number, "mediator")
    with pytest.raises(NotSignedIn), stage.acting("nobody") as nobody, auth.as_system(connection):
        moves.move(connection, replace(nobody), number, "sign", None, Facts(), MONDAY)


def test_the_timer_leaves_the_demonstration_alone(stage: Stage, connection: Connection) -> None:
    numbers = [stage.report("officer", synthetic=synthetic).number for synthetic in (False, True)]
    later = stage.now + timedelta(days=3)
    handed = moves.escalate(connection, later, synthetic=False)
    assert numbers[0] in {done["number"] for done in handed}
    assert numbers[1] not in {done["number"] for done in handed}
    assert numbers[1] in {done["number"] for done in moves.escalate(connection, later)}
