"""Two hundred random walks of cases through the database: the same rules as the pure table, nothing lost, time adds up."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from app.cases import service, workflow
from app.cases.case import Case, Facts
from app.cases.clocks import Clock
from app.cases.moves import service as moves
from app.cases.workflow import ENDS, MOVES, OPEN
from app.core.errors import GridwardError
from app.db.databases import Databases
from tests import case_town
from tests.case_town import FLOOD, RUBBISH, Town
from tests.conftest import drop_database, make_database
from tests.integration.test_cases import MONDAY, Stage, add_photos

WALKS, STEPS = 10, 9  # walks of one example
MOVERS = (
    "officer", "patroller", "checker", "supervisor", "dispatcher", "district", "environment", "committee",
    "west_office", "resident", "east", "planner",
)  # fmt: skip


@pytest.fixture(scope="module")
def built(admin_url: str) -> Iterator[tuple[Databases, Town]]:
    databases, name = make_database(admin_url)
    yield databases, case_town.build(databases)
    drop_database(admin_url, databases, name)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_walks_through_the_database(built: tuple[Databases, Town], seed: int) -> None:
    """20 examples of 10 walks: 200 walks."""
    dice = random.Random(seed)
    databases, town = built
    with databases.service.connect() as connection:
        outer = connection.begin()
        connection.execute(text("SELECT set_config('gridward.principal', 'system', true)"))
        for _ in range(WALKS):
            Walk(Stage(connection, town), dice).go()
        outer.rollback()


class Walk:
    """One case, moved at random by whoever happens to come."""

    def __init__(self, stage: Stage, dice: random.Random) -> None:
        self.stage, self.dice = stage, dice
        stage.now = MONDAY + timedelta(days=dice.randrange(60), hours=dice.randrange(24))
        who = dice.choice(["resident", "patroller"])
        self.main = stage.report("officer", x=20, y=320).number if dice.random() < 0.2 else None
        self.opened = stage.now
        self.number = stage.report(who, x=dice.randrange(10, 190), y=dice.randrange(210, 390)).number
        add_photos(stage.connection, self.number)
        self.standing = stage.case(self.number)
        self.suspended = timedelta()

    def go(self, steps: int = STEPS) -> None:
        for _ in range(steps):
            self.stage.now += timedelta(minutes=self.dice.randrange(1, 2000))
            who = self.dice.choice(MOVERS)
            asking = self.stage.town.who(who)
            offered = workflow.legal(self.standing, asking)
            move = (
                self.dice.choice(offered)
                if offered and self.dice.random() < 0.85
                else self.dice.choice(workflow.TABLE)
            )
            self.try_move(who, move)
        if self.standing.stage in OPEN:
            ways = {m.name for who in MOVERS for m in workflow.legal(self.standing, self.stage.town.who(who))}
            assert ways, f"stuck in {self.standing.stage}"
        self.check_time()

    def try_move(self, who: str, move: workflow.Move) -> None:
        before, connection = self.standing, self.stage.connection
        asking, facts = self.stage.town.who(who), self.facts(move)
        refused = workflow.judge(
            move, before, asking, facts.given() | {"photo_before", "photo_after"} | self.known(move, before),
            days_since_end=0 if before.ended_at is None else (self.stage.now - before.ended_at).days,
        )  # fmt: skip
        after = self.moved(who, move.name, facts)
        standing = self.stage.case(self.number)
        if isinstance(after, GridwardError):
            assert standing == before, f"{move.name} was refused and changed something"
            return
        assert refused is None, f"{move.name} by {who} in {before.stage} is illegal: {refused}"
        assert standing.version == before.version + 1
        if move.name in ("check_pass", "check_fail", "close"):
            assert before.handled_by != asking.account_id
        if before.suspended and not standing.suspended:
            assert before.suspended_at is not None
            self.suspended += self.stage.now - before.suspended_at
        assert (standing.ended_at is not None) == (standing.stage in ENDS)
        steps = service.history(connection, standing)
        assert steps[-1]["move"] == move.name
        assert (steps[-1]["from_stage"], steps[-1]["to_stage"]) == (before.stage, standing.stage)
        assert sum(step["move"] not in ("report", "overdue") for step in steps) >= standing.version - 1
        self.check_tasks(standing)
        self.standing = standing

    def moved(self, who: str, name: str, facts: Facts) -> Case | GridwardError:
        connection = self.stage.connection
        try:
            with self.stage.acting(who) as asking, connection.begin_nested():
                return moves.move(
                    connection, asking, self.number, name, self.standing.version, facts, self.stage.now
                )
        except GridwardError as error:
            connection.execute(text("SELECT set_config('gridward.principal', 'system', true)"))
            return error

    def known(self, move: workflow.Move, before: Case) -> set[str]:
        """Return what the service fills in by itself."""
        return {"party"} if move.name == "dispatch" and before.answer.get("order") else set()

    def facts(self, move: workflow.Move) -> Facts:
        parties, place = self.stage.town.parties, None
        if move.name == "move_pin":
            degrees = case_town.at(self.dice.randrange(10, 190), 300)
            place = service.metres(self.stage.connection, degrees["lon"], degrees["lat"])
        return Facts(
            reason="因为", result="已办",
            party=self.dice.choice([parties["nw-environment"], parties["nw-committee"], parties["west-office"]]),
            category=self.dice.choice([RUBBISH, FLOOD]), place=place, until=self.stage.now + timedelta(days=40),
            into=self.main, against=self.dice.choice(workflow.APPEALS),
            task=self.open_task() if move.name == "finish_task" else None,
        )  # fmt: skip

    def open_task(self) -> int | None:
        tasks = service.tasks(self.stage.connection, self.standing)
        return next((t["id"] for t in tasks if t["role"] == "assist" and t["stage"] == "dispatched"), None)

    def check_tasks(self, standing: Case) -> None:
        """Whoever leads has exactly one task, in the stage of the case."""
        leading = [
            task for task in service.tasks(self.stage.connection, standing)
            if task["role"] == "lead" and task["stage"] not in ("withdrawn", "done")
        ]  # fmt: skip
        if standing.stage in ("dispatched", "signed"):
            assert [(task["party_id"], task["stage"]) for task in leading] == [
                (standing.party_id, standing.stage)
            ]
        elif standing.stage in ENDS | {"filed"}:
            assert leading == []

    def check_time(self) -> None:
        """Wall time is running time and pauses."""
        clock = Clock.from_dict(self.standing.clock)
        end: datetime = self.standing.ended_at or self.stage.now
        still = timedelta()
        if self.standing.suspended_at is not None:
            still = self.stage.now - self.standing.suspended_at
        assert clock.standing(self.opened, end) == self.suspended + still
        wall = end - self.opened
        running = wall - clock.standing(self.opened, end)
        assert timedelta() <= running <= wall
        assert (clock.paused_since is not None) == self.standing.suspended


def test_the_walks_go_everywhere(built: tuple[Databases, Town]) -> None:
    """Nothing of the above is worth much if walks never leave the first stages."""
    seen: set[str] = set()
    databases, town = built
    with databases.service.connect() as connection:
        outer = connection.begin()
        connection.execute(text("SELECT set_config('gridward.principal', 'system', true)"))
        dice = random.Random(7)
        for _ in range(40):
            walk = Walk(Stage(connection, town), dice)
            walk.go(25)
            seen |= {step["to_stage"] for step in service.history(connection, walk.standing)}
        outer.rollback()
    assert {"accepted", "filed", "dispatched", "signed", "handled"} <= seen, seen


def test_every_move_is_in_the_table_once() -> None:
    assert len(MOVES) == len(workflow.TABLE)
