"""Passwords, names, secrets, and how failures slow a source down."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.auth import passwords, proofs, slowing
from app.auth.accounts import BadAccountName, name_of, new_name

GOOD = "a quiet street in winter"


@pytest.mark.parametrize(
    "password", ["", "short", "x" * 9, "x" * 10, "abcabcabcabc", "x" * 201, "grid.leader", "Grid.Leader99"]
)
def test_weak_passwords_are_refused(password: str) -> None:
    with pytest.raises(passwords.WeakPassword) as refused:
        passwords.hashed(password, "grid.leader")
    assert refused.value.remedy
    assert not password or password not in str(refused.value)


def test_a_password_is_kept_as_argon2id_and_salted() -> None:
    one, two = passwords.hashed(GOOD, "x"), passwords.hashed(GOOD, "x")
    assert one.startswith("$argon2id$")
    assert one != two
    assert passwords.matches(one, GOOD)
    assert not passwords.matches(one, GOOD + " ")
    assert not passwords.outdated(one)
    assert not passwords.matches("no hash at all", GOOD)
    assert not passwords.matches(one, "x" * 1_000_000)


def test_however_a_keyboard_writes_it() -> None:
    wide = "ｑｕｉｅｔ ｓｔｒｅｅｔ é"
    kept = passwords.hashed(wide, "x")
    assert passwords.matches(kept, "quiet street e\u0301")
    assert passwords.matches(passwords.hashed("\ud800 half a character", "x"), "\ud800 half a character")


def test_nobodys_password_matches_nothing() -> None:
    assert not passwords.matches(None, "nobody's password")
    assert not passwords.matches(None, "")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        (" X.Dispatcher ", "x.dispatcher"),
        ("ＡＢ１", "ab1"),
        ("环境主任-02", "环境主任-02"),
        ("a@b.c", "a@b.c"),
    ],
)
def test_names(typed: str, kept: str) -> None:
    assert new_name(typed) == name_of(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "a", ".ab", "a b", "a\0b", "a\nb", "a/b", "<b>", "x" * 65, "\ud800ab", "a:b"]
)
def test_names_that_are_none(typed: str) -> None:
    with pytest.raises(BadAccountName):
        new_name(typed)


@given(st.text(st.characters(categories=["L", "N"]), min_size=2, max_size=4))
def test_every_name_is_kept_as_it_is_looked_up(typed: str) -> None:
    try:
        kept = new_name(typed)
    except BadAccountName:
        return
    assert name_of(kept) == kept == kept.lower()


def test_secrets_are_long_and_fresh() -> None:
    assert len({proofs.fresh() for _ in range(100)}) == 100
    assert len(proofs.fresh()) >= 43
    assert proofs.fresh(proofs.TOKEN).startswith("gwt_")
    assert len(proofs.digest("\ud800")) == 32


def test_the_wait_grows_and_stays_within_minutes() -> None:
    waits = [slowing.wait_s(failures) for failures in range(1000)]
    assert waits == sorted(waits)
    assert waits[: slowing.FREE] == [0] * slowing.FREE
    assert waits[slowing.FREE : slowing.FREE + 4] == [1, 2, 4, 8]
    assert waits[-1] == slowing.LONGEST_S


@pytest.mark.parametrize(
    ("host", "source"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
        (None, "unknown"),
        ("x" * 500, "x" * 100),
    ],
)
def test_sources(host: str | None, source: str) -> None:
    assert slowing.source_of(host) == source
