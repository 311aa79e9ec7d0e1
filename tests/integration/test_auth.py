"""Accounts and rights in the database: coming in, being slowed down, and what each principal can reach by raw SQL."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError, IntegrityError, ProgrammingError

from app.auth import errors, proofs, repository, service
from app.auth.accounts import AuditFilter
from app.auth.entrance import service as entrance
from app.auth.guards import KeyReused, once
from app.auth.permissions import EVERYTHING
from app.auth.principal import NOBODY, SYSTEM, Principal
from app.auth.slowing import FREE
from app.auth.tokens import service as tokens
from app.core.errors import GridwardError, Outdated
from app.db.databases import Databases
from app.db.engine import transaction
from tests import tiny_town
from tests.accounts import PASSWORD, Acting, account
from tests.conftest import drop_database, make_database

TABLES = ("accounts", "grants", "sessions", "tokens", "links", "tries", "audit", "answers")
READABLE = {"accounts": "id, name, shown, active, version"}


class Town(NamedTuple):
    databases: Databases
    administrator: Acting
    auditor: Acting
    dispatcher: Acting
    other: Acting


@pytest.fixture(scope="module")
def town(admin_url: str) -> Iterator[Town]:
    databases, name = make_database(admin_url)
    with databases.owner.begin() as connection:
        tiny_town.load(connection)
    with transaction(databases.service, "system") as connection:
        made = Town(
            databases,
            account(connection, "administrator", name="admin", password=PASSWORD),
            account(connection, "auditor", name="auditor"),
            account(connection, "dispatcher", area=tiny_town.DISTRICT, name="dispatcher", password=PASSWORD),
            account(connection, "planner", area="990101002", name="other", password=PASSWORD),
        )
        for one in (made.administrator, made.dispatcher, made.other):
            entrance.make_link(connection, one.id, 5)
            repository.add_session(connection, one.id, proofs.digest(f"of {one.id}"))
        repository.add_try(connection, "elsewhere")
    with asking(databases, made.other.principal.key) as connection:
        once(connection, made.other.principal, "a-key", {}, lambda: (201, {"code": "only for other"}, {}))
        connection.commit()
    with asking(databases, "public") as connection:
        once(connection, NOBODY, "p-key", {}, lambda: (201, {"code": "only for them"}, {}))
        connection.commit()
    yield made
    drop_database(admin_url, databases, name)


@contextmanager
def asking(databases: Databases, principal: str) -> Iterator[Connection]:
    """A transaction of the service role as some principal, rolled back."""
    with databases.service.connect() as connection:
        connection.execute(text("SELECT set_config('gridward.principal', :p, true)"), {"p": principal})
        yield connection
        connection.rollback()


def rows(connection: Connection, table: str) -> list[Any]:
    columns = READABLE.get(table, "*")
    return list(connection.execute(text(f"SELECT {columns} FROM auth.{table}")))


@pytest.mark.parametrize(
    "principal", ["public", "", "account:0", "account:999999999", "account:1; --", "administrator"]
)
@pytest.mark.parametrize("table", TABLES)
def test_nobody_sees_nothing(town: Town, table: str, principal: str) -> None:
    with asking(town.databases, principal) as connection:
        assert rows(connection, table) == []


def test_what_each_sees(town: Town) -> None:
    def counts(principal: str) -> dict[str, int]:
        with asking(town.databases, principal) as connection:
            return {table: len(rows(connection, table)) for table in TABLES}

    mine = {
        "accounts": 1,
        "grants": 1,
        "sessions": 1,
        "tokens": 1,
        "links": 0,
        "tries": 0,
        "audit": 0,
        "answers": 0,
    }
    assert counts(town.dispatcher.principal.key) == mine
    assert counts(town.administrator.principal.key) == mine | {"accounts": 4, "grants": 4, "tokens": 4}
    auditor = counts(town.auditor.principal.key)
    assert auditor.pop("audit") > 10
    assert auditor == {k: v for k, v in mine.items() if k != "audit"} | {
        "accounts": 4,
        "grants": 4,
        "sessions": 0,
    }
    assert all(count > 0 for count in counts("system").values())


FORBIDDEN = [
    # rights
    "INSERT INTO auth.grants (account_id, role) VALUES (:me, 'administrator')",
    "INSERT INTO auth.grants (account_id, role, area_code) VALUES (:other, 'dispatcher', '990101')",
    "UPDATE auth.grants SET role = 'district_supervisor'",
    "UPDATE auth.grants SET area_code = '990101'",
    "DELETE FROM auth.grants",
    "INSERT INTO auth.accounts (name, shown) VALUES ('new', 'new')",
    "UPDATE auth.accounts SET name = 'boss'",
    "DELETE FROM auth.accounts",
    # secrets
    "SELECT password_hash FROM auth.accounts",
    "SELECT * FROM auth.accounts",
    "SELECT a FROM auth.accounts AS a",
    "SELECT to_jsonb(a) FROM auth.accounts AS a",
    "INSERT INTO auth.sessions (token_hash, account_id, ends_at) VALUES ('x', :other, 'infinity')",
    "INSERT INTO auth.sessions (token_hash, account_id, ends_at) VALUES ('x', :me, 'infinity')",
    "UPDATE auth.sessions SET ends_at = 'infinity'",
    "UPDATE auth.sessions SET account_id = :other",
    "INSERT INTO auth.tokens (account_id, name, token_hash, scopes, ends_at) VALUES (:me, '', 'x', '{audit.read}', 'infinity')",
    "UPDATE auth.tokens SET ends_at = 'infinity'",
    "UPDATE auth.tokens SET scopes = '{audit.read}'",
    "UPDATE auth.tokens SET account_id = :other",
    "INSERT INTO auth.links VALUES ('x', :other, 'infinity')",
    "INSERT INTO auth.tries (source) VALUES ('10.0.0.1')",
    # the log and the answers
    "INSERT INTO auth.audit (principal, action, subject) VALUES ('account:' || :other, 'look', 'x')",
    "INSERT INTO auth.audit (principal, action, subject) VALUES ('system', 'look', 'x')",
    "INSERT INTO auth.audit (principal, action, subject, at) VALUES (auth.principal(), 'look', 'x', '2020-01-01')",
    "UPDATE auth.audit SET principal = 'system'",
    "DELETE FROM auth.audit",
    "TRUNCATE auth.audit",
    "TRUNCATE auth.tries",
    "INSERT INTO auth.answers (principal, key, fingerprint) VALUES (auth.principal(), 'k', 'x')",
    "UPDATE auth.answers SET body = NULL",
    # the house
    "ALTER TABLE auth.accounts DISABLE ROW LEVEL SECURITY",
    "DROP POLICY accounts_seen ON auth.accounts",
    "CREATE FUNCTION auth.is_admin() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    "CREATE OR REPLACE FUNCTION auth.is_system() RETURNS boolean LANGUAGE sql AS 'SELECT true'",
    "CREATE TABLE auth.mine (x integer)",
    "CREATE TABLE public.mine (x integer)",
    "SET ROLE gridward_owner",
    "SET session_replication_role = replica",
]  # fmt: skip
ADMINISTRATORS_WORK = {1, 5}  # of the list above


@pytest.mark.parametrize(
    ("who", "statement"),
    [
        (who, statement)
        for number, statement in enumerate(FORBIDDEN)
        for who in ("public", "dispatcher", "auditor", "administrator")
        if who != "administrator" or number not in ADMINISTRATORS_WORK
    ],
)
def test_no_door_is_left_open(town: Town, who: str, statement: str) -> None:
    me = town.administrator if who == "public" else getattr(town, who)
    principal = "public" if who == "public" else me.principal.key
    with asking(town.databases, principal) as connection, pytest.raises(ProgrammingError) as refused:
        connection.execute(text(statement), {"me": me.id, "other": town.other.id})
    assert refused.value.orig is not None
    assert getattr(refused.value.orig, "sqlstate", None) == "42501"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE auth.accounts SET password_hash = 'x'",
        "UPDATE auth.accounts SET active = true, shown = 'boss'",
        "UPDATE auth.grants SET period = '(,)'",
        "DELETE FROM auth.sessions WHERE account_id <> auth.me()",
        "UPDATE auth.tokens SET revoked_at = now() WHERE account_id <> auth.me()",
        "DELETE FROM auth.links",
        "DELETE FROM auth.tries",
        "DELETE FROM auth.answers",
    ],
)
@pytest.mark.parametrize("who", ["dispatcher", "auditor"])
def test_nothing_of_others_is_touched(town: Town, who: str, statement: str) -> None:
    with asking(town.databases, getattr(town, who).principal.key) as connection:
        assert connection.execute(text(statement)).rowcount == 0


def test_an_administrator_changes_others_but_no_right_of_ones_own(town: Town) -> None:
    with asking(town.databases, town.administrator.principal.key) as connection:
        ended = text("UPDATE auth.grants SET period = 'empty' WHERE account_id = :id")
        assert connection.execute(ended, {"id": town.administrator.id}).rowcount == 0
        assert connection.execute(ended, {"id": town.other.id}).rowcount == 1
        for refused in (
            lambda: service.grant(connection, town.administrator.id, "auditor"),
            lambda: service.change_account(connection, town.administrator.id, 1, active=False),
        ):
            with pytest.raises(errors.NotOneself):
                refused()


def test_functions_tell_no_secrets(town: Town) -> None:
    with asking(town.databases, town.dispatcher.principal.key) as connection:
        assert connection.execute(text("SELECT count(*) FROM auth.credentials('other')")).scalar_one() == 0
        shown = connection.execute(
            text("SELECT shown FROM auth.shown_as(ARRAY[:id])"), {"id": town.other.id}
        ).scalar_one()
        assert shown == "planner of 990101002"
        claim = text("SELECT claimed, same, body FROM auth.claim('a-key', 'guess')")
        assert connection.execute(claim).one().claimed  # a key of one's own: the other's is out of reach
        for call in ("auth.audit_change()", "auth.forbid_change()"):
            with pytest.raises(ProgrammingError, match="permission denied"), connection.begin_nested():
                connection.execute(text(f"SELECT {call}"))
    with asking(town.databases, "public") as connection:
        assert (
            connection.execute(text("SELECT count(*) FROM auth.shown_as(ARRAY[1, 2, 3])")).scalar_one() == 0
        )
        found = connection.execute(text("SELECT claimed, same, body FROM auth.claim('p-key', 'guess')")).one()
        assert (found.claimed, found.same, found.body) == (False, False, None)
        connection.execute(text("SELECT auth.keep('p-key', 200, '{}', '{}')"))
        again = once(connection, NOBODY, "p-key", {}, lambda: pytest.fail("made twice"))
        assert json.loads(again.body) == {"code": "only for them"}


def test_the_log_is_append_only_for_its_owner_too(town: Town) -> None:
    with town.databases.owner.connect() as connection:
        for statement in (
            "UPDATE auth.audit SET principal = ''",
            "DELETE FROM auth.audit",
            "TRUNCATE auth.audit",
        ):
            with pytest.raises(DatabaseError, match="append-only"), connection.begin_nested():
                connection.execute(text(statement))


def test_temporary_things_of_the_service_role_fool_no_policy(town: Town) -> None:
    with asking(town.databases, town.dispatcher.principal.key) as connection:
        connection.execute(text("CREATE TEMP TABLE grants AS SELECT 1"))
        connection.execute(text("CREATE TEMP TABLE accounts AS SELECT 1"))
        connection.execute(
            text("CREATE FUNCTION pg_temp.is_system() RETURNS boolean LANGUAGE sql AS 'SELECT true'")
        )
        connection.execute(text("SET LOCAL search_path = pg_temp, pg_catalog"))
        assert len(rows(connection, "accounts")) == 1
        assert not connection.execute(text("SELECT auth.has_role('administrator')")).scalar_one()


def test_as_system_names_the_asker_and_ends(town: Town) -> None:
    me = town.dispatcher.principal
    with asking(town.databases, me.key) as connection:
        with service.as_system(connection), service.as_system(connection):
            made = service.make_account(connection, "behind", "behind")
            line = service.entries(connection, AuditFilter(subject="auth.accounts", subject_id=str(made)))[0]
        assert (line.principal, line.action) == (me.key, "insert")
        assert len(rows(connection, "accounts")) == 1
        service.audit(connection, me, "look", "cases.reporters", 7, ["phone", "name"])
        with pytest.raises(ProgrammingError), connection.begin_nested():
            service.audit(connection, town.other.principal, "look", "cases.reporters", 7)
        with service.as_system(connection):
            line = service.entries(connection, AuditFilter(limit=1))[0]
        assert (line.principal, line.subject_id, line.fields) == (me.key, "7", ("name", "phone"))


def test_as_system_ends_with_an_error_too(town: Town) -> None:
    with asking(town.databases, town.dispatcher.principal.key) as connection:
        with pytest.raises(GridwardError), service.as_system(connection):
            service.make_account(connection, "admin", "taken")
        assert len(rows(connection, "accounts")) == 1
        with pytest.raises(ProgrammingError), connection.begin_nested(), service.as_system(connection):
            connection.execute(text("SELECT 1 FROM nowhere"))
        assert len(rows(connection, "accounts")) == 1


def test_sessions_tokens_and_their_ends(town: Town) -> None:
    def found(kind: str, secret: str, change: str = "SELECT 1") -> Principal:
        with town.databases.owner.connect() as connection:  # the owner may make time pass
            connection.execute(text(change))
            return repository.begin(connection, kind, proofs.digest(secret))

    mine = f"of {town.dispatcher.id}"
    assert found("session", mine).account_id == town.dispatcher.id
    assert found("token", town.dispatcher.token).scopes == EVERYTHING
    assert found("token", mine) == found("session", town.dispatcher.token) == found("", mine) == NOBODY
    assert found("session", mine, "UPDATE auth.sessions SET ends_at = now()") == NOBODY
    assert (
        found("session", mine, "UPDATE auth.sessions SET seen_at = now() - interval '2 hours 1 second'")
        == NOBODY
    )
    assert found("session", mine, "UPDATE auth.accounts SET active = false") == NOBODY
    assert found("token", town.dispatcher.token, "UPDATE auth.tokens SET ends_at = now()") == NOBODY
    assert found("token", town.dispatcher.token, "UPDATE auth.tokens SET revoked_at = now()") == NOBODY
    without = found("session", mine, "UPDATE auth.grants SET period = tstzrange(NULL, now())")
    assert (without.account_id, without.grants) == (town.dispatcher.id, ())


@pytest.mark.parametrize("table", ["sessions", "tokens"])
def test_no_proof_holds_for_ever_whoever_writes_it(town: Town, table: str) -> None:
    with (
        town.databases.owner.connect() as connection,
        pytest.raises(IntegrityError, match="check constraint"),
    ):
        connection.execute(text(f"UPDATE auth.{table} SET ends_at = 'infinity'"))


def test_a_session_in_use_stays_and_waits_for_no_other_request(town: Town) -> None:
    mine = proofs.digest(f"of {town.dispatcher.id}")
    with town.databases.owner.begin() as connection:
        old = text("UPDATE auth.sessions SET seen_at = now() - interval '10 minutes' WHERE token_hash = :h")
        connection.execute(old, {"h": mine})
    with town.databases.service.begin() as one, town.databases.service.begin() as two:
        for each in (one, two):
            each.execute(text("SET LOCAL lock_timeout = '100ms'"))
            assert repository.begin(each, "session", mine).account_id == town.dispatcher.id
    with asking(town.databases, town.dispatcher.principal.key) as connection:
        age = text("SELECT extract(epoch FROM now() - seen_at) FROM auth.sessions")
        assert connection.execute(age).scalar_one() < 60


def test_beginning_reads_indexes_only(town: Town) -> None:
    with town.databases.owner.connect() as connection:
        connection.execute(
            text("""
            INSERT INTO auth.accounts (name, shown) SELECT 'n' || n, 'n' FROM generate_series(1, 5000) AS n;
            INSERT INTO auth.grants (account_id, role, area_code)
            SELECT id, 'planner', '990101' FROM auth.accounts, generate_series(1, 3) WHERE name LIKE 'n%';
            INSERT INTO auth.sessions SELECT sha256(name::bytea), id, now(), now(), now() + interval '1 hour' FROM auth.accounts;
            ANALYZE auth.accounts; ANALYZE auth.grants; ANALYZE auth.sessions
        """)
        )
        before = scans(connection)
        for n in range(1, 201):
            repository.begin(connection, "session", hashlib.sha256(f"n{n}".encode()).digest())
        after = scans(connection)
        connection.rollback()
    assert {table: after[table] - before[table] for table in after} == {
        "accounts": 0,
        "grants": 0,
        "sessions": 0,
    }


def scans(connection: Connection) -> dict[str, int]:
    found = connection.execute(
        text(
            "SELECT relname, pg_stat_get_xact_numscans(relid) FROM pg_stat_user_tables"
            " WHERE schemaname = 'auth' AND relname IN ('accounts', 'grants', 'sessions')"
        )
    )
    return {row[0]: row[1] for row in found}


def test_passwords_and_who_is_slowed_down(town: Town) -> None:
    db = town.databases
    with transaction(db.service, "public") as connection:
        secret = entrance.sign_in(connection, " Dispatcher ", PASSWORD, "10.0.0.1")
        assert repository.begin(connection, "session", proofs.digest(secret)).account_id == town.dispatcher.id
    with transaction(db.service, "system") as connection:
        for _ in range(FREE - 3):
            repository.add_try(connection, "10.0.0.2")
    for tried in range(3):  # a sign-in that fails is rolled back, and counts all the same
        with pytest.raises(errors.SignInRefused), transaction(db.service, "public") as connection:
            entrance.sign_in(connection, "dispatcher" if tried % 2 else "nobody", "wrong", "10.0.0.2")
    with pytest.raises(errors.TooManyTries) as slowed, transaction(db.service, "public") as connection:
        entrance.sign_in(connection, "dispatcher", PASSWORD, "10.0.0.2")
    assert 1 <= slowed.value.wait_s <= 2
    with transaction(db.service, "public") as connection:  # the victim comes in from elsewhere
        assert entrance.sign_in(connection, "dispatcher", PASSWORD, "10.0.0.3")
    with asking(db, "system") as connection:
        refused = service.entries(connection, AuditFilter(action="sign_in_refused"))
        tries = connection.execute(text("SELECT source, count(*) FROM auth.tries GROUP BY source")).all()
    assert {line.subject_id for line in refused} == {"10.0.0.2"}
    assert {row[0]: row[1] for row in tries} == {"elsewhere": 1, "10.0.0.2": FREE}


def test_many_guesses_at_once_do_not_slip_in(town: Town) -> None:
    def guess(_: int) -> str:
        try:
            with transaction(town.databases.service, "public") as connection:
                entrance.sign_in(connection, "nobody", "wrong", "10.0.0.9")
        except GridwardError as error:
            return type(error).__name__
        return "in"

    with transaction(town.databases.service, "system") as connection:
        for _ in range(FREE - 2):
            repository.add_try(connection, "10.0.0.9")
    with ThreadPoolExecutor(6) as pool:
        answers = sorted(pool.map(guess, range(6)))
    assert answers.count("SignInRefused") <= 3
    assert answers.count("TooManyTries") >= 3


def test_a_password_that_was_kept_cheaply_is_kept_anew(town: Town) -> None:
    from argon2 import PasswordHasher

    cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)
    with asking(town.databases, "system") as connection:
        repository.set_password(connection, town.other.id, cheap)
        entrance.sign_in(connection, "other", PASSWORD, "10.0.1.1")
        _, kept = repository.credentials(connection, "other")
        assert kept is not None
        assert kept.startswith("$argon2id$")
        assert kept != cheap
        entrance.sign_in(connection, "other", PASSWORD, "10.0.1.1")


def test_a_link_works_once(fresh_databases: Databases) -> None:
    db = fresh_databases
    with transaction(db.service, "system") as connection:
        someone = account(connection, "administrator").id
        link = entrance.make_link(connection, someone, 5)
    with transaction(db.service, "public") as connection:
        assert entrance.use_link(connection, link)

    def use(secret: str) -> str:
        try:
            with transaction(db.service, "public") as connection:
                return entrance.use_link(connection, secret)
        except errors.LinkUsedUp:
            return "used"

    assert [use(link), use("x"), use(""), use("\0\ud800")] == ["used"] * 4
    with transaction(db.service, "system") as connection:
        link = entrance.make_link(connection, someone, 5)
    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(use, [link] * 5)).count("used") == 4
    with transaction(db.service, "system") as connection:
        sessions = connection.execute(text("SELECT count(*) FROM auth.sessions")).scalar_one()
        assert sessions == 2
        for minutes in (0, -1, 24 * 60 + 1):
            with pytest.raises(errors.BadProof):
                entrance.make_link(connection, someone, minutes)


def test_the_last_administrator_stays(fresh_databases: Databases) -> None:
    db = fresh_databases
    with transaction(db.service, "system") as connection:
        one = account(connection, "administrator", name="one").id
        two = account(connection, "administrator", name="two").id
        inactive = service.change_account(
            connection, two, service.account(connection, two).version, active=False
        )
        assert not inactive.active
        mine = service.account(connection, one)
        with pytest.raises(errors.LastAdministrator), connection.begin_nested():
            service.change_account(connection, one, mine.version, active=False)
        with pytest.raises(errors.LastAdministrator), connection.begin_nested():
            service.end_grant(connection, one, mine.grants[0].id, mine.version)
        service.change_account(connection, two, inactive.version, active=True)

    def remove(by: str, who: int) -> str:
        try:
            with transaction(db.service, by) as connection:
                service.change_account(
                    connection, who, service.account(connection, who).version, active=False
                )
        except errors.LastAdministrator:
            return "stays"
        except GridwardError as error:
            return type(error).__name__
        return "gone"

    with ThreadPoolExecutor(2) as pool:  # two who remove each other
        removed = list(pool.map(remove, [f"account:{one}", f"account:{two}"], [two, one]))
    assert removed.count("gone") == 1
    with transaction(db.service, "system") as connection:
        assert service.has_administrator(connection)


def test_changes_say_which_version_and_who_was_first(town: Town) -> None:
    with asking(town.databases, town.administrator.principal.key) as connection:
        read = service.account(connection, town.other.id)
        service.change_account(connection, town.other.id, read.version, shown="规划分析员")
        with pytest.raises(Outdated, match="administrator of all changed it at"):
            service.change_account(connection, town.other.id, read.version, shown="someone else")
        assert service.account(connection, town.other.id).shown == "规划分析员"


def test_what_is_granted_is_checked(town: Town) -> None:
    with asking(town.databases, "system") as connection:
        other = town.other.id
        held = [grant.id for grant in service.account(connection, other).grants]
        assert service.grant(connection, other, "planner", "990101002") == held[0]
        for role, area, party in [
            ("king", None, None),
            ("dispatcher", None, None),
            ("dispatcher", "990101", 1),
            ("dispatcher", "123", None),
            ("dispatcher", "990102", None),  # the neighbour
            ("administrator", "990101", None),
            ("party_member", None, None),
            ("party_member", None, 12345),
        ]:
            with pytest.raises(errors.BadGrant):
                service.grant(connection, other, role, area, party)
        with pytest.raises(errors.UnknownAccount):
            service.grant(connection, 999_999, "auditor")


def test_closing_an_account_ends_all_that_is_its(town: Town) -> None:
    with asking(town.databases, "system") as connection:
        other = service.account(connection, town.other.id)
        service.change_account(connection, other.id, other.version, active=False)
        counted = "SELECT (SELECT count(*) FROM auth.sessions WHERE account_id = :i), (SELECT count(*) FROM auth.links WHERE account_id = :i)"
        assert tuple(connection.execute(text(counted), {"i": other.id}).one()) == (0, 0)
        assert all(token.revoked_at for token in tokens.tokens(connection, other.id))
        with pytest.raises(errors.SignInRefused):
            entrance.sign_in(connection, "other", PASSWORD, "10.0.2.1")
        with pytest.raises(errors.UnknownAccount):
            entrance.make_link(connection, other.id, 5)


def test_tidying_takes_only_what_has_ended(fresh_databases: Databases) -> None:
    db = fresh_databases
    with transaction(db.service, "system") as connection:
        someone = account(connection, "auditor").id
        for secret in (b"a", b"b", b"c"):
            repository.add_session(connection, someone, secret)
            repository.add_try(connection, "somewhere")
            once(connection, SYSTEM, secret.decode(), {}, lambda: (200, {}, {}))
    with db.owner.begin() as connection:
        connection.execute(text("UPDATE auth.sessions SET ends_at = now() WHERE token_hash = 'a'"))
        connection.execute(
            text("UPDATE auth.sessions SET seen_at = now() - interval '3 h' WHERE token_hash = 'b'")
        )
        connection.execute(text("UPDATE auth.tries SET at = now() - interval '25 h' WHERE id = 1"))
        connection.execute(text("UPDATE auth.answers SET at = now() - interval '25 h' WHERE key = 'a'"))
    with transaction(db.service, "system") as connection:
        again = once(
            connection, SYSTEM, "a", {"other": 1}, lambda: (201, {}, {})
        )  # a key is free after a day
        assert again.status_code == 201
    with db.owner.begin() as connection:
        connection.execute(text("UPDATE auth.answers SET at = now() - interval '25 h' WHERE key = 'b'"))
    with transaction(db.service, "public") as connection:
        assert service.tidy(connection) == {"sessions": 2, "links": 0, "tries": 1, "answers": 1}


def test_once_makes_one_thing_however_often_it_is_asked(fresh_databases: Databases) -> None:
    db = fresh_databases
    with transaction(db.service, "system") as connection:
        me = account(connection, "auditor").principal

    def ask(body: dict[str, int], asker: Principal = me) -> tuple[int, Any, bool]:
        with transaction(db.service, asker.key) as connection:

            def make() -> tuple[int, Any, dict[str, str]]:
                service.audit(connection, asker, "made", "tests")
                return 201, {"made": body["n"], "secret": "s"}, {"Location": "/there"}

            answer = once(connection, asker, "k", body, make, unkept=("secret",))
            assert answer.headers["location"] == "/there"
            return answer.status_code, json.loads(answer.body), "idempotent-replay" in answer.headers

    with ThreadPoolExecutor(5) as pool:
        answers = list(pool.map(ask, [{"n": 1}] * 5))
    assert sorted(answers, key=lambda a: a[2]) == [
        (201, {"made": 1, "secret": "s"}, False),
        *[(201, {"made": 1, "secret": None}, True)] * 4,
    ]
    with pytest.raises(KeyReused):
        ask({"n": 2})
    assert ask({"n": 2}, NOBODY)[1:] == ({"made": 2, "secret": "s"}, False)
    with pytest.raises(ZeroDivisionError), transaction(db.service, me.key) as connection:
        once(connection, me, "fails", {}, lambda: 1 // 0)  # type: ignore[arg-type,return-value]
    with transaction(db.service, me.key) as connection:  # what failed may be tried again
        assert once(connection, me, "fails", {}, lambda: (201, {}, {})).status_code == 201
    with transaction(db.service, "system") as connection:
        assert len(service.entries(connection, AuditFilter(action="made"))) == 2
