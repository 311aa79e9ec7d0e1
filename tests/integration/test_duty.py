"""Duty against the roster and from the command line: rosters that come late, who leads, what is tidied."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, text

from app.core.settings import Settings
from app.patrol.duty import service as patrol_duty
from app.teams import service as teams
from app.teams.duty import service as duty
from app.teams.duty.shifts import Said
from app.teams.roster import Member, Shift
from app.teams.service import ShiftsOverlap
from tests.integration.test_patrol_cli import run

__all__ = ["run"]
DAY = datetime(2026, 3, 2, tzinfo=UTC)
LIMIT = timedelta(hours=14)


def at(hour: float) -> datetime:
    return DAY + timedelta(hours=hour)


def form(connection: Connection, *shifts: tuple[float, float]) -> int:
    given = [Shift(member="m", start=at(start), end=at(end)) for start, end in shifts]
    teams.form_team(connection, "T", "示意队", [Member(code="m")], shifts=given, synthetic=True)
    return teams.members(connection, "T")[0].id


def say(connection: Connection, member: int, action: str, hour: float) -> duty.Heard:
    return duty.say(connection, member, Said(action, at(hour), "phone"), at(hour), LIMIT)


def shifts(connection: Connection, member: int) -> list[tuple[Any, ...]]:
    """Return start, end, open, and what the roster says, in hours."""

    def hour(moment: datetime | None) -> float | None:
        return None if moment is None else (moment - DAY) / timedelta(hours=1)

    found = duty.shifts(connection, [member], at(-100))
    return [(hour(s.start), hour(s.end), s.open, s.rostered and tuple(map(hour, s.rostered))) for s in found]


def test_a_roster_that_comes_late_is_adopted(service: Connection) -> None:
    member = form(service)
    say(service, member, "start", 8)
    for _ in range(2):
        form(service, (8.5, 16), (32, 40))
        assert shifts(service, member) == [(8, 32, True, (8.5, 16)), (32, 40, False, None)]
    say(service, member, "end", 15)
    assert shifts(service, member) == [(8, 15, False, (8.5, 16)), (32, 40, False, None)]
    form(service, (8.5, 16), (32, 40))
    with pytest.raises(ShiftsOverlap):
        form(service, (14, 20))


def test_the_same_shift_keeps_its_id_and_what_it_was_reduced_to(service: Connection) -> None:
    member = form(service, (8, 16))
    (planned,) = duty.shifts(service, [member], at(0))
    for action, hour in (("pause", 10), ("start", 7), ("resume", 10.5), ("end", 17)):
        say(service, member, action, hour)
        assert [shift.id for shift in duty.shifts(service, [member], at(0))] == [planned.id]
    (shift,) = duty.shifts(service, [member], at(0))
    assert shifts(service, member) == [(7, 17, False, (8, 16))]
    assert shift.pauses == [(at(10), at(10.5))]


def test_a_shift_that_goes_on_is_expected_to_end_as_the_roster_says(service: Connection) -> None:
    member = form(service, (8, 16), (32, 40))
    say(service, member, "start", 8)
    ends = [shift.end for shift in teams.shifts(service, [member])]
    assert ends == [at(16), at(40)]


def test_what_is_said_twice_changes_nothing(service: Connection) -> None:
    member = form(service, (8, 16))
    first = say(service, member, "start", 8.25)
    again = say(service, member, "start", 8.25)
    assert (first.known, again.known, again.touched) == (False, True, ())
    stays = duty.say(service, member, Said("start", at(9), "phone"), at(8.25), LIMIT)
    assert stays.at == at(8.25), "what was kept first holds"


def test_who_leads(run: Any) -> None:
    assert run("team", "add", "T", "--member", "m", "--synthetic").exit_code == 0
    assert json.loads(run("team", "leader", "m", "--json").stdout) == {"member": "m", "leader": True}
    assert json.loads(run("team", "leader", "m", "--no-longer", "--json").stdout)["leader"] is False
    with pytest.raises(duty.UnknownMember):
        run("team", "leader", "nobody")


def test_tidy_says_what_it_did(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDWARD_FIX_DAYS", "0")
    assert json.loads(run("tidy", "--json").stdout) == {"closed": 0, "shifts": 0, "fixes": 0, "stray": 0}
    assert run("tidy").stdout.startswith("0 shifts closed")


def test_a_forgotten_shift_without_any_sign_lasts_a_minute(service: Connection) -> None:
    member = form(service)
    say(service, member, "start", 8)
    rules = patrol_duty.Rules.of(Settings())
    patrol_duty.close_forgotten(service, rules, at(23))
    (shift,) = duty.shifts(service, [member], at(0))
    assert (shift.lapsed, shift.end) == (True, at(8) + timedelta(minutes=1))
    changed = service.execute(text("SELECT fields FROM auth.audit WHERE subject = 'teams.shifts'")).all()
    assert changed
