"""The demo's cases as they are planned: how many, where, and the same ones for the same seed."""

from __future__ import annotations

from app.cases.workflow import MOVES
from app.demo import courses, places

EVERYWHERE = [community.code for community in places.communities()]


def test_a_street_has_140_open_cases_and_the_same_seed_plans_the_same():
    planned = courses.cases(1, EVERYWHERE)
    jianwai = [one for one in planned if one.community.startswith(courses.JIANWAI)]
    assert len([one for one in jianwai if one.course is not courses.CLOSED]) == 140
    assert len({one.number for one in planned}) == len(planned)
    assert planned == courses.cases(1, EVERYWHERE)
    assert planned != courses.cases(2, EVERYWHERE)
    assert [one.hours_ago for one in planned] == sorted((one.hours_ago for one in planned), reverse=True)


def test_communities_that_are_not_there_have_no_cases():
    planned = courses.cases(1, ["110105001034"])
    assert {one.community for one in planned} == {"110105001034"}
    assert courses.cases(1, []) == []


def test_every_case_says_that_it_is_synthetic_and_moves_as_the_table_allows():
    for one in courses.cases(1, EVERYWHERE):
        assert "示意" in one.description
        assert {step.move for step in one.course.steps} <= set(MOVES)
